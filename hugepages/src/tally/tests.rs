//! Claims about tallies, and about files that only look like one.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::instance::InstanceDir;
use crate::segment::{LayoutVersion, OpenSegmentError, Segment, SegmentKind, SegmentSpec};
use crate::testing::Scratch;

struct Rig {
    dir: InstanceDir,
    tally: Tally,
    _scratch: Scratch,
}

fn rig(slots: usize) -> Rig {
    let scratch = Scratch::new();
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    let tally = Tally::create(&dir, SEGMENT, slots).unwrap();
    Rig { dir, tally, _scratch: scratch }
}

impl Rig {
    fn read(&self) -> BTreeMap<TallyKey, i64> {
        TallyReader::open(self.dir.path(), SEGMENT).unwrap().iter().collect()
    }

    /// The words as a hostile process sees them.
    fn words(&self) -> Segment {
        Segment::open(self.dir.path(), SEGMENT, SegmentKind::Tally, LayoutVersion(2)).unwrap()
    }
}

#[test]
fn reader_sees_counts_of_trunks_and_originators() {
    let rig = rig(8);
    for (key, delta) in
        [(TallyKey::trunk(7), 2), (TallyKey::originator(7), 5), (TallyKey::trunk(7), -1)]
    {
        rig.tally.add(key, delta).unwrap();
    }
    let expect = BTreeMap::from([(TallyKey::trunk(7), 1), (TallyKey::originator(7), 5)]);
    assert_eq!(rig.read(), expect);
}

#[test]
fn full_table_refuses_new_keys_and_counts_old_ones() {
    let rig = rig(4);
    for id in 0..4 {
        rig.tally.add(TallyKey::trunk(id), 1).unwrap();
    }
    assert_eq!(rig.tally.add(TallyKey::trunk(4), 1), Err(TallyFull));
    assert_eq!(rig.tally.get(TallyKey::trunk(4)), 0);
    rig.tally.add(TallyKey::trunk(3), 1).unwrap();
    assert_eq!(rig.tally.get(TallyKey::trunk(3)), 2);
}

#[test]
fn threads_count_exactly() {
    let rig = rig(64);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..10_000 {
                    rig.tally.add(TallyKey::trunk(n % 50), 2).unwrap();
                    rig.tally.add(TallyKey::trunk(n % 50), -1).unwrap();
                }
            });
        }
    });
    let expect = (0..50).map(|id| (TallyKey::trunk(id), 800)).collect();
    assert_eq!(rig.read(), expect);
}

#[test]
fn segment_of_another_kind_is_refused() {
    let rig = rig(4);
    let spec = SegmentSpec { kind: SegmentKind::Counters, layout: LayoutVersion(1), words: 16 };
    Segment::create(&rig.dir, "other", spec).unwrap();
    let error = TallyReader::open(rig.dir.path(), "other").unwrap_err();
    assert!(matches!(error, OpenTallyError::Segment(OpenSegmentError::Kind { .. })));
    let spec = SegmentSpec { kind: SegmentKind::Tally, layout: LayoutVersion(3), words: 16 };
    Segment::create(&rig.dir, "later", spec).unwrap();
    let error = TallyReader::open(rig.dir.path(), "later").unwrap_err();
    assert!(error.to_string().contains("layout version 3, this program reads 2"), "{error}");
}

#[test]
fn number_of_lines_that_does_not_fit_is_refused() {
    let rig = rig(4);
    for slots in [0, 3, 5, 8, u64::MAX, 1 << 63] {
        rig.words().words()[0].store(slots, Ordering::Relaxed);
        let error = TallyReader::open(rig.dir.path(), SEGMENT).unwrap_err();
        assert!(matches!(error, OpenTallyError::Damaged { slots: got, .. } if got == slots));
    }
}

#[test]
fn table_that_nobody_needs_is_refused() {
    let scratch = Scratch::new();
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    let refused = Tally::create(&dir, SEGMENT, MAX_SLOTS + 1);
    assert!(matches!(refused, Err(CreateTallyError::TooMany { .. })));
}

