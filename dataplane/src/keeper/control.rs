//! Owns the keeper's side of the link to the control plane: images come in, answers and the mode go out.
//! Refuses to trust what comes: an image that does not hold is refused with its reason, a message that does not hold
//! ends the connection, and calls go on with what they have.
//!
//! ```text
//! socket ─► session ─► adopt: map, check, open, beside the keeper ─► issue: one for each worker ─► all back: Adopted, last image
//!              └────► restore: open calls into the tally       └► drain: a word that workers read
//! ```
//!
//! Without a control plane it knocks four times a second. One image is adopted at a time; what comes meanwhile waits
//! unread in the socket. Memory of an image goes back here and never in a worker.

mod adopt;
mod drain;
mod issue;
mod restore;
mod session;
mod taken;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use hugepages::counters::{Counters, CountersReader};
use hugepages::journal::Place;
use hugepages::layout::link::ToControl;
use hugepages::link::{LinkError, LinkStream};
use hugepages::tally::Tally;
use routing::Image;

use super::last_image::{Saver, Snapshot};
use super::log::Log;
use super::pressure::Pressure;
use super::statistics::Statistic;
pub use adopt::RefuseImageError;
use adopt::{Good, Opened, Opening};
use drain::Drain;
pub use issue::{Intake, Issuer, issue_channel};
use session::{Ended, Heard, Session, Standing};
use taken::Taken;

/// How often it knocks, in thousandths of a second.
const KNOCK_MS: u64 = 250;
/// How long a control plane that turned us away is left alone, and the longest wait after one that broke the rules.
const LEAVE_ALONE_MS: u64 = 5_000;
/// How often the number of standing calls is told while draining.
const TELL_MS: u64 = 1_000;

/// What the link works with.
pub struct ControlParts {
    /// The control plane's socket.
    pub socket: PathBuf,
    /// Appliance in a fleet.
    pub member: u16,
    /// Random number of this run.
    pub process: u64,
    /// Where the journal ended when this run began, after recovery.
    pub boot: Place,
    /// Where the segments are.
    pub instance_dir: PathBuf,
    /// Where the journal is.
    pub journal_dir: PathBuf,
    /// The way of images to the workers, in their order.
    pub issuers: Vec<Issuer>,
    /// Standing calls by trunk and originator.
    pub tally: Arc<Tally>,
    /// Keeps the last image.
    pub saver: Saver,
    /// Ticks a second of the time that [`Control::turn`] is given.
    pub tsc_hz: u64,
}

/// The link to the control plane.
pub struct Control {
    parts: ControlParts,
    /// Change sequence of the image in force at every worker; 0 without one.
    image_as_of: u64,
    session: Option<Session>,
    knock_at: u64,
    /// Connections in a row that ended because the control plane broke the rules.
    faults: u32,
    /// The last thing that was said about why there is no connection.
    said: String,
    opening: Option<Opening>,
    adopting: Option<Adopting>,
    calls_restored: bool,
    drain: Drain,
    tell_at: u64,
    taken: Taken,
}

/// An image on its way to the workers.
struct Adopting {
    image: Arc<Image>,
    /// What is to be kept on disk; nothing for an image that came from there.
    keep: Option<Snapshot>,
    begun: u64,
    /// Workers that have not handed theirs back.
    out: usize,
}

impl Control {
    /// A link that has not been tried; `pressures` tell the workers to refuse new calls, `gauges` are their counters.
    pub fn new(
        parts: ControlParts,
        pressures: Vec<Pressure>,
        gauges: Vec<CountersReader>,
    ) -> Control {
        let drain = Drain::new(pressures, gauges);
        Control {
            parts,
            image_as_of: 0,
            session: None,
            knock_at: 0,
            faults: 0,
            said: String::new(),
            opening: None,
            adopting: None,
            calls_restored: false,
            drain,
            tell_at: 0,
            taken: Taken::default(),
        }
    }

    /// One bounded piece of work at time `now`, in ticks; true when there was some.
    pub fn turn(&mut self, now: u64, log: &Log, counters: &mut Counters) -> bool {
        let opened = self.follow_opening(now, log, counters);
        let adopted = self.follow_adoption(now, log, counters);
        let saved = self.save(now, log, counters);
        if self.session.is_none() && now >= self.knock_at && !self.is_at_an_image() {
            self.knock(now, log, counters);
        }
        let heard = self.talk(now, log, counters);
        self.tell_mode(now);
        opened || adopted || saved || heard
    }

    /// Whether an image is being checked or adopted: at most one is, whoever it came from.
    fn is_at_an_image(&self) -> bool {
        self.opening.is_some() || self.adopting.is_some()
    }

