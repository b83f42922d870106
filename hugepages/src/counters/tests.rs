//! Claims about counters.

use std::sync::atomic::Ordering;

use super::*;
use crate::instance::InstanceDir;
use crate::segment::{LayoutVersion, OpenSegmentError, SegmentKind, SegmentSpec};
use crate::testing::Scratch;

const NAMES: [&str; 3] = ["forwarded", "dropped", "a name with spaces, ä"];

fn lock(scratch: &Scratch) -> InstanceDir {
    InstanceDir::lock(scratch.path()).unwrap()
}

#[test]
fn reader_sees_names_and_values() {
    let scratch = Scratch::new();
    let dir = lock(&scratch);
    let mut counters = Counters::create(&dir, "worker.0", &NAMES).unwrap();
    let reader = CountersReader::open(dir.path(), "worker.0").unwrap();
    counters.add(CounterId(0), 2);
    counters.add(CounterId(0), 3);
    counters.set(CounterId(2), u64::MAX);
    let expect = [(NAMES[0], 5), (NAMES[1], 0), (NAMES[2], u64::MAX)];
    assert!(reader.iter().eq(expect));
    assert_eq!((reader.get(CounterId(0)), reader.get(CounterId(3))), (Some(5), None));
    assert_eq!(counters.get(CounterId(0)), 5);
}

#[test]
fn number_beyond_the_table_touches_nothing() {
    let scratch = Scratch::new();
    let dir = lock(&scratch);
    let mut counters = Counters::create(&dir, "c", &NAMES).unwrap();
    counters.add(CounterId(3), 1);
    counters.set(CounterId(u16::MAX), 1);
    assert_eq!(counters.get(CounterId(3)), 0);
    let reader = CountersReader::open(dir.path(), "c").unwrap();
    assert_eq!(reader.names(), NAMES, "the names lie behind the last counter");
}

#[test]
fn counter_wraps() {
    let scratch = Scratch::new();
    let mut counters = Counters::create(&lock(&scratch), "c", &["n"]).unwrap();
    counters.set(CounterId(0), u64::MAX);
    counters.add(CounterId(0), 2);
    assert_eq!(counters.get(CounterId(0)), 1);
}

#[test]
fn table_without_names_is_empty() {
    let scratch = Scratch::new();
    let dir = lock(&scratch);
    assert!(Counters::create(&dir, "c", &[]).unwrap().is_empty());
    assert_eq!(CountersReader::open(dir.path(), "c").unwrap().iter().count(), 0);
}

#[test]
fn names_that_cannot_be_stored_are_refused() {
    let scratch = Scratch::new();
    let dir = lock(&scratch);
    for name in ["", "two\nlines"] {
        let made = Counters::create(&dir, "c", &["good", name]);
        assert!(matches!(made, Err(CreateCountersError::Name { .. })));
    }
    let made = Counters::create(&dir, "c", &["n"; MAX_COUNTERS + 1]);
    assert!(matches!(made, Err(CreateCountersError::TooMany { count: 4097 })));
}

#[test]
fn restarted_owner_is_noticed() {
    let scratch = Scratch::new();
    let dir = lock(&scratch);
    let first = Counters::create(&dir, "c", &NAMES).unwrap();
    let reader = CountersReader::open(dir.path(), "c").unwrap();
    drop((first, dir));
    let dir = lock(&scratch);
    let _second = Counters::create(&dir, "c", &NAMES).unwrap();
    assert!(!reader.is_current());
    let again = CountersReader::open(dir.path(), "c").unwrap();
    assert!(again.is_current());
    assert_ne!(reader.generation(), again.generation());
}

#[test]
fn damaged_table_is_refused() {
    for (word, value) in [
        (0, 2),
        (0, 4),
        (0, MAX_COUNTERS as u64 + 1),
        (0, u64::MAX),
        (1, 0),
        (1, 1 << 19),
        (1, u64::MAX),
        // Not UTF-8.
        (19, u64::MAX),
    ] {
        let scratch = Scratch::new();
        let dir = lock(&scratch);
        let counters = Counters::create(&dir, "c", &NAMES).unwrap();
        counters.segment.words()[word].store(value, Ordering::Relaxed);
        let opened = CountersReader::open(dir.path(), "c");
        assert!(matches!(opened, Err(OpenCountersError::Table { .. })), "{word} {value}");
    }
}

#[test]
fn segment_of_another_kind_is_refused() {
    let scratch = Scratch::new();
    let dir = lock(&scratch);
    let spec = SegmentSpec { kind: SegmentKind::Ring, layout: LayoutVersion(1), words: 64 };
    let _ring = Segment::create(&dir, "c", spec).unwrap();
    let opened = CountersReader::open(dir.path(), "c");
    assert!(matches!(opened, Err(OpenCountersError::Segment(OpenSegmentError::Kind { .. }))));
}
