//! Owns Identity.
//! Hot. Refuses to verify a signature.

use nom::Parser;
use nom::bytes::complete::{tag_no_case, take_while1};
use nom::combinator::{cut, verify};
use nom::sequence::preceded;

use super::grammar::{Read, bracketed, has_scheme, params, separator, whole};
use super::params::Params;
use super::text::Text;
use crate::ParseError;

/// RFC 8224 §4: a signed identity. A message may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'m> {
    /// The PASSporT, with dots between its parts.
    pub digest: &'m [u8],
    /// Where the certificate is.
    pub info: &'m [u8],
    /// The other parameters.
    pub params: Params<'m>,
}

/// The parts of a PASSporT (RFC 8225 §3) in base64url: those of the compact form (§7) are empty
/// but for the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passport<'m> {
    /// The header.
    pub header: &'m [u8],
    /// The claims.
    pub claims: &'m [u8],
    /// The signature over both.
    pub signature: &'m [u8],
}

impl<'m> Identity<'m> {
    /// The signature's algorithm.
    pub fn alg(&self) -> Option<Text<'m>> {
        self.params.value(b"alg")
    }

    /// The type of the PASSporT: `shaken` (RFC 8588), ...
    pub fn ppt(&self) -> Option<Text<'m>> {
        self.params.value(b"ppt")
    }

    /// The parts of the PASSporT, where it has three.
    pub fn passport(&self) -> Option<Passport<'m>> {
        let mut parts = self.digest.split(|byte| *byte == b'.');
        let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
        parts.next().is_none().then_some(Passport { header, claims, signature })
    }
}

/// Reads an Identity.
///
/// # Errors
/// The offset in `value` where the grammar is broken.
///
/// ```
/// use parser::view::identity;
///
/// let value = b"eyJh.eyJi.c2ln;info=<https://example.org/cert.pem>;alg=ES256;ppt=\"shaken\"";
/// let identity = identity::parse(value).unwrap();
/// assert_eq!(identity.info, b"https://example.org/cert.pem");
/// assert_eq!(identity.passport().unwrap().signature, b"c2ln");
/// assert!(identity.ppt().unwrap().is_word(b"shaken"));
/// ```
pub fn parse(value: &[u8]) -> Result<Identity<'_>, ParseError> {
    whole(value, identity)
}

/// `signed-identity-digest SEMI ident-info *( SEMI ident-info-params )`
fn identity(input: &[u8]) -> Read<'_, Identity<'_>> {
    let (rest, digest) = signed_identity_digest(input)?;
    let (rest, info) = preceded(separator(';'), cut(ident_info)).parse(rest)?;
    let (rest, params) = params.parse(rest)?;
    Ok((rest, Identity { digest, info, params }))
}

/// `signed-identity-digest = 1*(base64-char / ".")`, wider: also the characters of base64url,
/// which RFC 8225 §3 writes, and padding.
fn signed_identity_digest(input: &[u8]) -> Read<'_, &[u8]> {
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=.".contains(&byte);
    take_while1(base64).parse(input)
}

/// `ident-info = "info" EQUAL ident-info-uri`, `ident-info-uri = LAQUOT absoluteURI RAQUOT`
fn ident_info(input: &[u8]) -> Read<'_, &[u8]> {
    let uri = verify(bracketed, has_scheme);
    preceded((tag_no_case("info"), separator('=')), uri).parse(input)
}
