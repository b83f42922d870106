//! Owns the way from a command line to running workers and back: everything is checked and reserved before the
//! first packet, privileges are dropped before it too, and what was started is ended in reverse order.
//! Refuses to know what a packet is.
//!
//! ```text
//! configuration ─► instance lock, journal, keys ─► EAL, ports, tables ─► worker waits
//!                                                          privileges dropped, verified ─► worker runs, keeper turns
//! ```

mod crew;
mod devices;
mod error;
mod link;
mod memory;
mod ports;
mod worker;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use dpdk::tsc::TscClock;
use dpdk::{Eal, eal};
use hugepages::anchor::{self, TickRate};
use hugepages::counters::Counters;
use hugepages::instance::InstanceDir;
use hugepages::ring::{self, RingUse};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

pub use error::StartError;

use crate::cli::RunArguments;
use crate::config::{self, Config, Machine};
use crate::keeper::journal::Journal;
use crate::keeper::log::Log;
use crate::keeper::reap::Keep;
use crate::keeper::unsettled::Unsettled;
use crate::keeper::utc::UtcMicros;
use crate::keeper::{self, Busy, Keeper, KeeperParts, statistics, unsettled};
use crate::keys::Keys;
use crate::privilege::{self, Identity};
use crew::{Crew, KEEPER};

/// How long the keeper sleeps when it has nothing to do.
const KEEPER_NAP: Duration = Duration::from_millis(1);

/// Runs a data plane until it is told to stop.
///
/// # Errors
/// One sentence: what failed, with which value, and what to do.
pub fn run(arguments: &RunArguments) -> Result<(), StartError> {
    let config = Config::load(&arguments.config, &Machine::this())?;
    if arguments.check {
        return say("the configuration is good\n");
    }
    if arguments.show_memory {
        return say(&memory::table(&config));
    }
    simd::require_cpu()?;
    devices::check(&config)?;
    let log = Log::to_stderr(config.log.level, config.log.format);
    let user = Identity::resolve(&config.user)?;
    make_parent(&config.instance)?;
    let mut instance = InstanceDir::lock(&config.instance)?;
    // The control plane is the same user, and writes into rings that are made here.
    instance.make_segments_for(user.uid(), user.gid());
    user.pass_directory(&config.state, config::IN_STATE)?;
    let journal_dir = config.journal_dir();
    let mut journal = open_journal(&journal_dir, &log)?;
    recover_rings(&instance, &mut journal, &log)?;
    let unsettled = unsettled_calls(&config, &log);
    let keys = Keys::open(&config.keys_file(), UtcMicros::now().0 / 1_000_000)?;
    user.own_directory(&journal_dir)?;
    journal
        .give_to(user.uid(), user.gid())
        .map_err(|source| StartError::GiveJournal { path: journal_dir.clone(), source })?;
    user.own_directory(&config.image_dir())?;

    let pages = memory::pages(&config, &log)?;
    // Threads inherit the flag from the one that starts them: it has to be set before the EAL starts its own.
    privilege::forbid_new_privileges()?;
    let eal = Eal::init(&eal_options(&config, pages))?;
    let clock = TscClock::calibrate(Duration::from_millis(50));
    let rate = TickRate::from_hz(clock.hz()).ok_or(StartError::Clock(clock.hz()))?;
    let started = ports::start(&eal, &config, pages)?;
    for port in &started.report {
        let info = log.info("port_started").text("port", &port.name).text("driver", &port.driver);
        let info = info.text("mac", &port.mac).number("rx_queues", port.rx_queues);
        let info = info.number("tx_queues", port.tx_queues);
        info.text("link", if port.link_up { "up" } else { "down" }).emit();
    }

    let (lines, keeper_lines) = crew::lines(&instance, &config, &journal)?;
    let (link, desks) = link::make(&instance, &config, journal.place())?;
    let keeper_counters = Counters::create(&instance, "keeper", statistics::NAMES)?;
    let start_tsc = dpdk::tsc::now();
    let (publisher, anchor) = anchor::channel(start_tsc, UtcMicros::now().0, rate);
    let mut keeper = Keeper::new(KeeperParts {
        rings: keeper_lines.events,
        notes: keeper_lines.notes,
        counters: keeper_counters,
        anchor: publisher,
        journal,
        keep: Keep {
            segments: config.limits.journal_segments_kept,
            micros: unsettled::window_us(config.timers.b_ms),
        },
        log,
        tsc_hz: clock.hz(),
    });
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(StartError::Signal)?;
    }
    let common = worker::Common {
        tally: Arc::clone(link.tally()),
        unsettled,
        secrets: keys.secrets(),
        pages,
        clock,
        start_tsc,
        boot: worker::random_words()[0],
    };
    let ends = crew::numbers(&config).zip(lines).zip(desks).zip(started.workers);
    let orders = ends.map(|(((number, lines), desk), ports)| worker::Order {
        number,
        common: common.clone(),
        anchor: anchor.reader(),
        pressure: keeper.pressure(usize::from(number)).unwrap_or_default(),
        lines,
        desk,
        ports,
    });
    let crew = Crew::launch(&eal, orders.collect(), &config, &stop)?.wait_until_ready()?;
    instance.give_to(user.uid(), user.gid())?;
    user.drop_privileges()?;
    user.verify_writes(&journal_dir)?;
    let image = link::last_image(&config, keeper.log());
    link.attach(&mut keeper, &config, image, clock.hz())?;
    let running = crew.go();
    let log = keeper.log().info("ready").number("pid", std::process::id());
    log.text("user", user.name()).number("workers", config.cores.workers.len() as u64).emit();

    while running.goes_on() {
        if keeper.turn(dpdk::tsc::now()) == Busy::No {
            thread::sleep(KEEPER_NAP);
        }
    }
    let ended = running.stop();
    keeper.finish(dpdk::tsc::now()).map_err(StartError::Finish)?;
    crew::forget_events(&instance, &config);
    ended?;
    keeper.log().info("stopped").emit();
    Ok(())
}

