//! Owns Timestamp.
//! Hot. Refuses to read a clock.

use nom::Parser;
use nom::bytes::complete::tag;
use nom::combinator::{opt, recognize};
use nom::sequence::preceded;

use super::grammar::{Read, digits, lws, whole};
use crate::ParseError;

/// RFC 3261 §20.38: when the sender sent, by its own clock. Decimal numbers as they were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp<'m> {
    /// The time.
    pub time: &'m [u8],
    /// How long the answering side took.
    pub delay: Option<&'m [u8]>,
}

/// Reads a Timestamp.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::timestamp;
///
/// let stamp = timestamp::parse(b"54.21 0.5").unwrap();
/// assert_eq!((stamp.time, stamp.delay), (&b"54.21"[..], Some(&b"0.5"[..])));
/// ```
pub fn parse(value: &[u8]) -> Result<Timestamp<'_>, ParseError> {
    whole(value, timestamp)
}

/// `1*(DIGIT) [ "." *(DIGIT) ] [ LWS delay ]`
fn timestamp(input: &[u8]) -> Read<'_, Timestamp<'_>> {
    let time = recognize((digits, opt((tag("."), opt(digits)))));
    let (rest, (time, delay)) = (time, opt(preceded(lws, delay))).parse(input)?;
    Ok((rest, Timestamp { time, delay }))
}

/// `delay = *(DIGIT) [ "." *(DIGIT) ]`
fn delay(input: &[u8]) -> Read<'_, &[u8]> {
    recognize((opt(digits), opt((tag("."), opt(digits))))).parse(input)
}
