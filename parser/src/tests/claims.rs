//! Owns the claims about the pass: what it finds, what it refuses, and where.
//! Refuses to compare with the twin.

use super::{options, refusal, with, with_limits};
use crate::{ErrorKind, HeaderId, Index, Limits, Method, Rport, Start};

/// The text of a part of the message.
macro_rules! part {
    ($message:expr, $span:expr) => {
        std::str::from_utf8($message.text($span)).unwrap()
    };
}

#[test]
fn finds_the_fields_of_an_invite() {
    let text = &super::samples::samples()[0].1;
    with(text, |message| {
        let Start::Request { method, uri, .. } = message.start() else { panic!("a request") };
        assert_eq!(method, Method::Invite);
        assert_eq!(part!(message, uri), "sip:+12025550143@203.0.113.5:5060;user=phone");
        let via = message.via();
        assert_eq!(part!(message, via.transport), "UDP");
        assert_eq!(part!(message, via.host), "192.0.2.17");
        assert_eq!(via.port, Some(5060));
        assert_eq!(part!(message, via.branch), "z9hG4bK77d21b90c4ae5f3802");
        let Rport::Empty { at } = via.rport else { panic!("an empty rport") };
        assert!(message.bytes()[..at.into()].ends_with(b";rport"));
        assert!(via.sole);
        assert_eq!(part!(message, message.from().tag), "w81Kx0c2");
        let from = "sip:+43720555100@gw7.carrier-one.example;user=phone";
        assert_eq!(part!(message, message.from().uri), from);
        assert!(message.to().tag.is_empty());
        assert_eq!(part!(message, message.call_id()), "88120734-5512903@192.0.2.17");
        assert_eq!((message.cseq().number, message.cseq().method), (417, Method::Invite));
        assert_eq!(message.max_forwards().unwrap().value, 69);
        assert_eq!(part!(message, message.route().unwrap().uri), "sip:203.0.113.5:5060;lr");
        let contact = "sip:+43720555100@192.0.2.17:5060;transport=udp";
        assert_eq!(part!(message, message.contact().unwrap()), contact);
        assert_eq!(usize::from(message.body().len), message.text(message.body()).len());
        assert_eq!(message.headers().len(), 14);
        assert_eq!(message.record_route(), None);
        assert_eq!(message.find(HeaderId::Reason), None);
        assert!(message.text(message.body()).starts_with(b"v=0\r\n"));
    })
    .unwrap();
}

#[test]
fn finds_status_and_reason_of_a_response() {
    with(&super::samples::samples()[2].1, |message| {
        let Start::Response { status, reason } = message.start() else { panic!("a response") };
        assert_eq!((status, part!(message, reason)), (180, "Ringing"));
        assert_eq!(message.method(), None);
        assert_eq!(message.via_count(), 2);
        let via = message.via();
        assert!(matches!(via.rport, Rport::Value { port: 5060, .. }));
        assert_eq!(part!(message, via.received), "203.0.113.5");
        assert_eq!(
            part!(message, message.record_route().unwrap().uri),
            "sip:203.0.113.5;lr;t=k3v09sd1m"
        );
    })
    .unwrap();
}

/// What the table says of a name with a colon and bytes `behind` it.
fn looked_up(name: &[u8], behind: u8) -> HeaderId {
    let mut block = [behind; 32];
    block[..name.len()].copy_from_slice(name);
    block[name.len()] = b':';
    crate::header::lookup(&block, name.len()).unwrap_or(HeaderId::Other)
}

#[test]
fn knows_every_name_in_any_case_and_its_compact_form() {
    for id in HeaderId::NAMED {
        let mut names =
            vec![id.name().to_string(), id.name().to_uppercase(), id.name().to_lowercase()];
        names.extend(id.compact().map(|byte| char::from(byte).to_string()));
        names.extend(id.compact().map(|byte| char::from(byte).to_uppercase().to_string()));
        for name in names {
            for behind in [b' ', b':', b'z', 0] {
                assert_eq!(looked_up(name.as_bytes(), behind), *id, "{name}");
            }
            assert_eq!(HeaderId::of(name.as_bytes()), *id, "{name}");
        }
    }
}

#[test]
fn a_name_with_any_one_byte_changed_is_another_name() {
    for id in HeaderId::NAMED {
        let name = id.name().as_bytes();
        for at in 0..name.len() {
            // The first colon ends a name.
            for byte in (0..=255u8).filter(|byte| *byte != b':') {
                let mut other = name.to_vec();
                other[at] = byte;
                let expected = HeaderId::of(&other);
                assert_eq!(looked_up(&other, b':'), expected, "{other:?}");
            }
        }
    }
}

