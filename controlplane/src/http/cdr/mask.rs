//! Owns how telephone numbers are told to who does not need them in full; refuses to know whose they are.
//!
//! Country code and three digits stay, which says where a call went, and the last two, which tell numbers apart. At
//! least four digits are hidden, whatever the length; numbers of up to five digits are services, and nobody's own.

use api::Cdr;

/// Digits of the subscriber that stay in front, and behind.
const STAY: (usize, usize) = (3, 2);
/// Digits that a number hides at least.
const HIDDEN: usize = 4;
/// Longest number that stays whole.
const SHORT: usize = 5;

/// Country codes of two digits (E.164); 1 and 7 stand alone, and all others have three.
const TWO_DIGITS: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// Masks the numbers of a record.
pub fn record(cdr: &mut Cdr) {
    cdr.caller = numbers(&cdr.caller);
    cdr.callee = numbers(&cdr.callee);
    cdr.p_asserted_identity = cdr.p_asserted_identity.as_deref().map(numbers);
}

/// Masks every number in a text, up to the host of an address.
fn numbers(text: &str) -> String {
    let (user, host) = text.split_at(text.find('@').unwrap_or(text.len()));
    let mut masked = String::with_capacity(text.len());
    let mut rest = user;
    while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(begin);
        masked.push_str(before);
        // Visual separators (RFC 3966) do not end a number.
        let inside = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '(' | ')' | ' ');
        let (number, behind) = number.split_at(number.find(|c| !inside(c)).unwrap_or(number.len()));
        number_into(number, &mut masked);
        rest = behind;
    }
    masked.push_str(rest);
    masked.push_str(host);
    masked
}

fn number_into(number: &str, masked: &mut String) {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let length = digits.len();
    if length <= SHORT {
        return masked.push_str(number);
    }
    let front = (country_code(&digits) + STAY.0).min(length.saturating_sub(HIDDEN + STAY.1));
    let back = length - STAY.1;
    let mut at = 0;
    masked.extend(number.chars().map(|c| {
        if !c.is_ascii_digit() {
            return c;
        }
        at += 1;
        if at <= front || at > back { c } else { '*' }
    }));
}

fn country_code(digits: &str) -> usize {
    if digits.starts_with(['1', '7']) {
        return 1;
    }
    if TWO_DIGITS.iter().any(|code| digits.starts_with(code)) { 2 } else { 3 }
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn a_number_keeps_what_says_where_it_is() {
        for (number, masked) in [
            ("4915112345678", "49151******78"),
            ("+4915112345678", "+49151******78"),
            ("15551234567", "1555*****67"),
            ("390612345", "390****45"),
            ("35699123456", "35699****56"),
            ("", ""),
            ("anonymous", "anonymous"),
            ("112", "112"),
            ("11833", "11833"),
            ("118330", "****30"),
            ("4930123", "4****23"),
            ("<tel:+49-151-123-45678>", "<tel:+49-151-***-***78>"),
            (
                "\"A\" <sip:+4915112345678@198.51.100.17:5060>",
                "\"A\" <sip:+49151******78@198.51.100.17:5060>",
            ),
        ] {
            let expected = masked;
            assert_eq!(numbers(number), expected, "{number}");
        }
    }
}
