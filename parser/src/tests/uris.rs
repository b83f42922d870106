//! Owns the claims about URIs and telephone numbers.
//! Refuses to route them.

use proptest::prelude::*;

use crate::ErrorKind;
use crate::number::{Digits, digits};
use crate::uri::{Scheme, host_ipv4, parse};

/// User, password, host, port, params and headers of a URI, by bars.
fn parts(text: &str) -> String {
    let uri = match parse(text.as_bytes()) {
        Ok(uri) => uri,
        Err(error) => return format!("{:?} {}", error.kind, error.at),
    };
    let part = |span| std::str::from_utf8(uri.part(span)).unwrap();
    let port = uri.port.map(|port| port.to_string()).unwrap_or_default();
    format!(
        "{:?}|{}|{}|{}|{port}|{}|{}",
        uri.scheme,
        part(uri.user),
        part(uri.password),
        part(uri.host),
        part(uri.params),
        part(uri.headers)
    )
}

#[test]
fn splits_uris() {
    for (text, expected) in [
        ("sip:alice@example.com", "Sip|alice||example.com|||"),
        ("SIPS:alice:secret@example.com:5061", "Sips|alice|secret|example.com|5061||"),
        ("sip:example.com", "Sip|||example.com|||"),
        ("sip:192.0.2.1:5060;lr;x=y?a=b&c=d", "Sip|||192.0.2.1|5060|lr;x=y|a=b&c=d"),
        ("sip:[2001:db8::1]:70;lr", "Sip|||[2001:db8::1]|70|lr|"),
        ("sip:a@[::1]", "Sip|a||[::1]|||"),
        ("sip:+1;phone-context=+44@h;user=phone", "Sip|+1;phone-context=+44||h||user=phone|"),
        ("sip:a?b;c@h?d", "Sip|a?b;c||h|||d"),
        ("sip:%61%40b@h", "Sip|%61%40b||h|||"),
        ("sip:a:@h", "Sip|a||h|||"),
        ("tel:+1-201-555-0123;ext=7;phone-context=x", "Tel|+1-201-555-0123|||||"),
        ("tel:7042;phone-context=example.com", "Tel|7042||||phone-context=example.com|"),
        ("urn:service:sos", "Other||||||"),
        ("sip:h;", "Sip|||h|||"),
        ("sip:h?", "Sip|||h|||"),
    ] {
        let expected = expected.replace("0123|||||", "0123||||ext=7;phone-context=x|");
        assert_eq!(parts(text), expected, "{text}");
    }
}

#[test]
fn refuses_broken_uris() {
    for (text, expected) in [
        ("", "Uri 0"),
        ("sip", "Uri 0"),
        (":a@b", "Uri 0"),
        ("1x:a", "Uri 0"),
        ("sip:", "UriHost 4"),
        ("sip:@h", "Uri 4"),
        ("sip::p@h", "Uri 4"),
        ("sip:a@", "UriHost 6"),
        ("sip:a@b@c", "Uri 7"),
        ("sip:a@b:", "UriPort 8"),
        ("sip:a@b:0", "UriPort 8"),
        ("sip:a@b:65536", "UriPort 8"),
        ("sip:a@b:5x", "UriPort 8"),
        ("sip:a@b/c", "UriHost 7"),
        ("sip:[::1", "UriHost 4"),
        ("sip:[]", "UriHost 4"),
        ("sip:[::g]", "UriHost 4"),
        ("sip:a b@c", "Uri 5"),
        ("sip:a<b@c", "Uri 5"),
        ("sip:a%4@b", "UriEscape 5"),
        ("sip:a@b;x=%zz", "UriEscape 10"),
        ("sip:a%", "UriEscape 5"),
        ("tel:", "Uri 4"),
        ("tel:;x=y", "Uri 4"),
    ] {
        assert_eq!(parts(text), expected, "{text}");
    }
}

