//! Owns the making of a router of some workers, its ports, and the traffic for it.
//! Refuses to know what is measured.

use std::path::PathBuf;
use std::sync::Arc;

use dataplane::dialog::keyring::{KeyRing, SECRET_BYTES};
use dataplane::keeper::Pressure;
use dataplane::keeper::control::{self, Issuer};
use dataplane::keeper::unsettled::Unsettled;
use dataplane::net::route::Routes;
use dataplane::net::{Endpoint, PortIndex, Tables};
use dataplane::owner::Layout;
use dataplane::proxy::{Engine, Env, ListenerText, State, Timers};
use dataplane::worker::peers::Seat;
use dataplane::worker::{Desk, Worker, WorkerParts, WorkerPort, counter_names};
use dpdk::Eal;
use dpdk::port::{Port, PortConfig, Started};
use dpdk::ring::{Far, RingPort};
use dpdk::tsc::TscClock;
use hugepages::anchor::{self, TickRate};
use hugepages::commands::CommandReceiver;
use hugepages::counters::Counters;
use hugepages::instance::InstanceDir;
use hugepages::ring::{self, Consumer};
use routing::{Switches, TechniqueState};

use crate::arguments::Arguments;
use crate::fault::Fault;
use crate::frame::{Links, MEMBER, router_network};
use crate::generator::Generator;
use crate::router::{Ground, Notes};

/// Bytes of the ring of call events: a turn's worth many times over.
const EVENT_RING_BYTES: usize = 32 << 20;

/// A router with traffic for it, ready to run.
pub struct Rig {
    /// Its workers, by number.
    pub workers: Vec<Worker>,
    /// Its peers.
    pub generator: Generator,
    /// Its call events, by worker.
    pub events: Vec<Consumer>,
    /// The ways of images to its workers, by worker.
    pub issuers: Vec<Issuer>,
    /// Keeps what must outlive the router.
    pub kept: Kept,
}

/// What must outlive a router.
pub struct Kept {
    _ports: Vec<Port<Started>>,
    _notes: Vec<Consumer>,
    _instance: InstanceDir,
}

/// A router of one worker, with all that it stands on.
pub struct Made {
    /// The router.
    pub worker: Worker,
    /// Its peers.
    pub generator: Generator,
    /// Its call events.
    pub events: Consumer,
    /// The way of images to it.
    pub issuer: Issuer,
    /// The calibrated clock.
    pub clock: TscClock,
    /// The reading that the router's time begins at.
    pub start_tsc: u64,
    /// What a reader should know of how it was made.
    pub notes: Notes,
    /// Keeps what must outlive the router.
    pub kept: Kept,
    /// Last, since all else needs it.
    pub eal: Eal,
}

/// A folder that goes with its owner.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Nothing is in it that anybody misses.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes a router of one worker, with all that it stands on.
///
/// # Errors
/// What could not be made, and why.
pub fn make(arguments: &Arguments) -> Result<Made, Fault> {
    let ground = Ground::new(arguments)?;
    let Rig { mut workers, generator, mut events, mut issuers, kept } = Rig::new(&ground, 1)?;
    let (Some(worker), Some(events), Some(issuer)) = (workers.pop(), events.pop(), issuers.pop())
    else {
        return Err(Fault::Setup("a worker"));
    };
    let Ground { clock, start_tsc, notes, eal, .. } = ground;
    Ok(Made { worker, generator, events, issuer, clock, start_tsc, notes, kept, eal })
}

/// The queues of the workers, and what is at their other end.
struct Ports {
    started: Vec<Port<Started>>,
    queues: Vec<Vec<WorkerPort>>,
    far: [Vec<Far>; 2],
}

fn ports(ground: &Ground, workers: u8) -> Result<Ports, Fault> {
    let (mut started, mut far) = (Vec::new(), Vec::new());
    let mut queues: Vec<Vec<WorkerPort>> = (0..workers).map(|_| Vec::new()).collect();
    for (number, name) in [(0u8, "access"), (1, "carrier")] {
        // A name is used once in the life of a process.
        let name = format!("{name}{workers}");
        let (id, ends) =
            RingPort::create_queues(&ground.eal, &name, ground.sizes.ring, workers.into())?;
        let count = u16::from(workers);
        let config = PortConfig {
            rx_queues: count,
            tx_queues: count,
            ..PortConfig::new(&ground.router_pool)
        };
        let mut port = Port::open(&ground.eal, id)?.start(config)?;
        let tx_checksums = port.offloads().tx_both();
        for (queue, ports) in (0u16..).zip(&mut queues) {
            let (rx, tx) = port.take_queue(queue).ok_or(Fault::Setup("a queue"))?;
            let (rx, tx) = (Some(rx), Some(tx));
            ports.push(WorkerPort { index: PortIndex(number), rx, tx, tx_checksums });
        }
        started.push(port);
        far.push(ends);
    }
    let far = far.try_into().map_err(|_| Fault::Setup("both ports"))?;
    Ok(Ports { started, queues, far })
}

