//! Owns the loop of a worker: bursts in from the NIC, through net and SIP core, and out again.
//! Hot. Knows nothing of files, logs or the wall clock; it meets the keeper in rings and words.
//!
//! ```text
//! every poll   each port: receive ─ classify ─ ARP / ICMP / SIP core ─► frames ─ send
//! every ms     timers of transactions, of neighbours
//! every 100 ms counters and gauges published
//! ```
//!
//! A worker allocates nothing after [`Worker::new`] and, on ports that need none, makes no system call with
//! `idle = spin`. A panic is caught around one poll: the burst is lost and counted, the loop goes on, and three
//! within ten seconds end it, so that the process is restarted.

mod gauges;
mod run;
mod wire;

use arrayvec::ArrayVec;
use dpdk::port::{RxQueue, TxQueue};
use dpdk::tsc::TscClock;
use dpdk::{Burst, Mbuf, Mempool};
use hugepages::anchor;
use hugepages::counters::Counters;
use hugepages::ring::Producer;
use simd::Padded;

use crate::keeper::note::{Note, NoteKind};
use crate::net::neighbour::{Neighbours, Settings};
use crate::net::route::Routes;
use crate::net::{ArpMessage, MAX_INTERFACES, PortIndex, Tables, arp, icmp, ingress};
use crate::proxy::{self, Datagram, Engine, Now};
use crate::verdict::{Verdict, VerdictCounts};

pub use gauges::names as counter_names;
pub use run::{Ended, Idle};
use wire::{PortOut, Wire};

/// Packets that are taken from a queue at a time: as many as the SIP core looks at together.
pub const BURST: usize = proxy::BURST;
const _: () = assert!(BURST <= 64, "a word has a bit for each packet of a burst");
/// How much of each packet is asked for before the first is looked at: headers of an INVITE and more, without
/// its SDP's end.
const PREFETCH_BYTES: usize = 768;
/// How often gauges and counters are published.
const PUBLISH_MS: u64 = 100;

/// One port of a worker.
pub struct WorkerPort {
    /// Its number in the configuration.
    pub index: PortIndex,
    /// Where packets come from.
    pub rx: RxQueue,
    /// Where packets go to.
    pub tx: TxQueue,
    /// Whether the NIC fills in IPv4 and UDP checksums.
    pub tx_checksums: bool,
}

/// What a worker is made of.
pub struct WorkerParts {
    /// Its number, from 0.
    pub number: u16,
    /// Its ports.
    pub ports: Vec<WorkerPort>,
    /// Interfaces and listeners.
    pub tables: Tables,
    /// Where addresses are reached.
    pub routes: Routes,
    /// Where sent packets come from.
    pub pool: Mempool,
    /// The SIP core.
    pub engine: Engine,
    /// The calibrated TSC.
    pub clock: TscClock,
    /// The TSC that `Now` counts from.
    pub start_tsc: u64,
    /// UTC, from the keeper.
    pub anchor: anchor::Reader,
    /// Counters made with [`counter_names`].
    pub counters: Counters,
    /// Notes for the log.
    pub notes: Producer,
}

