//! Owns one Allow value.
//! Hot. Refuses to know what we allow.

use nom::Parser;

use super::grammar::{Read, token, whole};
use crate::{Method, ParseError};

/// RFC 3261 §20.5: one method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allow<'m> {
    /// The method.
    pub method: Method,
    /// The method as it was written.
    pub text: &'m [u8],
}

/// Reads one Allow value. An empty Allow is a list without values.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::{Method, view::allow};
///
/// assert_eq!(allow::parse(b"INVITE").unwrap().method, Method::Invite);
/// let other = allow::parse(b"X.FOO").unwrap();
/// assert_eq!((other.method, other.text), (Method::Other, &b"X.FOO"[..]));
/// ```
pub fn parse(value: &[u8]) -> Result<Allow<'_>, ParseError> {
    whole(value, method)
}

/// `Method`
pub(super) fn method(input: &[u8]) -> Read<'_, Allow<'_>> {
    let (rest, text) = token.parse(input)?;
    Ok((rest, Allow { method: Method::of(text), text }))
}
