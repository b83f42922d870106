//! Owns the clock anchor: what a TSC reading means in UTC, written by the keeper, read by workers.
//! Hot. Knows nothing of where either reading comes from: both are arguments.
//!
//! The keeper publishes a line every 100 ms: a TSC reading, the UTC at it, and µs per tick. A worker
//! reads it at the start of a burst with one load when it has not changed, and never waits: a line that
//! is just being written is taken at the next read.
//!
//! # A clock that does not step back
//!
//! A new line starts where the old one is at that moment, and leans towards the observed UTC
//! so that the difference is worked off ([`Correction`]). Only a clock that is far ahead makes the line
//! step, forwards. One reader may still have used the old line a little beyond the new one's start,
//! and the new one may be slower; therefore a reader that takes a new line holds it up at the value
//! that the old one has at that moment. So the values that one [`Reader`] gives for a rising TSC never
//! fall. Two readers may differ by what the line leans in the time between their reads: 0.5 % of it.
//!
//! Lengths of time are differences of TSC readings ([`TickRate::us`]), never of two UTC values.

mod publisher;

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;

use std::sync::Arc;

use crate::sync::{AtomicU64, Ordering, fence};

pub use publisher::{Correction, Publisher, channel};

/// The length of a TSC tick, as µs × 2⁶⁴.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TickRate(u64);

impl TickRate {
    /// The rate of a counter of `hz` ticks a second; `None` unless that is more than a million, which
    /// every TSC has.
    pub const fn from_hz(hz: u64) -> Option<TickRate> {
        if hz <= 1_000_000 {
            return None;
        }
        // Below 2^64, because hz exceeds a million.
        Some(TickRate(((1_000_000_u128 << 64) / hz as u128) as u64))
    }

    /// Whole µs in `ticks`.
    #[inline]
    pub const fn us(self, ticks: u64) -> u64 {
        // The high half of the product: one multiplication, no division.
        ((ticks as u128 * self.0 as u128) >> 64) as u64
    }
}

/// What a TSC reading means in UTC, at the time it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnchorValue {
    tsc: u64,
    utc_us: u64,
    rate: TickRate,
    /// No value below it is given.
    floor_us: u64,
}

impl AnchorValue {
    /// UTC in µs at a reading of the TSC, which may lie before the anchor's own.
    #[inline]
    pub const fn utc_us(&self, tsc: u64) -> u64 {
        let at = if tsc >= self.tsc {
            self.utc_us.saturating_add(self.rate.us(tsc - self.tsc))
        } else {
            self.utc_us.saturating_sub(self.rate.us(self.tsc - tsc))
        };
        if at < self.floor_us { self.floor_us } else { at }
    }

    /// The present length of a tick, corrections included.
    #[inline]
    pub const fn rate(&self) -> TickRate {
        self.rate
    }
}

/// Where readers get the anchor; handed to every worker at start.
#[derive(Clone, Debug)]
pub struct Anchor {
    shared: Arc<Shared>,
    first: AnchorValue,
}

impl Anchor {
    /// A reader of its own for one thread.
    pub fn reader(&self) -> Reader {
        Reader { shared: Arc::clone(&self.shared), value: self.first, version: 0 }
    }
}

/// One thread's view of the anchor.
#[derive(Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    value: AnchorValue,
    version: u64,
}

impl Reader {
    /// The newest line. `now` is the thread's own reading of the TSC, not below any that was given to a
    /// value of this reader before.
    #[inline]
    pub fn read(&mut self, now: u64) -> AnchorValue {
        if self.shared.version.load(Ordering::Acquire) != self.version {
            self.take_new(now);
        }
        self.value
    }

    fn take_new(&mut self, now: u64) {
        if let Some((version, line)) = self.shared.load() {
            let floor_us = self.value.utc_us(now);
            self.value = AnchorValue { floor_us, ..line };
            self.version = version;
        }
    }
}

/// The published words. Writer: keeper; readers: workers. The version is odd while a line is being
/// written; the fences order it around the relaxed words of the line.
#[derive(Debug)]
#[repr(align(128))]
struct Shared {
    version: AtomicU64,
    tsc: AtomicU64,
    utc_us: AtomicU64,
    rate: AtomicU64,
}

impl Shared {
    fn new(first: AnchorValue) -> Shared {
        Shared {
            version: AtomicU64::new(0),
            tsc: AtomicU64::new(first.tsc),
            utc_us: AtomicU64::new(first.utc_us),
            rate: AtomicU64::new(first.rate.0),
        }
    }

    /// A whole line and its version; `None` when one is just being written.
    #[inline]
    fn load(&self) -> Option<(u64, AnchorValue)> {
        // Acquire: the words of this version, or of a later one, are visible below.
        let version = self.version.load(Ordering::Acquire);
        if !version.is_multiple_of(2) {
            return None;
        }
        let tsc = self.tsc.load(Ordering::Relaxed);
        let utc_us = self.utc_us.load(Ordering::Relaxed);
        let rate = TickRate(self.rate.load(Ordering::Relaxed));
        // Acquire: if one of the loads saw a later line, the load below sees its odd version.
        fence(Ordering::Acquire);
        if self.version.load(Ordering::Relaxed) != version {
            return None;
        }
        Some((version, AnchorValue { tsc, utc_us, rate, floor_us: 0 }))
    }

    /// Publishes a line as the version after `version`, which is even; only the one publisher calls it.
    fn store(&self, version: u64, line: &AnchorValue) -> u64 {
        self.version.store(version + 1, Ordering::Relaxed);
        // Release: whoever sees one of the words below sees the odd version after its own fence.
        fence(Ordering::Release);
        self.tsc.store(line.tsc, Ordering::Relaxed);
        self.utc_us.store(line.utc_us, Ordering::Relaxed);
        self.rate.store(line.rate.0, Ordering::Relaxed);
        // Release: the words above are visible to whoever sees this version.
        self.version.store(version + 2, Ordering::Release);
        version + 2
    }
}
