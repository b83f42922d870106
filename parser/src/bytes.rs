//! Owns byte classes, single-byte reads and the small searches that the field parsers share.
//! Hot. Refuses to know headers.
//!
//! Positions are plain `usize` offsets into the datagram; nothing here reads outside it.

use simd::{ByteSet, block};

use crate::span::{low8, low32};

/// A class of bytes: one bit of the table for a single byte, a set for a block of them.
pub(crate) struct Class {
    bit: u8,
    pub(crate) set: ByteSet,
}

impl Class {
    const fn of(bit: u8) -> Class {
        Class { bit, set: ByteSet::of(&TABLE, bit) }
    }
}

/// RFC 3261 §25.1 `token`.
pub(crate) static TOKEN: Class = Class::of(bit::TOKEN);
/// White space inside a header value: a fold is CRLF and a space, and lone CR or LF do not occur.
pub(crate) static LWS: Class = Class::of(bit::LWS);
/// `DIGIT`.
pub(crate) static DIGIT: Class = Class::of(bit::DIGIT);
/// `HEXDIG`.
pub(crate) static HEX: Class = Class::of(bit::HEX);
/// An unquoted parameter value. Wider than `token / host`, since branches and tags of other
/// elements are theirs: everything visible that neither ends a value nor nests.
pub(crate) static VALUE: Class = Class::of(bit::VALUE);
/// A host name or IPv4 address; the underscore is not in the grammar but in the world.
pub(crate) static HOST: Class = Class::of(bit::HOST);
/// What a URI may hold: everything visible but quotes and angle brackets.
pub(crate) static URI: Class = Class::of(bit::URI);
/// Everything visible.
pub(crate) static VISIBLE: Class = Class::of(bit::VISIBLE);

/// What may stand in front of the angle bracket of a name-addr that has no quoted name. A set
/// alone: the table has no bit left.
pub(crate) static PLAIN: Class =
    Class { bit: 0, set: ByteSet::of(&without(&[1; 256], b"<>\";,"), 1) };
/// What the parameters of a URI hold where it has no escapes and no headers. A set alone, too.
pub(crate) static PARAMS: Class =
    Class { bit: 0, set: ByteSet::of(&without(&TABLE, b"%?@"), bit::URI) };

#[allow(clippy::indexing_slicing, reason = "run by the compiler only, where a panic is an error")]
const fn without(table: &[u8; 256], stops: &[u8]) -> [u8; 256] {
    let mut table = *table;
    let mut stops = stops;
    while let [stop, rest @ ..] = stops {
        table[*stop as usize] = 0;
        stops = rest;
    }
    table
}

/// The bits of the classes in the table.
mod bit {
    pub(super) const TOKEN: u8 = 1;
    pub(super) const LWS: u8 = 2;
    pub(super) const DIGIT: u8 = 4;
    pub(super) const HEX: u8 = 8;
    pub(super) const VALUE: u8 = 16;
    pub(super) const HOST: u8 = 32;
    pub(super) const URI: u8 = 64;
    pub(super) const VISIBLE: u8 = 128;
}

const TABLE: [u8; 256] = classes();
static CLASS: [u8; 256] = TABLE;

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
            class |= bit::TOKEN;
        }
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            class |= bit::LWS;
        }
        if byte.is_ascii_digit() {
            class |= bit::DIGIT;
        }
        if byte.is_ascii_hexdigit() {
            class |= bit::HEX;
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            class |= bit::HOST;
        }
        if byte > b' ' && byte != 0x7f {
            class |= bit::VISIBLE;
            if !matches!(byte, b'"' | b'<' | b'>') {
                class |= bit::URI;
                if !matches!(byte, b',' | b';') {
                    class |= bit::VALUE;
                }
            }
        }
        table[index] = class;
        index += 1;
    }
    table
}

