//! Owns Min-SE.
//! Hot. Refuses to run a timer.

use nom::Parser;

use super::grammar::{Read, number, params, whole};
use super::params::Params;
use crate::ParseError;

/// RFC 4028 §5: the shortest session interval that is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinSe<'m> {
    /// How many seconds. Below 90 is not for the grammar to refuse.
    pub seconds: u32,
    /// All parameters.
    pub params: Params<'m>,
}

/// Reads a Min-SE.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::min_se;
///
/// assert_eq!(min_se::parse(b"90;lo=wait").unwrap().seconds, 90);
/// ```
pub fn parse(value: &[u8]) -> Result<MinSe<'_>, ParseError> {
    whole(value, min_se)
}

/// `delta-seconds *(SEMI generic-param)`
fn min_se(input: &[u8]) -> Read<'_, MinSe<'_>> {
    let (rest, (seconds, params)) = (number, params).parse(input)?;
    Ok((rest, MinSe { seconds, params }))
}
