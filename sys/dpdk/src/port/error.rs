//! Owns what can go wrong with a port until it runs, and how that reads. Cold.
//! Refuses to carry texts of its own making: numbers and names in, one sentence out.

use std::fmt;

use super::PortId;
use crate::errno::Errno;

/// No port has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no port {name:?}; a port is named like its device, up to the first comma")]
pub struct UnknownPort {
    /// The name that was asked for.
    pub name: String,
}

/// Why a port could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenPortError {
    /// There is no such port, or not any more.
    #[error("port {0} does not exist")]
    Unknown(PortId),
    /// Someone has it open.
    #[error("port {0} is open already")]
    InUse(PortId),
    /// Its driver does not describe it.
    #[error("port {port} cannot be described: {errno}")]
    Undescribed {
        /// The port.
        port: PortId,
        /// What DPDK says.
        errno: Errno,
    },
}

/// What a port was doing when its start failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartStep {
    /// Setting the number of queues and the offloads.
    Configure,
    /// Fitting the number of descriptors.
    Descriptors,
    /// Setting a receive queue up.
    RxQueue(u16),
    /// Setting a transmit queue up.
    TxQueue(u16),
    /// Starting the device.
    Start,
    /// Receiving frames for other addresses.
    Promiscuous,
}

impl fmt::Display for StartStep {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartStep::Configure => out.write_str("configuring it"),
            StartStep::Descriptors => out.write_str("choosing the number of descriptors"),
            StartStep::RxQueue(queue) => write!(out, "setting receive queue {queue} up"),
            StartStep::TxQueue(queue) => write!(out, "setting transmit queue {queue} up"),
            StartStep::Start => out.write_str("starting the device"),
            StartStep::Promiscuous => out.write_str("switching promiscuous mode on"),
        }
    }
}

/// Why a port did not start. The port is closed then, and gone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartPortError {
    /// More queues than the device has, or none.
    #[error(
        "port {name} cannot have {rx} receive and {tx} transmit queues: it has up to {max_rx} and \
         {max_tx}"
    )]
    Queues {
        /// Name of the port.
        name: String,
        /// Receive queues asked for.
        rx: u16,
        /// Transmit queues asked for.
        tx: u16,
        /// Receive queues it has.
        max_rx: u16,
        /// Transmit queues it has.
        max_tx: u16,
    },
    /// DPDK or the driver refuses.
    #[error("port {name} ({driver}) did not start: {step} failed: {errno}")]
    Refused {
        /// Name of the port.
        name: String,
        /// Name of its driver.
        driver: String,
        /// At which step.
        step: StartStep,
        /// What DPDK says.
        errno: Errno,
    },
}
