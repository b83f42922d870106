//! Owns the claims about the headers that are numbers, first of all.
//! Refuses to know what they count.

use super::{seen, text};
use crate::view::session_expires::Refresher;
use crate::view::{expires, min_se, rack, rseq, session_expires};
use crate::{ErrorKind, Method};

#[test]
fn reads_numbers_up_to_their_limits() {
    for (value, expected) in [
        ("0", "0"),
        ("0000000000000000000000000000000000007", "7"),
        ("4294967295", "4294967295"),
        ("4294967296", "OutOfRange 0"),
        ("99999999999999999999999999999999", "OutOfRange 0"),
        ("+1", "View 0"),
        ("1.5", "View 1"),
        (" 1", "View 0"),
    ] {
        let read = seen(expires::parse(value.as_bytes()), |read| read.seconds.to_string());
        assert_eq!(read, expected, "{value}");
    }
}

#[test]
fn reads_who_refreshes_a_session() {
    let refresher = |value: &str| session_expires::parse(value.as_bytes()).unwrap().refresher();
    assert_eq!(refresher("90"), None);
    assert_eq!(refresher("90 ;Refresher=UAS"), Some(Refresher::Uas));
    assert_eq!(refresher("90;x=y;refresher=uac"), Some(Refresher::Uac));
    assert_eq!(refresher("90;refresher"), None);
    assert_eq!(refresher("90;refresher=proxy"), None);
    assert_eq!(min_se::parse(b"1;a;a").unwrap().seconds, 1);
}

#[test]
fn reads_reliable_responses() {
    assert_eq!(rseq::parse(b"1").unwrap().number, 1);
    assert_eq!(rseq::parse(b"000").unwrap_err().kind, ErrorKind::OutOfRange);
    for (value, expected) in [
        ("4294967295 2147483647 INVITE", "4294967295 2147483647 Invite INVITE"),
        ("1\r\n 2\tinvite", "1 2 Other invite"),
        ("1 2INVITE", "View 3"),
        ("1  0 ACK", "1 0 Ack ACK"),
        ("1 -2 INVITE", "View 2"),
        ("4294967296 1 INVITE", "OutOfRange 0"),
        ("1 4294967296 INVITE", "OutOfRange 2"),
        ("1 2 (x)", "View 4"),
    ] {
        let read = seen(rack::parse(value.as_bytes()), |read| {
            let (number, cseq) = (read.response_num, read.cseq_num);
            format!("{number} {cseq} {:?} {}", read.method, text(read.method_text))
        });
        assert_eq!(read, expected, "{value}");
    }
    assert_eq!(rack::parse(b"1 2 PRACK").unwrap().method, Method::Prack);
}
