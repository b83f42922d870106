//! Owns From and To.
//! Hot. Refuses to look inside the URI.

use simd::block;

use crate::bytes::{
    LWS, PLAIN, TOKEN, URI, Word, byte, find, find_either, is, pair, quoted, run, skip, skip_white,
    trim_end, word,
};
use crate::field::param::Params;
use crate::{ErrorKind, ParseError, Span};

const SOLE_TAG: Word = Word::of(b";tag=");
const TAG: Word = Word::of(b"tag");
const SIP: Word = Word::of(b"sip:");
const OPEN_SIP: Word = Word::of(b"<sip:");

/// RFC 3261 §20.20, §20.39: the value of a From or To.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NameAddr {
    /// The whole value.
    pub value: Span,
    /// The URI, without its angle brackets.
    pub uri: Span,
    /// The value of the tag parameter; [`Span::NONE`] where there is none.
    pub tag: Span,
}

/// Parses a name-addr or addr-spec with its parameters that fills `value`; a fault of its grammar
/// is of `kind`.
#[inline]
pub(crate) fn parse(bytes: &[u8], value: Span, kind: ErrorKind) -> Result<NameAddr, ParseError> {
    let mut found = NameAddr::default();
    read(bytes, value, kind, &mut found)?;
    Ok(found)
}

/// As [`parse`], into one that is a default one. After a fault it has its value at least.
// Twice a message: the call would cost as much as a third of the work.
#[inline(always)]
pub(crate) fn read(
    bytes: &[u8],
    value: Span,
    kind: ErrorKind,
    found: &mut NameAddr,
) -> Result<(), ParseError> {
    found.value = value;
    if let Some((uri, tag)) = usual(bytes, value.start(), value.end()) {
        found.uri = uri;
        found.tag = tag;
        return Ok(());
    }
    any(bytes, value, kind, found)
}

/// What nearly all values are: a `sip:` URI in brackets, and behind it a tag or nothing. The URI
/// and the tag.
#[inline]
fn usual(bytes: &[u8], at: usize, end: usize) -> Option<(Span, Span)> {
    let (uri, behind) = usual_uri(bytes, at)?;
    if behind == end {
        return Some((uri, Span::NONE));
    }
    let tag = behind + 5;
    if !SOLE_TAG.starts(word(bytes, behind)) || tag + run(bytes, tag, &TOKEN)? != end || tag == end
    {
        return None;
    }
    Some((uri, Span::ordered(tag, end)))
}

/// [`read`] of any value.
#[inline(never)]
fn any(bytes: &[u8], value: Span, kind: ErrorKind, found: &mut NameAddr) -> Result<(), ParseError> {
    let (at, end) = (value.start(), value.end());
    let (uri, behind) = any_uri(bytes, at, end).map_err(|wrong| ParseError::new(kind, wrong))?;
    found.uri = uri;
    if behind == end { Ok(()) } else { params(bytes, behind, end, kind, found) }
}

/// What nearly all values start with: a `sip:` URI in brackets, with a quoted name and a space or
/// nothing in front. The URI and the position behind its bracket, wherever the value ends.
#[inline]
pub(crate) fn usual_uri(bytes: &[u8], at: usize) -> Option<(Span, usize)> {
    let mut open = at;
    if byte(bytes, at) == b'"' {
        let stops = simd::either_mask_64(block(bytes, at + 1)?, b'"', b'\\');
        let close = at + 1 + stops.trailing_zeros() as usize;
        if pair(bytes, close) != *b"\" " {
            return None;
        }
        open = close + 2;
    }
    let block = block::<64>(bytes, open)?;
    if !OPEN_SIP.starts(u64::from_le_bytes(*block.first_chunk()?)) {
        return None;
    }
    // The bracket that opens is a stop, too.
    let stops = simd::either_mask_64(block, b'>', b'<') & !1;
    let len = stops.trailing_zeros() as usize;
    let whole = *block.get(len)? == b'>' && *block.get(len - 1)? > b' ';
    whole.then_some((Span::ordered(open + 1, open + len), open + len + 1))
}

/// Reads the parameters from `behind` on.
fn params(
    bytes: &[u8],
    behind: usize,
    end: usize,
    kind: ErrorKind,
    found: &mut NameAddr,
) -> Result<(), ParseError> {
    let fault = |at| ParseError::new(kind, at);
    let mut params = Params::new(bytes, skip_white(bytes, behind, end), end);
    while let Some(param) = params.next() {
        let param = param.map_err(fault)?;
        if TAG.is(bytes, param.name, param.name_end) {
            if !found.tag.is_empty() {
                return Err(ParseError::new(ErrorKind::DuplicateParameter, param.name));
            }
            let Some((from, to)) = param.value else { return Err(fault(param.name)) };
            // RFC 3261 §25.1: tag-param = "tag" EQUAL token, so a quoted one is none.
            if byte(bytes, from) == b'"' {
                return Err(fault(from));
            }
            found.tag = Span::between(from, to);
        }
    }
    if params.at() < end { Err(fault(params.at())) } else { Ok(()) }
}

/// The URI and the position behind it and its bracket; the error is a position.
fn any_uri(bytes: &[u8], at: usize, end: usize) -> Result<(Span, usize), usize> {
    let open = match byte(bytes, at) {
        b'<' if at < end => at,
        b'"' if at < end => {
            let behind = quoted(bytes, at, end).ok_or(at)?;
            skip_white(bytes, behind, end)
        }
        _ => {
            let stop = skip(bytes, at, end, &PLAIN);
            if byte(bytes, stop) != b'<' || stop == end {
                return addr_spec(bytes, at, stop, end);
            }
            stop
        }
    };
    if open >= end || byte(bytes, open) != b'<' {
        return Err(open);
    }
    let close = find_either(bytes, open + 1, end, b'>', b'<').ok_or(open)?;
    if byte(bytes, close) == b'<' {
        return Err(close);
    }
    let from = skip_white(bytes, open + 1, close);
    let to = trim_end(bytes, from, close);
    if !SIP.leads(bytes, from, to) {
        find(bytes, from, to, b':').ok_or(from)?;
    }
    Ok((Span::between(from, to), close + 1))
}

/// A URI without brackets, from `at` to white space or `stop`, which is a delimiter or `end`.
#[cold]
fn addr_spec(bytes: &[u8], at: usize, stop: usize, end: usize) -> Result<(Span, usize), usize> {
    let to = skip(bytes, at, stop, &URI);
    let ended = to == end || byte(bytes, to) == b';' || is(byte(bytes, to), &LWS);
    // RFC 3261 §20: a URI that holds a comma, question mark or semicolon MUST be in brackets; a
    // semicolon that is not starts the header's own parameters.
    let bracket = find(bytes, at, to, b',').or_else(|| find(bytes, at, to, b'?'));
    match (ended, bracket, find(bytes, at, to, b':')) {
        (true, None, Some(_)) => Ok((Span::between(at, to), to)),
        (true, Some(wrong), _) => Err(wrong),
        (true, None, None) => Err(at),
        (false, ..) => Err(to),
    }
}
