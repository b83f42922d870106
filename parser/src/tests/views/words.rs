//! Owns the claims about the headers that are words: option tags, methods, warnings, privacy,
//! identity.
//! Refuses to know what the words ask for.

use super::{or_dash, seen, text};
use crate::tests::{options, with};
use crate::view::text::Text;
use crate::view::{allow, identity, option_tag, privacy, reason, warning};
use crate::{HeaderId, Method};

#[test]
fn a_text_is_what_it_means() {
    for (raw, inner, bytes) in [
        ("", "", ""),
        ("token", "token", "token"),
        ("a\\b", "a\\b", "a\\b"),
        ("\"\"", "", ""),
        ("\"", "\"", "\""),
        ("\"a \\\"b\\\" \\\\\"", "a \\\"b\\\" \\\\", "a \"b\" \\"),
        ("\"a\r\n b\"", "a\r\n b", "a b"),
        ("\"a\\\"", "a\\", "a"),
    ] {
        let read = Text::of(raw.as_bytes());
        assert_eq!(read.raw(), raw.as_bytes());
        assert_eq!(text(read.inner()), inner, "{raw}");
        assert!(read.bytes().eq(bytes.bytes()) && read.is(bytes.as_bytes()), "{raw}");
        assert!(read.is_word(bytes.to_uppercase().as_bytes()), "{raw}");
        assert!(!read.is(b"other") && !read.is_word(b"other"));
    }
}

#[test]
fn an_empty_list_has_no_values() {
    let text = options(&["Supported:", "Allow: "]);
    let counts = with(&text, |message| {
        let tags = message.views(HeaderId::Supported, option_tag::parse).count();
        let methods = message.views(HeaderId::Allow, allow::parse).count();
        (tags, methods, message.view(HeaderId::Require, option_tag::parse).is_none())
    });
    assert_eq!(counts, Ok((0, 0, true)));
}

#[test]
fn methods_are_the_same_in_one_case_only_and_option_tags_in_any() {
    assert_eq!(allow::parse(b"INVITE").unwrap().method, Method::Invite);
    assert_eq!(allow::parse(b"Invite").unwrap().method, Method::Other);
    assert!(option_tag::parse(b"Timer").unwrap().is(b"timer"));
    assert!(!option_tag::parse(b"timers").unwrap().is(b"timer"));
}

#[test]
fn reads_all_reasons_of_a_message() {
    let text = options(&[
        "Reason: SIP;cause=600;text=\"Busy, \\\"really\\\"\" , q.850 ; cause=17",
        "Subject: x\r\nReason: X.int;reason-code=0x00000000;add-info=05CC.0001,\r\n Q.850;cause=9x",
    ]);
    let reasons: Vec<_> = with(&text, |message| {
        let reasons = message.views(HeaderId::Reason, reason::parse).map(Result::unwrap);
        reasons.map(|read| (read.is_sip(), read.is_q850(), read.cause())).collect()
    })
    .unwrap();
    let expected = [
        (true, false, Some(600)),
        (false, true, Some(17)),
        (false, false, None),
        (false, true, None),
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn reads_warnings() {
    for (value, expected) in [
        ("370 devnull \"Choose a bigger pipe\"", "370|devnull|\"Choose a bigger pipe\""),
        ("301 isi.edu:5060 \"a \\\"b\\\"\"", "301|isi.edu:5060|\"a \\\"b\\\"\""),
        ("000 [2001:db8::1]:5060 \"\"", "0|[2001:db8::1]:5060|\"\""),
        ("399\r\n my~name!\t\"x, y\"", "399|my~name!|\"x, y\""),
        ("399 h:5060x \"x\"", "View 10"),
        ("399 h\"x\"", "View 5"),
        ("399 h \"x\" y", "View 9"),
        ("39x h \"x\"", "View 0"),
    ] {
        let read = seen(warning::parse(value.as_bytes()), |read| {
            format!("{}|{}|{}", read.code, text(read.agent), text(read.text.raw()))
        });
        assert_eq!(read, expected, "{value}");
    }
}

#[test]
fn reads_privacy() {
    let read = privacy::parse(b"Header;\r\n id ;critical;x-y").unwrap();
    assert_eq!(read.iter().map(text).collect::<Vec<_>>(), ["Header", "id", "critical", "x-y"]);
    assert!(read.has(b"header") && read.has(b"CRITICAL") && !read.has(b"user"));
    assert!(privacy::parse(b"none").unwrap().has(b"none"));
}

#[test]
fn reads_identities() {
    let read =
        identity::parse(b"a.b.c;INFO=< https://h/x > ;ppt=shaken;alg=ES256;y=\"z\"").unwrap();
    assert_eq!((text(read.digest), text(read.info)), ("a.b.c", "https://h/x"));
    assert!(read.alg().unwrap().is(b"ES256") && read.ppt().unwrap().is(b"shaken"));
    let parts = |value: &'static [u8]| {
        let passport = identity::parse(value).unwrap().passport();
        passport.map(|read| [read.header, read.claims, read.signature].map(text))
    };
    assert_eq!(parts(b"a.b.c;info=<x:y>"), Some(["a", "b", "c"]));
    assert_eq!(parts(b"..c;info=<x:y>"), Some(["", "", "c"]));
    assert_eq!(parts(b"c;info=<x:y>"), None);
    assert_eq!(parts(b"a.b.c.d;info=<x:y>"), None);
    let read = identity::parse(b"a;info=<x:y>").unwrap();
    assert_eq!(or_dash(read.alg().map(|alg| alg.raw())), "-");
}

#[test]
fn a_message_may_have_several_identities_with_commas_in_them() {
    let text = options(&[
        "Identity: a.b.c;info=<https://h/x,y>;alg=ES256",
        "y: ..d;info=<https://h/z>;ppt=\"div,x\"",
    ]);
    let infos: Vec<_> = with(&text, |message| {
        let infos = message.views(HeaderId::Identity, identity::parse);
        infos.map(|read| read.unwrap().info.to_vec()).collect()
    })
    .unwrap();
    assert_eq!(infos, [&b"https://h/x,y"[..], b"https://h/z"]);
}
