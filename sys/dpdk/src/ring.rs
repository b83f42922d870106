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

/// Queues each way that the driver of ring ports has room for.
const MAX_QUEUES: u16 = 16;

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
    /// The driver of ring ports has room for a few.
    #[error("ring port {name} cannot have {queues} queues: it has 1 to {MAX_QUEUES} each way")]
    BadQueues {
        /// The name of the port.
        name: String,
        /// How many were asked for.
        queues: u16,
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
        let (port, mut far) = RingPort::create_queues(eal, name, size, 1)?;
        let none = || CreateRingPortError::BadQueues { name: name.to_owned(), queues: 0 };
        Ok((port, far.pop().ok_or_else(none)?))
    }

    /// As [`RingPort::create`], with `queues` queues each way and a far end for each of them, in the
    /// order of the queues.
    ///
    /// # Errors
    /// [`CreateRingPortError`].
    pub fn create_queues(
        eal: &Eal,
        name: &str,
        size: u32,
        queues: u16,
    ) -> Result<(PortId, Vec<Far>), CreateRingPortError> {
        let bad_name = || CreateRingPortError::BadName { name: name.to_owned() };
        let refused = |errno| CreateRingPortError::Refused { name: name.to_owned(), size, errno };
        // Names of rings have 29 bytes, those of devices 64.
        if name.is_empty() || name.len() > 16 {
            return Err(bad_name());
        }
        if !size.is_power_of_two() || size < 2 {
            return Err(CreateRingPortError::BadSize { name: name.to_owned(), size });
        }
        if !(1..=MAX_QUEUES).contains(&queues) {
            return Err(CreateRingPortError::BadQueues { name: name.to_owned(), queues });
        }
        let c_name = CString::new(name).map_err(|_| bad_name())?;
        let (mut incoming, mut outgoing) = (Rings::default(), Rings::default());
        for queue in 0..queues {
            incoming.create(&format!("{name}-in{queue}"), size).map_err(refused)?;
            outgoing.create(&format!("{name}-out{queue}"), size).map_err(refused)?;
        }
        let (rx, tx) = (incoming.pointers(), outgoing.pointers());
        let count = u32::from(queues);
        // SAFETY: arrays of `count` rings each, which live until the EAL ends; DPDK copies the
        // pointers.
        let port = unsafe {
            sys::rte_eth_from_rings(c_name.as_ptr(), rx.as_ptr(), count, tx.as_ptr(), count, 0)
        };
        let number = u16::try_from(port).map_err(|_| refused(Errno::last()))?;
        let runtime = Arc::clone(eal.runtime());
        let (incoming, outgoing) = (incoming.keep(), outgoing.keep());
        runtime.registry().rings.extend(incoming.iter().chain(&outgoing));
        let ends = incoming.into_iter().zip(outgoing);
        let far = ends.map(|(to_port, from_port)| {
            let _runtime = Arc::clone(&runtime);
            Far { to_port, from_port, _runtime }
        });
        Ok((PortId(number), far.collect()))
    }
}

/// Rings that are freed again unless a port came of them.
#[derive(Default)]
struct Rings(Vec<NonNull<sys::rte_ring>>);

impl Rings {
    fn create(&mut self, name: &str, size: u32) -> Result<(), Errno> {
        let name = CString::new(name).map_err(|_| Errno::last())?;
        self.0.push(create_ring(&name, size)?);
        Ok(())
    }

    fn pointers(&self) -> Vec<*mut sys::rte_ring> {
        self.0.iter().map(|ring| ring.as_ptr()).collect()
    }

    fn keep(mut self) -> Vec<NonNull<sys::rte_ring>> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Rings {
    fn drop(&mut self) {
        for ring in &self.0 {
            // SAFETY: made by us, in no port, and nobody else knows it.
            unsafe { sys::rte_ring_free(ring.as_ptr()) };
        }
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
