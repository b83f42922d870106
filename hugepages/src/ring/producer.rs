//! Owns the writing half of a ring.
//! Hot. Knows nothing of where the ring lies or what the records say.

use core::ops::{Deref, DerefMut};

use zerocopy::IntoBytes;

use crate::sync::Ordering;

use super::storage::Storage;
use super::{MAX_RECORD, RingError, WORD, WRAP, check_index, record_size};

/// The writing half. One thread owns it.
#[derive(Debug)]
pub struct Producer {
    pub(super) storage: Storage,
    /// End of what was committed; the shared word only repeats it.
    head: u64,
    /// The consumer's index when it was last looked at.
    tail_seen: u64,
    error: Option<RingError>,
    /// Present when the consumer may be another process: records are made here and copied in.
    pub(super) copy: Option<Box<[u64]>>,
}

/// Room for one record. Dropping it without [`Slot::commit`] leaves the ring as it was.
#[derive(Debug)]
pub struct Slot<'r> {
    ring: &'r mut Producer,
    start: u64,
    len: usize,
}

impl Producer {
    pub(super) fn new(storage: Storage, head: u64, tail: u64) -> Producer {
        Producer { storage, head, tail_seen: tail, error: None, copy: None }
    }

    /// Room for a record of `len` bytes; `None` while the ring is too full, for ever when it is closed
    /// ([`Producer::error`]) or `len` exceeds [`Producer::max_record`].
    #[inline]
    pub fn reserve(&mut self, len: usize) -> Option<Slot<'_>> {
        if self.error.is_some() || len > self.max_record() {
            return None;
        }
        let size = record_size(len);
        let to_end = self.storage.to_end(self.head);
        let skipped = if size > to_end { to_end } else { 0 };
        if self.free() < skipped + size {
            self.look_at_tail()?;
            if self.free() < skipped + size {
                return None;
            }
        }
        let start = self.head + skipped;
        Some(Slot { ring: self, start, len })
    }

    /// Bytes in use, as far as the consumer has told; costs a look at its index.
    #[inline]
    pub fn used(&self) -> u64 {
        let tail = self.storage.tail().load(Ordering::Relaxed);
        self.head.saturating_sub(tail).min(self.storage.capacity())
    }

    /// Bytes that the ring holds, length words included.
    #[inline]
    pub fn capacity(&self) -> u64 {
        self.storage.capacity()
    }

    /// Longest record that [`Producer::reserve`] grants.
    #[inline]
    pub fn max_record(&self) -> usize {
        max_record(self.storage.capacity())
    }

    /// The position behind the last committed record.
    #[inline]
    pub fn position(&self) -> u64 {
        self.head
    }

    /// Why the ring is closed, if it is.
    #[inline]
    pub fn error(&self) -> Option<RingError> {
        self.error
    }

    #[inline]
    fn free(&self) -> u64 {
        self.storage.capacity() - (self.head - self.tail_seen)
    }

    /// Takes in the consumer's index; `None` when the ring is closed.
    fn look_at_tail(&mut self) -> Option<()> {
        if self.storage.closed().load(Ordering::Acquire) != 0 {
            self.error = Some(RingError::ClosedByPeer);
            return None;
        }
        // Acquire: the consumer's reads of what it gave back happen before our writes over it.
        let tail = self.storage.tail().load(Ordering::Acquire);
        match check_index(self.tail_seen, tail, self.head, tail, self.storage.capacity()) {
            Ok(()) => {
                self.tail_seen = tail;
                Some(())
            }
            Err(violation) => {
                self.error = Some(RingError::Violated(violation));
                self.storage.closed().store(1, Ordering::Release);
                None
            }
        }
    }
}

impl Slot<'_> {
    /// The record's number for life.
    #[inline]
    pub fn position(&self) -> u64 {
        self.start
    }

    /// Gives the record to the consumer.
    #[inline]
    pub fn commit(self) {
        let Slot { ring, start, len } = self;
        if start != ring.head {
            ring.storage.store(ring.head, WRAP);
        }
        if let Some(copy) = &ring.copy {
            let first = start + WORD as u64;
            for (i, &word) in copy.iter().take(len.div_ceil(WORD)).enumerate() {
                ring.storage.store(first + (i * WORD) as u64, word);
            }
        } else {
            ring.storage.still_writing(start + WORD as u64, len);
        }
        ring.storage.store(start, len as u64);
        ring.head = start + record_size(len);
        // Release: marker, length and bytes happen before the consumer sees the new head.
        ring.storage.head().store(ring.head, Ordering::Release);
    }
}

impl Deref for Slot<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        if let Some(copy) = &self.ring.copy {
            return copy.as_bytes().get(..self.len).unwrap_or_default();
        }
        // SAFETY: `reserve` found `len` bytes behind the length word that neither cross the end nor lie
        // below tail + capacity: they are the producer's until `commit`, which consumes the slot, and
        // without `copy` no other process is a peer.
        unsafe { self.ring.storage.bytes(self.start + WORD as u64, self.len) }
    }
}

impl DerefMut for Slot<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        if let Some(copy) = &mut self.ring.copy {
            return copy.as_mut_bytes().get_mut(..self.len).unwrap_or_default();
        }
        // SAFETY: as in `deref`; the slot borrows the producer mutably, so no other slot exists.
        unsafe { self.ring.storage.bytes_mut(self.start + WORD as u64, self.len) }
    }
}

/// Longest record of a ring of `capacity` bytes: with its word it takes half of it.
#[inline]
pub(super) fn max_record(capacity: u64) -> usize {
    MAX_RECORD.min(capacity as usize / 2 - WORD)
}
