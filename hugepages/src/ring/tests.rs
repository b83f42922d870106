//! Claims about a ring whose peer keeps the protocol.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::{self, Command};
use std::{env, thread};

use proptest::prelude::*;

use super::*;
use crate::instance::InstanceDir;
use crate::testing::Scratch;

fn push(producer: &mut Producer, bytes: &[u8]) -> Option<u64> {
    let mut slot = producer.reserve(bytes.len())?;
    slot.copy_from_slice(bytes);
    let position = slot.position();
    slot.commit();
    Some(position)
}

fn pop(consumer: &mut Consumer) -> Option<Vec<u8>> {
    let record = consumer.peek()?.to_vec();
    consumer.release();
    Some(record)
}

#[derive(Clone, Debug)]
enum Step {
    Push(Vec<u8>),
    Abandon(usize),
    Peek,
    Advance,
    Release,
    ReleaseRead,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 0..80).prop_map(Step::Push),
        1 => (0..80_usize).prop_map(Step::Abandon),
        2 => Just(Step::Peek),
        2 => Just(Step::Advance),
        2 => Just(Step::Release),
        1 => Just(Step::ReleaseRead),
    ];
    prop::collection::vec(step, 0..200)
}

/// The naive twin: records with their positions, the first `read` of which were passed.
#[derive(Default)]
struct Twin {
    waiting: VecDeque<(u64, Vec<u8>)>,
    read: usize,
    shown: bool,
}

fn agrees_with_twin((mut producer, mut consumer): (Producer, Consumer), steps: Vec<Step>) {
    let mut twin = Twin::default();
    let mut last = None;
    for step in steps {
        match step {
            Step::Push(bytes) => {
                let granted = push(&mut producer, &bytes);
                if bytes.len() > producer.max_record() {
                    assert_eq!(granted, None);
                } else if twin.waiting.is_empty() {
                    assert!(granted.is_some(), "an empty ring takes every record");
                }
                if let Some(position) = granted {
                    assert!(Some(position) > last, "positions rise");
                    last = Some(position);
                    twin.waiting.push_back((position, bytes));
                }
            }
            Step::Abandon(len) => drop(producer.reserve(len)),
            Step::Peek => {
                let expect = twin.waiting.get(twin.read);
                assert_eq!(consumer.peek(), expect.map(|(_, bytes)| bytes.as_slice()));
                if let Some((position, _)) = expect {
                    assert_eq!(consumer.position(), *position);
                }
                twin.shown = expect.is_some();
            }
            Step::Advance | Step::Release if twin.shown => {
                twin.read += 1;
                twin.shown = false;
                if matches!(step, Step::Release) {
                    consumer.release();
                    twin.waiting.drain(..std::mem::take(&mut twin.read));
                } else {
                    consumer.advance();
                }
            }
            Step::Advance => consumer.advance(),
            Step::Release => {
                consumer.release();
                twin.waiting.drain(..std::mem::take(&mut twin.read));
            }
            Step::ReleaseRead => {
                consumer.release_read();
                twin.waiting.drain(..std::mem::take(&mut twin.read));
            }
        }
        let least: u64 = twin.waiting.iter().map(|(_, bytes)| record_size(bytes.len())).sum();
        assert!((least..=producer.capacity()).contains(&producer.used()));
        assert_eq!((producer.error(), consumer.error()), (None, None));
    }
}

proptest! {
    #[test]
    fn gives_back_what_a_queue_gives_back(bytes in 64..2048_usize, steps in steps()) {
        agrees_with_twin(channel_in_memory(bytes), steps);
    }

    #[test]
    fn distrusting_halves_give_back_the_same(bytes in 64..2048_usize, steps in steps()) {
        let (producer, consumer) = channel_in_memory(bytes);
        agrees_with_twin((producer.distrusting(), consumer.distrusting()), steps);
    }

    #[test]
    fn ring_in_a_segment_gives_back_the_same(first in 0..5000_u64, steps in steps()) {
        let scratch = Scratch::new();
        let dir = InstanceDir::lock(scratch.path()).unwrap();
        let ring = create_in_segment(&dir, "r", RingUse::Commands, 256, first).unwrap();
        agrees_with_twin(ring, steps);
    }

    #[test]
    fn empty_ring_takes_the_longest_record_at_any_position(shift in 0..40_usize) {
        let (mut producer, mut consumer) = channel_in_memory(256);
        for _ in 0..shift {
            push(&mut producer, b"x").unwrap();
            pop(&mut consumer).unwrap();
        }
        let longest = vec![7; producer.max_record()];
        prop_assert!(push(&mut producer, &longest).is_some());
        prop_assert_eq!(pop(&mut consumer), Some(longest));
    }
}

#[test]
fn full_ring_refuses_until_room_is_given_back() {
    let (mut producer, mut consumer) = channel_in_memory(64);
    for n in 0..4 {
        assert_eq!(push(&mut producer, &[n; 8]), Some(u64::from(n) * 16));
    }
    assert_eq!(producer.used(), producer.capacity());
    assert_eq!(push(&mut producer, b"more"), None);
    assert!(consumer.peek().is_some());
    consumer.advance();
    assert_eq!(push(&mut producer, b"more"), None, "passed, but not given back");
    consumer.release_read();
    assert_eq!(push(&mut producer, b"more"), Some(64));
    assert_eq!(producer.error(), None);
}

