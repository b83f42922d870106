//! Owns what a decision tells while it is made; refuses to know who listens.
//! Hot: for [`Silent`] every function is empty and inlined, so that a call pays nothing for what it does not tell.

use super::technique::Runner;
use crate::image::layout::{SlotRecord, TrunkRecord};

/// Why a trunk of a slot is no candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skip {
    /// It is switched off.
    Disabled,
    /// The slot is ordered by rate, and its deck has none for the number.
    NoRate,
}

/// Somebody who is told how a decision came about, in the order of its steps.
pub(super) trait Witness {
    /// The slot in this place (from 1) is ordered next.
    fn slot(&mut self, _ordinal: u8, _slot: &SlotRecord) {}

    /// A trunk of the slot is left out.
    fn skipped(&mut self, _trunk: &TrunkRecord, _why: Skip) {}

    /// The usable trunks of the slot as written.
    fn usable(&mut self, _runners: &[Runner]) {}

    /// The usable trunks of the slot in trying order.
    fn ordered(&mut self, _runners: &[Runner]) {}
}

/// Nobody.
pub(super) struct Silent;

impl Witness for Silent {}
