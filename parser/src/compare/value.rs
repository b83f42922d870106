//! Owns the comparison of header values.
//! Hot. Refuses to split lists: it is given one value of a header.

use super::{MAX_PARAMS, same_uri};
use crate::HeaderId;
use crate::bytes::{byte, find, is_white, quoted, skip_white};
use crate::header::holds_addresses;
use crate::uri::parse as parse_uri;
use crate::view::address::{self, Address};

/// Whether two values of the header `id`, each without the white space around it, are the same.
///
/// RFC 3261 §7.3.1: in any case of letters, but for what stands in quotes, and with any white
/// space where there may be some. §20.8: a Call-ID byte for byte. §20.20, §20.39: From and To by
/// URI and tag, without their display names. Contact, Route and the other addresses by URI and
/// all parameters in any order. URIs in brackets are compared by [`same_uri`] in every header.
///
/// ```
/// use parser::HeaderId;
/// use parser::compare::same_value;
///
/// assert!(same_value(HeaderId::Supported, b"TIMER", b"timer"));
/// assert!(same_value(HeaderId::To, b"\"Bob\" <sip:bob@a.example>;tag=1", b"sip:bob@a.example;tag=1"));
/// assert!(!same_value(HeaderId::CallId, b"a84b4c76E66710", b"a84b4c76e66710"));
/// ```
pub fn same_value(id: HeaderId, one: &[u8], other: &[u8]) -> bool {
    if one == other || id == HeaderId::CallId {
        return one == other;
    }
    let both = || Some((address::parse(one).ok()?, address::parse(other).ok()?));
    match holds_addresses(id).then(both).flatten() {
        Some((one, other)) => {
            let dialog = matches!(id, HeaderId::From | HeaderId::To);
            same_address_uri(one.uri, other.uri) && same_params(&one, &other, dialog)
        }
        None => same_text(one, other),
    }
}

fn same_address_uri(one: &[u8], other: &[u8]) -> bool {
    match (parse_uri(one), parse_uri(other)) {
        (Ok(one), Ok(other)) => same_uri(&one, &other),
        _ => one == other,
    }
}

/// Parameters in any order. RFC 3261 §20.20: extension parameters of a From or To that only one
/// has are ignored; the tag is none.
fn same_params(one: &Address<'_>, other: &Address<'_>, dialog: bool) -> bool {
    let few = |address: &Address<'_>| address.params.iter().nth(MAX_PARAMS).is_none();
    let all = |one: &Address<'_>, other: &Address<'_>| {
        one.params.iter().all(|(name, value)| match other.params.get(name) {
            Some(found) => same_text(value.unwrap_or_default(), found.unwrap_or_default()),
            None => dialog && !name.eq_ignore_ascii_case(b"tag"),
        })
    };
    one.params == other.params || few(one) && few(other) && all(one, other) && all(other, one)
}

/// A value of which nothing is known but that it is made of tokens, separators, quoted strings,
/// URIs in brackets and white space, or is a text.
fn same_text(one: &[u8], other: &[u8]) -> bool {
    let (mut one, mut other) = (Lexemes::of(one), Lexemes::of(other));
    loop {
        let same = match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(Lexeme::Byte(one)), Some(Lexeme::Byte(other))) => one == other,
            (Some(Lexeme::Quoted(one)), Some(Lexeme::Quoted(other))) => {
                spoken(one).eq(spoken(other))
            }
            (Some(Lexeme::Uri(one)), Some(Lexeme::Uri(other))) => same_address_uri(one, other),
            _ => false,
        };
        if !same {
            return false;
        }
    }
}

enum Lexeme<'t> {
    /// A byte, letters in lower case; a space stands for white space between two words.
    Byte(u8),
    /// What stands between quotes.
    Quoted(&'t [u8]),
    /// What stands between angle brackets, without white space around it.
    Uri(&'t [u8]),
}

struct Lexemes<'t> {
    text: &'t [u8],
    at: usize,
    /// Whether the byte in front belongs to a word.
    in_word: bool,
    /// Whether all quotes and brackets so far were closed. A search for the end of one that is
    /// not is made once, which keeps the time linear.
    closed: bool,
}

impl<'t> Lexemes<'t> {
    fn of(text: &'t [u8]) -> Lexemes<'t> {
        Lexemes { text, at: 0, in_word: false, closed: true }
    }

    /// What quotes or brackets at `at` enclose, if they are closed in front of `end`.
    fn enclosed(&mut self, end: Option<usize>) -> Option<&'t [u8]> {
        self.closed = end.is_some();
        let (at, end) = (self.at, end?);
        self.at = end;
        self.in_word = false;
        self.text.get(at + 1..end - 1)
    }
}

impl<'t> Iterator for Lexemes<'t> {
    type Item = Lexeme<'t>;

    fn next(&mut self) -> Option<Lexeme<'t>> {
        let end = self.text.len();
        let white = self.at;
        self.at = skip_white(self.text, self.at, end);
        if self.at >= end {
            return None;
        }
        let next = byte(self.text, self.at);
        if next == b'"' && self.closed {
            let close = quoted(self.text, self.at, end);
            if let Some(inside) = self.enclosed(close) {
                return Some(Lexeme::Quoted(inside));
            }
        }
        if next == b'<' && self.closed {
            let close = find(self.text, self.at, end, b'>').map(|at| at + 1);
            if let Some(inside) = self.enclosed(close) {
                return Some(Lexeme::Uri(inside.trim_ascii()));
            }
        }
        // RFC 3261 §25.1: white space may stand around these, and says nothing.
        let is_word =
            !matches!(next, b',' | b';' | b'=' | b':' | b'/' | b'(' | b')' | b'<' | b'>' | b'"');
        if is_word && self.in_word && self.at > white {
            self.in_word = false;
            return Some(Lexeme::Byte(b' '));
        }
        self.in_word = is_word;
        self.at += 1;
        Some(Lexeme::Byte(next.to_ascii_lowercase()))
    }
}

/// The bytes that a quoted string stands for: without backslashes, a fold as one space (§7.3.1).
fn spoken(inside: &[u8]) -> impl Iterator<Item = u8> {
    let mut rest = inside;
    core::iter::from_fn(move || {
        let (mut first, mut behind) = rest.split_first()?;
        if *first == b'\\' {
            (first, behind) = behind.split_first()?;
        } else if matches!(first, b'\r' | b'\n') {
            let white = behind.iter().take_while(|byte| is_white(**byte)).count();
            behind = behind.get(white..).unwrap_or_default();
            first = &b' ';
        }
        rest = behind;
        Some(*first)
    })
}
