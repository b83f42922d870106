//! Owns a header as the pass leaves it: where its line and its colon stand.
//! Hot. Refuses to know what a value means.
//!
//! Most headers of a message are never asked for, so name and value are found when they are.

use simd::block;

use crate::bytes::{byte, skip_white, trim_end};
use crate::index::SeenById;
use crate::{Header, HeaderId, Span};

/// A header as it is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Offset of the name.
    pub(crate) at: u16,
    /// Offset behind the line end of the last folded line.
    pub(crate) next: u16,
    /// Offset of the colon.
    pub(crate) colon: u16,
    pub(crate) id: HeaderId,
    /// The number of the header in front of this one that has the same id.
    pub(crate) before: u8,
}

impl Entry {
    pub(crate) const NONE: Entry =
        Entry { at: 0, next: 0, colon: 0, id: HeaderId::Other, before: SeenById::ABSENT };

    /// From the name to the line end behind the last folded line, inclusive.
    #[inline]
    pub(crate) fn line(&self) -> Span {
        Span::between(usize::from(self.at), usize::from(self.next))
    }

    /// The value without the white space around it.
    #[inline]
    pub(crate) fn value(&self, bytes: &[u8]) -> Span {
        if let Some(usual) = self.usual_value(bytes) {
            return usual;
        }
        let line_feed = usize::from(self.next).wrapping_sub(1);
        trimmed(bytes, usize::from(self.colon) + 1, content_end(bytes, line_feed))
    }

    /// What nearly all have: a space in front, and a visible byte and a carriage return at the end.
    #[inline]
    fn usual_value(&self, bytes: &[u8]) -> Option<Span> {
        let (at, line_feed) = (usize::from(self.colon) + 1, usize::from(self.next).wrapping_sub(1));
        let front = u16::from_be_bytes(*block(bytes, at)?);
        if !matches!(front, 0x2021..=0x20ff) {
            return None;
        }
        let back = u16::from_le_bytes(*block(bytes, line_feed.wrapping_sub(2))?);
        if !matches!(back, 0x0d21..=0x0dff) {
            return None;
        }
        Some(Span::ordered(at + 1, line_feed - 1))
    }

    /// All of it.
    #[inline]
    pub(crate) fn header(&self, bytes: &[u8]) -> Header {
        let at = usize::from(self.at);
        let name_end = trim_end(bytes, at, usize::from(self.colon));
        let name = Span::between(at, name_end);
        Header { id: self.id, line: self.line(), name, value: self.value(bytes) }
    }
}

/// The end of the line content in front of a line feed.
#[inline]
pub(crate) fn content_end(bytes: &[u8], line_feed: usize) -> usize {
    // No line starts behind a carriage return, so the one found belongs to this line.
    let end = line_feed.wrapping_sub(1);
    if byte(bytes, end) == b'\r' { end } else { line_feed }
}

/// `at..end` without the white space around it.
#[inline(never)]
fn trimmed(bytes: &[u8], at: usize, end: usize) -> Span {
    let from = skip_white(bytes, at, end);
    Span::between(from, trim_end(bytes, from, end))
}
