//! Owns the ring of records with one producer and one consumer, in one process or between two.
//! Hot. Knows nothing of what the records say.
//!
//! # Shape
//!
//! ```text
//! positions grow for ever; a position's place in memory is its low bits
//!
//!        tail                      head
//!   ······┌──┬────┬───┬──────┬──────┐·············   head − tail ≤ capacity, always
//!         │ len │ bytes, 0 to 7 spare │ …
//! ```
//!
//! A record is one word (length in the low half, zero above) and its bytes, rounded up to eight; it
//! never crosses the end of the memory. What would, leaves a wrap marker there and starts at the
//! first byte again; marker and record are committed as one. A record takes at most half the ring, so
//! that an empty ring always has a place for it. The position of a record is its number for life:
//! with the worker's number it identifies an event (a new ring can start where an old one ended).
//!
//! # Order
//!
//! | word | writer | reader | order |
//! |---|---|---|---|
//! | head | producer | consumer | Release / Acquire: the bytes below it are written |
//! | tail | consumer | producer | Release / Acquire: the bytes below it have been read |
//! | closed | both | both | Release / Acquire, never taken back |
//!
//! Each side keeps its own index to itself and reads the other's only when it runs out of room or of
//! records. What it reads is checked: an index that goes back, is unaligned or leaves more than
//! `capacity` between head and tail closes the ring ([`RingError::Violated`]); it is then used no more.
//!
//! # A peer in another process
//!
//! Halves made by [`channel_in_memory`] and [`create_in_segment`] meet each other inside one process
//! and lend the ring's own bytes. Halves made by [`attach_consumer`] and [`attach_producer`], or turned
//! by `distrusting`, copy a record out before it is looked at, word by word, and copy it in at commit:
//! the other process may write where it wants and when it wants without changing what was checked.
//! It can still damage records that are not yet read, which their own layout has to detect.
//!
//! # Crash
//!
//! Head and tail of a ring in a segment live in the file. When its process dies, what was committed
//! and not released is still there: the next process attaches a consumer and reads on. A record that
//! was read but not released comes again; its position tells.
//!
//! # Proof
//!
//! Loom explores two threads over a ring of 64 bytes with wrap, full and empty ([`crate::sync`] says
//! what loom cannot see); property tests run every interleaving of calls of one thread against a
//! `VecDeque`; hostile-peer tests write arbitrary head, tail, lengths and markers.

mod channel;
mod consumer;
#[cfg(not(loom))]
mod in_segment;
mod producer;
mod storage;

#[cfg(all(test, not(loom)))]
mod hostile_tests;
#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;

pub use channel::{MAX_RING, MIN_RING, channel_in_memory, ring_bytes};
pub use consumer::Consumer;
#[cfg(not(loom))]
pub use in_segment::{
    AttachRingError, RingUse, attach_consumer, attach_producer, create_in_segment,
};

pub use producer::{Producer, Slot};

/// Longest record that any ring takes; small rings take half of their capacity less one word.
pub const MAX_RECORD: usize = (64 << 10) - WORD;

/// Bytes of a length word.
const WORD: usize = 8;
/// The length word that sends the reader back to the first byte.
const WRAP: u64 = u32::MAX as u64;

/// Why a ring gives and takes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// The peer broke the protocol; this side closed the ring.
    #[error("the peer of the ring broke its protocol ({0}); the ring is closed")]
    Violated(Violation),
    /// The peer closed the ring, because it found that this side broke the protocol.
    #[error("the peer of the ring closed it")]
    ClosedByPeer,
}

/// What the peer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[repr(u8)]
pub enum Violation {
    /// Its index went back.
    #[error("an index went back")]
    WentBack,
    /// More than the capacity, or less than nothing, lies between head and tail.
    #[error("head and tail are further apart than the capacity")]
    BeyondCapacity,
    /// Its index is no multiple of eight.
    #[error("an index is not aligned")]
    Unaligned,
    /// A record is longer than records may be, or than what was committed.
    #[error("a record has an impossible length")]
    RecordLength,
    /// A wrap marker without a record behind it.
    #[error("a wrap marker leads nowhere")]
    WrapMarker,
}

/// Bytes that a record of `len` bytes takes.
#[inline]
const fn record_size(len: usize) -> u64 {
    (WORD + len.next_multiple_of(WORD)) as u64
}

/// Checks an index that the peer published against the one seen before it.
///
/// `head` and `tail` are this side's view after taking it in.
#[inline]
fn check_index(seen: u64, got: u64, head: u64, tail: u64, capacity: u64) -> Result<(), Violation> {
    if !got.is_multiple_of(WORD as u64) {
        return Err(Violation::Unaligned);
    }
    if got < seen {
        return Err(Violation::WentBack);
    }
    match head.checked_sub(tail) {
        Some(used) if used <= capacity => Ok(()),
        _ => Err(Violation::BeyondCapacity),
    }
}
