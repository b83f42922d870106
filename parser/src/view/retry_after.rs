//! Owns Retry-After.
//! Hot. Refuses to wait.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use super::grammar::{Read, comment, number, params, sws, whole};
use super::params::Params;
use crate::ParseError;

/// RFC 3261 §20.33: when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter<'m> {
    /// How long not to try.
    pub seconds: u32,
    /// The comment, with its parentheses.
    pub comment: Option<&'m [u8]>,
    /// All parameters.
    pub params: Params<'m>,
}

impl RetryAfter<'_> {
    /// How many seconds the peer will be reachable from then on.
    pub fn duration(&self) -> Option<u32> {
        self.params.number(b"duration")
    }
}

/// Reads a Retry-After.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::retry_after;
///
/// let retry = retry_after::parse(b"120 (I'm in a (long) meeting);duration=3600").unwrap();
/// assert_eq!((retry.seconds, retry.duration()), (120, Some(3600)));
/// assert_eq!(retry.comment, Some(&b"(I'm in a (long) meeting)"[..]));
/// ```
pub fn parse(value: &[u8]) -> Result<RetryAfter<'_>, ParseError> {
    whole(value, retry_after)
}

/// `delta-seconds [ comment ] *( SEMI retry-param )`
fn retry_after(input: &[u8]) -> Read<'_, RetryAfter<'_>> {
    let (rest, (seconds, comment)) = (number, opt(preceded(sws, comment))).parse(input)?;
    let (rest, params) = params.parse(rest)?;
    Ok((rest, RetryAfter { seconds, comment, params }))
}
