//! Owns what a caller may choose about a port, and what it got.
//! Refuses to check it against the device: the start does.

use std::time::Duration;

use crate::mempool::Mempool;

/// Which checksums to leave to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offloads {
    /// All that it can do.
    WhereAvailable,
    /// None.
    Off,
}

/// Which checksums a started port does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActiveOffloads {
    /// It fills in IPv4 header checksums where asked to.
    pub tx_ipv4: bool,
    /// It fills in UDP checksums where asked to.
    pub tx_udp: bool,
    /// It checks the IPv4 header and UDP checksums of what it receives.
    pub rx: bool,
}

impl ActiveOffloads {
    /// Whether a packet may ask for both checksums.
    #[inline]
    pub fn tx_both(self) -> bool {
        self.tx_ipv4 && self.tx_udp
    }
}

/// How to start a port.
#[derive(Clone, Copy)]
pub struct PortConfig<'p> {
    /// Receive queues.
    pub rx_queues: u16,
    /// Transmit queues.
    pub tx_queues: u16,
    /// Descriptors of each receive queue, as near as the device can.
    pub rx_descriptors: u16,
    /// Descriptors of each transmit queue, as near as the device can.
    pub tx_descriptors: u16,
    /// Where received packets go.
    pub pool: &'p Mempool,
    /// Where the packets of each receive queue go instead, as near to its core as can be; a queue beyond them has
    /// `pool`.
    pub queue_pools: &'p [Mempool],
    /// Which checksums to leave to the device.
    pub offloads: Offloads,
    /// Whether to receive frames for other Ethernet addresses too, where the device can choose.
    pub promiscuous: bool,
    /// How long to wait for the link; a link that stays down is no error.
    pub link_wait: Duration,
}

impl<'p> PortConfig<'p> {
    /// One queue each way with 1,024 descriptors, checksums where available, not promiscuous, two
    /// seconds for the link.
    pub fn new(pool: &'p Mempool) -> PortConfig<'p> {
        PortConfig {
            rx_queues: 1,
            tx_queues: 1,
            rx_descriptors: 1_024,
            tx_descriptors: 1_024,
            pool,
            queue_pools: &[],
            offloads: Offloads::WhereAvailable,
            promiscuous: false,
            link_wait: Duration::from_secs(2),
        }
    }
}
