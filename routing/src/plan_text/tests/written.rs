//! What is written reads back as the same plan.

use proptest::prelude::*;

use super::*;
use crate::cidr::Cidr;
use crate::decision::tests::plans::plans;
use crate::entity::{Place, Trunk};
use crate::policy::PolicyValues;

/// The plan as if no text had been there.
fn without_places(mut plan: Plan) -> Plan {
    for destination in &mut plan.destinations {
        destination.place = Place::default();
        destination.prefixes.iter_mut().for_each(|prefix| prefix.line = 0);
    }
    for deck in &mut plan.decks {
        deck.place = Place::default();
        deck.rates.iter_mut().for_each(|(prefix, _)| prefix.line = 0);
    }
    plan.trunks.iter_mut().for_each(|trunk| trunk.place = Place::default());
    for routing in &mut plan.plans {
        routing.place = Place::default();
        for rule in &mut routing.rules {
            rule.place = Place::default();
            rule.destinations.iter_mut().for_each(|(_, line)| *line = 0);
            for slot in &mut rule.slots {
                slot.place = Place::default();
                slot.trunks.iter_mut().for_each(|entry| entry.line = 0);
            }
        }
    }
    for originator in &mut plan.originators {
        originator.place = Place::default();
        originator.addresses.iter_mut().for_each(|(_, line)| *line = 0);
    }
    plan
}

fn check(text: &str) {
    let plan = parse(text).unwrap();
    let written = write(&plan);
    assert_eq!(parse(&written).map(without_places), Ok(without_places(plan)), "{written}");
    assert!(written.lines().all(|line| line.len() <= 120), "{written}");
}

#[test]
fn plans_that_users_are_shown_read_back() {
    check(GOOD);
    check(include_str!("../../../../scripts/demo.d/plan.toml"));
}

#[test]
fn a_text_that_was_written_is_written_again_as_it_is() {
    let text = "version = 7\n\n[[destination]]\nname = \"Italy mobile\"\ncountry = \"IT\"\nprefixes = [\"393\", \"3934\"]\n\n\
        [[deck]]\nname = \"buy\"\n[deck.rates]\n39 = \"0.0100\"\n393 = \"0.01255\"\n\n\
        [[trunk]]\nname = \"atlas\"\nid = 12\ncarrier = \"Atlas Telecom\"\nenabled = false\n\
        gateways = [\"192.0.2.1:5060\", { host = \"192.0.2.2\", port = 5070, priority = 10, weight = 3 }]\n\
        networks = [\"192.0.2.0/25\"]\nin_dialog = \"any\"\ndeck = \"buy\"\n\n\
        [[plan]]\nname = \"wholesale\"\n\n[plan.failover]\nmax_total_attempts = 3\npdd_ms = 4000\n\n\
        [[plan.rule]]\nname = \"mobile\"\ndestinations = [\"Italy mobile\"]\n\n\
        [[plan.rule.slot]]\ntechnique = \"lcr\"\nin_slot_failover = false\ntrunks = [\"atlas\"]\n\n\
        [[originator]]\nname = \"retail-one\"\naddresses = [\"198.51.100.0/24\"]\nplan = \"wholesale\"\n";
    assert_eq!(write(&parse(text).unwrap()), text);
}

/// What a plan may say beside its routes, drawn once and dealt out to all entities.
fn decorate(plan: &mut Plan, name: &str, numbers: &[u32; 8], switches: &[bool; 4]) {
    let renamed = |old: &str| format!("{name}{old}");
    let [first, second, ..] = *numbers;
    for (index, destination) in (1..).zip(&mut plan.destinations) {
        destination.name = renamed(&destination.name);
        destination.id = switches[0].then_some(index + first);
        destination.country = switches[1].then_some(*b"IT");
    }
    for deck in &mut plan.decks {
        deck.name = renamed(&deck.name);
    }
    for (index, trunk) in (1..).zip(&mut plan.trunks) {
        decorate_trunk(trunk, index, numbers, switches);
        trunk.name = renamed(&trunk.name);
        trunk.deck = trunk.deck.as_deref().map(renamed);
        trunk.carrier = if switches[3] { trunk.name.clone() } else { renamed("carrier") };
    }
    for plan in &mut plan.plans {
        plan.name = renamed(&plan.name);
        plan.id = switches[1].then_some(first);
        let [.., total_ms, pdd_ms, retry_interval_ms, attempts] =
            numbers.map(|n| 1 + n % 3_600_000);
        let max_total_attempts = u8::try_from(attempts % 16 + 1).unwrap();
        let invite_timeout_ms = if switches[2] { second } else { 30_000 }.clamp(1, 3_600_000);
        plan.policy = PolicyValues {
            total_ms,
            pdd_ms,
            retry_interval_ms,
            max_total_attempts,
            invite_timeout_ms,
            ..PolicyValues::DEFAULT
        };
        for rule in &mut plan.rules {
            rule.name = renamed(&rule.name);
            rule.destinations.iter_mut().for_each(|(name, _)| *name = renamed(name));
            if switches[3] {
                rule.name = rule.destinations[0].0.clone();
            }
            for slot in &mut rule.slots {
                for entry in &mut slot.trunks {
                    entry.trunk = renamed(&entry.trunk);
                    if switches[0] && slot.technique != Technique::Percent {
                        entry.weight = None;
                    }
                }
            }
        }
    }
    for originator in &mut plan.originators {
        originator.name = renamed(&originator.name);
        originator.plan = renamed(&originator.plan);
        originator.id = switches[2].then_some(1 + first % 1_000);
        originator.addresses.push((Cidr::parse("10.0.0.0/8").unwrap(), 0));
    }
}

fn decorate_trunk(trunk: &mut Trunk, index: u32, numbers: &[u32; 8], switches: &[bool; 4]) {
    let short = |at: usize| u16::try_from(numbers[at] % 0x1_0000).unwrap();
    trunk.id = switches[0].then_some(index + numbers[0] % 1_000);
    trunk.in_dialog = if switches[1] { InDialog::Any } else { InDialog::Own };
    let count = 1 + numbers[2] % 8;
    trunk.gateways = (0..count)
        .map(|host| Gateway {
            ipv4: (10 << 24) + host,
            port: short(3).max(1),
            priority: if switches[2] { short(4) } else { 0 },
            weight: if switches[3] { short(5) } else { 0 },
        })
        .collect();
    let networks = (0..numbers[6] % 64).map(|host| Cidr::host(host << 8));
    trunk.networks = networks.collect();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_plan_without_errors_reads_back(
        mut plan in plans(),
        version in 1..=u64::MAX / 2,
        name in "([^\\p{C}\\s]([^\\p{C}]|[\"'\\\\#=\\[\\]{}.,]){0,8}[^\\p{C}\\s])?",
        numbers in any::<[u32; 8]>(),
        switches in any::<[bool; 4]>(),
    ) {
        plan.version = version;
        let numbers = numbers.map(|number| number % (1 << 31));
        decorate(&mut plan, &name, &numbers, &switches);
        prop_assert_eq!(check::errors(&plan), vec![]);
        let written = write(&plan);
        prop_assert_eq!(parse(&written).map(without_places), Ok(plan), "{}", written);
    }
}
