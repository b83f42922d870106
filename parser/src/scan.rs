//! Owns the one pass over a datagram that fills the index.
//! Hot. Refuses to look at what no packet's handling needs, and to read the body.
//!
//! Lines come from a newline mask of 64 bytes a step; the pass stops at the empty line. A fault
//! does not stop it, but for too many headers: the first one is kept, and the rest is read for the
//! answer. Where it was measured: `benches/parse.rs`.

mod lines;

use simd::Padded;

use crate::bytes::{TOKEN, VISIBLE, byte, decimal, find, skip, skip_white, trim_end};
use crate::field::{cseq, name_addr, route, via};
use crate::header::lookup;
use crate::index::{ABSENT, Entry};
use crate::list::Elements;
use crate::span::{low8, low16};
use crate::{
    ErrorKind, HeaderId, Index, Limits, MaxForwards, Message, Method, ParseError, Span, Start,
};
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
    Pass { input, bytes: input.with_padding(), len: input.len(), limits, index }.run();
    match index.fault {
        None => Ok(()),
        Some(fault) => Err(fault),
    }
}

/// The name of a header.
struct Name {
    id: HeaderId,
    end: usize,
    colon: usize,
}

/// One pass, while it runs.
struct Pass<'p, 'm> {
    input: Padded<'m>,
    /// The datagram and its padding, so that a search near its end can look at a whole block. What
    /// is read in it by position is in front of `len`, or of the end of a line.
    bytes: &'m [u8],
    /// Length of the datagram.
    len: usize,
    limits: &'p Limits,
    index: &'p mut Index,
}

