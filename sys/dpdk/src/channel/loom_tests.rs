//! Claims about the channel under every interleaving that loom explores.

use loom::model::Builder;
use loom::thread;

use super::channel;

/// Three preemptions find every known kind of ring bug and keep the search to seconds.
fn explore(test: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(test);
}

#[test]
fn loom_values_arrive_whole_and_in_order_round_the_ring() {
    explore(|| {
        let (mut sender, mut receiver) = channel::<Box<u32>>(2).unwrap();
        let writer = thread::spawn(move || {
            for number in 0..4 {
                let mut value = Box::new(number);
                while let Err(back) = sender.push(value) {
                    thread::yield_now();
                    value = back;
                }
                sender.publish();
            }
        });
        let mut expect = 0;
        while expect < 4 {
            match receiver.pop() {
                Some(value) => {
                    assert_eq!(*value, expect);
                    expect += 1;
                    receiver.release();
                }
                None => thread::yield_now(),
            }
        }
        writer.join().unwrap();
        assert_eq!(receiver.pop(), None);
    });
}

#[test]
fn loom_batches_are_seen_whole_and_their_places_used_again() {
    explore(|| {
        let (mut sender, mut receiver) = channel::<u32>(2).unwrap();
        let writer = thread::spawn(move || {
            for batch in 0..2 {
                while !sender.has_room(2) {
                    thread::yield_now();
                }
                sender.push(batch * 2).unwrap();
                sender.push(batch * 2 + 1).unwrap();
                sender.publish();
            }
        });
        for batch in 0..2 {
            let first = loop {
                match receiver.pop() {
                    Some(value) => break value,
                    None => thread::yield_now(),
                }
            };
            // The second was published with the first.
            assert_eq!((first, receiver.pop()), (batch * 2, Some(batch * 2 + 1)));
            receiver.release();
        }
        writer.join().unwrap();
    });
}

#[test]
fn loom_values_left_behind_are_dropped_by_whoever_goes_last() {
    explore(|| {
        let witness = loom::sync::Arc::new(());
        let (mut sender, mut receiver) = channel(2).unwrap();
        let sent = loom::sync::Arc::clone(&witness);
        let writer = thread::spawn(move || {
            sender.push(loom::sync::Arc::clone(&sent)).unwrap();
            sender.push(sent).unwrap();
        });
        drop(receiver.pop());
        drop(receiver);
        writer.join().unwrap();
        assert_eq!(loom::sync::Arc::strong_count(&witness), 1);
    });
}
