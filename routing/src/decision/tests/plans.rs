//! Random plans without errors for the twin of the decision.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;

use crate::cidr::Cidr;
use crate::entity::{
    Deck, Destination, Gateway, InDialog, Originator, Place, Plan, Prefix, RoutingPlan, Rule, Slot,
    SlotTrunk, Technique, Trunk,
};
use crate::policy::PolicyValues;
use crate::rate::Rate;

/// Prefixes over three digits, so that they nest.
pub(crate) fn prefix(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!['3', '4', '9']), 1..=most)
        .prop_map(|digits| digits.into_iter().collect())
}

fn place() -> Place {
    Place::default()
}

/// Plans whose prefixes nest, whose trunks are shared between slots, and of which some are disabled or unrated.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let deck = prop::collection::btree_map(prefix(4), 0_u64..4, 0..6);
    let trunk = (any::<Index>(), prop::bool::weighted(0.8), prop::bool::weighted(0.8));
    let slot = (
        prop::sample::select(vec![Technique::Lcr, Technique::Percent, Technique::RoundRobin]),
        any::<bool>(),
        prop::collection::vec((any::<Index>(), 0_u32..3), 1..=4),
        any::<Index>(),
    );
    (
        prop::collection::btree_map(prefix(5), 0_usize..5, 1..16),
        prop::collection::vec(deck, 1..=3),
        prop::collection::vec(trunk, 1..=6),
        prop::collection::vec(prop::collection::vec(slot, 1..=4), 1..=4),
        prop::bool::weighted(0.95),
    )
        .prop_map(|(prefixes, decks, trunks, rules, enabled)| {
            let decks: Vec<Deck> = decks
                .into_iter()
                .enumerate()
                .map(|(index, rates)| {
                    let rate =
                        |(digits, units)| (Prefix { digits, line: 0 }, Rate::new(units).unwrap());
                    let rates = rates.into_iter().map(rate).collect();
                    Deck { place: place(), name: format!("deck-{index}"), rates }
                })
                .collect();
            let trunks: Vec<Trunk> = trunks
                .into_iter()
                .enumerate()
                .map(|(index, (deck, rated, enabled))| Trunk {
                    place: place(),
                    name: format!("trunk-{index}"),
                    id: None,
                    carrier: "carrier".to_owned(),
                    enabled,
                    in_dialog: InDialog::Own,
                    gateways: vec![Gateway { ipv4: 1, port: 1, priority: 0, weight: 0 }],
                    networks: Vec::new(),
                    deck: rated.then(|| decks[deck.index(decks.len())].name.clone()),
                })
                .collect();
            let mut destinations: Vec<Destination> = (0..5)
                .map(|index| Destination {
                    place: place(),
                    name: format!("destination-{index}"),
                    id: None,
                    country: None,
                    prefixes: Vec::new(),
                })
                .collect();
            for (digits, owner) in prefixes {
                destinations[owner].prefixes.push(Prefix { digits, line: 0 });
            }
            let rules: Vec<Rule> = rules
                .into_iter()
                .enumerate()
                .map(|(index, slots)| Rule {
                    place: place(),
                    name: format!("rule-{index}"),
                    destinations: vec![(destinations[index].name.clone(), 0)],
                    slots: slots.into_iter().map(|slot| make_slot(&trunks, slot)).collect(),
                })
                .collect();
            // A destination without prefixes is an error, and so is a rule without destinations.
            let has_prefix: BTreeSet<String> = destinations
                .iter()
                .filter(|destination| !destination.prefixes.is_empty())
                .map(|destination| destination.name.clone())
                .collect();
            destinations.retain(|destination| has_prefix.contains(&destination.name));
            let rules =
                rules.into_iter().filter(|rule| has_prefix.contains(&rule.destinations[0].0));
            let plans = vec![RoutingPlan {
                place: place(),
                name: "wholesale".to_owned(),
                id: None,
                policy: PolicyValues::DEFAULT,
                rules: rules.collect(),
            }];
            let originators = vec![Originator {
                place: place(),
                name: "retail-one".to_owned(),
                id: None,
                addresses: vec![(Cidr::host(1), 0)],
                plan: "wholesale".to_owned(),
                enabled,
            }];
            Plan { version: 1, destinations, decks, trunks, plans, originators }
        })
}

type RawSlot = (Technique, bool, Vec<(Index, u32)>, Index);

fn make_slot(trunks: &[Trunk], (technique, in_slot_failover, entries, extra): RawSlot) -> Slot {
    let mut names: BTreeMap<&str, u32> = BTreeMap::new();
    for (index, weight) in entries {
        let trunk = &trunks[index.index(trunks.len())];
        if technique != Technique::Lcr || trunk.deck.is_some() {
            names.insert(&trunk.name, weight);
        }
    }
    // An lcr slot for which no trunk has a deck becomes one in turns.
    let technique = if names.is_empty() { Technique::RoundRobin } else { technique };
    if names.is_empty() {
        names.insert(&trunks[0].name, 0);
    }
    if technique == Technique::Percent {
        let rest = 100 - u32::try_from(names.len()).unwrap();
        let lucky = extra.index(names.len());
        for (place, weight) in names.values_mut().enumerate() {
            *weight = if place == lucky { 1 + rest } else { 1 };
        }
    }
    let trunks = names
        .into_iter()
        .map(|(name, weight)| SlotTrunk { trunk: name.to_owned(), weight: Some(weight), line: 0 })
        .collect();
    Slot { place: place(), technique, in_slot_failover, trunks }
}