/// Whether `byte` is in `class`.
#[inline]
pub(crate) fn is(byte: u8, class: &Class) -> bool {
    // The index is a byte and the table has 256 rows, so the compiler drops the check.
    CLASS.get(usize::from(byte)).copied().unwrap_or(0) & class.bit != 0
}

/// The byte at `at`; 0, which is in no class, behind the end.
#[inline]
pub(crate) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The two bytes from `at`; zeros where fewer are left.
#[inline]
pub(crate) fn pair(bytes: &[u8], at: usize) -> [u8; 2] {
    block(bytes, at).copied().unwrap_or_default()
}

/// The eight bytes from `at`, the first one lowest; zeros behind the end.
#[inline]
pub(crate) fn word(bytes: &[u8], at: usize) -> u64 {
    match block(bytes, at) {
        Some(word) => u64::from_le_bytes(*word),
        None => last_word(bytes, at),
    }
}

#[cold]
fn last_word(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// A word of bytes that are 1.
const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// The bits of the first `len` bytes of a word.
#[inline]
pub(crate) const fn low_bytes(len: usize) -> u64 {
    if len >= 8 { u64::MAX } else { (1 << (8 * len)) - 1 }
}

/// A text of at most eight bytes that is looked for in any case.
pub(crate) struct Word {
    text: u64,
    /// 0x20 where the text has a letter: sets either case to lower and maps nothing else there.
    fold: u64,
    keep: u64,
    len: usize,
}

impl Word {
    /// `text` in lower case.
    pub(crate) const fn of(text: &[u8]) -> Word {
        assert!(text.len() <= 8, "a word has eight bytes");
        let mut word = Word { text: 0, fold: 0, keep: low_bytes(text.len()), len: text.len() };
        let mut rest = text;
        while let [before @ .., last] = rest {
            word.text = word.text << 8 | *last as u64;
            word.fold = word.fold << 8 | if last.is_ascii_lowercase() { 0x20 } else { 0 };
            rest = before;
        }
        word
    }

    /// Whether `at..end` is this text.
    #[inline]
    pub(crate) fn is(&self, bytes: &[u8], at: usize, end: usize) -> bool {
        end.wrapping_sub(at) == self.len && self.starts(word(bytes, at))
    }

    /// Whether `at..end` starts with this text.
    #[inline]
    pub(crate) fn leads(&self, bytes: &[u8], at: usize, end: usize) -> bool {
        end.saturating_sub(at) >= self.len && self.starts(word(bytes, at))
    }

    /// Whether a word starts with this text.
    #[inline]
    pub(crate) fn starts(&self, word: u64) -> bool {
        (word | self.fold) & self.keep == self.text
    }
}

/// The first position from `at` on that is not in `class`, at most `end`; `at` if that lies behind
/// `end`.
#[inline]
pub(crate) fn skip(bytes: &[u8], at: usize, end: usize, class: &Class) -> usize {
    let mut from = at;
    while from < end {
        let Some(block) = block(bytes, from) else { return skip_last(bytes, from, end, class) };
        let outside = class.set.outside_mask(block);
        if outside != 0 {
            return (from + outside.trailing_zeros() as usize).min(end);
        }
        from += 32;
    }
    at.max(end)
}

/// How many of the bytes from `at` on are in `class`, where a block is left: for a run that the end
/// of a line ends, whatever stands behind it.
#[inline]
pub(crate) fn run(bytes: &[u8], at: usize, class: &Class) -> Option<usize> {
    let mut from = at;
    loop {
        let outside = class.set.outside_mask_64(block(bytes, from)?);
        if outside != 0 {
            return Some(from - at + outside.trailing_zeros() as usize);
        }
        from += 64;
    }
}

/// The bytes from a place on that are not in a class, one after the other.
pub(crate) struct Stops<'m> {
    bytes: &'m [u8],
    class: &'static Class,
    /// Offset of the bytes that `left` stands for.
    block: usize,
    /// Those of 64 bytes that were not handed out.
    left: u64,
}

