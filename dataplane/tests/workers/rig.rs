//! Owns a router of several workers on an EAL in memory, between the far ends of its ring ports.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread;

use dataplane::dialog::keyring::{KeyRing, SECRET_BYTES};
use dataplane::keeper::Pressure;
use dataplane::keeper::control::{Issuer, issue_channel};
use dataplane::keeper::unsettled::Unsettled;
use dataplane::net::egress::{self, HEADER_LEN, Path, TxChecksum};
use dataplane::net::ingress::{self, Inbound, RxChecksum};
use dataplane::net::neighbour::Ask;
use dataplane::net::route::Routes;
use dataplane::net::{
    self, ArpMessage, BROADCAST, Endpoint, Interface, Ipv4, Listener, ListenerId, PortIndex,
    Tables, arp,
};
use dataplane::owner::Layout;
use dataplane::proxy::{Capacity, Engine, Env, ListenerText, State, Timers};
use dataplane::txn::slab::SlabCapacity;
use dataplane::verdict::Verdict;
use dataplane::worker::peers::Seat;
use dataplane::worker::{Desk, Worker, WorkerParts, WorkerPort, counter_names};
use dpdk::eal::{HugePages, Options, SocketId};
use dpdk::mempool::DEFAULT_DATA_ROOM;
use dpdk::port::PortConfig;
use dpdk::ring::{Far, RingPort};
use dpdk::tsc::TscClock;
use dpdk::{Burst, Eal, LcoreId, Mbuf, Mempool, Port};
use hugepages::anchor::{self, TickRate};
use hugepages::commands::CommandReceiver;
use hugepages::counters::Counters;
use hugepages::instance::InstanceDir;
use hugepages::layout::cdr::{Event, Kind};
use hugepages::memory::PageKind;
use hugepages::ring::{Consumer, channel_in_memory};
use routing::TechniqueState;

use crate::sip::{self, Leg, Sip};

/// The port towards callers, and the one towards carriers.
pub const ACCESS: usize = 0;
pub const CARRIER: usize = 1;
/// A caller whom the plan knows, and a host that it does not.
pub const CALLER: &str = "10.1.0.10:5062";
pub const STRANGER: &str = "10.1.0.66:5062";
/// The gateway of numbers in 391, and that of numbers in 392.
pub const ONE: &str = "10.2.0.11:5060";
pub const TWO: &str = "10.2.0.12:5060";

pub const PLAN: &str = r#"
version = 1
destination = [{ name = "one", prefixes = ["391"] }, { name = "two", prefixes = ["392"] }]
trunk = [{ name = "one", gateways = ["10.2.0.11"] }, { name = "two", gateways = ["10.2.0.12"] }]
[[originator]]
name = "retail"
addresses = ["10.1.0.10"]
plan = "main"
[[plan]]
name = "main"
technique = "round_robin"
[[plan.rule]]
destinations = ["one"]
slot = [{ trunks = ["one"] }]
[[plan.rule]]
destinations = ["two"]
slot = [{ trunks = ["two"] }]
"#;

/// Ticks a second of the simulated clock.
const HZ: u64 = 1_000_000_000;
const BUFFERS: u32 = 4_095;

type Job = Box<dyn FnOnce(&Eal) + Send>;

/// Runs `job` on the main lcore of the program's one EAL: 96 MiB of ordinary pages, no PCI.
pub fn on_main_lcore<T: Send + 'static>(job: impl FnOnce(&Eal) -> T + Send + 'static) -> T {
    static JOBS: OnceLock<Sender<Job>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (sender, jobs) = channel::<Job>();
        thread::spawn(move || {
            let options = Options {
                main_lcore: LcoreId(0),
                memory_mib: 96,
                huge: HugePages::None,
                ..Options::default()
            };
            let eal = Eal::init(&options).unwrap();
            jobs.into_iter().for_each(|job| job(&eal));
        });
        sender
    });
    let (sender, result) = channel();
    let job = Box::new(move |eal: &Eal| {
        let ended = catch_unwind(AssertUnwindSafe(|| job(eal)));
        let _ = sender.send(ended);
    });
    jobs.send(job).unwrap();
    result.recv().unwrap().unwrap_or_else(|panic| resume_unwind(panic))
}