#[test]
fn a_control_byte_behind_a_name_is_not_trimmed() {
    assert_eq!(refusal(&options(&["T\u{7}: <sip:x@y>"])), Some(ErrorKind::HeaderName));
}

#[test]
fn a_dash_is_not_a_carriage_return_and_an_at_sign_no_back_quote() {
    assert_eq!(HeaderId::of(b"Call\rID"), HeaderId::Other);
    assert_eq!(looked_up(b"Call\rID", b':'), HeaderId::Other);
}

#[test]
fn refuses_names_that_are_no_token() {
    for line in ["A b: c", "A@b: c", ": c", "nocolon", "\u{e9}: c", "(a): b"] {
        assert_eq!(refusal(&options(&[line])), Some(ErrorKind::HeaderName), "{line}");
    }
}

#[test]
fn refuses_a_folded_start_line() {
    let text = String::from_utf8(options(&[])).unwrap().replace("SIP/2.0\r\n", "SIP/2.0\r\n x\r\n");
    assert_eq!(refusal(text.as_bytes()), Some(ErrorKind::HeaderName));
}

#[test]
fn refuses_each_missing_header() {
    for (name, kind) in [
        ("Via", ErrorKind::MissingVia),
        ("From", ErrorKind::MissingFrom),
        ("To", ErrorKind::MissingTo),
        ("Call-ID", ErrorKind::MissingCallId),
        ("CSeq", ErrorKind::MissingCSeq),
    ] {
        assert_eq!(refusal(&options(&[&format!("{name}: absent")])), Some(kind));
    }
}

#[test]
fn accepts_a_request_without_max_forwards_and_content_length() {
    with(&options(&[]), |message| {
        assert_eq!(message.max_forwards(), None);
        assert_eq!(message.content_length(), None);
        assert!(message.body().is_empty());
    })
    .unwrap();
}

#[test]
fn refuses_each_duplicate_even_an_equal_one() {
    for line in [
        "f: <sip:a@example.com>;tag=1",
        "t: <sip:b@example.com>",
        "i: 1@example.com",
        "CSEQ: 1 OPTIONS",
        "Max-Forwards: 70\r\nmax-forwards: 70",
        "Content-Length: 0\r\nl: 0",
    ] {
        assert_eq!(refusal(&options(&[line])), Some(ErrorKind::DuplicateHeader), "{line}");
    }
}

#[test]
fn refuses_duplicate_parameters_that_identify() {
    for line in [
        "Via: SIP/2.0/UDP h;branch=z9hG4bK1;BRANCH=z9hG4bK2",
        "Via: SIP/2.0/UDP h;rport;rport=1",
        "Via: SIP/2.0/UDP h;received=1.2.3.4;received=1.2.3.5",
        "From: <sip:a@b>;tag=1;tag=1",
    ] {
        assert_eq!(refusal(&options(&[line])), Some(ErrorKind::DuplicateParameter), "{line}");
    }
}

#[test]
fn refuses_a_cseq_of_another_method() {
    assert_eq!(refusal(&options(&["CSeq: 1 INVITE"])), Some(ErrorKind::CSeqMethod));
    assert_eq!(refusal(&options(&["CSeq: 1 options"])), Some(ErrorKind::CSeqMethod));
}

#[test]
fn refuses_a_cseq_number_of_2_to_the_31_and_more() {
    with(&options(&["CSeq: 2147483647 OPTIONS"]), |message| {
        assert_eq!(message.cseq().number, 2_147_483_647);
    })
    .unwrap();
    for number in ["2147483648", "4294967296", "36893488147419103232"] {
        let line = format!("CSeq: {number} OPTIONS");
        assert_eq!(refusal(&options(&[&line])), Some(ErrorKind::CSeqNumber), "{number}");
    }
}

