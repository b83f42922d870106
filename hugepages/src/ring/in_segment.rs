//! Owns rings in named segments, which outlive their process and may lead to another one.
//! Knows nothing of the protocol between the halves.
//!
//! The body: capacity in word 0, head in word 16, tail in word 32, closed in word 48, each on cache
//! lines of its own, and the bytes from word 64.

use core::ptr::NonNull;
use std::path::Path;
use std::sync::Arc;

use crate::instance::InstanceDir;
use crate::segment::{
    CreateSegmentError, LayoutVersion, OpenSegmentError, Segment, SegmentKind, SegmentSpec,
};
use crate::sync::{AtomicU64, Ordering};

use super::channel::{Keep, MAX_RING, MIN_RING, ring_bytes};
use super::storage::{Parts, Storage};
use super::{Consumer, Producer, WORD};

const LAYOUT: LayoutVersion = LayoutVersion(1);
const CAPACITY_AT: usize = 0;
const HEAD_AT: usize = 16;
const TAIL_AT: usize = 32;
const CLOSED_AT: usize = 48;
const DATA_AT: usize = 64;

/// Positions stay below this, so that sums of them never overflow: at 10 GB/s for 14 years.
const MAX_POSITION: u64 = 1 << 62;

/// What becomes of a ring's records when its process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RingUse {
    /// They wait for a later owner, who drains them.
    Events,
    /// They are reaped with the ring.
    Commands,
}

impl RingUse {
    const fn kind(self) -> SegmentKind {
        match self {
            RingUse::Events => SegmentKind::EventRing,
            RingUse::Commands => SegmentKind::Ring,
        }
    }
}

/// Why a ring could not be attached to.
#[derive(Debug, thiserror::Error)]
pub enum AttachRingError {
    /// The segment could not be opened.
    #[error(transparent)]
    Segment(#[from] OpenSegmentError),
    /// Its words contradict each other.
    #[error(
        "ring {name:?} is damaged: head {head}, tail {tail}, capacity {capacity} of {words} words"
    )]
    Damaged {
        /// Name of the segment.
        name: String,
        /// Head found.
        head: u64,
        /// Tail found.
        tail: u64,
        /// Capacity found.
        capacity: u64,
        /// Words of the segment's body.
        words: usize,
    },
    /// One side closed it, because the other broke the protocol.
    #[error("ring {name:?} was closed by its peer; its owner has to make it anew")]
    Closed {
        /// Name of the segment.
        name: String,
    },
}

/// Makes a ring of [`ring_bytes`]`(bytes)` in a segment, both halves for threads of this process. Its
/// first record is at `first_position` (rounded up to eight): where the ring before it ended.
///
/// # Errors
///
/// [`CreateSegmentError`]: the segment cannot be made, or there is one with that name to be drained.
pub fn create_in_segment(
    dir: &InstanceDir,
    name: &str,
    ring_use: RingUse,
    bytes: usize,
    first_position: u64,
) -> Result<(Producer, Consumer), CreateSegmentError> {
    let capacity = ring_bytes(bytes);
    let first = first_position.min(MAX_POSITION).next_multiple_of(WORD as u64);
    let words = DATA_AT + capacity / WORD;
    let spec = SegmentSpec { kind: ring_use.kind(), layout: LAYOUT, words };
    let segment = Segment::create_with(dir, name, spec, |words| {
        words[CAPACITY_AT].store(capacity as u64, Ordering::Relaxed);
        words[HEAD_AT].store(first, Ordering::Relaxed);
        words[TAIL_AT].store(first, Ordering::Relaxed);
    })?;
    let storage = storage(segment, capacity as u64);
    let other = storage.other_half();
    Ok((Producer::new(storage, first, first), Consumer::new(other, first, first)))
}

/// Attaches to the reading end of a ring whose producer is another process, or was one that died.
/// Nobody else may read it.
///
/// # Errors
///
/// [`AttachRingError`]: there is no such ring, or it is damaged.
pub fn attach_consumer(
    dir: &Path,
    name: &str,
    ring_use: RingUse,
) -> Result<Consumer, AttachRingError> {
    let (storage, head, tail) = attach(dir, name, ring_use)?;
    Ok(Consumer::new(storage, head, tail).distrusting())
}

/// Attaches to the writing end of a ring whose consumer is another process. Nobody else may write it.
///
/// # Errors
///
/// [`AttachRingError`]: there is no such ring, it is damaged or closed.
pub fn attach_producer(
    dir: &Path,
    name: &str,
    ring_use: RingUse,
) -> Result<Producer, AttachRingError> {
    let (storage, head, tail) = attach(dir, name, ring_use)?;
    if storage.closed().load(Ordering::Acquire) != 0 {
        return Err(AttachRingError::Closed { name: name.to_owned() });
    }
    Ok(Producer::new(storage, head, tail).distrusting())
}

fn attach(
    dir: &Path,
    name: &str,
    ring_use: RingUse,
) -> Result<(Storage, u64, u64), AttachRingError> {
    let segment = Segment::open(dir, name, ring_use.kind(), LAYOUT)?;
    let words = segment.words().len();
    let load = |at: usize| segment.words().get(at).map_or(0, |word| word.load(Ordering::Acquire));
    // Each word is read once: what is checked is what is used. Tail first: a live consumer may only
    // leave less between the two.
    let (capacity, tail, head) = (load(CAPACITY_AT), load(TAIL_AT), load(HEAD_AT));
    let sizes_fit = (MIN_RING as u64..=MAX_RING as u64).contains(&capacity)
        && capacity.is_power_of_two()
        && words == DATA_AT + capacity as usize / WORD;
    let indices_fit = head.is_multiple_of(WORD as u64)
        && tail.is_multiple_of(WORD as u64)
        && head <= MAX_POSITION
        && head.checked_sub(tail).is_some_and(|used| used <= capacity);
    if !sizes_fit || !indices_fit {
        let name = name.to_owned();
        return Err(AttachRingError::Damaged { name, head, tail, capacity, words });
    }
    Ok((storage(segment, capacity), head, tail))
}

/// `segment` has been checked or made to hold the words and `capacity` bytes.
fn storage(segment: Segment, capacity: u64) -> Storage {
    let segment = Arc::new(segment);
    let words = segment.words();
    let word = |at: usize| NonNull::<AtomicU64>::from(&words[at]);
    let data = NonNull::from(&words[DATA_AT..]);
    assert_eq!(data.len() * WORD, capacity as usize, "a ring fills its segment");
    let parts = Parts {
        head: word(HEAD_AT),
        tail: word(TAIL_AT),
        closed: word(CLOSED_AT),
        data: data.cast(),
        capacity,
    };
    // SAFETY: the parts lie in the segment's mapping, which the Arc keeps; words are aligned to eight;
    // the bytes from `DATA_AT` are `capacity` by the assertion, a power of two by `ring_bytes` or
    // `attach`; one producer and one consumer are made from it, or one half for which the caller of
    // `attach_*` promises to be alone.
    unsafe { Storage::new(parts, Keep::Segment { _segment: segment }) }
}
