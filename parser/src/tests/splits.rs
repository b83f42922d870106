//! Owns the naive twins of the readers of URIs and of telephone numbers, and their comparison.
//! Refuses to share code with either, but for the classes of bytes of the other twin.

use proptest::prelude::*;

use super::cursor::{Cursor, uri_byte};
use crate::Span;
use crate::number::{Digits, digits};
use crate::uri::{self, Scheme};

/// Scheme, user, password, host, params, headers; and the port.
type Parts = ([String; 6], Option<u16>);

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._".contains(&byte)
}

/// RFC 3261 §25.1 `hostport`: the host and the port.
fn host_port(text: &str) -> Option<(String, Option<u16>)> {
    let mut cursor = Cursor { text: text.as_bytes(), at: 0, end: text.len() };
    if cursor.eat(b'[').is_some() {
        cursor.some(|byte| byte.is_ascii_hexdigit() || byte == b':' || byte == b'.')?;
        cursor.eat(b']')?;
    } else {
        cursor.some(is_host)?;
    }
    let (host, rest) = text.split_at(cursor.at);
    let port = match rest.strip_prefix(':') {
        None if rest.is_empty() => None,
        None => return None,
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(port.trim_start_matches('0').parse().ok()?)
        }
        Some(_) => return None,
    };
    Some((host.into(), port))
}

/// The parts of a URI, or nothing where a rule is broken.
fn split(text: &str) -> Option<Parts> {
    if !text.bytes().all(uri_byte) {
        return None;
    }
    for (at, _) in text.match_indices('%') {
        let digits = text.as_bytes().get(at + 1..at + 3)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
    }
    let (scheme, rest) = text.split_once(':')?;
    let scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        || !scheme.bytes().all(scheme_byte)
    {
        return None;
    }
    let scheme = scheme.to_lowercase();
    let of = |parts: [&str; 5], port| {
        let [user, password, host, params, headers] = parts.map(String::from);
        Some(([scheme.clone(), user, password, host, params, headers], port))
    };
    let cut = |text: &str, mark: char| {
        let (before, behind) = text.split_once(mark).unwrap_or((text, ""));
        (before.to_owned(), behind.to_owned())
    };
    match &scheme[..] {
        "tel" => {
            let (number, params) = cut(rest, ';');
            if number.is_empty() { None } else { of([&number, "", "", &params, ""], None) }
        }
        "sip" | "sips" => {
            let signs: Vec<&str> = rest.split('@').collect();
            let (userinfo, rest) = match signs[..] {
                [rest] => (None, rest),
                [userinfo, rest] => (Some(userinfo), rest),
                _ => return None,
            };
            let (user, password) = cut(userinfo.unwrap_or_default(), ':');
            if userinfo.is_some() && user.is_empty() {
                return None;
            }
            let (rest, headers) = cut(rest, '?');
            let (rest, params) = cut(&rest, ';');
            let (host, port) = host_port(&rest)?;
            of([&user, &password, &host, &params, &headers], port)
        }
        _ => of(["", "", "", "", ""], None),
    }
}

/// What the reader finds, `behind` standing behind the URI.
fn read(text: &str, behind: &str) -> Option<Parts> {
    let wide = format!("{text}{behind}");
    let uri = uri::parse_first(wide.as_bytes(), text.len()).ok()?;
    let part = |span: Span| String::from_utf8(uri.part(span).to_vec()).unwrap();
    let scheme = match uri.scheme {
        Scheme::Sip => "sip".into(),
        Scheme::Sips => "sips".into(),
        Scheme::Tel => "tel".into(),
        Scheme::Other => {
            String::from_utf8(uri.scheme_name().to_vec()).unwrap().to_ascii_lowercase()
        }
    };
    let [user, password, host] = [uri.user, uri.password, uri.host].map(part);
    let [params, headers] = [uri.params, uri.headers].map(part);
    Some(([scheme, user, password, host, params, headers], uri.port))
}

/// What may stand behind a URI in a message, long enough for a block.
const BEHIND: [&str; 5] = ["", "> ", ":5@;?%\"", "9aZ.-_", "\r\n\0:"];

fn check_uri(text: &str) {
    let expected = split(text);
    for behind in BEHIND {
        let behind = behind.repeat(40);
        assert_eq!(read(text, &behind), expected, "{text:?} in front of {behind:?}");
    }
}

/// The digits of a number, and whether a plus stands in front.
fn dialled(user: &[u8]) -> Option<(bool, Vec<u8>)> {
    let mut found = (false, Vec::new());
    let (mut at, mut first) = (0, true);
    while at < user.len() && user[at] != b';' {
        let mut byte = user[at];
        at += 1;
        if byte == b'%' {
            let escape = std::str::from_utf8(user.get(at..at + 2)?).ok()?;
            if !escape.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            byte = u8::from_str_radix(escape, 16).ok()?;
            at += 2;
        }
        match byte {
            b'+' if first => found.0 = true,
            b'0'..=b'9' => found.1.push(byte),
            b'-' | b'.' | b'(' | b')' => {}
            _ => return None,
        }
        first = false;
    }
    if (1..=Digits::MAX).contains(&found.1.len()) { Some(found) } else { None }
}

fn check_number(user: &[u8]) {
    let mut out = Digits::new();
    let read = digits(user, &mut out).ok().map(|()| (out.plus(), out.as_bytes().to_vec()));
    assert_eq!(read, dialled(user), "{:?}", String::from_utf8_lossy(user));
}

#[test]
fn uris_and_numbers_agree_with_their_twins_at_every_length_and_with_every_byte_changed() {
    for len in 0..70 {
        let user = "7".repeat(len);
        check_number(user.as_bytes());
        for text in ["sip:7@h", "sip:7@192.0.2.1:5060;x", "sip:h7;7", "tel:7", "sips:a@7"] {
            check_uri(&text.replacen('7', &user, 1));
        }
    }
    for text in
        ["sip:+43(1)72@a-b.example:05060;user=phone;lr?x=y&z", "sips:a:p@[::1]:70", "tel:+1;x=y"]
    {
        for at in 0..text.len() {
            for byte in 0..128u8 {
                let changed =
                    [&text.as_bytes()[..at], &[byte], &text.as_bytes()[at + 1..]].concat();
                check_uri(std::str::from_utf8(&changed).unwrap());
            }
        }
    }
    for user in ["+43720555100", "1", "%2B4-3", "12;x=y"] {
        for at in 0..user.len() {
            for byte in 0..=255u8 {
                check_number(
                    &[&user.as_bytes()[..at], &[byte], &user.as_bytes()[at + 1..]].concat(),
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn uris_agree_with_their_twin(
        text in "(sips?|SIP|tel|x):([a-z0-9+;=?-]{1,8}(:[a-z]{0,3})?@)?([a-z0-9.-]{1,9}|\\[[0-9a-f:]{1,9}\\])(:[0-9]{1,6})?(;[a-z]{1,3}(=[a-z0-9]{1,40})?){0,3}(\\?a=b)?",
        odd in prop::sample::select(&b"@:;?[]%./<\" a0"[..]),
        place in any::<prop::sample::Index>(),
    ) {
        check_uri(&text);
        let mut text = text.into_bytes();
        let at = place.index(text.len());
        text[at] = odd;
        check_uri(std::str::from_utf8(&text).unwrap());
    }

    #[test]
    fn numbers_agree_with_their_twin(user in "(\\+|%2[bB])?([0-9]{0,20}|[0-9().;+:/%a-]{0,3}){0,3}") {
        check_number(user.as_bytes());
    }
}
