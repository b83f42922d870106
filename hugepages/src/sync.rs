//! The atomics of everything that is shared: the standard ones, or loom's under `--cfg loom`.
//! Hot. Knows nothing of what the words mean.
//!
//! Rings and the anchor take atomics from here only, so that the model checker sees each of their
//! loads, stores and fences. What loom cannot see:
//!
//! - the bytes of a record: they are plain memory. `RaceCheck` stands in for them, one loom cell for
//!   every eight bytes, so that an access that is not ordered by head or tail fails the model;
//! - another process, and words in mapped memory: a loom atomic is no plain word, therefore segments
//!   and counters are not built under loom. The algorithms above them are the same code;
//! - a peer that breaks the protocol: the hostile-peer tests cover it;
//! - reorderings weaker than the C11 model allows, and anything below it (write combining, SIGBUS).

#[cfg(not(loom))]
pub use core::sync::atomic::{AtomicU64, Ordering, fence};
#[cfg(loom)]
pub use loom::sync::atomic::{AtomicU64, Ordering, fence};

use core::sync::atomic::AtomicU64 as PlainWord;

/// Loads the word at `at` as one relaxed access that no other writer can tear.
///
/// # Safety
///
/// - `at` is aligned to eight bytes and valid for reads of eight bytes;
/// - every concurrent access to it, from any process, is atomic, or its result is not relied on.
#[inline]
pub(crate) unsafe fn load_word(at: *const u64) -> u64 {
    // SAFETY: alignment and validity are the caller's promise; a shared reference to an atomic lasts
    // for this one load only.
    let word = unsafe { &*at.cast::<PlainWord>() };
    word.load(Ordering::Relaxed)
}

/// Stores the word at `at` as one relaxed access.
///
/// # Safety
///
/// - `at` is aligned to eight bytes and valid for writes of eight bytes;
/// - every concurrent access to it, from any process, is atomic, or its result is not relied on.
#[inline]
pub(crate) unsafe fn store_word(at: *mut u64, value: u64) {
    // SAFETY: alignment and validity are the caller's promise; atomics allow the store through a
    // shared reference.
    let word = unsafe { &*at.cast::<PlainWord>() };
    word.store(value, Ordering::Relaxed);
}

/// Stand-in for plain memory that two threads pass to each other: free in a normal build, and under
/// loom a proof that writes and reads of the same words are ordered.
#[cfg(not(loom))]
#[derive(Debug)]
pub(crate) struct RaceCheck;

#[cfg(not(loom))]
impl RaceCheck {
    pub(crate) fn new(_words: usize) -> Self {
        RaceCheck
    }

    #[inline]
    pub(crate) fn write(&self, _first: usize, _count: usize) {}

    #[inline]
    pub(crate) fn read(&self, _first: usize, _count: usize) {}
}

/// See the twin above: one tracked cell a word.
#[cfg(loom)]
#[derive(Debug)]
pub(crate) struct RaceCheck {
    cells: Vec<loom::cell::UnsafeCell<()>>,
}

#[cfg(loom)]
impl RaceCheck {
    pub(crate) fn new(words: usize) -> Self {
        RaceCheck { cells: (0..words).map(|_| loom::cell::UnsafeCell::new(())).collect() }
    }

    pub(crate) fn write(&self, first: usize, count: usize) {
        for cell in self.cells.iter().skip(first).take(count) {
            cell.with_mut(|_| ());
        }
    }

    pub(crate) fn read(&self, first: usize, count: usize) {
        for cell in self.cells.iter().skip(first).take(count) {
            cell.with(|_| ());
        }
    }
}
