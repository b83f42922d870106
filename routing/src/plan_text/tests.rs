//! Plan texts and what is said about them.

mod written;

use super::*;
use crate::entity::{Gateway, InDialog, Technique};

const GOOD: &str = r#"
version = 7

[[destination]]
name = "Italy mobile"
country = "IT"
prefixes = ["393", "3934"]

[[destination]]
name = "Italy"
prefixes = ["39"]

[[deck]]
name = "atlas-buy"
[deck.rates]
39 = "0.01"
393 = 0.0125

[[trunk]]
name = "atlas"
id = 12
carrier = "Atlas Telecom"
in_dialog = "any"
deck = "atlas-buy"
networks = ["192.0.2.0/25"]
gateways = ["192.0.2.1", { host = "192.0.2.2", port = 5070, priority = 10, weight = 3 }]

[[trunk]]
name = "borealis"
enabled = false
gateways = ["192.0.2.130:5080"]

[[plan]]
name = "wholesale"
kind = "by_destination"
technique = "lcr"
policy = "conservative"
failover = { max_total_attempts = 3, pdd_ms = 4000 }

[[plan.rule]]
destinations = ["Italy mobile"]
[[plan.rule.slot]]
technique = "percent"
trunks = [{ trunk = "atlas", weight = 60 }, { trunk = "borealis", weight = 40 }]
[[plan.rule.slot]]
trunks = ["atlas"]

[[originator]]
name = "retail-one"
addresses = ["198.51.100.0/24", "203.0.113.9"]
plan = "wholesale"
"#;

#[test]
fn every_field_arrives() {
    let plan = parse(GOOD).unwrap();
    assert_eq!(plan.version, 7);
    assert_eq!(plan.destinations[0].country, Some(*b"IT"));
    assert_eq!(plan.destinations[0].prefixes[1].digits, "3934");
    assert_eq!(plan.destinations[0].prefixes[1].line, 7);
    let rates: Vec<u64> = plan.decks[0].rates.iter().map(|(_, rate)| rate.units()).collect();
    assert_eq!(rates, [1_000_000, 1_250_000]);
    let atlas = &plan.trunks[0];
    assert_eq!((atlas.id, &*atlas.carrier), (Some(12), "Atlas Telecom"));
    assert_eq!((atlas.in_dialog, atlas.enabled), (InDialog::Any, true));
    let second = Gateway { ipv4: 0xc000_0202, port: 5070, priority: 10, weight: 3 };
    assert_eq!(atlas.gateways[0].port, 5060);
    assert_eq!(atlas.gateways[1], second);
    assert_eq!(atlas.networks[0].to_string(), "192.0.2.0/25");
    let borealis = &plan.trunks[1];
    assert_eq!((&*borealis.carrier, borealis.in_dialog), ("borealis", InDialog::Own));
    assert!(!borealis.enabled);
    let wholesale = &plan.plans[0];
    assert_eq!(wholesale.policy.max_total_attempts, 3);
    assert_eq!((wholesale.policy.pdd_ms, wholesale.policy.total_ms), (4_000, 60_000));
    let rule = &wholesale.rules[0];
    assert_eq!(rule.name, "Italy mobile");
    assert_eq!(rule.slots[0].technique, Technique::Percent);
    assert!(!rule.slots[0].in_slot_failover);
    assert_eq!(rule.slots[1].technique, Technique::Lcr);
    assert!(rule.slots[1].in_slot_failover);
    assert_eq!(plan.originators[0].addresses[1].0.to_string(), "203.0.113.9/32");
}

