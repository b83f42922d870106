//! Owns byte classes, single-byte reads and the small searches that the field parsers share.
//! Hot. Refuses to know headers.
//!
//! Positions are plain `usize` offsets into the datagram; nothing here reads outside it.

use crate::span::low8;

/// RFC 3261 §25.1 `token`.
pub(crate) const TOKEN: u8 = 1;
/// White space inside a header value: a fold is CRLF and a space, and lone CR or LF do not occur.
pub(crate) const LWS: u8 = 2;
/// `DIGIT`.
pub(crate) const DIGIT: u8 = 4;
/// `HEXDIG`.
pub(crate) const HEX: u8 = 8;
/// An unquoted parameter value. Wider than `token / host`, since branches and tags of other
/// elements are theirs: everything visible that neither ends a value nor nests.
pub(crate) const VALUE: u8 = 16;
/// A host name or IPv4 address; the underscore is not in the grammar but in the world.
pub(crate) const HOST: u8 = 32;
/// What a URI may hold: everything visible but quotes and angle brackets.
pub(crate) const URI: u8 = 64;
/// Everything visible.
pub(crate) const VISIBLE: u8 = 128;

static CLASS: [u8; 256] = classes();

#[allow(clippy::indexing_slicing, reason = "run by the compiler only, where a panic is an error")]
const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        let byte = low8(index);
        let mut class = 0;
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
        {
            class |= TOKEN;
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            class |= LWS;
        }
        if byte.is_ascii_digit() {
            class |= DIGIT;
        }
        if byte.is_ascii_hexdigit() {
            class |= HEX;
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            class |= HOST;
        }
        if byte > b' ' && byte != 0x7f {
            class |= VISIBLE;
            if !matches!(byte, b'"' | b'<' | b'>') {
                class |= URI;
                if !matches!(byte, b',' | b';') {
                    class |= VALUE;
                }
            }
        }
        table[index] = class;
        index += 1;
    }
    table
}

/// Whether `byte` is in one of the classes `class`.
#[inline]
pub(crate) fn is(byte: u8, class: u8) -> bool {
    class_of(byte) & class != 0
}

#[inline]
fn class_of(byte: u8) -> u8 {
    // The index is a byte and the table has 256 rows, so the compiler drops the check.
    CLASS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// The byte at `at`; 0, which is in no class, behind the end.
#[inline]
pub(crate) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The first position from `at` on that is not in `class`, at most `end`. For runs of some length:
/// four bytes a step are two thirds fewer instructions than one (`benches/parse.rs`).
#[inline]
pub(crate) fn skip(bytes: &[u8], at: usize, end: usize, class: u8) -> usize {
    let (fours, rest) = bytes.get(at..end).unwrap_or_default().as_chunks::<4>();
    let mut at = at;
    for [a, b, c, d] in fours {
        if class_of(*a) & class_of(*b) & class_of(*c) & class_of(*d) & class == 0 {
            let inside = [a, b, c].into_iter().take_while(|byte| is(**byte, class)).count();
            return at + inside;
        }
        at += 4;
    }
    at + rest.iter().take_while(|byte| is(**byte, class)).count()
}

/// Whether `byte` is white space inside a header value, without a load from the class table.
#[inline]
pub(crate) fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// The first position from `at` on that is not white space, at most `end`. For the usual none or
/// one.
#[inline]
pub(crate) fn skip_white(bytes: &[u8], at: usize, end: usize) -> usize {
    let mut at = at;
    while at < end && is_white(byte(bytes, at)) {
        at += 1;
    }
    at
}

/// The end of `at..end` without the white space in front of it.
#[inline]
pub(crate) fn trim_end(bytes: &[u8], at: usize, end: usize) -> usize {
    let mut end = end;
    while end > at && is_white(byte(bytes, end - 1)) {
        end -= 1;
    }
    end
}

/// The first position of `wanted` in `at..end`.
#[inline]
pub(crate) fn find(bytes: &[u8], at: usize, end: usize, wanted: u8) -> Option<usize> {
    find_either(bytes, at, end, wanted, wanted)
}

/// The first position of `one` or `other` in `at..end`.
///
/// Eight bytes a step: the fields searched here are 10 to 80 bytes long, where the set-up of a
/// vector search costs more than it saves.
#[inline]
pub(crate) fn find_either(
    bytes: &[u8],
    at: usize,
    end: usize,
    one: u8,
    other: u8,
) -> Option<usize> {
    let (words, rest) = bytes.get(at..end)?.as_chunks::<8>();
    let mut from = at;
    for word in words {
        let word = u64::from_le_bytes(*word);
        // The lowest set bit is exact in each; borrows only spoil the bits above it.
        let found = equal_bytes(word, one) | equal_bytes(word, other);
        if found != 0 {
            return Some(from + (found.trailing_zeros() / 8) as usize);
        }
        from += 8;
    }
    let count = rest.iter().position(|byte| *byte == one || *byte == other)?;
    Some(from + count)
}

/// The top bit of the lowest byte of `word` that equals `wanted`, and bits above it.
#[inline]
fn equal_bytes(word: u64, wanted: u8) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    let differs = word ^ (ONES * u64::from(wanted));
    differs.wrapping_sub(ONES) & !differs & TOPS
}

/// RFC 3261 §25.1 `quoted-string`: the position behind the closing quote of the string that opens
/// at `at`; `None` where it does not close before `end` or escapes a line end.
#[inline]
pub(crate) fn quoted(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        at = find_either(bytes, at, end, b'"', b'\\')?;
        if byte(bytes, at) == b'"' {
            return Some(at + 1);
        }
        // RFC 3261 §25.1: quoted-pair escapes any byte but CR and LF.
        if at + 1 >= end || matches!(byte(bytes, at + 1), b'\r' | b'\n') {
            return None;
        }
        at += 2;
    }
}

/// The decimal number in `at..end`, saturating; `None` if that is empty or not only digits.
#[inline]
pub(crate) fn decimal(bytes: &[u8], at: usize, end: usize) -> Option<u32> {
    let digits = bytes.get(at..end)?;
    if digits.is_empty() {
        return None;
    }
    let mut number = 0u32;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number.saturating_mul(10).saturating_add(u32::from(byte - b'0'));
    }
    Some(number)
}

/// The port in `at..end`: 1 to 65535.
#[inline]
pub(crate) fn port(bytes: &[u8], at: usize, end: usize) -> Option<u16> {
    decimal(bytes, at, end).and_then(|number| u16::try_from(number).ok()).filter(|port| *port != 0)
}

/// The end of the host that starts at `at`: an IPv6 reference with its brackets, or a run of
/// name characters; `None` where there is none.
#[inline]
pub(crate) fn host(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    if byte(bytes, at) == b'[' {
        let close = find(bytes, at, end, b']')?;
        let mut inside = bytes.get(at + 1..close)?.iter();
        let legal = inside.all(|byte| is(*byte, HEX) || matches!(byte, b':' | b'.'));
        return (legal && close > at + 1).then_some(close + 1);
    }
    let stop = skip(bytes, at, end, HOST);
    (stop > at).then_some(stop)
}

/// Whether `at..end` spells `name`, which is lower case, in any case.
#[inline]
pub(crate) fn spells(bytes: &[u8], at: usize, end: usize, name: &[u8]) -> bool {
    bytes.get(at..end).is_some_and(|written| written.eq_ignore_ascii_case(name))
}
