//! Owns CSeq.
//! Hot. Refuses to compare it with the request line: the pass over the message does.

use crate::bytes::{TOKEN, byte, number, skip, skip_white, small_number, word};
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

/// Parses the value that stands in `value` into `found`, which is left as it is after a fault.
#[inline]
pub(crate) fn parse(bytes: &[u8], value: Span, found: &mut CSeq) -> Result<(), ParseError> {
    let (at, end) = (value.start(), value.end());
    if let Some(usual) = usual(bytes, value) {
        *found = usual;
        return Ok(());
    }
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
    *found = CSeq {
        number,
        method,
        value,
        number_text: Span::ordered(at, number_end),
        method_text: Span::between(method_at, end),
    };
    Ok(())
}

/// What nearly all are: a number of up to seven digits, a space, and a method that a call knows.
#[inline]
fn usual(bytes: &[u8], value: Span) -> Option<CSeq> {
    let at = value.start();
    let (number, len) = small_number(word(bytes, at))?;
    let method_at = at + len + 1;
    if byte(bytes, at + len) != b' ' || method_at >= value.end() {
        return None;
    }
    let method_text = Span::ordered(method_at, value.end());
    let method = Method::of_word(word(bytes, method_at), usize::from(method_text.len))?;
    let number_text = Span::ordered(at, at + len);
    Some(CSeq { number, method, value, number_text, method_text })
}
