//! Owns the loop of a worker: bursts in from the NIC, through net and SIP core, and out again.
//! Hot. Knows nothing of files, logs or the wall clock; it meets the keeper in rings and words.
//!
//! ```text
//! every poll   each port: receive ─ classify ─┬─ ARP, ICMP ─► frames
//!                                             ├─ another worker's datagram ─► its channel
//!                                             └─ ours ─┐
//!              each other worker: what it handed over ─┴─► batch ─ SIP core ─► frames ─ send
//! every ms     images and switches, timers of transactions, of neighbours
//! every 100 ms counters and gauges published
//! ```
//!
//! A worker allocates nothing after [`Worker::new`] and, on ports that need none, makes no system call with
//! `idle = spin`. A panic is caught around one poll: the burst is lost and counted, the loop goes on, and three
//! within ten seconds end it, so that the process is restarted.

mod batch;
mod desk;
mod gauges;
mod handover;
mod packet;
mod parts;
pub mod peers;
mod run;
mod wire;

use arrayvec::ArrayVec;
use dpdk::Burst;
use dpdk::port::RxQueue;
use dpdk::tsc::TscClock;
use hugepages::anchor;
use hugepages::counters::Counters;
use hugepages::ring::Producer;

use crate::keeper::note::{Note, NoteKind};
use crate::net::neighbour::{Neighbours, Settings};
use crate::net::{MAX_INTERFACES, PortIndex};
use crate::proxy::{self, Engine, Now};
use crate::verdict::VerdictCounts;
use batch::{Batch, Place};
use peers::{Handed, Inbox, Peers};

pub use desk::Desk;
pub use gauges::names as counter_names;
pub use parts::{WorkerParts, WorkerPort};
pub use run::{Ended, Idle};
use wire::{PortOut, Wire};

/// Packets that are taken from a queue at a time: as many as the SIP core looks at together.
pub const BURST: usize = proxy::BURST;
/// How much of each packet of its own a worker asks for before it parses the first: headers of an INVITE and more,
/// without its SDP's end.
const PREFETCH_BYTES: usize = 768;
/// How much of each packet a worker among several asks for before it looks for the owner: what mostly names that.
const OWNER_BYTES: usize = 320;
/// How often gauges and counters are published.
const PUBLISH_MS: u64 = 100;

/// A worker: everything that one core needs to route calls.
pub struct Worker {
    number: u16,
    rx: ArrayVec<(PortIndex, RxQueue), MAX_INTERFACES>,
    burst: Burst<BURST>,
    batch: Batch,
    wire: Wire,
    inbox: Inbox,
    /// What was taken from the inbox and waits for its packets.
    held: ArrayVec<Handed, BURST>,
    engine: Engine,
    clock: TscClock,
    start_tsc: u64,
    anchor: anchor::Reader,
    now: Now,
    verdicts: VerdictCounts,
    taken_over: u64,
    panics: u64,
    counters: Counters,
    notes: Producer,
    desk: Desk,
    next_publish_ms: u64,
    polls: u64,
    busy_polls: u64,
    busy_ticks: u64,
}

impl Worker {
    /// A worker over started ports.
    pub fn new(parts: WorkerParts) -> Self {
        let mut rx = ArrayVec::new();
        let mut out = ArrayVec::new();
        for port in parts.ports {
            if let Some(queue) = port.rx {
                rx.push((port.index, queue));
            }
            out.push(PortOut::new(port.index, port.tx, port.tx_checksums));
        }
        Worker {
            number: parts.number,
            rx,
            burst: Burst::new(),
            batch: Batch::new(),
            wire: Wire::new(
                out,
                parts.tables,
                parts.routes,
                Neighbours::new(Settings::default()),
                parts.pool,
                parts.seat.peers,
            ),
            inbox: parts.seat.inbox,
            held: ArrayVec::new(),
            engine: parts.engine,
            clock: parts.clock,
            start_tsc: parts.start_tsc,
            anchor: parts.anchor,
            now: Now::default(),
            verdicts: VerdictCounts::new(),
            taken_over: 0,
            panics: 0,
            counters: parts.counters,
            notes: parts.notes,
            desk: parts.desk,
            next_publish_ms: 0,
            polls: 0,
            busy_polls: 0,
            busy_ticks: 0,
        }
    }

    /// Takes one burst from every port and does what time has brought; gives the packets taken.
    #[inline]
    pub fn poll(&mut self) -> usize {
        let tsc = dpdk::tsc::now();
        let taken = self.poll_at(tsc);
        if taken > 0 {
            self.busy_polls += 1;
            self.busy_ticks += dpdk::tsc::now().wrapping_sub(tsc);
        }
        taken
    }

