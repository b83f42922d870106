//! Owns the parameters of a header value.
//! Hot. Refuses to judge them; they were checked when the value was read.

use nom::Parser;
use nom::sequence::preceded;

use super::grammar::{decimal, generic_param, separator};
use super::text::Text;

/// RFC 3261 §7.3.1: parameters, each `;name` or `;name=value`.
///
/// ```
/// use parser::view::reason;
///
/// let params = reason::parse(b"SIP ;cause=200 ;text=\"a;b\" ;x").unwrap().params;
/// assert_eq!(params.iter().count(), 3);
/// assert_eq!(params.number(b"Cause"), Some(200));
/// assert_eq!(params.value(b"text").unwrap().inner(), b"a;b");
/// assert!(params.has(b"x") && !params.has(b"b"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'m> {
    text: &'m [u8],
}

impl<'m> Params<'m> {
    pub(super) fn new(text: &'m [u8]) -> Params<'m> {
        Params { text }
    }

    /// The parameters as they were written, from the first semicolon on.
    pub fn text(&self) -> &'m [u8] {
        self.text
    }

    /// Names and values in order; a quoted value has its quotes.
    pub fn iter(&self) -> impl Iterator<Item = (&'m [u8], Option<&'m [u8]>)> + use<'m> {
        let mut rest = self.text;
        core::iter::from_fn(move || {
            let (behind, param) = preceded(separator(';'), generic_param).parse(rest).ok()?;
            rest = behind;
            Some(param)
        })
    }

    /// The first parameter `name` as it was written, from the white space and the semicolon in
    /// front of it to the end of its value: what is cut out to delete it
    /// ([`crate::Message::span_of`]).
    pub fn written(&self, name: &[u8]) -> Option<&'m [u8]> {
        let mut rest = self.text;
        loop {
            let (behind, (known, _)) = preceded(separator(';'), generic_param).parse(rest).ok()?;
            if known.eq_ignore_ascii_case(name) {
                return rest.get(..rest.len().saturating_sub(behind.len()));
            }
            rest = behind;
        }
    }

    /// The first parameter `name` in any case: `Some(None)` is one without a value.
    pub fn get(&self, name: &[u8]) -> Option<Option<&'m [u8]>> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether there is a parameter `name`, with or without a value.
    pub fn has(&self, name: &[u8]) -> bool {
        self.get(name).is_some()
    }

    /// The value of the first parameter `name`, where it has one.
    pub fn value(&self, name: &[u8]) -> Option<Text<'m>> {
        self.get(name).flatten().map(Text::of)
    }

    /// The same as a number, where it is one that fits.
    pub fn number(&self, name: &[u8]) -> Option<u32> {
        decimal(self.get(name).flatten()?)
    }
}
