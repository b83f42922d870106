//! Owns the keeper: the one thread of the data plane that may block. It writes the journal, the log,
//! the statistics of its own and the clock anchor, and talks with the control plane.
//! Refuses to know packets and calls: events come as bytes, notes as numbers.
//!
//! [`Keeper::turn`] does a bounded piece of work and says whether there was any; whoever calls it in
//! a loop sleeps a little when there was none.
//!
//! # When the disk fails
//!
//! What is staged is tried again ten times a second and the rings fill behind it. From 90 % of a
//! ring on its worker is told to refuse new calls ([`Pressure`]); standing ones go on. The state is
//! logged once when it begins and once when it ends, and is a counter in between.

pub mod control;
pub mod journal;
pub mod last_image;
pub mod log;
pub mod note;
mod notes;
mod pressure;
pub mod reap;
pub mod statistics;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod unsettled;
pub mod utc;

use std::io;

use hugepages::anchor::{self, Correction};
use hugepages::counters::Counters;
use hugepages::ring::Consumer;

use control::Control;
use journal::{Journal, Staged};
use log::Log;
use notes::Notes;
pub use pressure::{Pressure, Reason};
use reap::{Keep, Reaper};
use statistics::Statistic;
use utc::UtcMicros;

/// Events that one turn takes from one ring, so that a busy ring does not starve the others.
const EVENTS_A_TURN: usize = 4_096;

/// Share of a ring from which on new calls are refused, in percent, and below which they are taken
/// again.
const REFUSE_FROM_PERCENT: u64 = 90;
const TAKE_BELOW_PERCENT: u64 = 80;

/// What the keeper works with.
#[derive(Debug)]
pub struct KeeperParts {
    /// Rings of CDR events, one a worker.
    pub rings: Vec<Consumer>,
    /// Rings of notes, one a worker.
    pub notes: Vec<Consumer>,
    /// Counters made with [`statistics::NAMES`].
    pub counters: Counters,
    /// The clock anchor.
    pub anchor: anchor::Publisher,
    /// The journal, opened before the rings were made: they start at its positions.
    pub journal: Journal,
    /// What of it stays when the database has it.
    pub keep: Keep,
    /// The log.
    pub log: Log,
    /// Calibrated ticks a second of the time that [`Keeper::turn`] is given.
    pub tsc_hz: u64,
}

/// Whether a turn found work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// It did; the next turn should follow at once.
    Yes,
    /// It did not.
    No,
}

/// The keeper.
pub struct Keeper {
    rings: Vec<EventRing>,
    notes: Notes,
    counters: Counters,
    anchor: anchor::Publisher,
    journal: Journal,
    reaper: Reaper,
    log: Log,
    control: Option<Control>,
    clock: Clock,
    /// Begun when the disk refused a write or sync.
    failing: bool,
    sync_due: Option<u64>,
    retry_at: u64,
    anchor_due: u64,
    clock_is_odd: bool,
}

#[derive(Debug)]
struct EventRing {
    consumer: Consumer,
    pressure: Pressure,
    broken: bool,
}

/// Intervals in ticks.
#[derive(Clone, Copy, Debug)]
struct Clock {
    ticks_10_ms: u64,
    ticks_100_ms: u64,
}

impl Keeper {
    /// A keeper that has not done anything yet.
    pub fn new(parts: KeeperParts) -> Keeper {
        let rings = parts.rings.into_iter().map(|consumer| EventRing {
            consumer,
            pressure: Pressure::default(),
            broken: false,
        });
        let clock = Clock { ticks_10_ms: parts.tsc_hz / 100, ticks_100_ms: parts.tsc_hz / 10 };
        Keeper {
            rings: rings.collect(),
            notes: Notes::new(parts.notes, parts.tsc_hz),
            counters: parts.counters,
            anchor: parts.anchor,
            journal: parts.journal,
            reaper: Reaper::new(parts.keep),
            log: parts.log,
            control: None,
            clock,
            failing: false,
            sync_due: None,
            retry_at: 0,
            anchor_due: 0,
            clock_is_odd: false,
        }
    }

