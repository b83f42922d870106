//! Owns ports made of two rings: what one side sends, the other receives. For in-process traffic,
//! tests and benches.
//! Refuses more than one thread on each side: the rings are single producer, single consumer.

use std::ffi::CString;
use std::ptr::NonNull;
use std::sync::Arc;

use dpdk_sys as sys;

use crate::burst::Burst;
use crate::eal::runtime::{Runtime, drain};
use crate::eal::{Eal, SocketId};
use crate::errno::Errno;
use crate::port::PortId;

/// Why a ring port could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateRingPortError {
    /// The name holds a zero byte or is too long for DPDK.
    #[error("a ring port cannot be named {name:?}: up to 16 bytes, none of them zero")]
    BadName {
        /// The name that was asked for.
        name: String,
    },
    /// Rings hold a power of two of packets.
    #[error("ring port {name} cannot hold {size} packets: the size is a power of two")]
    BadSize {
        /// The name of the port.
        name: String,
        /// The size that was asked for.
        size: u32,
    },
    /// DPDK has no memory for it, or the name is in use.
    #[error("cannot create ring port {name} for {size} packets: {errno}")]
    Refused {
        /// The name of the port.
        name: String,
        /// The size that was asked for.
        size: u32,
        /// What DPDK says.
        errno: Errno,
    },
}

/// Makes ring ports.
pub struct RingPort;

impl RingPort {
    /// Makes a port with one queue each way and the far end of it. Each way holds `size - 1`
    /// packets; `size` is a power of two. The port is named `net_ring_` and `name`.
    ///
    /// # Errors
    /// [`CreateRingPortError`]; a name can be used once in the life of a process.
    pub fn create(eal: &Eal, name: &str, size: u32) -> Result<(PortId, Far), CreateRingPortError> {
        let bad_name = || CreateRingPortError::BadName { name: name.to_owned() };
        let refused = |errno| CreateRingPortError::Refused { name: name.to_owned(), size, errno };
        // Names of rings have 29 bytes, those of devices 64.
        if name.is_empty() || name.len() > 16 {
            return Err(bad_name());
        }
        if !size.is_power_of_two() || size < 2 {
            return Err(CreateRingPortError::BadSize { name: name.to_owned(), size });
        }
        let c_name = CString::new(name).map_err(|_| bad_name())?;
        let c_ring = |suffix: &str| CString::new(format!("{name}-{suffix}"));
        let (in_name, out_name) =
            (c_ring("in").map_err(|_| bad_name())?, c_ring("out").map_err(|_| bad_name())?);
        let incoming = create_ring(&in_name, size).map_err(refused)?;
        let outgoing = create_ring(&out_name, size).map_err(|errno| {
            // SAFETY: we have just made it, and nobody else knows it.
            unsafe { sys::rte_ring_free(incoming.as_ptr()) };
            refused(errno)
        })?;
        let (rx, tx) = (incoming.as_ptr(), outgoing.as_ptr());
        // SAFETY: arrays of one ring each, which live until the EAL ends; DPDK copies the
        // pointers.
        let port = unsafe {
            sys::rte_eth_from_rings(c_name.as_ptr(), &raw const rx, 1, &raw const tx, 1, 0)
        };
        let Ok(number) = u16::try_from(port) else {
            let errno = Errno::last();
            // SAFETY: no port has come of it, and nobody else knows the rings.
            unsafe { sys::rte_ring_free(rx) };
            // SAFETY: as above.
            unsafe { sys::rte_ring_free(tx) };
            return Err(refused(errno));
        };
        let runtime = Arc::clone(eal.runtime());
        runtime.registry().rings.extend([incoming, outgoing]);
        Ok((PortId(number), Far { to_port: incoming, from_port: outgoing, _runtime: runtime }))
    }
}

fn create_ring(name: &CString, size: u32) -> Result<NonNull<sys::rte_ring>, Errno> {
    let flags = sys::RING_F_SP_ENQ | sys::RING_F_SC_DEQ;
    // SAFETY: the EAL runs (the caller has an `Eal`), and the name ends in a zero byte.
    let ring = unsafe { sys::rte_ring_create(name.as_ptr(), size, SocketId::ANY.number(), flags) };
    NonNull::new(ring).ok_or_else(Errno::last)
}

/// The far end of a ring port: what it sends, the port receives, and the other way round. Hot.
pub struct Far {
    to_port: NonNull<sys::rte_ring>,
    from_port: NonNull<sys::rte_ring>,
    /// Keeps the EAL, and with it the rings, alive.
    _runtime: Arc<Runtime>,
}

// SAFETY: the far end is the only producer of one ring and the only consumer of the other, from
// whichever thread owns it.
unsafe impl Send for Far {}

impl Far {
    /// Sends the packets of `burst` to the port, first to last, and returns how many fit. The
    /// others stay in the burst, in order.
    #[inline]
    pub fn send<const N: usize>(&mut self, burst: &mut Burst<N>) -> usize {
        let ring = self.to_port.as_ptr();
        // SAFETY: the ring is live and this its only producer (`&mut`); the first `count` places
        // hold live buffers of ours.
        let send = |first: *mut *mut sys::rte_mbuf, count: u16| unsafe {
            sys::sx_ring_enqueue_burst(ring, first.cast_const().cast(), u32::from(count)) as usize
        };
        // SAFETY: what is on the ring belongs to whoever takes it off.
        unsafe { burst.send_with(send) }
    }

    /// Adds what the port has sent to `burst`, as many as fit, and returns how many.
    #[inline]
    pub fn receive<const N: usize>(&mut self, burst: &mut Burst<N>) -> usize {
        let ring = self.from_port.as_ptr();
        // SAFETY: the ring is live and this its only consumer (`&mut`); there is room for as many
        // as are asked for.
        let fill = |place: *mut *mut sys::rte_mbuf, room: u16| unsafe {
            sys::sx_ring_dequeue_burst(ring, place.cast(), u32::from(room)) as usize
        };
        // SAFETY: only live buffers come onto the ring, and they are ours from here on.
        unsafe { burst.fill_with(fill) }
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        // SAFETY: the ring is live until the EAL ends, holds mbufs only, and this end was its
        // only consumer.
        unsafe { drain(self.from_port) };
    }
}
