//! Owns the table look-up from a header name in a datagram to its id.
//! Hot. Refuses to check that an unknown name is a token: the caller does.
//!
//! A name of at most 32 bytes is looked at as one block. Its first 8 bytes, without the bit
//! that the cases of a letter differ in, and one of its other bytes are multiplied into a slot of a
//! table in which no two known names collide; the row found there is compared exactly, letters by
//! letter mask, so that the bit left out never decides. The multiplier is searched by the compiler.

use super::HeaderId;
use super::table::{KEEP, MULTIPLIER, ROWS, SLOTS, WIDTH, slot, telling_at};

/// The id of the name that `block` starts with, `len` bytes long and followed by the first colon
/// of the block; `None` if it is not known.
#[inline]
pub(crate) fn lookup(block: &[u8; WIDTH], len: usize) -> Option<HeaderId> {
    let telling = *block.get(telling_at(len))?;
    let slot =
        slot(MULTIPLIER, u64::from_le_bytes(*block.first_chunk()?), telling, *KEEP.get(len)?);
    let row = ROWS.get(usize::from(*SLOTS.get(slot)?))?;
    // The colon is compared too, so a row that is equal has the right length.
    let equal = simd::folded_mask(block, &row.fold, &row.text);
    (!equal & row.inside == 0).then_some(row.id)
}

/// As [`lookup`] for a name that has white space between it and its colon.
#[cold]
pub(crate) fn lookup_spaced(block: &[u8; WIDTH], len: usize) -> Option<HeaderId> {
    let mut block = *block;
    *block.get_mut(len)? = b':';
    lookup(&block, len)
}
