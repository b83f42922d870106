//! Owns the run with a core for the router and one for the generator, in real time: for looking at the router's thread
//! from outside while calls pass. Refuses to measure cycles: [`crate::turns`] does.

use bench_report::Metric;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;

use counting_allocator::heap_calls;
use dataplane::worker::Idle;
use dpdk::lcore;
use dpdk::tsc::TscClock;
use hugepages::ring::Consumer;

use crate::arguments::Arguments;
use crate::fault::{Fault, expect};
use crate::generator::Generator;
use crate::rig::{Made, make};
use crate::router::OTHER;
use crate::turns::ABOUT;
use crate::verify::{Events, check_verdicts};

/// How long the last calls may take to end.
const DRAIN_US: u64 = 20_000_000;

/// Runs until the last call has ended, then checks all counts.
///
/// # Errors
/// A count is off, or the router's thread allocated.
pub fn run(arguments: &Arguments) -> Result<(), Fault> {
    let Made { mut worker, generator, events, clock, start_tsc, kept: _kept, eal, .. } =
        make(arguments)?;
    let stop = Arc::new(AtomicBool::new(false));
    let (tell, told) = channel();
    let handle = {
        let stop = Arc::clone(&stop);
        lcore::launch(&eal, OTHER, move || {
            // The receiver waits for it.
            let _told = tell.send(rustix::thread::gettid().as_raw_nonzero().get());
            let before = heap_calls();
            worker.run(Idle::Spin, &stop);
            (worker, heap_calls() - before)
        })?
    };
    let tid = told.recv().map_err(|_| Fault::Setup("the router's thread"))?;
    let mut peers = Peers { generator, events, clock, start_tsc, counted: Events::default() };
    let traffic = peers.traffic(arguments, tid);
    stop.store(true, Ordering::Relaxed);
    let (worker, allocated) = handle.join()?;
    let seconds = traffic?;
    peers.generator.check_complete()?;
    let (calls, repeated) = (peers.generator.begun(), peers.generator.counts().repeated);
    if repeated == 0 {
        check_verdicts([&worker].into_iter(), calls)?;
    }
    peers.counted.check(calls)?;
    let metrics = [
        Metric::new("calls", calls as f64, "calls"),
        Metric::new("calls_per_second", calls as f64 / seconds, "calls/s"),
        Metric::new("repeated_messages", repeated as f64, "messages"),
        Metric::new("router_heap_calls", allocated as f64, "calls"),
    ];
    ABOUT.print(arguments.json, &metrics);
    expect("heap calls of the router's thread", allocated, 0)
}

struct Peers {
    generator: Generator,
    events: Consumer,
    clock: TscClock,
    start_tsc: u64,
    counted: Events,
}

impl Peers {
    fn now_us(&self) -> u64 {
        self.clock.micros(dpdk::tsc::now() - self.start_tsc)
    }

    fn turn(&mut self) -> Result<(), Fault> {
        let now_us = self.now_us();
        self.generator.receive(now_us);
        self.generator.send(now_us);
        self.counted.take(&mut self.events);
        self.generator.check()
    }

    /// Makes calls for the time asked for and lets them end; gives the seconds in which new ones came.
    fn traffic(&mut self, arguments: &Arguments, router_tid: i32) -> Result<f64, Fault> {
        let rate = arguments.sizes().rate;
        let begun_us = self.now_us();
        let until_us = begun_us + arguments.seconds * 1_000_000;
        let (mut wanted, mut said) = (0, false);
        while self.now_us() < until_us {
            let due = (self.now_us() - begun_us) * rate / 1_000_000;
            self.generator.begin(due - wanted);
            wanted = due;
            self.turn()?;
            if !said && self.generator.counts().complete > 0 {
                said = true;
                self.say(arguments, router_tid)?;
            }
        }
        let seconds = (self.now_us() - begun_us) as f64 / 1e6;
        while self.generator.alive() > 0 && self.now_us() < until_us + DRAIN_US {
            self.turn()?;
        }
        // The last call event may still be on its way.
        let patience = self.now_us() + 100_000;
        while self.now_us() < patience {
            self.turn()?;
        }
        Ok(seconds)
    }

    /// Names the router's thread once calls pass through it.
    fn say(&self, arguments: &Arguments, router_tid: i32) -> Result<(), Fault> {
        let line = format!("router_tid={router_tid}\n");
        let written = if arguments.json {
            std::io::stderr().write_all(line.as_bytes())
        } else {
            let mut out = std::io::stdout();
            out.write_all(line.as_bytes()).and_then(|()| out.flush())
        };
        written.map_err(|source| Fault::Write { what: "the thread's id".to_owned(), source })
    }
}
