//! Owns CSeq.
//! Hot. Refuses to compare it with the request line: the pass over the message does.

use crate::bytes::{TOKEN, number, skip, skip_white};
use crate::{ErrorKind, Method, ParseError, Span};

/// RFC 3261 §20.16: the CSeq of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// Below 2^31.
    pub number: u32,
    /// The method.
    pub method: Method,
    /// The whole value.
    pub value: Span,
    /// The digits.
    pub number_text: Span,
    /// The method as it was written.
    pub method_text: Span,
}

/// Parses the value that stands in `value`.
#[inline]
pub(crate) fn parse(bytes: &[u8], value: Span) -> Result<CSeq, ParseError> {
    let (at, end) = (value.start(), value.end());
    let Some((number, number_end)) = number(bytes, at, end) else {
        return Err(ParseError::new(ErrorKind::CSeq, at));
    };
    let method_at = skip_white(bytes, number_end, end);
    let method = Method::between(bytes, method_at, end);
    // The methods with a name are tokens.
    let is_token =
        method != Method::Other || (method_at < end && skip(bytes, method_at, end, &TOKEN) == end);
    if method_at == number_end || !is_token {
        return Err(ParseError::new(ErrorKind::CSeq, method_at));
    }
    // RFC 3261 §8.1.1.5: the sequence number MUST be less than 2**31.
    if number >= 1 << 31 {
        return Err(ParseError::new(ErrorKind::CSeqNumber, at));
    }
    let method_text = Span::between(method_at, end);
    Ok(CSeq { number, method, value, number_text: Span::between(at, number_end), method_text })
}
