//! Owns the measurement: generator and router in turn on one core, over ring ports, in simulated time.
//! Refuses to know messages.
//!
//! ```text
//! a turn   generator: takes all that the router sent, sends all that is due ─► 16 MiB and more lie in the rings
//!          router:    polls until they are empty, TSC around each poll that found packets
//! ```
//!
//! Time is simulated so that the number of calls that ring, stand and linger follows from the rate asked for and not
//! from how fast this machine is: each packet that the router takes is worth an equal share of the turn. Everything
//! grows until the first calls have ended and their transactions have been forgotten; only then slices are measured.
//!
//! A poll that takes longer than its packets usually do was interrupted by the machine. Such polls are counted apart,
//! with their packets, and told; the figure with them is printed beside the one without.

use bench_report::{About, Metric};
use std::sync::Arc;

use counting_allocator::heap_calls;
use dataplane::worker::Worker;
use hugepages::memory::PageKind;
use routing::Image;

use crate::arguments::{AHEAD_BYTES, Arguments, Sizes};
use crate::fault::{Fault, expect};
use crate::message::KINDS;
use crate::polls::{Polls, Usual};
use crate::rig::{Made, make};
use crate::router;
use crate::verify::{Events, check_empty, check_verdicts};

const FLOOR: f64 = 40_000.0;
const GOAL: f64 = 8_000.0;
/// What the figures are, here and of [`crate::threads`].
pub const ABOUT: About = About {
    bench: "call",
    left_out: "no NIC (ring ports, checksums in software), no capacity permits, no breakers, no histograms, one worker, \
               one NUMA node, BYE from the caller only",
};
/// Simulated time after the last call in which everything must be forgotten.
pub const FORGET_US: u64 = 80_000_000;
/// Images that the router goes over to while calls pass.
const ADOPTIONS: u64 = 3;
/// Turns without new calls after which the last one must have ended.
pub const DRAIN_TURNS: u64 = 100_000;

/// A slice of the run.
#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    kept: Polls,
    gaps: Polls,
}

struct Run {
    made: Made,
    sizes: Sizes,
    sim: u64,
    turn_ticks: u64,
    overhead: u64,
    usual: Usual,
    slice: Slice,
    events: Events,
    heap_calls: u64,
    /// Images that the router has gone over to.
    adopted: u64,
    ahead: u64,
}

/// The one place from which the router is called: a profiler finds it by name.
#[inline(never)]
pub fn router_poll(worker: &mut Worker, tsc: u64) -> usize {
    worker.poll_at(tsc)
}

/// The median of what two readings of the TSC in a row differ by.
pub fn tsc_overhead() -> u64 {
    let mut differences: Vec<u64> = (0..1_001)
        .map(|_| {
            let first = dpdk::tsc::now();
            dpdk::tsc::now().wrapping_sub(first)
        })
        .collect();
    differences.sort_unstable();
    differences.get(500).copied().unwrap_or(0)
}

impl Run {
    fn now_us(&self) -> u64 {
        self.made.clock.micros(self.sim - self.made.start_tsc)
    }

    fn turn(&mut self, new_calls: u64) -> Result<(), Fault> {
        let now_us = self.now_us();
        let generator = &mut self.made.generator;
        while generator.receive(now_us) > 0 {}
        generator.begin(new_calls);
        let bytes = generator.bytes();
        let sent = generator.send(now_us);
        self.ahead = self.ahead.min(generator.bytes() - bytes);
        generator.check()?;
        self.router(sent);
        self.events.take(&mut self.made.events);
        Ok(())
    }

    /// Lets the router work off what the generator sent.
    fn router(&mut self, sent: u64) {
        let end = self.sim + self.turn_ticks;
        let share = self.turn_ticks / sent.max(1);
        loop {
            let heap = heap_calls();
            let begun = dpdk::tsc::now();
            let taken = router_poll(&mut self.made.worker, self.sim) as u64;
            let ticks = dpdk::tsc::now().wrapping_sub(begun).saturating_sub(self.overhead);
            self.heap_calls += heap_calls() - heap;
            if taken == 0 {
                break;
            }
            self.account(taken, ticks);
            self.sim = (self.sim + taken * share).min(end);
        }
        self.sim = end;
    }

