//! Owns the making of a worker on its own core, and the gate that it waits at until privileges are dropped.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrayvec::ArrayVec;
use crossbeam::channel::{Receiver, Sender, bounded};
use dpdk::tsc::TscClock;
use hugepages::anchor;
use hugepages::memory::PageKind;
use hugepages::ring::Producer;
use hugepages::tally::Tally;
use routing::TechniqueState;

use super::crew::Lines;
use super::ports::WorkerPorts;
use super::{StartError, memory};
use crate::config::{self, Config, UnknownSource};
use crate::dialog::keyring::{KeyRing, SECRET_BYTES};
use crate::keeper::Pressure;
use crate::keeper::unsettled::Unsettled;
use crate::keys::MAX_KEYS;
use crate::net::Endpoint;
use crate::owner::Layout;
use crate::proxy::{Active, Engine, Env, ListenerText, State, Timers};
use crate::worker::{Desk, Ended, Idle, Worker, WorkerParts};

/// What all workers are made from alike.
#[derive(Clone)]
pub(super) struct Common {
    pub tally: Arc<Tally>,
    pub unsettled: Unsettled,
    pub secrets: ArrayVec<(u8, [u8; SECRET_BYTES]), MAX_KEYS>,
    pub pages: PageKind,
    pub clock: TscClock,
    pub start_tsc: u64,
    /// Drawn for this run of the process; its low bits tell the branches of one run from those of another.
    pub boot: u64,
}

/// Everything that a worker is made from, handed to its core.
pub(super) struct Order {
    pub number: u16,
    pub common: Common,
    pub anchor: anchor::Reader,
    pub pressure: Pressure,
    pub lines: Lines,
    pub desk: Desk,
    pub ports: WorkerPorts,
}

/// The starter's side of the gate.
pub(super) struct Opener {
    ready: Receiver<Result<(), StartError>>,
    go: Sender<()>,
}

/// The worker's side of the gate.
pub(super) struct Gate {
    ready: Sender<Result<(), StartError>>,
    go: Receiver<()>,
}

/// A gate that both sides pass once.
pub(super) fn gate() -> (Opener, Gate) {
    let (ready, ready_from) = bounded(1);
    let (go, go_from) = bounded(1);
    (Opener { ready: ready_from, go }, Gate { ready, go: go_from })
}

/// A gate whose worker is ready.
pub(super) struct Begun(Sender<()>);

impl Begun {
    /// Lets the worker run.
    pub fn go(self) {
        // A worker that is gone shows in its handle.
        let _gone = self.0.send(());
    }
}

impl Opener {
    /// Waits until the worker has reserved everything.
    ///
    /// # Errors
    /// What it could not reserve.
    pub fn wait_until_ready(self) -> Result<Begun, StartError> {
        self.ready.recv().map_err(|_| StartError::WorkerGone)??;
        Ok(Begun(self.go))
    }
}

/// Runs a worker on the calling core: its memory is taken there, so that it lies on that core's NUMA node.
pub(super) fn run(order: Order, config: &Config, gate: Gate, stop: &AtomicBool) -> Ended {
    let mut worker = match make(order, config) {
        Ok(worker) => {
            let _gone = gate.ready.send(Ok(()));
            worker
        }
        Err(error) => {
            let _gone = gate.ready.send(Err(error));
            return Ended::Stopped;
        }
    };
    if gate.go.recv().is_err() {
        return Ended::Stopped;
    }
    let idle = match config.idle {
        config::Idle::Spin => Idle::Spin,
        config::Idle::Relax => Idle::Relax,
    };
    worker.run(idle, stop)
}

fn make(order: Order, config: &Config) -> Result<Worker, StartError> {
    let Order { number, common, anchor, pressure, lines, desk, ports } = order;
    Ok(Worker::new(WorkerParts {
        number,
        ports: ports.queues,
        tables: ports.tables,
        routes: ports.routes,
        pool: ports.pool,
        seat: ports.seat,
        engine: engine(number, &common, config, pressure, lines.events)?,
        clock: common.clock,
        start_tsc: common.start_tsc,
        anchor,
        counters: lines.counters,
        notes: lines.notes,
        desk,
    }))
}

/// The SIP core of a worker.
fn engine(
    number: u16,
    common: &Common,
    config: &Config,
    pressure: Pressure,
    events: Producer,
) -> Result<Engine, StartError> {
    let timers = Timers {
        t1_ms: config.timers.t1_ms,
        t2_ms: config.timers.t2_ms,
        t4_ms: config.timers.t4_ms,
        give_up_ms: u64::from(config.timers.b_ms),
        c_ms: config.timers.c_ms,
        ..Timers::default()
    };
    let listeners = config.listeners.iter().map(|listener| {
        let endpoint =
            Endpoint { ipv4: listener.socket.ip().to_bits(), port: listener.socket.port() };
        ListenerText::new(endpoint, listener.unknown_source == UnknownSource::Forbidden)
    });
    let keys = KeyRing::new(&common.secrets).ok_or(StartError::NoKey)?;
    let [seed, _] = random_words();
    let technique = TechniqueState::new(0, u32::from(number), seed);
    let capacity = memory::capacity(config);
    let mut state = State::new(capacity, &timers, common.pages, technique, events, 0, seed)?;
    state.active = Active::of(Arc::clone(&common.tally));
    let env = Env {
        // It comes to the desk before the first packet, if there is one.
        image: None,
        switches: routing::Switches::new(),
        layout: Layout::new(config.cores.workers.len(), keys.newest()).id(),
        keys,
        listeners: listeners.collect(),
        timers,
        limits: parser::Limits { bare_lf: config.sip.bare_lf, ..parser::Limits::default() },
        member: config.member,
        // Below `MAX_WORKERS`, as the configuration was checked for.
        core: u8::try_from(number).unwrap_or(u8::MAX),
        boot: (common.boot & 0xffff) as u16,
        unsettled: common.unsettled.clone(),
        pressure,
    };
    Ok(Engine::new(env, state))
}

/// Random words for what has to differ from run to run but is no secret.
pub(super) fn random_words() -> [u64; 2] {
    let mut bytes = [0u8; 16];
    // Without randomness the runs of one machine look alike, which only weakens the run check of branches.
    let _short = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
    let wide = u128::from_le_bytes(bytes);
    [(wide & u128::from(u64::MAX)) as u64, (wide >> 64) as u64]
}
