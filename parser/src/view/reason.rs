//! Owns one Reason value.
//! Hot. Refuses to map causes.

use nom::Parser;

use super::grammar::{Read, params, token, whole};
use super::params::Params;
use crate::ParseError;
use crate::bytes::decimal;

/// RFC 3326 §2: one Reason value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'m> {
    /// `Q.850`, `SIP`, ...
    pub protocol: &'m [u8],
    /// All parameters.
    pub params: Params<'m>,
}

impl<'m> Reason<'m> {
    /// The cause, where it is a number that fits.
    pub fn cause(&self) -> Option<u16> {
        let text = self.params.get(b"cause")??;
        u16::try_from(decimal(text, 0, text.len())?).ok()
    }

    /// The text, without its quotes and with its escapes.
    pub fn text(&self) -> Option<&'m [u8]> {
        let text = self.params.get(b"text")??;
        text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).or(Some(text))
    }
}

/// Reads one Reason value.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
pub fn parse(value: &[u8]) -> Result<Reason<'_>, ParseError> {
    whole(value, reason_value)
}

/// `reason-value = protocol *( SEMI reason-params )`
fn reason_value(input: &[u8]) -> Read<'_, Reason<'_>> {
    let (rest, (protocol, params)) = (token, params).parse(input)?;
    Ok((rest, Reason { protocol, params }))
}