#[test]
fn refuses_malformed_values_of_the_fields_it_reads() {
    for (line, kind) in [
        ("Via: SIP/2.0 h", ErrorKind::Via),
        ("Via: SIP/2.0/UDPh", ErrorKind::Via),
        ("Via: SIP/2.0/UDP h:0", ErrorKind::Via),
        ("Via: SIP/2.0/UDP h:65536", ErrorKind::Via),
        ("Via: SIP/2.0/UDP h;branch=", ErrorKind::Via),
        ("Via: SIP/2.0/UDP h;rport=70000", ErrorKind::Via),
        ("Via: SIP/2.0/UDP h;;x", ErrorKind::Via),
        ("Via: SIP/2.0/UDP h,", ErrorKind::Via),
        ("Via: SIP/2.0/UDP [::1", ErrorKind::Via),
        ("Via: ", ErrorKind::Via),
        ("From: <sip:a@b", ErrorKind::From),
        ("From: \"a <sip:a@b>", ErrorKind::From),
        ("From: <sip:a@b>;tag", ErrorKind::From),
        ("From: <sip:a@b>;tag=", ErrorKind::From),
        ("From: <sip:a@b>;tag=\"x\"", ErrorKind::From),
        ("From: <>;tag=1", ErrorKind::From),
        ("From: <<sip:a@b>>;tag=1", ErrorKind::From),
        ("From: Anonymous", ErrorKind::From),
        ("From: <sip:a@b>, <sip:c@d>", ErrorKind::From),
        ("To: sip:a@b?x=y", ErrorKind::To),
        ("To: sip:a,c@b", ErrorKind::To),
        ("To: ", ErrorKind::To),
        ("Call-ID: a b", ErrorKind::CallId),
        ("Call-ID: ", ErrorKind::CallId),
        ("CSeq: OPTIONS", ErrorKind::CSeq),
        ("CSeq: 1OPTIONS", ErrorKind::CSeq),
        ("CSeq: 1", ErrorKind::CSeq),
        ("CSeq: 1 OPTIONS x", ErrorKind::CSeq),
        ("CSeq: -1 OPTIONS", ErrorKind::CSeq),
        ("Max-Forwards: 256", ErrorKind::MaxForwards),
        ("Max-Forwards: -1", ErrorKind::MaxForwards),
        ("Max-Forwards: ", ErrorKind::MaxForwards),
        ("Route: sip:a@b;lr", ErrorKind::Route),
        ("Route: ", ErrorKind::Route),
        ("Content-Length: -1", ErrorKind::ContentLength),
        ("Content-Length: 0x1", ErrorKind::ContentLength),
    ] {
        assert_eq!(refusal(&options(&[line])), Some(kind), "{line}");
    }
}

#[test]
fn names_the_byte_that_breaks_the_rule() {
    let text = options(&["Max-Forwards: 300"]);
    let error = with(&text, |_| ()).unwrap_err();
    assert!(text[error.at.into()..].starts_with(b"300"));
    assert_eq!(
        error.to_string(),
        format!("byte {}: Max-Forwards is a number from 0 to 255 (RFC 3261 §20.22)", error.at)
    );
}

#[test]
fn keeps_the_first_fault() {
    assert_eq!(
        refusal(&options(&["Max-Forwards: x", "Content-Length: y"])),
        Some(ErrorKind::MaxForwards)
    );
}

#[test]
fn cuts_the_body_to_content_length() {
    let mut text = options(&["Content-Length: 3"]);
    text.extend(b"a\0bcdef");
    with(&text, |message| {
        assert_eq!(message.text(message.body()), b"a\0b");
        assert_eq!(message.bytes().len(), text.len() - 4);
    })
    .unwrap();
}

#[test]
fn refuses_a_content_length_beyond_the_datagram() {
    for length in ["8", "65536", "99999999999999999999"] {
        let mut text = options(&[&format!("Content-Length: {length}")]);
        text.extend(b"1234567");
        let error = with(&text, |_| ()).unwrap_err();
        assert_eq!(error.kind, ErrorKind::ContentTooShort);
        assert!(text[error.at.into()..].starts_with(length.as_bytes()));
    }
}

#[test]
fn refuses_a_bare_carriage_return_in_any_header() {
    for line in ["X-A: a\rb", "X-A: a\r", "Subject: a\rVia: x"] {
        let text = options(&[line]);
        assert!(refusal(&text) == Some(ErrorKind::BareCr), "{line:?}");
    }
}

#[test]
fn accepts_bare_carriage_returns_in_the_body() {
    let mut text = options(&[]);
    text.extend(b"a\rb\nc\r");
    assert!(with(&text, |_| ()).is_ok());
}

#[test]
fn bare_line_feeds_are_a_setting() {
    let text = String::from_utf8(options(&["X-A: 1\n 2"])).unwrap().replace("\r\n", "\n");
    assert_eq!(refusal(text.as_bytes()), Some(ErrorKind::BareLf));
    let limits = Limits::TOLERANT;
    with_limits(text.as_bytes(), &limits, |message| {
        assert_eq!(part!(message, message.headers().last().unwrap().value), "1\n 2");
    })
    .unwrap();
}

