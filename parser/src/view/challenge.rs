//! Owns WWW-Authenticate and Proxy-Authenticate.
//! Hot. Refuses to answer a challenge.

use super::auth::{Algorithm, AuthParams, OtherScheme, auth_params, auth_scheme, other_scheme};
use super::grammar::{Read, refuse, whole};
use super::text::Text;
use crate::{ErrorKind, ParseError};

use nom::Parser;

const NAMES: [&[u8]; 7] =
    [b"realm", b"nonce", b"domain", b"opaque", b"stale", b"algorithm", b"qop"];

/// RFC 3261 §20.27, §20.44: one challenge. A message has one header for each algorithm
/// (RFC 8760 §2.3), the one that the sender likes best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge<'m> {
    /// Of the scheme Digest.
    Digest(DigestChallenge<'m>),
    /// Of any other scheme.
    Other(OtherScheme<'m>),
}

/// RFC 3261 §22.4, RFC 7616 §3.3: a digest challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestChallenge<'m> {
    /// The realm.
    pub realm: Text<'m>,
    /// The nonce.
    pub nonce: Text<'m>,
    /// Where the credentials are good.
    pub domain: Option<Text<'m>>,
    /// To be given back as it is.
    pub opaque: Option<Text<'m>>,
    /// Whether only the nonce was too old.
    pub stale: bool,
    /// The algorithm.
    pub algorithm: Algorithm<'m>,
    /// The qualities of protection to choose from: [`DigestChallenge::offers`].
    pub qop: Option<Text<'m>>,
    /// All parameters.
    pub params: AuthParams<'m>,
}

impl DigestChallenge<'_> {
    /// Whether `qop`, such as `auth`, is among the qualities of protection.
    pub fn offers(&self, qop: &[u8]) -> bool {
        let options = self.qop.map_or(&[][..], |options| options.inner());
        let mut options = options.split(|byte| *byte == b',');
        options.any(|option| option.trim_ascii().eq_ignore_ascii_case(qop))
    }
}

/// Reads one challenge.
///
/// # Errors
/// The offset in `value` where the grammar is broken; [`ErrorKind::MissingParameter`] for a digest
/// without realm or nonce.
///
/// ```
/// use parser::view::{auth::Algorithm, challenge::{self, Challenge}};
///
/// let value = b"Digest realm=\"a \\\"b\\\", c\", qop=\"auth,auth-int\", nonce=\"dcd98b\",\r\n \
///     opaque=\"5ccc\", algorithm=SHA-256, stale=TRUE";
/// let Ok(Challenge::Digest(digest)) = challenge::parse(value) else { panic!() };
/// assert!(digest.realm.is(b"a \"b\", c"));
/// assert_eq!(digest.nonce.inner(), b"dcd98b");
/// assert_eq!(digest.algorithm, Algorithm::Sha256);
/// assert!(digest.stale && digest.offers(b"auth-int"));
/// ```
pub fn parse(value: &[u8]) -> Result<Challenge<'_>, ParseError> {
    whole(value, challenge)
}

/// `challenge = ("Digest" LWS digest-cln *(COMMA digest-cln)) / other-challenge`
fn challenge(input: &[u8]) -> Read<'_, Challenge<'_>> {
    let (rest, scheme) = auth_scheme(input)?;
    if !scheme.eq_ignore_ascii_case(b"Digest") {
        let (rest, other) = other_scheme(scheme, rest)?;
        return Ok((rest, Challenge::Other(other)));
    }
    let (rest, (params, found)) = auth_params(&NAMES).parse(rest)?;
    let [realm, nonce, domain, opaque, stale, algorithm, qop] = found;
    let (Some(realm), Some(nonce)) = (realm, nonce) else {
        return refuse(ErrorKind::MissingParameter, rest);
    };
    let stale = stale.is_some_and(|stale| stale.is_word(b"true"));
    let algorithm = Algorithm::of(algorithm);
    let digest = DigestChallenge { realm, nonce, domain, opaque, stale, algorithm, qop, params };
    Ok((rest, Challenge::Digest(digest)))
}
