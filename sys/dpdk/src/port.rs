//! Owns network ports: a `Port<Stopped>` is described and started, a `Port<Started>` hands out its
//! queues, each once.
//! Refuses to share a queue: two threads on one would corrupt it, so it moves like any value.

mod config;
mod configure;
mod error;
mod queue;

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use dpdk_sys as sys;

use crate::eal::runtime::Runtime;
use crate::eal::{Eal, SocketId};
use crate::errno::{Errno, text_of};
pub use config::{ActiveOffloads, Offloads, PortConfig};
pub use error::{OpenPortError, StartPortError, StartStep, UnknownPort};
pub use queue::{RxQueue, TxQueue};

/// Number of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId(pub(crate) u16);

impl PortId {
    /// The number itself.
    #[inline]
    pub fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for PortId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The port of a device: `net_af_packet0`, or a PCI address with its domain.
///
/// # Errors
/// [`UnknownPort`] names it.
pub fn by_name(_eal: &Eal, name: &str) -> Result<PortId, UnknownPort> {
    find(name).ok_or_else(|| UnknownPort { name: name.to_owned() })
}

/// As [`by_name`], for the start itself.
pub(crate) fn find(name: &str) -> Option<PortId> {
    let name = CString::new(name).ok()?;
    let mut port = 0;
    // SAFETY: a text and a place for the number; the EAL runs, or there are no ports.
    let code = unsafe { sys::rte_eth_dev_get_port_by_name(name.as_ptr(), &raw mut port) };
    (code == 0).then_some(PortId(port))
}

/// What a port is and can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// Name of its device.
    pub name: String,
    /// Name of its driver.
    pub driver: String,
    /// Ethernet address.
    pub mac: [u8; 6],
    /// NUMA node of the device.
    pub socket: SocketId,
    /// Most receive queues.
    pub max_rx_queues: u16,
    /// Most transmit queues.
    pub max_tx_queues: u16,
    /// Whether it can fill in IPv4 header checksums.
    pub tx_ipv4_checksum: bool,
    /// Whether it can fill in UDP checksums.
    pub tx_udp_checksum: bool,
    /// Whether it can check the IPv4 header and UDP checksums of what it receives.
    pub rx_checksum: bool,
}

/// Counters of a port since its start, all queues together. What a driver does not count is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortStats {
    /// Packets received.
    pub rx_packets: u64,
    /// Bytes received.
    pub rx_bytes: u64,
    /// Packets that the device dropped because nobody took them in time.
    pub rx_missed: u64,
    /// Packets received in error.
    pub rx_errors: u64,
    /// Times that no buffer was free for a packet.
    pub rx_no_buffer: u64,
    /// Packets sent.
    pub tx_packets: u64,
    /// Bytes sent.
    pub tx_bytes: u64,
    /// Packets that could not be sent.
    pub tx_errors: u64,
}

/// A port in state `S`: [`Stopped`] or [`Started`].
pub struct Port<S> {
    info: PortInfo,
    state: S,
}

/// Opened, not running.
pub struct Stopped {
    claim: Claim,
    capabilities: configure::Capabilities,
}

/// Running, with queues to hand out.
pub struct Started {
    device: Arc<Device>,
    offloads: ActiveOffloads,
    /// Which queues have been handed out.
    rx_taken: Vec<bool>,
    tx_taken: Vec<bool>,
    /// Drivers answer questions about a port to one thread at a time: `Send`, not `Sync`.
    _one_thread: PhantomData<Cell<()>>,
}

/// The right to be the only one that has a port open.
pub(crate) struct Claim {
    port: PortId,
    runtime: Arc<Runtime>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.runtime.registry().open_ports.retain(|open| *open != self.port.0);
    }
}

/// A running device: stopped and closed when the port and all its queues are gone.
pub(crate) struct Device {
    claim: Claim,
}

impl Drop for Device {
    fn drop(&mut self) {
        // A device that does not stop cannot be closed either; it ends with the process.
        // SAFETY: the claim makes this the only user, and no queue of the port is left.
        if unsafe { sys::rte_eth_dev_stop(self.claim.port.0) } == 0 {
            // SAFETY: as above, and the device is stopped.
            unsafe { sys::rte_eth_dev_close(self.claim.port.0) };
        }
    }
}

impl<S> Port<S> {
    /// What the port is and can do.
    pub fn info(&self) -> &PortInfo {
        &self.info
    }
}

