//! Owns a router with its traffic: fills its queues, lets it drain them, and holds what came out against what went in.
//! Refuses to know what is made of the time that it took.

use std::sync::Arc;

use dpdk::tsc::TscClock;
use hugepages::ring::Consumer;

use super::helper::Helper;
use super::phase::{Core, Phase, Stint, WORKERS};
use crate::fault::{Fault, expect};
use crate::frame::Spread;
use crate::generator::Generator;
use crate::message::Kind;
use crate::rig::{Kept, Rig};
use crate::router::Ground;
use crate::turns::{DRAIN_TURNS, FORGET_US, router_poll};
use crate::verify::{Events, check_empty, check_verdicts};

/// Polls in which a router learns where its peers are.
const GREETING_POLLS: usize = 64;

/// A router with its traffic.
pub struct Site {
    /// By number; none while it is on the other core.
    cores: Vec<Box<Core>>,
    generator: Generator,
    events: Vec<Consumer>,
    counted: Events,
    clock: TscClock,
    start_tsc: u64,
    sim: u64,
    turn_ticks: u64,
    calls_a_phase: u64,
    spread: Spread,
    /// Frames that the router has had.
    frames: u64,
    heap_calls: u64,
    _kept: Kept,
}

/// A phase as it was.
#[derive(Clone, Copy, Debug)]
pub struct Drained {
    /// Packets that lay in the queues.
    pub packets: u64,
    /// From the common start to the last worker's end.
    pub ticks: u64,
    /// By worker; unused ones are zero.
    pub stints: [Stint; WORKERS],
    /// How many workers there were.
    pub workers: usize,
}

impl Site {
    /// A router of `workers` workers.
    ///
    /// # Errors
    /// What could not be made.
    pub fn new(ground: &Ground, workers: u8) -> Result<Site, Fault> {
        // No image comes, but each worker looks for one once a millisecond like any.
        let Rig { workers: made, generator, events, issuers: _, kept } = Rig::new(ground, workers)?;
        let sizes = ground.sizes;
        let turn_us = sizes.calls_a_turn * 1_000_000 / sizes.rate;
        let mut site = Site {
            cores: made.into_iter().map(|worker| Core::new(worker, &ground.clock)).collect(),
            generator,
            events,
            counted: Events::default(),
            clock: ground.clock,
            start_tsc: ground.start_tsc,
            sim: ground.start_tsc,
            turn_ticks: ground.clock.ticks_from_micros(turn_us),
            calls_a_phase: sizes.calls_a_turn * u64::from(workers),
            spread: Spread::Mixed,
            frames: 0,
            heap_calls: 0,
            _kept: kept,
        };
        (0..GREETING_POLLS).for_each(|_| site.poll_all());
        site.frames = site.generator.frames();
        Ok(site)
    }

    /// Simulated time since the start.
    pub fn now_us(&self) -> u64 {
        self.clock.micros(self.sim - self.start_tsc)
    }

    /// Chooses how datagrams come to the queues from here on, by which polls find more or fewer that are to be handed
    /// over.
    pub fn spread(&mut self, spread: Spread) {
        self.spread = spread;
        self.generator.spread(spread);
        self.cores.iter_mut().for_each(|core| core.forget_pace(&self.clock));
    }

    /// Calls begun so far.
    pub fn calls(&self) -> u64 {
        self.generator.begun()
    }

    /// How often workers have asked the heap while they polled.
    pub fn heap_calls(&self) -> u64 {
        self.heap_calls
    }

    /// The fewest calls that stand at a worker, and the fewest that ring.
    pub fn level(&self) -> (u64, u64) {
        let states = self.cores.iter().map(|core| core.worker.engine().state());
        let levels = states.map(|state| {
            let ringing = u64::from(state.setups.used());
            (u64::from(state.calls.used()).saturating_sub(ringing), ringing)
        });
        levels.reduce(|a, b| (a.0.min(b.0), a.1.min(b.1))).unwrap_or_default()
    }

