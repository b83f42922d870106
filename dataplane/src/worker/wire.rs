//! Owns the way out of a worker: datagrams become frames, wait for their neighbour, and leave in bursts.
//! Hot. Knows nothing of SIP.

use arrayvec::ArrayVec;
use dpdk::port::TxQueue;
use dpdk::{Burst, Mbuf, Mempool};
use parser::write::Overflow;

use super::BURST;
use crate::net::egress::{self, HEADER_LEN, Path, TxChecksum, max_payload};
use crate::net::neighbour::{Neighbours, Resolution};
use crate::net::route::Routes;
use crate::net::{
    ArpMessage, BROADCAST, Endpoint, ListenerId, MAX_INTERFACES, PortIndex, Tables, arp,
};
use crate::proxy::outbox::{Outbox, SendError};

/// Bytes of Ethernet and IPv4 header in front of a UDP header, for checksum offload.
const L2_LEN: usize = 14;
const L3_LEN: usize = 20;

/// The sending half of a port, with the burst that is being filled.
pub(super) struct PortOut {
    index: PortIndex,
    tx: TxQueue,
    checksum: TxChecksum,
    burst: Burst<BURST>,
}

impl PortOut {
    pub fn new(index: PortIndex, tx: TxQueue, tx_checksums: bool) -> Self {
        let checksum = if tx_checksums { TxChecksum::Offload } else { TxChecksum::Software };
        PortOut { index, tx, checksum, burst: Burst::new() }
    }
}

/// Everything between the SIP core and the NIC.
pub(super) struct Wire {
    pub tables: Tables,
    pub now_ms: u64,
    ports: ArrayVec<PortOut, MAX_INTERFACES>,
    routes: Routes,
    neighbours: Neighbours<Mbuf>,
    /// The default listener of each interface.
    default_listeners: [Option<ListenerId>; MAX_INTERFACES],
    pool: Mempool,
    identification: u16,
    /// Frames that the NIC refused.
    refused: u64,
    /// Frames that waited for a neighbour in vain.
    expired: u64,
    pool_empty: u64,
}

impl Wire {
    pub fn new(
        ports: ArrayVec<PortOut, MAX_INTERFACES>,
        tables: Tables,
        routes: Routes,
        neighbours: Neighbours<Mbuf>,
        pool: Mempool,
    ) -> Self {
        let mut default_listeners = [None; MAX_INTERFACES];
        for id in (0..crate::net::MAX_LISTENERS).rev().filter_map(|id| u8::try_from(id).ok()) {
            if let Some(listener) = tables.listener(ListenerId(id))
                && let Some(cell) = default_listeners.get_mut(usize::from(listener.interface.0))
            {
                *cell = Some(listener.id);
            }
        }
        Wire {
            tables,
            now_ms: 0,
            ports,
            routes,
            neighbours,
            default_listeners,
            pool,
            identification: 0,
            refused: 0,
            expired: 0,
            pool_empty: 0,
        }
    }

    /// Queues a finished frame on a port.
    #[inline]
    pub fn push(&mut self, port: PortIndex, mbuf: Mbuf) {
        let Some(out) = self.ports.iter_mut().find(|out| out.index == port) else { return };
        if let Err(mbuf) = out.burst.push(mbuf) {
            self.refused += send(out);
            // After a flush there is room: what the NIC refused was dropped and counted.
            let _room = out.burst.push(mbuf);
        }
    }

    /// Sends everything that is queued. What the NIC does not take is dropped: SIP repeats it.
    #[inline]
    pub fn flush(&mut self) {
        for out in &mut self.ports {
            if !out.burst.is_empty() {
                self.refused += send(out);
            }
        }
    }

    /// ARP requests, packets whose neighbour answered, packets whose neighbour did not.
    pub fn tick(&mut self) {
        self.neighbours.tick(self.now_ms);
        self.serve_neighbours();
    }

    /// Takes an ARP packet in.
    pub fn learn(&mut self, message: &ArpMessage) {
        self.neighbours.learn(message, self.now_ms);
        self.serve_neighbours();
    }