impl Port<Stopped> {
    /// Opens a port, for one owner at a time.
    ///
    /// # Errors
    /// [`OpenPortError`].
    pub fn open(eal: &Eal, port: PortId) -> Result<Port<Stopped>, OpenPortError> {
        // SAFETY: any number may be asked for.
        if unsafe { sys::rte_eth_dev_is_valid_port(port.0) } == 0 {
            return Err(OpenPortError::Unknown(port));
        }
        let mut name: [c_char; sys::RTE_ETH_NAME_MAX_LEN as usize] = [0; _];
        // SAFETY: DPDK writes at most `RTE_ETH_NAME_MAX_LEN` bytes, the zero included.
        if unsafe { sys::rte_eth_dev_get_name_by_port(port.0, name.as_mut_ptr()) } != 0 {
            return Err(OpenPortError::Unknown(port));
        }
        let claim = {
            let runtime = Arc::clone(eal.runtime());
            let mut registry = eal.runtime().registry();
            if registry.open_ports.contains(&port.0) {
                return Err(OpenPortError::InUse(port));
            }
            registry.open_ports.push(port.0);
            Claim { port, runtime }
        };
        // SAFETY: DPDK has put a zero behind the name.
        let name = unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned();
        let (info, capabilities) = configure::describe(port, name)?;
        Ok(Port { info, state: Stopped { claim, capabilities } })
    }

    /// Sets queues and offloads up, starts the device and waits a while for its link.
    ///
    /// # Errors
    /// [`StartPortError`]; the port is closed and gone then, but for `Queues`, where it can be
    /// opened again.
    pub fn start(self, config: PortConfig<'_>) -> Result<Port<Started>, StartPortError> {
        let Port { info, state: Stopped { claim, capabilities } } = self;
        let (rx, tx) = (config.rx_queues, config.tx_queues);
        let (max_rx, max_tx) = (info.max_rx_queues, info.max_tx_queues);
        if rx == 0 || tx == 0 || rx > max_rx || tx > max_tx {
            return Err(StartPortError::Queues { name: info.name, rx, tx, max_rx, max_tx });
        }
        let port = claim.port;
        match configure::start(port, &info, &capabilities, &config) {
            Ok(offloads) => {
                let device = Arc::new(Device { claim });
                configure::wait_for_link(port, config.link_wait);
                let (rx_taken, tx_taken) =
                    (vec![false; usize::from(rx)], vec![false; usize::from(tx)]);
                let _one_thread = PhantomData;
                let state = Started { device, offloads, rx_taken, tx_taken, _one_thread };
                Ok(Port { info, state })
            }
            Err((step, errno)) => {
                // SAFETY: the claim makes this the only user, and the device does not run.
                unsafe { sys::rte_eth_dev_close(port.0) };
                let PortInfo { name, driver, .. } = info;
                Err(StartPortError::Refused { name, driver, step, errno })
            }
        }
    }
}

impl Port<Started> {
    /// The port's number.
    pub fn id(&self) -> PortId {
        self.state.device.claim.port
    }

    /// Which checksums the device does.
    pub fn offloads(&self) -> ActiveOffloads {
        self.state.offloads
    }

    /// Receive and transmit queue number `queue`; `None` if either does not exist or has been
    /// handed out. They keep the port running, even after the `Port` itself is dropped.
    pub fn take_queue(&mut self, queue: u16) -> Option<(RxQueue, TxQueue)> {
        let state = &mut self.state;
        let rx = state.rx_taken.get_mut(usize::from(queue)).filter(|taken| !**taken)?;
        let tx = state.tx_taken.get_mut(usize::from(queue)).filter(|taken| !**taken)?;
        (*rx, *tx) = (true, true);
        let device = &state.device;
        Some((RxQueue::new(Arc::clone(device), queue), TxQueue::new(Arc::clone(device), queue)))
    }

    /// Receive queue number `queue` alone, for a port with more of them than transmit queues; `None` as
    /// for [`Port::take_queue`].
    pub fn take_rx_queue(&mut self, queue: u16) -> Option<RxQueue> {
        let state = &mut self.state;
        let rx = state.rx_taken.get_mut(usize::from(queue)).filter(|taken| !**taken)?;
        *rx = true;
        Some(RxQueue::new(Arc::clone(&state.device), queue))
    }

    /// Transmit queue number `queue` alone, for a port with more of them than receive queues;
    /// `None` as for [`Port::take_queue`].
    pub fn take_tx_queue(&mut self, queue: u16) -> Option<TxQueue> {
        let state = &mut self.state;
        let tx = state.tx_taken.get_mut(usize::from(queue)).filter(|taken| !**taken)?;
        *tx = true;
        Some(TxQueue::new(Arc::clone(&state.device), queue))
    }

    /// Whether the link is up. Asks the driver, without waiting.
    pub fn link_up(&self) -> bool {
        configure::link_up(self.id())
    }

    /// Counters since the start. Asks the driver: cold.
    ///
    /// # Errors
    /// What DPDK says, where the driver does not count.
    pub fn stats(&self) -> Result<PortStats, Errno> {
        configure::stats(self.id())
    }
}

/// Text of a C string that DPDK keeps for good, such as a driver's name.
fn static_text(text: *const c_char) -> String {
    // SAFETY: called with drivers' names only, which are constants of the drivers.
    unsafe { text_of(text) }
}