/// Findings about [`GOOD`] with one piece replaced.
fn check(piece: &str, by: &str, expect: &[&str]) {
    assert_eq!(GOOD.matches(piece).count(), 1, "`{piece}` must stand once");
    let found = match parse(&GOOD.replace(piece, by)) {
        Ok(_) => Vec::new(),
        Err(findings) => findings.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(found, expect, "`{piece}` -> `{by}`");
}

#[test]
fn an_unknown_field_is_refused_with_the_nearest_one() {
    check(
        "in_dialog = \"any\"",
        "indialog = \"any\"",
        &["line 23: trunk `atlas`: there is no field `indialog`; did you mean `in_dialog`?"],
    );
    check(
        "version = 7",
        "colour = 7",
        &[
            "line 2: plan file: there is no field `colour`; known here: version, destination, deck, trunk, plan, originator",
        ],
    );
    check(
        "port = 5070",
        "prot = 5070",
        &["line 26: trunk `atlas`, gateway: there is no field `prot`; did you mean `port`?"],
    );
    check(
        "pdd_ms = 4000",
        "pdd = 4000",
        &["line 38: plan `wholesale`, failover: there is no field `pdd`; did you mean `pdd_ms`?"],
    );
}

#[test]
fn a_reference_to_nothing_is_refused_with_the_nearest_name() {
    check(
        "deck = \"atlas-buy\"",
        "deck = \"atlas-by\"",
        &["line 19: trunk `atlas`: there is no deck `atlas-by`; did you mean `atlas-buy`?"],
    );
    check(
        "plan = \"wholesale\"",
        "plan = \"retail\"",
        &[
            "line 48: originator `retail-one`: there is no plan `retail`; add a [[plan]] of this name, or correct it",
        ],
    );
    check(
        "destinations = [\"Italy mobile\"]",
        "destinations = [\"Italy mobil\"]",
        &[
            "line 41: plan `wholesale`, rule `Italy mobil`: there is no destination `Italy mobil`; did you mean `Italy mobile`?",
        ],
    );
    check(
        "{ trunk = \"borealis\", weight = 40 }",
        "{ trunk = \"boreal\", weight = 40 }",
        &[
            "line 44: plan `wholesale`, rule `Italy mobile`, slot 1: there is no trunk `boreal`; did you mean `borealis`?",
        ],
    );
}

#[test]
fn values_of_a_wrong_kind_or_range_are_refused() {
    check(
        "id = 12",
        "id = 16777216",
        &["line 21: trunk `atlas`: `id` is 16777216; write a whole number from 1 to 16777215"],
    );
    check(
        "enabled = false",
        "enabled = \"no\"",
        &["line 30: trunk `borealis`: `enabled` is a text; write true or false"],
    );
    check(
        "max_total_attempts = 3",
        "max_total_attempts = 17",
        &[
            "line 38: plan `wholesale`, failover: `max_total_attempts` is 17; write a whole number from 1 to 16",
        ],
    );
    check(
        "technique = \"lcr\"",
        "technique = \"score\"",
        &[
            "line 36: plan `wholesale`: `technique` is `score`, which this version does not know; write one of: lcr, percent, round_robin",
        ],
    );
    check(
        "prefixes = [\"39\"]",
        "prefixes = [39]",
        &[
            "line 11: destination `Italy`: `prefixes` is a whole number, not text; write it in quotes",
        ],
    );
    check(
        "prefixes = [\"39\"]",
        "prefixes = [\"+39\"]",
        &[
            "line 11: destination `Italy`: `+39` is no prefix; write 1 to 15 digits from the country code on, without `+`",
        ],
    );
    check(
        "country = \"IT\"",
        "country = \"Italy\"",
        &[
            "line 6: destination `Italy mobile`: `Italy` is no country; write two capital letters as in ISO 3166: `DE`",
        ],
    );
    check(
        "39 = \"0.01\"",
        "39 = \"1,5\"",
        &[
            "line 16: deck `atlas-buy`: the rate `1,5` of prefix `39` is refused: it is no decimal number; write a price per minute such as \"0.0125\"",
        ],
    );
    check(
        "[[originator]]",
        "[originator]",
        &[
            "line 48: plan file: `originator` is a table, not a list of tables; write [[originator]] for each",
        ],
    );
}

#[test]
fn addresses_are_checked() {
    check(
        "192.0.2.0/25",
        "192.0.2.1/25",
        &[
            "line 25: trunk `atlas`: `192.0.2.1/25` in `networks` is refused: bits behind /25 are set; the network is 192.0.2.0/25; write a network such as \"192.0.2.0/24\", or one address",
        ],
    );
    check(
        "192.0.2.130:5080",
        "sip.example.net",
        &[
            "line 31: trunk `borealis`: gateway `sip.example.net` is no IPv4 address; write the address: names are not resolved from a plan file",
        ],
    );
    check(
        "192.0.2.130:5080",
        "192.0.2.130:0",
        &[
            "line 31: trunk `borealis`: gateway `192.0.2.130:0` has no port from 1 to 65535 behind `:`; write \"192.0.2.1:5060\"",
        ],
    );
    check(
        "203.0.113.9",
        "198.51.100.0/24",
        &[
            "line 50: originator `retail-one`: 198.51.100.0/24 belongs to originator `retail-one` already (line 50); a source can stand for one originator only",
        ],
    );
}

#[test]
fn rules_and_slots_are_checked() {
    check(
        "weight = 40",
        "weight = 30",
        &[
            "line 42: plan `wholesale`, rule `Italy mobile`, slot 1: its weights sum to 90; make them sum to exactly 100",
        ],
    );
    check(
        "{ trunk = \"borealis\", weight = 40 }",
        "\"borealis\"",
        &[
            "line 42: plan `wholesale`, rule `Italy mobile`, slot 1: its weights sum to 60; make them sum to exactly 100",
            "line 44: plan `wholesale`, rule `Italy mobile`, slot 1: trunk `borealis` has no share; give it a `weight` of 1 to 100, or remove it",
        ],
    );
    check(
        "trunks = [\"atlas\"]",
        "trunks = [\"borealis\"]",
        &[
            "line 46: plan `wholesale`, rule `Italy mobile`, slot 2: trunk `borealis` has no deck, so `lcr` can never choose it; give the trunk a `deck`",
        ],
    );
    check(
        "trunks = [\"atlas\"]",
        "trunks = [\"atlas\", \"atlas\"]",
        &[
            "line 46: plan `wholesale`, rule `Italy mobile`, slot 2: trunk `atlas` stands in it already (line 46); keep it once per slot",
        ],
    );
    check(
        "trunks = [\"atlas\"]",
        "",
        &[
            "line 45: plan `wholesale`, rule `Italy mobile`, slot 2: it has no `trunks`; add `trunks`",
        ],
    );
    check(
        "destinations = [\"Italy mobile\"]",
        "destinations = \"all\"",
        &[
            "line 40: plan `wholesale`, rule: `all` is no list of destinations; name each: a destination that is added later must not be routed by itself",
        ],
    );
    check(
        "technique = \"lcr\"",
        "",
        &[
            "line 45: plan `wholesale`, rule `Italy mobile`, slot 2: it has no `technique`; add `technique` to the slot or to the plan",
        ],
    );
    let fifth = "[[plan.rule.slot]]\ntrunks = [\"atlas\"]\n".repeat(4);
    check(
        "[[originator]]",
        &format!("{fifth}[[originator]]"),
        &[
            "line 40: plan `wholesale`, rule `Italy mobile`: it has 6 slots, more than 4; remove some",
        ],
    );
}

#[test]
fn names_and_prefixes_stand_once() {
    check(
        "name = \"borealis\"",
        "name = \"atlas\"",
        &[
            "line 28: trunk `atlas`: the name is taken in line 19; give each its own name",
            "line 44: plan `wholesale`, rule `Italy mobile`, slot 1: there is no trunk `borealis`; add a [[trunk]] of this name, or correct it",
        ],
    );
    check(
        "prefixes = [\"39\"]",
        "prefixes = [\"393\"]",
        &[
            "line 11: destination `Italy`: prefix `393` belongs to destination `Italy mobile` already (line 7); keep it in one of them",
        ],
    );
}

#[test]
fn all_faults_of_a_text_are_listed_at_once() {
    let text = "[[trunk]]\nname = \"a\"\ngatways = []\n[[plan]]\nname = \"p\"\n[[plan.rule]]\ndestinations = [\"x\"]\n\
                [[plan.rule.slot]]\ntechnique = \"percent\"\ntrunks = [{ trunk = \"b\", weight = 5 }]\n\
                [[originator]]\nplan = \"p\"\n";
    let found: Vec<String> = parse(text).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "line 3: trunk `a`: there is no field `gatways`; did you mean `gateways`?",
            "line 7: plan `p`, rule `x`: there is no destination `x`; add a [[destination]] of this name, or correct it",
            "line 8: plan `p`, rule `x`, slot 1: its weights sum to 5; make them sum to exactly 100",
            "line 10: plan `p`, rule `x`, slot 1: there is no trunk `b`; did you mean `a`?",
            "line 11: originator: it has no `name`; add `name = \"...\"`",
        ]
    );
}

