//! Claims about the lines of a tally under every interleaving that loom explores.

use loom::model::Builder;
use loom::sync::Arc;
use loom::thread;

use super::table::{self, LINE};
use super::{TallyFull, TallyKey};
use crate::sync::{AtomicU64, Ordering};

const A: TallyKey = TallyKey::trunk(1);
const B: TallyKey = TallyKey::originator(1);

fn explore(test: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(test);
}

fn lines(count: usize) -> Arc<Vec<AtomicU64>> {
    Arc::new((0..count * LINE).map(|_| AtomicU64::new(0)).collect())
}

/// Lines that hold `key`.
fn held(lines: &[AtomicU64], key: TallyKey) -> usize {
    lines.chunks(LINE).filter(|line| line[0].load(Ordering::Relaxed) == key.word()).count()
}

#[test]
fn loom_two_writers_of_one_new_key_share_one_line() {
    explore(|| {
        let lines = lines(2);
        let other = Arc::clone(&lines);
        let writer = thread::spawn(move || {
            table::add(&other, A, 1).unwrap();
            table::add(&other, A, 1).unwrap();
        });
        table::add(&lines, A, -1).unwrap();
        assert!((-1..=1).contains(&table::get(&lines, A).0));
        writer.join().unwrap();
        assert_eq!((table::get(&lines, A).0, held(&lines, A)), (1, 1));
    });
}

#[test]
fn loom_writers_of_two_new_keys_get_a_line_each() {
    explore(|| {
        let lines = lines(2);
        let other = Arc::clone(&lines);
        let writer = thread::spawn(move || {
            table::add(&other, A, 1).unwrap();
            table::add(&other, B, 1).unwrap();
        });
        table::add(&lines, B, 1).unwrap();
        table::add(&lines, A, 1).unwrap();
        writer.join().unwrap();
        for key in [A, B] {
            assert_eq!((table::get(&lines, key).0, held(&lines, key)), (2, 1));
        }
    });
}

#[test]
fn loom_of_two_keys_that_race_for_the_last_line_one_is_refused() {
    explore(|| {
        let lines = lines(1);
        let other = Arc::clone(&lines);
        let writer = thread::spawn(move || table::add(&other, A, 1));
        let ours = table::add(&lines, B, 1);
        let theirs = writer.join().unwrap();
        let refused = [ours, theirs].iter().filter(|done| **done == Err(TallyFull)).count();
        assert_eq!(refused, 1);
        assert_eq!(table::get(&lines, A).0 + table::get(&lines, B).0, 1);
    });
}

#[test]
fn loom_of_two_ends_one_finds_the_last_call_of_earlier_runs() {
    explore(|| {
        let lines = lines(1);
        table::add_earlier(&lines, A, 1).unwrap();
        let other = Arc::clone(&lines);
        let writer = thread::spawn(move || table::take_earlier(&other, A).unwrap());
        let ours = table::take_earlier(&lines, A).unwrap();
        let theirs = writer.join().unwrap();
        assert!(ours != theirs);
        assert_eq!(table::get(&lines, A), (0, 0));
    });
}
