//! Owns Expires and Min-Expires.
//! Hot. Refuses to read a clock.

use nom::Parser;

use super::grammar::{Read, number, whole};
use crate::ParseError;

/// RFC 3261 §20.19, §20.23: how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expires {
    /// How many seconds.
    pub seconds: u32,
}

/// Reads an Expires or a Min-Expires.
///
/// # Errors
/// The offset in `value` where the grammar is broken; a number of 2^32 or more is one of
/// [`crate::ErrorKind::OutOfRange`].
///
/// ```
/// use parser::{ErrorKind, view::expires};
///
/// assert_eq!(expires::parse(b"4294967295").unwrap().seconds, u32::MAX);
/// assert_eq!(expires::parse(b"4294967296").unwrap_err().kind, ErrorKind::OutOfRange);
/// ```
pub fn parse(value: &[u8]) -> Result<Expires, ParseError> {
    whole(value, delta_seconds)
}

/// `delta-seconds = 1*DIGIT`
fn delta_seconds(input: &[u8]) -> Read<'_, Expires> {
    let (rest, seconds) = number.parse(input)?;
    Ok((rest, Expires { seconds }))
}
