//! Owns one Diversion value.
//! Hot. Refuses to count diversions.

use nom::Parser;

use super::address::{Address, named};
use super::grammar::{Read, whole};
use super::text::Text;
use crate::ParseError;

/// RFC 5806 §9: one Diversion value; the most recent one stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Diversion<'m> {
    /// Who diverted the call.
    pub address: Address<'m>,
}

impl<'m> Diversion<'m> {
    /// `user-busy`, `no-answer`, `unconditional`, ...
    pub fn reason(&self) -> Option<Text<'m>> {
        self.address.params.value(b"reason")
    }

    /// How many diversions this value stands for; absent means one.
    pub fn counter(&self) -> Option<u8> {
        two_digits(self.address.params.number(b"counter")?)
    }

    /// How many more the diverting side allows.
    pub fn limit(&self) -> Option<u8> {
        two_digits(self.address.params.number(b"limit")?)
    }

    /// `full`, `name`, `uri`, `off`, ...
    pub fn privacy(&self) -> Option<Text<'m>> {
        self.address.params.value(b"privacy")
    }

    /// `yes`, `no`, ...
    pub fn screen(&self) -> Option<Text<'m>> {
        self.address.params.value(b"screen")
    }
}

/// Reads one Diversion value.
///
/// # Errors
/// The offset in `value` where the grammar is broken: brackets are part of it.
///
/// ```
/// use parser::view::diversion;
///
/// let value = b"<sip:+12025550101@example.com>;reason=user-busy;counter=2;privacy=\"full\"";
/// let diversion = diversion::parse(value).unwrap();
/// assert!(diversion.reason().unwrap().is_word(b"user-busy"));
/// assert!(diversion.privacy().unwrap().is_word(b"full"));
/// assert_eq!((diversion.counter(), diversion.limit()), (Some(2), None));
/// ```
pub fn parse(value: &[u8]) -> Result<Diversion<'_>, ParseError> {
    whole(value, diversion_value)
}

/// `name-addr *( ";" diversion_params )`
fn diversion_value(input: &[u8]) -> Read<'_, Diversion<'_>> {
    let (rest, address) = named.parse(input)?;
    Ok((rest, Diversion { address }))
}

/// `1*2DIGIT`, with any zeros in front.
fn two_digits(number: u32) -> Option<u8> {
    u8::try_from(number).ok().filter(|number| *number < 100)
}
