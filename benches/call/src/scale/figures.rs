//! Owns what is made of the phases of a run: rates, their ratio, and what the workers' time went into.
//! Refuses to know how phases come about.

use super::phase::Stint;
use super::site::Drained;
use crate::message::KINDS;

/// Part of a phase that other threads, and the host below the kernel, may have for themselves. A kernel thread that
/// looks at something every few milliseconds leaves no phase quite alone.
const LOST: f64 = 0.02;

/// Why a phase says nothing about the router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbed {
    /// The kernel gave a worker's core to somebody else.
    Waited,
    /// Polls took much longer than usual.
    Gaps,
}

/// Whether a worker of a phase lost too much of it, and to what.
pub fn disturbance(drained: &Drained, hz: f64) -> Option<Disturbed> {
    let limit = LOST * drained.ticks as f64;
    let most = |part: fn(&Stint) -> u64| drained.stints.iter().map(part).max().unwrap_or(0) as f64;
    if most(|stint| stint.waited_ns) * hz / 1e9 > limit {
        Some(Disturbed::Waited)
    } else if most(|stint| stint.gap_ticks) > limit {
        Some(Disturbed::Gaps)
    } else {
        None
    }
}

/// The phases of a run that count, added up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    pub phases: u64,
    pub packets: u64,
    pub ticks: u64,
    /// Time of all workers, and what of it they were busy.
    pub worker_ticks: u64,
    pub busy_ticks: u64,
    pub handed: u64,
    /// What of the workers' time others had.
    pub waited_ns: u64,
}

impl Sum {
    /// Adds a phase.
    pub fn add(&mut self, drained: &Drained) {
        self.phases += 1;
        self.packets += drained.packets;
        self.ticks += drained.ticks;
        self.worker_ticks += drained.ticks * drained.workers as u64;
        let sum = |part: fn(&Stint) -> u64| drained.stints.iter().map(part).sum::<u64>();
        self.busy_ticks += sum(|stint| stint.busy.ticks);
        self.handed += sum(|stint| stint.handed);
        self.waited_ns += sum(|stint| stint.waited_ns);
    }

    pub fn calls(&self) -> f64 {
        self.packets as f64 / KINDS as f64
    }

    /// Calls per second of the wall clock.
    pub fn rate(&self, hz: f64) -> f64 {
        self.calls() * hz / self.ticks.max(1) as f64
    }

    /// Work of all workers for a call, in cycles.
    pub fn work(&self) -> f64 {
        self.busy_ticks as f64 / self.calls().max(1.0)
    }

    /// Part of the workers' time in which they had nothing to do, in percent.
    pub fn waiting(&self) -> f64 {
        100.0 - 100.0 * self.busy_ticks as f64 / self.worker_ticks.max(1) as f64
    }

    /// Part of the workers' time that other threads had, in percent.
    pub fn lost(&self, hz: f64) -> f64 {
        100.0 * self.waited_ns as f64 * hz / 1e9 / self.worker_ticks.max(1) as f64
    }

    /// Packets that came to the wrong worker, in percent.
    pub fn handed(&self) -> f64 {
        100.0 * self.handed as f64 / self.packets.max(1) as f64
    }
}

/// Median, least and most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spans {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

/// The median of some figures, with the mean of the middle two where there is no middle one.
pub fn spans(figures: impl Iterator<Item = f64>) -> Spans {
    let mut all: Vec<f64> = figures.collect();
    all.sort_unstable_by(f64::total_cmp);
    let at = |place: usize| all.get(place).copied().unwrap_or(f64::NAN);
    let last = all.len().saturating_sub(1);
    Spans { median: (at(last / 2) + at(all.len() / 2)) / 2.0, min: at(0), max: at(last) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::phase::WORKERS;

    fn drained(stint: Stint) -> Drained {
        let stints = [Stint::default(), stint];
        Drained { packets: 700, ticks: 1_000, stints, workers: WORKERS }
    }

    #[test]
    fn more_than_two_hundredths_lost_disturb() {
        let of = |waited_ns, gap_ticks| {
            disturbance(&drained(Stint { waited_ns, gap_ticks, ..Stint::default() }), 2e9)
        };
        assert_eq!(of(10, 20), None);
        assert_eq!(of(10, 21), Some(Disturbed::Gaps));
        assert_eq!(of(11, 21), Some(Disturbed::Waited));
    }

    #[test]
    fn figures_are_of_both_workers() {
        let mut sum = Sum::default();
        let mut stint = Stint { handed: 350, waited_ns: 10, ..Stint::default() };
        stint.busy.add(700, 1_500);
        sum.add(&drained(stint));
        assert_eq!((sum.calls(), sum.rate(1_000.0), sum.work()), (100.0, 100.0, 15.0));
        assert_eq!((sum.waiting(), sum.handed(), sum.lost(2e9)), (25.0, 50.0, 1.0));
    }

    #[test]
    fn the_median_lies_in_the_middle() {
        let of = |all: &[f64]| spans(all.iter().copied());
        assert_eq!(of(&[3.0, 1.0, 2.0]), Spans { median: 2.0, min: 1.0, max: 3.0 });
        assert_eq!(of(&[4.0, 1.0, 2.0, 3.0]).median, 2.5);
        assert!(of(&[]).median.is_nan());
    }
}
