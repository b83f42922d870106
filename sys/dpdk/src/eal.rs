//! Owns the start of DPDK's environment: memory, lcores, devices.
//! Refuses to guess: every device asked for comes up, or the start fails and names it.

mod arguments;
mod lcores;
pub(crate) mod runtime;
mod start;
#[cfg(test)]
mod tests;

use std::marker::PhantomData;
use std::sync::Arc;

use dpdk_sys as sys;

use crate::errno::Errno;
use crate::lcore::LcoreId;
use crate::port::PortId;
pub use lcores::LcoresFault;
use runtime::Runtime;

/// Where the EAL takes its memory from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HugePages {
    /// Huge pages, held in anonymous files that vanish with the process.
    Use,
    /// Ordinary pages: for development and tests.
    None,
}

/// What DPDK may write to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Nothing short of "the system is unusable".
    Silent,
    /// Errors: the default.
    Errors,
    /// Warnings too.
    Warnings,
    /// What it does at start too.
    Info,
    /// Everything.
    Debug,
}

/// A device that becomes a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// A PCI address with its domain, and driver arguments if any: `0000:01:00.0,key=value`.
    Pci(String),
    /// A virtual device: driver and number, then arguments: `net_af_packet0,iface=va0`.
    Vdev(String),
}

impl Device {
    /// A PCI device if `text` starts with a PCI address (with or without domain), else a virtual
    /// one. Whether it exists is only known when the EAL starts.
    pub fn parse(text: &str) -> Device {
        let (address, arguments) = text.split_at(text.find(',').unwrap_or(text.len()));
        match pci_address(address) {
            Some(address) => Device::Pci(address + arguments),
            None => Device::Vdev(text.to_owned()),
        }
    }

    /// The name of the port that it becomes: what stands before the first comma.
    pub fn name(&self) -> &str {
        self.text().split(',').next().unwrap_or_default()
    }

    /// Name and arguments.
    pub fn text(&self) -> &str {
        match self {
            Device::Pci(text) | Device::Vdev(text) => text,
        }
    }
}

/// `[domain:]bus:device.function` in hexadecimal, with the domain put in where it is missing.
fn pci_address(text: &str) -> Option<String> {
    let hex = |part: &str, len| {
        part.len() == len && part.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase())
    };
    let (front, function) = text.rsplit_once('.')?;
    let (front, device) = front.rsplit_once(':')?;
    let (domain, bus) = front.split_once(':').unwrap_or(("0000", front));
    (hex(domain, 4) && hex(bus, 2) && hex(device, 2) && hex(function, 1))
        .then(|| format!("{domain}:{bus}:{device}.{function}"))
}

/// A NUMA node, or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketId(i32);

impl SocketId {
    /// Whichever node has memory.
    pub const ANY: SocketId = SocketId(sys::SOCKET_ID_ANY);

    /// The node of this number.
    pub fn node(number: u16) -> SocketId {
        SocketId(i32::from(number))
    }

    /// The number; -1 for any.
    pub fn number(self) -> i32 {
        self.0
    }

    pub(crate) fn of(number: i32) -> SocketId {
        if number < 0 { SocketId::ANY } else { SocketId(number) }
    }
}

/// How to start the EAL.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which lcore runs on which CPU: `"0@0,1@1"`, or `"0-1"` where the numbers are the same. The
    /// main lcore is among them.
    pub lcores: String,
    /// The lcore that the starting thread becomes. Threads started from it later stay on its CPU.
    pub main_lcore: LcoreId,
    /// Memory taken at start, in MiB: a shortage is an error then and not later. 0 leaves it to DPDK.
    pub memory_mib: u32,
    /// Where the memory comes from.
    pub huge: HugePages,
    /// Prefix of the files that DPDK makes where it must; empty: one of this process's own.
    pub file_prefix: String,
    /// The devices to bring up. PCI is not touched unless one of them is a PCI device.
    pub devices: Vec<Device>,
    /// What DPDK may write to standard error.
    pub log: LogLevel,
}

impl Default for Options {
    /// Lcore 0 on CPU 0, 256 MiB of huge pages, no device, errors only.
    fn default() -> Options {
        Options {
            lcores: "0@0".to_owned(),
            main_lcore: LcoreId(0),
            memory_mib: 256,
            huge: HugePages::Use,
            file_prefix: String::new(),
            devices: Vec::new(),
            log: LogLevel::Errors,
        }
    }
}

