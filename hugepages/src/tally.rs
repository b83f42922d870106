//! Owns the numbers of calls in progress per trunk and originator, in a segment of the instance.
//! Hot. Knows nothing of what a call is: who takes one adds one, who gives it back takes one away.
//!
//! # Shape
//!
//! The body: number of lines in word 0, in word 1 whether earlier runs are told, then from word 8
//! lines of 64 bytes, each a key word, the count of this run and that of earlier runs. A line is found by hashing the key and going on to the next line until it is there or free.
//! A key never leaves its line, so that a line once found stays right: readers need no lock and no
//! second look.
//!
//! # Earlier runs
//!
//! What stands from before this run of the data plane is told once, some time after its start, and
//! ends without a record of it. An end that nothing stands for, such as one that a peer repeats, must
//! take off no call of this run and never bring a count below zero; one that comes before earlier runs
//! are told is owed until then. Therefore their calls are counted apart.
//!
//! # Order
//!
//! | word | writer | reader | order |
//! |---|---|---|---|
//! | key | any worker, once, by compare and swap from zero | anybody | Relaxed: the count beside it starts at zero and is its own truth |
//! | counts | any worker, by addition | anybody | Relaxed: sums, nothing is derived from their order |
//! | told | the keeper, once | anybody | Relaxed: who still sees zero owes one call too many, which readers leave out |
//!
//! # Proof
//!
//! Loom explores writers that race for one line and for neighbouring ones; property tests compare a
//! tally with a map of counts.

#[cfg(not(loom))]
mod in_segment;
mod table;

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(not(loom))]
pub use in_segment::{CreateTallyError, MAX_SLOTS, OpenTallyError, Tally, TallyReader};

/// Name of the segment in an instance directory.
pub const SEGMENT: &str = "active";

/// Whose calls are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TallyKey {
    /// Calls at the trunk with this stable id.
    Trunk(u32),
    /// Calls of the originator with this stable id.
    Originator(u32),
}

/// Every line has another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table of calls in progress is full; raise its size")]
pub struct TallyFull;

const TRUNK: u64 = 1;
const ORIGINATOR: u64 = 2;

impl TallyKey {
    /// The key of a trunk.
    pub const fn trunk(id: u32) -> TallyKey {
        TallyKey::Trunk(id)
    }

    /// The key of an originator.
    pub const fn originator(id: u32) -> TallyKey {
        TallyKey::Originator(id)
    }

    /// The word that stands for it, which is never zero: its kind above its id.
    pub const fn word(self) -> u64 {
        match self {
            TallyKey::Trunk(id) => TRUNK << 32 | id as u64,
            TallyKey::Originator(id) => ORIGINATOR << 32 | id as u64,
        }
    }

    /// The key of a word; `None` for one that stands for none in this version.
    pub const fn from_word(word: u64) -> Option<TallyKey> {
        let id = word as u32;
        match word >> 32 {
            TRUNK => Some(TallyKey::Trunk(id)),
            ORIGINATOR => Some(TallyKey::Originator(id)),
            _ => None,
        }
    }
}
