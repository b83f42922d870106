//! Owns RAck.
//! Hot. Refuses to match it with a response.

use nom::Parser;
use nom::sequence::terminated;

use super::allow::method;
use super::grammar::{Read, lws, number, refuse, whole};
use super::rseq::response_num;
use crate::{ErrorKind, Method, ParseError};

/// RFC 3262 §7.2: which reliable provisional response is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RAck<'m> {
    /// The RSeq of the response.
    pub response_num: u32,
    /// The CSeq number of the response, below 2^31.
    pub cseq_num: u32,
    /// The CSeq method of the response.
    pub method: Method,
    /// The method as it was written.
    pub method_text: &'m [u8],
}

/// Reads a RAck.
///
/// # Errors
/// The offset in `value` where the grammar is broken; a number outside its range is one of
/// [`ErrorKind::OutOfRange`].
///
/// ```
/// use parser::{Method, view::rack};
///
/// let rack = rack::parse(b"776656 1 INVITE").unwrap();
/// assert_eq!((rack.response_num, rack.cseq_num, rack.method), (776_656, 1, Method::Invite));
/// ```
pub fn parse(value: &[u8]) -> Result<RAck<'_>, ParseError> {
    whole(value, rack)
}

/// `response-num LWS CSeq-num LWS Method`
fn rack(input: &[u8]) -> Read<'_, RAck<'_>> {
    let (rest, response_num) = terminated(response_num, lws).parse(input)?;
    let (rest, cseq_num) = terminated(cseq_num, lws).parse(rest)?;
    let (rest, method) = method(rest)?;
    let (method, method_text) = (method.method, method.text);
    Ok((rest, RAck { response_num, cseq_num, method, method_text }))
}

/// `CSeq-num = 1*DIGIT`; RFC 3261 §8.1.1.5: less than 2**31.
fn cseq_num(input: &[u8]) -> Read<'_, u32> {
    let (rest, number) = number.parse(input)?;
    if number >= 1 << 31 { refuse(ErrorKind::OutOfRange, input) } else { Ok((rest, number)) }
}
