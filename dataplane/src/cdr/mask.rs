//! Owns the masking of telephone numbers in what people see. Knows nothing of records.
//!
//! Country code and three digits stay in front, two at the end; at least three between are hidden.
//! Works on any text, so that a number inside a URI is hidden too.

use std::fmt::{self, Write as _};

/// Country codes of two digits, ITU-T E.164 and its list of assigned codes. 1 and 7 have one digit,
/// all others three.
const TWO_DIGIT_CODES: [u8; 43] = [
    20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56,
    57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95,
];

/// Displays a text with its numbers masked.
#[derive(Clone, Copy, Debug)]
pub struct Masked<'t>(pub &'t str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while !rest.is_empty() {
            let number = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            let (before, from) = rest.split_at(number);
            f.write_str(before)?;
            let end = from.find(|c: char| !in_number(c)).unwrap_or(from.len());
            let (run, after) = from.split_at(end);
            write_run(f, run)?;
            rest = after;
        }
        Ok(())
    }
}

/// Digits and the visual separators of RFC 3966 §3.
fn in_number(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '-' | '.' | '(' | ')' | ' ')
}

fn write_run(f: &mut fmt::Formatter<'_>, run: &str) -> fmt::Result {
    let digits: Vec<u8> =
        run.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    let (head, tail) = kept(&digits);
    let mut position = 0;
    for c in run.chars() {
        if !c.is_ascii_digit() {
            f.write_char(c)?;
            continue;
        }
        let shown = position < head || position + tail >= digits.len();
        f.write_char(if shown { c } else { '*' })?;
        position += 1;
    }
    Ok(())
}

/// How many digits stay in front and at the end.
fn kept(digits: &[u8]) -> (usize, usize) {
    match digits.len() {
        // Service numbers such as 112 identify nobody.
        length @ 0..=3 => (length, 0),
        4..=5 => (0, 0),
        length => (country_code(digits).saturating_add(3).min(length - 5), 2),
    }
}

/// Length of the country code with a 00 before it, 0 for a national number.
fn country_code(digits: &[u8]) -> usize {
    match digits {
        [0, 0, rest @ ..] => 2 + country_code(rest),
        [0, ..] | [] => 0,
        [1 | 7, ..] => 1,
        [tens, ones, ..] if TWO_DIGIT_CODES.contains(&(tens * 10 + ones)) => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(Masked(text).to_string(), expect);
    }

    #[test]
    fn keeps_country_code_and_three_and_the_last_two() {
        check("+393331234567", "+39333*****67");
        check("393331234567", "39333*****67");
        check("00393331234567", "0039333*****67");
        check("+12125551234", "+1212*****34");
        check("+3531234567890", "+353123*****90");
        check("+7 495 123-45-67", "+7 495 ***-**-67");
    }

    #[test]
    fn hides_at_least_three_digits_of_short_numbers() {
        check("123456", "1***56");
        check("39333123", "393***23");
        check("12345", "*****");
        check("1234", "****");
        check("112", "112");
        check("", "");
    }

    #[test]
    fn hides_numbers_inside_uris() {
        check(
            "sip:+393331234567@carrier.example;user=phone",
            "sip:+39333*****67@carrier.example;user=phone",
        );
        check("tel:+1-212-555-1234", "tel:+1-212-***-**34");
        check("alice", "alice");
    }

    #[test]
    fn never_shows_more_than_it_may() {
        for length in 4..=20usize {
            for lead in ["", "1", "39", "353", "0", "00"] {
                let number: String =
                    lead.chars().chain("9876543210987654321098".chars()).take(length).collect();
                let shown = Masked(&number).to_string();
                assert_eq!(shown.len(), length);
                assert!(shown.matches('*').count() >= 3, "{number} shown as {shown}");
            }
        }
    }
}