impl<'m> Stops<'m> {
    #[inline]
    pub(crate) fn new(bytes: &'m [u8], at: usize, class: &'static Class) -> Stops<'m> {
        let mut stops = Stops { bytes, class, block: at, left: 0 };
        stops.load();
        stops
    }

    /// The next one's position; the end of the bytes if there is none.
    #[inline]
    pub(crate) fn next(&mut self) -> usize {
        while self.left == 0 {
            self.block += 64;
            if self.block >= self.bytes.len() {
                return self.bytes.len();
            }
            self.load();
        }
        let at = self.block + self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        at
    }

    #[inline]
    fn load(&mut self) {
        self.left = match block::<64>(self.bytes, self.block) {
            Some(bytes) => self.class.set.outside_mask_64(bytes),
            None => self.last(),
        };
    }

    /// Where less than a block is left.
    #[inline(never)]
    fn last(&self) -> u64 {
        let rest = self.bytes.get(self.block..).unwrap_or_default().iter();
        rest.rev().fold(0, |mask, byte| mask << 1 | u64::from(!self.class.set.contains(*byte)))
    }
}

/// [`skip`] where less than a block is left: in the last block of the slice, if it has one.
#[inline(never)]
fn skip_last(bytes: &[u8], at: usize, end: usize, class: &Class) -> usize {
    let end = end.min(bytes.len());
    let Some(last) = bytes.last_chunk() else {
        let rest = bytes.get(at..end).unwrap_or_default();
        return at + rest.iter().take_while(|byte| class.set.contains(**byte)).count();
    };
    let before = 32 - (bytes.len() - at.min(end));
    let outside = u64::from(class.set.outside_mask(last)) >> before;
    if outside == 0 { at.max(end) } else { (at + outside.trailing_zeros() as usize).min(end) }
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
    let first = byte(bytes, at);
    if first > b' ' {
        return at;
    }
    if first == b' ' && byte(bytes, at + 1) > b' ' && at < end {
        return at + 1;
    }
    skip_more_white(bytes, at, end)
}

