//! Owns the parameters of a header value.
//! Hot. Refuses to judge them; they were checked when the value was read.

use nom::Parser;
use nom::sequence::preceded;

use super::grammar::{generic_param, separator};

/// Parameters, each `;name` or `;name=value`.
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

    /// The first parameter `name` in any case: `Some(None)` is one without a value.
    pub fn get(&self, name: &[u8]) -> Option<Option<&'m [u8]>> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}