/// How a rig is made.
#[derive(Clone)]
pub struct Setting {
    pub workers: usize,
    /// Queue pairs of each port.
    pub queues: u16,
    /// What a channel between two workers holds.
    pub channel: usize,
    /// Id of the key that signs; all up to it are known.
    pub key: u8,
    /// Which run of the process this is.
    pub boot: u16,
}

impl Default for Setting {
    fn default() -> Self {
        Setting { workers: 2, queues: 2, channel: 1_024, key: 1, boot: 1 }
    }
}

/// A datagram that left over a queue.
pub struct Left {
    pub queue: usize,
    pub to: Endpoint,
    pub message: Sip,
}

/// The router and its peers.
pub struct Rig {
    pub workers: Vec<Worker>,
    /// ARP requests that left, by port and queue.
    pub asked: Vec<(usize, usize, u32)>,
    far: Vec<Vec<Far>>,
    events: Vec<Consumer>,
    router: net::Config,
    peers: Tables,
    pool: Mempool,
    now: u64,
    /// Whether the peers answer ARP.
    pub answers_arp: bool,
    /// The keeper's ends of the ways of images.
    pub issuers: Vec<Issuer>,
    pub notes: Vec<Consumer>,
    pub instance: InstanceDir,
    _folder: Folder,
}

