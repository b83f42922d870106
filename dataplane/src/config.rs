//! Owns the configuration file of the data plane: its keys, defaults and checks.
//! Refuses to know what a plan is, and touches neither devices nor users of the machine.
//!
//! [`Config::parse`] reads the text once and lists every fault it finds with line, key, cause and
//! remedy, so that one round of editing mends a file.

mod check;
mod cidr;
mod finding;
mod raw;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::{fs, io};

pub use cidr::{Cidr, ParseCidrError};
pub use finding::{Finding, Findings};

use crate::keeper::log::{Format, Level};

/// Longest IP packet: a packet buffer holds an Ethernet frame of 1,518 bytes.
pub(crate) const MAX_MTU: u16 = 1500;

const JOURNAL: &str = "journal";
const KEYS: &str = "keys.toml";
/// Directory of the last image.
pub(crate) const IMAGE: &str = "image";
/// What the router makes in its state directory.
pub const IN_STATE: &[&str] = &[JOURNAL, KEYS, IMAGE];

/// A checked configuration: every reference in it resolves, every number is in its range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Directory of the lock and the shared segments.
    pub instance: PathBuf,
    /// Directory of the journal, the keys and the last image.
    pub state: PathBuf,
    /// The control plane's socket.
    pub link: PathBuf,
    /// Number of this appliance in its fleet.
    pub member: u8,
    /// User that the process becomes after start; `root` keeps its privileges.
    pub user: String,
    /// What a worker does when nothing arrives.
    pub idle: Idle,
    /// CPU cores of the threads.
    pub cores: Cores,
    /// Memory reserved at start.
    pub memory: Memory,
    /// Sizes of the tables.
    pub limits: Limits,
    /// SIP timers.
    pub timers: Timers,
    /// What is accepted on the wire beyond the letter of the RFC.
    pub sip: Sip,
    /// Ethernet ports, in file order; a [`PortIndex`] points in here.
    pub ports: Vec<Port>,
    /// Static routes, in file order.
    pub routes: Vec<Route>,
    /// SIP listeners; CDRs name them by their position here.
    pub listeners: Vec<Listener>,
    /// Log settings.
    pub log: LogSettings,
}

/// What a worker does when nothing arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Polls without pause: lowest latency, one core at 100 %.
    Spin,
    /// Sleeps 50 µs after 1,000 empty polls.
    Relax,
}

/// Number of a CPU core as the kernel counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Core(pub u32);

/// CPU cores of the threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cores {
    /// Core of the keeper.
    pub keeper: Core,
    /// Cores of the workers, by the worker's number.
    pub workers: Vec<Core>,
    /// Whether several threads may have one core.
    pub shared: bool,
}

/// Whether huge pages are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HugePages {
    /// Used if enough are free.
    Auto,
    /// Too few are an error at start.
    Require,
    /// Never used.
    Off,
}

/// Memory reserved at start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Whether huge pages are used.
    pub huge_pages: HugePages,
    /// Mebibytes given to DPDK.
    pub mib: u32,
    /// Packet buffers in the pool.
    pub mbufs: u32,
}

/// Sizes of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls in set-up at the same time.
    pub setups: u32,
    /// Transactions, lingering ones included.
    pub transactions: u32,
    /// Standing calls.
    pub calls: u32,
    /// Mebibytes for INVITEs that may have to be sent again to a next trunk.
    pub retained_mib: u32,
    /// Mebibytes of a worker's ring of CDR events; what waits there when the disk fails.
    pub cdr_ring_mib: u32,
    /// Journal segments that stay although the database has them.
    pub journal_segments_kept: u32,
}

/// SIP timers in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Round-trip estimate T1.
    pub t1_ms: u32,
    /// Longest retransmission interval T2.
    pub t2_ms: u32,
    /// Longest life of a message in the network, T4.
    pub t4_ms: u32,
    /// Timer B and F: how long a transaction waits for its answer.
    pub b_ms: u32,
    /// Timer C: how long a proxied INVITE may ring.
    pub c_ms: u32,
}

/// What is accepted on the wire beyond the letter of the RFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sip {
    /// Lines that end in a bare LF are accepted.
    pub bare_lf: bool,
}

/// Position of a port in [`Config::ports`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortIndex(pub usize);

/// One Ethernet port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Name by which listeners and logs refer to it.
    pub name: String,
    /// PCI address or vdev.
    pub device: Device,
    /// Address of the port and the network behind it.
    pub address: Cidr,
    /// Longest IP packet.
    pub mtu: u16,
    /// Hardware address that replaces the device's own.
    pub mac: Option<[u8; 6]>,
}

/// The device behind a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// A PCI address such as `0000:03:00.0`.
    Pci(String),
    /// A DPDK vdev with its arguments, such as `net_af_packet0,iface=va0`.
    Vdev(String),
}

/// A static route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Destination network.
    pub to: Cidr,
    /// Next hop, in the network of `port`.
    pub via: Ipv4Addr,
    /// Port that the next hop is reached through.
    pub port: PortIndex,
}

/// What a request from an address that nobody claims gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownSource {
    /// Nothing: it is counted and dropped.
    Silent,
    /// 403 Forbidden.
    Forbidden,
}

/// A SIP listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Name in logs and CDRs.
    pub name: String,
    /// Port it listens on.
    pub port: PortIndex,
    /// Address and UDP port.
    pub socket: SocketAddrV4,
    /// What unknown sources get.
    pub unknown_source: UnknownSource,
}

/// Log settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// Lowest level that is written.
    pub level: Level,
    /// Text or JSON lines.
    pub format: Format,
}

/// Facts of the machine that a configuration is checked against.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Cores that this process may run on, ascending.
    pub cores: Vec<Core>,
}

impl Machine {
    /// Reads the affinity mask of the calling thread.
    pub fn this() -> Machine {
        let ids = core_affinity::get_core_ids().unwrap_or_default();
        let mut cores: Vec<Core> =
            ids.iter().filter_map(|core| u32::try_from(core.id).ok()).map(Core).collect();
        cores.sort_unstable();
        Machine { cores }
    }
}

/// Why a configuration file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LoadConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}; pass an existing file with --config", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The text has faults.
    #[error("the configuration {} has faults, nothing was started:\n{findings}", path.display())]
    Faults {
        /// The file.
        path: PathBuf,
        /// All of them.
        findings: Findings,
    },
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read, or its text has faults; all of them are in the error.
    pub fn load(path: &Path, machine: &Machine) -> Result<Config, LoadConfigError> {
        let text = fs::read_to_string(path)
            .map_err(|source| LoadConfigError::Read { path: path.to_owned(), source })?;
        Config::parse(&text, machine)
            .map_err(|findings| LoadConfigError::Faults { path: path.to_owned(), findings })
    }

    /// Checks a text.
    ///
    /// # Errors
    /// Every fault with its line. A text that is no TOML, or that has an unknown key or a value of
    /// the wrong type, yields the first such fault alone, since the rest cannot be read then.
    pub fn parse(text: &str, machine: &Machine) -> Result<Config, Findings> {
        check::check(text, machine)
    }

    /// Directory of the CDR journal.
    pub fn journal_dir(&self) -> PathBuf {
        self.state.join(JOURNAL)
    }

    /// Directory of the last image.
    pub fn image_dir(&self) -> PathBuf {
        self.state.join(IMAGE)
    }

    /// File of the keys.
    pub fn keys_file(&self) -> PathBuf {
        self.state.join(KEYS)
    }
}
