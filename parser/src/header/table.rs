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
/// One for each value of a byte, so that every number in a slot is that of a row.
const ROW_COUNT: usize = 1 << 8;
/// That of a row that no block equals.
const NO_ROW: u8 = u8::MAX;
/// What the two cases of a letter differ in.
const CASE: u64 = u64::from_ne_bytes([0x20; 8]);

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

pub(super) static ROWS: [Row; ROW_COUNT] = rows();
pub(super) const MULTIPLIER: u64 = multiplier();
pub(super) static SLOTS: [u8; 1 << SLOT_BITS] = slots(MULTIPLIER).0;
/// For each length of a name, which bits of its first word belong to it in either case.
pub(super) static KEEP: [u64; WIDTH + 1] = keep();

/// Which byte behind the first word of a name tells those apart that start alike; of the shortest
/// names it is the colon.
#[inline]
pub(super) const fn telling_at(len: usize) -> usize {
    len / 2 + 1
}

/// The slot of a name, by its first word and the byte that tells it apart.
#[inline]
pub(super) const fn slot(multiplier: u64, first: u64, telling: u8, keep: u64) -> usize {
    let mixed = (first ^ telling as u64) & keep;
    (mixed.wrapping_mul(multiplier) >> (64 - SLOT_BITS)) as usize
}

const fn keep() -> [u64; WIDTH + 1] {
    let mut table = [0; WIDTH + 1];
    let mut len = 0;
    while len <= WIDTH {
        table[len] = low_bytes(len) & !CASE;
        len += 1;
    }
    table
}

const fn rows() -> [Row; ROW_COUNT] {
    // No byte is 0 once the bits of `fold` are set in it.
    let (text, fold) = ([0; WIDTH], [0x20; WIDTH]);
    let none = Row { text, fold, inside: u32::MAX, id: HeaderId::Other, len: 0 };
    let mut rows = [none; ROW_COUNT];
    let mut number = 0;
    while number < NAMES.len() {
        let (name, id) = NAMES[number];
        assert!(name.len() < WIDTH, "a header name and its colon are wider than a row");
        rows[number] = Row { text: [0; WIDTH], fold: [0; WIDTH], inside: 0, id, len: 0 };
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

/// The first word of a row.
const fn first_word(row: &Row) -> u64 {
    let mut word = 0;
    let mut at = 0;
    while at < 8 && at < row.len as usize {
        word |= (row.text[at] as u64) << (8 * at);
        at += 1;
    }
    word
}

/// The slots under a multiplier, and whether no two names share one.
const fn slots(multiplier: u64) -> ([u8; 1 << SLOT_BITS], bool) {
    let keep = keep();
    let mut slots = [NO_ROW; 1 << SLOT_BITS];
    let mut number = 0;
    while number < NAMES.len() {
        let row = &ROWS[number];
        let len = row.len as usize;
        let slot = slot(multiplier, first_word(row), row.text[telling_at(len)], keep[len]);
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