/// A worker: everything that one core needs to route calls.
pub struct Worker {
    number: u16,
    rx: ArrayVec<(PortIndex, RxQueue), MAX_INTERFACES>,
    burst: Burst<BURST>,
    wire: Wire,
    engine: Engine,
    clock: TscClock,
    start_tsc: u64,
    anchor: anchor::Reader,
    now: Now,
    verdicts: VerdictCounts,
    counters: Counters,
    notes: Producer,
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
            rx.push((port.index, port.rx));
            out.push(PortOut::new(port.index, port.tx, port.tx_checksums));
        }
        Worker {
            number: parts.number,
            rx,
            burst: Burst::new(),
            wire: Wire::new(
                out,
                parts.tables,
                parts.routes,
                Neighbours::new(Settings::default()),
                parts.pool,
            ),
            engine: parts.engine,
            clock: parts.clock,
            start_tsc: parts.start_tsc,
            anchor: parts.anchor,
            now: Now::default(),
            verdicts: VerdictCounts::new(),
            counters: parts.counters,
            notes: parts.notes,
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
        for at in 0..self.rx.len() {
            taken += self.receive(at);
        }
        if self.now.ms != was_ms {
            self.every_ms();
        }
        self.wire.flush();
        self.polls += 1;
        taken
    }

    /// Takes one burst from port `at`.
    #[inline]
    fn receive(&mut self, at: usize) -> usize {
        let Some((index, rx)) = self.rx.get_mut(at) else { return 0 };
        let index = *index;
        let taken = rx.receive(&mut self.burst);
        if taken == 0 {
            return 0;
        }
        let Worker { burst, wire, engine, verdicts, now, .. } = self;
        burst.prefetch(PREFETCH_BYTES);
        let mut datagrams: ArrayVec<Datagram<'_>, BURST> = ArrayVec::new();
        let mut others = 0u64;
        for (at, mbuf) in burst.iter().enumerate() {
            match inbound(wire, index, mbuf) {
                ingress::Inbound::Sip { listener, source, payload } => {
                    match payload_of(mbuf, payload) {
                        Some(payload) => datagrams.push(Datagram { listener, source, payload }),
                        None => verdicts.count(Verdict::DropTooLong),
                    }
                }
                ingress::Inbound::Drop(verdict) => verdicts.count(verdict),
                ingress::Inbound::Arp(_) | ingress::Inbound::Echo { .. } => others |= 1 << at,
            }
        }
        engine.receive(*now, &datagrams, wire, |verdict| verdicts.count(verdict));
        drop(datagrams);
        if others == 0 {
            burst.clear();
        } else {
            answer_others(wire, index, burst, others, verdicts);
        }
        taken
    }

    /// What is due each millisecond.
    fn every_ms(&mut self) {
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

    /// Says on every link who has our addresses, so that neighbours need not ask.
    pub fn announce(&mut self) {
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

    /// What the NICs and neighbours refused.
    pub fn unsent(&self) -> u64 {
        self.wire.unsent()
    }
}

/// Says what a packet is for.
#[inline]
fn inbound(wire: &Wire, port: PortIndex, mbuf: &Mbuf) -> ingress::Inbound {
    if mbuf.segments() != 1 {
        return ingress::Inbound::Drop(Verdict::DropTruncated);
    }
    let checksum = match mbuf.rx_checksum() {
        dpdk::mbuf::RxChecksum::Good => ingress::RxChecksum::Good,
        dpdk::mbuf::RxChecksum::Bad => ingress::RxChecksum::Bad,
        dpdk::mbuf::RxChecksum::Unknown => ingress::RxChecksum::Unknown,
    };
    ingress::classify(mbuf.data(), port, &wire.tables, checksum)
}

/// The payload of a datagram with the padding that the parser reads over; `None` without room for that.
#[inline]
fn payload_of(mbuf: &Mbuf, payload: ingress::Extent) -> Option<Padded<'_>> {
    let (room, _) = mbuf.padded();
    Padded::new(room.get(payload.range().start..)?, payload.range().len())
}

/// Answers the packets of a burst that are not SIP, whose places are set in `others`, and gives all back.
#[cold]
fn answer_others(
    wire: &mut Wire,
    port: PortIndex,
    burst: &mut Burst<BURST>,
    others: u64,
    verdicts: &mut VerdictCounts,
) {
    for (at, mut mbuf) in burst.drain().enumerate() {
        if others >> at & 1 == 0 {
            continue;
        }
        let verdict = match inbound(wire, port, &mbuf) {
            ingress::Inbound::Arp(message) => {
                answer_arp(wire, &message, mbuf);
                Verdict::Arp
            }
            _ => match icmp::echo_reply(mbuf.data_mut()) {
                Some(len) if mbuf.set_len(len).is_ok() => {
                    wire.push(port, mbuf);
                    Verdict::IcmpEcho
                }
                _ => Verdict::DropIcmp,
            },
        };
        verdicts.count(verdict);
    }
}

/// Learns from an ARP packet, and answers it in its own buffer.
fn answer_arp(wire: &mut Wire, message: &ArpMessage, mut mbuf: Mbuf) {
    wire.learn(message);
    if !message.wants_answer() {
        return;
    }
    let Some(mac) = wire.tables.interface(message.interface).map(|interface| interface.mac) else {
        return;
    };
    if let Some(len) = arp::answer(mbuf.room_mut(), mac, message)
        && mbuf.set_len(len).is_ok()
    {
        wire.push(message.interface, mbuf);
    }
}
