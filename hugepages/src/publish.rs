//! Owns the book-keeping of published images: which extents must stay while versions come and go.
//! Knows nothing of memory, descriptors or sockets: an extent is its id here.
//!
//! # The rules
//!
//! The publisher keeps an extent while the newest version, the acknowledged one or one in flight
//! names it. A receiver keeps the extents of the image in force, and those of an offer until it has
//! answered. Answers come in the order of the offers; an answer to one answers for all before it. An
//! extent need not travel again when every version that may be in force when the offer arrives names
//! it: the acknowledged one and all in flight. A connection begins with nothing held, since ids mean
//! something only within the life of their publisher.
//!
//! # Proof
//!
//! A property test runs a [`Ledger`] and [`Holdings`] over a channel that delays and breaks, and
//! compares what is freed with the set of all ids that some live version names, written plainly.

mod holdings;
mod ledger;
#[cfg(test)]
mod tests;

pub use holdings::{Holdings, RefuseOfferError};
pub use ledger::{AnswerError, Ledger, Offer, PublishError};

/// Most offers that may be without an answer; further versions wait and the newest replaces them.
pub const MAX_IN_FLIGHT: usize = 4;

/// Names an extent of one publisher: never given to other bytes within its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtentId(pub u64);
