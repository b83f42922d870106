//! Owns the table of header names, built by the compiler.
//! Hot in what it holds; the functions but `slot` run in the compiler only. Refuses to be searched
//! otherwise than by `lookup`.
#![allow(clippy::indexing_slicing, reason = "run by the compiler only, where a panic is an error")]

use super::{HeaderId, NAMES};
use crate::bytes::low_bytes;
use crate::span::low8;

/// Width of a row: the longest name that the table can hold, and a colon.
pub(super) const WIDTH: usize = 32;
const SLOT_BITS: u32 = 10;
const SLOTS: usize = 1 << SLOT_BITS;
pub(super) const NO_ROW: u8 = u8::MAX;
const LOWER: u64 = u64::from_ne_bytes([0x20; 8]);

/// How many words of a name are hashed.
pub(super) const HASHED: usize = 2;

#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(super) struct Row {
    /// The name in lower case and a colon, padded with zeros.
    pub(super) text: [u8; WIDTH],
    /// 0x20 where the name has a letter: what makes a byte of either case lower.
    pub(super) fold: [u8; WIDTH],
    /// A bit for each byte of the name and for the colon.
    pub(super) inside: u32,
    pub(super) id: HeaderId,
    len: u8,
}

const ROWS: [Row; NAMES.len()] = rows();
pub(super) const MULTIPLIER: u64 = multiplier();
pub(super) static TABLE: ([u8; SLOTS], [Row; NAMES.len()]) = (slots(MULTIPLIER).0, ROWS);
/// For each length of a name, which bits of the hashed words belong to it.
pub(super) static KEEP: [[u64; HASHED]; WIDTH + 1] = keep();

/// The slot of a name.
#[inline]
pub(super) const fn slot(
    multiplier: u64,
    words: [u64; HASHED],
    keep: [u64; HASHED],
    len: usize,
) -> usize {
    let [first, second] = words;
    let [keep_first, keep_second] = keep;
    let first = (first | LOWER) & keep_first;
    let second = (second | LOWER) & keep_second;
    let mixed = first ^ second.rotate_left(29) ^ len as u64;
    (mixed.wrapping_mul(multiplier) >> (64 - SLOT_BITS)) as usize
}

const fn keep() -> [[u64; HASHED]; WIDTH + 1] {
    let mut table = [[0; HASHED]; WIDTH + 1];
    let mut len = 0;
    while len <= WIDTH {
        let mut word = 0;
        while word < HASHED {
            table[len][word] = low_bytes(len.saturating_sub(8 * word));
            word += 1;
        }
        len += 1;
    }
    table
}

const fn rows() -> [Row; NAMES.len()] {
    let (text, fold) = ([0; WIDTH], [0; WIDTH]);
    let empty = Row { text, fold, inside: 0, id: HeaderId::Other, len: 0 };
    let mut rows = [empty; NAMES.len()];
    let mut number = 0;
    while number < NAMES.len() {
        let (name, id) = NAMES[number];
        assert!(name.len() < WIDTH, "a header name and its colon are wider than a row");
        rows[number].id = id;
        rows[number].len = low8(name.len());
        let mut at = 0;
        while at < name.len() {
            rows[number].text[at] = name[at].to_ascii_lowercase();
            rows[number].fold[at] = if name[at].is_ascii_alphabetic() { 0x20 } else { 0 };
            at += 1;
        }
        rows[number].text[at] = b':';
        rows[number].inside = u32::MAX >> (WIDTH - 1 - at);
        number += 1;
    }
    rows
}

/// The words of a row that are hashed.
const fn hashed(row: &Row) -> [u64; HASHED] {
    let mut words = [0; HASHED];
    let mut at = 0;
    while at < 8 * HASHED && at < row.len as usize {
        words[at / 8] |= (row.text[at] as u64) << (8 * (at % 8));
        at += 1;
    }
    words
}

/// The slots under a multiplier, and whether no two names share one.
const fn slots(multiplier: u64) -> ([u8; SLOTS], bool) {
    let keep = keep();
    let mut slots = [NO_ROW; SLOTS];
    let mut number = 0;
    while number < ROWS.len() {
        let row = &ROWS[number];
        let len = row.len as usize;
        let slot = slot(multiplier, hashed(row), keep[len], len);
        if slots[slot] != NO_ROW {
            return (slots, false);
        }
        slots[slot] = low8(number);
        number += 1;
    }
    (slots, true)
}

const fn multiplier() -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    while !slots(state | 1).1 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    }
    state | 1
}

const _: () = assert!(NAMES.len() < NO_ROW as usize, "row numbers are bytes");