    /// Writes the newest image to its end, for the end of the process.
    pub fn finish(&mut self, log: &Log) {
        if let Err(error) = self.parts.saver.finish() {
            cannot_save(log, &error);
        }
    }

    /// The control plane may have found the journal up to here; told before each turn.
    pub fn journal_reaches(&mut self, end: Place) {
        self.taken.reaches(end);
    }

    /// The place of the journal before which all is in the database, as long as a control plane is there that said so.
    pub fn journal_taken(&self) -> Option<Place> {
        self.taken.place()
    }

    /// Sends the workers the image that they begin with, which is on disk.
    pub fn begin_with(&mut self, image: Image, now: u64) {
        self.issue(Arc::new(image), None, now);
    }

    fn hello(&self) -> Vec<u8> {
        let standing = Standing {
            image_as_of: self.image_as_of,
            calls_restored: self.calls_restored,
            draining: self.drain.is_on(),
        };
        session::hello(&self.parts, standing)
    }

    fn ms(&self, ms: u64) -> u64 {
        (self.parts.tsc_hz / 1_000).saturating_mul(ms)
    }

    fn knock(&mut self, now: u64, log: &Log, counters: &mut Counters) {
        self.knock_at = now.saturating_add(self.ms(KNOCK_MS));
        match LinkStream::connect(&self.parts.socket) {
            Ok(stream) => {
                let hello = self.hello();
                self.session = Some(Session::new(stream, &hello));
                counters.set(Statistic::ControlConnected.id(), 1);
            }
            Err(error) => self.say(log, "control_plane_absent", &error.to_string()),
        }
    }

    /// Says why there is no connection, once for each reason.
    fn say(&mut self, log: &Log, event: &'static str, why: &str) {
        if self.said != why {
            why.clone_into(&mut self.said);
            log.warn(event).text("why", why).emit();
        }
    }

    /// Sends what waits and takes what came; true when there was something.
    fn talk(&mut self, now: u64, log: &Log, counters: &mut Counters) -> bool {
        let waits = self.is_at_an_image();
        let Some(session) = &mut self.session else { return false };
        let outcome = match waits {
            // What comes behind an image waits until that has its answer.
            true => session.flush().map(|()| None),
            false => session.exchange(),
        };
        match outcome {
            Ok(None) => false,
            Ok(Some(heard)) => {
                self.hear(heard, now, log, counters);
                true
            }
            Err(ended) => {
                self.hang_up(&ended, now, log, counters);
                true
            }
        }
    }

    fn hear(&mut self, heard: Heard, now: u64, log: &Log, counters: &mut Counters) {
        match heard {
            Heard::Welcome => {
                self.said.clear();
                log.info("control_plane_connected").emit();
            }
            Heard::Image(opening) => self.opening = Some(opening),
            Heard::OpenCalls(calls) if !self.calls_restored => {
                let full = restore::add(&self.parts.tally, &calls);
                counters.add(Statistic::ActiveUncounted.id(), full);
                counters.set(Statistic::CallsRestored.id(), 1);
                self.calls_restored = true;
                self.answer(ToControl::CallsRestored);
                let calls: i64 = calls.iter().map(|(_, count)| count).sum();
                log.info("open_calls_restored").number("counts", calls.unsigned_abs()).emit();
            }
            Heard::OpenCalls(_) => {
                let ended = Ended::Broken("it told the open calls twice".to_owned());
                self.hang_up(&ended, now, log, counters);
            }
            Heard::Drain => self.drain(true, log, counters),
            Heard::Resume => self.drain(false, log, counters),
            Heard::JournalTaken(place) => {
                if let Err(lie) = self.taken.tell(place) {
                    self.hang_up(&Ended::Broken(lie.to_string()), now, log, counters);
                }
            }
        }
    }

    fn refuse(&mut self, as_of: u64, why: &RefuseImageError, log: &Log, counters: &mut Counters) {
        counters.add(Statistic::ImagesRefused.id(), 1);
        log.error("image_refused").number("as_of", as_of).text("why", why).emit();
        if let Some(session) = &mut self.session {
            session.refuse(as_of, &why.to_string());
        }
    }

    /// Takes an image that has been checked; true when there was one. Its checks do not count as work of this thread.
    fn follow_opening(&mut self, now: u64, log: &Log, counters: &mut Counters) -> bool {
        let Some(opening) = self.opening.take_if(|opening| opening.is_over()) else { return false };
        let Some(Opened { as_of, holdings, image }) = opening.end() else {
            let ended = Ended::Broken("the check of its image raised a panic".to_owned());
            self.hang_up(&ended, now, log, counters);
            return true;
        };
        if let Some(session) = &mut self.session {
            session.opened(holdings);
        }
        match image.and_then(|image| self.in_order(image)) {
            Ok((image, keep)) => self.issue(image, Some(keep), now),
            Err(why) => self.refuse(as_of, &why, log, counters),
        }
        true
    }

