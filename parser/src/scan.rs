//! Owns the one pass over a datagram that fills the index.
//! Hot. Refuses to look at what no packet's handling needs, and to read the body.
//!
//! Lines come from a newline mask of 64 bytes a step; the pass stops at the empty line. The fields
//! are read behind it, in an order of their own: a branch for each header on what it is would be
//! guessed wrong as often as carriers order their headers differently. A fault does not stop the
//! pass, but for too many headers: the first one is kept, and the rest is read for the answer.

mod fields;
mod known;
mod lines;

use simd::Padded;

use crate::bytes::{TOKEN, byte, find, skip};
use crate::entry::content_end;
use crate::header::lookup_spaced;
use crate::span::low16;
use crate::start;
use crate::{ErrorKind, HeaderId, Index, Limits, Message, ParseError, Span};
use known::Found;
use lines::Lines;

/// Parses a datagram: one pass over its headers, in linear time.
///
/// `index` may be used again for the next datagram once the message is gone. The message's bytes
/// end where Content-Length says.
///
/// # Errors
/// The first rule that the datagram breaks, with the offset. [`Message::for_reply`] says whether
/// a request could be read well enough to be answered.
#[inline]
pub fn parse<'m>(
    input: Padded<'m>,
    limits: &Limits,
    index: &'m mut Index,
) -> Result<Message<'m>, ParseError> {
    scan(input, limits, index)?;
    Ok(Message::of(input, index))
}

/// As [`parse`], for those who hold many datagrams with an index each: [`Message::of`] joins them afterwards.
///
/// # Errors
/// As [`parse`].
#[inline]
pub fn scan(input: Padded<'_>, limits: &Limits, index: &mut Index) -> Result<(), ParseError> {
    index.clear();
    Pass { input, limits, index }.run();
    match index.fault {
        None => Ok(()),
        Some(fault) => Err(fault),
    }
}

/// What a line is that does not start with a known name and a colon.
enum OddLine {
    /// The empty line behind the headers.
    Empty,
    /// None that counts: it belongs to the header in front, or was refused.
    NoHeader,
    /// A header of an id, with its colon.
    Header(HeaderId, usize),
}

/// One pass, while it runs.
struct Pass<'p, 'm> {
    input: Padded<'m>,
    limits: &'p Limits,
    index: &'p mut Index,
}

