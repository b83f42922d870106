//! Owns the claims about the comparison of URIs and header values, and about escapes.
//! Refuses to find them in messages.

use proptest::prelude::*;

use super::{options, with};
use crate::HeaderId;
use crate::compare::{MAX_PARAMS, same_header, same_uri, same_value};
use crate::escape::{self, Part, equal, equal_in_any_case};
use crate::uri::parse;
use crate::write::{Overflow, Writer};

/// Whether the URIs are the same, asked in both directions.
fn same(one: &str, other: &str) -> bool {
    let (first, second) = (parse(one.as_bytes()).unwrap(), parse(other.as_bytes()).unwrap());
    let same = same_uri(&first, &second);
    assert_eq!(same, same_uri(&second, &first), "{one} {other}");
    same
}

/// Every pair of lines but those of a line with itself.
fn pairs<'t>(lines: &[&'t str]) -> Vec<(&'t str, &'t str)> {
    let pairs = lines
        .iter()
        .enumerate()
        .flat_map(|(number, one)| lines.iter().skip(number + 1).map(move |other| (*one, *other)));
    pairs.collect()
}

/// RFC 3261 §19.1.4: "The URIs within each of the following sets are equivalent".
#[test]
fn uris_that_the_rfc_calls_equivalent_are() {
    for (one, other) in [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=off"),
    ] {
        assert!(same(one, other), "{one} {other}");
    }
}

/// RFC 3261 §19.1.4: "The URIs within each of the following sets are not equivalent".
#[test]
fn uris_that_the_rfc_calls_not_equivalent_are_not() {
    for (one, other) in [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    ] {
        assert!(!same(one, other), "{one} {other}");
    }
}

/// RFC 3261 §19.1.3: the examples, each another URI.
#[test]
fn example_uris_are_themselves_and_no_other() {
    let examples = [
        "sip:alice@atlanta.com",
        "sip:alice:secretword@atlanta.com;transport=tcp",
        "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:+1-212-555-1212:1234@gateway.com;user=phone",
        "sips:1212@gateway.com",
        "sip:alice@192.0.2.4",
        "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
        "sip:alice;day=tuesday@atlanta.com",
    ];
    for (one, other) in pairs(&examples) {
        assert!(same(one, one) && !same(one, other), "{one} {other}");
    }
}

/// RFC 3261 §19.1.6: equivalent tel URIs may become SIP URIs that are not.
#[test]
fn telephone_numbers_are_compared_by_their_own_rules() {
    for (one, other) in [
        ("tel:+358-555-1234567;postd=pp22", "tel:+358-555-1234567;POSTD=PP22"),
        ("tel:+358-555-1234567;postd=pp22;isub=1411", "tel:+358-555-1234567;isub=1411;postd=pp22"),
        ("tel:+358-555-1234567", "TEL:+358(555)1234567"),
        ("tel:863-1234;phone-context=+1-914-555", "tel:8631234;phone-context=+1914555"),
        ("tel:7042;phone-context=example.com", "tel:7042;phone-context=EXAMPLE.com"),
    ] {
        assert!(same(one, other), "{one} {other}");
    }
    for (one, other) in [
        (
            "sip:+358-555-1234567;postd=pp22@foo.com;user=phone",
            "sip:+358-555-1234567;POSTD=PP22@foo.com;user=phone",
        ),
        (
            "sip:+358-555-1234567;postd=pp22;isub=1411@foo.com;user=phone",
            "sip:+358-555-1234567;isub=1411;postd=pp22@foo.com;user=phone",
        ),
        ("tel:+1", "tel:1"),
        ("tel:1", "tel:1;x=y"),
        ("tel:1;ext=2", "tel:1;ext=3"),
        ("tel:1", "sip:1@h"),
    ] {
        assert!(!same(one, other), "{one} {other}");
    }
}

