//! Owns digits → value of the longest prefix, as a trie over `u32` cells; refuses to know what a value stands for.
//! Hot: one look-up per call and table, without allocation.
//!
//! A node is one cache line of sixteen cells: one for each digit, one for numbers that end there, one that marks the
//! digits with which a stored prefix ends, four unused. A digit's cell is a node (top bit set, index below) or a leaf
//! (value, or `NONE`). Values are pushed to the leaves, so that a walk stops at the first leaf with the answer in hand
//! and never goes back. The marks are for people, who ask which prefix it was that gave the answer.
//!
//! The trie is one flat array, so that it lies in an image as it is, and children always stand behind their parent, so
//! that bytes that claim otherwise are refused by one linear pass and a walk ends whatever they say. One digit a step is
//! the simple form: users see [`build`], [`Table::open`] and [`Table::lookup`] only, and a denser form replaces it
//! behind these three.

mod build;
mod key;
#[cfg(test)]
mod tests;

pub use build::{BuildPrefixError, build};
pub use key::Key;

use crate::entity::MAX_PREFIX;
use crate::number::Digits;

/// Cells of a node: one cache line.
const NODE: usize = 16;
/// Cell for a number that ends at the node.
const END: usize = 10;
/// Cell with a bit for each digit that ends a stored prefix.
const MARKS: usize = 11;
/// First value of a cell of marks that cannot be.
const MARKS_LIMIT: u32 = 1 << END;
/// Set in cells that name a node.
const CHILD: u32 = 1 << 31;
/// Leaf without a value.
const NONE: u32 = CHILD - 1;
/// First value that cannot be stored.
pub const VALUE_LIMIT: u32 = NONE;

/// A trie over borrowed cells.
#[derive(Debug, Clone, Copy)]
pub struct Table<'c> {
    cells: &'c [u32],
}

/// Why cells are no trie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenPrefixError {
    /// No node, or a part of one.
    #[error("{cells} cells are no whole number of nodes")]
    Size {
        /// Number of cells.
        cells: usize,
    },
    /// A cell names a node that is not behind its own, or none at all.
    #[error("cell {cell} names node {node}, which is not behind it")]
    Child {
        /// Index of the cell.
        cell: usize,
        /// Index of the node that it names.
        node: u32,
    },
    /// A cell holds a value at or above the limit, or one where none may be.
    #[error("cell {cell} holds the value {value}, which stands for nothing")]
    Value {
        /// Index of the cell.
        cell: usize,
        /// The value.
        value: u32,
    },
}

impl<'c> Table<'c> {
    /// A table over `cells` whose values are all below `limit`, checked in one pass.
    ///
    /// # Errors
    /// [`OpenPrefixError`] with the first cell that cannot be.
    pub fn open(cells: &'c [u32], limit: u32) -> Result<Self, OpenPrefixError> {
        if cells.is_empty() || !cells.len().is_multiple_of(NODE) {
            return Err(OpenPrefixError::Size { cells: cells.len() });
        }
        for (cell, &value) in cells.iter().enumerate() {
            let digit = cell % NODE;
            if value & CHILD != 0 {
                let node = value & !CHILD;
                let index = node as usize;
                let behind = index > cell / NODE && index < cells.len() / NODE;
                if !behind || digit >= END {
                    return Err(OpenPrefixError::Child { cell, node });
                }
            } else if digit == MARKS {
                if value >= MARKS_LIMIT {
                    return Err(OpenPrefixError::Value { cell, value });
                }
            } else if value != NONE && (digit > END || value >= limit) {
                return Err(OpenPrefixError::Value { cell, value });
            }
        }
        Ok(Self { cells })
    }

    /// A table over cells that [`Table::open`] has passed before.
    ///
    /// Other cells give wrong answers, and nothing worse.
    #[inline]
    #[must_use]
    pub fn checked_before(cells: &'c [u32]) -> Self {
        Self { cells }
    }

    /// Value of the longest stored prefix of `number`, of which the first fifteen digits count.
    #[inline]
    #[must_use]
    pub fn lookup(&self, number: &Digits) -> Option<u32> {
        let mut node = 0_usize;
        for &digit in number.as_ascii().iter().take(MAX_PREFIX) {
            let cell = *self.cells.get(node * NODE + usize::from(digit & 0xf))?;
            if cell & CHILD == 0 {
                return (cell != NONE).then_some(cell);
            }
            node = (cell & !CHILD) as usize;
        }
        let cell = *self.cells.get(node * NODE + END)?;
        (cell < NONE).then_some(cell)
    }

    /// Digits of the longest stored prefix of `number`; 0 without one. For cold use.
    #[must_use]
    pub fn matched_digits(&self, number: &Digits) -> usize {
        let (mut node, mut matched) = (0_usize, 0);
        for (&digit, length) in number.as_ascii().iter().take(MAX_PREFIX).zip(1..) {
            let digit = usize::from(digit & 0xf);
            let cell = |at: usize| self.cells.get(node * NODE + at).copied().unwrap_or(NONE);
            if digit < END && cell(MARKS) >> digit & 1 == 1 {
                matched = length;
            }
            let next = cell(digit);
            if next & CHILD == 0 {
                break;
            }
            node = (next & !CHILD) as usize;
        }
        matched
    }
}
