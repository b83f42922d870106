//! A trace is of the very decision, and says what people need to know about it.

use proptest::prelude::*;

use super::plans::{plans, prefix};
use super::*;
use crate::decision::trace::{Reason, Trace};
use crate::entity::Plan;

/// A trace says what the plan says: every trunk of the rule in its slot once, and why those that are no candidates are not.
fn check_trace(plan: &Plan, trace: &Trace) -> Result<(), TestCaseError> {
    let candidates = trace.slots.iter().flat_map(|slot| {
        slot.order.iter().map(move |at| (at.trunk.id, slot.ordinal, slot.in_slot_failover))
    });
    let decided = trace.decision.candidates();
    let decided = decided.iter().map(|at| (at.trunk, at.slot, at.in_slot_failover));
    prop_assert!(candidates.eq(decided), "{}", trace);

    let longest = plan.destinations.iter().flat_map(|destination| {
        let owns =
            destination.prefixes.iter().filter(|prefix| trace.number.starts_with(&*prefix.digits));
        owns.map(|prefix| (prefix.digits.len(), &*prefix.digits, &*destination.name))
    });
    if trace.outcome != Outcome::OriginatorDisabled {
        let longest = longest.max().map_or(("", None), |(_, digits, name)| (digits, Some(name)));
        let found = trace.destination.as_ref().map(|destination| &*destination.name);
        prop_assert_eq!((&*trace.prefix, found), longest);
    }

    let Some(rule) = &trace.rule else {
        prop_assert!(trace.slots.is_empty());
        return Ok(());
    };
    let rule = plan.plans[0].rules.iter().find(|written| written.name == rule.name).unwrap();
    prop_assert_eq!(rule.slots.len(), trace.slots.len());
    for (written, slot) in rule.slots.iter().zip(&trace.slots) {
        prop_assert_eq!(written.technique, slot.technique);
        let order = slot.order.iter().map(|at| &*at.trunk.name);
        let told: BTreeSet<&str> =
            order.chain(slot.skipped.iter().map(|at| &*at.trunk.name)).collect();
        let names: BTreeSet<&str> = written.trunks.iter().map(|at| &*at.trunk).collect();
        prop_assert_eq!(told, names);
        prop_assert_eq!(slot.order.len() + slot.skipped.len(), written.trunks.len());
        for skipped in &slot.skipped {
            let trunk = plan.trunks.iter().find(|trunk| trunk.name == skipped.trunk.name).unwrap();
            prop_assert_eq!(skipped.why == Skip::Disabled, !trunk.enabled);
        }
        let firsts = slot.order.first().map(|at| at.reason);
        if let Some(Reason::Turn { of, .. }) = firsts {
            prop_assert_eq!(of, slot.order.len());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_traced_decision_is_the_silent_one(
        plan in plans(), numbers in prop::collection::vec(prefix(15), 1..20), seed in any::<u64>(),
    ) {
        let image = build(&plan).unwrap().open().unwrap();
        let mut state = TechniqueState::for_image(&image, 0, seed);
        let mut traced_state = state.clone();
        let originator = image.originator_by_source(1).unwrap();
        let mut decision = Decision::new();
        for number in numbers {
            let number = Digits::from_ascii(number.as_bytes()).unwrap();
            let outcome = decide(&image, &Switches::new(), originator, &number, &mut state, &mut decision);
            let trace = decide_traced(&image, &Switches::new(), originator, &number, &mut traced_state);
            prop_assert_eq!((trace.outcome, trace.decision), (outcome, decision));
            prop_assert_eq!(format!("{traced_state:?}"), format!("{state:?}"), "the same effect");
            check_trace(&plan, &trace)?;
            prop_assert!(trace.to_string().lines().count() >= 3);
        }
    }
}

const PLAN: &str = r#"
version = 42
destination = [
    { name = "Italy", prefixes = ["39"] }, { name = "Italy mobile", prefixes = ["393", "3934"] },
    { name = "Malta", prefixes = ["356"] }, { name = "Cyprus", prefixes = ["357"] },
]
deck = [{ name = "a", rates = { 39 = "0.02" } }, { name = "b", rates = { 39 = "0.0125", 3939 = "0.01" } }, { name = "c", rates = { 1 = "1" } }]
trunk = [
    { name = "atlas", deck = "a", gateways = ["192.0.2.1"] },
    { name = "borealis", deck = "b", gateways = ["192.0.2.2"] },
    { name = "cirrus", deck = "c", gateways = ["192.0.2.3"] },
    { name = "dorado", enabled = false, gateways = ["192.0.2.4"] },
]
originator = [
    { name = "retail-one", addresses = ["198.51.100.1"], plan = "wholesale" },
    { name = "retail-two", addresses = ["198.51.100.2"], plan = "wholesale", enabled = false },
]
[[plan]]
name = "wholesale"
[[plan.rule]]
name = "mobile"
destinations = ["Italy mobile"]
[[plan.rule.slot]]
technique = "percent"
trunks = [{ trunk = "atlas", weight = 60 }, { trunk = "dorado", weight = 40 }]
[[plan.rule.slot]]
technique = "lcr"
trunks = ["atlas", "borealis", "cirrus"]
[[plan.rule.slot]]
technique = "round_robin"
trunks = ["borealis", "atlas"]
[[plan.rule]]
destinations = ["Italy"]
[[plan.rule.slot]]
technique = "lcr"
trunks = ["cirrus"]
[[plan.rule]]
destinations = ["Malta"]
[[plan.rule.slot]]
technique = "round_robin"
trunks = ["dorado"]
"#;

/// The text of the trace of one call.
fn check_text(originator: u32, number: &str, expect: &str) {
    let image = build(&plan_text::parse(PLAN).unwrap()).unwrap().open().unwrap();
    let originator = image.originator_by_source(0xc633_6400 + originator).unwrap();
    let number = Digits::from_ascii(number.as_bytes()).unwrap();
    let mut state = TechniqueState::for_image(&image, 1, 0);
    let trace = decide_traced(&image, &Switches::new(), originator, &number, &mut state);
    assert_eq!(trace.to_string(), expect);
}

#[test]
fn a_routed_call_is_explained_slot_by_slot() {
    check_text(
        1,
        "393471234567",
        "\
number       393471234567
originator   retail-one
plan         wholesale, version 42
destination  Italy mobile, by prefix 3934
rule         mobile
slot 1       percent, a failure goes on to the next slot
   1. atlas   drawn with weight 60 of 60
   -  dorado  skipped: disabled
slot 2       lcr, a failure tries the rest of the slot first
   2. borealis  rate 0.0125, weight 1
   3. atlas     rate 0.0200, weight 1
   -  cirrus    skipped: its deck has no rate for the number
slot 3       round_robin, a failure goes on to the next slot
   4. atlas     in turn, 2 of 2
   5. borealis  in turn, 1 of 2
result       routed: up to 4 trunks, no attempt later than 60000 ms
",
    );
}

#[test]
fn a_call_that_is_not_routed_is_explained_to_where_it_ended() {
    let head = "number       39061\noriginator   retail-one\nplan         wholesale, version 42\n";
    let found = "destination  Italy, by prefix 39\nrule         Italy\n\
                 slot 1       lcr, a failure tries the rest of the slot first\n   \
                 -  cirrus  skipped: its deck has no rate for the number\n";
    let result = "result       503 no routing: no trunk of the rule has a rate for the number\n";
    check_text(1, "39061", &format!("{head}{found}{result}"));
    for (originator, number, expect) in [
        (
            1,
            "3571",
            "destination  Cyprus, by prefix 357\nresult       503 no routing: the plan has no rule for the destination\n",
        ),
        (1, "44", "result       404: no destination has a prefix of the number\n"),
        (
            1,
            "3561",
            "destination  Malta, by prefix 356\nrule         Malta\n\
             slot 1       round_robin, a failure goes on to the next slot\n   -  dorado  skipped: disabled\n\
             result       503 all trunks down: no candidate is left, and a trunk of the rule is disabled\n",
        ),
        (2, "3561", "result       403: the originator is disabled\n"),
    ] {
        let name = if originator == 1 { "retail-one" } else { "retail-two" };
        let head = format!(
            "number       {number}\noriginator   {name}\nplan         wholesale, version 42\n"
        );
        check_text(originator, number, &format!("{head}{expect}"));
    }
}
