//! Owns what the router's polls took, and the judgement whether the machine interrupted one.
//! Refuses to know who polls.
//!
//! There are no hardware counters here and a poll is short, so an interruption shows as a poll that takes 100 µs longer
//! than its packets usually do.

use dpdk::tsc::TscClock;

use crate::message::KINDS;

const GAP_US: u64 = 100;

/// What polls took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Polls {
    /// How many.
    pub count: u64,
    /// Packets taken in them.
    pub packets: u64,
    /// Time in them.
    pub ticks: u64,
}

impl Polls {
    /// Adds one.
    pub fn add(&mut self, packets: u64, ticks: u64) {
        self.count += 1;
        self.packets += packets;
        self.ticks += ticks;
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Polls) -> Polls {
        Polls {
            count: self.count + other.count,
            packets: self.packets + other.packets,
            ticks: self.ticks + other.ticks,
        }
    }

    /// Time a packet.
    pub fn per_packet(self) -> f64 {
        self.ticks as f64 / self.packets.max(1) as f64
    }

    /// Time for the packets of a call.
    pub fn per_call(self) -> f64 {
        self.per_packet() * KINDS as f64
    }
}

/// What a packet usually takes.
#[derive(Clone, Copy, Debug)]
pub struct Usual {
    ticks: f64,
    gap_ticks: u64,
}

impl Usual {
    /// Not known yet.
    pub fn new(clock: &TscClock) -> Self {
        Usual { ticks: 0.0, gap_ticks: clock.ticks_from_micros(GAP_US) }
    }

    /// By how much more than usual a poll took, if it was interrupted; one that was not makes what is usual.
    #[inline]
    pub fn gap(&mut self, packets: u64, ticks: u64) -> Option<u64> {
        let expected = (self.ticks * packets as f64) as u64;
        if self.ticks > 0.0 && ticks > expected + self.gap_ticks {
            return Some(ticks - expected);
        }
        let now = ticks as f64 / packets as f64;
        self.ticks += (now - self.ticks) / if self.ticks == 0.0 { 1.0 } else { 256.0 };
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_of_a_whole_call() {
        let mut polls = Polls::default();
        polls.add(2, 300);
        polls.add(1, 600);
        assert_eq!((polls.count, polls.per_packet(), polls.per_call()), (2, 300.0, 2_100.0));
    }
}
