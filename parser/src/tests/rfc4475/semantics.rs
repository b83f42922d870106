//! Owns the tests of RFC 4475 §3.2 to §3.4: messages whose meaning is the test.
//! Refuses to test what the router makes of them: here is what the parser gives it for that.

use super::{accepted, refused, rfc4475, values};
use crate::uri::{Scheme, parse as uri};
use crate::view::{address, via};
use crate::{ErrorKind, HeaderId, Method, Start};

fn scheme(message: &crate::Message<'_>) -> Scheme {
    let Start::Request { uri: span, .. } = message.start() else { panic!("a request") };
    uri(message.text(span)).unwrap().scheme
}

/// §3.2.1: "A parser must not break"; an element may refuse it or fall back to the rules of
/// RFC 2543. Accepted, with the branch as it is: matching by branch sees that nothing follows.
#[test]
fn badbranch_cookie_without_identifier() {
    accepted(rfc4475!("badbranch"), |message| {
        assert_eq!(message.text(message.via().branch), b"z9hG4bK");
    });
}

/// §3.3.1: "must not break [...]. Ideally, it will respond with a 400". Refused without an answer:
/// there is no From, To and Call-ID that an answer must copy, and by which a peer would match it.
#[test]
fn insuf_required_headers_missing() {
    refused(rfc4475!("insuf"), ErrorKind::MissingFrom, b"\r\nv=0", None);
}

/// §3.3.2: "A parser must accept this as a well-formed SIP request." 416 is the router's.
#[test]
fn unkscm_unknown_scheme() {
    accepted(rfc4475!("unkscm"), |message| assert_eq!(scheme(&message), Scheme::Other));
}

/// §3.3.3: "A parser must accept this as a well-formed SIP request."
#[test]
fn novelsc_atypical_scheme() {
    accepted(rfc4475!("novelsc"), |message| assert_eq!(scheme(&message), Scheme::Other));
}

/// §3.3.4: "The message is syntactically valid. Parsers must not fail".
#[test]
fn unksm2_unknown_schemes_in_headers() {
    accepted(rfc4475!("unksm2"), |message| {
        assert_eq!(message.text(message.to().uri), b"isbn:2983792873");
        assert_eq!(message.text(message.from().uri), b"http://www.example.com");
        assert_eq!(message.text(message.contact().unwrap()), b"name:John_Smith");
    });
}

/// §3.3.5: "will respond with a 420", listing these values.
#[test]
fn bext01_require_and_proxy_require() {
    accepted(rfc4475!("bext01"), |message| {
        let expected = ["noProxiesSupportThis", "norDoAnyProxiesSupportThis"];
        assert_eq!(values(&message, HeaderId::ProxyRequire), expected);
        let expected = ["nothingSupportsThis", "nothingSupportsThisEither"];
        assert_eq!(values(&message, HeaderId::Require), expected);
    });
}

/// §3.3.6: "A parser must not fail"; a proxy processes it "as it would any other INVITE".
#[test]
fn invut_unknown_content_type() {
    accepted(rfc4475!("invut"), |message| {
        assert_eq!(values(&message, HeaderId::ContentType), ["application/unknownformat"]);
        assert_eq!(message.body().len, 40);
    });
}

/// §3.3.7: "The request is well formed."
#[test]
fn regaut01_unknown_authorization_scheme() {
    accepted(rfc4475!("regaut01"), |message| {
        let expected = ["NoOneKnowsThisScheme opaque-data=here"];
        assert_eq!(values(&message, HeaderId::Authorization), expected);
        assert_eq!(message.content_length(), Some(0));
    });
}

/// §3.3.8: "would respond with a 400 Bad Request error".
#[test]
fn multi01_several_values_where_one_may_stand() {
    refused(rfc4475!("multi01"), ErrorKind::DuplicateHeader, b"CSeq: 59 INVITE", Some(400));
}

/// §3.3.9: "should respond with an error".
#[test]
fn mcl01_several_content_lengths() {
    refused(rfc4475!("mcl01"), ErrorKind::DuplicateHeader, b"Content-Length: 5\r\n", Some(400));
}

/// §3.3.10: "The message is well formed; parsers must not fail". Proxies should drop it: the
/// second Via gives the address by which to tell.
#[test]
fn bcast_broadcast_address_in_via() {
    accepted(rfc4475!("bcast"), |message| {
        let second = via::parse(message.text(message.vias().nth(1).unwrap())).unwrap();
        assert_eq!(crate::uri::host_ipv4(second.host), Some(u32::MAX));
    });
}

/// §3.3.11: "a legal SIP request"; 483 is the proxy's.
#[test]
fn zeromf_max_forwards_of_zero() {
    accepted(rfc4475!("zeromf"), |message| assert_eq!(message.max_forwards().unwrap().value, 0));
}

/// §3.3.12: `unknownparam` is the header's, not the URI's.
#[test]
fn cparam01_parameter_of_a_contact_without_brackets() {
    accepted(rfc4475!("cparam01"), |message| {
        let expected = b"sip:+19725552222@gw1.example.net";
        assert_eq!(message.text(message.contact().unwrap()), expected);
        let value = message.find(HeaderId::Contact).unwrap().value;
        let contact = address::parse(message.text(value)).unwrap();
        assert_eq!(contact.params.get(b"unknownparam"), Some(None));
    });
}

/// §3.3.13: `unknownparam` is the URI's.
#[test]
fn cparam02_parameter_of_a_contact_in_brackets() {
    accepted(rfc4475!("cparam02"), |message| {
        let expected = b"sip:+19725552222@gw1.example.net;unknownparam";
        assert_eq!(message.text(message.contact().unwrap()), expected);
        let value = message.find(HeaderId::Contact).unwrap().value;
        let contact = address::parse(message.text(value)).unwrap();
        assert_eq!(contact.params.get(b"unknownparam"), None);
    });
}

/// §3.3.14: the escaped header belongs to the URI.
#[test]
fn regescrt_escaped_header_in_a_contact() {
    accepted(rfc4475!("regescrt"), |message| {
        let contact = uri(message.text(message.contact().unwrap())).unwrap();
        assert_eq!(contact.part(contact.headers), b"Route=%3Csip:sip.example.com%3E");
        assert_eq!(message.route(), None);
    });
}

/// §3.3.15: well-formed; 406 or 400 is the endpoint's.
#[test]
fn sdp01_unacceptable_accept() {
    accepted(rfc4475!("sdp01"), |message| {
        assert_eq!(values(&message, HeaderId::Accept), ["text/nobodyKnowsThis"]);
    });
}

/// §3.4.1: legal by RFC 2543, and "should be accepted by RFC 3261 elements that want to maintain
/// backwards compatibility": no branch, no From tag, no Content-Length, no Max-Forwards.
#[test]
fn inv2543_invite_with_rfc_2543_syntax() {
    accepted(rfc4475!("inv2543"), |message| {
        assert_eq!(message.method(), Some(Method::Invite));
        assert!(message.via().branch.is_empty() && message.from().tag.is_empty());
        assert_eq!((message.content_length(), message.max_forwards()), (None, None));
        assert_eq!(message.text(message.to().uri), b"sip:+16505552222@ss1.example.net");
        assert!(message.text(message.body()).ends_with(b"m=audio 49217 RTP/AVP 0\r\n"));
        let expected = b"sip:UserB@example.com;maddr=ss1.example.com";
        assert_eq!(message.text(message.record_route().unwrap().uri), expected);
    });
}
