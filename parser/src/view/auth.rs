//! Owns what challenges and credentials share: auth-params and algorithms.
//! Hot. Refuses to compute digests.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::take_while1;
use nom::combinator::{cut, eof, map, opt, recognize};
use nom::sequence::{separated_pair, terminated};

use super::grammar::{Broken, Read, gen_value, lws, refuse, separator, token};
use super::text::Text;
use crate::ErrorKind;

/// RFC 3261 §25.1 `auth-param`: parameters with commas between them.
///
/// ```
/// use parser::view::challenge::{self, Challenge};
///
/// let read = challenge::parse(b"Digest realm=\"a, b\", nonce=\"1\", x=y");
/// let Ok(Challenge::Digest(digest)) = read else { panic!() };
/// assert!(digest.params.get(b"REALM").unwrap().is(b"a, b"));
/// assert_eq!(digest.params.iter().count(), 3);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthParams<'m> {
    text: &'m [u8],
}

impl<'m> AuthParams<'m> {
    /// The parameters as they were written.
    pub fn text(&self) -> &'m [u8] {
        self.text
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'m [u8], Text<'m>)> + use<'m> {
        let mut rest = self.text;
        core::iter::from_fn(move || {
            let mut param = terminated(auth_param, opt(separator(',')));
            let (behind, (name, value)) = param.parse(rest).ok()?;
            rest = behind;
            Some((name, Text::of(value)))
        })
    }

    /// The first parameter `name` in any case.
    pub fn get(&self, name: &[u8]) -> Option<Text<'m>> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// RFC 8760 §2.1, RFC 3261 §22.4: the algorithm of a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm<'m> {
    /// `MD5`, also where none is given.
    Md5,
    /// `MD5-sess`
    Md5Sess,
    /// `SHA-256`
    Sha256,
    /// `SHA-256-sess`
    Sha256Sess,
    /// `SHA-512-256`
    Sha512_256,
    /// `SHA-512-256-sess`
    Sha512_256Sess,
    /// Any other, as it was written.
    Other(&'m [u8]),
}

impl<'m> Algorithm<'m> {
    /// The algorithm that a parameter names.
    pub(super) fn of(text: Option<Text<'m>>) -> Algorithm<'m> {
        const KNOWN: [(&[u8], Algorithm<'static>); 6] = [
            (b"MD5", Algorithm::Md5),
            (b"SHA-256", Algorithm::Sha256),
            (b"MD5-sess", Algorithm::Md5Sess),
            (b"SHA-256-sess", Algorithm::Sha256Sess),
            (b"SHA-512-256", Algorithm::Sha512_256),
            (b"SHA-512-256-sess", Algorithm::Sha512_256Sess),
        ];
        let Some(text) = text else { return Algorithm::Md5 };
        let known = KNOWN.iter().find(|(name, _)| text.is_word(name));
        known.map_or(Algorithm::Other(text.inner()), |(_, algorithm)| *algorithm)
    }

    /// How many hexadecimal digits its result has; `None` for one that is not known.
    pub fn hex_len(&self) -> Option<usize> {
        match self {
            Algorithm::Md5 | Algorithm::Md5Sess => Some(32),
            Algorithm::Sha256 | Algorithm::Sha256Sess => Some(64),
            Algorithm::Sha512_256 | Algorithm::Sha512_256Sess => Some(64),
            Algorithm::Other(_) => None,
        }
    }

    /// Whether the key is bound to the nonces of one session.
    pub fn is_session(&self) -> bool {
        matches!(self, Algorithm::Md5Sess | Algorithm::Sha256Sess | Algorithm::Sha512_256Sess)
    }
}

/// RFC 3261 §25.1 `other-challenge`, `other-response`: those of a scheme other than Digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherScheme<'m> {
    /// The scheme.
    pub scheme: &'m [u8],
    /// Its parameters; none where it has a token in their place.
    pub params: AuthParams<'m>,
    /// The token that stands in the place of parameters: RFC 8898.
    pub token: Option<&'m [u8]>,
}

/// `auth-scheme LWS`
pub(super) fn auth_scheme(input: &[u8]) -> Read<'_, &[u8]> {
    terminated(token, lws).parse(input)
}

/// `auth-param *(COMMA auth-param)`, with the values of `names`.
///
/// RFC 7235 §2.1: a parameter name occurs at most once per challenge; seen to for `names`.
pub(super) fn auth_params<'m, const N: usize>(
    names: &'static [&'static [u8]; N],
) -> impl Parser<&'m [u8], Output = (AuthParams<'m>, [Option<Text<'m>>; N]), Error = Broken<'m>> {
    move |input: &'m [u8]| {
        let mut found = [None; N];
        let mut at = input;
        loop {
            let (rest, (name, value)) = auth_param(at)?;
            let mut slots = names.iter().zip(&mut found);
            if let Some((_, slot)) = slots.find(|(known, _)| known.eq_ignore_ascii_case(name))
                && slot.replace(Text::of(value)).is_some()
            {
                return refuse(ErrorKind::DuplicateParameter, at);
            }
            let (behind, comma) = opt(separator(',')).parse(rest)?;
            if comma.is_none() {
                let len = input.len().saturating_sub(rest.len());
                let text = input.get(..len).unwrap_or_default();
                return Ok((rest, (AuthParams { text }, found)));
            }
            at = behind;
        }
    }
}

/// `auth-param = auth-param-name EQUAL ( token / quoted-string )`, wider: see [`gen_value`].
fn auth_param(input: &[u8]) -> Read<'_, (&[u8], &[u8])> {
    separated_pair(token, separator('='), cut(gen_value)).parse(input)
}

/// `other-challenge = auth-scheme LWS auth-param *(COMMA auth-param)`, wider: or a token68 of
/// RFC 7235 §2.1 behind the scheme.
pub(super) fn other_scheme<'m>(scheme: &'m [u8], input: &'m [u8]) -> Read<'m, OtherScheme<'m>> {
    let params = map(terminated(auth_params(&[]), eof), |(params, _)| (params, None));
    let token = map(terminated(token68, eof), |token| (AuthParams::default(), Some(token)));
    // A token may end in equals signs, which a parameter without a value would be.
    let (rest, (params, token)) = alt((token, params)).parse(input)?;
    Ok((rest, OtherScheme { scheme, params, token }))
}

/// `token68 = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="`
fn token68(input: &[u8]) -> Read<'_, &[u8]> {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    recognize((take_while1(inside), opt(take_while1(|byte| byte == b'=')))).parse(input)
}
