//! Claims about the ring under every interleaving that loom explores.

use loom::model::Builder;
use loom::thread;

use super::{Consumer, Producer, channel_in_memory};

/// Three preemptions find every known kind of ring bug and keep the search to seconds.
fn explore(test: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(test);
}

/// The length and every byte of record `n`.
fn bytes(n: u8) -> Vec<u8> {
    vec![n; 1 + usize::from(n) * 7]
}

fn push(producer: &mut Producer, n: u8) -> bool {
    let record = bytes(n);
    let Some(mut slot) = producer.reserve(record.len()) else { return false };
    slot.copy_from_slice(&record);
    slot.commit();
    true
}

fn pop(consumer: &mut Consumer, n: u8) -> bool {
    let Some(record) = consumer.peek() else { return false };
    assert_eq!(record, bytes(n));
    true
}

#[test]
fn loom_records_arrive_whole_and_in_order_across_the_wrap() {
    explore(|| {
        let (mut producer, mut consumer) = channel_in_memory(64);
        // Records of 16, 16, 24, 24 bytes: the third and fourth meet the end and a full ring.
        let writer = thread::spawn(move || {
            for n in 0..4 {
                while !push(&mut producer, n) {
                    assert_eq!(producer.error(), None);
                    thread::yield_now();
                }
            }
        });
        for n in 0..4 {
            while !pop(&mut consumer, n) {
                assert_eq!(consumer.error(), None);
                thread::yield_now();
            }
            consumer.release();
        }
        writer.join().unwrap();
        assert_eq!(consumer.peek(), None);
    });
}

#[test]
fn loom_room_read_in_batches_is_not_written_before_it_is_released() {
    explore(|| {
        let (mut producer, mut consumer) = channel_in_memory(64);
        for n in 0..2 {
            assert!(push(&mut producer, n));
        }
        let writer = thread::spawn(move || {
            // Without the batch given back there is no room for the second.
            (2..4).filter(|&n| push(&mut producer, n)).count()
        });
        for n in 0..2 {
            assert!(pop(&mut consumer, n));
            consumer.advance();
        }
        consumer.release_read();
        let written = writer.join().unwrap();
        for n in 2..2 + written as u8 {
            assert!(pop(&mut consumer, n));
            consumer.release();
        }
    });
}

#[test]
fn loom_used_never_exceeds_the_capacity() {
    explore(|| {
        let (mut producer, mut consumer) = channel_in_memory(64);
        let writer = thread::spawn(move || {
            for _ in 0..4 {
                push(&mut producer, 1);
                assert!(producer.used() <= producer.capacity());
            }
        });
        for _ in 0..2 {
            if consumer.peek().is_some() {
                consumer.release();
            }
            assert!(consumer.used() <= consumer.capacity());
        }
        writer.join().unwrap();
    });
}
