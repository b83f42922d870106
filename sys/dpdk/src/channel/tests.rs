//! Claims about the channel: against a queue, between two threads, and at its end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

use proptest::prelude::*;

use super::{BadCapacity, channel};

#[derive(Clone, Copy, Debug)]
enum Step {
    Push,
    Publish,
    Pop,
    Release,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Push), 2 => Just(Step::Publish), 4 => Just(Step::Pop), 1 => Just(Step::Release)
    ];
    prop::collection::vec(step, 0..400)
}

/// Two queues and a count, written from what the channel promises.
struct Twin {
    pushed: VecDeque<u64>,
    published: VecDeque<u64>,
    taken: usize,
}

proptest! {
    #[test]
    fn behaves_like_a_queue_of_that_length(steps in steps(), log in 0u32..5) {
        let capacity = 1 << log;
        let (mut sender, mut receiver) = channel(capacity).unwrap();
        let mut twin = Twin { pushed: VecDeque::new(), published: VecDeque::new(), taken: 0 };
        let mut next = 0u64;
        for step in steps {
            match step {
                Step::Push => {
                    let used = twin.pushed.len() + twin.published.len() + twin.taken;
                    prop_assert_eq!(sender.has_room(capacity - used), true);
                    prop_assert_eq!(sender.has_room(capacity - used + 1), false);
                    let expect = if used < capacity { Ok(()) } else { Err(next) };
                    prop_assert_eq!(sender.push(next), expect);
                    if expect.is_ok() {
                        twin.pushed.push_back(next);
                    }
                    next += 1;
                }
                Step::Publish => {
                    sender.publish();
                    twin.published.append(&mut twin.pushed);
                }
                Step::Pop => {
                    let expect = twin.published.pop_front();
                    prop_assert_eq!(receiver.pop(), expect);
                    twin.taken += usize::from(expect.is_some());
                }
                Step::Release => {
                    receiver.release();
                    twin.taken = 0;
                }
            }
        }
    }
}

#[test]
fn a_million_values_cross_two_threads_in_order() {
    const COUNT: u64 = 1_000_000;
    let (mut sender, mut receiver) = channel::<Box<u64>>(64).unwrap();
    let writer = thread::spawn(move || {
        for number in 0..COUNT {
            let mut value = Box::new(number);
            while let Err(back) = sender.push(value) {
                sender.publish();
                thread::yield_now();
                value = back;
            }
            if number % 7 == 0 {
                sender.publish();
            }
        }
    });
    let mut expect = 0;
    while expect < COUNT {
        match receiver.pop() {
            Some(value) => {
                assert_eq!(*value, expect);
                expect += 1;
            }
            None => {
                receiver.release();
                thread::yield_now();
            }
        }
        if expect % 5 == 0 {
            receiver.release();
        }
    }
    writer.join().unwrap();
    assert_eq!(receiver.pop(), None);
}

#[test]
fn what_nobody_took_is_dropped_once() {
    let witness = Arc::new(());
    let (mut sender, mut receiver) = channel(8).unwrap();
    for _ in 0..6 {
        sender.push(Arc::clone(&witness)).unwrap();
    }
    sender.publish();
    drop(receiver.pop());
    // Neither published nor released: both sides say so at their end.
    sender.push(Arc::clone(&witness)).unwrap();
    assert_eq!(Arc::strong_count(&witness), 7);
    drop(receiver);
    drop(sender);
    assert_eq!(Arc::strong_count(&witness), 1);
}

#[test]
fn a_channel_holds_a_power_of_two() {
    for bad in [0, 3, 1_000] {
        assert_eq!(channel::<u8>(bad).err(), Some(BadCapacity(bad)));
    }
    assert_eq!(channel::<u8>(1_024).unwrap().0.capacity(), 1_024);
}
