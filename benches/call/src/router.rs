//! Owns the making of everything that a run needs: ports, pools, plan, router, generator.
//! Refuses to know what is measured.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dataplane::dialog::keyring::{KeyRing, SECRET_BYTES};
use dataplane::keeper::Pressure;
use dataplane::keeper::control::{self, Issuer};
use dataplane::keeper::unsettled::Unsettled;
use dataplane::net::route::Routes;
use dataplane::net::{Endpoint, PortIndex, Tables};
use dataplane::proxy::{Engine, Env, ListenerText, State, Timers};
use dataplane::worker::peers::Seat;
use dataplane::worker::{Desk, Worker, WorkerParts, WorkerPort, counter_names};
use dpdk::eal::{self, SocketId};
use dpdk::mempool::DEFAULT_DATA_ROOM;
use dpdk::port::{Port, PortConfig, Started};
use dpdk::ring::RingPort;
use dpdk::tsc::TscClock;
use dpdk::{Eal, LcoreId, Mempool};
use hugepages::anchor::{self, TickRate};
use hugepages::commands::CommandReceiver;
use hugepages::counters::Counters;
use hugepages::instance::InstanceDir;
use hugepages::memory::{HUGE_PAGE, PageKind};
use hugepages::ring::{self, Consumer};
use routing::{Switches, TechniqueState, image};

use crate::arguments::{Arguments, Sizes};
use crate::fault::Fault;
use crate::frame::{CARRIERS, Links, ORIGINATOR, router_network};
use crate::generator::Generator;
use crate::plan;

/// Bytes of the ring of call events: a turn's worth many times over.
const EVENT_RING_BYTES: usize = 32 << 20;
/// Arrays that round up to a page each.
const ARRAYS: u64 = 32;

/// The lcore of the generator, which is the EAL's main one, and of the router when it has one of its own.
pub const MAIN: LcoreId = LcoreId(0);
/// See [`MAIN`].
pub const OTHER: LcoreId = LcoreId(1);

/// A router with traffic for it, ready to run.
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
    /// Keeps what must outlive the router, in the order in which it goes.
    pub kept: Kept,
}

/// How a run was made.
#[derive(Clone, Debug)]
pub struct Notes {
    /// Prefixes of the plan.
    pub prefixes: u64,
    /// How long the image took to build.
    pub plan_seconds: f64,
    /// What the router's tables lie on.
    pub pages: PageKind,
    /// MiB of the router's tables.
    pub tables_mib: u64,
}

/// What must outlive the router.
pub struct Kept {
    _ports: Vec<Port<Started>>,
    _notes: Consumer,
    _instance: InstanceDir,
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

/// CPUs of router and generator.
///
/// # Errors
/// Two are wanted and one is there.
pub fn cpus(arguments: &Arguments) -> Result<(u32, u32), Fault> {
    let count = std::thread::available_parallelism().map_or(1, usize::from) as u32;
    let router = arguments.core.unwrap_or(count - 1);
    if arguments.threads && count < 2 {
        return Err(Fault::OneCore);
    }
    Ok((router, if router == 0 { count - 1 } else { 0 }))
}

fn eal_mib(sizes: &Sizes) -> u32 {
    // A buffer takes its data room and a header of 128 bytes; rings and ports are small beside them.
    (2 * sizes.mbufs * (u32::from(DEFAULT_DATA_ROOM) + 256)).div_ceil(1 << 20) + 64
}

fn tables_bytes(sizes: &Sizes) -> u64 {
    sizes.capacity().bytes().iter().map(|(_, bytes)| bytes).sum()
}

fn pages_needed(sizes: &Sizes) -> u64 {
    (tables_bytes(sizes) + (u64::from(eal_mib(sizes)) << 20)).div_ceil(HUGE_PAGE as u64) * 21 / 20
        + ARRAYS
}

/// Prints how many huge pages a run takes.
///
/// # Errors
/// Never.
pub fn print_pages(arguments: &Arguments) -> Result<(), Fault> {
    println!("{}", pages_needed(&arguments.sizes()));
    Ok(())
}

fn free_huge_pages() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("HugePages_Free:"));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

