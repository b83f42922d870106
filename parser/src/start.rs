//! Owns the start line.
//! Hot. Refuses to look inside the Request-URI.

use simd::block;

use crate::bytes::{
    DIGIT, TOKEN, URI, Word, byte, number, run, skip, small_number, trim_end, word,
};
use crate::span::low16;
use crate::{ErrorKind, Method, ParseError, Span};

const SIP: Word = Word::of(b"sip/");
const VERSION: Word = Word::of(b"sip/2.0");
const NEXT_VERSION: Word = Word::of(b" sip/2.0");
const STATUS_LINE: Word = Word::of(b"sip/2.0 ");

/// The start line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// RFC 3261 §7.1: a request line.
    Request {
        /// The method.
        method: Method,
        /// The method as it was written.
        method_text: Span,
        /// The Request-URI; [`crate::uri::parse`] reads it.
        uri: Span,
    },
    /// RFC 3261 §7.2: a status line.
    Response {
        /// From 100 to 699.
        status: u16,
        /// The reason phrase, possibly empty.
        reason: Span,
    },
}

/// Parses the start line that fills `at..end`, without its line end.
///
/// The first of the pair is what could be read, for an answer to a broken request line; the
/// second is the fault.
#[inline(never)]
pub(crate) fn parse(bytes: &[u8], at: usize, end: usize) -> (Option<Start>, Option<ParseError>) {
    let fault = |kind, at| Some(ParseError::new(kind, at));
    if SIP.leads(bytes, at, end) {
        return match response(bytes, at, end) {
            Ok(start) => (Some(start), None),
            Err(error) => (None, Some(error)),
        };
    }
    let method_end = skip(bytes, at, end, &TOKEN);
    if method_end == at || method_end >= end || byte(bytes, method_end) != b' ' {
        return (None, fault(ErrorKind::StartLine, method_end));
    }
    let method_text = Span::between(at, method_end);
    let method = Method::between(bytes, at, method_end);
    let uri_at = method_end + 1;
    // RFC 3261 §7.1: no CR or LF and no LWS but the two single spaces.
    let uri_end = skip(bytes, uri_at, end, &URI);
    let uri = Span::between(uri_at, uri_end);
    let start = Some(Start::Request { method, method_text, uri });
    let version_at = uri_end + 1;
    if VERSION.is(bytes, version_at, end) && byte(bytes, uri_end) == b' ' {
        return (start, if uri.is_empty() { fault(ErrorKind::RequestUri, uri_at) } else { None });
    }
    broken(bytes, uri_end, end, start)
}

/// What nearly all start lines are.
#[inline]
pub(crate) fn usual(bytes: &[u8], at: usize, end: usize) -> Option<Start> {
    if STATUS_LINE.starts(word(bytes, at)) {
        usual_response(bytes, at, end)
    } else {
        usual_request(bytes, at, end)
    }
}

/// What nearly all request lines are: a method that a call knows, a Request-URI, and the version.
#[inline]
fn usual_request(bytes: &[u8], at: usize, end: usize) -> Option<Start> {
    let block = block::<32>(bytes, at)?;
    let len = simd::equal_mask(block, b' ').trailing_zeros() as usize;
    let uri = at + len + 1;
    let uri_end = uri + run(bytes, uri, &URI)?;
    let method = Method::of_word(u64::from_le_bytes(*block.first_chunk()?), len)?;
    let usual = uri_end > uri && NEXT_VERSION.is(bytes, uri_end, end);
    let (method_text, uri) = (Span::ordered(at, at + len), Span::ordered(uri, uri_end));
    usual.then_some(Start::Request { method, method_text, uri })
}

/// What nearly all status lines are, behind the version: a status of three digits and a reason phrase.
#[inline]
fn usual_response(bytes: &[u8], at: usize, end: usize) -> Option<Start> {
    let (status, len) = small_number(word(bytes, at + 8))?;
    let usual =
        len == 3 && matches!(status, 100..=699) && byte(bytes, at + 11) == b' ' && at + 12 <= end;
    let reason = Span::between(at + 12, end);
    usual.then_some(Start::Response { status: low16(status as usize), reason })
}

/// A request line that does not end as it should: answered if a version stands at its end.
#[cold]
fn broken(
    bytes: &[u8],
    uri_end: usize,
    end: usize,
    start: Option<Start>,
) -> (Option<Start>, Option<ParseError>) {
    let version_end = trim_end(bytes, uri_end, end);
    let mut version_at = version_end;
    while version_at > uri_end && byte(bytes, version_at - 1) > b' ' {
        version_at -= 1;
    }
    let version = Span::between(version_at, version_end).of(bytes);
    let is_version = version.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"SIP/"))
        && version.get(4..).is_some_and(is_version_number);
    if !is_version {
        return (None, Some(ParseError::new(ErrorKind::StartLine, uri_end)));
    }
    let kind = if !version.eq_ignore_ascii_case(b"SIP/2.0") {
        ErrorKind::Version
    } else if version_end != end {
        // White space behind the version.
        ErrorKind::StartLine
    } else {
        ErrorKind::RequestUri
    };
    let at = if kind == ErrorKind::Version { version_at } else { uri_end };
    (start, Some(ParseError::new(kind, at)))
}

/// RFC 3261 §25.1 `SIP-Version`: `1*DIGIT "." 1*DIGIT`.
fn is_version_number(text: &[u8]) -> bool {
    let dot = skip(text, 0, text.len(), &DIGIT);
    let end = skip(text, dot + 1, text.len(), &DIGIT);
    dot > 0 && byte(text, dot) == b'.' && end == text.len() && end > dot + 1
}

/// RFC 3261 §7.2: `SIP/2.0 200 OK`. The space behind the code may be missing with the phrase.
fn response(bytes: &[u8], at: usize, end: usize) -> Result<Start, ParseError> {
    let code_at = at + 8;
    if !STATUS_LINE.leads(bytes, at, end) {
        return Err(ParseError::new(ErrorKind::Version, at));
    }
    let Some((code, code_end)) = number(bytes, code_at, end) else {
        return Err(ParseError::new(ErrorKind::StatusCode, code_at));
    };
    let behind = code_end == end || byte(bytes, code_end) == b' ';
    match u16::try_from(code) {
        Ok(status @ 100..=699) if code_end == code_at + 3 && behind => {
            Ok(Start::Response { status, reason: Span::between((code_end + 1).min(end), end) })
        }
        _ => Err(ParseError::new(ErrorKind::StatusCode, code_at)),
    }
}
