//! Owns the removal of journal segments that the database has taken, so that the disk does not fill.
//! Refuses to know who says that they are taken, and never touches one that nobody said it of.
//!
//! A segment goes when all of this holds: it lies before the place that is taken and before the segment that is
//! written; enough newer ones of its kind are kept for people to look at; and it is older than the calls that a start
//! reads back ([`super::unsettled`]). The oldest goes first, and one at a time: to remove a big file takes a while.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::Path;

use hugepages::counters::Counters;
use hugepages::journal::Place;
use hugepages::journal::segment::{self, Frames, HeaderError};

use super::journal::Journal;
use super::log::Log;
use super::statistics::Statistic;
use super::utc::UtcMicros;

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The newest segments that are taken.
    pub segments: u32,
    /// Segments with events this young.
    pub micros: u64,
}

/// Removes segments.
#[derive(Debug)]
pub struct Reaper {
    keep: Keep,
    /// Segments before this one may go; the directory was looked at for it.
    before: u64,
    /// The segment that was written at that look.
    written: u64,
    /// What may go once it is old enough, ascending, each with the one behind it.
    going: VecDeque<(u64, u64)>,
    /// When the first of them was ended.
    ended: Option<u64>,
    /// Segments that there are.
    segments: u64,
    /// Begun when the disk refused it.
    failing: bool,
    /// The segment of which that was said last.
    said: u64,
}

impl Reaper {
    /// One that has not looked at the journal yet.
    pub fn new(keep: Keep) -> Reaper {
        Reaper {
            keep,
            before: 0,
            written: 0,
            going: VecDeque::new(),
            ended: None,
            segments: 0,
            failing: false,
            said: 0,
        }
    }

    /// Removes one segment at most. `taken` is the place before which all is in the database, if that was told.
    pub fn turn(
        &mut self,
        journal: &Journal,
        taken: Option<Place>,
        now: UtcMicros,
        log: &Log,
        counters: &mut Counters,
    ) {
        let (written, _) = journal.place();
        let before = taken.map_or(0, |taken| taken.segment).min(written);
        if (before, written) != (self.before, self.written) {
            (self.before, self.written) = (before, written);
            if let Err(error) = self.look(journal.dir()) {
                self.cannot("list", written, journal.dir(), &error, log);
            }
        }
        if let Some((number, next)) = self.going.front().copied() {
            match self.ended(journal.dir(), next) {
                Ok(ended) if ended >= now.0.saturating_sub(self.keep.micros) => {}
                Ok(_) => {
                    self.pass();
                    self.remove(number, journal.dir(), log, counters);
                }
                // It is looked at again when the next one may go.
                Err(error) => {
                    self.pass();
                    self.cannot("read", next, &segment::path(journal.dir(), next), &error, log);
                }
            }
        }
        counters.set(Statistic::JournalSegments.id(), self.segments);
    }

    fn remove(&mut self, number: u64, dir: &Path, log: &Log, counters: &mut Counters) {
        let path = segment::path(dir, number);
        match fs::remove_file(&path) {
            Ok(()) => {
                self.failing = false;
                self.segments = self.segments.saturating_sub(1);
                counters.add(Statistic::JournalSegmentsRemoved.id(), 1);
            }
            Err(error) => self.cannot("remove", number, &path, &error, log),
        }
    }

    /// When the first that may go was ended, which is when the one behind it was begun.
    fn ended(&mut self, dir: &Path, next: u64) -> io::Result<u64> {
        if let Some(ended) = self.ended {
            return Ok(ended);
        }
        let next = Frames::open(&segment::path(dir, next)).map_err(|error| match error {
            HeaderError::Io(error) => error,
            other => io::Error::other(other),
        })?;
        Ok(*self.ended.insert(next.header().created_utc_us))
    }

    fn pass(&mut self) {
        self.going.pop_front();
        self.ended = None;
    }

    /// Finds out what there is and what of it may go.
    fn look(&mut self, dir: &Path) -> io::Result<()> {
        self.going.clear();
        self.ended = None;
        let numbers = segment::list(dir)?;
        self.segments = numbers.len() as u64;
        let taken = numbers.partition_point(|number| *number < self.before);
        let count = taken.saturating_sub(self.keep.segments as usize);
        let behind = numbers.iter().skip(1);
        self.going.extend(numbers.iter().copied().zip(behind.copied()).take(count));
        Ok(())
    }

    /// Says once that the disk refuses something of a segment.
    fn cannot(&mut self, verb: &'static str, number: u64, path: &Path, why: &io::Error, log: &Log) {
        if !self.failing && self.said != number {
            (self.failing, self.said) = (true, number);
            let line = log.error("journal_not_reaped").text("cannot", verb);
            let line = line.text("path", path.display()).text("why", why);
            line.text("remedy", "let the user of the data plane write the journal directory")
                .emit();
        }
    }
}
