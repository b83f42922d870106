//! Owns the steering of the anchor's line towards the observed UTC.
//! Knows nothing of how it is read.

use std::sync::Arc;

use super::{Anchor, AnchorValue, Shared, TickRate};

/// A difference beyond this is no drift: the clock was set.
const STEP_US: u64 = 1_000_000;
/// The most that a line leans to work off drift, in millionths.
const LEAN: u64 = 5_000;
/// The lean of a line that is far ahead of a clock that was set back: half speed.
const HOLD: u64 = 500_000;

/// What [`Publisher::publish`] did about the difference between its line and the observed UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// The line goes on and leans towards the clock, which was ahead by so much (behind if negative).
    Leaning {
        /// Clock less line, µs.
        ahead_us: i64,
    },
    /// The clock was ahead by more than a second: the line stepped forwards. Worth a log line.
    Stepped {
        /// Clock less line, µs.
        by_us: u64,
    },
    /// The clock was set back by more than a second: the line runs at half speed until it is caught up
    /// with. Worth a log line; a restart takes the clock as it is.
    Holding {
        /// Line less clock, µs.
        behind_us: u64,
    },
}

/// The one writer of an anchor.
#[derive(Debug)]
pub struct Publisher {
    shared: Arc<Shared>,
    version: u64,
    line: AnchorValue,
    /// Calibrated at start; lines lean around it.
    nominal: TickRate,
}

/// Starts an anchor at a reading of the TSC, the UTC at it and the calibrated rate.
pub fn channel(tsc: u64, utc_us: u64, rate: TickRate) -> (Publisher, Anchor) {
    let line = AnchorValue { tsc, utc_us, rate, floor_us: 0 };
    let shared = Arc::new(Shared::new(line));
    let publisher = Publisher { shared: Arc::clone(&shared), version: 0, line, nominal: rate };
    (publisher, Anchor { shared, first: line })
}

impl Publisher {
    /// Takes in an observation, a reading of the TSC and the UTC at it, and publishes the next line.
    pub fn publish(&mut self, tsc: u64, utc_us: u64) -> Correction {
        // A reading before the last one would turn the line back; it says nothing new.
        let tsc = tsc.max(self.line.tsc);
        let here = self.line.utc_us(tsc);
        let (start, rate, correction) = match (utc_us.checked_sub(here), here.abs_diff(utc_us)) {
            (Some(by_us), _) if by_us > STEP_US => {
                (utc_us, self.nominal, Correction::Stepped { by_us })
            }
            (Some(_), ahead) => (here, self.faster(ahead), leaning(ahead as i64)),
            (None, behind) if behind > STEP_US => {
                let behind_us = behind;
                (here, self.slower(HOLD), Correction::Holding { behind_us })
            }
            (None, behind) => (here, self.slower(behind.min(LEAN)), leaning(-(behind as i64))),
        };
        self.line = AnchorValue { tsc, utc_us: start, rate, floor_us: 0 };
        self.version = self.shared.store(self.version, &self.line);
        correction
    }

    /// The line that was published last.
    pub fn value(&self) -> AnchorValue {
        self.line
    }

    // A lean of as many millionths as there are µs of difference works it off in about a second; the
    // difference that a constant error of the rate leaves is then its millionths in µs.
    fn faster(&self, millionths: u64) -> TickRate {
        TickRate(self.nominal.0.saturating_add(self.share(millionths.min(LEAN))))
    }

    fn slower(&self, millionths: u64) -> TickRate {
        TickRate(self.nominal.0 - self.share(millionths))
    }

    fn share(&self, millionths: u64) -> u64 {
        (u128::from(self.nominal.0) * u128::from(millionths) / 1_000_000) as u64
    }
}

fn leaning(ahead_us: i64) -> Correction {
    Correction::Leaning { ahead_us }
}