/// Why the EAL did not start.
#[derive(Debug, thiserror::Error)]
pub enum InitEalError {
    /// It runs, or has run and ended.
    #[error("DPDK's EAL can be started once in the life of a process")]
    Again,
    /// The list of lcores is wrong.
    #[error("cannot use {lcores:?} as list of lcores: {fault}; write for example \"0@0,1@1\"")]
    BadLcores {
        /// The list that was given.
        lcores: String,
        /// What is wrong with it.
        fault: LcoresFault,
    },
    /// A text holds a zero byte.
    #[error("{text:?} cannot be passed to DPDK: it holds a zero byte")]
    ZeroByte {
        /// The text that was given.
        text: String,
    },
    /// The EAL refuses to start.
    #[error("cannot start DPDK's EAL: {reason}{remedy}{log}")]
    Refused {
        /// What DPDK says.
        reason: Errno,
        /// What to do, where that is known.
        remedy: &'static str,
        /// The last errors that it logged.
        log: LoggedErrors,
    },
    /// No driver feels responsible for a virtual device.
    #[error(
        "cannot bring up device {device}: no driver has this name; write for example \
         net_af_packet0,iface=NAME"
    )]
    NoDriver {
        /// The device as it was given.
        device: String,
    },
    /// A device was looked for, but no port came of it.
    #[error(
        "device {device} gave no port: see with dpdk-devbind.py --status whether it is there and \
         bound to vfio-pci{log}"
    )]
    NoPort {
        /// The device as it was given.
        device: String,
        /// The last errors that DPDK logged.
        log: LoggedErrors,
    },
    /// A device that was asked for was found and failed.
    #[error("cannot bring up device {device}: {reason}{log}")]
    Device {
        /// The device as it was given.
        device: String,
        /// What DPDK says.
        reason: Errno,
        /// The last errors that it logged.
        log: LoggedErrors,
    },
}

/// The errors that DPDK logged during a failed start. Prints as ` (first; second)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoggedErrors(Vec<String>);

impl LoggedErrors {
    /// One text for each line, oldest first.
    pub fn lines(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Display for LoggedErrors {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(out, " ({})", self.0.join("; ")) }
    }
}

/// The running EAL. It stays on the thread that started it, the main lcore: DPDK launches work on
/// other lcores from there only.
pub struct Eal {
    runtime: Arc<Runtime>,
    /// Neither `Send` nor `Sync`.
    _main_lcore: PhantomData<*const ()>,
}

impl Eal {
    /// Starts the EAL with its devices; the calling thread becomes the main lcore and is pinned
    /// to that lcore's CPU. Signal handlers stay as they are. There need not be any device.
    ///
    /// The EAL ends when this value and everything made with it are gone, provided the last of
    /// them goes on this thread; else with the process.
    ///
    /// # Errors
    /// [`InitEalError`] names the device, the memory or the option at fault. After any but
    /// `BadLcores` and `ZeroByte` the process cannot try again.
    pub fn init(options: &Options) -> Result<Eal, InitEalError> {
        start::start(options)?;
        // SAFETY: `start` succeeds once in a process and has just started the EAL here.
        let runtime = Arc::new(unsafe { Runtime::new() });
        Ok(Eal { runtime, _main_lcore: PhantomData })
    }

    /// The ports that exist: one for each device, and ring ports made since.
    pub fn ports(&self) -> Vec<PortId> {
        let mut ports = Vec::new();
        // SAFETY: the EAL runs; any number may be asked for.
        let mut next = unsafe { sys::rte_eth_find_next(0) };
        while u32::from(next) < sys::RTE_MAX_ETHPORTS {
            ports.push(PortId(next));
            // SAFETY: as above.
            next = unsafe { sys::rte_eth_find_next(next + 1) };
        }
        ports
    }

    /// All lcores, the main one included.
    pub fn lcores(&self) -> Vec<LcoreId> {
        let mut lcores = Vec::new();
        // SAFETY: the EAL runs; `LCORE_ID_ANY` starts from the first lcore.
        let mut next = unsafe { sys::rte_get_next_lcore(sys::LCORE_ID_ANY, 0, 0) };
        while next < sys::RTE_MAX_LCORE {
            lcores.push(LcoreId(next));
            // SAFETY: as above.
            next = unsafe { sys::rte_get_next_lcore(next, 0, 0) };
        }
        lcores
    }

    /// The lcore of the thread that started the EAL.
    pub fn main_lcore(&self) -> LcoreId {
        LcoreId(self.runtime.main_lcore())
    }

    /// The NUMA node of an lcore's CPU.
    pub fn socket_of(&self, lcore: LcoreId) -> SocketId {
        // SAFETY: the EAL runs; an lcore that it does not know has no node.
        let socket = unsafe { sys::rte_lcore_to_socket_id(lcore.0) };
        i32::try_from(socket).map_or(SocketId::ANY, SocketId::of)
    }

    /// The release of DPDK that is linked in: `DPDK 22.11.11`.
    pub fn version() -> String {
        // SAFETY: a static text; needs no EAL.
        let text = unsafe { sys::rte_version() };
        // SAFETY: the text is static and ends in a zero byte.
        unsafe { crate::errno::text_of(text) }
    }

    pub(crate) fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }
}
