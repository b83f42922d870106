//! Owns the tests of RFC 4475 §3.1.1: messages that a parser must accept.
//! Refuses none of them.

use super::{accepted, rfc4475, values};
use crate::uri::parse as uri;
use crate::view::{address, via};
use crate::{HeaderId, Method, Start};

fn request_uri<'m>(message: &crate::Message<'m>) -> &'m [u8] {
    let Start::Request { uri, .. } = message.start() else { panic!("a request") };
    message.text(uri)
}

/// §3.1.1.1: "All elements should treat this as a well-formed request."
#[test]
fn wsinv_a_short_tortuous_invite() {
    accepted(rfc4475!("wsinv"), |message| {
        let target = uri(request_uri(&message)).unwrap();
        assert_eq!(target.part(target.user), b"vivekg");
        assert_eq!(target.param(b"unknownparam").map(|span| span.len), Some(0));
        assert_eq!(message.text(message.to().tag), b"1918181833n");
        assert_eq!(message.text(message.from().tag), b"98asjd8");
        let from = address::parse(message.text(message.from().value)).unwrap();
        assert_eq!(from.display, br#""J Rosenberg \\\"""#);
        assert_eq!(message.max_forwards().unwrap().value, 68);
        assert_eq!((message.cseq().number, message.cseq().method), (9, Method::Invite));
        assert_eq!(message.text(message.via().branch), b"390skdjuw");
        let hosts: Vec<_> =
            message.vias().map(|value| via::parse(message.text(value)).unwrap().host).collect();
        assert_eq!(hosts, [&b"192.0.2.2"[..], b"spindle.example.com", b"192.168.255.111"]);
        assert!(message.find(HeaderId::Subject).unwrap().value.is_empty());
        assert_eq!(message.text(message.contact().unwrap()), b"sip:jdrosen@example.com");
        let unusual = message.headers().find(|header| header.name.len == 29).unwrap();
        assert_eq!(message.text(unusual.value), b";;,,;;,;");
        assert_eq!((message.content_length(), message.body().len), (Some(150), 150));
    });
}

/// §3.1.1.2: a proxy forwards it or answers 404 for its URI; an endpoint 501 for its method.
#[test]
fn intmeth_a_wide_range_of_valid_characters() {
    accepted(rfc4475!("intmeth"), |message| {
        assert_eq!(message.method(), Some(Method::Other));
        let target = uri(request_uri(&message)).unwrap();
        assert_eq!(target.part(target.user), b"1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
        assert_eq!(target.part(target.password), b"&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
        assert_eq!(target.part(target.host), b"example.com");
        assert_eq!(message.text(message.via().branch), b"z9hG4bK-.!%66*_+`'~");
        let to = address::parse(message.text(message.to().value)).unwrap();
        assert_eq!(to.display, b"\"BEL:\\\x07 NUL:\\\0 DEL:\\\x7f\"");
        assert_eq!(message.text(message.from().uri), b"sip:mundane@example.com");
        assert_eq!(message.text(message.from().tag), b"_token~1'+`*%!-.");
        let call_id = br#"intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{"#;
        assert_eq!(message.text(message.call_id()), call_id);
        assert_eq!(message.max_forwards().unwrap().value, 255);
        let unknown = message.find(HeaderId::Other).unwrap();
        assert_eq!(message.text(unknown.value), "\u{feff}\u{5927}\u{505c}\u{96fb}".as_bytes());
    });
}

/// §3.1.1.3: "A parser must accept this as a well-formed message." Nothing is unescaped on the way.
#[test]
fn esc01_valid_use_of_escapes() {
    accepted(rfc4475!("esc01"), |message| {
        let target = uri(request_uri(&message)).unwrap();
        assert_eq!(target.part(target.user), b"sips%3Auser%40example.com");
        assert_eq!(target.part(target.host), b"example.net");
        assert_eq!(message.text(message.to().uri), b"sip:%75se%72@example.com");
        assert_eq!(message.text(message.from().uri), b"sip:I%20have%20spaces@example.net");
        let contact = uri(message.text(message.contact().unwrap())).unwrap();
        assert_eq!(contact.part(contact.params), b"%6C%72;n%61me=v%61lue%25%34%31");
    });
}

/// §3.1.1.4: "parsers must accept this message"; an escaped NUL ends nothing.
#[test]
fn escnull_escaped_nulls_in_uris() {
    accepted(rfc4475!("escnull"), |message| {
        let to = uri(message.text(message.to().uri)).unwrap();
        assert_eq!(to.part(to.user), b"null-%00-null");
        let contacts = values(&message, HeaderId::Contact);
        assert_eq!(contacts, ["<sip:%00@host5.example.com>", "<sip:%00%00@host5.example.com>"]);
    });
}

/// §3.1.1.5: "A parser should accept this message as well formed." The method is not REGISTER,
/// and `C%6Fntact` is no Contact.
#[test]
fn esc02_percent_signs_that_are_no_escapes() {
    accepted(rfc4475!("esc02"), |message| {
        assert_eq!(message.method(), Some(Method::Other));
        let from = address::parse(message.text(message.from().value)).unwrap();
        assert_eq!(from.display, b"\"%Z%45\"");
        let expected = ["<sip:alias1@host1.example.com>", "<sip:alias3@host3.example.com>"];
        assert_eq!(values(&message, HeaderId::Contact), expected);
        assert_eq!(message.text(message.via().branch), b"z9hG4bK209%fzsnel234");
    });
}

/// §3.1.1.6: not valid by the grammar, a mistake of it: "Elements should accept this request".
#[test]
fn lwsdisp_no_space_between_display_name_and_bracket() {
    accepted(rfc4475!("lwsdisp"), |message| {
        let from = address::parse(message.text(message.from().value)).unwrap();
        assert_eq!((from.display, from.uri), (&b"caller"[..], &b"sip:caller@example.com"[..]));
        assert_eq!(message.text(message.from().tag), b"323");
    });
}

/// §3.1.1.7: well-formed.
#[test]
fn longreq_long_values() {
    accepted(rfc4475!("longreq"), |message| {
        assert_eq!(message.via_count(), 34);
        let to = uri(message.text(message.to().uri)).unwrap();
        assert_eq!(to.port, Some(6000));
        assert_eq!(to.part(to.params).len(), 14 + 4 + 80 + 5 + 1 + 9 + 100 + 11 + 1 + 4 + 100 + 24);
        assert_eq!(usize::from(message.from().tag.len), 2 + 50 * 3 + 3);
        assert_eq!(usize::from(message.call_id().len), 11 + 20 * 6 + 10);
        assert_eq!(message.text(message.via().host), b"sip33.example.com");
        let last = via::parse(message.text(message.vias().last().unwrap())).unwrap();
        assert_eq!(last.params.get(b"branch").flatten().unwrap().len(), 4 + 50 * 4 + 11);
        assert_eq!(message.body().len, 150);
    });
}

/// §3.1.1.8: the INVITE behind the body is noise; a proxy does not forward it.
#[test]
fn dblreq_extra_octets_in_a_datagram() {
    let text = rfc4475!("dblreq");
    accepted(text, |message| {
        assert_eq!(message.method(), Some(Method::Register));
        assert!(message.body().is_empty());
        assert_eq!(message.bytes().len(), text.len() - 450);
        assert!(message.bytes().ends_with(b"Content-Length: 0\r\n\r\n"));
        assert!(text[message.bytes().len()..].starts_with(b"\r\nINVITE "));
        let mut out = [0; 1024];
        let patch = crate::edit::Patch::<1>::of(&message);
        let len = patch.apply(message.bytes(), &mut out).unwrap();
        assert_eq!(memchr::memmem::find(&out[..len], b"INVITE"), None);
    });
}

/// §3.1.1.9: the user part is `user;par=u@example.net`.
#[test]
fn semiuri_parameters_in_the_user_part() {
    accepted(rfc4475!("semiuri"), |message| {
        let target = uri(request_uri(&message)).unwrap();
        assert_eq!(target.part(target.user), b"user;par=u%40example.net");
        assert_eq!(target.part(target.host), b"example.com");
        assert!(target.params.is_empty());
        assert_eq!(values(&message, HeaderId::Accept).len(), 6);
    });
}

/// §3.1.1.10: "Parsers must accept this message as well formed."
#[test]
fn transports_varied_and_unknown() {
    accepted(rfc4475!("transports"), |message| {
        assert_eq!(message.text(message.via().transport), b"UDP");
        let transports: Vec<_> = message
            .vias()
            .map(|value| via::parse(message.text(value)).unwrap().transport)
            .collect();
        assert_eq!(transports, [&b"UDP"[..], b"SCTP", b"TLS", b"UNKNOWN", b"TCP"]);
    });
}

/// §3.1.1.11: "Parsers must accept this message as well formed"; the body holds NULs.
#[test]
fn mpart01_a_binary_body() {
    accepted(rfc4475!("mpart01"), |message| {
        assert_eq!(message.method(), Some(Method::Message));
        assert_eq!((message.content_length(), message.body().len), (Some(553), 553));
        let body = message.text(message.body());
        assert!(body.contains(&0) && body.ends_with(b"--7a9cbec02ceef655--\r\n"));
        assert_eq!(message.text(message.route().unwrap().uri), b"sip:127.0.0.1:5080");
    });
}

/// §3.1.1.12: "A parser must accept this message."
#[test]
fn unreason_an_unusual_reason_phrase() {
    accepted(rfc4475!("unreason"), |message| {
        let Start::Response { status, reason } = message.start() else { panic!("a response") };
        assert_eq!(status, 200);
        let expected = "= 2**3 * 5**2 \u{43d}\u{43e} \u{441}\u{442}\u{43e} ";
        assert!(message.text(reason).starts_with(expected.as_bytes()));
        assert_eq!(message.body().len, 154);
    });
}

/// §3.1.1.13: "A parser must accept this message"; one without the space, a liberal one does too.
#[test]
fn noreason_an_empty_reason_phrase() {
    let text = rfc4475!("noreason");
    let without = [b"SIP/2.0 100", &text[b"SIP/2.0 100 ".len()..]].concat();
    for text in [&text[..], &without] {
        accepted(text, |message| {
            let Start::Response { status, reason } = message.start() else { panic!("a response") };
            assert_eq!((status, reason.len), (100, 0));
        });
    }
}
