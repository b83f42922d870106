//! A turn goes on whatever else changes in the plan.
//!
//! The twin keeps turns in a map by names: those of slots that an image lacks are forgotten with it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use proptest::prelude::*;

use super::*;
use crate::stable_id;

/// Plan, rule and place of a slot.
type Name = (usize, usize, usize);

const TRUNKS: [&str; 3] = ["a", "b", "c"];

/// A plan whose rules of destination `d0` to `d3` stand in the order of `rules`; of their two slots those in `turning` go in
/// turn, in the order a, b, c.
fn image_of(rules: &[(usize, usize)], turning: &BTreeSet<Name>) -> Image {
    let mut text = String::new();
    for trunk in TRUNKS {
        writeln!(text, "[[trunk]]\nname = \"{trunk}\"\ngateways = [\"192.0.2.1\"]").unwrap();
    }
    for destination in 0..4 {
        writeln!(
            text,
            "[[destination]]\nname = \"d{destination}\"\nprefixes = [\"1{destination}\"]"
        )
        .unwrap();
    }
    for plan in 0..2 {
        writeln!(text, "[[originator]]\nname = \"o{plan}\"\naddresses = [\"10.0.0.{plan}\"]\nplan = \"p{plan}\"\n[[plan]]\nname = \"p{plan}\"").unwrap();
        for &(_, rule) in rules.iter().filter(|(owner, _)| *owner == plan) {
            writeln!(text, "[[plan.rule]]\ndestinations = [\"d{rule}\"]").unwrap();
            for slot in 0..2 {
                let slot = if turning.contains(&(plan, rule, slot)) {
                    "technique = \"round_robin\"\ntrunks = [\"a\", \"b\", \"c\"]"
                } else {
                    "technique = \"percent\"\ntrunks = [{ trunk = \"a\", weight = 100 }]"
                };
                writeln!(text, "[[plan.rule.slot]]\n{slot}").unwrap();
            }
        }
    }
    build(&plan_text::parse(&text).unwrap()).unwrap().open().unwrap()
}

/// One image: rules in an order, slots in turn, and the calls that are made with it.
type Epoch = (Vec<(usize, usize)>, BTreeSet<Name>, Vec<(usize, usize)>);

fn epoch() -> impl Strategy<Value = Epoch> {
    let rules: Vec<(usize, usize)> =
        (0..2).flat_map(|plan| (0..4).map(move |rule| (plan, rule))).collect();
    let name = (0_usize..2, 0_usize..4, 0_usize..2);
    (
        // Most rules stay from image to image.
        prop::sample::subsequence(rules, 4..=8).prop_shuffle(),
        prop::collection::btree_set(name, 8..24),
        prop::collection::vec((0_usize..2, 0_usize..4), 0..12),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn turns_go_on_from_image_to_image(epochs in prop::collection::vec(epoch(), 1..12), core in 0_u32..5) {
        let mut state = TechniqueState::new(0, core, 0);
        let mut turns: BTreeMap<Name, usize> = BTreeMap::new();
        for (rules, turning, calls) in epochs {
            let image = image_of(&rules, &turning);
            let mut next = TechniqueState::for_image(&image, core, 0);
            state.adopt(&mut next);
            turns.retain(|name, _| turning.contains(name) && rules.contains(&(name.0, name.1)));
            for (plan, rule) in calls {
                let originator = image.originator(stable_id::narrow(&format!("o{plan}"))).unwrap();
                let number = Digits::from_ascii(format!("1{rule}5").as_bytes()).unwrap();
                let mut decision = Decision::new();
                let outcome = decide(&image, &Switches::new(), originator, &number, &mut state, &mut decision);
                prop_assert_eq!(outcome == Outcome::Routed, rules.contains(&(plan, rule)));
                for (slot, ordinal) in [(0, 1), (1, 2)] {
                    if outcome != Outcome::Routed || !turning.contains(&(plan, rule, slot)) {
                        continue;
                    }
                    let turn = turns.entry((plan, rule, slot)).or_insert(core as usize);
                    let found = decision.candidates().iter().filter(|at| at.slot == ordinal);
                    let found: Vec<&str> = found.map(|at| image.name(NameKind::Trunk, at.trunk)).collect();
                    let expected: Vec<&str> = (0..3).map(|at| TRUNKS[(*turn + at) % 3]).collect();
                    prop_assert_eq!(found, expected, "plan {} rule {} slot {}", plan, rule, slot);
                    *turn = (*turn + 1) % 3;
                }
            }
        }
    }
}

#[test]
fn a_new_image_for_every_call_leaves_the_turn_exact() {
    let turning = BTreeSet::from([(0, 1, 0), (1, 2, 1)]);
    let mut state = TechniqueState::new(0, 0, 0);
    let mut firsts = String::new();
    for version in 0..9 {
        // A rule in front of it comes and goes, which moves every index.
        let rules: &[(usize, usize)] =
            if version % 2 == 0 { &[(0, 1), (1, 2)] } else { &[(1, 0), (0, 3), (0, 1)] };
        let image = image_of(rules, &turning);
        state.adopt(&mut TechniqueState::for_image(&image, 0, version));
        let originator = image.originator(stable_id::narrow("o0")).unwrap();
        let mut decision = Decision::new();
        let number = Digits::from_ascii(b"115").unwrap();
        decide(&image, &Switches::new(), originator, &number, &mut state, &mut decision);
        firsts.push_str(image.name(NameKind::Trunk, decision.candidates()[0].trunk));
    }
    assert_eq!(firsts, "abcabcabc");
}

#[test]
fn draws_go_on_from_image_to_image() {
    let image = one_slot("percent", SIXTY_THIRTY_TEN, &[]);
    let sequence = |changes: bool| {
        let mut state = TechniqueState::for_image(&image, 0, 7);
        let mut orders = String::new();
        for _ in 0..50 {
            if changes {
                state.adopt(&mut TechniqueState::for_image(&image, 0, 7));
            }
            orders.push_str(&call(&image, &mut state));
        }
        orders
    };
    assert_eq!(sequence(true), sequence(false));
}