#[test]
fn each_rule_of_the_comparison_decides() {
    for (one, other, expected) in [
        ("sip:a@h", "sips:a@h", false),
        ("sip:a:p@h", "sip:a@h", false),
        ("sip:a:@h", "sip:a@h", false),
        ("sip:a:P@h", "sip:a:p@h", false),
        ("sip:h", "sip:a@h", false),
        ("sip:a@h:5060", "sip:a@h:05060", true),
        ("sip:a%3bb@h", "sip:a%3Bb@h", true),
        ("sip:a;b@h", "sip:a%3bb@h", false),
        ("sip:a%2541@h", "sip:aA@h", false),
        ("sip:a%2541@h", "sip:a%41@h", false),
        ("sip:a@h;user=phone", "sip:a@h", false),
        ("sip:a@h;ttl=1", "sip:a@h", false),
        ("sip:a@h;method=INVITE", "sip:a@h", false),
        ("sip:a@h;maddr=h", "sip:a@h", false),
        ("sip:a@h;m%61ddr=h", "sip:a@h", false),
        ("sip:a@h;lr", "sip:a@h", true),
        ("sip:a@h;lr", "sip:a@h;LR", true),
        ("sip:a@h;x=%61", "sip:a@h;%78=A", true),
        ("sip:a@h;x=1;x=2", "sip:a@h;x=1", false),
        ("sip:a@h?x=1&x=2", "sip:a@h?x=2&x=1", false),
        ("sip:a@h?x=1&y=3&x=2", "sip:a@h?X=1&x=2&y=3", true),
        ("sip:a@h?x=1", "sip:a@h?x=1&x=1", false),
        ("sip:a@h?to=sip:Bob%40h", "sip:a@h?to=sip:bob%40h", false),
        ("sip:a@h?subject=Lunch", "sip:a@h?Subject=lunch", true),
        ("sip:a@h?call-id=A", "sip:a@h?call-id=a", false),
        ("sip:a@[2001:DB8::1]", "sip:a@[2001:db8:0::1]", true),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:db8::2]", false),
        ("sip:a@192.0.2.1", "sip:a@192.0.2.001", true),
        ("sip:a@[::ffff:192.0.2.1]", "sip:a@192.0.2.1", false),
        ("urn:service:sos", "urn:service:sos", true),
        ("urn:service:sos", "URN:service:sos", false),
    ] {
        assert_eq!(same(one, other), expected, "{one} {other}");
    }
}

#[test]
fn more_parameters_than_the_limit_are_the_same_in_their_order_only() {
    let list = |range: std::ops::Range<usize>| {
        let params: Vec<_> = range.map(|number| format!(";p{number}=1")).collect();
        (params.concat(), params.into_iter().rev().collect::<String>())
    };
    let (few, backwards) = list(0..MAX_PARAMS);
    assert!(same(&format!("sip:h{few}"), &format!("sip:h{backwards}")));
    let (many, backwards) = list(0..MAX_PARAMS + 1);
    assert!(!same(&format!("sip:h{many}"), &format!("sip:h{backwards}")));
    assert!(same(&format!("sip:h{many}"), &format!("SIP:H{many}")));
}

/// RFC 3261 §7.3.1: the white space around the colon, and folds, say nothing.
#[test]
fn white_space_of_a_header_says_nothing() {
    let lines = [
        "Subject:            lunch",
        "Subject      :      lunch",
        "Subject            :lunch",
        "Subject: lunch",
        "s: Lunch",
    ];
    for (one, other) in pairs(&lines) {
        assert!(same_lines(&[one], &[other], HeaderId::Subject), "{one} {other}");
    }
    let one = "Subject: I know you're there, pick up the phone and talk to me!";
    let other = "Subject: I know you're there,\r\n         pick up the phone\r\n         \
                 and talk to me!";
    assert!(same_lines(&[one], &[other], HeaderId::Subject));
    assert!(!same_lines(&["Subject: a b"], &["Subject: ab"], HeaderId::Subject));
}

