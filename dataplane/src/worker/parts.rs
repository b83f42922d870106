//! Owns what a worker is made of: ports, tables, rings and clocks, each reserved before the worker runs.
//! Cold: read once, when a worker is made. Refuses to know what it does with them.

use dpdk::Mempool;
use dpdk::port::{RxQueue, TxQueue};
use dpdk::tsc::TscClock;
use hugepages::anchor;
use hugepages::counters::Counters;
use hugepages::ring::Producer;

use super::desk::Desk;
use super::peers::Seat;
use crate::net::route::Routes;
use crate::net::{PortIndex, Tables};
use crate::proxy::Engine;

/// One port of a worker.
pub struct WorkerPort {
    /// Its number in the configuration.
    pub index: PortIndex,
    /// Where packets come from; a worker without one gets its share from the others.
    pub rx: Option<RxQueue>,
    /// Where packets go to; the frames of a worker without one leave through worker 0, which has one.
    pub tx: Option<TxQueue>,
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
    /// Its place among the other workers.
    pub seat: Seat,
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
    /// What comes from the control plane.
    pub desk: Desk,
}
