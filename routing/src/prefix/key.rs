//! Owns a prefix as one word, so that sorting prefixes compares numbers; refuses to know what a prefix stands for.
//! Cold: tables are made from keys, and numbers are looked up without them.

use std::fmt;

use super::BuildPrefixError;
use crate::entity::MAX_PREFIX;

/// Bits of a digit.
const BITS: usize = 4;

/// A prefix of 1 to [`MAX_PREFIX`] digits. Keys are ordered as the texts are: a prefix stands before what extends it.
///
/// Four bits a digit from the top, the digit plus one, so that zero is "no digit".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u64);

impl Key {
    /// The key of `digits`.
    ///
    /// # Errors
    /// [`BuildPrefixError::Prefix`] for anything but 1 to [`MAX_PREFIX`] ASCII digits.
    pub fn parse(digits: &str) -> Result<Self, BuildPrefixError> {
        let bytes = digits.as_bytes();
        let is_prefix = (1..=MAX_PREFIX).contains(&bytes.len());
        if !is_prefix || !bytes.iter().all(u8::is_ascii_digit) {
            return Err(BuildPrefixError::Prefix { prefix: digits.to_owned() });
        }
        let packed = bytes.iter().fold(0, |key, digit| key << BITS | u64::from(digit - b'0' + 1));
        Ok(Self(packed << (BITS * (MAX_PREFIX - bytes.len()))))
    }

    /// The digit at `place` (from 0) plus one; 0 behind the last.
    #[must_use]
    pub(super) fn step(self, place: usize) -> usize {
        let shift = BITS * (MAX_PREFIX - 1).saturating_sub(place);
        if place < MAX_PREFIX { (self.0 >> shift & 0xf) as usize } else { 0 }
    }

    /// Whether `other` begins with this prefix.
    #[must_use]
    pub fn begins(self, other: Self) -> bool {
        // Digits stand at the top, so the lowest one of this prefix ends at its trailing zeros.
        let behind = self.0.trailing_zeros() as usize / BITS * BITS;
        (self.0 ^ other.0) >> behind == 0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = (0..MAX_PREFIX).map(|place| self.step(place));
        digits.take_while(|step| *step > 0).try_for_each(|step| write!(f, "{}", step - 1))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}
