//! Owns the far ends of the router's two ports: addresses, frames out and in, ARP.
//! Refuses to know SIP.
//!
//! The peers use the network layer of the data plane itself, so that every frame of the router has its lengths,
//! addresses and checksums verified; that layer is tested against another implementation elsewhere.

use std::net::Ipv4Addr;

use dataplane::dialog::keyring::KeyRing;
use dataplane::net::egress::{self, HEADER_LEN, Path, TxChecksum, max_payload};
use dataplane::net::ingress::{self, Inbound, RxChecksum};
use dataplane::net::neighbour::Ask;
use dataplane::net::{
    self, BROADCAST, Endpoint, Interface, Ipv4, Listener, ListenerId, PortIndex, Tables, arp,
};
use dataplane::owner::{Layout, Rule};
use dataplane::verdict::Verdict;
use dpdk::ring::Far;
use dpdk::{Burst, Mbuf, Mempool};
use simd::Padded;

use crate::fault::Fault;
use crate::plan::Random;
use crate::rss;

/// The router on its two links.
pub const ROUTER: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 1, 0, 1), Ipv4Addr::new(10, 2, 0, 1)];
/// The originator, on the first link.
pub const ORIGINATOR: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 2);
/// The carriers, on the second.
pub const CARRIERS: [Ipv4Addr; 3] =
    [Ipv4Addr::new(10, 2, 0, 11), Ipv4Addr::new(10, 2, 0, 12), Ipv4Addr::new(10, 2, 0, 13)];
/// The number of the router among appliances.
pub const MEMBER: u8 = 0;
const SIP: u16 = 5060;
/// Where ARP comes to: a NIC has no hash for it.
const RESOLUTION_QUEUE: usize = 0;

/// The interfaces and listeners of the router, or of its peers: the same two links seen from either end.
pub fn network(addresses: &[(u8, Ipv4Addr)], owner: u8) -> net::Config {
    let mut config = net::Config::default();
    for (id, &(port, address)) in (0u8..).zip(addresses) {
        if config.interfaces.iter().all(|one| one.port != PortIndex(port)) {
            config.interfaces.push(Interface {
                port: PortIndex(port),
                mac: [0x02, 0, 0, 0, owner, port + 1],
                address: Ipv4(address.to_bits()),
                prefix_len: 24,
                mtu: 1_500,
            });
        }
        config.listeners.push(Listener {
            id: ListenerId(id),
            interface: PortIndex(port),
            address: address.to_bits(),
            udp_port: SIP,
        });
    }
    config
}

/// The network of the router.
pub fn router_network() -> net::Config {
    let [access, carrier] = ROUTER;
    network(&[(0, access), (1, carrier)], 1)
}

/// Which of the router's queues a datagram comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// Any, drawn for each datagram: as the hash of a NIC spreads many peers.
    Mixed,
    /// The one that the hash of a NIC gives for its addresses and ports: four flows, one for each peer.
    Flows,
    /// The one of the worker whose it is, which no NIC knows: what there would be without hand-over.
    Right,
}

/// One queue of a link.
struct Lane {
    far: Far,
    out: Burst<32>,
    /// Frames that the router has or had.
    sent: u64,
}

impl Lane {
    fn flush(&mut self) {
        self.sent += self.far.send(&mut self.out) as u64;
    }
}

/// One link seen from the peers' end.
struct Link {
    lanes: Vec<Lane>,
    port: PortIndex,
    router: Endpoint,
    identification: u16,
    /// Bytes of all frames sent.
    bytes: u64,
}

/// Both links.
pub struct Links {
    links: [Link; 2],
    tables: Tables,
    router: net::Config,
    pool: Mempool,
    /// The buffer of the next datagram.
    spare: Option<Mbuf>,
    spread: Spread,
    random: Random,
    /// The queue that a NIC would choose, by peer.
    flows: [usize; 4],
    /// The router's.
    keys: KeyRing,
}

/// Who of the peers sends or receives: listener 0 is the originator, the others are the carriers.
pub fn peer_of(carrier: u8) -> ListenerId {
    ListenerId(carrier + 1)
}

