//! Owns the way out of a worker: datagrams become frames, wait for their neighbour, and leave in bursts.
//! Hot. Knows nothing of SIP.

use arrayvec::ArrayVec;
use dpdk::port::TxQueue;
use dpdk::{Burst, Mbuf, Mempool};
use parser::write::Overflow;

use super::BURST;
use super::peers::{Handed, Peers};
use crate::net::egress::{self, HEADER_LEN, Path, TxChecksum, max_payload};
use crate::net::neighbour::{Learning, Neighbours, Resolution};
use crate::net::route::Routes;
use crate::net::{
    ArpKind, ArpMessage, BROADCAST, Endpoint, ListenerId, MAX_INTERFACES, Mac, PortIndex, Tables,
    arp,
};
use crate::owner::Claim;
use crate::proxy::outbox::{Outbox, SendError};

/// Bytes of Ethernet and IPv4 header in front of a UDP header, for checksum offload.
const L2_LEN: usize = 14;
const L3_LEN: usize = 20;

/// The worker that has a queue of every port, and sends for those that have none.
const SENDS_FOR_OTHERS: u8 = 0;

/// The sending half of a port, with the burst that is being filled.
pub(super) struct PortOut {
    index: PortIndex,
    /// None on a device with too few queues: frames leave through another worker.
    tx: Option<TxQueue>,
    checksum: TxChecksum,
    burst: Burst<BURST>,
}

impl PortOut {
    pub fn new(index: PortIndex, tx: Option<TxQueue>, tx_checksums: bool) -> Self {
        let checksum = if tx_checksums { TxChecksum::Offload } else { TxChecksum::Software };
        PortOut { index, tx, checksum, burst: Burst::new() }
    }
}

/// Everything between the SIP core and the NIC.
pub(super) struct Wire {
    pub tables: Tables,
    /// The other workers.
    pub peers: Peers,
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
        peers: Peers,
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
            peers,
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
        let Some(tx) = &mut out.tx else {
            let frame = Handed::Frame { mbuf, port };
            self.refused +=
                u64::from(self.peers.hand(SENDS_FOR_OTHERS, Claim::Stands, frame).is_err());
            return;
        };
        if let Err(mbuf) = out.burst.push(mbuf) {
            self.refused += send(tx, &mut out.burst);
            // After a flush there is room: what the NIC refused was dropped and counted.
            let _room = out.burst.push(mbuf);
        }
    }

    /// Sends everything that is queued, and shows the other workers what is theirs. What the NIC does not take is
    /// dropped: SIP repeats it.
    #[inline]
    pub fn flush(&mut self) {
        for out in &mut self.ports {
            if let Some(tx) = out.tx.as_mut().filter(|_| !out.burst.is_empty()) {
                self.refused += send(tx, &mut out.burst);
            }
        }
        self.peers.publish();
    }

    /// ARP requests, packets whose neighbour answered, packets whose neighbour did not.
    pub fn tick(&mut self) {
        self.neighbours.tick(self.now_ms);
        self.serve_neighbours();
    }

    /// Takes an ARP packet in that came from the link, and lets the other workers know.
    pub fn learn(&mut self, message: &ArpMessage) {
        // What nobody asked for here may be the answer to another worker's question: the NIC chooses where it lands.
        if !self.take_in(message) && message.kind != ArpKind::Probe {
            let heard = *message;
            self.peers.tell(|| Handed::Heard(heard));
        }
    }

    /// Takes an ARP packet in, and tells the other workers what was learnt from it.
    pub fn take_in(&mut self, message: &ArpMessage) -> bool {
        let learnt = self.neighbours.learn(message, self.now_ms) == Learning::Taken;
        if learnt {
            let ArpMessage { sender_mac: mac, interface, sender_ip: ip, .. } = *message;
            self.peers.tell(|| Handed::Neighbour { mac, interface, ip });
        }
        self.serve_neighbours();
        learnt
    }

    /// Takes in what another worker has learnt.
    pub fn adopt(&mut self, interface: PortIndex, ip: u32, mac: Mac) {
        self.neighbours.adopt(interface, ip, mac, self.now_ms);
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

/// Sends a burst; gives the number of frames that the NIC refused, which are dropped.
#[inline]
fn send(tx: &mut TxQueue, burst: &mut Burst<BURST>) -> u64 {
    tx.send(burst);
    let left = burst.len() as u64;
    burst.clear();
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