    /// The image, unless it is older than the one in force.
    fn in_order(&self, image: Good) -> Result<Good, RefuseImageError> {
        let (as_of, in_force) = (image.0.version(), self.image_as_of);
        if as_of < in_force { Err(RefuseImageError::Older { as_of, in_force }) } else { Ok(image) }
    }

    /// Sends an image to every worker.
    fn issue(&mut self, image: Arc<Image>, keep: Option<Snapshot>, now: u64) {
        let mut out = 0;
        for (issuer, core) in self.parts.issuers.iter_mut().zip(0..) {
            out += usize::from(issuer.issue(&image, core));
        }
        self.adopting = Some(Adopting { image, keep, begun: now, out });
    }

    /// Takes back what workers had before; when all have, the image is in force.
    fn follow_adoption(&mut self, now: u64, log: &Log, counters: &mut Counters) -> bool {
        let Some(adopting) = &mut self.adopting else { return false };
        for issuer in &mut self.parts.issuers {
            adopting.out -= usize::from(issuer.take_back()).min(adopting.out);
        }
        if adopting.out > 0 {
            return false;
        }
        let Some(Adopting { image, keep, begun, .. }) = self.adopting.take() else {
            return false;
        };
        let as_of = image.version();
        let us = now.saturating_sub(begun) / (self.parts.tsc_hz / 1_000_000).max(1);
        self.image_as_of = as_of;
        self.faults = 0;
        counters.set(Statistic::ImageAsOf.id(), as_of);
        counters.add(Statistic::ImagesAdopted.id(), 1);
        counters.set(Statistic::AdoptionUs.id(), us);
        log.info("image_adopted").number("as_of", as_of).number("us", us).emit();
        if let Some(snapshot) = keep {
            self.parts.saver.keep(snapshot);
        }
        if let Some(session) = &mut self.session {
            session.adopted();
        }
        true
    }

    fn save(&mut self, now: u64, log: &Log, counters: &mut Counters) -> bool {
        match self.parts.saver.turn(now) {
            Ok(Some(as_of)) => counters.set(Statistic::ImageSavedAsOf.id(), as_of),
            Ok(None) => return false,
            Err(error) => cannot_save(log, &error),
        }
        true
    }

    fn drain(&mut self, on: bool, log: &Log, counters: &mut Counters) {
        if self.drain.is_on() != on {
            log.info(if on { "draining" } else { "resumed" }).emit();
        }
        counters.set(Statistic::Draining.id(), u64::from(on));
        let mode = self.drain.set(on);
        self.answer(mode);
    }

    /// While draining, tells the number of standing calls when it has changed.
    fn tell_mode(&mut self, now: u64) {
        if now < self.tell_at || self.session.is_none() {
            return;
        }
        self.tell_at = now.saturating_add(self.ms(TELL_MS));
        if let Some(news) = self.drain.news() {
            self.answer(news);
        }
    }

    fn answer(&mut self, message: ToControl<'_>) {
        if let Some(session) = &mut self.session {
            session.say(&message);
        }
    }

    fn hang_up(&mut self, ended: &Ended, now: u64, log: &Log, counters: &mut Counters) {
        let welcomed = self.session.take().is_some_and(|session| session.is_welcome());
        self.taken.forget();
        counters.set(Statistic::ControlConnected.id(), 0);
        let wait_ms = match ended {
            Ended::Link(LinkError::Closed) => {
                self.faults = 0;
                if welcomed {
                    log.warn("control_plane_gone").emit();
                }
                KNOCK_MS
            }
            Ended::TurnedAway(why) => {
                self.say(log, "control_plane_refused_us", why);
                LEAVE_ALONE_MS
            }
            Ended::Link(_) | Ended::Broken(_) => {
                self.faults = (self.faults + 1).min(16);
                counters.add(Statistic::ControlFaults.id(), 1);
                log.error("control_plane_faulty").text("why", ended).emit();
                (KNOCK_MS << self.faults).min(LEAVE_ALONE_MS)
            }
        };
        self.knock_at = now.saturating_add(self.ms(wait_ms));
    }
}

fn cannot_save(log: &Log, error: &std::io::Error) {
    let line = log.error("last_image_not_saved").text("why", error);
    line.text("remedy", "free or repair the disk of the state directory").emit();
}
