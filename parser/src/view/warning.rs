//! Owns one Warning value.
//! Hot. Refuses to show it to anyone.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{map_opt, opt, recognize};
use nom::sequence::{preceded, terminated};

use super::grammar::{Read, decimal, digits, host, lws, quoted_string, separator, token, whole};
use super::text::Text;
use crate::ParseError;

/// RFC 3261 §20.43: one warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Warning<'m> {
    /// Three digits.
    pub code: u16,
    /// Who warns: a host with its port, or a pseudonym.
    pub agent: &'m [u8],
    /// What to tell a human.
    pub text: Text<'m>,
}

/// Reads one Warning value.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::warning;
///
/// let value = b"370 devnull:5060 \"Choose, or \\\"lose\\\"\"";
/// let warning = warning::parse(value).unwrap();
/// assert_eq!((warning.code, warning.agent), (370, &b"devnull:5060"[..]));
/// assert!(warning.text.is(b"Choose, or \"lose\""));
/// ```
pub fn parse(value: &[u8]) -> Result<Warning<'_>, ParseError> {
    whole(value, warning_value)
}

/// `warning-value = warn-code SP warn-agent SP warn-text`, wider: any LWS for SP.
fn warning_value(input: &[u8]) -> Read<'_, Warning<'_>> {
    let (rest, code) = terminated(warn_code, lws).parse(input)?;
    let (rest, agent) = alt((terminated(hostport, lws), terminated(token, lws))).parse(rest)?;
    let (rest, text) = quoted_string(rest)?;
    Ok((rest, Warning { code, agent, text: Text::of(text) }))
}

/// `warn-code = 3DIGIT`
fn warn_code(input: &[u8]) -> Read<'_, u16> {
    let three = |text: &[u8]| decimal(text).filter(|_| text.len() == 3);
    map_opt(digits, move |text| u16::try_from(three(text)?).ok()).parse(input)
}

/// `hostport = host [ ":" port ]`
fn hostport(input: &[u8]) -> Read<'_, &[u8]> {
    recognize((host, opt(preceded(separator(':'), digits)))).parse(input)
}
