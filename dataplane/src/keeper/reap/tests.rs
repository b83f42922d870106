//! Claims about what stays although it is taken, and about a disk that refuses.

use std::sync::mpsc;

use hugepages::instance::InstanceDir;

use super::super::log::{Format, Level};
use super::super::statistics;
use super::super::testing::Scratch;
use super::*;
use crate::cdr::testing::{end, head};
use crate::keeper::unsettled;

struct Rig {
    scratch: Scratch,
    _instance: InstanceDir,
    journal: Journal,
    counters: Counters,
    log: Log,
    lines: mpsc::Receiver<String>,
}

struct Lines(mpsc::Sender<String>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes).into_owned();
        self.0.send(line).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Rig {
    /// A journal of four segments.
    fn new() -> Rig {
        let scratch = Scratch::new();
        let instance = InstanceDir::lock(&scratch.path().join("instance")).unwrap();
        let (mut journal, _) = Journal::open_with(&scratch.path().join("journal"), 100).unwrap();
        for call in 0..4 {
            journal.stage(&end(&head(call, call * 72, 1), 1));
            journal.write().unwrap();
        }
        let (sender, lines) = mpsc::channel();
        let counters = Counters::create(&instance, "keeper", statistics::NAMES).unwrap();
        let log = Log::to_sink(Level::Debug, Format::Text, Box::new(Lines(sender)));
        Rig { scratch, _instance: instance, journal, counters, log, lines }
    }

    /// All that can be is taken; gives what is left at that time.
    fn turn(&mut self, reaper: &mut Reaper, now: u64) -> Vec<u64> {
        let taken = Some(self.journal.reach());
        for _ in 0..9 {
            reaper.turn(&self.journal, taken, UtcMicros(now), &self.log, &mut self.counters);
        }
        segment::list(self.journal.dir()).unwrap()
    }

    fn path(&self, number: u64) -> std::path::PathBuf {
        segment::path(self.journal.dir(), number)
    }

    fn begun(&self, number: u64) -> u64 {
        Frames::open(&self.path(number)).unwrap().header().created_utc_us
    }
}

#[test]
fn what_a_start_reads_back_stays_until_it_is_too_old_for_it() {
    let (mut rig, micros) = (Rig::new(), unsettled::window_us(32_000));
    let mut reaper = Reaper::new(Keep { segments: 0, micros });
    let ended = rig.begun(2);
    assert_eq!(rig.turn(&mut reaper, ended), [1, 2, 3, 4]);
    assert_eq!(rig.turn(&mut reaper, ended + micros), [1, 2, 3, 4]);
    // Segment 1 was ended when segment 2 was begun.
    let left = rig.turn(&mut reaper, ended + micros + 1);
    assert_eq!(left[0], 2);
    let ended = rig.begun(4);
    assert_eq!(rig.turn(&mut reaper, ended + micros + 1), [4]);
    // What is left is enough for a start.
    assert!(unsettled::read(rig.journal.dir(), ended).unwrap().open.is_empty());
    assert_eq!(Journal::open(rig.journal.dir()).unwrap().0.next_position(0), 4 * 72);
    assert_eq!(rig.counters.get(Statistic::JournalSegmentsRemoved.id()), 3);
}

#[test]
fn a_segment_that_cannot_be_removed_is_told_of_once_and_the_others_go() {
    let mut rig = Rig::new();
    let mut reaper = Reaper::new(Keep { segments: 0, micros: 0 });
    // Not even root removes a directory as a file.
    fs::remove_file(rig.path(1)).unwrap();
    fs::create_dir(rig.path(1)).unwrap();
    let later = UtcMicros::now().0 + 1_000_000;
    assert_eq!(rig.turn(&mut reaper, later), [1, 4]);
    for call in 4..8 {
        rig.journal.stage(&end(&head(call, call * 72, 1), 1));
        rig.journal.write().unwrap();
        let (number, _) = rig.journal.place();
        assert_eq!(rig.turn(&mut reaper, later), [1, number]);
    }
    let said: String = rig.lines.try_iter().collect();
    assert_eq!(said.matches("journal_not_reaped").count(), 1, "{said}");
    assert_eq!(rig.counters.get(Statistic::JournalSegmentsRemoved.id()), 6);
    assert_eq!(rig.counters.get(Statistic::JournalSegments.id()), 2);
    assert!(rig.scratch.path().is_dir());
}

#[test]
fn a_journal_directory_that_is_gone_is_told_of_once() {
    let mut rig = Rig::new();
    let mut reaper = Reaper::new(Keep { segments: 0, micros: 0 });
    let dir = rig.journal.dir().to_owned();
    fs::remove_dir_all(&dir).unwrap();
    for taken in [2, 3, 4] {
        let taken = Some(Place { segment: taken, offset: 40 });
        reaper.turn(&rig.journal, taken, UtcMicros::now(), &rig.log, &mut rig.counters);
    }
    let said: String = rig.lines.try_iter().collect();
    assert_eq!(said.matches("journal_not_reaped").count(), 1, "{said}");
}
