//! Owns the two ends of a port's queue. Hot.
//! Refuses to wait: what is not there is not received, what does not fit is not sent.

use std::sync::Arc;

use dpdk_sys as sys;

use super::{Device, PortId};
use crate::burst::Burst;

/// A receive queue: the only handle to it.
pub struct RxQueue {
    port: u16,
    queue: u16,
    /// Keeps the device running.
    _device: Arc<Device>,
}

/// A transmit queue: the only handle to it.
pub struct TxQueue {
    port: u16,
    queue: u16,
    /// Keeps the device running.
    _device: Arc<Device>,
}

impl RxQueue {
    /// The caller hands each queue number out once.
    pub(super) fn new(device: Arc<Device>, queue: u16) -> RxQueue {
        RxQueue { port: device.claim.port.0, queue, _device: device }
    }

    /// The port it belongs to.
    #[inline]
    pub fn port(&self) -> PortId {
        PortId(self.port)
    }

    /// Adds the packets that have arrived to `burst`, as many as fit, and returns how many. Room
    /// for 32 or more is wanted: some drivers fetch in groups and give none for less than four.
    #[inline]
    pub fn receive<const N: usize>(&mut self, burst: &mut Burst<N>) -> usize {
        let (port, queue) = (self.port, self.queue);
        // SAFETY: the device runs, the queue is set up, and this is its only handle (`&mut`);
        // there is room for as many buffers as are asked for.
        let fill = |place: *mut *mut sys::rte_mbuf, room: u16| unsafe {
            usize::from(sys::sx_rx_burst(port, queue, place, room))
        };
        // SAFETY: the driver writes live buffers, which are ours from then on.
        unsafe { burst.fill_with(fill) }
    }
}

impl TxQueue {
    /// The caller hands each queue number out once.
    pub(super) fn new(device: Arc<Device>, queue: u16) -> TxQueue {
        TxQueue { port: device.claim.port.0, queue, _device: device }
    }

    /// The port it belongs to.
    #[inline]
    pub fn port(&self) -> PortId {
        PortId(self.port)
    }

    /// Sends the packets of `burst`, first to last, and returns how many the device took. What it
    /// refused stays in the burst, in order.
    #[inline]
    pub fn send<const N: usize>(&mut self, burst: &mut Burst<N>) -> usize {
        let (port, queue) = (self.port, self.queue);
        // SAFETY: the device runs, the queue is set up, and this is its only handle (`&mut`);
        // the first `count` places hold live buffers of ours.
        let send = |first: *mut *mut sys::rte_mbuf, count: u16| unsafe {
            usize::from(sys::sx_tx_burst(port, queue, first, count))
        };
        // SAFETY: the driver owns the buffers that it took and frees them when they are sent.
        unsafe { burst.send_with(send) }
    }
}
