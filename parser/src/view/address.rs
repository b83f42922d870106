//! Owns one name-addr or addr-spec with its parameters, and the headers that are nothing else.
//! Hot. Refuses to look inside the URI: [`crate::uri::parse`] reads it.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::map;

use super::grammar::{Broken, Read, addr_spec, name_addr, params, whole};
use super::params::Params;
use super::text::Text;
use crate::ParseError;

/// RFC 3261 §20.10, §20.20: one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'m> {
    /// The display name, with its quotes if it has them, without white space around it.
    pub display: &'m [u8],
    /// The URI, without its angle brackets.
    pub uri: &'m [u8],
    /// The parameters behind the address.
    pub params: Params<'m>,
}

impl<'m> Address<'m> {
    /// The display name, to be read without its quotes.
    pub fn name(&self) -> Text<'m> {
        Text::of(self.display)
    }
}

/// Reads one address: Reply-To, Refer-To (RFC 3515 §2.1), Referred-By (RFC 3892 §3).
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::{uri, view::address};
///
/// let to = address::parse(b"\"Bob, B.\" <sip:bob@example.com?Replaces=1%40h>;x=y").unwrap();
/// assert!(to.name().is(b"Bob, B."));
/// assert_eq!(uri::parse(to.uri).unwrap().part(uri::parse(to.uri).unwrap().user), b"bob");
/// assert_eq!(to.params.get(b"x"), Some(Some(&b"y"[..])));
/// // RFC 3261 §20: without brackets, a semicolon ends the URI.
/// assert_eq!(address::parse(b"sip:bob@example.com;x=y").unwrap().uri, b"sip:bob@example.com");
/// assert_eq!(address::parse(b"sip:a,b").unwrap_err().at, 5);
/// ```
pub fn parse(value: &[u8]) -> Result<Address<'_>, ParseError> {
    whole(value, address)
}

/// `( name-addr / addr-spec ) *( SEMI generic-param )`
pub(super) fn address(input: &[u8]) -> Read<'_, Address<'_>> {
    let bare = map(addr_spec, |uri| (&[][..], uri));
    with_params(alt((name_addr, bare)), input)
}

/// `name-addr *( SEMI generic-param )`
pub(super) fn named(input: &[u8]) -> Read<'_, Address<'_>> {
    with_params(name_addr, input)
}

fn with_params<'m>(
    form: impl Parser<&'m [u8], Output = (&'m [u8], &'m [u8]), Error = Broken<'m>>,
    input: &'m [u8],
) -> Read<'m, Address<'m>> {
    let whole = (form, params);
    map(whole, |((display, uri), params)| Address { display, uri, params }).parse(input)
}
