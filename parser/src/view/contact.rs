//! Owns one Contact value.
//! Hot. Refuses to sort contacts.

use nom::Parser;
use nom::branch::alt;
use nom::character::complete::char;
use nom::combinator::map;

use super::address::{Address, address};
use super::grammar::{Read, whole};
use crate::ParseError;

/// RFC 3261 §20.10: one Contact value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contact<'m> {
    /// `*`, all bindings of a registration. Its rule has it alone in its header; a list that holds
    /// one is split like any other, so whoever minds counts the values.
    Star,
    /// An address.
    Param(ContactParam<'m>),
}

/// RFC 3261 §20.10: where to reach someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactParam<'m> {
    /// Where.
    pub address: Address<'m>,
}

impl ContactParam<'_> {
    /// The preference in thousandths, from 0 to 1,000.
    pub fn q(&self) -> Option<u16> {
        qvalue(self.address.params.get(b"q").flatten()?)
    }

    /// How many seconds the binding lasts.
    pub fn expires(&self) -> Option<u32> {
        self.address.params.number(b"expires")
    }
}

/// Reads one Contact value.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::contact::{self, Contact};
///
/// let read = contact::parse(b"\"Mr. Watson\" <sip:watson@example.com>;q=0.7;expires=3600");
/// let Ok(Contact::Param(contact)) = read else { panic!() };
/// assert_eq!((contact.q(), contact.expires()), (Some(700), Some(3600)));
/// assert_eq!(contact.address.uri, b"sip:watson@example.com");
/// assert_eq!(contact::parse(b"*"), Ok(Contact::Star));
/// ```
pub fn parse(value: &[u8]) -> Result<Contact<'_>, ParseError> {
    whole(value, contact)
}

/// `STAR / contact-param`
fn contact(input: &[u8]) -> Read<'_, Contact<'_>> {
    let star = map(char('*'), |_| Contact::Star);
    let param = map(address, |address| Contact::Param(ContactParam { address }));
    alt((star, param)).parse(input)
}

/// `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`
fn qvalue(text: &[u8]) -> Option<u16> {
    let (whole, digits) = match text {
        [whole @ (b'0' | b'1')] => (whole, &[][..]),
        [whole @ (b'0' | b'1'), b'.', digits @ ..] if digits.len() <= 3 => (whole, digits),
        _ => return None,
    };
    let mut q = u16::from(whole - b'0');
    for place in 0..3 {
        let digit = digits.get(place).unwrap_or(&b'0');
        q = q * 10 + u16::from(digit.checked_sub(b'0').filter(|digit| *digit <= 9)?);
    }
    (q <= 1000).then_some(q)
}
