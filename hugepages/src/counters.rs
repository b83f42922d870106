//! Owns named counters in a segment: one worker writes them, anybody who may open the file reads them.
//! Hot. Knows nothing of what is counted: names come from the caller's table.
//!
//! The body: number of counters, bytes of the names, then from word 16 one word a counter, then the
//! names as text, a line each. With the names in the segment a reader of another release can print
//! counters that it has never heard of.

mod create;
mod reader;
#[cfg(test)]
mod tests;

use crate::segment::Segment;
use crate::sync::{AtomicU64, Ordering};

pub use create::CreateCountersError;
pub use reader::{CountersReader, OpenCountersError};

/// Most counters in one segment.
pub const MAX_COUNTERS: usize = 4096;

/// Which counter: its place in the table of names that the segment was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterId(pub u16);

/// Counters that this thread writes. There is one writer, therefore adding is a load and a store, and
/// needs no locked instruction.
#[derive(Debug)]
pub struct Counters {
    segment: Segment,
    count: usize,
}

impl Counters {
    /// Adds `amount`; wraps. A number beyond the table is ignored.
    #[inline]
    pub fn add(&mut self, id: CounterId, amount: u64) {
        if let Some(word) = self.word(id) {
            // Relaxed: words are read one by one, none promises anything about another.
            word.store(word.load(Ordering::Relaxed).wrapping_add(amount), Ordering::Relaxed);
        }
    }

    /// Sets a value that is measured, not counted. A number beyond the table is ignored.
    #[inline]
    pub fn set(&mut self, id: CounterId, value: u64) {
        if let Some(word) = self.word(id) {
            word.store(value, Ordering::Relaxed);
        }
    }

    /// The present value; 0 beyond the table.
    #[inline]
    pub fn get(&self, id: CounterId) -> u64 {
        self.word(id).map_or(0, |word| word.load(Ordering::Relaxed))
    }

    /// Number of counters.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    #[inline]
    fn word(&self, id: CounterId) -> Option<&AtomicU64> {
        let index = usize::from(id.0);
        if index >= self.count {
            return None;
        }
        self.segment.words().get(create::VALUES_AT + index)
    }
}
