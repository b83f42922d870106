//! Owns the rules of RFC 3261 §25.1 that the views share, named as they are there.
//! Hot. Refuses to know headers.

use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{opt, recognize};
use nom::error::{Error, ErrorKind};
use nom::sequence::{delimited, preceded};
use nom::{Err, IResult, Parser};

use crate::bytes::{DIGIT, HOST, LWS, TOKEN, VALUE, decimal, host as host_end, is, quoted};
use crate::view::params::Params;
use crate::{ErrorKind as Fault, ParseError};

/// What a rule gives: the rest, and what it read.
pub(super) type Read<'m, T> = IResult<&'m [u8], T>;

/// Runs `rule` over a whole value.
pub(super) fn whole<'m, T>(
    value: &'m [u8],
    mut rule: impl Parser<&'m [u8], Output = T, Error = Error<&'m [u8]>>,
) -> Result<T, ParseError> {
    let fault = |rest: &[u8]| ParseError::new(Fault::View, value.len().saturating_sub(rest.len()));
    match rule.parse(value) {
        Ok(([], read)) => Ok(read),
        Ok((rest, _)) => Err(fault(rest)),
        Err(Err::Error(error) | Err::Failure(error)) => Err(fault(error.input)),
        Err(Err::Incomplete(_)) => Err(fault(&[])),
    }
}

/// `SWS = [LWS]`
pub(super) fn sws(input: &[u8]) -> Read<'_, &[u8]> {
    take_while(|byte| is(byte, &LWS)).parse(input)
}

/// `LWS`
pub(super) fn lws(input: &[u8]) -> Read<'_, &[u8]> {
    take_while1(|byte| is(byte, &LWS)).parse(input)
}

/// `token`
pub(super) fn token(input: &[u8]) -> Read<'_, &[u8]> {
    take_while1(|byte| is(byte, &TOKEN)).parse(input)
}

/// `1*DIGIT`
pub(super) fn digits(input: &[u8]) -> Read<'_, &[u8]> {
    take_while1(|byte| is(byte, &DIGIT)).parse(input)
}

/// `1*DIGIT` as a number that fits 32 bits.
pub(super) fn number(input: &[u8]) -> Read<'_, u32> {
    let (rest, text) = digits(input)?;
    match decimal(text, 0, text.len()) {
        Some(number) if number < u32::MAX => Ok((rest, number)),
        _ => fail(input),
    }
}

/// `SWS separator SWS`: SLASH, COLON, SEMI, EQUAL.
pub(super) fn separator<'m>(
    byte: char,
) -> impl Parser<&'m [u8], Output = char, Error = Error<&'m [u8]>> {
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

/// `gen-value`, wider than the rule where it is not quoted: see [`VALUE`].
pub(super) fn gen_value(input: &[u8]) -> Read<'_, &[u8]> {
    if input.first() == Some(&b'"') {
        return quoted_string(input);
    }
    take_while1(|byte| is(byte, &VALUE)).parse(input)
}

/// `generic-param = token [ EQUAL gen-value ]`
pub(super) fn generic_param(input: &[u8]) -> Read<'_, (&[u8], Option<&[u8]>)> {
    (token, opt(preceded(separator('='), gen_value))).parse(input)
}

/// `*( SEMI generic-param )`
pub(super) fn params(input: &[u8]) -> Read<'_, Params<'_>> {
    let list = nom::multi::fold_many0(preceded(separator(';'), generic_param), || (), |(), _| ());
    let (rest, text) = recognize(list).parse(input)?;
    let (rest, _) = sws(rest)?;
    Ok((rest, Params::new(text)))
}

fn split(input: &[u8], end: Option<usize>) -> Read<'_, &[u8]> {
    match end.and_then(|end| input.split_at_checked(end)) {
        Some((read, rest)) => Ok((rest, read)),
        None => fail(input),
    }
}

pub(super) fn fail<T>(input: &[u8]) -> Read<'_, T> {
    Err(Err::Error(Error::new(input, ErrorKind::Verify)))
}
