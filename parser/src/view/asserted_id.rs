//! Owns one value of P-Asserted-Identity and P-Preferred-Identity.
//! Hot. Refuses to know whom to trust.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::take_while1;
use nom::combinator::{map, verify};

use super::address::{Address, named};
use super::grammar::{Read, has_scheme, whole};
use super::params::Params;
use crate::ParseError;
use crate::bytes::{URI, is};

/// RFC 3325 §9.1, §9.2: one asserted or preferred identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssertedId<'m> {
    /// Who. The rule has no parameters behind it; those that stand behind brackets are kept.
    pub address: Address<'m>,
}

/// Reads one P-Asserted-Identity or P-Preferred-Identity.
///
/// The header has no parameters of its own, so what stands behind a URI without brackets belongs
/// to the URI.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::asserted_id;
///
/// let id = asserted_id::parse(b"\"Cullen Jennings\" <sip:fluffy@example.com>").unwrap();
/// assert_eq!(id.address.uri, b"sip:fluffy@example.com");
/// let id = asserted_id::parse(b"tel:7042;phone-context=example.com").unwrap();
/// assert_eq!(id.address.uri, b"tel:7042;phone-context=example.com");
/// ```
pub fn parse(value: &[u8]) -> Result<AssertedId<'_>, ParseError> {
    whole(value, asserted_id_value)
}

/// `PAssertedID-value = name-addr / addr-spec`
fn asserted_id_value(input: &[u8]) -> Read<'_, AssertedId<'_>> {
    let bare = |uri| Address { display: &[], uri, params: Params::default() };
    let address = alt((named, map(addr_spec, bare)));
    map(address, |address| AssertedId { address }).parse(input)
}

/// `addr-spec`, with its parameters.
fn addr_spec(input: &[u8]) -> Read<'_, &[u8]> {
    let bare = take_while1(|byte| is(byte, &URI) && !matches!(byte, b',' | b'?'));
    verify(bare, has_scheme).parse(input)
}