impl Links {
    /// The far ends of the router's two ports, each with an end for each queue.
    ///
    /// # Errors
    /// The addresses do not fit together.
    pub fn new(far: [Vec<Far>; 2], pool: Mempool, keys: KeyRing) -> Result<Self, Fault> {
        let [a, b, c] = CARRIERS;
        let [access, carrier] = ROUTER;
        let [queues, _] = far.each_ref().map(Vec::len);
        let flow = |from: Ipv4Addr, to| rss::queue((from, SIP), (to, SIP), queues);
        let flows =
            [flow(ORIGINATOR, access), flow(a, carrier), flow(b, carrier), flow(c, carrier)];
        let tables = Tables::new(&network(&[(0, ORIGINATOR), (1, a), (1, b), (1, c)], 2))?;
        let mut numbers = (0u8..).zip(ROUTER);
        let links = far.map(|far| {
            let (port, address) = numbers.next().unwrap_or((0, Ipv4Addr::UNSPECIFIED));
            let lane = |far| Lane { far, out: Burst::new(), sent: 0 };
            Link {
                lanes: far.into_iter().map(lane).collect(),
                port: PortIndex(port),
                router: Endpoint { ipv4: address.to_bits(), port: SIP },
                identification: 0,
                bytes: 0,
            }
        });
        let (router, random) = (router_network(), Random::new(2));
        let spread = Spread::Mixed;
        Ok(Links { links, tables, router, pool, spare: None, spread, random, flows, keys })
    }

    /// Bytes sent so far over both links.
    pub fn bytes(&self) -> u64 {
        self.links.iter().map(|link| link.bytes).sum()
    }

    /// Frames that the router has or had, of both links.
    pub fn frames(&self) -> u64 {
        self.links.iter().flat_map(|link| &link.lanes).map(|lane| lane.sent).sum()
    }

    /// Chooses how datagrams come to the router's queues from here on.
    pub fn spread(&mut self, spread: Spread) {
        self.spread = spread;
    }

    /// The queue of a datagram of a peer, in its frame.
    #[inline]
    fn queue(&mut self, side: usize, from: ListenerId, frame: &Mbuf) -> usize {
        let queues = self.links.get(side).map_or(1, |link| link.lanes.len());
        match self.spread {
            _ if queues < 2 => 0,
            Spread::Mixed => self.random.below(queues as u64) as usize,
            Spread::Flows => self.flows.get(usize::from(from.0)).copied().unwrap_or(0),
            Spread::Right => self.owner(queues, frame).unwrap_or(0),
        }
    }

    /// The worker whose a datagram is, as the router itself finds it.
    fn owner(&self, workers: usize, frame: &Mbuf) -> Option<usize> {
        let layout = Layout::new(workers, self.keys.newest());
        let rule = Rule { keys: &self.keys, layout, member: MEMBER };
        let (room, len) = frame.padded();
        let payload = Padded::new(room.get(HEADER_LEN..)?, len.checked_sub(HEADER_LEN)?)?;
        rule.owner(payload).map(|owner| usize::from(owner.worker))
    }

    /// Asks the router for its address in the name of every peer, by which it learns theirs.
    pub fn introduce(&mut self) {
        let peers: Vec<Listener> =
            (0..4).filter_map(|id| self.tables.listener(ListenerId(id)).copied()).collect();
        for peer in peers {
            let side = usize::from(peer.interface.0);
            let (Some(interface), Some(link)) =
                (self.tables.interface(peer.interface), self.links.get(side))
            else {
                continue;
            };
            let sender = Interface { address: Ipv4(peer.address), ..*interface };
            let ask =
                Ask { interface: peer.interface, ip: link.router.ipv4, destination: BROADCAST };
            let Some(mut mbuf) = self.pool.alloc() else { continue };
            if let Some(len) = arp::request(mbuf.room_mut(), &sender, &ask)
                && mbuf.set_len(len).is_ok()
            {
                self.push(side, RESOLUTION_QUEUE, mbuf);
            }
        }
        self.flush();
    }

