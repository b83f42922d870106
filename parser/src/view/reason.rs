//! Owns one Reason value.
//! Hot. Refuses to map causes.

use nom::Parser;

use super::grammar::{Read, params, token, whole};
use super::params::Params;
use crate::ParseError;

/// RFC 3326 §2: one Reason value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'m> {
    /// `Q.850`, `SIP`, ...
    pub protocol: &'m [u8],
    /// All parameters.
    pub params: Params<'m>,
}

impl<'m> Reason<'m> {
    /// Whether the cause is one of ITU-T Q.850.
    pub fn is_q850(&self) -> bool {
        self.protocol.eq_ignore_ascii_case(b"Q.850")
    }

    /// Whether the cause is a SIP status code.
    pub fn is_sip(&self) -> bool {
        self.protocol.eq_ignore_ascii_case(b"SIP")
    }

    /// The cause, where it is a number that fits.
    pub fn cause(&self) -> Option<u16> {
        u16::try_from(self.params.number(b"cause")?).ok()
    }

    /// The text, without its quotes and with its escapes.
    pub fn text(&self) -> Option<&'m [u8]> {
        self.params.value(b"text").map(|text| text.inner())
    }
}

/// Reads one Reason value.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::reason;
///
/// let reason = reason::parse(b"Q.850 ;cause=16 ;text=\"Normal call clearing\"").unwrap();
/// assert!(reason.is_q850());
/// assert_eq!(reason.cause(), Some(16));
/// assert_eq!(reason.text(), Some(&b"Normal call clearing"[..]));
/// ```
pub fn parse(value: &[u8]) -> Result<Reason<'_>, ParseError> {
    whole(value, reason_value)
}

/// `reason-value = protocol *( SEMI reason-params )`
fn reason_value(input: &[u8]) -> Read<'_, Reason<'_>> {
    let (rest, (protocol, params)) = (token, params).parse(input)?;
    Ok((rest, Reason { protocol, params }))
}
