//! Owns From and To.
//! Hot. Refuses to look inside the URI.

use crate::bytes::{
    LWS, PLAIN, URI, Word, byte, find, find_either, is, quoted, skip, skip_white, trim_end,
};
use crate::field::param::param;
use crate::{ErrorKind, ParseError, Span};

const TAG: Word = Word::of(b"tag");
const SIP: Word = Word::of(b"sip:");

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
    let (at, end) = (value.start(), value.end());
    let fault = |at| ParseError::new(kind, at);
    let (uri, behind) = uri(bytes, at, end).map_err(fault)?;
    let mut found = NameAddr { value, uri, tag: Span::NONE };
    let mut next = skip_white(bytes, behind, end);
    while next < end {
        if byte(bytes, next) != b';' {
            return Err(fault(next));
        }
        let param = param(bytes, next, end).map_err(fault)?;
        next = param.next;
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
    Ok(found)
}

/// The URI and the position behind it and its bracket; the error is a position.
#[inline]
fn uri(bytes: &[u8], at: usize, end: usize) -> Result<(Span, usize), usize> {
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
