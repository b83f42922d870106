//! Owns the joint table of all decks: prefix → row of rates; refuses to know what a rate is for.
//!
//! One walk gives the rates of all decks at once. The prefixes are the union over all decks; the row of a prefix holds,
//! for each deck, the rate of that deck's longest prefix of it, so that the longest match of the union is the longest
//! match of every deck. Equal rows are stored once: decks of one market change at the same few places.

use std::collections::BTreeMap;

use zerocopy::IntoBytes;

use crate::entity::Plan;
use crate::image::extent::checksum;
use crate::image::layout::NO_RATE;
use crate::prefix::{BuildPrefixError, Key};

/// Prefixes with the number of their row, and the rows end to end.
pub(super) struct Joint {
    pub(super) prefixes: Vec<(Key, u32)>,
    pub(super) rows: Vec<u64>,
}

/// Joins the decks of a plan; columns are decks as written.
///
/// # Errors
/// [`BuildPrefixError::Prefix`] for a prefix that is none.
pub(super) fn join(plan: &Plan) -> Result<Joint, BuildPrefixError> {
    let columns = plan.decks.len();
    let mut union = Vec::with_capacity(plan.decks.iter().map(|deck| deck.rates.len()).sum());
    for (column, deck) in plan.decks.iter().enumerate() {
        for (prefix, rate) in &deck.rates {
            union.push((Key::parse(&prefix.digits)?, column, rate.units()));
        }
    }
    // Stable, since decks usually come sorted, and merging runs is cheaper than sorting.
    union.sort_by_key(|(key, ..)| *key);
    let mut prefixes = Vec::new();
    let mut rows = Rows { columns, cells: Vec::new(), known: BTreeMap::new() };
    // In order of keys a prefix follows the shorter ones that it extends, so those that hold form a stack.
    let mut holding: Vec<(Key, Vec<u64>)> = Vec::new();
    for same in union.chunk_by(|(left, ..), (right, ..)| left == right) {
        let Some(&(prefix, ..)) = same.first() else { continue };
        while holding.pop_if(|(shorter, _)| !shorter.begins(prefix)).is_some() {}
        let mut row = holding.last().map_or_else(|| vec![NO_RATE; columns], |(_, row)| row.clone());
        for &(_, column, rate) in same {
            if let Some(cell) = row.get_mut(column) {
                *cell = rate;
            }
        }
        prefixes.push((prefix, rows.number(&row)));
        holding.push((prefix, row));
    }
    Ok(Joint { prefixes, rows: rows.cells })
}

/// Distinct rows end to end.
struct Rows {
    columns: usize,
    cells: Vec<u64>,
    /// Checksum of a row → its number.
    known: BTreeMap<u64, usize>,
}

impl Rows {
    /// Number of a row, which is added unless it is there.
    fn number(&mut self, row: &[u64]) -> u32 {
        let next = self.cells.len() / self.columns.max(1);
        let known = *self.known.entry(checksum(row.as_bytes())).or_insert(next);
        let cells = self.cells.get(known * self.columns..(known + 1) * self.columns);
        // A row of the same checksum that is another one is stored for itself: larger, and as right.
        let number = if cells == Some(row) { known } else { next };
        if number == next {
            self.cells.extend(row);
        }
        u32::try_from(number).unwrap_or(u32::MAX)
    }
}