/// Makes everything.
///
/// # Errors
/// What could not be made, and why.
pub fn make(arguments: &Arguments) -> Result<Made, Fault> {
    simd::require_cpu()?;
    let sizes = arguments.sizes();
    let (router_cpu, generator_cpu) = cpus(arguments)?;
    let pages =
        if free_huge_pages() >= pages_needed(&sizes) { PageKind::Huge } else { PageKind::Small };
    let lcores = match arguments.threads {
        true => format!("{MAIN}@{generator_cpu},{OTHER}@{router_cpu}"),
        false => format!("{MAIN}@{router_cpu}"),
    };
    let eal = Eal::init(&eal::Options {
        lcores,
        main_lcore: MAIN,
        memory_mib: eal_mib(&sizes),
        huge: if pages == PageKind::Huge { eal::HugePages::Use } else { eal::HugePages::None },
        ..eal::Options::default()
    })?;
    let clock = TscClock::calibrate(Duration::from_millis(200));
    let begun = Instant::now();
    let prefixes = plan::prefixes(sizes.prefixes);
    let text = |findings: Vec<routing::Finding>| {
        Fault::Plan(findings.first().map(ToString::to_string).unwrap_or_default())
    };
    let image = image::build(&plan::plan(&prefixes, ORIGINATOR, CARRIERS)).map_err(text)?.open()?;
    let plan_seconds = begun.elapsed().as_secs_f64();

    let pool =
        |name| Mempool::create(&eal, name, sizes.mbufs, 256, DEFAULT_DATA_ROOM, SocketId::ANY);
    let (router_pool, generator_pool) = (pool("router")?, pool("generator")?);
    let (mut far, mut ports, mut worker_ports) = (Vec::new(), Vec::new(), Vec::new());
    for (number, name) in [(0u8, "access"), (1, "carrier")] {
        let (id, end) = RingPort::create(&eal, name, sizes.ring)?;
        let mut port = Port::open(&eal, id)?.start(PortConfig::new(&router_pool))?;
        let (rx, tx) = port.take_queue(0).ok_or(Fault::Setup("a queue"))?;
        let tx_checksums = port.offloads().tx_both();
        let (rx, tx) = (Some(rx), Some(tx));
        worker_ports.push(WorkerPort { index: PortIndex(number), rx, tx, tx_checksums });
        ports.push(port);
        far.push(end);
    }
    let far = far.try_into().map_err(|_| Fault::Setup("both ports"))?;
    let mut generator =
        Generator::new(Links::new(far, generator_pool)?, plan::numbers(&prefixes), &sizes);
    generator.introduce();

    let folder = Folder(std::env::temp_dir().join(format!("bench-call-{}", std::process::id())));
    let instance = InstanceDir::lock(&folder.0)?;
    let counters = Counters::create(&instance, "worker-0", &counter_names())?;
    let (issuer, intake) =
        control::issue_channel().map_err(|_| Fault::Setup("the way of images"))?;
    let commands = CommandReceiver::create(&instance, 0);
    let desk = Desk::new(intake, commands.map_err(|_| Fault::Setup("the ring of switches"))?);
    // What is mapped stays; so nothing is left behind, even by a run that is killed.
    drop(folder);
    let (events_in, events) = ring::channel_in_memory(EVENT_RING_BYTES);
    let (notes_in, notes) = ring::channel_in_memory(64 << 10);
    let network = router_network();
    let listeners = network.listeners.iter().map(|listener| {
        ListenerText::new(Endpoint { ipv4: listener.address, port: listener.udp_port }, false)
    });
    let timers = Timers::default();
    let technique = TechniqueState::new(image.cursor_count(), 0, 1);
    let state = State::new(sizes.capacity(), &timers, pages, technique, events_in, 0, 1)?;
    let env = Env {
        image: Some(Arc::new(image)),
        switches: Switches::new(),
        // A key of the bench's own: what it signs leaves no machine.
        keys: KeyRing::new(&[(1, [0x42; SECRET_BYTES])]).ok_or(Fault::Setup("the keys"))?,
        listeners: listeners.collect(),
        timers,
        limits: parser::Limits::default(),
        member: 0,
        layout: 0,
        core: 0,
        boot: 1,
        unsettled: Unsettled::default(),
        pressure: Pressure::default(),
    };
    let rate = TickRate::from_hz(clock.hz()).ok_or(Fault::Setup("the clock"))?;
    let start_tsc = dpdk::tsc::now();
    let (_publisher, anchor) = anchor::channel(start_tsc, 1_700_000_000_000_000, rate);
    let worker = Worker::new(WorkerParts {
        number: 0,
        ports: worker_ports,
        tables: Tables::new(&network)?,
        routes: Routes::new(&network.interfaces, &[])?,
        pool: router_pool,
        engine: Engine::new(env, state),
        seat: Seat::alone(),
        clock,
        start_tsc,
        anchor: anchor.reader(),
        counters,
        notes: notes_in,
        desk,
    });
    let notes_of_run = Notes {
        prefixes: prefixes.len() as u64,
        plan_seconds,
        pages,
        tables_mib: tables_bytes(&sizes) >> 20,
    };
    let kept = Kept { _ports: ports, _notes: notes, _instance: instance, eal };
    Ok(Made { worker, generator, events, issuer, clock, start_tsc, notes: notes_of_run, kept })
}
