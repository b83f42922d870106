//! Owns one value of Require, Proxy-Require, Supported and Unsupported.
//! Hot. Refuses to know extensions.

use nom::Parser;

use super::grammar::{Read, token, whole};
use crate::ParseError;

/// RFC 3261 §19.2: the name of an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionTag<'m> {
    /// The name.
    pub name: &'m [u8],
}

impl OptionTag<'_> {
    /// RFC 3261 §7.3.1: whether it is `name`; tokens are the same in any case.
    pub fn is(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Reads one option tag. An empty Supported is a list without values.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::option_tag;
///
/// assert!(option_tag::parse(b"100rel").unwrap().is(b"100REL"));
/// assert_eq!(option_tag::parse(b"100 rel").unwrap_err().at, 3);
/// ```
pub fn parse(value: &[u8]) -> Result<OptionTag<'_>, ParseError> {
    whole(value, option_tag)
}

/// `option-tag = token`
fn option_tag(input: &[u8]) -> Read<'_, OptionTag<'_>> {
    let (rest, name) = token.parse(input)?;
    Ok((rest, OptionTag { name }))
}
