//! Owns the access to a ring's words and bytes, wherever they lie.
//! Hot. Knows nothing of the protocol but where its words are.
//!
//! All raw access of the ring is in this file. The producer touches bytes from head up to capacity
//! beyond tail, the consumer those from tail up to head; `reserve` and `peek` keep to these ranges, and
//! head and tail order the change of hands.

use core::ptr::NonNull;
use core::slice;
use std::sync::Arc;

use crate::sync::{self, AtomicU64, RaceCheck};

use super::WORD;
use super::channel::Keep;

/// One half's access to a ring.
pub(super) struct Storage {
    head: NonNull<AtomicU64>,
    tail: NonNull<AtomicU64>,
    closed: NonNull<AtomicU64>,
    data: NonNull<u64>,
    capacity: u64,
    race: Arc<RaceCheck>,
    keep: Keep,
}

/// Where the parts of a ring lie.
pub(super) struct Parts {
    pub(super) head: NonNull<AtomicU64>,
    pub(super) tail: NonNull<AtomicU64>,
    pub(super) closed: NonNull<AtomicU64>,
    pub(super) data: NonNull<u64>,
    pub(super) capacity: u64,
}

// SAFETY: the pointers lead into memory that `keep` holds and that is not bound to a thread; the words
// are atomics, and the bytes change hands through head and tail as the file's doc says.
unsafe impl Send for Storage {}

impl Storage {
    /// Access to the ring at `parts`.
    ///
    /// # Safety
    ///
    /// - the three words and `capacity` bytes from `data` stay valid and in place while `keep` lives;
    /// - `data` is aligned to eight, `capacity` is a power of two of at least eight;
    /// - at most one producer and one consumer of this process use the memory.
    pub(super) unsafe fn new(parts: Parts, keep: Keep) -> Storage {
        let Parts { head, tail, closed, data, capacity } = parts;
        let race = Arc::new(RaceCheck::new(capacity as usize / WORD));
        Storage { head, tail, closed, data, capacity, race, keep }
    }

    /// The same ring for the other half.
    pub(super) fn other_half(&self) -> Storage {
        Storage { race: Arc::clone(&self.race), keep: self.keep.clone(), ..*self }
    }

    #[inline]
    pub(super) fn capacity(&self) -> u64 {
        self.capacity
    }

    #[inline]
    pub(super) fn head(&self) -> &AtomicU64 {
        // SAFETY: valid while `keep` lives (`new`), which self holds.
        unsafe { self.head.as_ref() }
    }

    #[inline]
    pub(super) fn tail(&self) -> &AtomicU64 {
        // SAFETY: as for `head`.
        unsafe { self.tail.as_ref() }
    }

    #[inline]
    pub(super) fn closed(&self) -> &AtomicU64 {
        // SAFETY: as for `head`.
        unsafe { self.closed.as_ref() }
    }

    /// Bytes from `position` to the end of the memory.
    #[inline]
    pub(super) fn to_end(&self, position: u64) -> u64 {
        self.capacity - self.offset(position)
    }

    #[inline]
    fn offset(&self, position: u64) -> u64 {
        position & (self.capacity - 1)
    }

    #[inline]
    fn index(&self, position: u64) -> usize {
        self.offset(position) as usize / WORD
    }

    #[inline]
    fn word_at(&self, position: u64) -> NonNull<u64> {
        // SAFETY: the offset is below the capacity, and capacity bytes from `data` are valid (`new`).
        unsafe { self.data.add(self.index(position)) }
    }

    /// The word at `position`, which belongs to this half.
    #[inline]
    pub(super) fn load(&self, position: u64) -> u64 {
        self.race.read(self.index(position), 1);
        let at = self.word_at(position).as_ptr();
        // SAFETY: aligned and valid (`word_at`); between processes every access is atomic, inside one
        // head and tail order it.
        unsafe { sync::load_word(at) }
    }

    /// Sets the word at `position`, which belongs to this half.
    #[inline]
    pub(super) fn store(&self, position: u64, value: u64) {
        self.race.write(self.index(position), 1);
        let at = self.word_at(position).as_ptr();
        // SAFETY: as for `load`.
        unsafe { sync::store_word(at, value) }
    }

    /// Lends `len` bytes from `position` for reading.
    ///
    /// # Safety
    ///
    /// - the bytes do not cross the end of the memory;
    /// - they belong to this half while the borrow lasts, and no other process writes them.
    #[inline]
    pub(super) unsafe fn bytes(&self, position: u64, len: usize) -> &[u8] {
        self.race.read(self.index(position), len.div_ceil(WORD));
        let at = self.word_at(position).cast::<u8>();
        // SAFETY: in bounds and unshared by the caller's promise; memory of a ring is initialised when
        // it is made.
        unsafe { slice::from_raw_parts(at.as_ptr(), len) }
    }

    /// Lends `len` bytes from `position` for writing.
    ///
    /// # Safety
    ///
    /// As for [`Storage::bytes`], and `&mut self` of the half makes the borrow the only one.
    #[inline]
    pub(super) unsafe fn bytes_mut(&mut self, position: u64, len: usize) -> &mut [u8] {
        self.race.write(self.index(position), len.div_ceil(WORD));
        let at = self.word_at(position).cast::<u8>();
        // SAFETY: as for `bytes`.
        unsafe { slice::from_raw_parts_mut(at.as_ptr(), len) }
    }

    /// Tells the model checker that this half still uses the bytes.
    #[inline]
    pub(super) fn still_writing(&self, position: u64, len: usize) {
        self.race.write(self.index(position), len.div_ceil(WORD));
    }

    /// Tells the model checker that this half still uses the bytes.
    #[inline]
    pub(super) fn still_reading(&self, position: u64, len: usize) {
        self.race.read(self.index(position), len.div_ceil(WORD));
    }
}

impl core::fmt::Debug for Storage {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Storage").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
