//! Owns the joint table of all decks: prefix → row of rates; refuses to know what a rate is for.
//!
//! One walk gives the rates of all decks at once. The prefixes are the union over all decks; the row of a prefix holds,
//! for each deck, the rate of that deck's longest prefix of it, so that the longest match of the union is the longest
//! match of every deck. Equal rows are stored once: decks of one market change at the same few places.

use std::collections::BTreeMap;

use crate::entity::Plan;
use crate::image::layout::NO_RATE;

/// Prefixes with the number of their row, and the rows end to end.
pub(super) struct Joint {
    pub(super) prefixes: BTreeMap<String, u32>,
    pub(super) rows: Vec<u64>,
}

/// Joins the decks of a plan; columns are decks as written.
pub(super) fn join(plan: &Plan) -> Joint {
    let mut union: BTreeMap<&str, Vec<(usize, u64)>> = BTreeMap::new();
    for (column, deck) in plan.decks.iter().enumerate() {
        for (prefix, rate) in &deck.rates {
            union.entry(&prefix.digits).or_default().push((column, rate.units()));
        }
    }
    let mut prefixes = BTreeMap::new();
    let mut rows: Vec<u64> = Vec::new();
    let mut known: BTreeMap<Vec<u64>, u32> = BTreeMap::new();
    // In order of text a prefix follows the shorter ones that it extends, so those that hold form a stack.
    let mut holding: Vec<(&str, Vec<u64>)> = Vec::new();
    for (prefix, own) in union {
        while holding.pop_if(|(shorter, _)| !prefix.starts_with(*shorter)).is_some() {}
        let mut row =
            holding.last().map_or_else(|| vec![NO_RATE; plan.decks.len()], |(_, row)| row.clone());
        for (column, rate) in own {
            if let Some(cell) = row.get_mut(column) {
                *cell = rate;
            }
        }
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        let number = *known.entry(row.clone()).or_insert_with(|| {
            rows.extend(&row);
            next
        });
        prefixes.insert(prefix.to_owned(), number);
        holding.push((prefix, row));
    }
    Joint { prefixes, rows }
}