struct Folder(std::path::PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn endpoint(text: &str) -> Endpoint {
    let address: std::net::SocketAddrV4 = text.parse().unwrap();
    Endpoint { ipv4: address.ip().to_bits(), port: address.port() }
}

/// Two links, with one host on each of these addresses.
fn network(hosts: &[&str], owner: u8) -> net::Config {
    let mut config = net::Config::default();
    for (id, host) in (0u8..).zip(hosts) {
        let Endpoint { ipv4, port: udp_port } = endpoint(host);
        let port = PortIndex(if ipv4 >> 16 == 0x0a02 { 1 } else { 0 });
        if config.interfaces.iter().all(|interface| interface.port != port) {
            let mac = [2, 0, 0, 0, owner, port.0];
            let address = Ipv4(ipv4);
            config.interfaces.push(Interface { port, mac, address, prefix_len: 24, mtu: 1_500 });
        }
        config.listeners.push(Listener {
            id: ListenerId(id),
            interface: port,
            address: ipv4,
            udp_port,
        });
    }
    config
}

fn engine(
    setting: &Setting,
    number: u8,
    router: &net::Config,
    events: hugepages::ring::Producer,
) -> Engine {
    let plan = routing::plan_text::parse(PLAN).unwrap();
    let image = Arc::new(routing::image::build(&plan).unwrap().open().unwrap());
    let capacity = Capacity {
        transactions: 8_192,
        setups: 2_048,
        exchanges: 2_048,
        calls: 2_048,
        texts: SlabCapacity([1_024, 2_048, 512, 64]),
    };
    let timers = Timers::default();
    let technique = TechniqueState::new(image.cursor_count(), u32::from(number), 1);
    let state = State::new(capacity, &timers, PageKind::Small, technique, events, 0, 5).unwrap();
    let secrets: Vec<_> = (1..=setting.key).map(|id| (id, [id; SECRET_BYTES])).collect();
    let listeners = router.listeners.iter().map(|listener| {
        ListenerText::new(Endpoint { ipv4: listener.address, port: listener.udp_port }, false)
    });
    let env = Env {
        image: Some(image),
        switches: routing::Switches::new(),
        keys: KeyRing::new(&secrets).unwrap(),
        listeners: listeners.collect(),
        timers,
        limits: parser::Limits::default(),
        member: 0,
        layout: Layout::new(setting.workers, setting.key).id(),
        core: number,
        boot: setting.boot,
        unsettled: Unsettled::default(),
        pressure: Pressure::default(),
    };
    Engine::new(env, state)
}

/// The pools of the router and of its peers: one pair for all rigs, since a pool's memory returns with the EAL.
pub fn pools(eal: &Eal) -> (Mempool, Mempool) {
    static POOLS: OnceLock<(Mempool, Mempool)> = OnceLock::new();
    let pool =
        |name| Mempool::create(eal, name, BUFFERS, 0, DEFAULT_DATA_ROOM, SocketId::ANY).unwrap();
    POOLS.get_or_init(|| (pool("router"), pool("peers"))).clone()
}

impl Rig {
    /// A router that knows no neighbour yet.
    pub fn new(eal: &Eal, setting: &Setting) -> Rig {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let rig = NUMBER.fetch_add(1, Ordering::Relaxed);
        let (own, theirs) = pools(eal);
        let router = network(&["10.1.0.1:5060", "10.2.0.1:5060"], 1);
        let mut ports: Vec<Vec<WorkerPort>> = (0..setting.workers).map(|_| Vec::new()).collect();
        let mut far = Vec::new();
        for index in 0..2u8 {
            let name = format!("rig{rig}-{index}");
            let (id, ends) = RingPort::create_queues(eal, &name, 1_024, setting.queues).unwrap();
            let queues = PortConfig {
                rx_queues: setting.queues,
                tx_queues: setting.queues,
                ..PortConfig::new(&own)
            };
            let mut port = Port::open(eal, id).unwrap().start(queues).unwrap();
            for (queue, ports) in (0u16..).zip(&mut ports) {
                let (rx, tx) = (port.take_rx_queue(queue), port.take_tx_queue(queue));
                ports.push(WorkerPort { index: PortIndex(index), rx, tx, tx_checksums: false });
            }
            far.push(ends);
        }
        let folder = std::env::temp_dir().join(format!("tandem-rig-{}-{rig}", std::process::id()));
        let instance = InstanceDir::lock(&folder).unwrap();
        let (_publisher, anchor) =
            anchor::channel(0, 1_700_000_000_000_000, TickRate::from_hz(HZ).unwrap());
        let (mut workers, mut events, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        let mut issuers = Vec::new();
        let seats = Seat::for_all(setting.workers, setting.channel).unwrap();
        for ((number, ports), seat) in (0u8..).zip(ports).zip(seats) {
            let (producer, consumer) = channel_in_memory(1 << 20);
            let (note_in, note_out) = channel_in_memory(4_096);
            let counters =
                Counters::create(&instance, &format!("worker-{number}"), &counter_names());
            let (issuer, intake) = issue_channel().unwrap();
            issuers.push(issuer);
            workers.push(Worker::new(WorkerParts {
                number: u16::from(number),
                ports,
                tables: Tables::new(&router).unwrap(),
                routes: Routes::new(&router.interfaces, &[]).unwrap(),
                pool: own.clone(),
                engine: engine(setting, number, &router, producer),
                seat,
                clock: TscClock::from_hz(HZ),
                start_tsc: 0,
                anchor: anchor.reader(),
                counters: counters.unwrap(),
                notes: note_in,
                desk: Desk::new(
                    intake,
                    CommandReceiver::create(&instance, u16::from(number)).unwrap(),
                ),
            }));
            events.push(consumer);
            notes.push(note_out);
        }
        Rig {
            workers,
            asked: Vec::new(),
            far,
            events,
            router,
            peers: Tables::new(&network(&[CALLER, STRANGER, ONE, TWO], 2)).unwrap(),
            pool: theirs,
            now: 1,
            answers_arp: true,
            issuers,
            notes,
            instance,
            _folder: Folder(folder),
        }
    }

    /// A router that has all peers as neighbours, heard of over queue 0.
    pub fn acquainted(eal: &Eal, setting: &Setting) -> Rig {
        let mut rig = Rig::new(eal, setting);
        for peer in [CALLER, STRANGER, ONE, TWO] {
            rig.introduce(peer, 0);
        }
        rig.run();
        rig
    }

    fn port_of(peer: Endpoint) -> usize {
        if peer.ipv4 >> 16 == 0x0a02 { CARRIER } else { ACCESS }
    }

    /// A peer asks for the router's address over that queue, by which it tells its own.
    pub fn introduce(&mut self, peer: &str, queue: usize) {
        let peer = endpoint(peer);
        let port = Rig::port_of(peer);
        let interface = *self.peers.interface(PortIndex(port as u8)).unwrap();
        let sender = Interface { address: Ipv4(peer.ipv4), ..interface };
        let ip = self.router.interfaces[port].address.0;
        let ask = Ask { interface: interface.port, ip, destination: BROADCAST };
        let mut mbuf = self.pool.alloc().unwrap();
        let len = arp::request(mbuf.room_mut(), &sender, &ask).unwrap();
        mbuf.set_len(len).unwrap();
        self.put(port, queue, mbuf);
    }

    fn put(&mut self, port: usize, queue: usize, mbuf: Mbuf) {
        let mut burst = Burst::<1>::new();
        burst.push(mbuf).unwrap();
        assert_eq!(self.far[port][queue].send(&mut burst), 1, "the ring port is full");
    }

    /// A peer sends a message, which the NIC puts on that queue.
    pub fn send(&mut self, queue: usize, peer: &str, message: &Sip) {
        self.send_changed(queue, peer, message, |_| {});
    }

    /// As [`Rig::send`], with the payload changed behind the back of its checksum.
    pub fn send_changed(
        &mut self,
        queue: usize,
        peer: &str,
        message: &Sip,
        change: impl FnOnce(&mut [u8]),
    ) {
        let peer = endpoint(peer);
        let port = Rig::port_of(peer);
        let interface = *self.peers.interface(PortIndex(port as u8)).unwrap();
        let from = self.peers.listener_at(interface.port, peer.ipv4, peer.port).unwrap();
        let from = *self.peers.listener(from).unwrap();
        let to = self.router.listeners[port];
        let to = Endpoint { ipv4: to.address, port: to.udp_port };
        let bytes = message.bytes();
        let mut mbuf = self.pool.alloc().unwrap();
        let room = mbuf.room_mut();
        room[HEADER_LEN..HEADER_LEN + bytes.len()].copy_from_slice(&bytes);
        let next_hop = self.router.interfaces[port].mac;
        let path = Path { interface: &interface, from: &from, to, next_hop };
        let len = egress::udp(room, bytes.len(), &path, 1, TxChecksum::Software).unwrap();
        change(&mut room[HEADER_LEN..HEADER_LEN + bytes.len()]);
        mbuf.set_len(len).unwrap();
        self.put(port, queue, mbuf);
    }

    /// One worker takes its turn, a tenth of a millisecond after the last one.
    pub fn turn(&mut self, worker: usize) {
        self.now += HZ / 10_000;
        self.workers[worker].poll_at(self.now);
    }

    /// Every worker takes turns until what was sent has gone its way.
    pub fn run(&mut self) {
        for _ in 0..40 {
            for worker in 0..self.workers.len() {
                self.turn(worker);
            }
        }
    }

    /// Lets time pass.
    pub fn pass(&mut self, ms: u64) {
        for _ in 0..ms {
            self.now += HZ / 1_000;
            for worker in 0..self.workers.len() {
                self.workers[worker].poll_at(self.now);
            }
        }
    }

    /// Runs, and gives what left for the peers; they answer ARP over the queue that it came by.
    pub fn left(&mut self) -> Vec<Left> {
        let mut all = Vec::new();
        loop {
            self.run();
            let before = (all.len(), self.asked.len());
            for port in [ACCESS, CARRIER] {
                for queue in 0..self.far[port].len() {
                    self.take(port, queue, &mut all);
                }
            }
            if before == (all.len(), self.asked.len()) {
                return all;
            }
        }
    }

    fn take(&mut self, port: usize, queue: usize, all: &mut Vec<Left>) {
        let mut burst = Burst::<64>::new();
        while self.far[port][queue].receive(&mut burst) > 0 {
            for mbuf in burst.drain().collect::<Vec<Mbuf>>() {
                let on = PortIndex(port as u8);
                match ingress::classify(mbuf.data(), on, &self.peers) {
                    Inbound::Sip { listener, payload, .. } => {
                        assert!(ingress::is_intact(mbuf.data(), payload, RxChecksum::Unknown));
                        let to = self.peers.listener(listener).unwrap();
                        let to = Endpoint { ipv4: to.address, port: to.udp_port };
                        let message = Sip::read(payload.of(mbuf.data()));
                        all.push(Left { queue, to, message });
                    }
                    Inbound::Arp(message) if message.wants_answer() => {
                        self.asked.push((port, queue, message.target_ip));
                        if self.answers_arp {
                            self.answer_arp(port, queue, &message, mbuf);
                        }
                    }
                    Inbound::Arp(_) | Inbound::Echo { .. } => {}
                    Inbound::Drop(verdict) => panic!("a frame that no peer takes: {verdict:?}"),
                }
            }
        }
    }

    fn answer_arp(&mut self, port: usize, queue: usize, message: &ArpMessage, mut mbuf: Mbuf) {
        let mac = self.peers.interface(PortIndex(port as u8)).unwrap().mac;
        let len = arp::answer(mbuf.room_mut(), mac, message).unwrap();
        mbuf.set_len(len).unwrap();
        self.put(port, queue, mbuf);
    }

    /// A peer says its hardware address over that queue, as an answer to the router's question.
    pub fn answer_for(&mut self, peer: &str, queue: usize) {
        let ipv4 = endpoint(peer).ipv4;
        let port = Rig::port_of(endpoint(peer));
        let router = self.router.interfaces[port];
        let ask = Ask { interface: router.port, ip: ipv4, destination: BROADCAST };
        let mut mbuf = self.pool.alloc().unwrap();
        let len = arp::request(mbuf.room_mut(), &router, &ask).unwrap();
        mbuf.set_len(len).unwrap();
        let on = PortIndex(port as u8);
        match ingress::classify(mbuf.data(), on, &self.peers) {
            Inbound::Arp(message) => self.answer_arp(port, queue, &message, mbuf),
            other => panic!("no ARP request: {other:?}"),
        }
    }

    /// The messages of a kind that left for a peer.
    pub fn kind_to(left: &[Left], kind: &str, to: &str) -> Vec<Sip> {
        let to = endpoint(to);
        let of = left.iter().filter(|left| left.to == to && left.message.kind() == kind);
        of.map(|left| left.message.clone()).collect()
    }

    /// Runs, and gives the only message of this kind that left for a peer.
    pub fn one(&mut self, kind: &str, to: &str) -> Sip {
        let left = self.left();
        let mut found = Rig::kind_to(&left, kind, to);
        let all: Vec<String> = left.iter().map(|left| left.message.kind()).collect();
        assert_eq!(found.len(), 1, "one {kind} to {to} among {all:?}");
        found.remove(0)
    }

    /// How often packets ended so at a worker.
    pub fn count(&self, worker: usize, verdict: Verdict) -> u64 {
        self.workers[worker].verdicts().get(verdict)
    }

    /// Which worker has the call that an INVITE opens.
    pub fn owner_of(&self, invite: &Sip) -> usize {
        let env = self.workers[0].engine().env();
        let rule = dataplane::owner::Rule {
            keys: &env.keys,
            layout: Layout::of(env.layout),
            member: env.member,
        };
        let buffer = simd::padded(&invite.bytes());
        let datagram = simd::Padded::new(&buffer, invite.bytes().len()).unwrap();
        usize::from(rule.owner(datagram).unwrap().worker)
    }

    /// An INVITE to `number` whose call worker `owner` gets.
    pub fn invite_owned_by(&self, owner: usize, number: &str) -> Sip {
        let invites = (0..).map(|at| sip::invite(number, CALLER, &format!("call-{number}-{at}")));
        let mut own = invites.filter(|invite| self.owner_of(invite) == owner);
        own.next().unwrap()
    }

    /// A call to 391 that stands, with each message sent to the queue that `queue` gives for it.
    pub fn call(&mut self, invite: &Sip, mut queue: impl FnMut() -> usize) -> (Leg, Leg) {
        self.send(queue(), CALLER, invite);
        let arrived = self.one("INVITE", ONE);
        let ok = sip::answer(&arrived, 200, "OK", "callee", ONE);
        self.send(queue(), ONE, &ok);
        let received = self.one("200 INVITE", CALLER);
        let caller = Leg::of_caller(invite, &received, CALLER);
        self.send(queue(), CALLER, &caller.ack());
        self.one("ACK", ONE);
        (caller, Leg::of_callee(&arrived, &ok, ONE))
    }

    /// The events told by a worker, each with the worker that it names.
    pub fn events(&mut self, worker: usize) -> Vec<(Kind, u16)> {
        let mut told = Vec::new();
        while let Some(record) = self.events[worker].peek() {
            let event = Event::decode(record).unwrap();
            told.push((event.kind(), event.head().worker.get()));
            self.events[worker].release();
        }
        told
    }
}
