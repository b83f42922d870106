//! Owns the telephone number that a URI names, with its parameters.
//! Hot. Refuses to know numbering plans and ported numbers.

use crate::escape::hex_digit;
use crate::uri::{Scheme, Uri};
use crate::{ErrorKind, ParseError};

/// RFC 3966 §3 `telephone-subscriber`: of a `tel:` URI, or in the user part of a `sip:` URI
/// (RFC 3261 §19.1.6).
///
/// ```
/// use parser::{number::{PhoneContext, Telephone}, uri};
///
/// let text = b"sip:+1(202)555-0143;rn=+12025550000;npdi;tgrp=TG-1;trunk-context=+1-630@gw";
/// let uri = uri::parse(text).unwrap();
/// let phone = Telephone::of(&uri).unwrap();
/// assert!(phone.global && phone.npdi());
/// assert!(phone.dialled().eq(*b"+12025550143"));
/// assert_eq!(phone.rn(), Some(&b"+12025550000"[..]));
/// assert_eq!(phone.tgrp(), Some(&b"TG-1"[..]));
/// assert_eq!(phone.trunk_context(), Some(PhoneContext::Global(b"+1-630")));
///
/// let uri = uri::parse(b"tel:7042;phone-context=example.com").unwrap();
/// let phone = Telephone::of(&uri).unwrap();
/// assert_eq!(phone.phone_context(), Some(PhoneContext::Domain(b"example.com")));
/// assert!(Telephone::of(&uri::parse(b"sip:alice@h").unwrap()).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telephone<'m> {
    /// The number as it was written: plus, visual separators and escapes are left in place.
    pub number: &'m [u8],
    /// Whether it is a `global-number`, with a plus in front, or a `local-number`.
    pub global: bool,
    uri: Uri<'m>,
}

/// RFC 3966 §5.1.5: where a local number is a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneContext<'m> {
    /// A domain name.
    Domain(&'m [u8]),
    /// The leading digits of a global number, with the plus.
    Global(&'m [u8]),
}

impl<'m> Telephone<'m> {
    /// The telephone number in `uri`, whether or not it says that it has one: [`Uri::is_phone`].
    ///
    /// # Errors
    /// [`ErrorKind::NotANumber`] at the first byte that has no place in one, relative to the URI.
    pub fn of(uri: &Uri<'m>) -> Result<Telephone<'m>, ParseError> {
        let user = uri.part(uri.user);
        // Only a semicolon that is not escaped starts parameters.
        let number = user.split(|byte| *byte == b';').next().unwrap_or_default();
        let fault = |at| Err(ParseError::new(ErrorKind::NotANumber, uri.user.start() + at));
        if uri.scheme == Scheme::Other {
            return fault(0);
        }
        let (mut global, mut digits) = (false, false);
        let mut rest = Unescaped { text: number, at: 0 };
        loop {
            let at = rest.at;
            match rest.next() {
                Some(b'+') if at == 0 => global = true,
                Some(b'0'..=b'9') => digits = true,
                // RFC 3966 §3: phonedigit-hex = HEXDIG / "*" / "#" / [ visual-separator ]
                Some(b'A'..=b'F' | b'a'..=b'f' | b'*' | b'#') if !global => digits = true,
                Some(b'-' | b'.' | b'(' | b')') => {}
                None if digits => return Ok(Telephone { number, global, uri: *uri }),
                _ => return fault(at),
            }
        }
    }

    /// What is dialled: the number without visual separators and with its plus, byte by byte.
    pub fn dialled(&self) -> impl Iterator<Item = u8> + use<'m> {
        let all = Unescaped { text: self.number, at: 0 };
        all.filter(|byte| !matches!(byte, b'-' | b'.' | b'(' | b')'))
    }

    /// RFC 3966 §5.1.5: where a local number is one; a `tel:` URI has to say so.
    pub fn phone_context(&self) -> Option<PhoneContext<'m>> {
        self.param(b"phone-context").map(context)
    }

    /// RFC 3966 §5.2: the ISDN subaddress.
    pub fn isub(&self) -> Option<&'m [u8]> {
        self.param(b"isub")
    }

    /// RFC 3966 §5.3: the extension.
    pub fn ext(&self) -> Option<&'m [u8]> {
        self.param(b"ext")
    }

    /// RFC 4694 §4: the routing number, that the number was ported to.
    pub fn rn(&self) -> Option<&'m [u8]> {
        self.param(b"rn")
    }

    /// RFC 4694 §4: where a local routing number is one.
    pub fn rn_context(&self) -> Option<PhoneContext<'m>> {
        self.param(b"rn-context").map(context)
    }

    /// RFC 4694 §4: the carrier.
    pub fn cic(&self) -> Option<&'m [u8]> {
        self.param(b"cic")
    }

    /// RFC 4694 §4: whether ported numbers were looked up.
    pub fn npdi(&self) -> bool {
        self.uri.user_param(b"npdi").is_some()
    }

    /// RFC 4904 §5: the trunk group.
    pub fn tgrp(&self) -> Option<&'m [u8]> {
        self.param(b"tgrp")
    }

    /// RFC 4904 §5: where the trunk group is one.
    pub fn trunk_context(&self) -> Option<PhoneContext<'m>> {
        self.param(b"trunk-context").map(context)
    }

    /// The value of the first parameter `name` of the number, where it has one.
    pub fn param(&self, name: &[u8]) -> Option<&'m [u8]> {
        let value = self.uri.part(self.uri.user_param(name)?);
        (!value.is_empty()).then_some(value)
    }
}

/// `descriptor = domainname / global-number-digits`
fn context(text: &[u8]) -> PhoneContext<'_> {
    let plus = text.starts_with(b"+") || text.starts_with(b"%2B") || text.starts_with(b"%2b");
    if plus { PhoneContext::Global(text) } else { PhoneContext::Domain(text) }
}

/// The bytes of a text with escapes resolved; those of a URI are whole.
struct Unescaped<'m> {
    text: &'m [u8],
    at: usize,
}

impl Iterator for Unescaped<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let byte = *self.text.get(self.at)?;
        self.at += 1;
        if byte != b'%' {
            return Some(byte);
        }
        let [high, low] = self.text.get(self.at..)?.first_chunk()?;
        self.at += 2;
        Some(hex_digit(*high)? << 4 | hex_digit(*low)?)
    }
}