#[test]
fn finds_parameters_by_name_in_any_case() {
    let uri = parse(b"sip:a;phone-context=p@h;LR;transport=udp;x==;transport=tcp?lr=no").unwrap();
    let param = |name: &[u8]| uri.param(name).map(|span| uri.part(span));
    assert_eq!(param(b"lr"), Some(&b""[..]));
    assert_eq!(param(b"Transport"), Some(&b"udp"[..]));
    assert_eq!(param(b"x"), Some(&b"="[..]));
    assert_eq!(param(b"phone-context"), None);
    assert_eq!(uri.user_param(b"phone-context").map(|span| uri.part(span)), Some(&b"p"[..]));
    assert_eq!(param(b"trans"), None);
    let tel = parse(b"tel:1;phone-context=q").unwrap();
    assert_eq!(tel.user_param(b"phone-context").map(|span| tel.part(span)), Some(&b"q"[..]));
    assert_eq!(tel.scheme, Scheme::Tel);
}

#[test]
fn a_part_of_a_uri_has_its_place_in_the_message() {
    let text = b"INVITE sip:alice@example.com SIP/2.0";
    let outer = crate::Span { off: 7, len: 21 };
    let uri = parse(outer.of(text)).unwrap();
    assert_eq!(uri.user.inside(outer).of(text), b"alice");
}

#[test]
fn reads_ipv4_hosts_only() {
    assert_eq!(host_ipv4(b"192.0.2.1"), Some(0xc000_0201));
    assert_eq!(host_ipv4(b"255.255.255.255"), Some(u32::MAX));
    assert_eq!(host_ipv4(b"010.0.0.001"), Some(0x0a00_0001));
    for host in [
        "",
        "1",
        "1.2.3",
        "1.2.3.",
        "1.2.3.4.",
        "1.2.3.4.5",
        ".1.2.3",
        "1..2.3",
        "256.1.1.1",
        "1.2.3.0004",
        "a.b.c.d",
        "[::1]",
        "1.2.3.4 ",
    ] {
        assert_eq!(host_ipv4(host.as_bytes()), None, "{host}");
    }
}

fn read(user: &str) -> Result<String, (ErrorKind, u16)> {
    let mut out = Digits::new();
    digits(user.as_bytes(), &mut out).map_err(|error| (error.kind, error.at))?;
    let digits = std::str::from_utf8(out.as_bytes()).unwrap();
    Ok(format!("{}{digits}", if out.plus() { "+" } else { "" }))
}

#[test]
fn reads_numbers() {
    for (user, expected) in [
        ("+43720555100", "+43720555100"),
        ("004372", "004372"),
        ("+1(202)555-01.43", "+12025550143"),
        ("%2B1%32", "+12"),
        ("12;phone-context=+44", "12"),
        ("-1", "1"),
    ] {
        assert_eq!(read(user), Ok(expected.into()), "{user}");
    }
}

#[test]
fn refuses_what_is_no_number() {
    for (user, kind, at) in [
        ("", ErrorKind::NotANumber, 0),
        ("+", ErrorKind::NotANumber, 1),
        (";x=1", ErrorKind::NotANumber, 0),
        ("alice", ErrorKind::NotANumber, 0),
        ("12a", ErrorKind::NotANumber, 2),
        ("1+2", ErrorKind::NotANumber, 1),
        ("-+1", ErrorKind::NotANumber, 1),
        ("*21#", ErrorKind::NotANumber, 0),
        ("1%3Bx", ErrorKind::NotANumber, 1),
        ("1%3", ErrorKind::UriEscape, 1),
        ("1%", ErrorKind::UriEscape, 1),
        ("123456789012345678901234567890123", ErrorKind::NumberTooLong, 32),
    ] {
        assert_eq!(read(user), Err((kind, at)), "{user}");
    }
    assert_eq!(read("12345678901234567890123456789012").map(|digits| digits.len()), Ok(32));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_of_a_uri_lie_in_order_inside_it(text in "(sips?|tel|x):[a-z0-9:;@?=%\\[\\].+-]{0,30}") {
        if let Ok(uri) = parse(text.as_bytes()) {
            let mut end = 0;
            for span in [uri.user, uri.password, uri.host, uri.params, uri.headers] {
                if !span.is_empty() {
                    prop_assert!(span.start() > end && span.end() <= text.len());
                    end = span.end();
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_survived(text in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = parse(&text).map(|uri| (uri.param(b"x"), uri.user_param(b"y")));
        let _ = digits(&text, &mut Digits::new());
        let _ = host_ipv4(&text);
    }
}
