//! Owns how long a worker runs: idling, stopping, and what a panic does.
//! Hot. The sleep of `relax` is the only system call here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Worker;
use crate::keeper::note::NoteKind;

/// What a worker does when nothing arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Polls on.
    Spin,
    /// Sleeps for 50 µs after 1,000 empty polls.
    Relax,
}

/// Why a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    Stopped,
    /// Three panics within ten seconds: its state is not to be trusted.
    TooManyPanics,
}

const EMPTY_POLLS: u32 = 1_000;
const NAP: Duration = Duration::from_micros(50);
const PANICS: usize = 3;
const PANIC_WINDOW_MS: u64 = 10_000;

/// The one system call of a worker, and only with [`Idle::Relax`].
#[cold]
fn nap() {
    std::thread::sleep(NAP);
}

impl Worker {
    /// Polls until `stop` is set.
    pub fn run(&mut self, idle: Idle, stop: &AtomicBool) -> Ended {
        let mut empty = 0u32;
        let mut panics = [u64::MAX; PANICS];
        let mut caught = 0usize;
        // The image that it begins with, before the first packet.
        self.attend();
        self.announce();
        while !stop.load(Ordering::Relaxed) {
            // The worker's own state stays usable: a panic leaves one transaction half done, which is given up.
            match catch_unwind(AssertUnwindSafe(|| self.poll())) {
                Ok(0) => {
                    empty = empty.saturating_add(1);
                    if idle == Idle::Relax && empty >= EMPTY_POLLS {
                        nap();
                    }
                }
                Ok(_) => empty = 0,
                Err(_) => {
                    caught += 1;
                    if let Some(cell) = panics.get_mut(caught % PANICS) {
                        *cell = self.now.ms;
                    }
                    self.after_panic(caught);
                    let oldest = panics.iter().copied().min().unwrap_or(0);
                    let newest = self.now.ms;
                    if caught >= PANICS && newest.saturating_sub(oldest) < PANIC_WINDOW_MS {
                        self.publish();
                        return Ended::TooManyPanics;
                    }
                }
            }
        }
        self.publish();
        Ended::Stopped
    }

    #[cold]
    fn after_panic(&mut self, caught: usize) {
        self.panics += 1;
        self.burst.clear();
        self.batch.abandon(&mut self.verdicts);
        self.engine.abandon_current(self.now, &mut self.wire);
        self.note(NoteKind::Panic, caught as u64, 0);
    }
}
