//! Owns what can go wrong at start: each fault one sentence with cause and remedy.

use std::io;
use std::path::PathBuf;

use crate::config::LoadConfigError;
use crate::keeper::journal::OpenJournalError;
use crate::keys;
use crate::net::ConfigError;
use crate::net::route::RouteError;
use crate::privilege::PrivilegeError;

/// Why the data plane did not start, or did not end well.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] LoadConfigError),
    #[error("cannot print: {0}")]
    Print(io::Error),
    #[error(transparent)]
    Cpu(#[from] simd::MissingCpuFeature),
    #[error(
        "port \"{port}\" needs root (device {device}): start tandem-dataplane as root, it gives its rights up after start"
    )]
    NotRoot { port: String, device: String },
    #[error(
        "port \"{port}\": there is no network interface \"{interface}\"; `ip link` lists those that exist"
    )]
    NoInterface { port: String, interface: String },
    #[error(
        "port \"{port}\": the kernel has the address {address} on interface \"{interface}\" and would answer beside the router; remove it with `ip addr del {address}/{prefix_len} dev {interface}`"
    )]
    KernelAddress { port: String, interface: String, address: std::net::Ipv4Addr, prefix_len: u8 },
    #[error(
        "port \"{port}\": its address {address} is in use by the kernel on interface \"{interface}\"; give the port another address or remove that one"
    )]
    AddressInUse { port: String, address: std::net::Ipv4Addr, interface: String },
    #[error("cannot list the addresses of the machine: {0}")]
    Addresses(nix::Error),
    #[error("cannot make the directory {}: {source}", path.display())]
    MakeDirectory { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Instance(#[from] hugepages::instance::LockInstanceError),
    #[error(transparent)]
    GiveInstance(#[from] hugepages::instance::GiveInstanceError),
    #[error(transparent)]
    RemoveSegment(#[from] hugepages::instance::RemoveSegmentError),
    #[error(transparent)]
    Segment(#[from] hugepages::segment::CreateSegmentError),
    #[error(transparent)]
    Counters(#[from] hugepages::counters::CreateCountersError),
    #[error(transparent)]
    Journal(#[from] OpenJournalError),
    #[error(
        "cannot write the events that a dead process left to the journal: {0}; free or repair the disk of the state directory"
    )]
    Recover(io::Error),
    #[error("cannot give the journal in {} to `user`: {source}; start as root, or as that user", path.display())]
    GiveJournal { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Keys(#[from] keys::Error),
    #[error("there is no key to sign with in the keys file; remove it and start again")]
    NoKey,
    #[error(transparent)]
    Tally(#[from] hugepages::tally::CreateTallyError),
    #[error(transparent)]
    ReadCounters(#[from] hugepages::counters::OpenCountersError),
    #[error(
        "memory.huge_pages is \"require\", and {needed} huge pages of 2 MiB are needed but {free} are free; reserve them with `sysctl vm.nr_hugepages={total}`, or set huge_pages = \"auto\""
    )]
    TooFewHugePages { needed: u64, free: u64, total: u64 },
    #[error(transparent)]
    Eal(#[from] dpdk::eal::InitEalError),
    #[error("the time-stamp counter runs at {0} Hz, which is no usable clock")]
    Clock(u64),
    #[error(transparent)]
    Mempool(#[from] dpdk::mempool::CreateMempoolError),
    #[error(transparent)]
    UnknownPort(#[from] dpdk::port::UnknownPort),
    #[error("port \"{port}\": {source}")]
    OpenPort { port: String, source: dpdk::port::OpenPortError },
    #[error("port \"{port}\": {source}")]
    StartPort { port: String, source: dpdk::port::StartPortError },
    #[error("no worker is configured; name its core in cores.workers")]
    NoWorker,
    #[error(transparent)]
    Channel(#[from] dpdk::channel::BadCapacity),
    #[error(transparent)]
    Net(#[from] ConfigError),
    #[error(transparent)]
    Route(#[from] RouteError),
    #[error("cannot handle signals: {0}")]
    Signal(io::Error),
    #[error(transparent)]
    Launch(#[from] dpdk::lcore::LaunchError),
    #[error(transparent)]
    Memory(#[from] hugepages::memory::MapError),
    #[error("a worker ended before it was ready")]
    WorkerGone,
    #[error(transparent)]
    Privilege(#[from] PrivilegeError),
    #[error(transparent)]
    Panicked(#[from] dpdk::lcore::Panicked),
    #[error(
        "a worker stopped after three panics within ten seconds; start again and report the log"
    )]
    Panics,
    #[error(
        "the last events could not be written to the journal: {0}; they stay in the instance directory and are taken at the next start"
    )]
    Finish(io::Error),
}
