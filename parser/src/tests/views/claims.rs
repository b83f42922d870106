//! Owns the claims about the views on demand, one by one.
//! Refuses to test the shared fields twice: the twin does.

use proptest::prelude::*;

use crate::view::{address, reason, retry_after, timestamp, via};

#[test]
fn reads_reasons() {
    let read = reason::parse(b"Q.850 ;cause=16 ;text=\"a \\\"b\\\"; c\"").unwrap();
    assert_eq!(read.protocol, b"Q.850");
    assert_eq!(read.cause(), Some(16));
    assert_eq!(read.text(), Some(&b"a \\\"b\\\"; c"[..]));
    let read = reason::parse(b"SIP;Cause=600").unwrap();
    assert_eq!((read.cause(), read.text()), (Some(600), None));
    assert_eq!(reason::parse(b"SIP;cause=70000").unwrap().cause(), None);
    assert_eq!(reason::parse(b"SIP;cause=x;text=y").unwrap().text(), Some(&b"y"[..]));
    for broken in [&b""[..], b";cause=1", b"SIP;", b"SIP;cause=\"1", b"SIP x"] {
        assert!(reason::parse(broken).is_err(), "{broken:?}");
    }
}

/// RFC 3261 §7.3.1 forbids it, and §16.3 has a proxy read what it needs all the same.
#[test]
fn a_parameter_that_stands_twice_does_not_cost_the_value() {
    let read = reason::parse(b"Q.850;cause=16;text=\"a\";Cause=17;text=\"b\"").unwrap();
    assert_eq!((read.cause(), read.text()), (Some(16), Some(&b"a"[..])));
    let read =
        via::parse(b"SIP/2.0/UDP h;branch=1;rport;rport=5;received=::1;received=::2;ttl=1;ttl=2");
    let read = read.unwrap();
    assert_eq!((read.branch(), read.rport()), (Some(&b"1"[..]), Some(None)));
    assert_eq!((read.received(), read.ttl()), (Some(&b"::1"[..]), Some(1)));
    let read = retry_after::parse(b"5;duration=1;duration=2").unwrap();
    assert_eq!((read.seconds, read.duration()), (5, Some(1)));
}

#[test]
fn reads_retry_after() {
    let read = retry_after::parse(b"120 (I'm in a (long) meeting \\)) ;duration=3600").unwrap();
    assert_eq!((read.seconds, read.duration()), (120, Some(3600)));
    assert_eq!(read.comment, Some(&b"(I'm in a (long) meeting \\))"[..]));
    let read = retry_after::parse(b"5").unwrap();
    assert_eq!((read.seconds, read.duration(), read.comment), (5, None, None));
    for broken in [&b""[..], b"x", b"-1", b"99999999999", b"5 (a", b"5 a)", b"5)", b"5 \\("] {
        assert!(retry_after::parse(broken).is_err(), "{broken:?}");
    }
}

#[test]
fn reads_timestamps() {
    let read = timestamp::parse(b"54.21 0.5").unwrap();
    assert_eq!((read.time, read.delay), (&b"54.21"[..], Some(&b"0.5"[..])));
    assert_eq!(timestamp::parse(b"54").unwrap().delay, None);
    for broken in [&b""[..], b".5", b"5 x"] {
        assert!(timestamp::parse(broken).is_err(), "{broken:?}");
    }
}

#[test]
fn reads_addresses() {
    let read = address::parse(b"\"A, <b>\" <sip:a@b;x=y?z>;q=0.5 ; r = \"s;t\"").unwrap();
    assert_eq!(read.display, b"\"A, <b>\"");
    assert_eq!(read.uri, b"sip:a@b;x=y?z");
    assert_eq!(read.params.get(b"Q"), Some(Some(&b"0.5"[..])));
    assert_eq!(read.params.get(b"r"), Some(Some(&b"\"s;t\""[..])));
    assert_eq!(read.params.get(b"s"), None);
    assert_eq!(read.params.iter().count(), 2);
    let read = address::parse(b"A b <tel:1>").unwrap();
    assert_eq!((read.display, read.uri), (&b"A b"[..], &b"tel:1"[..]));
    let read = address::parse(b"sip:a@b;lr").unwrap();
    assert_eq!((read.display, read.uri), (&b""[..], &b"sip:a@b"[..]));
    assert_eq!(read.params.get(b"lr"), Some(None));
    for broken in [&b""[..], b"*", b"<sip:a", b"sip:a?b", b"<a>", b"\"a <sip:b>", b"sip:a,b"] {
        assert!(address::parse(broken).is_err(), "{broken:?}");
    }
}

#[test]
fn reads_vias() {
    let read = via::parse(b"SIP / 2.0 / TLS\r\n [::1] : 5061 ;branch=z9hG4bK1;alias").unwrap();
    assert_eq!(
        (read.protocol, read.version, read.transport),
        (&b"SIP"[..], &b"2.0"[..], &b"TLS"[..])
    );
    assert_eq!((read.host, read.port), (&b"[::1]"[..], Some(5061)));
    assert_eq!(read.params.text(), b";branch=z9hG4bK1;alias");
    for broken in [
        &b""[..],
        b"SIP/2.0 h",
        b"SIP/2.0/UDP h:",
        b"SIP/2.0/UDP h:0",
        b"SIP/2.0/UDP h;",
        b"SIP/2.0/UDP h x",
    ] {
        assert!(via::parse(broken).is_err(), "{broken:?}");
    }
    assert_eq!(via::parse(b"SIP/2.0/UDP h:70000").unwrap_err().at, 13);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_value_is_survived(value in "[ -~\r\n\t]{0,60}") {
        let comment = format!("5 {value}");
        let _ = retry_after::parse(comment.as_bytes());
        let value = value.as_bytes();
        let _ = via::parse(value);
        let _ = address::parse(value);
        let _ = reason::parse(value);
        let _ = retry_after::parse(value);
        let _ = timestamp::parse(value);
    }
}
