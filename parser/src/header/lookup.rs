//! Owns the table look-up from a header name in a datagram to its id.
//! Hot. Refuses to check that an unknown name is a token: the caller does.
//!
//! A name of at most 32 bytes is loaded as one block. Its first 16 bytes, lower-cased in the crude
//! way that also maps `@` to a back quote, and its length are multiplied into a slot of a table in
//! which no two known names collide; the row found there is compared exactly, letters by letter
//! mask, so that the crude way never decides. The multiplier is searched by the compiler.

use super::HeaderId;
use super::table::{KEEP, MULTIPLIER, NO_ROW, Row, TABLE, WIDTH, WORDS, slot};

/// The id of the name that stands at `at`, `len` bytes long.
#[inline]
pub(crate) fn lookup(bytes: &[u8], at: usize, len: usize) -> HeaderId {
    let near_end;
    let block = match bytes.get(at..).and_then(|rest| rest.first_chunk::<WIDTH>()) {
        Some(block) => block,
        None => {
            near_end = copy(bytes, at);
            &near_end
        }
    };
    let Some(keep) = KEEP.get(len) else { return HeaderId::Other };
    let words = words(block);
    let slot = slot(MULTIPLIER, words, *keep, len);
    let (slots, rows) = &TABLE;
    let row = slots.get(slot).copied().unwrap_or(NO_ROW);
    match rows.get(usize::from(row)) {
        Some(row) if usize::from(row.len) == len && equals(row, words, *keep) => row.id,
        _ => HeaderId::Other,
    }
}

/// The block as words, first byte lowest.
#[inline]
fn words(block: &[u8; WIDTH]) -> [u64; WORDS] {
    let mut words = [0; WORDS];
    let (chunks, _) = block.as_chunks::<8>();
    for (word, chunk) in words.iter_mut().zip(chunks) {
        *word = u64::from_le_bytes(*chunk);
    }
    words
}

/// The last bytes of a datagram, padded: the name of the last header is often here.
#[inline(never)]
fn copy(bytes: &[u8], at: usize) -> [u8; WIDTH] {
    let mut block = [0; WIDTH];
    let rest = bytes.get(at..).unwrap_or_default();
    for (to, from) in block.iter_mut().zip(rest) {
        *to = *from;
    }
    block
}

/// Whether the words hold the name of the row in any case.
#[inline]
fn equals(row: &Row, words: [u64; WORDS], keep: [u64; WORDS]) -> bool {
    let differs =
        |at: usize| match (words.get(at), row.letters.get(at), keep.get(at), row.text.get(at)) {
            (Some(word), Some(letters), Some(keep), Some(text)) => ((word | letters) & keep) ^ text,
            _ => 0,
        };
    // Few names are longer than 16 bytes.
    (differs(0) | differs(1)) == 0 && (row.len <= 16 || (differs(2) | differs(3)) == 0)
}