    /// A phase with as many new calls as the rate wants.
    ///
    /// # Errors
    /// What came out is not what had to.
    pub fn phase(&mut self, helper: &Helper) -> Result<Drained, Fault> {
        self.phase_with(helper, self.calls_a_phase)
    }

    fn phase_with(&mut self, helper: &Helper, new_calls: u64) -> Result<Drained, Fault> {
        let before = *self.generator.counts();
        self.generator.begin(new_calls);
        self.generator.send(self.now_us());
        let packets = self.generator.frames() - self.frames;
        self.frames += packets;
        let end = self.sim + self.turn_ticks;
        let handed = match self.spread {
            Spread::Mixed | Spread::Flows => packets * (self.cores.len() as u64 - 1) / 2,
            Spread::Right => 0,
        };
        let phase = Arc::new(Phase::new(self.cores.len(), packets, handed, (self.sim, end)));
        let stints = self.run(helper, &phase)?;
        self.sim = end;
        let now_us = self.now_us();
        while self.generator.receive(now_us) > 0 {}
        self.generator.check()?;
        for ring in &mut self.events {
            self.counted.take(ring);
        }
        let after = self.generator.counts();
        for kind in Kind::ALL {
            // A carrier's 100 ends at the router; the caller gets the router's own.
            let cause = if kind == Kind::Trying { Kind::Invite } else { kind };
            let at = |counts: &[u64], kind: Kind| counts.get(kind as usize).copied().unwrap_or(0);
            let sent = at(&after.sent, cause) - at(&before.sent, cause);
            let received = at(&after.received, kind) - at(&before.received, kind);
            expect(format!("{} that came out of a phase", kind.text()), received, sent)?;
        }
        self.heap_calls += stints.iter().map(|stint| stint.heap_calls).sum::<u64>();
        let workers = self.cores.len();
        let used = || stints.iter().take(workers);
        let begun = used().map(|stint| stint.begun).min().unwrap_or(0);
        let ended = used().map(|stint| stint.ended).max().unwrap_or(0);
        Ok(Drained { packets, ticks: ended - begun, stints, workers })
    }

    /// The last worker drains on the other core; a first one, if there is, on this.
    fn run(&mut self, helper: &Helper, phase: &Arc<Phase>) -> Result<[Stint; WORKERS], Fault> {
        let mut stints = [Stint::default(); WORKERS];
        let Some(last) = self.cores.pop() else { return Err(Fault::Setup("a worker")) };
        let last_number = self.cores.len();
        helper.begin(last, phase, last_number)?;
        for (number, (core, stint)) in self.cores.iter_mut().zip(&mut stints).enumerate() {
            *stint = phase.drain(core, number);
        }
        let (last, stint) = helper.wait()?;
        self.cores.push(last);
        if let Some(cell) = stints.get_mut(last_number) {
            *cell = stint;
        }
        Ok(stints)
    }

    fn poll_all(&mut self) {
        for core in &mut self.cores {
            let heap = counting_allocator::heap_calls();
            while router_poll(&mut core.worker, self.sim) > 0 {}
            self.heap_calls += counting_allocator::heap_calls() - heap;
        }
    }

    /// Ends what has begun, lets time pass until everything is forgotten, and checks all counts.
    ///
    /// # Errors
    /// The first count that is off.
    pub fn finish(&mut self, helper: &Helper) -> Result<(), Fault> {
        for _ in 0..DRAIN_TURNS {
            if self.generator.alive() == 0 {
                break;
            }
            self.phase_with(helper, 0)?;
        }
        let step = self.clock.ticks_from_micros(1_000);
        for _ in 0..FORGET_US / 1_000 {
            self.sim += step;
            self.poll_all();
        }
        // The counts of ARP answers and the like are not of calls.
        while self.generator.receive(0) > 0 {}
        self.generator.check_complete()?;
        let calls = self.generator.begun();
        check_verdicts(self.cores.iter().map(|core| &core.worker), calls)?;
        self.counted.check(calls)?;
        for core in &self.cores {
            check_empty(core.worker.engine().state())?;
        }
        if self.heap_calls > 0 { Err(Fault::Allocated(self.heap_calls)) } else { Ok(()) }
    }
}
