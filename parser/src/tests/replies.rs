//! Owns the claims about answers.
//! Refuses to send them.

use super::{options, with};
use crate::reply::{ViaStamp, build, stamp_via};
use crate::write::Overflow;
use crate::{Index, Limits, Message, parse};

const SOURCE: ViaStamp = ViaStamp { received: 0xc000_0201, rport: 7000 };

fn answer(request: &Message<'_>, status: u16, to_tag: Option<&[u8]>) -> String {
    let mut out = [0; 4096];
    let len = build(request, status, b"Why", to_tag, SOURCE, b"X: y\r\n", &mut out).unwrap();
    for short in 0..len {
        let result = build(request, status, b"Why", to_tag, SOURCE, b"X: y\r\n", &mut out[..short]);
        assert_eq!(result, Err(Overflow::Output));
    }
    String::from_utf8(out[..len].to_vec()).unwrap()
}

fn answered(lines: &[&str], status: u16, to_tag: Option<&[u8]>) -> String {
    with(&options(lines), |message| answer(&message, status, to_tag)).unwrap()
}

#[test]
fn copies_what_a_response_must_equal_and_nothing_else() {
    let out = answered(
        &[
            "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
            "v: SIP/2.0/TCP b.example;branch=z9hG4bK2 , SIP/2.0/TCP c.example",
            "Subject: no",
            "Timestamp: 5",
            "Via : SIP/2.0/UDP\r\n d.example",
            "Contact: <sip:no@example.com>",
        ],
        404,
        Some(b"ours"),
    );
    assert_eq!(
        out,
        "SIP/2.0 404 Why\r\n\
         Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         v: SIP/2.0/TCP b.example;branch=z9hG4bK2 , SIP/2.0/TCP c.example\r\n\
         Via : SIP/2.0/UDP\r\n d.example\r\n\
         From: <sip:a@example.com>;tag=1\r\n\
         To: <sip:b@example.com>;tag=ours\r\n\
         Call-ID: 1@example.com\r\n\
         CSeq: 1 OPTIONS\r\n\
         X: y\r\n\
         Content-Length: 0\r\n\r\n"
    );
}

#[test]
fn a_reply_is_a_message_itself() {
    let out = answered(&["To: b <sip:b@example.com> ;x=y"], 500, Some(b"t"));
    with(out.as_bytes(), |message| assert_eq!(message.text(message.to().tag), b"t")).unwrap();
}

#[test]
fn a_to_tag_of_the_request_stays() {
    let out = answered(&["To: <sip:b@example.com>;tag=theirs"], 481, Some(b"ours"));
    assert!(out.contains("To: <sip:b@example.com>;tag=theirs\r\n"));
}

#[test]
fn a_100_has_no_tag_and_copies_timestamp() {
    let out = answered(&["Timestamp: 54.2"], 100, None);
    assert!(out.contains("\r\nTimestamp: 54.2\r\n"));
    assert!(out.contains("\r\nTo: <sip:b@example.com>\r\n"));
    assert!(!answered(&["Timestamp: 54.2"], 180, None).contains("Timestamp"));
}

#[test]
fn stamps_the_top_via() {
    for (via, stamped) in [
        // RFC 3261 §18.2.1: the address is that of the source, nothing is added.
        (
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
            "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1",
        ),
        // Another address, or a name.
        ("SIP/2.0/UDP 192.0.2.9", "SIP/2.0/UDP 192.0.2.9;received=192.0.2.1"),
        ("SIP/2.0/UDP h.example;x=y ", "SIP/2.0/UDP h.example;x=y;received=192.0.2.1"),
        // RFC 3581 §4: rport asks for both, even if the address is the same.
        (
            "SIP/2.0/UDP 192.0.2.1;rport;branch=z9hG4bK1",
            "SIP/2.0/UDP 192.0.2.1;rport=7000;branch=z9hG4bK1;received=192.0.2.1",
        ),
        ("SIP/2.0/UDP 192.0.2.1;rport", "SIP/2.0/UDP 192.0.2.1;rport=7000;received=192.0.2.1"),
        (
            "SIP/2.0/UDP h ; rport , SIP/2.0/UDP i",
            "SIP/2.0/UDP h ; rport=7000;received=192.0.2.1 , SIP/2.0/UDP i",
        ),
        // What only we may set is set by us.
        (
            "SIP/2.0/UDP h;received=203.0.113.200;rport=1",
            "SIP/2.0/UDP h;received=192.0.2.1;rport=7000",
        ),
        ("SIP/2.0/UDP 192.0.2.1;received=1.1.1.1", "SIP/2.0/UDP 192.0.2.1;received=192.0.2.1"),
    ] {
        let out = answered(&[&format!("Via: {via}")], 200, None);
        assert_eq!(out.lines().nth(1), Some(&*format!("Via: {stamped}")), "{via}");
    }
}

