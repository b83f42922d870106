//! Owns the making of a worker on its own core, and the gate that it waits at until privileges are dropped.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrayvec::ArrayVec;
use crossbeam::channel::{Receiver, Sender, bounded};
use dpdk::tsc::TscClock;
use hugepages::anchor;
use hugepages::counters::Counters;
use hugepages::memory::{MapError, PageKind};
use hugepages::ring::Producer;
use routing::{Image, TechniqueState};

use super::ports::StartedPorts;
use super::{StartError, memory};
use crate::config::{self, Config, UnknownSource};
use crate::dialog::keyring::{KeyRing, SECRET_BYTES};
use crate::keeper::Pressure;
use crate::keys::MAX_KEYS;
use crate::net::Endpoint;
use crate::proxy::{Engine, Env, ListenerText, State, Timers};
use crate::worker::{Ended, Idle, Worker, WorkerParts};

/// Everything that a worker is made from, handed to its core.
pub(super) struct Order {
    pub image: Arc<Image>,
    pub secrets: ArrayVec<(u8, [u8; SECRET_BYTES]), MAX_KEYS>,
    pub pages: PageKind,
    pub clock: TscClock,
    pub start_tsc: u64,
    pub anchor: anchor::Reader,
    pub pressure: Pressure,
    pub events: Producer,
    pub notes: Producer,
    pub counters: Counters,
    pub ports: StartedPorts,
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
    let (mut worker, _ports) = match make(order, config) {
        Ok(made) => {
            let _gone = gate.ready.send(Ok(()));
            made
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

fn make(
    order: Order,
    config: &Config,
) -> Result<(Worker, Vec<dpdk::Port<dpdk::port::Started>>), StartError> {
    let engine =
        engine(&order.image, &order.secrets, config, order.pages, order.pressure, order.events)?;
    let StartedPorts { worker_ports, tables, routes, pool, ports, .. } = order.ports;
    let worker = Worker::new(WorkerParts {
        number: 0,
        ports: worker_ports,
        tables,
        routes,
        pool,
        engine,
        clock: order.clock,
        start_tsc: order.start_tsc,
        anchor: order.anchor,
        counters: order.counters,
        notes: order.notes,
    });
    Ok((worker, ports))
}

/// The SIP core of worker 0.
fn engine(
    image: &Arc<Image>,
    secrets: &[(u8, [u8; SECRET_BYTES])],
    config: &Config,
    pages: PageKind,
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
    let [seed, boot] = random_words();
    let env = Env {
        image: Arc::clone(image),
        keys: KeyRing::new(secrets).ok_or(StartError::NoKey)?,
        listeners: listeners.collect(),
        timers,
        limits: parser::Limits { bare_lf: config.sip.bare_lf, ..parser::Limits::default() },
        member: 0,
        layout: 0,
        core: 0,
        boot: (boot & 0xffff) as u16,
        pressure,
    };
    let technique = TechniqueState::new(image.cursor_count(), 0, seed);
    let state = reserve(config, &timers, pages, technique, events, seed)?;
    Ok(Engine::new(env, state))
}

fn reserve(
    config: &Config,
    timers: &Timers,
    pages: PageKind,
    technique: TechniqueState,
    events: Producer,
    seed: u64,
) -> Result<State, MapError> {
    State::new(memory::capacity(config), timers, pages, technique, events, 0, seed)
}

/// Random words for what has to differ from run to run but is no secret.
fn random_words() -> [u64; 2] {
    let mut bytes = [0u8; 16];
    // Without randomness the runs of one machine look alike, which only weakens the run check of branches.
    let _short = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
    let wide = u128::from_le_bytes(bytes);
    [(wide & u128::from(u64::MAX)) as u64, (wide >> 64) as u64]
}
