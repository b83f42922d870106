//! Owns telephone numbers in the user part of a URI.
//! Hot. Refuses to know numbering plans.

mod telephone;

pub use telephone::{PhoneContext, Telephone};

use crate::bytes::all_digits;
use crate::escape::hex_digit;
use crate::span::low8;
use crate::{ErrorKind, ParseError};

/// The digits of a telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digits {
    bytes: [u8; Digits::MAX],
    len: u8,
    plus: bool,
}

impl Digits {
    /// Most digits that are kept.
    pub const MAX: usize = 32;

    /// No digits.
    pub const fn new() -> Digits {
        Digits { bytes: [0; Digits::MAX], len: 0, plus: false }
    }

    /// Takes what nearly all users are: a plus at most, and eight to sixteen digits. Takes nothing
    /// of others.
    #[inline]
    fn usual(&mut self, user: &[u8]) -> bool {
        let plus = user.first() == Some(&b'+');
        let digits = user.get(usize::from(plus)..).unwrap_or_default();
        let len = digits.len();
        // Two words that may overlap.
        let (Some(first), Some(last)) = (digits.first_chunk::<8>(), digits.last_chunk::<8>())
        else {
            return false;
        };
        if len > 16 || !all_digits(*first) || !all_digits(*last) {
            return false;
        }
        for (at, word) in [(0, first), (len - 8, last)] {
            if let Some(room) = self.bytes.get_mut(at..at + 8) {
                room.copy_from_slice(word);
            }
        }
        self.len = low8(len);
        self.plus = plus;
        true
    }

    /// The digits as ASCII.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Whether a plus stood in front.
    #[inline]
    pub fn plus(&self) -> bool {
        self.plus
    }
}

impl Default for Digits {
    fn default() -> Digits {
        Digits::new()
    }
}

/// Reads the number in the user part of a `sip:` URI, or the number of a `tel:` URI, into `out`.
///
/// Escapes are resolved, visual separators (RFC 3966 §5.1.1) left out, a leading plus is noted,
/// and parameters of the user part are not looked at: ask [`crate::uri::Uri::user_param`] for
/// `phone-context`.
///
/// # Errors
/// [`ErrorKind::NotANumber`] at the first byte that has no place in a number, or behind the end of
/// one without digits; [`ErrorKind::NumberTooLong`]. Offsets are relative to `user`. `out` holds
/// the digits in front of the fault.
#[inline]
pub fn digits(user: &[u8], out: &mut Digits) -> Result<(), ParseError> {
    *out = Digits::new();
    if out.usual(user) {
        return Ok(());
    }
    let mut rest = user.iter().enumerate();
    let mut first = true;
    let mut end = user.len();
    while let Some((at, byte)) = rest.next() {
        let byte = match *byte {
            b'%' => {
                let high = rest.next().and_then(|(_, digit)| hex_digit(*digit));
                let low = rest.next().and_then(|(_, digit)| hex_digit(*digit));
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(ParseError::new(ErrorKind::UriEscape, at));
                };
                high << 4 | low
            }
            // Only a semicolon that is not escaped starts parameters.
            b';' => {
                end = at;
                break;
            }
            byte => byte,
        };
        match byte {
            b'0'..=b'9' => {
                let Some(place) = out.bytes.get_mut(usize::from(out.len)) else {
                    return Err(ParseError::new(ErrorKind::NumberTooLong, at));
                };
                *place = byte;
                out.len += 1;
            }
            b'+' if first => out.plus = true,
            // RFC 3966 §3: visual-separator = "-" / "." / "(" / ")"
            b'-' | b'.' | b'(' | b')' => {}
            _ => return Err(ParseError::new(ErrorKind::NotANumber, at)),
        }
        first = false;
    }
    if out.len == 0 { Err(ParseError::new(ErrorKind::NotANumber, end)) } else { Ok(()) }
}
