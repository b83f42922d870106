//! Owns the claims about telephone numbers in URIs, and the parts of URIs by name.
//! Refuses to test the splitting of URIs: `uris` does.

use proptest::prelude::*;

use crate::number::{Digits, PhoneContext, Telephone, digits};
use crate::uri::{self, Uri};
use crate::{ErrorKind, Span};

fn read(text: &str) -> Result<String, (ErrorKind, u16)> {
    let uri = uri::parse(text.as_bytes()).unwrap();
    let phone = Telephone::of(&uri).map_err(|error| (error.kind, error.at))?;
    let dialled = String::from_utf8(phone.dialled().collect()).unwrap();
    Ok(format!("{dialled} {}", if phone.global { "global" } else { "local" }))
}

#[test]
fn reads_what_is_dialled() {
    for (text, expected) in [
        ("tel:+1-(202).555-0143;ext=7", "+12025550143 global"),
        ("tel:*21#;phone-context=example.com", "*21# local"),
        ("tel:0aF-9;phone-context=+44", "0aF9 local"),
        ("sip:%2B1%2D202;isub=3@h;user=phone", "+1202 global"),
        ("sip:*21%23@h", "*21# local"),
        ("sips:+1:secret@h", "+1 global"),
    ] {
        assert_eq!(read(text), Ok(expected.into()), "{text}");
    }
}

#[test]
fn refuses_what_is_no_telephone_number() {
    for (text, at) in [
        ("sip:h", 0),
        ("sip:alice@h", 5),
        ("sip:+@h", 5),
        ("tel:+1a", 6),
        ("tel:1+2", 5),
        ("tel:--", 6),
        ("tel:+*1", 5),
        ("sip:1%3Bx=y@h", 5),
        ("sip:%2b%2b@h", 7),
        ("urn:+1", 0),
    ] {
        assert_eq!(read(text), Err((ErrorKind::NotANumber, at)), "{text}");
    }
}

#[test]
fn reads_the_parameters_of_a_number() {
    let text = b"tel:+1-202-533-1234;NPDI;rn=+1-202-544-0000;cic=+16789;ext=12;isub=a%20b;\
                 tgrp=TG2%2F1;trunk-context=example.com;phone-context=%2B1;rn-context=+1";
    let uri = uri::parse(text).unwrap();
    let phone = Telephone::of(&uri).unwrap();
    assert!(phone.npdi());
    assert_eq!(phone.rn(), Some(&b"+1-202-544-0000"[..]));
    assert_eq!(phone.rn_context(), Some(PhoneContext::Global(b"+1")));
    assert_eq!((phone.cic(), phone.ext()), (Some(&b"+16789"[..]), Some(&b"12"[..])));
    assert_eq!((phone.isub(), phone.tgrp()), (Some(&b"a%20b"[..]), Some(&b"TG2%2F1"[..])));
    assert_eq!(phone.trunk_context(), Some(PhoneContext::Domain(b"example.com")));
    assert_eq!(phone.phone_context(), Some(PhoneContext::Global(b"%2B1")));
    let mut routing = Digits::new();
    digits(phone.rn().unwrap(), &mut routing).unwrap();
    assert_eq!(routing.as_bytes(), b"12025440000");
}

#[test]
fn the_parameters_of_the_host_are_not_those_of_the_number() {
    let uri = uri::parse(b"sip:+1;rn=2@h;isub=3;npdi;tgrp=x;user=phone").unwrap();
    let phone = Telephone::of(&uri).unwrap();
    assert_eq!((phone.rn(), phone.isub(), phone.tgrp()), (Some(&b"2"[..]), None, None));
    assert!(!phone.npdi() && uri.is_phone());
    let uri = uri::parse(b"sip:+1;npdi=;rn@h").unwrap();
    let phone = Telephone::of(&uri).unwrap();
    assert!(phone.npdi() && phone.rn().is_none() && !uri.is_phone());
}

fn listed<'m>(uri: &Uri<'m>, all: impl Iterator<Item = (Span, Option<Span>)>) -> String {
    let part = |span| std::str::from_utf8(uri.part(span)).unwrap();
    let mut text = String::new();
    for (name, value) in all {
        text += &format!("[{} {}]", part(name), value.map_or("-", part));
    }
    text
}

#[test]
fn lists_parameters_and_headers() {
    for (text, params, headers) in [
        ("sip:a@h", "", ""),
        ("sip:a@h;lr;x=;y=z=1?b&c=&d=e=f%26", "[lr -][x ][y z=1]", "[b -][c ][d e=f%26]"),
        ("sip:a@h;;=1;x?&&=2&y", "[x -]", "[y -]"),
        ("tel:1;isub=2;z", "[isub 2][z -]", ""),
        ("urn:a;b?c", "", ""),
    ] {
        let uri = uri::parse(text.as_bytes()).unwrap();
        assert_eq!(listed(&uri, uri.each_param()), params, "{text}");
        assert_eq!(listed(&uri, uri.each_header()), headers, "{text}");
    }
}

#[test]
fn knows_what_is_a_phone_and_what_the_scheme_is() {
    let phone = |text: &str| uri::parse(text.as_bytes()).unwrap().is_phone();
    assert!(phone("tel:1") && phone("sips:a@h;USER=phone"));
    assert!(!phone("sip:+1@h;user=ip") && !phone("sip:+1;user=phone@h") && !phone("urn:1"));
    assert_eq!(uri::parse(b"SIPS:h").unwrap().scheme_name(), b"SIPS");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Where both read a number, they read the same one; what has digits alone is read by both.
    #[test]
    fn the_digits_of_a_number_are_what_is_dialled(user in "(\\+|%2[Bb])?[0-9().-]{0,9}[0-9A-F#*]?") {
        let text = format!("sip:{user}x@h").replace('x', "");
        let Ok(uri) = uri::parse(text.as_bytes()) else { return Ok(()) };
        let mut out = Digits::new();
        let number = digits(uri.part(uri.user), &mut out);
        let phone = Telephone::of(&uri);
        prop_assert!(number.is_err() || phone.is_ok());
        if let (Ok(()), Ok(phone)) = (number, phone) {
            let plus = phone.global.then_some(b'+');
            prop_assert_eq!(out.plus(), phone.global);
            prop_assert!(phone.dialled().eq(plus.into_iter().chain(out.as_bytes().iter().copied())));
        }
    }

    #[test]
    fn parts_by_name_lie_inside_the_uri(text in "(sips?|tel):[a-z0-9+;@?=%&.]{0,40}") {
        if let Ok(uri) = uri::parse(text.as_bytes()) {
            let mut end = 0;
            for (name, value) in uri.each_param().chain(uri.each_header()) {
                prop_assert!(name.start() > end && !name.is_empty());
                end = value.unwrap_or(name).end();
                prop_assert!(end <= text.len());
            }
            let _ = Telephone::of(&uri).map(|phone| {
                (phone.isub(), phone.phone_context(), phone.dialled().count())
            });
        }
    }
}
