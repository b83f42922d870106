//! Owns what every router of a run stands on: the EAL, the plan, the packet pools, the sizes of memory.
//! Refuses to know workers and ports: see [`crate::rig`].

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bench_report::{About, Metric, Record};
use dpdk::eal::{self, SocketId};
use dpdk::mempool::DEFAULT_DATA_ROOM;
use dpdk::tsc::TscClock;
use dpdk::{Eal, LcoreId, Mempool};
use hugepages::memory::{HUGE_PAGE, PageKind};
use routing::Image;
use routing::image;

use crate::arguments::{Arguments, Sizes};
use crate::fault::Fault;
use crate::frame::{CARRIERS, ORIGINATOR};
use crate::plan;
use crate::template::CALLED_LEN;

/// Arrays that round up to a page each.
const ARRAYS: u64 = 32;

/// The lcore of the generator, which is the EAL's main one, and of the router when it has one of its own.
pub const MAIN: LcoreId = LcoreId(0);
/// See [`MAIN`].
pub const OTHER: LcoreId = LcoreId(1);

/// How a run was made.
#[derive(Clone, Debug)]
pub struct Notes {
    /// Prefixes of the plan.
    pub prefixes: u64,
    /// How long the image took to build.
    pub plan_seconds: f64,
    /// What these tables lie on.
    pub pages: PageKind,
    /// MiB of all tables of workers.
    pub tables_mib: u64,
}

/// CPUs of router and generator.
///
/// # Errors
/// Two are wanted and one is there.
pub fn cpus(arguments: &Arguments) -> Result<(u32, u32), Fault> {
    let count = std::thread::available_parallelism().map_or(1, usize::from) as u32;
    let router = arguments.core.unwrap_or(count - 1);
    if (arguments.threads || arguments.scale) && count < 2 {
        return Err(Fault::OneCore);
    }
    Ok((router, if router == 0 { count - 1 } else { 0 }))
}

/// The lcores of a run, each on its CPU.
fn lcores(arguments: &Arguments) -> Result<String, Fault> {
    let (router, generator) = cpus(arguments)?;
    Ok(match arguments.threads || arguments.scale {
        true => format!("{MAIN}@{generator},{OTHER}@{router}"),
        false => format!("{MAIN}@{router}"),
    })
}

fn eal_mib(sizes: &Sizes, pages: PageKind) -> u32 {
    // A buffer takes its data room and two headers, and no small page holds two; rings and ports are small beside them.
    let buffer = match pages {
        PageKind::Huge => u32::from(DEFAULT_DATA_ROOM) + 256,
        PageKind::Small => 4_096,
    };
    (2 * sizes.mbufs * buffer).div_ceil(1 << 20) + 64
}

fn tables_bytes(sizes: &Sizes) -> u64 {
    sizes.capacity().bytes().iter().map(|(_, bytes)| bytes).sum::<u64>() * sizes.workers
}

fn pages_needed(sizes: &Sizes) -> u64 {
    (tables_bytes(sizes) + (u64::from(eal_mib(sizes, PageKind::Huge)) << 20))
        .div_ceil(HUGE_PAGE as u64)
        * 21
        / 20
        + ARRAYS * sizes.workers
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

/// What all routers of a run stand on.
pub struct Ground {
    /// Sizes of a worker, and what it gets.
    pub sizes: Sizes,
    /// The calibrated clock.
    pub clock: TscClock,
    /// The reading that the routers' time begins at.
    pub start_tsc: u64,
    /// What a reader should know of how it was made.
    pub notes: Notes,
    /// The plan.
    pub image: Arc<Image>,
    /// A number below each of its prefixes.
    pub numbers: Arc<[[u8; CALLED_LEN]]>,
    /// What the routers send comes from here.
    pub router_pool: Mempool,
    /// What their peers send comes from here.
    pub generator_pool: Mempool,
    /// Last, since all else needs it.
    pub eal: Eal,
}

impl Ground {
    /// Starts the EAL, builds the plan, makes the pools.
    ///
    /// # Errors
    /// What could not be made, and why.
    pub fn new(arguments: &Arguments) -> Result<Ground, Fault> {
        simd::require_cpu()?;
        let sizes = arguments.sizes();
        let pages = match free_huge_pages() >= pages_needed(&sizes) {
            true => PageKind::Huge,
            false => PageKind::Small,
        };
        let eal = Eal::init(&eal::Options {
            lcores: lcores(arguments)?,
            main_lcore: MAIN,
            memory_mib: eal_mib(&sizes, pages),
            huge: if pages == PageKind::Huge { eal::HugePages::Use } else { eal::HugePages::None },
            ..eal::Options::default()
        })?;
        let clock = TscClock::calibrate(Duration::from_millis(200));
        let begun = Instant::now();
        let prefixes = plan::prefixes(sizes.prefixes);
        let text = |findings: Vec<routing::Finding>| {
            Fault::Plan(findings.first().map(ToString::to_string).unwrap_or_default())
        };
        let image =
            image::build(&plan::plan(&prefixes, ORIGINATOR, CARRIERS)).map_err(text)?.open()?;
        let notes = Notes {
            prefixes: prefixes.len() as u64,
            plan_seconds: begun.elapsed().as_secs_f64(),
            pages,
            tables_mib: tables_bytes(&sizes) >> 20,
        };
        let pool =
            |name| Mempool::create(&eal, name, sizes.mbufs, 256, DEFAULT_DATA_ROOM, SocketId::ANY);
        Ok(Ground {
            sizes,
            clock,
            start_tsc: dpdk::tsc::now(),
            notes,
            image: Arc::new(image),
            numbers: plan::numbers(&prefixes).into(),
            router_pool: pool("router")?,
            generator_pool: pool("generator")?,
            eal,
        })
    }
}

/// One line about where a run takes place.
pub fn machine(arguments: &Arguments, hz: u64) -> String {
    let sizes = arguments.sizes();
    format!(
        "{}, TSC {:.3} GHz, {}, {} calls/s, ringing {} s, hold {} s",
        bench_report::cpu(),
        hz as f64 / 1e9,
        Eal::version(),
        sizes.rate,
        sizes.ring_us as f64 / 1e6,
        sizes.hold_us as f64 / 1e6,
    )
}

/// Appends the figures of a run to the record at `path`.
///
/// # Errors
/// It cannot be written.
pub fn record(about: About, path: &Path, metrics: &[Metric]) -> Result<(), Fault> {
    let fault = |source| Fault::Write { what: path.display().to_string(), source };
    let command = bench_report::command(about, &["--scale"]);
    let software = [("dpdk", &*Eal::version())];
    let mut record = Record::open(path).map_err(fault)?;
    record.append(about, &software, &command, metrics).map_err(fault)
}
