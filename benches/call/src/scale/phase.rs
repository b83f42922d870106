//! Owns a measured phase: workers that begin together and drain what lies in their queues.
//! Refuses to know who filled them.
//!
//! How a worker knows that a phase is over without asking the others after every poll: each says how many packets have
//! their verdict when it finds nothing to do, and only then looks at what the others said. A packet that is handed
//! over has its verdict at its owner, so the sum reaches the number of packets in the queues when nothing lies in a
//! queue, in a channel or in a batch, and not before. What a worker does until its last packet is untouched by this.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use counting_allocator::heap_calls;
use dataplane::worker::Worker;
use dpdk::tsc::TscClock;

use crate::polls::{Polls, Usual};
use crate::turns::router_poll;

/// Most workers of a phase.
pub const WORKERS: usize = 2;

/// Polls that the time of a phase is worth.
const STEPS: u64 = 256;

/// A worker, and what is known of its pace.
pub struct Core {
    pub worker: Worker,
    usual: Usual,
}

impl Core {
    /// A worker that has done nothing yet.
    pub fn new(worker: Worker, clock: &TscClock) -> Box<Core> {
        Box::new(Core { worker, usual: Usual::new(clock) })
    }

    /// Learns anew what a packet usually takes.
    pub fn forget_pace(&mut self, clock: &TscClock) {
        self.usual = Usual::new(clock);
    }

    fn settled(&self) -> u64 {
        self.worker.verdicts().as_slice().iter().sum()
    }
}

/// Keeps what two cores write apart: processors fetch lines in pairs.
#[derive(Default)]
#[repr(align(128))]
struct OwnLine<T>(T);

/// What the workers of a phase share.
pub struct Phase {
    /// Packets in all queues.
    packets: u64,
    /// The simulated time that it begins at, and that it never passes.
    sim: (u64, u64),
    /// Simulated time of a packet, and of a poll that finds nothing when time is left at the end.
    share: u64,
    step: u64,
    workers: usize,
    arrived: OwnLine<AtomicUsize>,
    /// Packets with a verdict. Writer: the worker of that number; reader: all; order: Release, Acquire.
    settled: [OwnLine<AtomicU64>; WORKERS],
}

/// What one worker did in a phase.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stint {
    /// When it began, and when its last packet was done.
    pub begun: u64,
    pub ended: u64,
    /// Polls that found something.
    pub busy: Polls,
    /// Time by which polls took much longer than usual.
    pub gap_ticks: u64,
    /// Nanoseconds in which the kernel gave the core to somebody else.
    pub waited_ns: u64,
    /// Packets handed to the other.
    pub handed: u64,
    pub heap_calls: u64,
}

impl Phase {
    /// A phase of `workers` workers with `packets` in their queues, in simulated time from `sim.0` to `sim.1`; about
    /// `handed` of the packets are taken twice, because they are handed over.
    pub fn new(workers: usize, packets: u64, handed: u64, sim: (u64, u64)) -> Phase {
        let taken = packets + handed;
        Phase {
            packets,
            sim,
            share: (sim.1 - sim.0) * workers as u64 / taken.max(1),
            step: ((sim.1 - sim.0) / STEPS).max(1),
            workers,
            arrived: OwnLine::default(),
            settled: Default::default(),
        }
    }

    fn wait_for_all(&self) {
        self.arrived.0.fetch_add(1, Ordering::AcqRel);
        while self.arrived.0.load(Ordering::Acquire) < self.workers {
            spin_loop();
        }
    }

    /// Says how many packets of worker `number` have their verdict; whether all have.
    #[inline]
    fn is_over(&self, number: usize, settled: u64) -> bool {
        if let Some(cell) = self.settled.get(number) {
            cell.0.store(settled, Ordering::Release);
        }
        let all: u64 = self.settled.iter().map(|cell| cell.0.load(Ordering::Acquire)).sum();
        all >= self.packets
    }

    /// Lets a worker poll on the calling core until all packets have their verdict.
    pub fn drain(&self, core: &mut Core, number: usize) -> Stint {
        let (settled, waited) = (core.settled(), waited_ns());
        let handed = core.worker.peers().handed_over();
        self.wait_for_all();
        let heap = heap_calls();
        let begun = dpdk::tsc::now();
        let mut stint = Stint { begun, ended: begun, ..Stint::default() };
        let (mut sim, end) = self.sim;
        loop {
            let before = dpdk::tsc::now();
            let taken = router_poll(&mut core.worker, sim) as u64;
            let after = dpdk::tsc::now();
            if taken == 0 {
                if self.is_over(number, core.settled() - settled) {
                    break;
                }
                spin_loop();
                continue;
            }
            stint.ended = after;
            stint.busy.add(taken, after - before);
            stint.gap_ticks += core.usual.gap(taken, after - before).unwrap_or(0);
            sim = (sim + taken * self.share).min(end);
        }
        // Time that is left must not come upon the next phase's first poll all at once.
        while sim < end {
            sim = (sim + self.step).min(end);
            router_poll(&mut core.worker, sim);
        }
        stint.heap_calls = heap_calls() - heap;
        stint.waited_ns = waited_ns() - waited;
        stint.handed = core.worker.peers().handed_over() - handed;
        stint
    }
}

/// How long this thread has wanted to run and another ran instead.
fn waited_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().nth(1).and_then(|field| field.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phase_is_over_when_all_packets_have_their_verdict_wherever() {
        let phase = Phase::new(2, 10, 5, (0, 100));
        assert!(!phase.is_over(0, 4));
        assert!(!phase.is_over(1, 5));
        assert!(phase.is_over(0, 5));
        assert!(phase.is_over(1, 5));
        assert!(Phase::new(1, 0, 0, (0, 100)).is_over(0, 0));
    }

    #[test]
    fn time_goes_on_as_fast_for_two_with_twice_the_packets() {
        assert_eq!(Phase::new(1, 10, 0, (0, 100)).share, 10);
        // Each of two takes 15: ten from its queue, half of which it hands over, and five from the other.
        assert_eq!(Phase::new(2, 20, 10, (0, 150)).share, 10);
    }
}
