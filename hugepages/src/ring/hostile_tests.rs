//! Claims about a ring whose peer writes what it likes into the shared words and bytes.

use std::sync::atomic::Ordering;

use proptest::prelude::*;

use super::*;
use crate::instance::InstanceDir;
use crate::segment::{LayoutVersion, Segment, SegmentKind};
use crate::testing::Scratch;

const HEAD: usize = 16;
const TAIL: usize = 32;
const CLOSED: usize = 48;
const DATA: usize = 64;
const CAPACITY: usize = 256;

/// A ring and the words that the other process sees.
struct Attacked {
    dir: InstanceDir,
    words: Segment,
    _scratch: Scratch,
}

impl Attacked {
    fn new() -> Attacked {
        let scratch = Scratch::new();
        let dir = InstanceDir::lock(scratch.path()).unwrap();
        create_in_segment(&dir, "r", RingUse::Commands, CAPACITY, 0).unwrap();
        let words = Segment::open(dir.path(), "r", SegmentKind::Ring, LayoutVersion(1)).unwrap();
        Attacked { dir, words, _scratch: scratch }
    }

    fn consumer(&self) -> Consumer {
        attach_consumer(self.dir.path(), "r", RingUse::Commands).unwrap()
    }

    fn producer(&self) -> Producer {
        attach_producer(self.dir.path(), "r", RingUse::Commands).unwrap()
    }

    fn set(&self, word: usize, value: u64) {
        self.words.words()[word].store(value, Ordering::SeqCst);
    }

    fn get(&self, word: usize) -> u64 {
        self.words.words()[word].load(Ordering::SeqCst)
    }
}

#[track_caller]
fn consumer_sees(words: &[(usize, u64)], expect: Violation) {
    let ring = Attacked::new();
    let mut consumer = ring.consumer();
    for &(word, value) in words {
        ring.set(word, value);
    }
    assert_eq!(consumer.peek(), None);
    assert_eq!(consumer.error(), Some(RingError::Violated(expect)));
    assert_ne!(ring.get(CLOSED), 0, "the peer is told");
    ring.set(HEAD, 0);
    assert_eq!(consumer.peek(), None, "a closed ring stays closed");
    consumer.release();
    assert_eq!(ring.get(TAIL), 0);
}

#[test]
fn head_beyond_the_capacity_closes_the_ring() {
    consumer_sees(&[(HEAD, CAPACITY as u64 + 8)], Violation::BeyondCapacity);
    consumer_sees(&[(HEAD, u64::MAX - 7)], Violation::BeyondCapacity);
}

#[test]
fn unaligned_head_closes_the_ring() {
    consumer_sees(&[(HEAD, 12)], Violation::Unaligned);
}

#[test]
fn record_longer_than_what_was_committed_closes_the_ring() {
    for len in [1, 9, 120, 121, 1 << 31, WRAP - 1, WRAP + 1, 1 << 32, 1 << 63, u64::MAX] {
        consumer_sees(&[(DATA, len), (HEAD, 8)], Violation::RecordLength);
    }
}

#[test]
fn wrap_marker_that_leads_nowhere_closes_the_ring() {
    consumer_sees(&[(DATA, WRAP), (HEAD, 8)], Violation::WrapMarker);
    consumer_sees(&[(DATA, WRAP), (HEAD, CAPACITY as u64)], Violation::WrapMarker);
}

#[test]
fn wrap_marker_behind_a_wrap_marker_closes_the_ring() {
    let ring = Attacked::new();
    let mut consumer = ring.consumer();
    ring.set(DATA, 8);
    ring.set(HEAD, 16);
    assert!(consumer.peek().is_some());
    consumer.release();
    ring.set(DATA, WRAP);
    ring.set(DATA + 2, WRAP);
    ring.set(HEAD, 16 + CAPACITY as u64);
    assert_eq!(consumer.peek(), None);
    assert_eq!(consumer.error(), Some(RingError::Violated(Violation::RecordLength)));
}

#[test]
fn record_across_the_end_closes_the_ring() {
    let ring = Attacked::new();
    let mut consumer = ring.consumer();
    for at in (0..240).step_by(16) {
        ring.set(DATA + at / 8, 8);
    }
    ring.set(HEAD, 240);
    while consumer.peek().is_some() {
        consumer.release();
    }
    ring.set(DATA + 240 / 8, 24);
    ring.set(HEAD, 240 + 32);
    assert_eq!(consumer.peek(), None);
    assert_eq!(consumer.error(), Some(RingError::Violated(Violation::RecordLength)));
}

#[test]
fn head_that_goes_back_closes_the_ring() {
    let ring = Attacked::new();
    let mut consumer = ring.consumer();
    ring.set(DATA, 8);
    ring.set(HEAD, 16);
    assert!(consumer.peek().is_some());
    consumer.release();
    ring.set(HEAD, 8);
    assert_eq!(consumer.peek(), None);
    assert_eq!(consumer.error(), Some(RingError::Violated(Violation::WentBack)));
}

#[test]
fn record_is_not_changed_once_it_is_shown() {
    let ring = Attacked::new();
    let mut consumer = ring.consumer();
    ring.set(DATA, 8);
    ring.set(DATA + 1, 1);
    ring.set(HEAD, 16);
    assert_eq!(consumer.peek(), Some(&1_u64.to_le_bytes()[..]));
    ring.set(DATA, 4);
    ring.set(DATA + 1, 2);
    ring.set(HEAD, 8);
    assert_eq!(consumer.peek(), Some(&1_u64.to_le_bytes()[..]));
    consumer.release();
    assert_eq!(ring.get(TAIL), 16, "what was checked is what is passed");
}