#[test]
fn reader_knows_that_its_owner_was_restarted() {
    let rig = rig(4);
    let reader = TallyReader::open(rig.dir.path(), SEGMENT).unwrap();
    assert!(reader.is_current());
    rig.dir.remove(SEGMENT).unwrap();
    assert!(!reader.is_current());
}

fn any_key() -> impl Strategy<Value = TallyKey> {
    (any::<bool>(), 0..12_u32)
        .prop_map(|(trunk, id)| if trunk { TallyKey::trunk(id) } else { TallyKey::originator(id) })
}

proptest! {
    #[test]
    fn words_and_keys_are_one_to_one(word: u64, id: u32) {
        for key in [TallyKey::trunk(id), TallyKey::originator(id)] {
            prop_assert_ne!(key.word(), 0);
            prop_assert_eq!(TallyKey::from_word(key.word()), Some(key));
        }
        if let Some(key) = TallyKey::from_word(word) {
            prop_assert_eq!(key.word(), word);
        }
    }

    /// The naive twin: a map that takes no more keys than there are lines.
    #[test]
    fn counts_as_a_map_does(adds in vec((any_key(), any::<i64>()), 0..80), slots in 1..20_usize) {
        let rig = rig(slots);
        let mut twin = BTreeMap::new();
        for (key, delta) in adds {
            let room = twin.len() < slots.next_power_of_two();
            let expect = if room || twin.contains_key(&key) {
                let count: &mut i64 = twin.entry(key).or_default();
                *count = count.wrapping_add(delta);
                Ok(())
            } else {
                Err(TallyFull)
            };
            prop_assert_eq!(rig.tally.add(key, delta), expect);
            prop_assert_eq!(rig.tally.get(key), twin.get(&key).copied().unwrap_or(0));
        }
        prop_assert_eq!(rig.read(), twin);
    }

    /// Neither side follows what is written there: a worker at worst finds no line.
    #[test]
    fn garbage_in_the_words_harms_nobody(garbage in vec(any::<u64>(), 4 * 8), key in any_key()) {
        let rig = rig(4);
        let words = rig.words();
        for (word, value) in words.words()[8..].iter().zip(garbage) {
            word.store(value, Ordering::Relaxed);
        }
        let _ = rig.tally.add(key, 1);
        let _ = rig.tally.get(key);
        prop_assert!(TallyReader::open(rig.dir.path(), SEGMENT).unwrap().iter().count() <= 4);
    }
}

#[test]
fn calls_of_earlier_runs_end_once_and_never_below_zero() {
    let rig = rig(8);
    let (trunk, other) = (TallyKey::trunk(7), TallyKey::trunk(8));
    rig.tally.add(trunk, 1).unwrap();
    // One ends before anybody has told that two stood.
    rig.tally.end_earlier(trunk).unwrap();
    assert_eq!((rig.tally.get(trunk), rig.read()[&trunk]), (0, 0), "it is owed");
    assert_eq!(rig.tally.tell_earlier([(trunk, 2)]), 0);
    assert_eq!((rig.tally.get(trunk), rig.read()[&trunk]), (2, 2));
    for left in [1, 1, 1] {
        rig.tally.end_earlier(trunk).unwrap();
        assert_eq!(
            (rig.tally.get(trunk), rig.read()[&trunk]),
            (left, left),
            "the one of this run stays"
        );
    }
    rig.tally.end_earlier(other).unwrap();
    assert_eq!(rig.tally.get(other), 0);
    rig.tally.add(trunk, -1).unwrap();
    assert_eq!(rig.tally.get(trunk), 0);
}

#[test]
fn what_was_owed_too_much_is_forgotten_once_earlier_runs_are_told() {
    let rig = rig(8);
    let key = TallyKey::originator(3);
    for _ in 0..5 {
        rig.tally.end_earlier(key).unwrap();
    }
    assert_eq!(rig.tally.get(key), -5);
    assert_eq!(rig.tally.tell_earlier([(key, 2)]), 0);
    assert_eq!((rig.tally.get(key), rig.read()[&key]), (0, 0));
    rig.tally.add(key, 1).unwrap();
    assert_eq!((rig.tally.get(key), rig.read()[&key]), (1, 1));
}
