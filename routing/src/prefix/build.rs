//! Owns the making of a trie from prefixes; refuses to know how it is read.
//! Cold: runs once per version, in the publisher.

use super::{CHILD, END, Key, MARKS, NODE, NONE, VALUE_LIMIT};

/// Why prefixes make no trie.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildPrefixError {
    /// Not 1 to 15 ASCII digits.
    #[error("`{prefix}` is no prefix of 1 to 15 digits")]
    Prefix {
        /// What was given.
        prefix: String,
    },
    /// A value at or above [`VALUE_LIMIT`].
    #[error("prefix `{prefix}` has the value {value}, which a table cannot hold")]
    Value {
        /// Its prefix.
        prefix: String,
        /// The value.
        value: u32,
    },
    /// More nodes than an index can name.
    #[error("{prefixes} prefixes need more nodes than a table can hold")]
    Size {
        /// Number of prefixes.
        prefixes: usize,
    },
}

/// Cells of a trie that gives each number the value of its longest prefix. Of equal prefixes the last one holds.
///
/// # Errors
/// [`BuildPrefixError`] for a value that cannot be stored, and for too many prefixes.
pub fn build(mut prefixes: Vec<(Key, u32)>) -> Result<Vec<u32>, BuildPrefixError> {
    if let Some((prefix, value)) = prefixes.iter().find(|(_, value)| *value >= VALUE_LIMIT) {
        return Err(BuildPrefixError::Value { prefix: prefix.to_string(), value: *value });
    }
    prefixes.sort_by_key(|(key, _)| *key);
    // About one node a prefix is what dial plans need, so the cells seldom move.
    let mut cells = Vec::with_capacity(prefixes.len().saturating_add(1).saturating_mul(NODE));
    node(&prefixes, 0, NONE, &mut cells)
        .ok_or(BuildPrefixError::Size { prefixes: prefixes.len() })?;
    Ok(cells)
}

/// Appends the node at `depth` for `sorted`, which share their first `depth` digits and are longer than that.
///
/// Returns its index; nothing when an index does not fit. Recursion ends at 15 digits.
fn node(sorted: &[(Key, u32)], depth: usize, inherited: u32, cells: &mut Vec<u32>) -> Option<u32> {
    let start = cells.len();
    let index = u32::try_from(start / NODE).ok().filter(|index| *index < CHILD)?;
    let mut own = [inherited; NODE];
    own.get_mut(END + 1..)?.fill(NONE);
    cells.extend(own);
    let mut marks = 0;
    for group in sorted.chunk_by(|(left, _), (right, _)| left.step(depth) == right.step(depth)) {
        let digit = group.first()?.0.step(depth).checked_sub(1)?;
        // The shortest sort first, and only they can end here.
        let ending = group.iter().take_while(|(key, _)| key.step(depth + 1) == 0).count();
        let (ending, longer) = group.split_at_checked(ending)?;
        let value = ending.last().map_or(inherited, |(_, value)| *value);
        marks |= u32::from(!ending.is_empty()) << digit;
        let cell = match longer {
            [] => value,
            _ => CHILD | node(longer, depth + 1, value, cells)?,
        };
        *cells.get_mut(start + digit)? = cell;
    }
    *cells.get_mut(start + MARKS)? = marks;
    Some(index)
}
