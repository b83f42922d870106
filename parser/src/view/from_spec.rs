//! Owns From and To.
//! Hot. Refuses to compare tags.

use nom::Parser;

use super::address::{Address, address};
use super::grammar::{Read, whole};
use crate::ParseError;

/// RFC 3261 §20.20, §20.39: one end of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FromSpec<'m> {
    /// Who.
    pub address: Address<'m>,
}

impl<'m> FromSpec<'m> {
    /// The tag.
    pub fn tag(&self) -> Option<&'m [u8]> {
        self.address.params.get(b"tag").flatten()
    }
}

/// Reads a From or a To.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::from_spec;
///
/// let from = from_spec::parse(b"\"Bob\" <sips:bob@biloxi.example.com> ;tag=a48s").unwrap();
/// assert_eq!(from.address.uri, b"sips:bob@biloxi.example.com");
/// assert_eq!(from.tag(), Some(&b"a48s"[..]));
/// assert_eq!(from_spec::parse(b"sip:bob@biloxi.example.com").unwrap().tag(), None);
/// ```
pub fn parse(value: &[u8]) -> Result<FromSpec<'_>, ParseError> {
    whole(value, from_spec)
}

/// `from-spec = ( name-addr / addr-spec ) *( SEMI from-param )`
fn from_spec(input: &[u8]) -> Read<'_, FromSpec<'_>> {
    let (rest, address) = address.parse(input)?;
    Ok((rest, FromSpec { address }))
}
