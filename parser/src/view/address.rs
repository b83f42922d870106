//! Owns one name-addr or addr-spec with its parameters: Contact, Route, P-Asserted-Identity, ...
//! Hot. Refuses to look inside the URI: [`crate::uri::parse`] reads it.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{is_not, take_while1};
use nom::character::complete::char;
use nom::combinator::{map, opt, recognize, verify};
use nom::sequence::{delimited, terminated};

use super::grammar::{Read, params, quoted_string, sws, whole};
use super::params::Params;
use crate::ParseError;
use crate::bytes::{URI, is};

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

/// Reads one address.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
pub fn parse(value: &[u8]) -> Result<Address<'_>, ParseError> {
    whole(value, address)
}

/// `( name-addr / addr-spec ) *( SEMI generic-param )`
fn address(input: &[u8]) -> Read<'_, Address<'_>> {
    let (rest, (display, uri)) =
        alt((name_addr, map(addr_spec, |uri| (&[][..], uri)))).parse(input)?;
    let (rest, _) = sws(rest)?;
    let (rest, params) = params(rest)?;
    Ok((rest, Address { display, uri, params }))
}

/// `name-addr = [ display-name ] LAQUOT addr-spec RAQUOT`
fn name_addr(input: &[u8]) -> Read<'_, (&[u8], &[u8])> {
    let (rest, display) = opt(terminated(display_name, sws)).parse(input)?;
    let bracketed = delimited((char('<'), sws), is_not("<> \t\r\n"), (sws, char('>')));
    let (rest, uri) = verify(bracketed, has_scheme).parse(rest)?;
    Ok((rest, (display.unwrap_or_default().trim_ascii_end(), uri)))
}

/// `display-name`, wider than the rule where it is not quoted: all but delimiters.
fn display_name(input: &[u8]) -> Read<'_, &[u8]> {
    alt((quoted_string, recognize(is_not("<>;\"")))).parse(input)
}

/// RFC 3261 §20: a URI that stands without brackets has no comma, question mark or semicolon.
fn addr_spec(input: &[u8]) -> Read<'_, &[u8]> {
    let bare = take_while1(|byte| is(byte, &URI) && !matches!(byte, b',' | b'?' | b';'));
    verify(bare, has_scheme).parse(input)
}

fn has_scheme(uri: &[u8]) -> bool {
    memchr::memchr(b':', uri).is_some()
}
