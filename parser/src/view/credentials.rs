//! Owns Authorization and Proxy-Authorization.
//! Hot. Refuses to check credentials.

use nom::Parser;

use super::auth::{Algorithm, AuthParams, OtherScheme, auth_params, auth_scheme, other_scheme};
use super::grammar::{Read, refuse, whole};
use super::text::Text;
use crate::{ErrorKind, ParseError};

const NAMES: [&[u8]; 10] = [
    b"username",
    b"realm",
    b"nonce",
    b"uri",
    b"response",
    b"algorithm",
    b"cnonce",
    b"opaque",
    b"qop",
    b"nc",
];

/// RFC 3261 §20.7, §20.28: the credentials for one realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'m> {
    /// Of the scheme Digest.
    Digest(DigestResponse<'m>),
    /// Of any other scheme.
    Other(OtherScheme<'m>),
}

/// RFC 3261 §22.4, RFC 7616 §3.4: the answer to a digest challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestResponse<'m> {
    /// The user.
    pub username: Text<'m>,
    /// The realm.
    pub realm: Text<'m>,
    /// The nonce of the challenge.
    pub nonce: Text<'m>,
    /// The URI that the response is for.
    pub uri: Text<'m>,
    /// The response, in hexadecimal digits if it is one.
    pub response: Text<'m>,
    /// The algorithm.
    pub algorithm: Algorithm<'m>,
    /// The nonce of the client.
    pub cnonce: Option<Text<'m>>,
    /// What the challenge asked to be given back.
    pub opaque: Option<Text<'m>>,
    /// The quality of protection that was chosen.
    pub qop: Option<Text<'m>>,
    /// How often the nonce was used, as it was written: [`DigestResponse::count`].
    pub nc: Option<Text<'m>>,
    /// All parameters.
    pub params: AuthParams<'m>,
}

impl DigestResponse<'_> {
    /// `nc-value = 8LHEX` as a number; upper case is read too.
    pub fn count(&self) -> Option<u32> {
        let digits = self.nc?.inner();
        let more = |number: u32, digit: &u8| Some(number << 4 | char::from(*digit).to_digit(16)?);
        if digits.len() == 8 { digits.iter().try_fold(0, more) } else { None }
    }
}

/// Reads one set of credentials.
///
/// # Errors
/// The offset in `value` where the grammar is broken; [`ErrorKind::MissingParameter`] for a digest
/// without username, realm, nonce, uri or response.
///
/// ```
/// use parser::view::{auth::Algorithm, credentials::{self, Credentials}};
///
/// let value = b"Digest username=\"bob\", realm=\"biloxi.example.com\", nonce=\"dcd98b\",\r\n \
///     uri=\"sip:bob@biloxi.example.com\", qop=auth, nc=0000000a, cnonce=\"0a4f113b\",\r\n \
///     response=\"6629fae49393a05397450978507c4ef1\"";
/// let Ok(Credentials::Digest(digest)) = credentials::parse(value) else { panic!() };
/// assert!(digest.username.is(b"bob") && digest.qop.unwrap().is_word(b"auth"));
/// assert_eq!((digest.algorithm, digest.count()), (Algorithm::Md5, Some(10)));
/// assert_eq!(digest.algorithm.hex_len(), Some(digest.response.inner().len()));
/// ```
pub fn parse(value: &[u8]) -> Result<Credentials<'_>, ParseError> {
    whole(value, credentials)
}

/// `credentials = ("Digest" LWS digest-response) / other-response`
fn credentials(input: &[u8]) -> Read<'_, Credentials<'_>> {
    let (rest, scheme) = auth_scheme(input)?;
    if !scheme.eq_ignore_ascii_case(b"Digest") {
        let (rest, other) = other_scheme(scheme, rest)?;
        return Ok((rest, Credentials::Other(other)));
    }
    let (rest, (params, found)) = auth_params(&NAMES).parse(rest)?;
    let [username, realm, nonce, uri, response, algorithm, cnonce, opaque, qop, nc] = found;
    let needed = (username, realm, nonce, uri, response);
    let (Some(username), Some(realm), Some(nonce), Some(uri), Some(response)) = needed else {
        return refuse(ErrorKind::MissingParameter, rest);
    };
    let algorithm = Algorithm::of(algorithm);
    let digest = DigestResponse {
        username,
        realm,
        nonce,
        uri,
        response,
        algorithm,
        cnonce,
        opaque,
        qop,
        nc,
        params,
    };
    Ok((rest, Credentials::Digest(digest)))
}