    /// Sends a datagram that `write` fills from a peer to the router; `false` when it does not fit, or
    /// [`Links::is_ready`] was not asked.
    #[inline]
    pub fn send(
        &mut self,
        side: usize,
        from: ListenerId,
        write: impl FnOnce(&mut [u8]) -> usize,
    ) -> bool {
        let peer = from;
        let (Some(link), Some(router)) =
            (self.links.get_mut(side), self.router.interfaces.get(side))
        else {
            return false;
        };
        let (Some(interface), Some(from)) =
            (self.tables.interface(link.port), self.tables.listener(from))
        else {
            return false;
        };
        let Some(mut mbuf) = self.spare.take() else { return false };
        let room = mbuf.room_mut();
        let end = HEADER_LEN + max_payload(interface.mtu);
        let Some(payload) = room.get_mut(HEADER_LEN..end) else { return false };
        let len = write(payload);
        link.identification = link.identification.wrapping_add(1);
        let path = Path { interface, from, to: link.router, next_hop: router.mac };
        let frame = egress::udp(room, len, &path, link.identification, TxChecksum::Software);
        let Ok(frame_len) = frame else { return false };
        if mbuf.set_len(frame_len).is_err() {
            return false;
        }
        link.bytes += frame_len as u64;
        let queue = self.queue(side, peer, &mbuf);
        self.push(side, queue, mbuf)
    }

    /// Whether a datagram may be sent over that link now: all its rings and the pool have room. To be asked before
    /// each.
    #[inline]
    pub fn is_ready(&mut self, side: usize) -> bool {
        let Some(link) = self.links.get_mut(side) else { return false };
        for lane in link.lanes.iter_mut().filter(|lane| lane.out.is_full()) {
            lane.flush();
        }
        if self.spare.is_none() {
            self.spare = self.pool.alloc();
        }
        self.spare.is_some() && link.lanes.iter().all(|lane| !lane.out.is_full())
    }

    fn push(&mut self, side: usize, queue: usize, mbuf: Mbuf) -> bool {
        let Some(link) = self.links.get_mut(side) else { return false };
        let Some(lane) = link.lanes.get_mut(queue) else { return false };
        if lane.out.is_full() {
            lane.flush();
        }
        lane.out.push(mbuf).is_ok()
    }

    /// Hands over what is collected; a ring may leave some for later.
    pub fn flush(&mut self) {
        self.links.iter_mut().flat_map(|link| &mut link.lanes).for_each(Lane::flush);
    }

    /// Takes up to a burst of what the router sent over each queue of one link: `take` gets the peer and the datagram,
    /// or the verdict on a frame that no peer would accept. Gives how many frames there were.
    #[inline]
    pub fn receive(
        &mut self,
        side: usize,
        mut take: impl FnMut(Result<(ListenerId, &[u8]), Verdict>),
    ) -> usize {
        let mut count = 0;
        for queue in 0..self.links.get(side).map_or(0, |link| link.lanes.len()) {
            count += self.receive_lane(side, queue, &mut take);
        }
        count
    }

    #[inline]
    fn receive_lane(
        &mut self,
        side: usize,
        queue: usize,
        take: &mut impl FnMut(Result<(ListenerId, &[u8]), Verdict>),
    ) -> usize {
        let mut burst: Burst<32> = Burst::new();
        let Some(link) = self.links.get_mut(side) else { return 0 };
        let Some(lane) = link.lanes.get_mut(queue) else { return 0 };
        let (count, port) = (lane.far.receive(&mut burst), link.port);
        for mut mbuf in burst.drain() {
            match ingress::classify(mbuf.data(), port, &self.tables) {
                Inbound::Sip { payload, .. }
                    if !ingress::is_intact(mbuf.data(), payload, RxChecksum::Unknown) =>
                {
                    take(Err(Verdict::DropUdpChecksum));
                }
                Inbound::Sip { listener, payload, .. } => {
                    take(Ok((listener, payload.of(mbuf.data()))))
                }
                Inbound::Arp(message) if message.wants_answer() => {
                    let mac =
                        self.tables.interface(port).map_or(BROADCAST, |interface| interface.mac);
                    if let Some(len) = arp::answer(mbuf.room_mut(), mac, &message)
                        && mbuf.set_len(len).is_ok()
                    {
                        self.push(side, RESOLUTION_QUEUE, mbuf);
                    }
                }
                Inbound::Arp(_) | Inbound::Echo { .. } => {}
                Inbound::Drop(verdict) => take(Err(verdict)),
            }
        }
        count
    }
}
