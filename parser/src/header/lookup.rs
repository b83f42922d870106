//! Owns the table look-up from a header name in a datagram to its id.
//! Hot. Refuses to check that an unknown name is a token: the caller does.
//!
//! A name of at most 32 bytes is looked at as one block. Its first 16 bytes, lower-cased in the crude
//! way that also maps `@` to a back quote, and its length are multiplied into a slot of a table in
//! which no two known names collide; the row found there is compared exactly, letters by letter
//! mask, so that the crude way never decides. The multiplier is searched by the compiler.

use super::HeaderId;
use super::table::{HASHED, KEEP, MULTIPLIER, NO_ROW, TABLE, WIDTH, slot};

/// The id of the name that `block` starts with, `len` bytes long and followed by the first colon
/// of the block.
#[inline]
pub(crate) fn lookup(block: &[u8; WIDTH], len: usize) -> HeaderId {
    let Some(keep) = KEEP.get(len) else { return HeaderId::Other };
    let slot = slot(MULTIPLIER, words(block), *keep, len);
    let (slots, rows) = &TABLE;
    let row = slots.get(slot).copied().unwrap_or(NO_ROW);
    let Some(row) = rows.get(usize::from(row)) else { return HeaderId::Other };
    // The colon is compared too, so a row that is equal has the right length.
    let equal = simd::folded_mask(block, &row.fold, &row.text);
    if !equal & row.inside == 0 { row.id } else { HeaderId::Other }
}

/// As [`lookup`] for a name that has white space between it and its colon.
#[cold]
pub(crate) fn lookup_spaced(block: &[u8; WIDTH], len: usize) -> HeaderId {
    let mut block = *block;
    let Some(behind) = block.get_mut(len) else { return HeaderId::Other };
    *behind = b':';
    lookup(&block, len)
}

/// The part of the block that is hashed, as words, first byte lowest.
#[inline]
fn words(block: &[u8; WIDTH]) -> [u64; HASHED] {
    let mut words = [0; HASHED];
    let (chunks, _) = block.as_chunks::<8>();
    for (word, chunk) in words.iter_mut().zip(chunks) {
        *word = u64::from_le_bytes(*chunk);
    }
    words
}