fn say(text: &str) -> Result<(), StartError> {
    std::io::stdout().write_all(text.as_bytes()).map_err(StartError::Print)
}

fn eal_options(config: &Config, pages: hugepages::memory::PageKind) -> eal::Options {
    let mut lcores = format!("{KEEPER}@{}", config.cores.keeper.0);
    for (number, core) in crew::numbers(config).zip(&config.cores.workers) {
        lcores.push_str(&format!(",{}@{}", crew::lcore_of(number), core.0));
    }
    eal::Options {
        lcores,
        main_lcore: KEEPER,
        memory_mib: config.memory.mib,
        huge: match pages {
            hugepages::memory::PageKind::Huge => eal::HugePages::Use,
            hugepages::memory::PageKind::Small => eal::HugePages::None,
        },
        devices: config.ports.iter().map(devices::eal_device).collect(),
        ..eal::Options::default()
    }
}

fn make_parent(path: &Path) -> Result<(), StartError> {
    let Some(parent) = path.parent() else { return Ok(()) };
    std::fs::create_dir_all(parent)
        .map_err(|source| StartError::MakeDirectory { path: parent.to_owned(), source })
}

fn open_journal(dir: &Path, log: &Log) -> Result<Journal, StartError> {
    let (journal, opened) = Journal::open(dir)?;
    if opened.torn_bytes > 0 {
        log.warn("journal_tail_cut").number("bytes", opened.torn_bytes).emit();
    }
    if let Some((path, offset)) = opened.damaged {
        let line = log.error("journal_damaged").text("segment", path.display());
        line.number("from_offset", offset)
            .text("remedy", "keep the file; a new segment was begun")
            .emit();
    }
    Ok(journal)
}

/// The calls whose answer or BYE may come once more. Without them such a call is counted wrongly until the next start.
fn unsettled_calls(config: &Config, log: &Log) -> Unsettled {
    let since = UtcMicros::now().0.saturating_sub(unsettled::window_us(config.timers.b_ms));
    unsettled::read(&config.journal_dir(), since).unwrap_or_else(|error| {
        log.error("journal_unreadable").text("why", error).emit();
        Unsettled::default()
    })
}

/// Writes what a process that died left in its rings of events.
fn recover_rings(
    instance: &InstanceDir,
    journal: &mut Journal,
    log: &Log,
) -> Result<(), StartError> {
    for name in instance.left_behind() {
        match ring::attach_consumer(instance.path(), name, RingUse::Events) {
            Ok(mut ring) => {
                let events =
                    keeper::recover(journal, &mut ring, log).map_err(StartError::Recover)?;
                log.info("events_recovered").text("ring", name).number("events", events).emit();
            }
            Err(error) => log.error("ring_unreadable").text("ring", name).text("why", error).emit(),
        }
        instance.remove(name)?;
    }
    Ok(())
}
