//! The decision against its naive twin, which reads entities and never an image.
//!
//! The twin gives the exact order under `lcr`; here it is told where turns stand, so that `round_robin` is exact too. That
//! the draw of `percent` follows the weights is shown by chi-squared in the parent module.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::naive::{Allowed, AllowedSlot, allowed};
use super::super::*;
use super::plans::{plans, prefix};
use crate::entity::{Plan, Technique};
use crate::image::{NameKind, build};

/// Turns taken so far: rule and slot → where the next call starts.
type Turns = BTreeMap<(String, u8), usize>;

/// What the twin allows, with every slot in turn where it has to start.
fn expected(plan: &Plan, number: &str, turns: &mut Turns) -> Allowed {
    let mut allowed = allowed(plan, "retail-one", number).unwrap();
    for slot in &mut allowed.slots {
        if slot.technique == Technique::RoundRobin {
            let turn = turns.entry((allowed.rule.clone().unwrap(), slot.ordinal)).or_default();
            let start = *turn % slot.trunks.len();
            *turn = start + 1;
            slot.trunks.rotate_left(start);
        }
    }
    allowed
}

/// What the engine decided, in the twin's words.
fn spoken(plan: &Plan, image: &Image, outcome: Outcome, decision: &Decision) -> Allowed {
    let name = |kind, id| (id != 0).then(|| image.name(kind, id).to_owned());
    let rule = name(NameKind::Rule, decision.rule);
    let mut slots: Vec<AllowedSlot> = Vec::new();
    for candidate in decision.candidates() {
        let opens = slots.last().is_none_or(|slot| slot.ordinal != candidate.slot);
        assert_eq!(opens, candidate.first_in_slot);
        if opens {
            let mut rules = plan.plans.iter().flat_map(|plan| &plan.rules);
            let rule = rules.find(|candidate| Some(&candidate.name) == rule.as_ref()).unwrap();
            let technique = rule.slots[usize::from(candidate.slot) - 1].technique;
            let (ordinal, in_slot_failover) = (candidate.slot, candidate.in_slot_failover);
            slots.push(AllowedSlot { ordinal, technique, in_slot_failover, trunks: Vec::new() });
        }
        let name = image.name(NameKind::Trunk, candidate.trunk).to_owned();
        slots.last_mut().unwrap().trunks.push(name);
    }
    let destination = name(NameKind::Destination, decision.destination);
    let max_total_attempts = decision.policy.max_total_attempts;
    Allowed { outcome, destination, rule, slots, max_total_attempts }
}

fn sort_drawn(result: &mut Allowed) {
    for slot in &mut result.slots {
        if slot.technique == Technique::Percent {
            slot.trunks.sort();
        }
    }
}

/// Names of the trunks that a call tries when every one of them fails.
fn failing_walk(image: &Image, decision: &Decision) -> Vec<String> {
    let first = (!decision.candidates().is_empty()).then_some(0);
    std::iter::successors(first, |&at| decision.next_after(at))
        .map(|at| image.name(NameKind::Trunk, decision.candidates()[at].trunk).to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn agrees_with_maps_and_sorts(
        mut plan in plans(),
        numbers in prop::collection::vec(prefix(18), 1..20),
        most in 1_u8..=16,
        seed in any::<u64>(),
    ) {
        plan.plans[0].policy.max_total_attempts = most;
        let image = build(&plan).unwrap().open().unwrap();
        let mut state = TechniqueState::for_image(&image, 0, seed);
        let mut again = state.clone();
        let mut turns = Turns::new();
        let mut decision = Decision::new();
        for number in numbers {
            let originator = image.originator_by_source(1).unwrap();
            let digits = Digits::from_ascii(number.as_bytes()).unwrap();
            let outcome = decide(&image, &Switches::new(), originator, &digits, &mut state, &mut decision);
            let mut got = spoken(&plan, &image, outcome, &decision);
            let mut expected = expected(&plan, &number, &mut turns);

            let walk = failing_walk(&image, &decision);
            let per_slot = |slot: &AllowedSlot| if slot.in_slot_failover { slot.trunks.len() } else { 1 };
            prop_assert_eq!(walk.len(), expected.slots.iter().map(per_slot).sum::<usize>());
            let walk: Vec<&str> = walk.iter().map(|name| &**name).take(usize::from(most)).collect();
            for attempts in 0..=walk.len() {
                prop_assert_eq!(expected.permits(&walk[..attempts]), Ok(()));
            }

            sort_drawn(&mut got);
            sort_drawn(&mut expected);
            prop_assert_eq!(got, expected, "{}", number);

            let first = decision.candidates().to_vec();
            decide(&image, &Switches::new(), originator, &digits, &mut again, &mut decision);
            prop_assert_eq!(first, decision.candidates(), "the same seed decides the same");
        }
    }
}

/// Whether the attempts, by letters, are allowed with slots `technique: letters`, `+` for failover in the slot.
fn check_attempts(slots: &[(Technique, &str)], attempts: &str, expect: bool) {
    let letters = |text: &str| text.chars().filter(|at| *at != '+').map(String::from).collect();
    let slots = slots.iter().zip(1..).map(|(&(technique, text), ordinal)| {
        let in_slot_failover = text.ends_with('+');
        AllowedSlot { ordinal, technique, in_slot_failover, trunks: letters(text) }
    });
    let allowed = Allowed {
        outcome: Outcome::Routed,
        destination: None,
        rule: None,
        slots: slots.collect(),
        max_total_attempts: 4,
    };
    let names: Vec<String> = letters(attempts);
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    assert_eq!(allowed.permits(&names).is_ok(), expect, "{attempts}");
}

#[test]
fn attempts_that_a_slot_does_not_give_are_not_allowed() {
    use Technique::{Lcr, Percent, RoundRobin};
    for (slots, good, bad) in [
        (&[(Lcr, "abc+")][..], &["", "a", "ab", "abc"][..], &["b", "ac", "abca", "aa"][..]),
        (&[(Lcr, "abc")], &["", "a"], &["b", "ab"]),
        (&[(RoundRobin, "abc+")], &["a", "bc", "cab", "bca"], &["ac", "ba", "abca", "d"]),
        (&[(Percent, "abc+")], &["a", "cb", "bac"], &["aa", "abca", "ad"]),
        (&[(Percent, "ab"), (Lcr, "ba+")], &["a", "bba", "aba"], &["ab_", "aa", "bbaa"]),
        (&[(RoundRobin, "ab+"), (RoundRobin, "ab+")], &["abab", "baab"], &["aab", "ababa"]),
        (&[], &[""], &["a"]),
    ] {
        good.iter().for_each(|attempts| check_attempts(slots, attempts, true));
        bad.iter().for_each(|attempts| check_attempts(slots, attempts, false));
    }
}