#[test]
fn record_is_not_seen_before_it_is_committed() {
    let ring = Attacked::new();
    let mut producer = ring.producer();
    let mut slot = producer.reserve(8).unwrap();
    slot.fill(0xff);
    assert_eq!((ring.get(DATA), ring.get(DATA + 1)), (0, 0), "made in a place of its own");
    slot.commit();
    assert_eq!((ring.get(DATA), ring.get(DATA + 1), ring.get(HEAD)), (8, u64::MAX, 16));
}

#[track_caller]
fn producer_sees(tail: u64, expect: Violation) {
    let ring = Attacked::new();
    let mut producer = ring.producer();
    for _ in 0..16 {
        producer.reserve(8).unwrap().commit();
    }
    // A tail that is right first, so that going back shows.
    ring.set(TAIL, 16);
    producer.reserve(8).unwrap().commit();
    ring.set(TAIL, tail);
    assert!(producer.reserve(8).is_none());
    assert_eq!(producer.error(), Some(RingError::Violated(expect)));
    assert_ne!(ring.get(CLOSED), 0, "the peer is told");
    ring.set(TAIL, 272);
    assert!(producer.reserve(8).is_none(), "a closed ring stays closed");
}

#[test]
fn tail_that_breaks_the_protocol_closes_the_ring() {
    producer_sees(8, Violation::WentBack);
    producer_sees(20, Violation::Unaligned);
    producer_sees(280, Violation::BeyondCapacity);
    producer_sees(u64::MAX - 7, Violation::BeyondCapacity);
}

#[test]
fn used_stays_within_the_capacity_whatever_the_peer_says() {
    let ring = Attacked::new();
    let (producer, consumer) = (ring.producer(), ring.consumer());
    for word in [u64::MAX, 1 << 63, 12, 0] {
        ring.set(HEAD, word);
        ring.set(TAIL, word);
        assert!(producer.used() <= producer.capacity());
        assert!(consumer.used() <= consumer.capacity());
    }
}

#[test]
fn closed_ring_is_drained_then_reported() {
    let ring = Attacked::new();
    let (mut producer, mut consumer) = (ring.producer(), ring.consumer());
    producer.reserve(8).unwrap().commit();
    ring.set(CLOSED, 1);
    assert!(consumer.peek().is_some());
    consumer.release();
    assert_eq!(consumer.peek(), None);
    assert_eq!(consumer.error(), Some(RingError::ClosedByPeer));
    let attached = attach_producer(ring.dir.path(), "r", RingUse::Commands);
    assert!(matches!(attached, Err(AttachRingError::Closed { .. })));
}

#[test]
fn batch_read_before_a_violation_is_released_after_it() {
    let ring = Attacked::new();
    let (mut producer, mut consumer) = (ring.producer(), ring.consumer());
    producer.reserve(8).unwrap().commit();
    assert!(consumer.peek().is_some());
    consumer.advance();
    ring.set(HEAD, 12);
    assert_eq!(consumer.peek(), None);
    assert!(consumer.error().is_some());
    consumer.release_read();
    assert_eq!(ring.get(TAIL), 16);
}

#[test]
fn damaged_words_are_refused_on_attach() {
    let cases: [&[(usize, u64)]; 8] = [
        &[(0, 0)],
        &[(0, 255)],
        &[(0, 512)],
        &[(0, 1 << 63)],
        &[(HEAD, 4)],
        &[(HEAD, 264)],
        &[(TAIL, 8)],
        &[(HEAD, u64::MAX - 7), (TAIL, u64::MAX - 7)],
    ];
    for words in cases {
        let ring = Attacked::new();
        for &(word, value) in words {
            ring.set(word, value);
        }
        let attached = attach_consumer(ring.dir.path(), "r", RingUse::Commands);
        assert!(matches!(attached, Err(AttachRingError::Damaged { .. })), "{words:?}");
    }
}

#[test]
fn ring_of_another_use_is_refused_on_attach() {
    let ring = Attacked::new();
    let attached = attach_consumer(ring.dir.path(), "r", RingUse::Events);
    assert!(matches!(attached, Err(AttachRingError::Segment(_))));
}

proptest! {
    #[test]
    fn consumer_survives_any_words(
        rounds in prop::collection::vec((0..600_u64, prop::collection::vec(small_word(), 32)), 1..20),
    ) {
        let ring = Attacked::new();
        let mut consumer = ring.consumer();
        for (head, data) in rounds {
            ring.set(HEAD, head);
            for (at, word) in data.into_iter().enumerate() {
                ring.set(DATA + at, word);
            }
            for _ in 0..40 {
                let Some(record) = consumer.peek() else { break };
                prop_assert!(record.len() <= CAPACITY / 2 - WORD);
                consumer.release();
            }
            prop_assert_eq!(consumer.peek(), None, "at most one ring of records waits");
        }
    }

    #[test]
    fn producer_survives_any_tail(steps in prop::collection::vec((0..130_usize, any_index()), 1..40)) {
        let ring = Attacked::new();
        let mut producer = ring.producer();
        for (len, tail) in steps {
            ring.set(TAIL, tail);
            if let Some(mut slot) = producer.reserve(len) {
                slot.fill(1);
                slot.commit();
            }
        }
    }
}

fn small_word() -> impl Strategy<Value = u64> {
    prop_oneof![6 => 0..140_u64, 1 => Just(WRAP), 1 => any::<u64>()]
}

fn any_index() -> impl Strategy<Value = u64> {
    prop_oneof![8 => (0..100_u64).prop_map(|n| n * 8), 1 => any::<u64>()]
}