/// A message with these lines behind those that it must have.
fn with_rows(rows: &[&str]) -> Vec<u8> {
    let mut text = options(&[]);
    text.truncate(text.len() - 2);
    for row in rows {
        text.extend([row.as_bytes(), b"\r\n"].concat());
    }
    text.extend(b"\r\n");
    text
}

fn same_lines(one: &[&str], other: &[&str], id: HeaderId) -> bool {
    let (one, other) = (with_rows(one), with_rows(other));
    with(&one, |one| with(&other, |other| same_header(&one, &other, id)).unwrap()).unwrap()
}

/// RFC 3261 §7.3.1: rows of WWW-Authenticate, Authorization and the like "MUST NOT be combined into
/// a single header field row".
#[test]
fn a_comma_in_a_header_that_is_no_list_splits_nothing() {
    let one = ["Authorization: Digest username=\"a\", realm=\"b\""];
    let two = ["Authorization: Digest username=\"a\"\r\nAuthorization: realm=\"b\""];
    assert!(!same_lines(&one, &two, HeaderId::Authorization));
    assert!(same_lines(&two, &two, HeaderId::Authorization));
    let spread = ["Authorization: digest  username = \"a\",\r\n realm=\"b\""];
    assert!(same_lines(&one, &spread, HeaderId::Authorization));
}

/// RFC 3261 §7.3.1: "The following groups of header field rows are valid and equivalent".
#[test]
fn rows_of_one_header_are_one_list() {
    let groups = [
        &[
            "Route: <sip:alice@atlanta.com>",
            "Subject: Lunch",
            "Route: <sip:bob@biloxi.com>",
            "Route: <sip:carol@chicago.com>",
        ][..],
        &[
            "Route: <sip:alice@atlanta.com>, <sip:bob@biloxi.com>",
            "Route: <sip:carol@chicago.com>",
            "Subject: Lunch",
        ],
        &[
            "Subject: Lunch",
            "Route: <sip:alice@atlanta.com>, <sip:bob@biloxi.com>,\r\n       \
             <sip:carol@chicago.com>",
        ],
    ];
    for one in groups {
        for other in groups {
            assert!(same_lines(one, other, HeaderId::Route), "{one:?} {other:?}");
            assert!(same_lines(one, other, HeaderId::Subject), "{one:?} {other:?}");
        }
    }
}

/// RFC 3261 §7.3.1: "Each of the following blocks is valid but not equivalent to the others".
#[test]
fn the_order_of_values_counts() {
    let blocks = [
        &[
            "Route: <sip:alice@atlanta.com>",
            "Route: <sip:bob@biloxi.com>",
            "Route: <sip:carol@chicago.com>",
        ][..],
        &[
            "Route: <sip:bob@biloxi.com>",
            "Route: <sip:alice@atlanta.com>",
            "Route: <sip:carol@chicago.com>",
        ],
        &["Route: <sip:alice@atlanta.com>,<sip:carol@chicago.com>,\r\n       \
           <sip:bob@biloxi.com>"],
        &["Route: <sip:alice@atlanta.com>,<sip:bob@biloxi.com>"],
    ];
    for (number, one) in blocks.iter().enumerate() {
        for other in blocks.iter().skip(number + 1) {
            assert!(!same_lines(one, other, HeaderId::Route), "{one:?} {other:?}");
            assert!(!same_lines(other, one, HeaderId::Route), "{one:?} {other:?}");
        }
    }
}

