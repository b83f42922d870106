//! Owns the pools that packet buffers come from.
//! Refuses to grow: a pool's size is fixed when it is made.
//!
//! A pool's memory returns with the EAL, never earlier: a buffer may be on a ring or in a device
//! when the last handle of its pool goes.

use std::ffi::CString;
use std::ptr::NonNull;
use std::sync::Arc;

use dpdk_sys as sys;

use crate::burst::Burst;
use crate::eal::runtime::Runtime;
use crate::eal::{Eal, SocketId};
use crate::errno::Errno;
use crate::mbuf::Mbuf;

/// Bytes in front of a packet in a new buffer.
pub const HEADROOM: u16 = sys::RTE_PKTMBUF_HEADROOM as u16;

/// Bytes of a buffer that suit an Ethernet of 1,500 bytes: the headroom, and 2,176 behind it, so
/// that 64 readable bytes follow the longest frame and a message may grow in place.
pub const DEFAULT_DATA_ROOM: u16 = HEADROOM + 2_176;

/// Why a pool could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateMempoolError {
    /// The name holds a zero byte.
    #[error("a pool cannot be named {name:?}: the name holds a zero byte")]
    BadName {
        /// The name that was asked for.
        name: String,
    },
    /// The buffers have no room behind the headroom.
    #[error(
        "pool {name}: a data room of {data_room} bytes leaves nothing behind the {HEADROOM} of headroom"
    )]
    NoRoom {
        /// The pool's name.
        name: String,
        /// The data room that was asked for.
        data_room: u16,
    },
    /// DPDK has no memory for it, or refuses the name or the sizes.
    #[error(
        "cannot create pool {name} of {count} buffers of {data_room} bytes: {errno}; give the EAL \
         more memory or ask for fewer buffers"
    )]
    Refused {
        /// The pool's name.
        name: String,
        /// How many buffers were asked for.
        count: u32,
        /// The data room that was asked for.
        data_room: u16,
        /// What DPDK says.
        errno: Errno,
    },
}

/// A pool of packet buffers of one size. Cheap to clone: all clones are the same pool.
#[derive(Clone)]
pub struct Mempool {
    pool: NonNull<sys::rte_mempool>,
    count: u32,
    /// Keeps the EAL, and with it the pool's memory, alive.
    _runtime: Arc<Runtime>,
}

// SAFETY: DPDK's pools take and give from any thread at any time (the default ring handler is
// multi-producer and multi-consumer, the caches in front of it belong to one lcore each), and
// `_runtime` keeps the memory mapped.
unsafe impl Send for Mempool {}
// SAFETY: as for `Send`: both methods on `&self` are made for concurrent callers.
unsafe impl Sync for Mempool {}

impl Mempool {
    /// Makes a pool of `count` buffers of `data_room` bytes each (headroom included) with a cache
    /// of `cache` buffers for each lcore, in memory near `socket`. A `count` of a power of two
    /// less one wastes the least memory; `cache` is at most 512 and two thirds of `count`.
    ///
    /// # Errors
    /// [`CreateMempoolError`]; a name can be used once in the life of a process.
    pub fn create(
        eal: &Eal,
        name: &str,
        count: u32,
        cache: u32,
        data_room: u16,
        socket: SocketId,
    ) -> Result<Mempool, CreateMempoolError> {
        if data_room <= HEADROOM {
            return Err(CreateMempoolError::NoRoom { name: name.to_owned(), data_room });
        }
        let Ok(c_name) = CString::new(name) else {
            return Err(CreateMempoolError::BadName { name: name.to_owned() });
        };
        // SAFETY: the EAL runs (`eal` proves it) and the name ends in a zero byte.
        let pool = unsafe {
            sys::rte_pktmbuf_pool_create(
                c_name.as_ptr(),
                count,
                cache,
                0,
                data_room,
                socket.number(),
            )
        };
        let Some(pool) = NonNull::new(pool) else {
            let errno = Errno::last();
            return Err(CreateMempoolError::Refused {
                name: name.to_owned(),
                count,
                data_room,
                errno,
            });
        };
        let runtime = Arc::clone(eal.runtime());
        runtime.registry().pools.push((pool, count));
        Ok(Mempool { pool, count, _runtime: runtime })
    }

    /// One buffer, empty and with the usual headroom; `None` when the pool is used up.
    #[inline]
    pub fn alloc(&self) -> Option<Mbuf> {
        // SAFETY: the pool lives as long as the EAL, which `_runtime` keeps.
        let mbuf = NonNull::new(unsafe { sys::sx_mbuf_alloc(self.pool.as_ptr()) })?;
        // SAFETY: the pool has just handed it out, with a reference count of one, to us alone.
        Some(unsafe { Mbuf::from_raw(mbuf) })
    }

    /// Adds `count` empty buffers to `burst`, or as many as fit if those are fewer: all of them or,
    /// when the pool has not that many, none. Returns how many.
    #[inline]
    pub fn alloc_bulk<const N: usize>(&self, burst: &mut Burst<N>, count: usize) -> usize {
        let fill = |place: *mut *mut sys::rte_mbuf, room: u16| {
            let wanted = u16::try_from(count).unwrap_or(u16::MAX).min(room);
            // SAFETY: the pool lives as long as the EAL, and there is room for `wanted`.
            let code =
                unsafe { sys::sx_mbuf_alloc_bulk(self.pool.as_ptr(), place, u32::from(wanted)) };
            if code == 0 { usize::from(wanted) } else { 0 }
        };
        // SAFETY: DPDK writes `wanted` buffers, which are ours alone, or fails and writes none
        // that counts.
        unsafe { burst.fill_with(fill) }
    }

    /// How many buffers are free, those in the lcores' caches included. Walks all caches: cold.
    pub fn available(&self) -> u32 {
        // SAFETY: the pool lives as long as the EAL, which `_runtime` keeps.
        unsafe { sys::rte_mempool_avail_count(self.pool.as_ptr()) }
    }

    /// How many buffers the pool has.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The pool, for DPDK calls that take one.
    pub(crate) fn as_ptr(&self) -> *mut sys::rte_mempool {
        self.pool.as_ptr()
    }
}
