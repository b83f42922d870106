//! Owns reading routing plans with their rules and slots; refuses to know the other entities.

use super::fields::{Fields, Notes, Value};
use crate::entity::{MAX_CANDIDATES, RoutingPlan, Rule, Slot, SlotTrunk, Technique};
use crate::policy::{self, PolicyValues};

/// Longest time that a failover policy may name: an hour.
const MAX_MS: u32 = 3_600_000;

const TECHNIQUES: [(&str, Technique); 3] = [
    ("lcr", Technique::Lcr),
    ("percent", Technique::Percent),
    ("round_robin", Technique::RoundRobin),
];

/// What slots do where they say nothing themselves.
#[derive(Clone, Copy)]
struct Defaults {
    technique: Option<Technique>,
    in_slot_failover: Option<bool>,
}

pub(super) fn plan(value: &Value<'_>, notes: &mut Notes) -> Option<RoutingPlan> {
    let known =
        ["name", "id", "kind", "technique", "in_slot_failover", "policy", "failover", "rule"];
    let mut fields = Fields::open(value, "plan", &known, notes)?;
    let name = fields.required_text("name", notes)?.to_owned();
    let id = fields.small("id", 1..=u32::MAX, notes);
    let _ = fields.choice("kind", &[("by_destination", ())], notes);
    let technique = fields.choice("technique", &TECHNIQUES, notes);
    // One that is misspelt was reported; slots that rely on it must not report its absence too.
    let technique = technique.or(fields.get("technique").map(|_| Technique::RoundRobin));
    let in_slot_failover = fields.boolean("in_slot_failover", notes);
    let defaults = Defaults { technique, in_slot_failover };
    let policy = failover(&mut fields, notes);
    let entity = fields.entity.clone();
    let rules = fields.tables("rule", notes, |value, notes| rule(value, &entity, defaults, notes));
    Some(RoutingPlan { place: fields.place, name, id, policy, rules })
}

fn failover(plan: &mut Fields<'_, '_>, notes: &mut Notes) -> PolicyValues {
    let mut values = PolicyValues::DEFAULT;
    let policies = [("conservative", policy::conservative())];
    values.next_on = plan.choice("policy", &policies, notes).unwrap_or(values.next_on);
    let Some(table) = plan.get("failover") else { return values };
    let known = [
        "max_total_attempts",
        "total_ms",
        "no_response_ms",
        "pdd_ms",
        "invite_timeout_ms",
        "ring_timeout_ms",
        "retry_interval_ms",
    ];
    let entity = format!("{}, failover", plan.entity);
    let Some(mut fields) = Fields::open(table, &entity, &known, notes) else { return values };
    let most = u32::try_from(MAX_CANDIDATES).unwrap_or(0);
    if let Some(attempts) = fields.small("max_total_attempts", 1..=most, notes) {
        values.max_total_attempts = u8::try_from(attempts).unwrap_or(values.max_total_attempts);
    }
    for (key, first, value) in [
        ("total_ms", 1, &mut values.total_ms),
        ("no_response_ms", 1, &mut values.no_response_ms),
        ("pdd_ms", 1, &mut values.pdd_ms),
        ("invite_timeout_ms", 1, &mut values.invite_timeout_ms),
        ("ring_timeout_ms", 1, &mut values.ring_timeout_ms),
        ("retry_interval_ms", 0, &mut values.retry_interval_ms),
    ] {
        *value = fields.small(key, first..=MAX_MS, notes).unwrap_or(*value);
    }
    values
}

fn rule(value: &Value<'_>, plan: &str, defaults: Defaults, notes: &mut Notes) -> Option<Rule> {
    let known = ["name", "destinations", "slot"];
    let mut fields = Fields::open(value, &format!("{plan}, rule"), &known, notes)?;
    let all = fields.get("destinations").and_then(|value| value.get_ref().as_str());
    let destinations = if all == Some("all") {
        let cause = "`all` is no list of destinations";
        let remedy = "name each: a destination that is added later must not be routed by itself";
        fields.refuse(fields.place.line, cause, remedy, notes);
        Vec::new()
    } else {
        fields.texts("destinations", notes)
    };
    let destinations: Vec<(String, u32)> =
        destinations.into_iter().map(|(name, line)| (name.to_owned(), line)).collect();
    // The first destination names a rule better than its position: a rule inserted before does not rename it.
    let name = fields.text("name", notes).map(str::to_owned);
    let named = name.is_some();
    let name = name.or_else(|| destinations.first().map(|(name, _)| name.clone()));
    let name = name.unwrap_or_else(|| format!("line {}", fields.place.line));
    if !named {
        fields.entity = format!("{plan}, rule `{name}`");
    }
    let entity = fields.entity.clone();
    let mut ordinal = 0;
    let slots = fields.tables("slot", notes, |value, notes| {
        ordinal += 1;
        slot(value, &format!("{entity}, slot {ordinal}"), defaults, notes)
    });
    Some(Rule { place: fields.place, name, destinations, slots })
}

fn slot(value: &Value<'_>, entity: &str, defaults: Defaults, notes: &mut Notes) -> Option<Slot> {
    let known = ["technique", "in_slot_failover", "trunks"];
    let mut fields = Fields::open(value, entity, &known, notes)?;
    let is_written = fields.get("technique").is_some();
    let technique = fields.choice("technique", &TECHNIQUES, notes);
    if technique.or(defaults.technique).is_none() && !is_written {
        let remedy = "add `technique` to the slot or to the plan";
        fields.refuse(fields.place.line, "it has no `technique`", remedy, notes);
    }
    let trunks = trunks(&mut fields, notes);
    let in_slot_failover = fields.boolean("in_slot_failover", notes);
    // After a technique that was refused any other does for the checks that follow; round_robin asks nothing.
    let fallback = if is_written { None } else { defaults.technique };
    let technique = technique.or(fallback).unwrap_or(Technique::RoundRobin);
    let in_slot_failover = in_slot_failover
        .or(defaults.in_slot_failover)
        .unwrap_or(technique.default_in_slot_failover());
    Some(Slot { place: fields.place, technique, in_slot_failover, trunks })
}

/// Names, or tables with `trunk` and `weight`.
fn trunks(slot: &mut Fields<'_, '_>, notes: &mut Notes) -> Vec<SlotTrunk> {
    let mut trunks = Vec::new();
    for value in slot.array("trunks", notes) {
        let line = notes.line_of(value);
        if let Some(name) = value.get_ref().as_str() {
            trunks.push(SlotTrunk { trunk: name.to_owned(), weight: None, line });
            continue;
        }
        let entity = format!("{}, trunks", slot.entity);
        let Some(mut fields) = Fields::open(value, &entity, &["trunk", "weight"], notes) else {
            slot.place.partial = true;
            continue;
        };
        let trunk = fields.required_text("trunk", notes);
        let weight = fields.small("weight", 0..=1_000_000, notes);
        slot.place.partial |= fields.place.partial;
        trunks.extend(trunk.map(|trunk| SlotTrunk { trunk: trunk.to_owned(), weight, line }));
    }
    trunks
}