impl Pass<'_, '_> {
    #[inline]
    fn run(&mut self) {
        let len = self.len;
        if len > usize::from(u16::MAX) {
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
        self.start_line(start, self.content_end(start, line_feed));
        self.index.first_header_at = low16(line_feed + 1);
        let body_at = self.headers(&mut lines, line_feed + 1);
        self.line_ends(&lines);
        self.required();
        if let Some(body_at) = body_at {
            self.body(body_at);
        }
    }

    /// RFC 3261 §7.5: line ends in front of the start line are ignored. Returns its offset.
    #[inline]
    fn preamble(&mut self) -> usize {
        let bytes = self.input.bytes();
        let mut at = 0;
        loop {
            at += match (byte(bytes, at), byte(bytes, at + 1)) {
                (b'\r', b'\n') => 2,
                (b'\n', _) => 1,
                _ => break,
            };
        }
        self.index.preamble = low16(at);
        at
    }

    #[inline]
    fn is_zeros(&self) -> bool {
        byte(self.bytes, 0) == 0 && self.input.bytes().iter().all(|byte| *byte == 0)
    }

    #[inline]
    fn start_line(&mut self, at: usize, end: usize) {
        let (start, fault) = crate::start::parse(self.bytes, at, end);
        if let Some(start) = start {
            self.index.start = start;
            self.index.start_ok = true;
        }
        if fault.is_some() {
            self.index.fault = fault;
        }
    }

    /// Reads the headers from `at` on; returns the offset of the body, if the empty line is there.
    #[inline]
    fn headers(&mut self, lines: &mut Lines<'_>, at: usize) -> Option<usize> {
        let mut at = at;
        let most = usize::from(self.limits.max_headers).min(Index::HEADERS);
        let mut number = 0;
        'headers: while let Some(mut line_feed) = self.line(lines, at) {
            let mut end = self.content_end(at, line_feed);
            if end == at {
                self.index.headers_end = low16(at);
                return Some(line_feed + 1);
            }
            // RFC 3261 §7.3.1: a line that starts with white space continues the header.
            while self.folds(line_feed + 1) {
                let Some(next) = self.line(lines, at) else { break 'headers };
                line_feed = next;
                end = self.content_end(at, line_feed);
            }
            if number >= most {
                // A Via may stand behind, without which an answer would not find its way.
                self.index.answerable = false;
                self.fault(ErrorKind::TooManyHeaders, at);
                break;
            }
            number += self.header(at, end, line_feed + 1, number);
            at = line_feed + 1;
        }
        self.index.headers_end = low16(at);
        None
    }

    /// Whether the line at `at` continues the one in front.
    #[inline]
    fn folds(&self, at: usize) -> bool {
        matches!(byte(self.bytes, at), b' ' | b'\t') && at < self.len
    }

    #[inline]
    fn line(&mut self, lines: &mut Lines<'_>, at: usize) -> Option<usize> {
        let line_feed = lines.next();
        if line_feed.is_none() {
            self.fault(ErrorKind::NoEmptyLine, at);
        }
        line_feed
    }

    /// The end of the line content in front of a line feed.
    #[inline]
    fn content_end(&self, at: usize, line_feed: usize) -> usize {
        // No line starts behind a carriage return, so the one found belongs to this line.
        let end = line_feed.wrapping_sub(1);
        let end = if byte(self.bytes, end) == b'\r' { end } else { line_feed };
        debug_assert!(at <= end, "a line starts behind a line feed");
        end
    }

    /// Reads the header whose content is `at..end` and whose line ends in front of `next`, and
    /// keeps it as that of `number`. Returns how many headers that makes: none without a name.
    #[inline]
    fn header(&mut self, at: usize, end: usize, next: usize, number: usize) -> usize {
        let bytes = self.bytes;
        // There always is one: a header starts inside the datagram, and the padding follows.
        let Some(block) = simd::block::<32>(bytes, at) else { return 0 };
        let len = simd::equal_mask(block, b':').trailing_zeros() as usize;
        let mut name = Name { id: lookup(block, len), end: at + len, colon: at + len };
        if name.id == HeaderId::Other {
            match self.odd_name(at, end) {
                Some(odd) => name = odd,
                None => return 0,
            }
        }
        let value_at = skip_white(bytes, name.colon + 1, end);
        let value = Span::ordered(value_at, trim_end(bytes, value_at, end));
        if next - at > usize::from(self.limits.max_line) {
            self.fault(ErrorKind::LineTooLong, at);
        }
        if let Some(entry) = self.index.headers.get_mut(number) {
            let line = Span::ordered(at, next);
            *entry = Entry { line, value, name_len: low16(name.end - at), id: name.id };
            self.index.header_count = low16(number + 1);
        }
        let mut repeated = false;
        if let Some(first) = self.index.first.get_mut(name.id as usize) {
            repeated = *first != ABSENT;
            if !repeated {
                *first = low8(number);
            }
        }
        self.field(name.id, value, number, repeated, at);
        1
    }

    /// The name of a header that is unknown, longer than a block, or has white space behind it;
    /// `None` after a fault.
    #[inline(never)]
    fn odd_name(&mut self, at: usize, end: usize) -> Option<Name> {
        let bytes = self.bytes;
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
        let block = simd::block(bytes, at);
        let id = block.map_or(HeaderId::Other, |block| lookup(block, name_end - at));
        Some(Name { id, end: name_end, colon })
    }

    /// Reads the value of a header that every packet needs.
    #[inline]
    fn field(&mut self, id: HeaderId, value: Span, number: usize, repeated: bool, at: usize) {
        match id {
            HeaderId::Via => self.via(value, number, repeated),
            HeaderId::Route if !repeated && matches!(self.index.start, Start::Request { .. }) => {
                match route::first(self.bytes, value, number) {
                    Ok(route) => self.index.route = Some(route),
                    Err(fault) => self.keep(fault),
                }
            }
            HeaderId::From
            | HeaderId::To
            | HeaderId::CallId
            | HeaderId::CSeq
            | HeaderId::MaxForwards
            | HeaderId::ContentLength
                if repeated =>
            {
                self.fault(ErrorKind::DuplicateHeader, at);
            }
            HeaderId::From | HeaderId::To => {
                let (place, kind) = match id {
                    HeaderId::From => (&mut self.index.from, ErrorKind::From),
                    _ => (&mut self.index.to, ErrorKind::To),
                };
                place.value = value;
                match name_addr::parse(self.bytes, value, kind) {
                    Ok(found) => *place = found,
                    Err(fault) => self.keep(fault),
                }
            }
            HeaderId::CallId => {
                self.index.call_id = value;
                let end = skip(self.bytes, value.start(), value.end(), &VISIBLE);
                if value.is_empty() || end != value.end() {
                    self.fault(ErrorKind::CallId, end);
                }
            }
            HeaderId::CSeq => self.cseq(value),
            HeaderId::MaxForwards => {
                let number = decimal(self.bytes, value.start(), value.end());
                match number.and_then(|number| u8::try_from(number).ok()) {
                    Some(number) => {
                        self.index.max_forwards = Some(MaxForwards { value: number, text: value });
                    }
                    None => self.fault(ErrorKind::MaxForwards, value.start()),
                }
            }
            HeaderId::ContentLength => {
                match decimal(self.bytes, value.start(), value.end()) {
                    None => self.fault(ErrorKind::ContentLength, value.start()),
                    Some(number) => match u16::try_from(number) {
                        Ok(number) => self.index.content_length = Some(number),
                        // No datagram is that long.
                        Err(_) => self.fault(ErrorKind::ContentTooShort, value.start()),
                    },
                }
            }
            _ => {}
        }
    }

    #[inline]
    fn via(&mut self, value: Span, number: usize, repeated: bool) {
        let mut sole = false;
        if !repeated {
            match via::parse(self.bytes, value, number) {
                Ok(via) => {
                    sole = via.sole;
                    self.index.via = via;
                }
                Err(fault) => self.keep(fault),
            }
        }
        let mut count = 1;
        if !sole {
            count = 0;
            for element in Elements::new(self.bytes, value) {
                count += 1;
                if element.is_empty() {
                    self.fault(ErrorKind::Via, element.start());
                }
            }
            if count == 0 {
                self.fault(ErrorKind::Via, value.start());
            }
        }
        self.index.via_count = self.index.via_count.saturating_add(count);
        if self.index.via_count > self.limits.max_hops {
            self.fault(ErrorKind::TooManyHops, value.start());
        }
    }

    #[inline]
    fn cseq(&mut self, value: Span) {
        self.index.cseq.value = value;
        match cseq::parse(self.bytes, value) {
            Err(fault) => self.keep(fault),
            Ok(cseq) => {
                self.index.cseq = cseq;
                if let Start::Request { method, method_text, .. } = self.index.start {
                    // RFC 3261 §8.1.1.5: the method MUST match that of the request.
                    let same = cseq.method == method
                        && (method != Method::Other
                            || method_text.of(self.bytes) == cseq.method_text.of(self.bytes));
                    if !same {
                        self.fault(ErrorKind::CSeqMethod, cseq.method_text.start());
                    }
                }
            }
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

    #[inline]
    fn required(&mut self) {
        for (id, kind) in [
            (HeaderId::Via, ErrorKind::MissingVia),
            (HeaderId::From, ErrorKind::MissingFrom),
            (HeaderId::To, ErrorKind::MissingTo),
            (HeaderId::CallId, ErrorKind::MissingCallId),
            (HeaderId::CSeq, ErrorKind::MissingCSeq),
        ] {
            if self.index.first.get(id as usize).is_none_or(|first| *first == ABSENT) {
                self.fault(kind, usize::from(self.index.headers_end));
            }
        }
    }

    /// RFC 3261 §18.3: over UDP bytes behind Content-Length are discarded, and a body that is
    /// shorter is an error; without Content-Length the body reaches to the datagram's end.
    #[inline]
    fn body(&mut self, at: usize) {
        let left = self.len - at;
        let wanted = self.index.content_length.map_or(left, usize::from);
        if wanted > left {
            let header = self.index.first.get(HeaderId::ContentLength as usize).copied();
            let entry = header.and_then(|number| self.index.headers.get(usize::from(number)));
            let value_at = entry.map_or(at, |entry| entry.value.start());
            self.fault(ErrorKind::ContentTooShort, value_at);
        }
        self.index.body = Span::between(at, at + wanted.min(left));
    }

    #[cold]
    fn fault(&mut self, kind: ErrorKind, at: usize) {
        self.keep(ParseError::new(kind, at));
    }

    #[cold]
    fn keep(&mut self, fault: ParseError) {
        self.index.fault.get_or_insert(fault);
    }
}