#[test]
fn abandoned_slot_leaves_nothing_behind() {
    let (mut producer, mut consumer) = channel_in_memory(64);
    producer.reserve(8).unwrap().fill(1);
    assert_eq!((consumer.peek(), producer.used()), (None, 0));
    push(&mut producer, b"kept").unwrap();
    assert_eq!(pop(&mut consumer).as_deref(), Some(&b"kept"[..]));
}

#[test]
fn record_without_bytes_is_a_record() {
    let (mut producer, mut consumer) = channel_in_memory(64);
    push(&mut producer, b"").unwrap();
    assert_eq!(pop(&mut consumer), Some(Vec::new()));
    assert_eq!(pop(&mut consumer), None);
}

#[test]
fn sizes_are_powers_of_two_within_limits() {
    for (asked, got) in [(0, 64), (64, 64), (65, 128), (1 << 20, 1 << 20), (usize::MAX, MAX_RING)] {
        assert_eq!(ring_bytes(asked), got);
    }
}

#[test]
fn longest_record_is_half_the_ring_and_at_most_64_kib() {
    assert_eq!(channel_in_memory(64).0.max_record(), 24);
    assert_eq!(channel_in_memory(1 << 20).0.max_record(), MAX_RECORD);
}

#[test]
fn two_threads_pass_every_record_once_and_in_order() {
    for trusting in [true, false] {
        let (mut producer, mut consumer) = channel_in_memory(4096);
        if !trusting {
            (producer, consumer) = (producer.distrusting(), consumer.distrusting());
        }
        let count = 100_000_u64;
        let writer = thread::spawn(move || {
            for n in 0..count {
                let len = 8 + (n % 61) as usize;
                loop {
                    if let Some(mut slot) = producer.reserve(len) {
                        slot.fill(n as u8);
                        slot[..8].copy_from_slice(&n.to_le_bytes());
                        slot.commit();
                        break;
                    }
                    thread::yield_now();
                }
            }
        });
        for n in 0..count {
            let record = loop {
                if consumer.peek().is_some() {
                    break consumer.peek().unwrap();
                }
                thread::yield_now();
            };
            assert_eq!(record.len(), 8 + (n % 61) as usize);
            assert_eq!(record[..8], n.to_le_bytes());
            assert!(record[8..].iter().all(|&byte| byte == n as u8));
            consumer.release();
        }
        writer.join().unwrap();
        assert_eq!(consumer.peek(), None);
    }
}

#[test]
fn records_of_a_crashed_process_are_read_by_the_next() {
    const NAME: &str = "ring::tests::records_of_a_crashed_process_are_read_by_the_next";
    if let Some(path) = env::var_os("HUGEPAGES_TEST_CRASH_IN") {
        let dir = InstanceDir::lock(&PathBuf::from(path)).unwrap();
        let (mut producer, mut consumer) =
            create_in_segment(&dir, "cdr.0", RingUse::Events, 4096, 800).unwrap();
        for n in 0..5 {
            push(&mut producer, &[n; 20]).unwrap();
        }
        pop(&mut consumer).unwrap();
        // Read, but not given back: it has to come again.
        consumer.peek().unwrap();
        consumer.advance();
        producer.reserve(100).unwrap().fill(9);
        process::abort();
    }
    let scratch = Scratch::new();
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", NAME])
        .env("HUGEPAGES_TEST_CRASH_IN", scratch.path())
        .output()
        .unwrap()
        .status;
    assert_eq!(status.code(), None, "the child ends by a signal");

    let dir = InstanceDir::lock(scratch.path()).unwrap();
    assert_eq!(dir.left_behind(), ["cdr.0"]);
    let again = create_in_segment(&dir, "cdr.0", RingUse::Events, 4096, 0);
    assert!(again.is_err(), "what is left must be drained first");
    let mut consumer = attach_consumer(dir.path(), "cdr.0", RingUse::Events).unwrap();
    for n in 1..5 {
        assert_eq!(consumer.peek(), Some(&[n; 20][..]));
        assert_eq!(consumer.position(), 800 + u64::from(n) * 32);
        consumer.release();
    }
    assert_eq!(consumer.peek(), None);
    assert_eq!(consumer.error(), None);
    dir.remove("cdr.0").unwrap();
    let end = consumer.position();
    let (mut producer, _consumer) =
        create_in_segment(&dir, "cdr.0", RingUse::Events, 4096, end).unwrap();
    assert_eq!(push(&mut producer, b"next"), Some(end), "positions go on");
}

#[test]
fn two_mappings_of_one_ring_meet() {
    let scratch = Scratch::new();
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    let (producer, _) = create_in_segment(&dir, "r", RingUse::Commands, 256, 0).unwrap();
    let mut producer = producer.distrusting();
    let mut consumer = attach_consumer(dir.path(), "r", RingUse::Commands).unwrap();
    for n in 0..100_u8 {
        let record = vec![n; usize::from(n)];
        push(&mut producer, &record).unwrap();
        assert_eq!(pop(&mut consumer), Some(record));
    }
}