    /// As [`Worker::poll`], at a time that the caller gives: a reading of the TSC, real or simulated, not below the
    /// one before.
    #[inline]
    pub fn poll_at(&mut self, tsc: u64) -> usize {
        let now_us = self.clock.micros(tsc.wrapping_sub(self.start_tsc));
        let was_ms = self.now.ms;
        self.now = Now::new(now_us, self.anchor.read(tsc).utc_us(tsc));
        self.wire.now_ms = self.now.ms;
        let mut taken = 0;
        // Before the queues, so that its packets are here when those of the queues have been handled. After a panic
        // something may still be held.
        if self.held.is_empty() && !self.inbox.is_empty() {
            self.held = self.inbox.take(0, PREFETCH_BYTES);
        }
        for at in 0..self.rx.len() {
            taken += self.receive(at);
        }
        if !self.inbox.is_empty() {
            taken += self.take_over();
        }
        self.settle();
        if self.now.ms != was_ms {
            self.every_ms();
        }
        self.wire.flush();
        self.polls += 1;
        taken
    }

    /// Takes one burst from port `at`: answers, drops, hands over, and gathers what the SIP core is to have.
    #[inline]
    fn receive(&mut self, at: usize) -> usize {
        if self.batch.is_due() {
            self.settle();
        }
        let Some((port, rx)) = self.rx.get_mut(at) else { return 0 };
        let port = *port;
        let taken = rx.receive(&mut self.burst);
        if taken == 0 {
            return 0;
        }
        let Worker { burst, batch, wire, engine, verdicts, .. } = self;
        burst.prefetch(if wire.peers.is_alone() { PREFETCH_BYTES } else { OWNER_BYTES });
        for mbuf in burst.drain() {
            if let Some(verdict) = packet::take(wire, batch, engine.env(), port, mbuf) {
                verdicts.count(verdict);
            }
        }
        taken
    }

    /// Hands over what belongs to others, and gathers one burst of what each of them has handed over: always one burst
    /// while the packets of the next are on their way.
    fn take_over(&mut self) -> usize {
        // At once, so that they have it while this worker is busy.
        self.wire.peers.publish();
        let mut taken = 0;
        for next in 1..=self.inbox.len() {
            if self.batch.is_due() {
                self.settle();
            }
            let coming = self.inbox.take(next, PREFETCH_BYTES);
            for handed in core::mem::replace(&mut self.held, coming) {
                taken += 1;
                self.handed(handed);
            }
        }
        self.taken_over += taken as u64;
        taken
    }

    /// Takes one thing that another worker handed over.
    #[inline]
    fn handed(&mut self, handed: Handed) {
        match handed {
            Handed::Datagram { mbuf, listener, source, payload } => {
                self.batch.push(mbuf, Place { source, payload, listener, opened: None });
            }
            Handed::Frame { mbuf, port } => self.wire.push(port, mbuf),
            Handed::Heard(message) => {
                self.wire.take_in(&message);
            }
            Handed::Neighbour { mac, interface, ip } => self.wire.adopt(interface, ip, mac),
        }
    }

    /// Lets the SIP core have what was gathered.
    #[inline]
    fn settle(&mut self) {
        let Worker { batch, wire, engine, verdicts, now, .. } = self;
        batch.settle(*now, engine, wire, verdicts);
    }

    /// What is due each millisecond.
    fn every_ms(&mut self) {
        self.attend();
        self.engine.tick(self.now, &mut self.wire);
        self.wire.tick();
        if self.now.ms >= self.next_publish_ms {
            self.next_publish_ms = self.now.ms + PUBLISH_MS;
            self.publish();
        }
    }

    /// Leaves a note for the log; dropped when the keeper is behind.
    fn note(&mut self, kind: NoteKind, first: u64, second: u64) {
        let note = Note { kind, worker: self.number, first, second }.to_bytes();
        if let Some(mut slot) = self.notes.reserve(note.len()) {
            slot.copy_from_slice(&note);
            slot.commit();
        }
    }

    /// Says on every link who has our addresses, so that neighbours need not ask. One worker says it for all.
    pub fn announce(&mut self) {
        if self.number != 0 {
            return;
        }
        self.wire.announce();
        self.wire.flush();
    }

    /// The verdicts counted so far.
    pub fn verdicts(&self) -> &VerdictCounts {
        &self.verdicts
    }

    /// Its SIP core.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its ways to the other workers.
    pub fn peers(&self) -> &Peers {
        &self.wire.peers
    }

    /// What the NICs and neighbours refused.
    pub fn unsent(&self) -> u64 {
        self.wire.unsent()
    }
}
