//! Owns Privacy.
//! Hot. Refuses to hide anything.

use nom::Parser;
use nom::combinator::recognize;
use nom::multi::fold_many0;
use nom::sequence::preceded;

use super::grammar::{Read, separator, token, whole};
use crate::ParseError;

/// RFC 3323 §4.2: which services of privacy are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privacy<'m> {
    /// The values as they were written.
    pub text: &'m [u8],
}

impl<'m> Privacy<'m> {
    /// The values in order.
    pub fn iter(&self) -> impl Iterator<Item = &'m [u8]> + use<'m> {
        self.text.split(|byte| *byte == b';').map(<[u8]>::trim_ascii)
    }

    /// Whether `value` is asked for: `header`, `session`, `user`, `none`, `critical`, `id`
    /// (RFC 3325 §9.3), `history` (RFC 7044), ...
    pub fn has(&self, value: &[u8]) -> bool {
        self.iter().any(|known| known.eq_ignore_ascii_case(value))
    }
}

/// Reads a Privacy.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::privacy;
///
/// let privacy = privacy::parse(b"user; id ;critical").unwrap();
/// assert!(privacy.has(b"ID") && !privacy.has(b"none"));
/// assert!(privacy.iter().eq([&b"user"[..], b"id", b"critical"]));
/// ```
pub fn parse(value: &[u8]) -> Result<Privacy<'_>, ParseError> {
    whole(value, privacy_hdr)
}

/// `priv-value *(";" priv-value)`, `priv-value = token`; white space around the semicolon is read.
fn privacy_hdr(input: &[u8]) -> Read<'_, Privacy<'_>> {
    let more = fold_many0(preceded(separator(';'), token), || (), |(), _| ());
    let (rest, text) = recognize((token, more)).parse(input)?;
    Ok((rest, Privacy { text }))
}
