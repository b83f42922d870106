//! Owns RSeq.
//! Hot. Refuses to remember the one before.

use nom::Parser;

use super::grammar::{Read, number, refuse, whole};
use crate::{ErrorKind, ParseError};

/// RFC 3262 §7.1: the number of a reliable provisional response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RSeq {
    /// From 1 to 2^32 - 1.
    pub number: u32,
}

/// Reads an RSeq.
///
/// # Errors
/// The offset in `value` where the grammar is broken; a zero, or a number of 2^32 or more, is one
/// of [`ErrorKind::OutOfRange`].
///
/// ```
/// use parser::view::rseq;
///
/// assert_eq!(rseq::parse(b"988789").unwrap().number, 988_789);
/// assert!(rseq::parse(b"0").is_err());
/// ```
pub fn parse(value: &[u8]) -> Result<RSeq, ParseError> {
    whole(value, |input| response_num(input).map(|(rest, number)| (rest, RSeq { number })))
}

/// `response-num = 1*DIGIT`, not zero.
pub(super) fn response_num(input: &[u8]) -> Read<'_, u32> {
    let (rest, number) = number.parse(input)?;
    if number == 0 { refuse(ErrorKind::OutOfRange, input) } else { Ok((rest, number)) }
}
