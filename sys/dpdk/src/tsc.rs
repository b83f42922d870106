//! Owns the CPU's time stamp counter and what its ticks are worth.
//! Hot, but for the calibration. Refuses to know the date: ticks and durations only.
//!
//! DPDK's own guess of the rate is off by up to 0.2 % on virtual machines, hence the measurement.

use std::time::{Duration, Instant};

/// The counter. Takes a few nanoseconds, up to ten in a virtual machine: once per burst.
#[inline]
pub fn now() -> u64 {
    // SAFETY: every x86-64 CPU has the instruction, and it changes no memory.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// The counter's rate, and conversions by one multiplication each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TscClock {
    hz: u64,
    /// Nanoseconds per tick, times 2³².
    nanos_per_tick: u64,
    /// Ticks per nanosecond, times 2³².
    ticks_per_nano: u64,
}

impl TscClock {
    /// Measures the rate against the system's monotonic clock, which takes `duration` (at least a
    /// millisecond): 100 ms give it to about one part in a million.
    #[cold]
    pub fn calibrate(duration: Duration) -> TscClock {
        let duration = duration.max(Duration::from_millis(1));
        let (first_tick, first) = sample();
        std::thread::sleep(duration);
        let (last_tick, last) = sample();
        let ticks = u128::from(last_tick.wrapping_sub(first_tick));
        let nanos = last.duration_since(first).as_nanos().max(1);
        TscClock::from_hz(u64::try_from(ticks * 1_000_000_000 / nanos).unwrap_or(u64::MAX))
    }

    /// The clock of a counter with this many ticks a second (at least one).
    pub fn from_hz(hz: u64) -> TscClock {
        let hz = hz.max(1);
        let ratio = |over: u64, under: u64| {
            u64::try_from((u128::from(over) << 32) / u128::from(under)).unwrap_or(u64::MAX)
        };
        TscClock {
            hz,
            nanos_per_tick: ratio(1_000_000_000, hz),
            ticks_per_nano: ratio(hz, 1_000_000_000),
        }
    }

    /// Ticks a second.
    #[inline]
    pub fn hz(self) -> u64 {
        self.hz
    }

    /// What `ticks` last, in nanoseconds.
    #[inline]
    pub fn nanos(self, ticks: u64) -> u64 {
        scaled(ticks, self.nanos_per_tick)
    }

    /// What `ticks` last, in whole microseconds.
    #[inline]
    pub fn micros(self, ticks: u64) -> u64 {
        self.nanos(ticks) / 1_000
    }

    /// Ticks in so many nanoseconds.
    #[inline]
    pub fn ticks_from_nanos(self, nanos: u64) -> u64 {
        scaled(nanos, self.ticks_per_nano)
    }

    /// Ticks in so many microseconds.
    #[inline]
    pub fn ticks_from_micros(self, micros: u64) -> u64 {
        self.ticks_from_nanos(micros.saturating_mul(1_000))
    }
}

/// `value` times a factor of 2³²nds. Cut to 64 bits: that is after centuries of ticks.
#[inline]
fn scaled(value: u64, factor: u64) -> u64 {
    ((u128::from(value) * u128::from(factor)) >> 32) as u64
}

/// Both clocks at the same moment: the closest of a few tries, since an interruption between the
/// two readings would be taken for time.
#[cold]
fn sample() -> (u64, Instant) {
    let mut best: Option<(u64, u64, Instant)> = None;
    for _ in 0..16 {
        let before = now();
        let clock = Instant::now();
        let width = now().wrapping_sub(before);
        if best.is_none_or(|(least, ..)| width < least) {
            best = Some((width, before + width / 2, clock));
        }
    }
    best.map_or_else(|| (now(), Instant::now()), |(_, tick, clock)| (tick, clock))
}

#[cfg(test)]
mod tests {
    use super::{Duration, TscClock, now};

    #[test]
    fn converts_both_ways_without_drift() {
        let clock = TscClock::from_hz(2_445_424_000);
        assert_eq!(clock.hz(), 2_445_424_000);
        let day = 86_400 * 1_000_000_000u64;
        let ticks = clock.ticks_from_nanos(day);
        assert!(ticks.abs_diff(86_400 * clock.hz()) < 100_000, "{ticks}");
        assert!(clock.nanos(ticks).abs_diff(day) < 100_000);
        assert_eq!(clock.micros(clock.ticks_from_micros(32_000)), 31_999);
    }

    #[test]
    fn survives_extreme_rates_and_values() {
        assert_eq!(TscClock::from_hz(0).hz(), 1);
        assert_eq!(TscClock::from_hz(1_000_000_000).nanos(u64::MAX), u64::MAX);
        assert_eq!(TscClock::from_hz(1_000_000_000).ticks_from_micros(u64::MAX), u64::MAX);
    }

    #[test]
    fn calibrates_to_what_a_second_measurement_gives() {
        let first = TscClock::calibrate(Duration::from_millis(30));
        let second = TscClock::calibrate(Duration::from_millis(30));
        assert!(first.hz() > 100_000_000, "{}", first.hz());
        assert!(first.hz().abs_diff(second.hz()) < first.hz() / 500, "{first:?} {second:?}");
    }

    #[test]
    fn runs_forward() {
        let before = now();
        assert!(now() >= before);
    }
}
