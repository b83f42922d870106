//! Owns the rules of RFC 3261 §25.1 that the views share, named as they are there.
//! Hot. Refuses to know headers.

use nom::branch::alt;
use nom::bytes::complete::take_while1;
use nom::character::complete::char;
use nom::combinator::{cut, opt, verify};
use nom::error;
use nom::sequence::{delimited, preceded, terminated};
use nom::{Err, IResult, Parser};

use super::params::Params;
use crate::bytes::{
    Class, DIGIT, HOST, LWS, PLAIN, TOKEN, URI, VALUE, find_either, host as host_end, is, quoted,
    skip, skip_white,
};
use crate::{ErrorKind, ParseError};

/// What a rule gives: the rest, and what it read.
pub(super) type Read<'m, T> = IResult<&'m [u8], T, Broken<'m>>;

/// A rule that does not hold, and what was left to read where it broke.
#[derive(Debug)]
pub(super) struct Broken<'m> {
    rest: &'m [u8],
    kind: ErrorKind,
}

impl<'m> error::ParseError<&'m [u8]> for Broken<'m> {
    fn from_error_kind(rest: &'m [u8], _: error::ErrorKind) -> Self {
        Broken { rest, kind: ErrorKind::View }
    }

    fn append(_: &'m [u8], _: error::ErrorKind, other: Self) -> Self {
        other
    }

    /// Of two alternatives that both broke, the one that came further tells more.
    fn or(self, other: Self) -> Self {
        if other.rest.len() < self.rest.len() { other } else { self }
    }
}

/// Runs `rule` over a whole value.
pub(super) fn whole<'m, T>(
    value: &'m [u8],
    mut rule: impl Parser<&'m [u8], Output = T, Error = Broken<'m>>,
) -> Result<T, ParseError> {
    if value.len() > usize::from(u16::MAX) {
        return Err(ParseError::new(ErrorKind::TooLong, usize::from(u16::MAX)));
    }
    let fault = |kind, rest: &[u8]| ParseError::new(kind, value.len().saturating_sub(rest.len()));
    match rule.parse(value) {
        Ok(([], read)) => Ok(read),
        Ok((rest, _)) => Err(fault(ErrorKind::View, rest)),
        Err(Err::Error(broken) | Err::Failure(broken)) => Err(fault(broken.kind, broken.rest)),
        Err(Err::Incomplete(_)) => Err(fault(ErrorKind::View, &[])),
    }
}

/// `SWS = [LWS]`
pub(super) fn sws(input: &[u8]) -> Read<'_, &[u8]> {
    let end = skip_white(input, 0, input.len());
    split(input, Some(end))
}

/// `LWS`
pub(super) fn lws(input: &[u8]) -> Read<'_, &[u8]> {
    some(input, &LWS)
}

/// `token`
pub(super) fn token(input: &[u8]) -> Read<'_, &[u8]> {
    some(input, &TOKEN)
}

/// `1*DIGIT`
pub(super) fn digits(input: &[u8]) -> Read<'_, &[u8]> {
    some(input, &DIGIT)
}

/// `1*DIGIT` as a number that fits 32 bits.
pub(super) fn number(input: &[u8]) -> Read<'_, u32> {
    let (rest, text) = digits(input)?;
    match decimal(text) {
        Some(number) => Ok((rest, number)),
        None => refuse(ErrorKind::OutOfRange, input),
    }
}

/// The number that `text` is, if it is one that fits 32 bits and nothing else.
pub(super) fn decimal(text: &[u8]) -> Option<u32> {
    let more = |number: u32, byte: &u8| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number.checked_mul(10)?.checked_add(u32::from(digit))
    };
    if text.is_empty() { None } else { text.iter().try_fold(0, more) }
}

/// `SWS separator SWS`: SLASH, COLON, SEMI, EQUAL, COMMA.
pub(super) fn separator<'m>(
    byte: char,
) -> impl Parser<&'m [u8], Output = char, Error = Broken<'m>> {
    delimited(sws, char(byte), sws)
}

/// `quoted-string`, with its quotes.
pub(super) fn quoted_string(input: &[u8]) -> Read<'_, &[u8]> {
    if input.first() != Some(&b'"') {
        return fail(input);
    }
    split(input, quoted(input, 0, input.len()))
}

/// `host`
pub(super) fn host(input: &[u8]) -> Read<'_, &[u8]> {
    if input.first().is_some_and(|byte| *byte == b'[' || is(*byte, &HOST)) {
        return split(input, host_end(input, 0, input.len()));
    }
    fail(input)
}