impl<'m> Pass<'_, 'm> {
    /// The datagram and its padding, so that a search near its end can look at a whole block. What
    /// is read in it by position is in front of the datagram's end, or of the end of a line.
    #[inline]
    fn bytes(&self) -> &'m [u8] {
        self.input.with_padding()
    }

    #[inline]
    fn run(&mut self) {
        let (bytes, len) = (self.bytes(), self.input.len());
        // The padding alone is that long; said once, it need not be asked at every look.
        if len > usize::from(u16::MAX) || bytes.len() < simd::PAD {
            return self.fault(ErrorKind::TooLong, usize::from(u16::MAX));
        }
        let start = self.preamble();
        if start == len || self.is_zeros() {
            return self.fault(ErrorKind::KeepAlive, 0);
        }
        let mut lines = Lines::new(self.input, start);
        let Some(line_feed) = lines.next() else {
            return self.fault(ErrorKind::StartLine, start);
        };
        self.index.first_header_at = low16(line_feed + 1);
        let body_at = self.headers(bytes, &mut lines, line_feed + 1);
        // Here, since what most branches behind depend on is whether it is a request.
        self.start_line(bytes, start, content_end(bytes, line_feed));
        self.line_ends(&lines);
        if usize::from(self.index.headers_end) > line_feed + usize::from(self.limits.max_line) {
            self.long_lines();
        }
        self.fields(bytes);
        if let Some(body_at) = body_at {
            self.body(body_at);
        }
    }

    /// RFC 3261 §7.5: line ends in front of the start line are ignored. Returns its offset.
    #[inline]
    fn preamble(&mut self) -> usize {
        let mut at = 0;
        if byte(self.bytes(), 0) <= b'\r' {
            let bytes = self.input.bytes();
            loop {
                at += match (byte(bytes, at), byte(bytes, at + 1)) {
                    (b'\r', b'\n') => 2,
                    (b'\n', _) => 1,
                    _ => break,
                };
            }
            self.index.preamble = low16(at);
        }
        at
    }

    #[inline]
    fn is_zeros(&self) -> bool {
        byte(self.bytes(), 0) == 0 && self.input.bytes().iter().all(|byte| *byte == 0)
    }

    #[inline]
    fn start_line(&mut self, bytes: &[u8], at: usize, end: usize) {
        if let Some(start) = start::usual(bytes, at, end) {
            self.index.start = start;
            self.index.start_ok = true;
            return;
        }
        let (start, fault) = start::parse(bytes, at, end);
        if let Some(start) = start {
            self.index.start = start;
            self.index.start_ok = true;
        }
        if let Some(fault) = fault {
            self.keep(fault);
        }
    }

    /// Finds the headers from `at` on; returns the offset of the body, if the empty line is there.
    #[inline]
    fn headers(&mut self, bytes: &[u8], lines: &mut Lines<'_>, at: usize) -> Option<usize> {
        let mut found = Found { at, number: 0 };
        let most = usize::from(self.limits.max_headers).min(Index::HEADERS);
        let body_at = 'lines: loop {
            let feeds = lines.rest();
            let Some(first) = feeds.first().copied().map(usize::from) else {
                self.fault(ErrorKind::NoEmptyLine, found.at);
                break None;
            };
            if content_end(bytes, first) == found.at {
                break Some(first + 1);
            }
            let mut feeds = feeds.iter();
            while let Some(line_feed) = found.known(self.index, most, bytes, &mut feeds) {
                match self.odd_line(found.at, line_feed, found.number) {
                    OddLine::Empty => break 'lines Some(line_feed + 1),
                    OddLine::NoHeader => found.at = line_feed + 1,
                    OddLine::Header(id, colon) => {
                        if !found.keep(self.index, most, id, colon, line_feed + 1) {
                            // A Via may stand behind, without which an answer would not find its way.
                            self.index.answerable = false;
                            self.fault(ErrorKind::TooManyHeaders, found.at);
                            break 'lines None;
                        }
                    }
                }
            }
        };
        self.index.header_count = low16(found.number);
        self.index.headers_end = low16(found.at);
        body_at
    }

    /// Looks at a line that does not start with a known name and a colon.
    #[inline(never)]
    fn odd_line(&mut self, at: usize, line_feed: usize, number: usize) -> OddLine {
        let bytes = self.bytes();
        let end = content_end(bytes, line_feed);
        if end == at {
            return OddLine::Empty;
        }
        // RFC 3261 §7.3.1: a line that starts with white space continues the header. One in front
        // of all headers continues nothing.
        let is_first = at == usize::from(self.index.first_header_at);
        if matches!(byte(bytes, at), b' ' | b'\t') && !is_first {
            let entry = number.checked_sub(1).and_then(|last| self.index.headers.get_mut(last));
            // The line in front may be one that was refused.
            if let Some(entry) = entry.filter(|entry| usize::from(entry.next) == at) {
                entry.next = low16(line_feed + 1);
            }
            return OddLine::NoHeader;
        }
        match self.odd_name(at, end) {
            Some((id, colon)) => OddLine::Header(id, colon),
            None => OddLine::NoHeader,
        }
    }

    /// The id and the colon of a header with a name that is unknown, longer than a block, or has
    /// white space behind it; `None` after a fault.
    #[inline]
    fn odd_name(&mut self, at: usize, end: usize) -> Option<(HeaderId, usize)> {
        let bytes = self.bytes();
        let colon = find(bytes, at, end, b':').unwrap_or(end);
        // RFC 3261 §25.1: HCOLON = *( SP / HTAB ) ":" SWS
        let mut name_end = colon;
        while name_end > at && matches!(byte(bytes, name_end - 1), b' ' | b'\t') {
            name_end -= 1;
        }
        let is_token = name_end > at && skip(bytes, at, name_end, &TOKEN) == name_end;
        if colon >= end || !is_token {
            self.fault(ErrorKind::HeaderName, at);
            return None;
        }
        // Without white space behind it, it has been looked up.
        let spaced = simd::block(bytes, at).filter(|_| name_end != colon);
        let id = spaced.and_then(|block| lookup_spaced(block, name_end - at));
        Some((id.unwrap_or(HeaderId::Other), colon))
    }

    /// Refuses the headers that are longer than the limit.
    #[cold]
    fn long_lines(&mut self) {
        let most = self.limits.max_line;
        let count = usize::from(self.index.header_count);
        let mut entries = self.index.headers.iter().take(count);
        if let Some(entry) = entries.find(|entry| entry.line().len > most) {
            let at = usize::from(entry.at);
            self.fault(ErrorKind::LineTooLong, at);
        }
    }

    /// Refuses line ends that another element might read otherwise than we do.
    #[inline]
    fn line_ends(&mut self, lines: &Lines<'_>) {
        let end = usize::from(self.index.headers_end);
        if lines.bare_cr() < end {
            self.index.answerable = false;
            self.fault(ErrorKind::BareCr, lines.bare_cr());
        }
        if !self.limits.bare_lf && lines.bare_lf() <= end {
            self.index.answerable = false;
            self.fault(ErrorKind::BareLf, lines.bare_lf());
        }
    }

    /// RFC 3261 §18.3: over UDP bytes behind Content-Length are discarded, and a body that is
    /// shorter is an error; without Content-Length the body reaches to the datagram's end.
    #[inline]
    fn body(&mut self, at: usize) {
        let left = self.input.len() - at;
        let wanted = self.index.content_length.map_or(left, usize::from);
        if wanted > left {
            let value_at = self
                .value(self.bytes(), HeaderId::ContentLength)
                .map_or(at, |(value, _)| value.start());
            self.fault(ErrorKind::ContentTooShort, value_at);
        }
        self.index.body = Span::ordered(at, at + wanted.min(left));
    }

    #[cold]
    fn fault(&mut self, kind: ErrorKind, at: usize) {
        self.keep(ParseError::new(kind, at));
    }

    /// Keeps the fault that stands first in the message.
    #[cold]
    fn keep(&mut self, fault: ParseError) {
        let kept = self.index.fault.get_or_insert(fault);
        if fault.at < kept.at {
            *kept = fault;
        }
    }
}
