//! Owns the plan that the router decides by: a seeded set of prefixes and three weighted carriers.
//! Refuses to know images.
//!
//! The set stands in for a wholesale plan: two hundred country codes, prefixes of 4 to 9 digits that nest as real ones
//! do, a thousand prefixes a destination. Called numbers are drawn uniformly over the prefixes, which is the worst case
//! for caches.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use routing::PolicyValues;
use routing::cidr::Cidr;
use routing::entity::{
    Destination, Gateway, InDialog, Originator, Place, Plan, Prefix, RoutingPlan, Rule, Slot,
    SlotTrunk, Technique, Trunk,
};

use crate::template::CALLED_LEN;

/// Names and weights of the carriers.
pub const CARRIERS: [(&str, u32); 3] = [("atlas", 60), ("borealis", 30), ("cirrus", 10)];
const PREFIXES_A_DESTINATION: usize = 1_000;
const SEED: u64 = 0x7a6e_6465_6d00_0001;

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed, the same run.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Numbers of `seed`.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// A number below `limit`.
    #[inline]
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * u128::from(limit)) >> 64) as u64
    }
}

/// `count` prefixes, sorted.
pub fn prefixes(count: u64) -> Vec<String> {
    let mut random = Random::new(SEED);
    let mut set = BTreeSet::new();
    while (set.len() as u64) < count {
        // Few countries hold most prefixes, as in real sheets.
        let country = 20 + random.below(1 + random.clone().below(200));
        let mut prefix = country.to_string();
        let tail = 2 + random.below(5);
        for _ in 0..tail {
            prefix.push(char::from(b'0' + random.below(10) as u8));
        }
        // Every fourth brings one that it nests in.
        if random.below(4) == 0 {
            set.insert(prefix[..prefix.len() - 1].to_owned());
        }
        set.insert(prefix);
    }
    set.into_iter().take(count as usize).collect()
}

/// A number below each prefix.
pub fn numbers(prefixes: &[String]) -> Vec<[u8; CALLED_LEN]> {
    let mut random = Random::new(SEED + 1);
    let number = |prefix: &String| {
        let mut digits = prefix.as_bytes().iter().copied();
        std::array::from_fn(|_| digits.next().unwrap_or_else(|| b'0' + random.below(10) as u8))
    };
    prefixes.iter().map(number).collect()
}

/// The plan: `originator` sends, the carriers take by weight, and the next of them when one fails.
pub fn plan(prefixes: &[String], originator: Ipv4Addr, carriers: [Ipv4Addr; 3]) -> Plan {
    let place = Place::default();
    let destinations: Vec<Destination> = prefixes
        .chunks(PREFIXES_A_DESTINATION)
        .enumerate()
        .map(|(number, chunk)| Destination {
            place,
            name: format!("destination {number}"),
            id: u32::try_from(number + 1).ok(),
            country: None,
            prefixes: chunk
                .iter()
                .map(|digits| Prefix { digits: digits.clone(), line: 0 })
                .collect(),
        })
        .collect();
    let slot = |technique, weighted: bool| Slot {
        place,
        technique,
        in_slot_failover: true,
        trunks: CARRIERS
            .iter()
            .map(|(trunk, weight)| SlotTrunk {
                trunk: (*trunk).to_owned(),
                weight: weighted.then_some(*weight),
                line: 0,
            })
            .collect(),
    };
    let rule = Rule {
        place,
        name: "all".to_owned(),
        destinations: destinations.iter().map(|one| (one.name.clone(), 0)).collect(),
        slots: vec![slot(Technique::Percent, true), slot(Technique::RoundRobin, false)],
    };
    let trunks = CARRIERS.iter().zip(carriers).map(|((name, _), address)| Trunk {
        place,
        name: (*name).to_owned(),
        id: None,
        carrier: (*name).to_owned(),
        enabled: true,
        in_dialog: InDialog::Own,
        gateways: vec![Gateway { ipv4: address.to_bits(), port: 5060, priority: 10, weight: 10 }],
        networks: Vec::new(),
        deck: None,
    });
    let originators = vec![Originator {
        place,
        name: "retail".to_owned(),
        id: None,
        addresses: vec![(Cidr::host(originator.to_bits()), 0)],
        plan: "wholesale".to_owned(),
        enabled: true,
    }];
    Plan {
        version: 1,
        trunks: trunks.collect(),
        plans: vec![RoutingPlan {
            place,
            name: "wholesale".to_owned(),
            id: None,
            policy: PolicyValues::DEFAULT,
            rules: vec![rule],
        }],
        originators,
        destinations,
        decks: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_has_the_size_asked_for_and_is_the_same_each_time() {
        let set = prefixes(5_000);
        assert_eq!(set.len(), 5_000);
        assert!(set.is_sorted() && set == prefixes(5_000));
        assert!(set.iter().all(|prefix| (4..=9).contains(&prefix.len()) || prefix.len() == 3));
    }

    #[test]
    fn each_number_lies_below_its_prefix() {
        let set = prefixes(100);
        for (number, prefix) in numbers(&set).iter().zip(&set) {
            assert!(number.starts_with(prefix.as_bytes()));
        }
    }
}