    fn serve_neighbours(&mut self) {
        while let Some(ask) = self.neighbours.next_ask() {
            let Some(mut mbuf) = self.pool.alloc() else { break };
            let Some(interface) = self.tables.interface(ask.interface) else { continue };
            if let Some(len) = arp::request(mbuf.room_mut(), interface, &ask)
                && mbuf.set_len(len).is_ok()
            {
                self.push(ask.interface, mbuf);
            }
        }
        while let Some((port, mac, mut mbuf)) = self.neighbours.next_ready() {
            if let Some(destination) = mbuf.data_mut().get_mut(..mac.len()) {
                destination.copy_from_slice(&mac);
            }
            self.push(port, mbuf);
        }
        while self.neighbours.next_expired().is_some() {
            self.expired += 1;
        }
    }

    /// Queues a gratuitous ARP on every link (RFC 5227 §2.3).
    pub fn announce(&mut self) {
        for at in 0..self.ports.len() {
            let Some(port) = self.ports.get(at).map(|out| out.index) else { continue };
            let (Some(mut mbuf), Some(interface)) =
                (self.pool.alloc(), self.tables.interface(port))
            else {
                continue;
            };
            if let Some(len) = arp::announcement(mbuf.room_mut(), interface)
                && mbuf.set_len(len).is_ok()
            {
                self.push(port, mbuf);
            }
        }
    }

    /// Frames that were made but never left.
    pub fn unsent(&self) -> u64 {
        self.refused + self.expired + self.pool_empty
    }

    /// Refused by the NIC, expired without neighbour, not made for want of a buffer.
    pub fn losses(&self) -> [u64; 3] {
        [self.refused, self.expired, self.pool_empty]
    }

    /// Packet buffers left.
    pub fn buffers_free(&self) -> u32 {
        self.pool.available()
    }
}

/// Sends a port's burst; gives the number of frames that the NIC refused, which are dropped.
#[inline]
fn send(out: &mut PortOut) -> u64 {
    out.tx.send(&mut out.burst);
    let left = out.burst.len() as u64;
    out.burst.clear();
    left
}

impl Outbox for Wire {
    #[inline]
    fn send(
        &mut self,
        from: ListenerId,
        to: Endpoint,
        write: impl FnOnce(&mut [u8]) -> Result<usize, Overflow>,
    ) -> Result<(), SendError> {
        let listener = *self.tables.listener(from).ok_or(SendError::NoRoute)?;
        let hop = self.routes.egress(to.ipv4).ok_or(SendError::NoRoute)?;
        let interface = *self.tables.interface(hop.interface).ok_or(SendError::NoRoute)?;
        let resolution = self.neighbours.lookup(hop.interface, hop.next_hop, self.now_ms);
        let next_hop = match resolution {
            Resolution::Mac(mac) => mac,
            Resolution::Pending => BROADCAST,
            Resolution::Failed => return Err(SendError::Unreachable),
        };
        let Some(mut mbuf) = self.pool.alloc() else {
            self.pool_empty += 1;
            return Err(SendError::NoBuffer);
        };
        let room = mbuf.room_mut();
        let end = HEADER_LEN + max_payload(interface.mtu);
        let len = write(room.get_mut(HEADER_LEN..end).ok_or(SendError::TooLong)?)
            .map_err(|_| SendError::TooLong)?;
        self.identification = self.identification.wrapping_add(1);
        let checksum = match self.ports.iter().find(|out| out.index == hop.interface) {
            Some(out) => out.checksum,
            None => return Err(SendError::NoRoute),
        };
        let path = Path { interface: &interface, from: &listener, to, next_hop };
        let frame_len = egress::udp(room, len, &path, self.identification, checksum)
            .map_err(|_| SendError::TooLong)?;
        mbuf.set_len(frame_len).map_err(|_| SendError::TooLong)?;
        if checksum == TxChecksum::Offload {
            mbuf.set_tx_checksum_offload(L2_LEN, L3_LEN).map_err(|_| SendError::TooLong)?;
        }
        if resolution == Resolution::Pending {
            let parked = self.neighbours.park(hop.interface, hop.next_hop, mbuf, self.now_ms);
            self.serve_neighbours();
            return match parked {
                Ok(None) => Ok(()),
                // An older packet made room.
                Ok(Some(_)) => {
                    self.expired += 1;
                    Ok(())
                }
                Err(_) => Err(SendError::Unreachable),
            };
        }
        self.push(hop.interface, mbuf);
        Ok(())
    }

    #[inline]
    fn egress(&self, ipv4: u32) -> Option<ListenerId> {
        let hop = self.routes.egress(ipv4)?;
        *self.default_listeners.get(usize::from(hop.interface.0))?
    }
}