    /// What tells worker `index` (in the order of [`KeeperParts::rings`]) to refuse new calls.
    pub fn pressure(&self, index: usize) -> Option<Pressure> {
        self.rings.get(index).map(|ring| ring.pressure.clone())
    }

    /// Serves the link to the control plane from now on.
    pub fn attach(&mut self, control: Control) {
        self.control = Some(control);
    }

    /// The log, for what start and end have to say.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// One piece of work. `now` is the TSC, read just before the call.
    pub fn turn(&mut self, now: u64) -> Busy {
        if now >= self.anchor_due {
            // First of all: the wall clock is to be read as close to `now` as can be.
            self.publish_anchor(now, UtcMicros::now());
            self.anchor_due = now.saturating_add(self.clock.ticks_100_ms);
            self.publish_journal();
        }
        let noted = self.notes.turn(now, &self.log, &mut self.counters);
        let written = self.keep_events(now);
        self.tell_pressure();
        let linked = self.link(now);
        if noted || written || linked { Busy::Yes } else { Busy::No }
    }

    /// Writes what the rings still hold and syncs it; for the end of the process, when workers have
    /// stopped. What the disk refuses stays in the rings.
    ///
    /// # Errors
    /// The disk refuses it.
    pub fn finish(&mut self, now: u64) -> io::Result<()> {
        self.notes.turn(now, &self.log, &mut self.counters);
        while self.stage() || self.journal.staged_bytes() > 0 {
            self.journal.write()?;
            self.release();
        }
        self.journal.sync()?;
        self.publish_journal();
        if let Some(control) = &mut self.control {
            control.finish(&self.log);
        }
        Ok(())
    }

    /// Talks with the control plane, and removes what it has of the journal.
    fn link(&mut self, now: u64) -> bool {
        let (mut linked, mut taken) = (false, None);
        if let Some(control) = &mut self.control {
            control.journal_reaches(self.journal.reach());
            linked = control.turn(now, &self.log, &mut self.counters);
            taken = control.journal_taken();
        }
        let utc = UtcMicros::now();
        self.reaper.turn(&self.journal, taken, utc, &self.log, &mut self.counters);
        linked
    }

    fn publish_anchor(&mut self, now: u64, utc: UtcMicros) {
        let odd = match self.anchor.publish(now, utc.0) {
            Correction::Leaning { .. } => None,
            Correction::Stepped { by_us } => Some(("clock_stepped", by_us)),
            Correction::Holding { behind_us } => Some(("clock_set_back", behind_us)),
        };
        if let Some((event, by_us)) = odd.filter(|_| !self.clock_is_odd) {
            self.log.warn(event).number("by_us", by_us).emit();
        }
        self.clock_is_odd = odd.is_some();
    }

    /// Stages, writes and syncs; true when there was something to write.
    fn keep_events(&mut self, now: u64) -> bool {
        let staged = self.stage();
        if self.failing && now < self.retry_at {
            return false;
        }
        if let Err(error) = self.journal.write() {
            return self.disk_failed(now, "write", &error);
        }
        // Also without a write: what was skipped is passed, too.
        self.release();
        if !self.journal.is_dirty() {
            self.sync_due = None;
            return staged;
        }
        let due = *self.sync_due.get_or_insert(now.saturating_add(self.clock.ticks_10_ms));
        if now >= due || self.failing {
            if let Err(error) = self.journal.sync() {
                return self.disk_failed(now, "sync", &error);
            }
            self.sync_due = None;
            if self.failing {
                self.failing = false;
                self.log.info("journal_works").emit();
                self.publish_journal();
            }
        }
        staged
    }