    fn account(&mut self, packets: u64, ticks: u64) {
        match self.usual.gap(packets, ticks) {
            Some(_) => self.slice.gaps.add(packets, ticks),
            None => self.slice.kept.add(packets, ticks),
        }
    }

    /// Lets the router go over to another image while calls pass: its plan once more, as a change would bring it.
    fn adopt(&mut self) -> Result<(), Fault> {
        let image = self.made.worker.engine().env().image.as_ref();
        let image = Arc::new(Image::clone(image.ok_or(Fault::Setup("an image"))?));
        expect("images on their way", u64::from(self.made.issuer.issue(&image, 0)), 1)?;
        self.turn(self.sizes.calls_a_turn)?;
        let in_force = self.made.worker.engine().env().image.as_ref();
        let is_new = in_force.is_some_and(|in_force| Arc::ptr_eq(in_force, &image));
        expect("images adopted in a turn", u64::from(is_new), 1)?;
        expect("images handed back", u64::from(self.made.issuer.take_back()), 1)?;
        self.adopted += 1;
        Ok(())
    }

    /// Ends what has begun and lets time pass until everything is forgotten.
    fn drain(&mut self) -> Result<(), Fault> {
        for _ in 0..DRAIN_TURNS {
            if self.made.generator.alive() == 0 {
                break;
            }
            self.turn(0)?;
        }
        let step = self.made.clock.ticks_from_micros(1_000);
        for _ in 0..FORGET_US / 1_000 {
            self.sim += step;
            self.router(0);
        }
        // The counts of ARP answers and the like are not of calls.
        while self.made.generator.receive(0) > 0 {}
        Ok(())
    }

    fn check(&self) -> Result<(), Fault> {
        let Made { worker, generator, .. } = &self.made;
        generator.check_complete()?;
        let calls = generator.begun();
        check_verdicts([worker].into_iter(), calls)?;
        self.events.check(calls)?;
        check_empty(worker.engine().state())?;
        if self.heap_calls > 0 { Err(Fault::Allocated(self.heap_calls)) } else { Ok(()) }
    }
}

/// Runs, prints and records.
///
/// # Errors
/// A count is off, the router allocated, or the floor is missed.
pub fn run(arguments: &Arguments) -> Result<(), Fault> {
    let sizes = arguments.sizes();
    let made = make(arguments)?;
    let (clock, start_tsc) = (made.clock, made.start_tsc);
    let say = |text: String| {
        if !arguments.json {
            println!("{text}");
        }
    };
    say(format!("call: {}", router::machine(arguments, clock.hz())));
    say(format!(
        "  {} prefixes, image built in {:.1} s; tables of {} MiB on {} pages",
        made.notes.prefixes,
        made.notes.plan_seconds,
        made.notes.tables_mib,
        if made.notes.pages == PageKind::Huge { "huge" } else { "small" },
    ));
    let mut run = Run {
        made,
        sizes,
        sim: start_tsc,
        turn_ticks: clock.ticks_from_micros(sizes.calls_a_turn * 1_000_000 / sizes.rate),
        overhead: tsc_overhead(),
        usual: Usual::new(&clock),
        slice: Slice::default(),
        events: Events::default(),
        heap_calls: 0,
        adopted: 0,
        ahead: u64::MAX,
    };
    say(format!("  warming up for {} s of simulated time", sizes.warm_up_us / 1_000_000));
    while run.now_us() < sizes.warm_up_us {
        run.turn(sizes.calls_a_turn)?;
    }
    let (slices, level) = measure(&mut run)?;
    // Behind what is measured: the figures of before go on.
    for _ in 0..ADOPTIONS {
        run.adopt()?;
    }
    run.drain()?;
    let metrics = metrics(&run, &slices, &level);
    ABOUT.print(arguments.json, &metrics);
    run.check()?;
    say("  every call complete, counts agree on all sides, every table empty at the end".to_owned());
    if let Some(path) = &arguments.record {
        router::record(ABOUT, path, &metrics)?;
    }
    let median = metrics.first().map_or(f64::MAX, |metric| metric.value);
    if !arguments.quick && median > FLOOR {
        return Err(Fault::Floor { what: "router_cycles_per_call", got: median, floor: FLOOR });
    }
    if !arguments.quick {
        expect("turns below 16 MiB of packets", u64::from(level.ahead < AHEAD_BYTES), 0)?;
    }
    Ok(())
}

