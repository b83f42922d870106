//! Claims about the clock anchor.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proptest::prelude::*;

use super::*;

const HZ: u64 = 2_450_000_000;
/// 2025-01-01.
const EPOCH: u64 = 1_735_689_600_000_000;
/// Ticks between two anchors.
const PERIOD: u64 = HZ / 10;

fn rate() -> TickRate {
    TickRate::from_hz(HZ).unwrap()
}

#[test]
fn rate_is_exact_to_a_microsecond_in_a_year() {
    for hz in [1_000_001, 1_999_999_999, HZ, 5_300_000_000] {
        let rate = TickRate::from_hz(hz).unwrap();
        for seconds in [0, 1, 3600, 31_536_000] {
            let us = rate.us(hz * seconds);
            assert!(us.abs_diff(seconds * 1_000_000) <= 1, "{hz} Hz, {seconds} s: {us}");
        }
    }
}

#[test]
fn rate_of_a_counter_slower_than_a_microsecond_is_refused() {
    assert_eq!(TickRate::from_hz(0), None);
    assert_eq!(TickRate::from_hz(1_000_000), None);
}

#[test]
fn value_covers_readings_before_and_behind_it() {
    let (publisher, _anchor) = channel(PERIOD, EPOCH, rate());
    let value = publisher.value();
    assert_eq!(value.utc_us(PERIOD), EPOCH);
    assert!(value.utc_us(PERIOD + HZ).abs_diff(EPOCH + 1_000_000) <= 1);
    assert!(value.utc_us(0).abs_diff(EPOCH - 100_000) <= 1);
}

#[test]
fn reader_takes_the_published_line() {
    let (mut publisher, anchor) = channel(0, EPOCH, rate());
    let mut reader = anchor.reader();
    assert_eq!(reader.read(0).utc_us(0), EPOCH);
    publisher.publish(PERIOD, EPOCH + 5_000_000);
    assert_eq!(reader.read(PERIOD).utc_us(PERIOD), EPOCH + 5_000_000);
    assert_eq!(anchor.reader().read(PERIOD).utc_us(PERIOD), EPOCH + 5_000_000);
}

#[test]
fn drift_is_worked_off_without_a_step() {
    // The counter really runs 100 millionths faster than it was calibrated.
    let (mut publisher, _anchor) = channel(0, EPOCH, rate());
    let real = |tsc: u64| EPOCH + TickRate::from_hz(HZ + HZ / 10_000).unwrap().us(tsc);
    for n in 1..200 {
        let tsc = n * PERIOD;
        let before = publisher.value().utc_us(tsc);
        publisher.publish(tsc, real(tsc));
        assert_eq!(publisher.value().utc_us(tsc), before, "continuous");
    }
    let end = 200 * PERIOD;
    assert!(publisher.value().utc_us(end).abs_diff(real(end)) < 120);
}

#[test]
fn clock_far_ahead_makes_a_step() {
    let (mut publisher, _anchor) = channel(0, EPOCH, rate());
    let correction = publisher.publish(PERIOD, EPOCH + 60_100_000);
    assert!(matches!(correction, Correction::Stepped { by_us: 60_000_000..=60_000_001 }));
    assert_eq!(publisher.value().utc_us(PERIOD), EPOCH + 60_100_000);
}

#[test]
fn clock_set_back_halves_the_speed_until_it_is_caught_up_with() {
    let (mut publisher, _anchor) = channel(0, EPOCH, rate());
    let set_back = 10_000_000;
    let mut held = 0;
    for n in 1..400 {
        let tsc = n * PERIOD;
        let before = publisher.value().utc_us(tsc);
        let correction = publisher.publish(tsc, EPOCH - set_back + n * 100_000);
        held += u64::from(matches!(correction, Correction::Holding { .. }));
        assert_eq!(publisher.value().utc_us(tsc), before, "never back");
    }
    // Half speed gains 50 ms a period on the clock: from ten seconds down to one.
    assert!((178..=182).contains(&held), "{held}");
}

#[test]
fn observation_from_before_the_line_does_not_turn_it_back() {
    let (mut publisher, _anchor) = channel(PERIOD, EPOCH, rate());
    publisher.publish(PERIOD / 2, EPOCH - 50_000);
    assert_eq!(publisher.value().utc_us(PERIOD), EPOCH);
}

proptest! {
    /// The keeper's clock jumps at will and publishes at will; the reader reads at will and uses a value
    /// until it reads the next.
    #[test]
    fn one_reader_never_sees_time_fall(
        steps in prop::collection::vec((0..PERIOD, any::<bool>(), any::<bool>(), -3_000_000..3_000_000_i64), 1..200),
    ) {
        let (mut publisher, anchor) = channel(0, EPOCH, rate());
        let mut reader = anchor.reader();
        let mut value = reader.read(0);
        let (mut tsc, mut clock, mut last) = (0, EPOCH, 0);
        for (ticks, publishes, reads, jump) in steps {
            tsc += ticks;
            clock = clock.saturating_add_signed(jump).saturating_add(rate().us(ticks));
            if publishes {
                publisher.publish(tsc, clock);
            }
            if reads {
                value = reader.read(tsc);
            }
            let utc = value.utc_us(tsc);
            prop_assert!(utc >= last, "{utc} after {last}");
            last = utc;
        }
    }

    #[test]
    fn no_observation_overflows(tsc in any::<u64>(), utc in any::<u64>(), at in any::<u64>()) {
        let (mut publisher, anchor) = channel(0, EPOCH, rate());
        publisher.publish(tsc, utc);
        anchor.reader().read(at).utc_us(at);
    }
}

#[test]
fn readers_never_see_half_a_line() {
    let (mut publisher, anchor) = channel(0, 0, rate());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // Steps forward of 10 s a tick, so that tsc and utc belong together visibly.
            for n in 1..200_000 {
                publisher.publish(n, n * 10_000_000);
            }
            done.store(true, Ordering::Release);
        });
        let mut reader = anchor.reader();
        while !done.load(Ordering::Acquire) {
            let value = reader.read(0);
            assert_eq!(value.utc_us, value.tsc * 10_000_000);
        }
    });
}
