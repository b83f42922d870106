//! Owns the making of rings in the memory of one process, and the sizes of all rings.
//! Knows nothing of files.

use core::cell::UnsafeCell;
use core::ptr::NonNull;
use std::sync::Arc;

#[cfg(not(loom))]
use crate::segment::Segment;
use crate::sync::AtomicU64;

use super::producer::max_record;
use super::storage::{Parts, Storage};
use super::{Consumer, Producer, WORD};

/// Smallest ring.
pub const MIN_RING: usize = 64;
/// Largest ring.
pub const MAX_RING: usize = 1 << 40;

/// The capacity of a ring that was asked to hold `bytes`: the next power of two within the limits.
pub const fn ring_bytes(bytes: usize) -> usize {
    if bytes < MIN_RING {
        MIN_RING
    } else if bytes > MAX_RING {
        MAX_RING
    } else {
        bytes.next_power_of_two()
    }
}

/// Makes a ring of [`ring_bytes`]`(bytes)` on the heap, faulted in, for two threads of this process.
pub fn channel_in_memory(bytes: usize) -> (Producer, Consumer) {
    let capacity = ring_bytes(bytes);
    // Every word is written, so that its page is there before the first record needs it.
    let data = (0..capacity / WORD).map(|_| UnsafeCell::new(u64::MAX)).collect();
    let heap = Arc::new(Heap { head: Line::new(), tail: Line::new(), closed: Line::new(), data });
    let parts = Parts {
        head: NonNull::from(&heap.head.0),
        tail: NonNull::from(&heap.tail.0),
        closed: NonNull::from(&heap.closed.0),
        // The box is not empty, so its pointer is that of the first word.
        data: NonNull::from(&*heap.data).cast(),
        capacity: capacity as u64,
    };
    // SAFETY: `parts` lead into the heap ring, which its Arc keeps in place; the boxed cells are
    // aligned to eight and `capacity` bytes long, a power of two by `ring_bytes`; the one producer and
    // the one consumer are made below, and neither can be cloned.
    let storage = unsafe { Storage::new(parts, Keep::Heap { _ring: heap }) };
    let other = storage.other_half();
    (Producer::new(storage, 0, 0), Consumer::new(other, 0, 0))
}

impl Producer {
    /// From here on the consumer may be another process that is not trusted: records are made in a
    /// place of their own and copied in by [`commit`](super::Slot::commit).
    #[must_use]
    pub fn distrusting(mut self) -> Producer {
        self.copy.get_or_insert_with(|| scratch(self.storage.capacity()));
        self
    }
}

impl Consumer {
    /// From here on the producer may be another process that is not trusted: records are copied out
    /// before they are checked and shown.
    #[must_use]
    pub fn distrusting(mut self) -> Consumer {
        self.copy.get_or_insert_with(|| scratch(self.storage.capacity()));
        self.front = None;
        self
    }
}

/// Private room for one record of the longest kind.
fn scratch(capacity: u64) -> Box<[u64]> {
    vec![0; max_record(capacity).div_ceil(WORD)].into_boxed_slice()
}

/// What keeps the memory of a ring alive: never read, only dropped with the last half.
#[derive(Clone)]
pub(super) enum Keep {
    /// In this process.
    Heap { _ring: Arc<Heap> },
    /// In a file.
    #[cfg(not(loom))]
    Segment { _segment: Arc<Segment> },
}

/// A ring in the memory of one process.
pub(super) struct Heap {
    head: Line,
    tail: Line,
    closed: Line,
    data: Box<[UnsafeCell<u64>]>,
}

// SAFETY: the cells are reached only through the two halves of one ring, whose head and tail order the
// accesses; a shared `Heap` itself gives no access to them.
unsafe impl Sync for Heap {}

/// A word on cache lines of its own: two, because the prefetcher takes neighbours in pairs.
#[repr(align(128))]
struct Line(AtomicU64);

impl Line {
    fn new() -> Line {
        Line(AtomicU64::new(0))
    }
}
