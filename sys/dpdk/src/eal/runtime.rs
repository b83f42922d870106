//! Owns the end of the EAL: it is cleaned up when nothing uses it any more, and only then.
//! Refuses to start it: that is [`super::Eal::init`].
//!
//! Every resource holds an `Arc` of the [`Runtime`], so it is dropped last. Packet buffers do not
//! (a counter each would cost the hot path), so the pools are counted at the end: is one buffer
//! still out, the memory stays mapped until the process ends. The count is exact because it is
//! taken on the main lcore when no worker runs (their handles hold the `Arc` too), and other
//! threads have no cache in which a buffer could be counted twice.

use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use dpdk_sys as sys;

/// What lives until the EAL ends, and who holds what.
#[derive(Default)]
pub(crate) struct Registry {
    /// Pools and how many buffers each has.
    pub(crate) pools: Vec<(NonNull<sys::rte_mempool>, u32)>,
    /// Rings behind ring ports, drained and freed at the end.
    pub(crate) rings: Vec<NonNull<sys::rte_ring>>,
    /// Numbers of the ports that someone has open.
    pub(crate) open_ports: Vec<u16>,
}

/// The running EAL.
pub(crate) struct Runtime {
    registry: Mutex<Registry>,
    main_lcore: u32,
}

// SAFETY: the registry's pointers are only used under its lock, or in `Drop` by the last owner.
unsafe impl Send for Runtime {}
// SAFETY: as for `Send`; `main_lcore` does not change.
unsafe impl Sync for Runtime {}

impl Runtime {
    /// # Safety
    /// - The EAL has just been started by this thread, and there is no other `Runtime`.
    pub(crate) unsafe fn new() -> Runtime {
        // SAFETY: the EAL runs.
        let main_lcore = unsafe { sys::rte_get_main_lcore() };
        Runtime { registry: Mutex::new(Registry::default()), main_lcore }
    }

    /// The registry, locked. Cold.
    pub(crate) fn registry(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of the lcore that started the EAL.
    pub(crate) fn main_lcore(&self) -> u32 {
        self.main_lcore
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // SAFETY: reads a variable of this thread.
        let here = unsafe { sys::sx_lcore_id() };
        if here != self.main_lcore {
            return;
        }
        let registry = self.registry.get_mut().unwrap_or_else(PoisonError::into_inner);
        for ring in registry.rings.drain(..) {
            // SAFETY: no port and no far end is left that could use the ring.
            unsafe { drain(ring) };
        }
        let whole = registry.pools.iter().all(|(pool, count)| {
            // SAFETY: pools live until the clean-up below.
            let available = unsafe { sys::rte_mempool_avail_count(pool.as_ptr()) };
            available == *count
        });
        if whole {
            // SAFETY: this is the main lcore; nothing of the EAL is in use (see the module's
            // doc), and `Eal::init` never starts it again.
            unsafe { sys::rte_eal_cleanup() };
        }
    }
}

/// Gives the buffers on a ring back to their pools.
///
/// # Safety
/// - The ring is live and holds mbufs only, and nobody else takes from it meanwhile.
pub(crate) unsafe fn drain(ring: NonNull<sys::rte_ring>) {
    loop {
        let mut objects: [*mut c_void; 64] = [null_mut(); 64];
        // SAFETY: there is room for 64, and we are the only consumer.
        let taken = unsafe { sys::sx_ring_dequeue_burst(ring.as_ptr(), objects.as_mut_ptr(), 64) };
        if taken == 0 {
            return;
        }
        // SAFETY: what was taken are mbufs, ours alone now.
        unsafe { sys::rte_pktmbuf_free_bulk(objects.as_mut_ptr().cast(), taken) };
    }
}