/// `comment`, with its parentheses; they nest.
pub(super) fn comment(input: &[u8]) -> Read<'_, &[u8]> {
    let mut depth = 0u32;
    let mut escaped = false;
    for (at, byte) in input.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'(' => depth += 1,
            b')' if depth > 1 => depth -= 1,
            b')' if depth == 1 => return split(input, Some(at + 1)),
            _ => {}
        }
        // The first byte opens it, or there is none.
        if depth == 0 {
            break;
        }
    }
    fail(input)
}

/// `name-addr = [ display-name ] LAQUOT addr-spec RAQUOT`: the name and the URI.
pub(super) fn name_addr(input: &[u8]) -> Read<'_, (&[u8], &[u8])> {
    let (rest, display) = opt(terminated(display_name, sws)).parse(input)?;
    let (rest, uri) = verify(bracketed, has_scheme).parse(rest)?;
    Ok((rest, (display.unwrap_or_default().trim_ascii_end(), uri)))
}

/// `display-name`, wider than the rule where it is not quoted: all but delimiters.
fn display_name(input: &[u8]) -> Read<'_, &[u8]> {
    alt((quoted_string, |input| some(input, &PLAIN))).parse(input)
}

/// `LAQUOT addr-spec RAQUOT`: what stands between the brackets.
pub(super) fn bracketed(input: &[u8]) -> Read<'_, &[u8]> {
    delimited((char('<'), sws), word, (sws, char('>'))).parse(input)
}

/// Everything up to a bracket or white space, but not nothing.
fn word(input: &[u8]) -> Read<'_, &[u8]> {
    let end = find_either(input, 0, input.len(), b'<', b'>').unwrap_or(input.len());
    let white = input.iter().take(end).position(|byte| is(*byte, &LWS));
    split(input, Some(white.unwrap_or(end)).filter(|end| *end > 0))
}

/// RFC 3261 §20: a URI that stands without brackets has no comma, question mark or semicolon.
pub(super) fn addr_spec(input: &[u8]) -> Read<'_, &[u8]> {
    let bare = take_while1(|byte| is(byte, &URI) && !matches!(byte, b',' | b'?' | b';'));
    verify(bare, has_scheme).parse(input)
}

pub(super) fn has_scheme(uri: &[u8]) -> bool {
    memchr::memchr(b':', uri).is_some()
}

/// `gen-value`, wider than the rule where it is not quoted: see [`VALUE`].
pub(super) fn gen_value(input: &[u8]) -> Read<'_, &[u8]> {
    if input.first() == Some(&b'"') {
        return quoted_string(input);
    }
    some(input, &VALUE)
}

/// `generic-param = token [ EQUAL gen-value ]`
pub(super) fn generic_param(input: &[u8]) -> Read<'_, (&[u8], Option<&[u8]>)> {
    (token, opt(preceded(separator('='), gen_value))).parse(input)
}

/// `*( SEMI generic-param )`
pub(super) fn params(input: &[u8]) -> Read<'_, Params<'_>> {
    let mut rest = input;
    loop {
        let (end, _) = sws(rest)?;
        let Some((b';', behind)) = end.split_first() else {
            let len = input.len().saturating_sub(rest.len());
            let text = input.get(..len).unwrap_or_default();
            return Ok((end, Params::new(text)));
        };
        let (at, _) = sws(behind)?;
        (rest, _) = cut(generic_param).parse(at)?;
    }
}

/// One or more bytes of a class.
fn some<'m>(input: &'m [u8], class: &Class) -> Read<'m, &'m [u8]> {
    let end = skip(input, 0, input.len(), class);
    split(input, Some(end).filter(|end| *end > 0))
}

/// The first `end` bytes, and the rest behind them.
pub(super) fn split(input: &[u8], end: Option<usize>) -> Read<'_, &[u8]> {
    match end.and_then(|end| input.split_at_checked(end)) {
        Some((read, rest)) => Ok((rest, read)),
        None => fail(input),
    }
}

/// The rule does not hold at `input`; another one may.
pub(super) fn fail<T>(input: &[u8]) -> Read<'_, T> {
    Err(Err::Error(Broken { rest: input, kind: ErrorKind::View }))
}

/// The value is at fault at `input`, whatever other rule is tried.
pub(super) fn refuse<T>(kind: ErrorKind, input: &[u8]) -> Read<'_, T> {
    Err(Err::Failure(Broken { rest: input, kind }))
}
