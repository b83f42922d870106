//! Owns the making of a trie from prefixes; refuses to know how it is read.
//! Cold: runs once per version, in the publisher.

use std::collections::BTreeMap;

use super::{CHILD, END, MARKS, NODE, NONE, VALUE_LIMIT};
use crate::entity::MAX_PREFIX;

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

/// Cells of a trie that gives each number the value of its longest prefix.
///
/// # Errors
/// [`BuildPrefixError`] for a prefix or value that cannot be stored, and for too many.
pub fn build(prefixes: &BTreeMap<String, u32>) -> Result<Vec<u32>, BuildPrefixError> {
    let mut sorted = Vec::with_capacity(prefixes.len());
    for (prefix, &value) in prefixes {
        let digits = prefix.as_bytes();
        let is_prefix = !digits.is_empty() && digits.len() <= MAX_PREFIX;
        if !is_prefix || !digits.iter().all(u8::is_ascii_digit) {
            return Err(BuildPrefixError::Prefix { prefix: prefix.clone() });
        }
        if value >= VALUE_LIMIT {
            return Err(BuildPrefixError::Value { prefix: prefix.clone(), value });
        }
        sorted.push((digits, value));
    }
    let mut cells = Vec::new();
    node(&sorted, 0, NONE, &mut cells)
        .ok_or(BuildPrefixError::Size { prefixes: prefixes.len() })?;
    Ok(cells)
}

/// Appends the node at `depth` for `sorted`, which share their first `depth` digits and are longer than that.
///
/// Returns its index; nothing when an index does not fit. Recursion ends at [`MAX_PREFIX`] digits.
fn node(
    sorted: &[(&[u8], u32)],
    depth: usize,
    inherited: u32,
    cells: &mut Vec<u32>,
) -> Option<u32> {
    let start = cells.len();
    let index = u32::try_from(start / NODE).ok().filter(|index| *index < CHILD)?;
    cells.extend([NONE; NODE]);
    *cells.get_mut(start + END)? = inherited;
    let (mut rest, mut marks) = (sorted, 0);
    for (offset, digit) in (b'0'..=b'9').enumerate() {
        let count = rest.partition_point(|(digits, _)| digits.get(depth) <= Some(&digit));
        let (mut group, behind) = rest.split_at_checked(count)?;
        rest = behind;
        let mut value = inherited;
        // The shortest prefix sorts first, and only it can end here.
        if let Some(((digits, own), longer)) = group.split_first()
            && digits.len() == depth + 1
        {
            value = *own;
            marks |= 1 << offset;
            group = longer;
        }
        let cell = match group {
            [] => value,
            _ => CHILD | node(group, depth + 1, value, cells)?,
        };
        *cells.get_mut(start + offset)? = cell;
    }
    *cells.get_mut(start + MARKS)? = marks;
    Some(index)
}
