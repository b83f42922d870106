//! Owns the digits of a telephone number; refuses to know URIs, separators and number plans.
//! Hot: built once per call from the text that the parser found.

use std::fmt;

/// Most digits that a number may have; E.164 allows 15, private plans and routing prefixes more.
pub const MAX_DIGITS: usize = 32;

/// Up to [`MAX_DIGITS`] decimal digits, at least one, kept as ASCII in place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digits {
    ascii: [u8; MAX_DIGITS],
    len: u8,
}

/// Why some bytes are not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigitsError {
    /// There was no digit at all.
    #[error("the number has no digits")]
    Empty,
    /// A byte other than `0` to `9` (or a `+` in front) at this offset.
    #[error("the number has a byte that is no digit at offset {at}")]
    NotADigit {
        /// Offset of the byte in the input.
        at: u8,
    },
    /// More than [`MAX_DIGITS`] digits.
    #[error("the number has more than 32 digits")]
    TooLong,
}

impl Digits {
    /// Digits of `text`: ASCII `0` to `9`, with one `+` allowed in front, which is not kept.
    ///
    /// # Errors
    /// [`DigitsError`] when nothing is left, a byte is no digit, or there are more than [`MAX_DIGITS`].
    #[inline]
    pub fn from_ascii(text: &[u8]) -> Result<Self, DigitsError> {
        let (skipped, text) = match text {
            [b'+', rest @ ..] => (1, rest),
            _ => (0, text),
        };
        if text.is_empty() {
            return Err(DigitsError::Empty);
        }
        let mut ascii = [b'0'; MAX_DIGITS];
        let mut len = 0_u8;
        for &byte in text {
            if !byte.is_ascii_digit() {
                return Err(DigitsError::NotADigit { at: len + skipped });
            }
            let Some(cell) = ascii.get_mut(usize::from(len)) else {
                return Err(DigitsError::TooLong);
            };
            *cell = byte;
            len += 1;
        }
        Ok(Self { ascii, len })
    }

    /// The digits as ASCII, without `+`; 1 to [`MAX_DIGITS`] bytes.
    #[inline]
    #[must_use]
    pub fn as_ascii(&self) -> &[u8] {
        self.ascii.get(..usize::from(self.len)).unwrap_or(&self.ascii)
    }

    /// Number of digits.
    #[inline]
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a number has at least one digit")]
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(self.as_ascii()).unwrap_or_default())
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8], expect: Result<&str, DigitsError>) {
        let got = Digits::from_ascii(input);
        assert_eq!(got.map(|digits| digits.to_string()), expect.map(str::to_owned), "{input:?}");
    }

    #[test]
    fn keeps_digits_and_drops_one_plus() {
        check(b"0", Ok("0"));
        check(b"+4930123456", Ok("4930123456"));
        check(b"00000000001111111111222222222233", Ok("00000000001111111111222222222233"));
    }

    #[test]
    fn refuses_what_is_no_number() {
        check(b"", Err(DigitsError::Empty));
        check(b"+", Err(DigitsError::Empty));
        check(b"++49", Err(DigitsError::NotADigit { at: 1 }));
        check(b"49a", Err(DigitsError::NotADigit { at: 2 }));
        check(b"49\xff", Err(DigitsError::NotADigit { at: 2 }));
        check(&[b'1'; 33], Err(DigitsError::TooLong));
    }
}
