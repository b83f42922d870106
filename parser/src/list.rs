//! Owns the splitting of comma lists.
//! Hot. Refuses to judge the elements: an empty one is handed out as an empty span.

use crate::bytes::{byte, find, quoted, skip_white, trim_end};
use crate::field::name_addr;
use crate::{ErrorKind, Span};

/// The elements of a header value that is a comma list, without the white space around them.
///
/// A comma in a quoted string or in angle brackets splits nothing; a string or bracket that does
/// not close reaches to the end. An empty value has no elements.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'m> {
    bytes: &'m [u8],
    at: usize,
    end: usize,
    more: bool,
}

impl<'m> Elements<'m> {
    #[inline]
    pub(crate) fn new(bytes: &'m [u8], value: Span) -> Elements<'m> {
        Elements { bytes, at: value.start(), end: value.end(), more: !value.is_empty() }
    }
}

impl Iterator for Elements<'_> {
    type Item = Span;

    #[inline]
    fn next(&mut self) -> Option<Span> {
        if !self.more {
            return None;
        }
        let comma = comma(self.bytes, self.at, self.end);
        let stop = comma.unwrap_or(self.end);
        let from = skip_white(self.bytes, self.at, stop);
        let element = Span::between(from, trim_end(self.bytes, from, stop));
        self.more = comma.is_some();
        self.at = stop + 1;
        Some(element)
    }
}

/// The first comma from `at` on that splits.
#[inline]
pub(crate) fn comma(bytes: &[u8], at: usize, end: usize) -> Option<usize> {
    // Nearly all values have no comma at all, whatever else they hold.
    find(bytes, at, end, b',')?;
    let mut at = at;
    while at < end {
        at = match byte(bytes, at) {
            b',' => return Some(at),
            b'"' => quoted(bytes, at, end)?,
            b'<' => find(bytes, at, end, b'>')? + 1,
            _ => at + 1,
        };
    }
    None
}

/// The URI of a name-addr or addr-spec element; `None` for anything else.
#[inline]
pub(crate) fn uri_of(bytes: &[u8], element: Span) -> Option<Span> {
    name_addr::parse(bytes, element, ErrorKind::View).ok().map(|found| found.uri)
}