#[test]
fn the_stamp_goes_into_a_patch_too() {
    let text = options(&["Via: SIP/2.0/UDP h;rport"]);
    with(&text, |message| {
        let mut patch = crate::edit::Patch::<4>::of(&message);
        stamp_via(&mut patch, &message, SOURCE);
        patch.insert_at(message.first_header_at(), b"Via: ours\r\n");
        let mut out = [0; 1024];
        let len = patch.apply(message.bytes(), &mut out).unwrap();
        let expected = String::from_utf8(text.clone()).unwrap();
        let stamped = "Via: ours\r\nVia: SIP/2.0/UDP h;rport=7000;received=192.0.2.1\r\n";
        let expected = expected.replace("Via: SIP/2.0/UDP h;rport\r\n", stamped);
        assert_eq!(std::str::from_utf8(&out[..len]), Ok(&*expected));
    })
    .unwrap();
}

/// The answer to a request that was refused, where there is one.
fn answer_to_fault(text: &[u8]) -> Option<String> {
    let buffer = simd::padded(text);
    let mut index = Index::new();
    let input = simd::Padded::new(&buffer, text.len()).unwrap();
    match parse(input, &Limits::default(), &mut index) {
        Ok(_) => panic!("not refused"),
        Err(error) => {
            let message = Message::for_reply(text, &index)?;
            Some(answer(&message, error.kind.fault().status, Some(b"ours")))
        }
    }
}

#[test]
fn a_refused_request_can_be_answered_when_the_five_are_there() {
    for (lines, status) in [
        (&["Max-Forwards: x"][..], "400"),
        (&["From: <sip:a@"], "400"),
        (&["CSeq: 99999999999 OPTIONS"], "400"),
        (&["CSeq: 1 INVITE"], "400"),
        (&["Content-Length: 50"], "400"),
        (&["no colon"], "400"),
        (&["Call-ID: 2\r\ni: 2"], "400"),
    ] {
        let out = answer_to_fault(&options(lines)).unwrap();
        assert_eq!(&out[8..11], status);
        assert!(out.contains("\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"));
    }
}

/// The way back is the source, and what the peer knows its transaction by is copied as it is.
#[test]
fn an_answer_to_a_via_that_was_not_understood_has_it_as_it_is() {
    let text = options(&["Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;;", "v: SIP/2.0/UDP h"]);
    let out = answer_to_fault(&text).unwrap();
    let expected = "\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;;\r\nv: SIP/2.0/UDP h\r\nFrom: ";
    assert!(out.contains(expected), "{out}");
}

#[test]
fn a_foreign_version_is_answered_with_505() {
    let text = String::from_utf8(options(&[])).unwrap().replace(" SIP/2.0\r\n", " SIP/7.0\r\n");
    assert!(answer_to_fault(text.as_bytes()).unwrap().starts_with("SIP/2.0 505 "));
}

#[test]
fn nothing_is_answered_without_a_way_back_or_to_an_ack() {
    for line in ["Via: absent", "To: absent", "From: absent", "Call-ID: absent", "CSeq: absent"] {
        assert_eq!(answer_to_fault(&options(&[line])), None, "{line}");
    }
    let ack = String::from_utf8(options(&["Max-Forwards: x"])).unwrap();
    assert_eq!(answer_to_fault(ack.replace("OPTIONS", "ACK").as_bytes()), None);
    assert_eq!(
        answer_to_fault(
            ack.replace("OPTIONS sip:b@example.com SIP/2.0", "SIP/2.0 200 OK").as_bytes()
        ),
        None
    );
}

#[test]
fn nothing_is_answered_that_could_split_the_answer() {
    assert_eq!(answer_to_fault(&options(&["Call-ID: a\rX: y"])), None);
}

#[test]
fn nothing_is_answered_whose_vias_were_not_all_seen() {
    let lines: Vec<_> = (0..124).map(|number| format!("A{number}: b")).collect();
    let lines: Vec<_> = lines.iter().map(|line| &line[..]).collect();
    assert_eq!(answer_to_fault(&options(&lines)), None);
}
