//! Owns the tests of RFC 5118: each message of its section 4, the RFC's verdict, and ours.
//! Refuses to change a message: the files under `tests/data` are the RFC's bytes.

use super::{answer, refusal, with};
use crate::uri::parse as uri;
use crate::view::via;
use crate::{ErrorKind, Message, Start};

/// The message of that name.
macro_rules! rfc5118 {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/rfc5118/", $name, ".dat"))
    };
}

fn request_uri<'m>(message: &Message<'m>) -> &'m [u8] {
    let Start::Request { uri, .. } = message.start() else { panic!("a request") };
    message.text(uri)
}

/// Host and port of the Request-URI.
fn target(text: &[u8]) -> (String, Option<u16>) {
    with(text, |message| {
        let target = uri(request_uri(&message)).unwrap();
        (String::from_utf8(target.part(target.host).to_vec()).unwrap(), target.port)
    })
    .unwrap()
}

/// Hosts and ports of all Vias.
fn hops(text: &[u8]) -> Vec<(String, Option<u16>)> {
    with(text, |message| {
        let vias = message.vias().map(|value| via::parse(message.text(value)).unwrap());
        vias.map(|via| (String::from_utf8(via.host.to_vec()).unwrap(), via.port)).collect()
    })
    .unwrap()
}

/// §4.1: "well-formatted according to the grammar".
#[test]
fn ipv6_good_references_in_uri_via_and_contact() {
    let text = rfc5118!("ipv6-good");
    assert_eq!(target(text), ("[2001:db8::10]".into(), None));
    assert_eq!(hops(text), [("[2001:db8::9:1]".into(), None)]);
    with(text, |message| {
        let contact = uri(message.text(message.contact().unwrap())).unwrap();
        assert_eq!(contact.part(contact.host), b"[2001:db8::1]");
    })
    .unwrap();
}

/// §4.2: "should respond with a 400 Bad Request". The pass does not look inside the Request-URI,
/// which other schemes than `sip` fill as they like; the URI view refuses it, with a 400.
#[test]
fn ipv6_bad_a_request_uri_without_brackets() {
    with(rfc5118!("ipv6-bad"), |message| {
        let error = uri(request_uri(&message)).unwrap_err();
        assert_eq!((error.kind, error.at), (ErrorKind::UriPort, 9));
        assert_eq!(error.kind.fault().status, 400);
    })
    .unwrap();
}

/// §4.3: "From a parsing perspective, the request below is well-formed": what looks like a port is
/// the end of the address.
#[test]
fn port_ambiguous_belongs_to_the_address() {
    assert_eq!(target(rfc5118!("port-ambiguous")), ("[2001:db8::10:5070]".into(), None));
}

/// §4.4: the port stands behind the bracket.
#[test]
fn port_unambiguous_stands_behind_the_bracket() {
    assert_eq!(target(rfc5118!("port-unambiguous")), ("[2001:db8::10]".into(), Some(5070)));
}

/// §4.5: "must parse them successfully", with brackets, which the grammar does not have there.
#[test]
fn via_received_param_with_delim_is_read() {
    with(rfc5118!("via-received-param-with-delim"), |message| {
        assert_eq!(message.text(message.via().received), b"[2001:db8::9:255]");
        assert_eq!(message.text(message.via().branch), b"z9hG4bKas3-111");
    })
    .unwrap();
}

/// §4.5: "must parse them successfully", without brackets too.
#[test]
fn via_received_param_no_delim_is_read() {
    with(rfc5118!("via-received-param-no-delim"), |message| {
        assert_eq!(message.text(message.via().received), b"2001:db8::9:255");
        assert_eq!(message.text(message.via().branch), b"z9hG4bKas3");
    })
    .unwrap();
}

/// §4.6: "valid and well-formed". But for its Content-Length of 268, which is longer than the body
/// of 251 bytes: RFC 3261 §18.3 wants a 400 for that, and gets it. With 251 it is accepted.
#[test]
fn ipv6_in_sdp_with_its_wrong_length_and_the_right_one() {
    let text = rfc5118!("ipv6-in-sdp");
    let error = with(text, |_| ()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::ContentTooShort);
    assert!(answer(text, error).unwrap().starts_with(b"SIP/2.0 400 "));
    let right = String::from_utf8(text.to_vec()).unwrap().replace(": 268", ": 251");
    assert_eq!(target(right.as_bytes()), ("[2001:db8::10]".into(), None));
    with(right.as_bytes(), |message| {
        assert!(message.text(message.body()).ends_with(b"H263-1998/90000\r\n"));
    })
    .unwrap();
}

/// §4.7: well-formed, with addresses of both families.
#[test]
fn mult_ip_in_header_gives_every_hop() {
    let text = rfc5118!("mult-ip-in-header");
    let expected = [
        ("[2001:db8::9:1]".into(), Some(6050)),
        ("192.0.2.1".into(), None),
        ("[2001:db8::9:255]".into(), None),
    ];
    assert_eq!(hops(text), expected);
    with(text, |message| {
        let last = via::parse(message.text(message.vias().last().unwrap())).unwrap();
        assert_eq!(last.params.get(b"received"), Some(Some(&b"192.0.2.200"[..])));
    })
    .unwrap();
}

/// §4.8: well-formed. Its Content-Length of 181 is shorter than the body, which RFC 3261 §18.3
/// has cut there.
#[test]
fn mult_ip_in_sdp_is_cut_to_its_length() {
    with(rfc5118!("mult-ip-in-sdp"), |message| {
        assert_eq!(message.body().len, 181);
        let body = message.text(message.body());
        assert!(memchr::memmem::find(body, b"c=IN IP6 2001:db8::1\r\n").is_some());
    })
    .unwrap();
}

/// §4.9: "must be prepared to parse it successfully". Its body too is longer than Content-Length.
#[test]
fn ipv4_mapped_ipv6_in_via_and_contact() {
    let text = rfc5118!("ipv4-mapped-ipv6");
    let expected =
        [("[::ffff:192.0.2.10]".into(), Some(19823)), ("[::ffff:192.0.2.2]".into(), None)];
    assert_eq!(hops(text), expected);
    with(text, |message| {
        let contact = uri(message.text(message.contact().unwrap())).unwrap();
        assert_eq!(contact.part(contact.host), b"[::ffff:192.0.2.2]");
        assert_eq!(message.body().len, 236);
    })
    .unwrap();
}

/// §4.10: "an implementation must tolerate both of the above constructs": this one is the mistake
/// of RFC 3261's grammar.
#[test]
fn ipv6_bug_abnf_3_colons_is_tolerated() {
    let text = rfc5118!("ipv6-bug-abnf-3-colons");
    assert_eq!(target(text), ("[2001:db8:::192.0.2.1]".into(), None));
}

/// §4.10: this one is right.
#[test]
fn ipv6_correct_abnf_2_colons_is_accepted() {
    let text = rfc5118!("ipv6-correct-abnf-2-colons");
    assert_eq!(target(text), ("[2001:db8::192.0.2.1]".into(), None));
    assert_eq!(refusal(text), None);
}