    /// Copies events from the rings into the batch; true when there was one.
    fn stage(&mut self) -> bool {
        let mut any = false;
        for ring in &mut self.rings {
            for _ in 0..EVENTS_A_TURN {
                let Some(record) = ring.consumer.peek() else { break };
                match self.journal.stage(record) {
                    Staged::Yes => self.counters.add(Statistic::EventsStaged.id(), 1),
                    Staged::Full => return any,
                    Staged::Duplicate => self.counters.add(Statistic::EventsSkipped.id(), 1),
                    Staged::Invalid(error) => {
                        self.counters.add(Statistic::EventsInvalid.id(), 1);
                        self.log.error("event_invalid").text("why", error).emit();
                    }
                    Staged::TooLong => {
                        self.counters.add(Statistic::EventsInvalid.id(), 1);
                        self.log.error("event_invalid").text("why", "it is too long").emit();
                    }
                }
                any = true;
                ring.consumer.advance();
            }
            if let Some(error) = ring.consumer.error().filter(|_| !ring.broken) {
                ring.broken = true;
                self.log.error("event_ring_closed").text("why", error).emit();
            }
        }
        any
    }

    fn release(&mut self) {
        for ring in &mut self.rings {
            ring.consumer.release_read();
        }
    }

    fn disk_failed(&mut self, now: u64, verb: &'static str, error: &io::Error) -> bool {
        self.retry_at = now.saturating_add(self.clock.ticks_100_ms);
        let statistic = match verb {
            "sync" => Statistic::JournalSyncErrors,
            _ => Statistic::JournalWriteErrors,
        };
        self.counters.add(statistic.id(), 1);
        if !self.failing {
            self.failing = true;
            self.log
                .error("journal_fails")
                .text("cannot", verb)
                .text("why", error)
                .text("remedy", "free or repair the disk of the state directory; events wait")
                .emit();
            self.publish_journal();
        }
        false
    }

    fn tell_pressure(&mut self) {
        for ring in &mut self.rings {
            let (used, capacity) = (ring.consumer.used(), ring.consumer.capacity());
            let refuses = ring.pressure.has(Reason::Events);
            let share = if refuses { TAKE_BELOW_PERCENT } else { REFUSE_FROM_PERCENT };
            // A closed ring takes no event, and no call may go unrecorded.
            let full = used.saturating_mul(100) >= capacity.saturating_mul(share) || ring.broken;
            if full == refuses {
                continue;
            }
            ring.pressure.set(Reason::Events, full);
            let event = if full { "new_calls_refused" } else { "new_calls_taken" };
            let line = if full { self.log.error(event) } else { self.log.info(event) };
            line.number("ring_bytes", used).number("ring_capacity", capacity).emit();
        }
    }

    fn publish_journal(&mut self) {
        let (segment, offset) = self.journal.place();
        let used: u64 = self.rings.iter().map(|ring| ring.consumer.used()).sum();
        self.counters.set(Statistic::JournalState.id(), u64::from(self.failing));
        self.counters.set(Statistic::JournalSegment.id(), segment);
        self.counters.set(Statistic::JournalOffset.id(), offset);
        self.counters.set(Statistic::EventBytesWaiting.id(), used);
        let refusing = self.rings.iter().filter(|ring| ring.pressure.has(Reason::Events)).count();
        self.counters.set(Statistic::RefusingWorkers.id(), refusing as u64);
    }
}

/// Writes what a dead process left in its ring of events to the journal, synced; the caller removes
/// the ring's segment after it.
///
/// Says how many events were new.
///
/// # Errors
/// The disk refuses it; the ring is as it was.
pub fn recover(journal: &mut Journal, ring: &mut Consumer, log: &Log) -> io::Result<u64> {
    let mut recovered = 0;
    loop {
        while let Some(record) = ring.peek() {
            match journal.stage(record) {
                Staged::Yes => recovered += 1,
                Staged::Full => break,
                Staged::Duplicate => {}
                Staged::Invalid(error) => log.error("event_invalid").text("why", error).emit(),
                Staged::TooLong => log.error("event_invalid").text("why", "it is too long").emit(),
            }
            ring.advance();
        }
        if journal.staged_bytes() == 0 {
            break;
        }
        journal.write()?;
    }
    journal.sync()?;
    ring.release_read();
    Ok(recovered)
}