impl Rig {
    /// A router of `workers` workers, each with the tables and the traffic of a router of one.
    ///
    /// # Errors
    /// What could not be made, and why.
    pub fn new(ground: &Ground, workers: u8) -> Result<Rig, Fault> {
        let Ports { started, queues, far } = ports(ground, workers)?;
        let links = Links::new(far, ground.generator_pool.clone(), keys()?)?;
        let sizes = ground.sizes.times(workers.into());
        let mut generator = Generator::new(links, Arc::clone(&ground.numbers), &sizes);
        generator.introduce();
        let folder = format!("bench-call-{}-{workers}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(folder));
        let instance = InstanceDir::lock(&folder.0)?;
        let seats = Seat::for_all(workers.into(), ground.sizes.channel as usize)?;
        let (mut made, mut events, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        let mut issuers = Vec::new();
        for ((number, ports), seat) in (0u8..).zip(queues).zip(seats) {
            let (engine, event_end) = engine(ground, number, workers)?;
            let (notes_in, note_end) = ring::channel_in_memory(64 << 10);
            let counters =
                Counters::create(&instance, &format!("worker-{number}"), &counter_names())?;
            let (desk, issuer) = desk(&instance, number)?;
            let network = router_network();
            let rate = TickRate::from_hz(ground.clock.hz()).ok_or(Fault::Setup("the clock"))?;
            let (_publisher, anchor) =
                anchor::channel(ground.start_tsc, 1_700_000_000_000_000, rate);
            made.push(Worker::new(WorkerParts {
                number: number.into(),
                ports,
                tables: Tables::new(&network)?,
                routes: Routes::new(&network.interfaces, &[])?,
                pool: ground.router_pool.clone(),
                engine,
                seat,
                clock: ground.clock,
                start_tsc: ground.start_tsc,
                anchor: anchor.reader(),
                counters,
                notes: notes_in,
                desk,
            }));
            events.push(event_end);
            notes.push(note_end);
            issuers.push(issuer);
        }
        // What is mapped stays; so nothing is left behind, even by a run that is killed.
        drop(folder);
        let kept = Kept { _ports: started, _notes: notes, _instance: instance };
        Ok(Rig { workers: made, generator, events, issuers, kept })
    }
}

/// The desk of a worker, and the way of images to it.
fn desk(instance: &InstanceDir, number: u8) -> Result<(Desk, Issuer), Fault> {
    let (issuer, intake) =
        control::issue_channel().map_err(|_| Fault::Setup("the way of images"))?;
    let commands = CommandReceiver::create(instance, number.into())
        .map_err(|_| Fault::Setup("the ring of switches"))?;
    Ok((Desk::new(intake, commands), issuer))
}

/// A key of the bench's own: what it signs leaves no machine.
fn keys() -> Result<KeyRing, Fault> {
    KeyRing::new(&[(1, [0x42; SECRET_BYTES])]).ok_or(Fault::Setup("the keys"))
}

/// The SIP core of a worker, and the end at which its call events come out.
fn engine(ground: &Ground, number: u8, workers: u8) -> Result<(Engine, Consumer), Fault> {
    let (events_in, events) = ring::channel_in_memory(EVENT_RING_BYTES);
    let listeners = router_network().listeners.into_iter().map(|listener| {
        ListenerText::new(Endpoint { ipv4: listener.address, port: listener.udp_port }, false)
    });
    let timers = Timers::default();
    let technique = TechniqueState::new(ground.image.cursor_count(), number.into(), 1);
    let (capacity, pages) = (ground.sizes.capacity(), ground.notes.pages);
    let state = State::new(capacity, &timers, pages, technique, events_in, 0, 1)?;
    let keys = keys()?;
    let env = Env {
        image: Some(Arc::clone(&ground.image)),
        switches: Switches::new(),
        layout: Layout::new(workers.into(), keys.newest()).id(),
        keys,
        listeners: listeners.collect(),
        timers,
        limits: parser::Limits::default(),
        member: MEMBER,
        core: number,
        boot: 1,
        unsettled: Unsettled::default(),
        pressure: Pressure::default(),
    };
    Ok((Engine::new(env, state), events))
}
