//! Owns a buy rate: integer units of 10^-8 of a currency unit per minute; refuses floating point.

use std::fmt;

/// A rate per minute in 10^-8 currency units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u64);

/// Decimal places that a rate can hold.
pub const DECIMALS: usize = 8;
/// Decimal places that are shown of every rate.
const SHOWN_DECIMALS: usize = 4;
/// One currency unit.
const UNIT: u64 = 100_000_000;

/// Why a text is no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseRateError {
    /// Something else than digits and one point.
    #[error("it is no decimal number")]
    NotADecimal,
    /// More than eight decimal places.
    #[error("it has more than 8 decimal places")]
    TooFine,
    /// A million currency units per minute or more.
    #[error("it is 1000000 or more")]
    TooLarge,
}

impl Rate {
    /// First value that is no rate: a million currency units per minute.
    pub const LIMIT: u64 = 1_000_000 * UNIT;

    /// A rate of `units` 10^-8 currency units, below [`Rate::LIMIT`].
    #[must_use]
    pub fn new(units: u64) -> Option<Self> {
        (units < Self::LIMIT).then_some(Self(units))
    }

    /// The rate in 10^-8 currency units.
    #[must_use]
    pub fn units(self) -> u64 {
        self.0
    }

    /// Reads `0.0125` or `3`.
    ///
    /// # Errors
    /// [`ParseRateError`] for anything but digits with at most one point and eight decimal places.
    pub fn parse(text: &str) -> Result<Self, ParseRateError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return Err(ParseRateError::NotADecimal);
        }
        if fraction.len() > DECIMALS {
            return Err(ParseRateError::TooFine);
        }
        let digits = whole.bytes().chain(fraction.bytes());
        let padding = std::iter::repeat_n(b'0', DECIMALS - fraction.len());
        let units = digits.chain(padding).try_fold(0_u64, |sum, digit| {
            sum.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        });
        units.and_then(Self::new).ok_or(ParseRateError::TooLarge)
    }
}

impl fmt::Display for Rate {
    /// The rate as it is read, with four decimal places, and more where it has them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut fraction) = (self.0 / UNIT, self.0 % UNIT);
        let mut places = DECIMALS;
        while places > SHOWN_DECIMALS && fraction.is_multiple_of(10) {
            (fraction, places) = (fraction / 10, places - 1);
        }
        write!(f, "{whole}.{fraction:0places$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<u64, ParseRateError>) {
        assert_eq!(Rate::parse(text).map(Rate::units), expect, "{text}");
    }

    #[test]
    fn reads_decimals_exactly() {
        check("0.0125", Ok(1_250_000));
        check("3", Ok(300_000_000));
        check("0", Ok(0));
        check("0.00000001", Ok(1));
        check("999999.99999999", Ok(Rate::LIMIT - 1));
    }

    #[test]
    fn shows_four_decimals_and_more_where_there_are_more() {
        for (units, shown) in [
            (0, "0.0000"),
            (1, "0.00000001"),
            (1_250_000, "0.0125"),
            (1_255_000, "0.01255"),
            (300_000_000, "3.0000"),
            (Rate::LIMIT - 1, "999999.99999999"),
        ] {
            let rate = Rate::new(units).unwrap();
            assert_eq!(rate.to_string(), shown);
            assert_eq!(Rate::parse(shown), Ok(rate));
        }
    }

    #[test]
    fn refuses_what_is_no_rate() {
        for text in ["", ".", "1.", ".5", "-1", "1e3", "1,5", "0.1.2", "+1", " 1"] {
            check(text, Err(ParseRateError::NotADecimal));
        }
        check("0.000000001", Err(ParseRateError::TooFine));
        check("1000000", Err(ParseRateError::TooLarge));
        check("99999999999999999999999999", Err(ParseRateError::TooLarge));
    }
}
