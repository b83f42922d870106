//! Owns the search for header fields in a datagram that nobody has parsed: start line, top Via, top Route, Call-ID.
//! Hot. Refuses to judge: a broken message gives texts or none, and the parser says what is wrong with it.
//!
//! It finds what the parser finds in every spelling that RFC 3261 §7.3.1 allows (any case, compact names, blanks in
//! front of the colon, folded lines), because a caller may spell his INVITE otherwise than his CANCEL.

use simd::{Padded, line_masks};

use crate::dialog::cookie;
use crate::proxy::branch;

/// A header field that may name an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// Via, or v.
    Via,
    /// Route.
    Route,
    /// Call-ID, or i.
    CallId,
}

/// Lines of a datagram: 64 bytes are looked at in one go.
struct Lines<'m> {
    text: Padded<'m>,
    /// Where the next line starts.
    at: usize,
    /// The block that `mask` is of, and its line feeds that are still ahead.
    block: usize,
    mask: u64,
}

impl<'m> Lines<'m> {
    /// The next line, without its end; the last one may lack it.
    #[inline]
    fn next(&mut self) -> Option<&'m [u8]> {
        while self.mask == 0 {
            self.block += 64;
            if self.block >= self.text.len() {
                let rest = self.text.bytes().get(self.at..).filter(|rest| !rest.is_empty())?;
                self.at = self.text.len();
                return Some(rest);
            }
            self.mask = feeds(self.text, self.block);
        }
        let feed = self.block + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        let line = self.text.bytes().get(self.at..feed)?;
        self.at = feed + 1;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Whether the next line goes on with this one's value.
    #[inline]
    fn is_folded(&self) -> bool {
        matches!(self.text.bytes().get(self.at), Some(b' ' | b'\t'))
    }
}

/// Line feeds among the 64 bytes of the text from `at`.
#[inline]
fn feeds(text: Padded<'_>, at: usize) -> u64 {
    let inside = match text.len().saturating_sub(at) {
        left @ 0..64 => (1 << left) - 1,
        _ => u64::MAX,
    };
    // There is a block wherever a bit can be set: the padding follows the text.
    simd::block(text.with_padding(), at).map_or(0, |block| line_masks(block).feeds & inside)
}

/// The header fields of interest, in order, with their values; folded values keep their line ends inside.
pub struct Headers<'m>(Lines<'m>);

impl<'m> Headers<'m> {
    /// The start line and the header fields behind it; `None` for a datagram of nothing but line ends.
    #[inline]
    pub fn of(text: Padded<'m>) -> Option<(&'m [u8], Headers<'m>)> {
        let mut lines = Lines { text, at: 0, block: 0, mask: feeds(text, 0) };
        // RFC 3261 §7.5: line ends in front of the start line are ignored.
        let mut start = lines.next()?;
        while start.is_empty() {
            start = lines.next()?;
        }
        Some((start, Headers(lines)))
    }
}

impl<'m> Iterator for Headers<'m> {
    type Item = (Name, &'m [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let from = self.0.at;
            let line = self.0.next()?;
            // One byte tells most header fields apart from these.
            let name = match line.first()? {
                b'v' | b'V' => named(line, &[b"via", b"v"], Name::Via),
                b'c' | b'C' => named(line, &[b"call-id"], Name::CallId),
                b'i' | b'I' => named(line, &[b"i"], Name::CallId),
                b'r' | b'R' => named(line, &[b"route"], Name::Route),
                _ => None,
            };
            let Some((name, colon)) = name else { continue };
            let mut end = from + line.len();
            while self.0.is_folded() {
                let at = self.0.at;
                end = at + self.0.next()?.len();
            }
            let value = self.0.text.bytes().get(from + colon + 1..end)?;
            return Some((name, value.trim_ascii()));
        }
    }
}

/// `name` and the place of the colon, if the line's name is one of `spellings`.
#[inline]
fn named(line: &[u8], spellings: &[&[u8]], name: Name) -> Option<(Name, usize)> {
    let colon = line.iter().take(24).position(|byte| *byte == b':')?;
    let written = line.get(..colon)?.trim_ascii_end();
    spellings.iter().any(|one| written.eq_ignore_ascii_case(one)).then_some((name, colon))
}

/// The branch of the first value of a Via.
#[inline]
pub fn branch(value: &[u8]) -> Option<&[u8]> {
    let first = value.split(|byte| *byte == b',').next()?;
    parameter(first, b"branch", branch::TEXT_LEN)
}

/// The URI of the first value of a Route.
#[inline]
pub fn first_uri(value: &[u8]) -> &[u8] {
    value.split(|byte| matches!(byte, b'>' | b',')).next().unwrap_or_default()
}

/// The text of a cookie in a URI, or in a line with one.
#[inline]
pub fn cookie(text: &[u8]) -> Option<&[u8]> {
    parameter(text, b"tc", cookie::TEXT_LEN)
}

/// The value of `;name=` in `text`, if it is exactly `len` letters and digits.
#[inline]
fn parameter<'m>(text: &'m [u8], name: &[u8], len: usize) -> Option<&'m [u8]> {
    let mut parts = text.split(|byte| *byte == b';').skip(1);
    parts.find_map(|part| {
        let part = part.trim_ascii_start();
        let (written, rest) = part.split_at_checked(name.len())?;
        if !written.eq_ignore_ascii_case(name) {
            return None;
        }
        let value = rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let end = value.iter().position(|byte| !byte.is_ascii_alphanumeric());
        value.get(..end.unwrap_or(value.len())).filter(|value| value.len() == len)
    })
}