/// RFC 3261 §7.3.1: "Contact: <sip:alice@atlanta.com>;expires=3600" and its variants.
#[test]
fn names_and_tokens_have_any_case_and_quoted_strings_one() {
    let contact = "Contact: <sip:alice@atlanta.com>;expires=3600";
    let other = "CONTACT: <sip:alice@atlanta.com>;ExPiReS=3600";
    assert!(same_lines(&[contact], &[other], HeaderId::Contact));
    let one = "Content-Disposition: session;handling=optional";
    let other = "content-disposition: Session;HANDLING=OPTIONAL";
    assert!(same_lines(&[one], &[other], HeaderId::ContentDisposition));
    let one = "Warning: 370 devnull \"Choose a bigger pipe\"";
    let other = "Warning: 370 devnull \"CHOOSE A BIGGER PIPE\"";
    assert!(!same_lines(&[one], &[other], HeaderId::Warning));
}

#[test]
fn each_kind_of_value_has_its_rule() {
    use HeaderId::{CallId, Contact, From, Reason, RecordRoute, To, Via};
    for (id, one, other, expected) in [
        (CallId, "a@H", "a@h", false),
        (From, "Bob <sip:bob@h>;tag=1", "sip:bob@h;TAG=1", true),
        (From, "<sip:bob@h>;tag=1", "<sip:bob@h>", false),
        (From, "<sip:bob@h>;tag=1", "<sip:bob@h>;tag=1;x=y", true),
        (From, "<sip:bob@h>;x=z", "<sip:bob@h>;x=y", false),
        (To, "<sip:Bob@h>", "<sip:bob@h>", false),
        (To, "<http://h>", "<http://h>;x", true),
        (Contact, "<sip:a@h>;q=1;expires=2", "<sip:a@H>;expires=2;q=1", true),
        (Contact, "<sip:a@h>;q=1", "<sip:a@h>", false),
        (Contact, "*", "*", true),
        (Contact, "*", "<sip:a@h>", false),
        (RecordRoute, "<sip:h;lr>", "<sip:h;lr;x=1>", true),
        (Reason, "Q.850 ; cause = 16", "q.850;cause=16", true),
        (Reason, "SIP;text=\"a \\b\"", "SIP;text=\"a b\"", true),
        (Reason, "SIP;text=\"a\r\n  b\"", "SIP;text=\"a b\"", true),
        (Reason, "SIP;text=\"a  b\"", "SIP;text=\"a b\"", false),
        (Reason, "SIP;text=\"a", "sip;TEXT=\"a", true),
        (Reason, "SIP;text=\"a", "SIP;text=\"a\"", false),
        (Via, "SIP / 2.0 / UDP  h : 5060;branch=1", "SIP/2.0/UDP h:5060;branch=1", true),
        (Via, "SIP/2.0/UDP h", "SIP/2.0/UDPh", false),
        (HeaderId::CallInfo, "<http://A> ;x", "<http://a>;x", false),
        (HeaderId::CallInfo, "<sip:a@H> ;x", "<sip:a@h>;x", true),
    ] {
        let found = same_value(id, one.as_bytes(), other.as_bytes());
        assert_eq!(found, expected, "{one} {other}");
        assert_eq!(same_value(id, other.as_bytes(), one.as_bytes()), expected, "{other} {one}");
    }
}

