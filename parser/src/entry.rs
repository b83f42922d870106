//! Owns a header as the pass leaves it: where its line and its colon stand.
//! Hot. Refuses to know what a value means.
//!
//! Most headers of a message are never asked for, so name and value are found when they are.

use crate::bytes::{byte, pair, skip_white, trim_end};
use crate::{Header, HeaderId, Span};

/// A header as it is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// From the name to the line end behind the last folded line, inclusive.
    pub(crate) line: Span,
    /// Offset of the colon.
    pub(crate) colon: u16,
    pub(crate) id: HeaderId,
}

impl Entry {
    pub(crate) const NONE: Entry = Entry { line: Span::NONE, colon: 0, id: HeaderId::Other };

    /// The value without the white space around it.
    #[inline]
    pub(crate) fn value(&self, bytes: &[u8]) -> Span {
        let at = usize::from(self.colon) + 1;
        let line_feed = self.line.end().wrapping_sub(1);
        // Nearly always a space stands in front, and a visible byte and a carriage return at the
        // end.
        let [space, start] = pair(bytes, at);
        let [end, line_end] = pair(bytes, line_feed.wrapping_sub(2));
        if space == b' ' && start > b' ' && line_end == b'\r' && end > b' ' {
            return Span::ordered(at + 1, line_feed - 1);
        }
        trimmed(bytes, at, content_end(bytes, line_feed))
    }

    /// All of it.
    #[inline]
    pub(crate) fn header(&self, bytes: &[u8]) -> Header {
        let at = self.line.start();
        let name_end = trim_end(bytes, at, usize::from(self.colon));
        let name = Span::between(at, name_end);
        Header { id: self.id, line: self.line, name, value: self.value(bytes) }
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