#[inline(never)]
fn skip_more_white(bytes: &[u8], at: usize, end: usize) -> usize {
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
    while end > at && byte(bytes, end - 1) <= b' ' && is_white(byte(bytes, end - 1)) {
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
#[inline]
pub(crate) fn find_either(
    bytes: &[u8],
    at: usize,
    end: usize,
    one: u8,
    other: u8,
) -> Option<usize> {
    let mut from = at;
    while from < end {
        let Some(block) = block(bytes, from) else {
            return find_last(bytes, from, end, one, other);
        };
        let found = simd::either_mask(block, one, other);
        if found != 0 {
            let at = from + found.trailing_zeros() as usize;
            return (at < end).then_some(at);
        }
        from += 32;
    }
    None
}

/// Whether `wanted` stands in `at..end`: of up to 128 bytes without a branch on how many they are.
#[inline]
pub(crate) fn holds(bytes: &[u8], at: usize, end: usize, wanted: u8) -> bool {
    let len = end.saturating_sub(at);
    match (block(bytes, at), block(bytes, at + 64)) {
        (Some(low), Some(high)) if len <= 128 => {
            let low = simd::equal_mask_64(low, wanted) & low_bits(len);
            let high = simd::equal_mask_64(high, wanted) & low_bits(len.saturating_sub(64));
            low | high != 0
        }
        _ => find(bytes, at, end, wanted).is_some(),
    }
}

/// The lowest `count` bits of a word.
#[inline]
pub(crate) const fn low_bits(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

/// [`find_either`] where less than a block is left: in the last block of the slice, if it has one.
#[inline(never)]
fn find_last(bytes: &[u8], at: usize, end: usize, one: u8, other: u8) -> Option<usize> {
    let end = end.min(bytes.len());
    let Some(last) = bytes.last_chunk() else {
        let mut rest = bytes.get(at..end)?.iter();
        return rest.position(|byte| *byte == one || *byte == other).map(|count| at + count);
    };
    let before = 32 - (bytes.len() - at.min(end));
    let found = u64::from(simd::either_mask(last, one, other)) >> before;
    let at = at + found.trailing_zeros() as usize;
    (at < end).then_some(at)
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

/// The decimal number that starts at `at`, saturating, and the position behind its last digit, at
/// most `end`; `None` if there is no digit.
///
/// Nearly all are short enough for [`small_number`].
#[inline]
pub(crate) fn number(bytes: &[u8], at: usize, end: usize) -> Option<(u32, usize)> {
    match small_number(word(bytes, at)) {
        Some((number, len)) if at + len <= end => Some((number, at + len)),
        _ => any_number(bytes, at, end),
    }
}

/// The decimal number of one to seven digits that a word starts with, and how many they are.
///
#[inline]
pub(crate) fn small_number(word: u64) -> Option<(u32, usize)> {
    let digits = word ^ (ONES * u64::from(b'0'));
    let others = not_digits(digits);
    if others == 0 {
        return None;
    }
    let bits = others.trailing_zeros() & !7;
    if bits == 0 {
        return None;
    }
    // Seven digits are far below 2^32.
    Some((sum(digits << (64 - bits)), (bits / 8) as usize))
}

/// Whether all bytes of a word are digits.
#[inline]
pub(crate) fn all_digits(word: [u8; 8]) -> bool {
    not_digits(u64::from_le_bytes(word) ^ (ONES * u64::from(b'0'))) == 0
}

/// A bit for each byte of a word above 9; carries only spoil the bytes above the first one.
#[inline]
fn not_digits(digits: u64) -> u64 {
    (digits.wrapping_add(ONES * 0x76) | digits) & (ONES * 0x80)
}

/// The number that eight digits are, the first one lowest: pairs, then fours, then eights of them
/// are added up.
#[inline]
fn sum(digits: u64) -> u32 {
    let sum = (digits.wrapping_mul(1 + (10 << 8)) >> 8) & 0x00ff_00ff_00ff_00ff;
    let sum = (sum.wrapping_mul(1 + (100 << 16)) >> 16) & 0x0000_ffff_0000_ffff;
    low32(sum.wrapping_mul(1 + (10_000 << 32)) >> 32)
}

/// [`number`] of any length.
#[cold]
fn any_number(bytes: &[u8], at: usize, end: usize) -> Option<(u32, usize)> {
    let stop = skip(bytes, at, end, &DIGIT);
    if stop == at {
        return None;
    }
    let digits = bytes.get(at..stop)?.iter();
    let number = digits.fold(0u32, |number, byte| {
        number.saturating_mul(10).saturating_add(u32::from(byte.wrapping_sub(b'0')))
    });
    Some((number, stop))
}

/// The decimal number in `at..end`, saturating; `None` if that is empty or not only digits.
///
/// Nearly all have eight digits at most.
#[inline]
pub(crate) fn decimal(bytes: &[u8], at: usize, end: usize) -> Option<u32> {
    let len = end.wrapping_sub(at);
    if matches!(len, 1..=8) {
        let digits = (word(bytes, at) ^ (ONES * u64::from(b'0'))) << (64 - 8 * len);
        return (not_digits(digits) == 0).then(|| sum(digits));
    }
    any_number(bytes, at, end).filter(|(_, stop)| *stop == end).map(|(number, _)| number)
}

/// The end of the host that starts at `at`: an IPv6 reference with its brackets, or a run of
/// name characters; `None` where there is none.
#[inline]
pub(crate) fn host(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    if byte(bytes, at) == b'[' {
        let close = find(bytes, at, end, b']')?;
        let mut inside = bytes.get(at + 1..close)?.iter();
        let legal = inside.all(|byte| is(*byte, &HEX) || matches!(byte, b':' | b'.'));
        return (legal && close > at + 1).then_some(close + 1);
    }
    let stop = skip(bytes, at, end, &HOST);
    (stop > at).then_some(stop)
}
