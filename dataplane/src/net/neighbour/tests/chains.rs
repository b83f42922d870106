//! The hash chains against a sorted map: what is in is found, what was taken out is not.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const CAPACITY: u16 = 32;

proptest! {
    /// Three times as many keys as there are slots, so that chains grow, break and heal.
    #[test]
    fn equal_a_sorted_map(
        events in prop::collection::vec((any::<bool>(), 0..2u8, 1..50u32), 1..400),
    ) {
        let (mut entries, mut twin) = (Entries::new(CAPACITY), BTreeMap::new());
        for (is_insert, port, ip) in events {
            let key = Key { interface: PortIndex(port), ip };
            match (is_insert, twin.get(&(port, ip))) {
                (true, None) => {
                    let at = entries.insert(key);
                    prop_assert_eq!(at.is_some(), twin.len() < usize::from(CAPACITY));
                    if let Some(at) = at {
                        entries.get_mut(at).unwrap().phase = Phase::Static;
                        twin.insert((port, ip), at);
                    }
                }
                (false, Some(&at)) => {
                    entries.remove(at);
                    twin.remove(&(port, ip));
                }
                (true, Some(_)) | (false, None) => {}
            }
            for (port, ip) in (0..2).flat_map(|port| (1..50).map(move |ip| (port, ip))) {
                let found = entries.find(Key { interface: PortIndex(port), ip });
                prop_assert_eq!(found, twin.get(&(port, ip)).copied());
            }
            prop_assert_eq!(entries.iter().count(), twin.len());
        }
    }
}
