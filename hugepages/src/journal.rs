//! Owns the format of the journal of call events and the way through it.
//! Knows nothing of who writes it, and of events only where they begin and end.
//!
//! A journal is a directory of numbered segments, each a header and frames ([`segment`]). The data
//! plane appends to the newest one; a [`Reader`], in any process, follows it from any [`Place`].
//!
//! # What a reader may rely on
//!
//! - a place behind an event stays that for as long as the machine runs: a restarted data plane
//!   cuts off only what is no whole frame;
//! - a power loss may take back what was written and not yet synced. The journal is shorter then
//!   than a place that has been remembered: [`Reader::open_at`] refuses it and says where it ends;
//! - the oldest segments are removed once the database has them: a journal need not begin with segment 1.

mod reader;
pub mod segment;
#[cfg(test)]
mod tests;

pub use reader::{Damage, ReadJournalError, Reader};

/// Between two events of a journal; places of one journal are ordered as its events are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Number of the segment; 0 is before the first.
    pub segment: u64,
    /// Offset in it.
    pub offset: u64,
}

impl Place {
    /// Before the first event of any journal.
    pub const START: Place = Place { segment: 0, offset: 0 };
}