/// What stood while it was measured: the least over all slices.
#[derive(Clone, Copy, Debug)]
struct Level {
    standing: u64,
    ringing: u64,
    transactions: u64,
    ahead: u64,
}

fn measure(run: &mut Run) -> Result<(Vec<Slice>, Level), Fault> {
    let mut slices = Vec::new();
    let mut level =
        Level { standing: u64::MAX, ringing: u64::MAX, transactions: u64::MAX, ahead: u64::MAX };
    run.ahead = u64::MAX;
    for _ in 0..run.sizes.slices {
        run.slice = Slice::default();
        for _ in 0..run.sizes.turns_a_slice {
            run.turn(run.sizes.calls_a_turn)?;
        }
        slices.push(run.slice);
        let state = run.made.worker.engine().state();
        let ringing = u64::from(state.setups.used());
        level.standing = level.standing.min(u64::from(state.calls.used()).saturating_sub(ringing));
        level.ringing = level.ringing.min(ringing);
        level.transactions = level.transactions.min(state.txns.used().into());
    }
    level.ahead = run.ahead;
    Ok((slices, level))
}

fn metrics(run: &Run, slices: &[Slice], level: &Level) -> Vec<Metric> {
    let mut per_call: Vec<f64> = slices.iter().map(|slice| slice.kept.per_call()).collect();
    per_call.sort_unstable_by(f64::total_cmp);
    let at = |place: usize| per_call.get(place).copied().unwrap_or(f64::NAN);
    let median = at(per_call.len() / 2);
    let sum =
        |part: fn(&Slice) -> Polls| slices.iter().map(part).fold(Polls::default(), Polls::plus);
    let (kept, gaps) = (sum(|slice| slice.kept), sum(|slice| slice.gaps));
    let all = kept.plus(gaps);
    let hz = run.made.clock.hz() as f64;
    let generator = &run.made.generator;
    vec![
        Metric::new("router_cycles_per_call", median, "cycles").bound(FLOOR, GOAL),
        Metric::new("router_cycles_per_call_min", at(0), "cycles"),
        Metric::new("router_cycles_per_call_max", at(per_call.len().saturating_sub(1)), "cycles"),
        Metric::new("router_cycles_per_message", median / KINDS as f64, "cycles"),
        Metric::new("router_calls_per_second", hz / median, "calls/s"),
        Metric::new("router_cycles_per_call_with_gaps", all.per_call(), "cycles"),
        Metric::new("gap_polls", gaps.count as f64, "polls"),
        Metric::new("gap_time", 100.0 * gaps.ticks as f64 / all.ticks.max(1) as f64, "%"),
        Metric::new("polls", all.count as f64, "polls"),
        Metric::new("packets_per_poll", all.packets as f64 / all.count.max(1) as f64, "packets"),
        Metric::new("calls_measured", all.packets as f64 / KINDS as f64, "calls"),
        Metric::new("calls", generator.begun() as f64, "calls"),
        Metric::new("standing_calls", level.standing as f64, "calls"),
        Metric::new("ringing_calls", level.ringing as f64, "calls"),
        Metric::new("transactions_alive", level.transactions as f64, "transactions"),
        Metric::new("prefixes", run.made.notes.prefixes as f64, "prefixes"),
        Metric::new("packets_ahead", level.ahead as f64 / f64::from(1 << 20), "MiB"),
        Metric::new("images_adopted", run.adopted as f64, "images"),
        Metric::new("router_heap_calls", run.heap_calls as f64, "calls"),
        Metric::new("tsc_overhead", run.overhead as f64, "cycles"),
        Metric::new("tsc_hz", hz, "Hz"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allocator_counts_what_this_thread_asks_for_and_nothing_else() {
        let before = heap_calls();
        drop(std::hint::black_box(Box::new(7u64)));
        assert_eq!(heap_calls() - before, 2);
        assert_eq!(heap_calls() - before, 2);
    }
}