#[test]
fn folds_belong_to_the_value() {
    let text = options(&["Call-ID:\r\n  x@y \r\n\t", "X-A: 1\r\n 2"]);
    with(&text, |message| {
        assert_eq!(part!(message, message.call_id()), "x@y");
        let last = message.headers().last().unwrap();
        assert_eq!(part!(message, last.value), "1\r\n 2");
        assert_eq!(part!(message, last.line), "X-A: 1\r\n 2\r\n");
    })
    .unwrap();
}

#[test]
fn limits_hold() {
    let limits = Limits { max_headers: 6, max_hops: 2, max_line: 60, bare_lf: false };
    let kind = |text: &[u8]| with_limits(text, &limits, |_| ()).err().map(|error| error.kind);
    assert_eq!(kind(&options(&["A: b"])), None);
    assert_eq!(kind(&options(&["A: b", "C: d"])), Some(ErrorKind::TooManyHeaders));
    assert_eq!(kind(&options(&[&format!("A: {}", "x".repeat(55))])), None);
    assert_eq!(kind(&options(&[&format!("A: {}", "x".repeat(56))])), Some(ErrorKind::LineTooLong));
    // A fold belongs to its header.
    let folded = |len: usize| format!("A: {}\r\n {}", "x".repeat(20), "x".repeat(len));
    assert_eq!(kind(&options(&[&folded(32)])), None);
    assert_eq!(kind(&options(&[&folded(33)])), Some(ErrorKind::LineTooLong));
    assert_eq!(kind(&options(&["v: SIP/2.0/UDP b"])), None);
    assert_eq!(kind(&options(&["v: SIP/2.0/UDP b,SIP/2.0/UDP c"])), Some(ErrorKind::TooManyHops));
}

#[test]
fn no_limit_exceeds_the_index() {
    let limits = Limits { max_headers: u16::MAX, ..Limits::default() };
    let lines: Vec<_> = (0..124).map(|number| format!("A{number}: b")).collect();
    let lines: Vec<_> = lines.iter().map(|line| &line[..]).collect();
    let count = with_limits(&options(&lines[..123]), &limits, |message| message.headers().len());
    assert_eq!(count, Ok(Index::HEADERS));
    let error = with_limits(&options(&lines), &limits, |_| ()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooManyHeaders);
}

#[test]
fn line_ends_alone_are_a_keep_alive() {
    for text in [&b""[..], b"\r\n\r\n", b"\r\n", b"\n", b"\0\0\0\0"] {
        assert_eq!(refusal(text), Some(ErrorKind::KeepAlive));
    }
}

#[test]
fn a_datagram_of_full_length_is_read_and_a_longer_one_refused() {
    let mut text = options(&[]);
    text.resize(65_535, b'x');
    assert!(with(&text, |message| message.body().end() == 65_535).unwrap());
    text.push(b'x');
    assert_eq!(refusal(&text), Some(ErrorKind::TooLong));
}

#[test]
fn an_index_forgets_the_message_before() {
    let mut index = Index::new();
    let full = super::samples::samples().swap_remove(0).1;
    for text in [full, options(&[])] {
        let buffer = simd::padded(&text);
        let input = simd::Padded::new(&buffer, text.len()).unwrap();
        let message = crate::parse(input, &Limits::default(), &mut index).unwrap();
        let fresh = with(&text, |message| format!("{:?}", message.headers().collect::<Vec<_>>()));
        assert_eq!(Ok(format!("{:?}", message.headers().collect::<Vec<_>>())), fresh);
        assert_eq!(message.route().is_some(), message.headers().any(|h| h.id == HeaderId::Route));
    }
}

#[test]
fn iterates_values_over_headers_and_lists() {
    let text = options(&["Route: <sip:a,1;lr>, <sip:b;lr>", "X: y", "route: \"c,\" <sip:c;lr>"]);
    with(&text, |message| {
        let routes: Vec<_> =
            message.routes().map(|route| (part!(message, route.uri), route.header)).collect();
        assert_eq!(routes, [("sip:a,1;lr", 5), ("sip:b;lr", 5), ("sip:c;lr", 7)]);
        assert_eq!(message.all(HeaderId::Route).count(), 2);
    })
    .unwrap();
}

#[test]
fn a_contact_that_is_a_star_or_broken_is_none() {
    for line in ["Contact: *", "Contact: <sip:a", "Contact: "] {
        assert_eq!(with(&options(&[line]), |message| message.contact()), Ok(None));
    }
}

#[test]
fn every_fault_has_its_row() {
    for kind in ErrorKind::ALL {
        let fault = kind.fault();
        assert!(!fault.rule.is_empty() && fault.section.starts_with("RFC "), "{kind:?}");
        assert!(!fault.rule.ends_with('.') && (fault.status >= 400 || fault.reason.is_empty()));
    }
}
