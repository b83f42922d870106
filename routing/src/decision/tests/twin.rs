//! The decision against maps and sorts written from the routing rules.
//!
//! The twin reads entities and never an image. It gives the exact order under `lcr` and `round_robin`, and under
//! `percent` the set of trunks; that the draw follows the weights is shown by chi-squared in the parent module.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::*;
use super::plans::{plans, prefix};
use crate::entity::{Plan, Rule, SlotTrunk, Technique, Trunk};
use crate::image::{NameKind, build};

/// A slot as the twin sees it: trunks by name; their order counts unless the technique is `percent`.
type NaiveSlot = (u8, Technique, bool, Vec<String>);

/// Turns taken so far: rule and slot → where the next call starts.
type Turns = BTreeMap<(String, usize), usize>;

/// How the twin says that a call ended.
#[derive(Debug, PartialEq)]
struct Naive {
    outcome: Outcome,
    destination: String,
    rule: String,
    slots: Vec<NaiveSlot>,
}

fn longest<'t, T>(table: &'t BTreeMap<String, T>, number: &str) -> Option<&'t T> {
    (1..=number.len().min(15)).rev().find_map(|length| table.get(&number[..length]))
}

fn naive(plan: &Plan, number: &str, turns: &mut Turns) -> Naive {
    let mut result = Naive {
        outcome: Outcome::OriginatorDisabled,
        destination: String::new(),
        rule: String::new(),
        slots: Vec::new(),
    };
    let originator = &plan.originators[0];
    if !originator.enabled {
        return result;
    }
    let mut by_prefix = BTreeMap::new();
    for destination in &plan.destinations {
        for prefix in &destination.prefixes {
            by_prefix.insert(prefix.digits.clone(), destination.name.clone());
        }
    }
    result.outcome = Outcome::UnknownDestination;
    let Some(destination) = longest(&by_prefix, number) else { return result };
    result.destination.clone_from(destination);

    result.outcome = Outcome::NoRouting;
    let routing = plan.plans.iter().find(|routing| routing.name == originator.plan).unwrap();
    let serves = |rule: &&Rule| rule.destinations.iter().any(|(name, _)| name == destination);
    let Some(rule) = routing.rules.iter().find(serves) else { return result };
    result.rule.clone_from(&rule.name);

    let trunks: BTreeMap<&str, &Trunk> = plan.trunks.iter().map(|t| (&*t.name, t)).collect();
    let rate = |trunk: &Trunk| {
        let deck = plan.decks.iter().find(|deck| Some(&deck.name) == trunk.deck.as_ref())?;
        let rates = deck.rates.iter().map(|(prefix, rate)| (prefix.digits.clone(), *rate));
        longest(&rates.collect(), number).copied()
    };
    let mut left_out = false;
    for (index, slot) in rule.slots.iter().enumerate() {
        let mut usable: Vec<&SlotTrunk> = Vec::new();
        for entry in &slot.trunks {
            if trunks[&*entry.trunk].enabled { usable.push(entry) } else { left_out = true }
        }
        match slot.technique {
            Technique::Lcr => {
                usable.retain(|entry| rate(trunks[&*entry.trunk]).is_some());
                usable.sort_by_key(|entry| {
                    let trunk = trunks[&*entry.trunk];
                    (rate(trunk), u32::MAX - entry.weight.unwrap_or(1), trunk.stable_id())
                });
            }
            Technique::RoundRobin if !usable.is_empty() => {
                let turn = turns.entry((rule.name.clone(), index)).or_default();
                let start = *turn % usable.len();
                *turn = start + 1;
                usable.rotate_left(start);
            }
            Technique::RoundRobin | Technique::Percent => {}
        }
        if !usable.is_empty() {
            let names = usable.iter().map(|entry| entry.trunk.clone()).collect();
            let ordinal = u8::try_from(index + 1).unwrap();
            result.slots.push((ordinal, slot.technique, slot.in_slot_failover, names));
        }
    }
    if !result.slots.is_empty() {
        result.outcome = Outcome::Routed;
    } else if left_out {
        result.outcome = Outcome::AllDown;
    }
    result
}

/// What the engine decided, in the twin's words.
fn spoken(plan: &Plan, image: &Image, outcome: Outcome, decision: &Decision) -> Naive {
    let rule = image.name(NameKind::Rule, decision.rule).to_owned();
    let mut slots: Vec<NaiveSlot> = Vec::new();
    for candidate in decision.candidates() {
        let opens = slots.last().is_none_or(|(slot, ..)| *slot != candidate.slot);
        assert_eq!(opens, candidate.first_in_slot);
        if opens {
            let rules = plan.plans.iter().flat_map(|plan| &plan.rules);
            let rule = rules.into_iter().find(|candidate| candidate.name == rule).unwrap();
            let technique = rule.slots[usize::from(candidate.slot) - 1].technique;
            slots.push((candidate.slot, technique, candidate.in_slot_failover, Vec::new()));
        }
        let name = image.name(NameKind::Trunk, candidate.trunk).to_owned();
        slots.last_mut().unwrap().3.push(name);
    }
    let destination = image.name(NameKind::Destination, decision.destination).to_owned();
    Naive { outcome, destination, rule, slots }
}

fn sort_drawn(result: &mut Naive) {
    for (_, technique, _, names) in &mut result.slots {
        if *technique == Technique::Percent {
            names.sort();
        }
    }
}

/// Candidates by name that follow each other when every one of them fails.
fn failing_walk(slots: &[NaiveSlot]) -> usize {
    slots.iter().map(|(_, _, in_slot, names)| if *in_slot { names.len() } else { 1 }).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn agrees_with_maps_and_sorts(
        plan in plans(),
        numbers in prop::collection::vec(prefix(18), 1..20),
        seed in any::<u64>(),
    ) {
        let image = build(&plan).unwrap().open().unwrap();
        let mut state = TechniqueState::new(image.cursor_count(), 0, seed);
        let mut again = state.clone();
        let mut turns = Turns::new();
        let mut decision = Decision::new();
        for number in numbers {
            let originator = image.originator_by_source(1).unwrap();
            let digits = Digits::from_ascii(number.as_bytes()).unwrap();
            let outcome = decide(&image, originator, &digits, &mut state, &mut decision);
            let mut got = spoken(&plan, &image, outcome, &decision);
            let mut expected = naive(&plan, &number, &mut turns);
            let walk = std::iter::successors(
                (!decision.candidates().is_empty()).then_some(0), |&at| decision.next_after(at),
            );
            prop_assert_eq!(walk.count(), failing_walk(&expected.slots));
            sort_drawn(&mut got);
            sort_drawn(&mut expected);
            prop_assert_eq!(got, expected, "{}", number);

            let first = decision.candidates().to_vec();
            decide(&image, originator, &digits, &mut again, &mut decision);
            prop_assert_eq!(first, decision.candidates(), "the same seed decides the same");
        }
    }
}