/// `text` through `write`, into `room` bytes.
fn written(room: usize, write: impl FnOnce(&mut Writer<'_>)) -> Result<String, Overflow> {
    let mut out = vec![0; room];
    let mut writer = Writer::new(&mut out);
    write(&mut writer);
    let len = writer.finish()?;
    Ok(String::from_utf8(out[..len].to_vec()).unwrap())
}

/// RFC 3261 §19.1.2 and §25.1: what each part may hold.
#[test]
fn each_part_escapes_what_it_may_not_hold() {
    let text = b"aZ09-_.!~*'()&=+$,;?/:@[]%\"< \x7f\r\0";
    for (part, expected) in [
        (Part::User, "aZ09-_.!~*'()&=+$,;?/%3A%40%5B%5D%25%22%3C%20%7F%0D%00"),
        (Part::Password, "aZ09-_.!~*'()&=+$,%3B%3F%2F%3A%40%5B%5D%25%22%3C%20%7F%0D%00"),
        (Part::Param, "aZ09-_.!~*'()&%3D+$%2C%3B%3F/:%40[]%25%22%3C%20%7F%0D%00"),
        (Part::Header, "aZ09-_.!~*'()%26%3D+$%2C%3B?/:%40[]%25%22%3C%20%7F%0D%00"),
    ] {
        let found = written(200, |out| escape::escape(part, text, out));
        assert_eq!(found.as_deref(), Ok(expected), "{part:?}");
        let short = written(expected.len() - 1, |out| escape::escape(part, text, out));
        assert_eq!(short, Err(Overflow::Output));
    }
}

#[test]
fn escapes_are_undone_once() {
    for (text, expected) in [
        ("sips%3Auser%40example.com", "sips:user@example.com"),
        ("v%61lue%25%34%31", "value%41"),
        ("null-%00-null", "null-\0-null"),
        ("%", "%"),
        ("%4", "%4"),
        ("%4x%41", "%4xA"),
        ("%%41", "%A"),
    ] {
        let found = written(64, |out| escape::unescape(text.as_bytes(), out));
        assert_eq!(found.as_deref(), Ok(expected), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_escaped_comes_back(text in prop::collection::vec(any::<u8>(), 0..40)) {
        for part in [Part::User, Part::Password, Part::Param, Part::Header] {
            let escaped = written(200, |out| escape::escape(part, &text, out)).unwrap();
            let mut out = [0; 64];
            let mut writer = Writer::new(&mut out);
            escape::unescape(escaped.as_bytes(), &mut writer);
            let len = writer.finish().unwrap();
            prop_assert_eq!(&out[..len], &text[..]);
            prop_assert!(equal(escaped.as_bytes(), escaped.to_lowercase().as_bytes())
                || text.iter().any(u8::is_ascii_uppercase));
            prop_assert!(equal_in_any_case(escaped.as_bytes(), escaped.to_lowercase().as_bytes()));
        }
    }

    #[test]
    fn an_escaped_user_makes_a_uri_of_that_user(user in prop::collection::vec(any::<u8>(), 1..40)) {
        let escaped = written(200, |out| escape::escape(Part::User, &user, out)).unwrap();
        let text = format!("sip:{escaped}@h");
        let uri = parse(text.as_bytes()).unwrap();
        prop_assert_eq!(uri.part(uri.user), escaped.as_bytes());
    }

    #[test]
    fn a_uri_is_itself_and_the_same_in_both_directions(
        one in "sips?:([a-c:%4]{1,4}@)?[hH](:[56])?(;[xXu](=[12])?){0,3}(\\?[xy]=[12](&[xy]=1)?)?",
        other in "sips?:([a-c:%4]{1,4}@)?[hH](:[56])?(;[xXu](=[12])?){0,3}(\\?[xy]=[12](&[xy]=1)?)?",
    ) {
        if let (Ok(first), Ok(second)) = (parse(one.as_bytes()), parse(other.as_bytes())) {
            prop_assert!(same_uri(&first, &first));
            prop_assert_eq!(same_uri(&first, &second), same_uri(&second, &first));
            let upper = one.replace('h', "H");
            prop_assert!(same_uri(&first, &parse(upper.as_bytes()).unwrap()));
        }
    }

    #[test]
    fn any_two_values_are_compared_in_both_directions(
        one in "[ab\"<>;=,\\\\ \r\n:@]{0,12}",
        other in "[aAb\"<>;=,\\\\ \r\n:@]{0,12}",
    ) {
        for id in [HeaderId::From, HeaderId::Contact, HeaderId::Reason] {
            let same = same_value(id, one.as_bytes(), other.as_bytes());
            prop_assert_eq!(same, same_value(id, other.as_bytes(), one.as_bytes()));
            prop_assert!(same_value(id, one.as_bytes(), one.as_bytes()));
        }
    }
}
