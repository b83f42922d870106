//! Owns what a person should look at though the plan can be used; refuses to stop anything.

use std::collections::BTreeSet;

use crate::coverage::{self, Coverage};
use crate::entity::{Deck, Destination, Plan, RoutingPlan, Rule, Slot, Technique};
use crate::finding::Finding;

/// Names listed in one finding before the rest is only counted.
const SHOWN: usize = 5;

/// All warnings about a plan without errors, by line.
#[must_use]
pub fn warnings(plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for routing in &plan.plans {
        coverage(plan, routing, &mut findings);
        for rule in &routing.rules {
            let entity = format!("plan `{}`, rule `{}`", routing.name, rule.name);
            single_trunk(plan, rule, &entity, &mut findings);
            for (ordinal, slot) in rule.slots.iter().enumerate() {
                let entity = format!("{entity}, slot {}", ordinal + 1);
                weights(slot, &entity, &mut findings);
                unrated(plan, rule, slot, &entity, &mut findings);
            }
        }
    }
    unused(plan, &mut findings);
    findings.sort_by_key(|finding| finding.line);
    findings
}

fn coverage(plan: &Plan, routing: &RoutingPlan, findings: &mut Vec<Finding>) {
    let coverage = coverage::coverage(plan, &routing.name);
    let missing: Vec<&str> = coverage.iter().flat_map(Coverage::missing).collect();
    if !missing.is_empty() {
        let (few, all) = (missing.len(), plan.destinations.len());
        let cause = format!("{few} of {all} destinations have no route: {}", listed(&missing));
        let remedy = "their calls are answered 503 \"no routing\"";
        let entity = format!("plan `{}`", routing.name);
        findings.push(Finding::warning(routing.place.line, entity, cause, remedy));
    }
}

fn single_trunk(plan: &Plan, rule: &Rule, entity: &str, findings: &mut Vec<Finding>) {
    let enabled = |name: &str| plan.trunks.iter().any(|trunk| trunk.name == name && trunk.enabled);
    let entries = rule.slots.iter().flat_map(|slot| &slot.trunks);
    let usable: BTreeSet<&str> =
        entries.map(|entry| &*entry.trunk).filter(|name| enabled(name)).collect();
    if usable.len() < 2 {
        let cause = match usable.first() {
            Some(name) => format!("`{name}` is its only enabled trunk"),
            None => "none of its trunks is enabled".to_owned(),
        };
        let remedy = "a failure there has nowhere to go";
        findings.push(Finding::warning(rule.place.line, entity, cause, remedy));
    }
}

fn weights(slot: &Slot, entity: &str, findings: &mut Vec<Finding>) {
    let weighted = slot.trunks.iter().find(|entry| entry.weight.is_some());
    if let (Technique::RoundRobin, Some(entry)) = (slot.technique, weighted) {
        let cause = "round_robin takes no notice of weights";
        findings.push(Finding::warning(entry.line, entity, cause, "remove them"));
    }
}

/// Under `lcr`: destinations of which a trunk has no rate at all for some prefix.
fn unrated(plan: &Plan, rule: &Rule, slot: &Slot, entity: &str, findings: &mut Vec<Finding>) {
    if slot.technique != Technique::Lcr {
        return;
    }
    for entry in &slot.trunks {
        let trunk = plan.trunks.iter().find(|trunk| trunk.name == entry.trunk);
        let deck = trunk.and_then(|trunk| trunk.deck.as_ref());
        let Some(deck) = plan.decks.iter().find(|candidate| Some(&candidate.name) == deck) else {
            continue;
        };
        let names = rule.destinations.iter().map(|(name, _)| name);
        let destinations =
            names.filter_map(|name| plan.destinations.iter().find(|d| d.name == *name));
        let uncovered: Vec<&str> =
            destinations.filter(|d| !covers(deck, d)).map(|d| &*d.name).collect();
        if !uncovered.is_empty() {
            let cause = format!("trunk `{}` has no rate for {}", entry.trunk, listed(&uncovered));
            let remedy = format!("add the rates to deck `{}`; without, lcr skips it", deck.name);
            findings.push(Finding::warning(entry.line, entity, cause, remedy));
        }
    }
}

/// Whether every prefix of a destination has a rate, or has at least one below it.
fn covers(deck: &Deck, destination: &Destination) -> bool {
    destination.prefixes.iter().all(|prefix| {
        deck.rates.iter().any(|(rated, _)| {
            prefix.digits.starts_with(&*rated.digits) || rated.digits.starts_with(&*prefix.digits)
        })
    })
}

fn unused(plan: &Plan, findings: &mut Vec<Finding>) {
    let slots = plan.plans.iter().flat_map(|plan| &plan.rules).flat_map(|rule| &rule.slots);
    let tried: BTreeSet<&str> =
        slots.flat_map(|slot| &slot.trunks).map(|entry| &*entry.trunk).collect();
    for trunk in plan.trunks.iter().filter(|trunk| !tried.contains(&*trunk.name)) {
        let entity = format!("trunk `{}`", trunk.name);
        let cause = "no rule sends calls to it";
        findings.push(Finding::warning(trunk.place.line, entity, cause, "add it to a slot"));
    }
    let followed: BTreeSet<&str> = plan.originators.iter().map(|o| &*o.plan).collect();
    for routing in plan.plans.iter().filter(|routing| !followed.contains(&*routing.name)) {
        let entity = format!("plan `{}`", routing.name);
        let remedy = "name it in an originator";
        findings.push(Finding::warning(
            routing.place.line,
            entity,
            "no originator uses it",
            remedy,
        ));
    }
}

fn listed(names: &[&str]) -> String {
    let mut text: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    if names.len() > SHOWN {
        text.push(format!("and {} more", names.len() - SHOWN));
    }
    text.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan_text;

    #[test]
    fn every_kind_of_warning_is_found() {
        let text = r#"
[[destination]]
name = "Italy mobile"
prefixes = ["393"]
[[destination]]
name = "Malta"
prefixes = ["356"]
[[deck]]
name = "d"
rates = { 39 = "0.1" }
[[trunk]]
name = "atlas"
gateways = ["192.0.2.1"]
deck = "d"
[[trunk]]
name = "idle"
gateways = ["192.0.2.2"]
[[plan]]
name = "wholesale"
[[plan.rule]]
destinations = ["Malta"]
[[plan.rule.slot]]
technique = "lcr"
trunks = ["atlas"]
[[plan.rule.slot]]
technique = "round_robin"
trunks = [{ trunk = "atlas", weight = 5 }]
"#;
        let plan = plan_text::parse(text).unwrap();
        let found: Vec<String> = warnings(&plan).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "line 15: trunk `idle`: no rule sends calls to it; add it to a slot",
                "line 18: plan `wholesale`: 1 of 2 destinations have no route: `Italy mobile`; their calls are answered 503 \"no routing\"",
                "line 18: plan `wholesale`: no originator uses it; name it in an originator",
                "line 20: plan `wholesale`, rule `Malta`: `atlas` is its only enabled trunk; a failure there has nowhere to go",
                "line 24: plan `wholesale`, rule `Malta`, slot 1: trunk `atlas` has no rate for `Malta`; add the rates to deck `d`; without, lcr skips it",
                "line 27: plan `wholesale`, rule `Malta`, slot 2: round_robin takes no notice of weights; remove them",
            ]
        );
    }
}
