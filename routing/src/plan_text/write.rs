//! Owns writing a plan as text that reads back as the same plan; refuses to know how texts are read.
//!
//! The text is canonical: entities in the order of the plan, fields in the order of `docs/plan-file.md`, and what has its
//! default value is left out. Two equal plans give the same text.

use std::fmt::{self, Display, Formatter};
use std::net::Ipv4Addr;

use crate::entity::{
    Deck, Destination, Gateway, InDialog, Originator, Plan, RoutingPlan, Rule, Slot, SlotTrunk,
    Trunk,
};
use crate::policy::PolicyValues;

/// Columns that lists are broken at.
const WIDTH: usize = 100;

/// A plan whose text is its display.
pub(super) struct Text<'p>(pub(super) &'p Plan);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Plan { version, destinations, decks, trunks, plans, originators } = self.0;
        writeln!(f, "version = {version}")?;
        destinations.iter().try_for_each(|value| destination(f, value))?;
        decks.iter().try_for_each(|value| deck(f, value))?;
        trunks.iter().try_for_each(|value| trunk(f, value))?;
        plans.iter().try_for_each(|value| plan(f, value))?;
        originators.iter().try_for_each(|value| originator(f, value))
    }
}

fn destination(f: &mut Formatter<'_>, destination: &Destination) -> fmt::Result {
    head(f, "destination", &destination.name, destination.id)?;
    if let Some(country) = destination.country {
        writeln!(f, "country = {}", quoted(&String::from_utf8_lossy(&country)))?;
    }
    list(f, "prefixes", destination.prefixes.iter().map(|prefix| quoted(&prefix.digits)))
}

fn deck(f: &mut Formatter<'_>, deck: &Deck) -> fmt::Result {
    head(f, "deck", &deck.name, None)?;
    writeln!(f, "[deck.rates]")?;
    deck.rates.iter().try_for_each(|(prefix, rate)| writeln!(f, "{} = \"{rate}\"", prefix.digits))
}

fn trunk(f: &mut Formatter<'_>, trunk: &Trunk) -> fmt::Result {
    head(f, "trunk", &trunk.name, trunk.id)?;
    if trunk.carrier != trunk.name {
        writeln!(f, "carrier = {}", quoted(&trunk.carrier))?;
    }
    enabled(f, trunk.enabled)?;
    list(f, "gateways", trunk.gateways.iter().map(gateway))?;
    if !trunk.networks.is_empty() {
        list(f, "networks", trunk.networks.iter().map(|network| format!("\"{network}\"")))?;
    }
    if trunk.in_dialog == InDialog::Any {
        writeln!(f, "in_dialog = \"any\"")?;
    }
    trunk.deck.iter().try_for_each(|deck| writeln!(f, "deck = {}", quoted(deck)))
}

fn gateway(gateway: &Gateway) -> String {
    let (host, port) = (Ipv4Addr::from(gateway.ipv4), gateway.port);
    match (gateway.priority, gateway.weight) {
        (0, 0) => format!("\"{host}:{port}\""),
        (priority, weight) => {
            format!(
                "{{ host = \"{host}\", port = {port}, priority = {priority}, weight = {weight} }}"
            )
        }
    }
}

fn originator(f: &mut Formatter<'_>, originator: &Originator) -> fmt::Result {
    head(f, "originator", &originator.name, originator.id)?;
    enabled(f, originator.enabled)?;
    list(f, "addresses", originator.addresses.iter().map(|(network, _)| format!("\"{network}\"")))?;
    writeln!(f, "plan = {}", quoted(&originator.plan))
}

fn plan(f: &mut Formatter<'_>, plan: &RoutingPlan) -> fmt::Result {
    head(f, "plan", &plan.name, plan.id)?;
    failover(f, &plan.policy)?;
    plan.rules.iter().try_for_each(|value| rule(f, value))
}

/// The limits and timers that differ from the default. There is one named policy, so codes need no field.
fn failover(f: &mut Formatter<'_>, policy: &PolicyValues) -> fmt::Result {
    let standard = PolicyValues::DEFAULT;
    let attempts = |policy: &PolicyValues| u32::from(policy.max_total_attempts);
    let mut is_open = false;
    for (key, value, default) in [
        ("max_total_attempts", attempts(policy), attempts(&standard)),
        ("total_ms", policy.total_ms, standard.total_ms),
        ("no_response_ms", policy.no_response_ms, standard.no_response_ms),
        ("pdd_ms", policy.pdd_ms, standard.pdd_ms),
        ("invite_timeout_ms", policy.invite_timeout_ms, standard.invite_timeout_ms),
        ("ring_timeout_ms", policy.ring_timeout_ms, standard.ring_timeout_ms),
        ("retry_interval_ms", policy.retry_interval_ms, standard.retry_interval_ms),
    ] {
        if value != default {
            f.write_str(if is_open { "" } else { "\n[plan.failover]\n" })?;
            is_open = true;
            writeln!(f, "{key} = {value}")?;
        }
    }
    Ok(())
}

fn rule(f: &mut Formatter<'_>, rule: &Rule) -> fmt::Result {
    writeln!(f, "\n[[plan.rule]]")?;
    let names = rule.destinations.iter().map(|(name, _)| name);
    if names.clone().next() != Some(&rule.name) {
        writeln!(f, "name = {}", quoted(&rule.name))?;
    }
    list(f, "destinations", names.map(|name| quoted(name)))?;
    rule.slots.iter().try_for_each(|value| slot(f, value))
}

fn slot(f: &mut Formatter<'_>, slot: &Slot) -> fmt::Result {
    writeln!(f, "\n[[plan.rule.slot]]\ntechnique = \"{}\"", slot.technique.name())?;
    if slot.in_slot_failover != slot.technique.default_in_slot_failover() {
        writeln!(f, "in_slot_failover = {}", slot.in_slot_failover)?;
    }
    list(f, "trunks", slot.trunks.iter().map(slot_trunk))
}

fn slot_trunk(entry: &SlotTrunk) -> String {
    let name = quoted(&entry.trunk);
    match entry.weight {
        None => name,
        Some(weight) => format!("{{ trunk = {name}, weight = {weight} }}"),
    }
}

fn head(f: &mut Formatter<'_>, kind: &str, name: &str, id: Option<u32>) -> fmt::Result {
    writeln!(f, "\n[[{kind}]]\nname = {}", quoted(name))?;
    id.iter().try_for_each(|id| writeln!(f, "id = {id}"))
}

fn enabled(f: &mut Formatter<'_>, enabled: bool) -> fmt::Result {
    if enabled { Ok(()) } else { writeln!(f, "enabled = false") }
}

/// A list on one line where it fits, else broken between its items.
fn list(f: &mut Formatter<'_>, key: &str, items: impl Iterator<Item = String>) -> fmt::Result {
    let items: Vec<String> = items.collect();
    let length: usize = items.iter().map(|item| item.len() + 2).sum();
    if key.len() + length + 3 <= WIDTH {
        return writeln!(f, "{key} = [{}]", items.join(", "));
    }
    write!(f, "{key} = [")?;
    let mut column = WIDTH;
    for item in &items {
        if column + item.len() + 2 > WIDTH {
            f.write_str("\n   ")?;
            column = 3;
        }
        write!(f, " {item},")?;
        column += item.len() + 2;
    }
    writeln!(f, "\n]")
}

/// A text in the quotes and escapes that TOML wants for it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
