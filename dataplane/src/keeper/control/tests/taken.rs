//! What the control plane says of the journal, and what becomes of the segments: a real journal, removed from as the
//! keeper does it.

use hugepages::journal::segment;
use hugepages::layout::link::ToData;

use super::plane::{Plane, Rig};
use super::*;
use crate::cdr::testing::{end, head};
use crate::keeper::journal::Journal;
use crate::keeper::reap::{Keep, Reaper};
use crate::keeper::testing::Scratch;
use crate::keeper::utc::UtcMicros;

/// A journal of six segments, the last of which is written, and a control plane that says what it has of it.
struct Bench {
    rig: Rig,
    plane: Plane,
    journal: Journal,
    reaper: Reaper,
    scratch: Scratch,
}

impl Bench {
    fn keeping(segments: u32) -> Bench {
        let scratch = Scratch::new();
        let (mut journal, _) = Journal::open_with(scratch.path(), 100).unwrap();
        for call in 0..6 {
            journal.stage(&end(&head(call, call * 72, 1), 1));
            journal.write().unwrap();
        }
        let (rig, plane) = Rig::connected();
        let reaper = Reaper::new(Keep { segments, micros: 0 });
        Bench { rig, plane, journal, reaper, scratch }
    }

    /// The control plane says this; then the keeper turns so often.
    fn taken(&mut self, segment: u64, offset: u64, turns: usize) -> Vec<u64> {
        self.plane.say(&ToData::JournalTaken { segment, offset }, &[]);
        self.turn(turns)
    }

    fn turn(&mut self, turns: usize) -> Vec<u64> {
        let later = UtcMicros(UtcMicros::now().0 + 1_000_000);
        for _ in 0..turns {
            self.rig.control.journal_reaches(self.journal.reach());
            self.rig.pass(5);
            let (taken, rig) = (self.rig.control.journal_taken(), &mut self.rig);
            self.reaper.turn(&self.journal, taken, later, &rig.log, &mut rig.counters);
        }
        let left = segment::list(self.scratch.path()).unwrap();
        assert_eq!(self.rig.count(Statistic::JournalSegments), left.len() as u64);
        left
    }

    fn end(&self) -> u64 {
        self.journal.place().1
    }
}

#[test]
fn segments_that_are_taken_go_one_in_a_turn_and_the_newest_of_them_stay() {
    let mut bench = Bench::keeping(2);
    assert_eq!(bench.turn(9), [1, 2, 3, 4, 5, 6], "nobody has said anything");
    assert_eq!(bench.taken(5, 40, 1), [2, 3, 4, 5, 6], "one in a turn");
    assert_eq!(bench.turn(9), [3, 4, 5, 6], "3 and 4 are taken and stay");
    assert_eq!(bench.rig.count(Statistic::JournalSegmentsRemoved), 2);
    let end = bench.end();
    assert_eq!(bench.taken(6, end, 9), [4, 5, 6]);
    assert!(bench.plane.heard(&mut bench.rig).is_empty(), "nothing is answered");
}

#[test]
fn what_is_written_and_what_is_not_taken_stays() {
    let mut bench = Bench::keeping(0);
    assert_eq!(bench.taken(0, 0, 9), [1, 2, 3, 4, 5, 6]);
    assert_eq!(bench.taken(3, 40, 9), [3, 4, 5, 6]);
    let end = bench.end();
    assert_eq!(bench.taken(6, end, 9), [6]);
    bench.journal.stage(&end_of(6));
    bench.journal.write().unwrap();
    assert_eq!(bench.turn(9), [6, 7], "it was taken as far as it was written then");
}

fn end_of(call: u64) -> Vec<u8> {
    end(&head(call, call * 72, 1), 1)
}

#[test]
fn places_that_cannot_be_end_the_connection_and_remove_nothing() {
    let end = Bench::keeping(0).end();
    for (segment, offset) in [(6, end + 1), (7, 0), (u64::MAX, u64::MAX)] {
        let mut bench = Bench::keeping(0);
        assert_eq!(bench.taken(segment, offset, 9), [1, 2, 3, 4, 5, 6]);
        bench.plane.is_closed(&mut bench.rig);
        let said = bench.rig.said();
        assert!(said.contains("control_plane_faulty") && said.contains("beyond its end"), "{said}");
    }
    let mut bench = Bench::keeping(4);
    assert_eq!(bench.taken(5, 40, 9), [1, 2, 3, 4, 5, 6]);
    assert_eq!(bench.taken(4, 40, 9), [1, 2, 3, 4, 5, 6]);
    bench.plane.is_closed(&mut bench.rig);
    assert!(bench.rig.said().contains("after it had up to segment 5"));
    assert_eq!(bench.rig.count(Statistic::ControlFaults), 1);
}

#[test]
fn what_a_write_that_failed_may_have_left_is_not_beyond_the_end() {
    let mut bench = Bench::keeping(2);
    bench.journal.stage(&end_of(6));
    let end = bench.end();
    assert_eq!(bench.taken(6, end + 72, 9), [4, 5, 6]);
}

#[test]
fn what_was_said_is_forgotten_with_the_connection() {
    let mut bench = Bench::keeping(0);
    bench.taken(4, 40, 1);
    let Bench { mut rig, plane, journal, reaper, scratch } = bench;
    drop(plane);
    let plane = rig.plane();
    let mut bench = Bench { rig, plane, journal, reaper, scratch };
    assert_eq!(bench.turn(9), [2, 3, 4, 5, 6], "nobody is there");
    bench.plane.heard(&mut bench.rig);
    bench.plane.welcome(&mut bench.rig);
    // A database that was put back has less.
    assert_eq!(bench.taken(3, 40, 9), [3, 4, 5, 6]);
}
