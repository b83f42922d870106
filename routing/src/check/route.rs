//! Owns the errors of routing plans: rules, slots and weights; refuses to know text.

use std::collections::BTreeMap;

use super::{Check, Named, unknown_remedy};
use crate::entity::{MAX_CANDIDATES, MAX_SLOTS, RoutingPlan, Rule, Slot, Technique};

/// What the weights of a `percent` slot sum to.
const PERCENT: u64 = 100;
/// Largest weight outside `percent`.
const MAX_WEIGHT: u32 = 1_000_000;

impl<'p> Check<'p> {
    pub(super) fn plans(&mut self) {
        let ids = |p: &'p RoutingPlan| Named {
            kind: "plan",
            name: &p.name,
            line: p.place.line,
            id: p.stable_id(),
        };
        self.names(self.plan.plans.iter().map(ids), u32::MAX);
        // Rule ids are unique over all plans, since a CDR names the rule alone.
        let rules =
            self.plan.plans.iter().flat_map(|plan| plan.rules.iter().map(move |rule| (plan, rule)));
        let mut ids: BTreeMap<u32, (&RoutingPlan, &Rule)> = BTreeMap::new();
        for (plan, rule) in rules {
            if let Some((other_plan, other)) = ids.insert(plan.rule_id(rule), (plan, rule)) {
                let cause = format!(
                    "it has the name or the id of rule `{}` of plan `{}` (line {})",
                    other.name, other_plan.name, other.place.line
                );
                let entity = rule_label(plan, rule);
                self.error(rule.place.line, &entity, cause, "give one of them another `name`");
            }
        }
        for plan in &self.plan.plans {
            self.plan(plan);
        }
    }

    fn plan(&mut self, plan: &'p RoutingPlan) {
        let attempts = plan.policy.max_total_attempts;
        if attempts == 0 || usize::from(attempts) > MAX_CANDIDATES {
            let entity = format!("plan `{}`", plan.name);
            let cause = format!("max_total_attempts is {attempts}");
            self.error(plan.place.line, &entity, cause, "give 1 to 16");
        }
        let mut owners: BTreeMap<&str, u32> = BTreeMap::new();
        for rule in &plan.rules {
            let entity = rule_label(plan, rule);
            self.name(&entity, &rule.name, rule.place.line);
            self.missing(&entity, rule.place, rule.destinations.is_empty(), "destinations");
            for (name, line) in &rule.destinations {
                if !self.destinations.contains_key(&**name) {
                    let known = self.destinations.keys().copied();
                    let remedy = unknown_remedy("destination", name, known);
                    self.error(*line, &entity, format!("there is no destination `{name}`"), remedy);
                } else if let Some(first) = owners.insert(name, *line) {
                    let cause = format!("destination `{name}` has attempts already (line {first})");
                    self.error(*line, &entity, cause, "keep it in one rule of the plan");
                }
            }
            self.missing(&entity, rule.place, rule.slots.is_empty(), "slot");
            self.too_many(rule.place.line, &entity, "slots", rule.slots.len(), MAX_SLOTS);
            let entries = rule.slots.iter().map(|slot| slot.trunks.len()).sum();
            let line = rule.place.line;
            self.too_many(line, &entity, "trunks over all slots", entries, MAX_CANDIDATES);
            for (index, slot) in rule.slots.iter().enumerate() {
                self.slot(&format!("{entity}, slot {}", index + 1), slot);
            }
        }
    }

    fn slot(&mut self, entity: &str, slot: &'p Slot) {
        self.missing(entity, slot.place, slot.trunks.is_empty(), "trunks");
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        for entry in &slot.trunks {
            let name = &*entry.trunk;
            if let Some(first) = seen.insert(name, entry.line) {
                let cause = format!("trunk `{name}` stands in it already (line {first})");
                self.error(entry.line, entity, cause, "keep it once per slot");
            }
            let Some(trunk) = self.trunks.get(name) else {
                let remedy = unknown_remedy("trunk", name, self.trunks.keys().copied());
                self.error(entry.line, entity, format!("there is no trunk `{name}`"), remedy);
                continue;
            };
            if slot.technique == Technique::Lcr && trunk.deck.is_none() && !trunk.place.partial {
                let cause = format!("trunk `{name}` has no deck, so `lcr` can never choose it");
                self.error(entry.line, entity, cause, "give the trunk a `deck`");
            }
            if entry.weight.is_some_and(|weight| weight > MAX_WEIGHT) {
                let cause = format!("trunk `{name}` has a weight above {MAX_WEIGHT}");
                self.error(entry.line, entity, cause, "give a smaller one");
            }
        }
        if slot.technique == Technique::Percent {
            self.percent(entity, slot);
        }
    }

    fn percent(&mut self, entity: &str, slot: &Slot) {
        for entry in &slot.trunks {
            if matches!(entry.weight, None | Some(0)) && !slot.place.partial {
                let cause = format!("trunk `{}` has no share", entry.trunk);
                self.error(
                    entry.line,
                    entity,
                    cause,
                    "give it a `weight` of 1 to 100, or remove it",
                );
            }
        }
        let sum: u64 = slot.trunks.iter().filter_map(|entry| entry.weight).map(u64::from).sum();
        if sum != PERCENT && !slot.place.partial && !slot.trunks.is_empty() {
            let cause = format!("its weights sum to {sum}");
            self.error(slot.place.line, entity, cause, "make them sum to exactly 100");
        }
    }
}

fn rule_label(plan: &RoutingPlan, rule: &Rule) -> String {
    format!("plan `{}`, rule `{}`", plan.name, rule.name)
}