#[test]
fn broken_syntax_is_reported_by_line_beside_the_faults_of_other_lines() {
    let text = "version = \n[[trunk]]\nname = atlas\n[[deck]]\nnaem = 1\n";
    let found = parse(text).unwrap_err();
    let lines: Vec<u32> = found.iter().map(|finding| finding.line).collect();
    assert!(lines.contains(&1) && lines.contains(&3) && lines.contains(&5), "{found:?}");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(
        text in "(\\PC|\n){0,200}",
        cut in 0_usize..1300,
        insert in "[\\[\\]{}=\",\n0-9a-z.]{0,6}",
    ) {
        let _ = parse(&text);
        let at = GOOD.char_indices().map(|(at, _)| at).take_while(|at| *at <= cut).last().unwrap_or(0);
        let (head, tail) = GOOD.split_at(at);
        let _ = parse(&format!("{head}{insert}{tail}")).map(|plan| crate::image::build(&plan).unwrap().open().unwrap());
        let _ = parse(&format!("{head}{insert}"));
    }
}

/// A plan that users are shown is read, compiled and opened, with exactly these warnings.
fn check_shown(text: &str, warnings: &[&str]) {
    let plan = parse(text).unwrap();
    let found = crate::lint::warnings(&plan);
    let found: Vec<&str> = found.iter().map(|finding| &*finding.cause).collect();
    assert_eq!(found, warnings);
    crate::image::build(&plan).unwrap().open().unwrap();
}

#[test]
fn the_plan_of_the_demo_leaves_one_destination_without_a_route() {
    let text = include_str!("../../../scripts/demo.d/plan.toml");
    check_shown(text, &["1 of 44 destinations have no route: `Cuba`"]);
}

#[test]
fn the_example_of_the_documentation_has_no_fault() {
    let document = include_str!("../../../docs/plan-file.md");
    let (_, behind) = document.split_once("```toml\n").unwrap();
    let (text, _) = behind.split_once("```").unwrap();
    check_shown(text, &[]);
}
