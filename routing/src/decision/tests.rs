//! What the techniques promise about shares; the twin of the whole decision is in `twin`.

pub(crate) mod plans;
mod traced;
mod turns;
mod twin;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::image::{NameKind, build};
use crate::plan_text;

/// One destination and one slot over trunks `a`, `b`, `c`, of which `disabled` ones are.
fn one_slot(technique: &str, trunks: &str, disabled: &[&str]) -> Image {
    let trunk = |name: &&str| {
        let enabled = !disabled.contains(name);
        format!("[[trunk]]\nname = \"{name}\"\nenabled = {enabled}\ngateways = [\"192.0.2.1\"]\n")
    };
    let text = format!(
        "[[destination]]\nname = \"d\"\nprefixes = [\"39\"]\n{}\
         [[plan]]\nname = \"p\"\n[[plan.rule]]\ndestinations = [\"d\"]\n\
         [[plan.rule.slot]]\ntechnique = \"{technique}\"\ntrunks = {trunks}\n\
         [[originator]]\nname = \"o\"\naddresses = [\"0.0.0.0/0\"]\nplan = \"p\"\n",
        ["a", "b", "c"].iter().map(trunk).collect::<String>(),
    );
    build(&plan_text::parse(&text).unwrap()).unwrap().open().unwrap()
}

/// Names of the candidates of one call.
fn call(image: &Image, state: &mut TechniqueState) -> String {
    let mut decision = Decision::new();
    let originator = image.originator_by_source(1).unwrap();
    let number = Digits::from_ascii(b"390612345678").unwrap();
    assert_eq!(
        decide(image, &Switches::new(), originator, &number, state, &mut decision),
        Outcome::Routed
    );
    decision.candidates().iter().map(|at| image.name(NameKind::Trunk, at.trunk)).collect()
}

const SIXTY_THIRTY_TEN: &str =
    r#"[{ trunk = "a", weight = 60 }, { trunk = "b", weight = 30 }, { trunk = "c", weight = 10 }]"#;

/// Orders of 100,000 calls against the chances of each, by chi-squared at 0.1 %.
fn check_draw(disabled: &[&str], chances: &[(&str, f64)]) {
    const CALLS: u32 = 100_000;
    // 0.999 quantiles for 1 to 5 degrees of freedom.
    const BOUND: [f64; 5] = [10.828, 13.816, 16.266, 18.467, 20.515];
    let image = one_slot("percent", SIXTY_THIRTY_TEN, disabled);
    for seed in 0..4 {
        let mut state = TechniqueState::new(image.cursor_count(), 0, seed);
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for _ in 0..CALLS {
            *counts.entry(call(&image, &mut state)).or_default() += 1;
        }
        assert_eq!(counts.len(), chances.len(), "{counts:?}");
        let terms = chances.iter().map(|(order, chance)| {
            let expected = chance * f64::from(CALLS);
            (f64::from(counts[*order]) - expected).powi(2) / expected
        });
        let statistic: f64 = terms.sum();
        assert!(statistic < BOUND[chances.len() - 2], "seed {seed}: {statistic} {counts:?}");
    }
}

#[test]
fn percent_draws_by_weight_without_replacement() {
    check_draw(
        &[],
        &[
            ("abc", 0.6 * 0.75),
            ("acb", 0.6 * 0.25),
            ("bac", 0.3 * 60.0 / 70.0),
            ("bca", 0.3 * 10.0 / 70.0),
            ("cab", 0.1 * 60.0 / 90.0),
            ("cba", 0.1 * 30.0 / 90.0),
        ],
    );
}

#[test]
fn percent_gives_a_disabled_trunks_share_to_the_others_by_weight() {
    check_draw(&["c"], &[("ab", 60.0 / 90.0), ("ba", 30.0 / 90.0)]);
    check_draw(&["a"], &[("bc", 0.75), ("cb", 0.25)]);
}

#[test]
fn workers_draw_differently() {
    let image = one_slot("percent", SIXTY_THIRTY_TEN, &[]);
    let sequence = |core| {
        let mut state = TechniqueState::new(0, core, 7);
        (0..50).map(|_| call(&image, &mut state)).collect::<String>()
    };
    assert_eq!(sequence(0), sequence(0));
    assert_ne!(sequence(0), sequence(1));
}

#[test]
fn round_robin_goes_round_exactly() {
    let image = one_slot("round_robin", r#"["b", "a", "c"]"#, &[]);
    let mut state = TechniqueState::new(image.cursor_count(), 0, 0);
    let orders: Vec<String> = (0..4).map(|_| call(&image, &mut state)).collect();
    assert_eq!(orders, ["bac", "acb", "cba", "bac"]);
}

#[test]
fn round_robin_gives_a_disabled_trunks_turns_to_all_others_alike() {
    let image = one_slot("round_robin", r#"["a", "b", "c"]"#, &["b"]);
    let mut state = TechniqueState::new(image.cursor_count(), 0, 0);
    let orders: Vec<String> = (0..4).map(|_| call(&image, &mut state)).collect();
    assert_eq!(orders, ["ac", "ca", "ac", "ca"]);
}

#[test]
fn round_robin_keeps_every_trunk_within_one_call_per_core_of_its_share() {
    const CORES: u32 = 5;
    let image = one_slot("round_robin", r#"["a", "b", "c"]"#, &[]);
    let state = |core| TechniqueState::new(image.cursor_count(), core, 0);
    let mut cores: Vec<TechniqueState> = (0..CORES).map(state).collect();
    let firsts: BTreeSet<String> =
        cores.iter().map(|core| call(&image, &mut core.clone())).collect();
    assert_eq!(firsts.len(), 3, "cores start at different offsets");
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut chooser = TechniqueState::new(0, 9, 9);
    for calls in 1..=3_000_u32 {
        // Uneven load: low cores get most of the calls.
        let core = chooser.below(u64::from(CORES)) * chooser.below(u64::from(CORES)) / 4;
        let order = call(&image, &mut cores[usize::try_from(core).unwrap()]);
        *counts.entry(order[..1].to_owned()).or_default() += 1;
        for (trunk, count) in &counts {
            assert!(count * 3 <= calls + 3 * CORES, "{trunk} {counts:?} after {calls}");
        }
    }
}

#[test]
fn a_state_too_small_for_an_image_still_goes_round() {
    let image = one_slot("round_robin", r#"["a", "b"]"#, &[]);
    let mut state = TechniqueState::new(0, 0, 0);
    assert_eq!([call(&image, &mut state), call(&image, &mut state)], ["ab", "ba"]);
    state.adopt(&mut TechniqueState::for_image(&image, 0, 0));
    assert_eq!(call(&image, &mut state), "ab");
}

#[test]
fn all_disabled_is_told_apart_from_no_route() {
    let image = one_slot("round_robin", r#"["a", "b", "c"]"#, &["a", "b", "c"]);
    let mut decision = Decision::new();
    let originator = image.originator_by_source(1).unwrap();
    let mut state = TechniqueState::new(image.cursor_count(), 0, 0);
    let number = Digits::from_ascii(b"39061").unwrap();
    let outcome = decide(&image, &Switches::new(), originator, &number, &mut state, &mut decision);
    assert_eq!(outcome, Outcome::AllDown);
    assert_ne!((decision.destination, decision.rule, decision.plan), (0, 0, 0));
    assert_eq!((decision.next_after(0), decision.next_instead_of(0)), (None, None));
}
