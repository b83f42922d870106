//! Owns the claims about the messages. Refuses to measure.

use hashbrown::HashSet;
use parser::{Index, Limits, parse};

use super::{Corpus, Kind};

/// Header count and length of the one message of `kind`.
fn size(kind: Kind) -> (usize, usize) {
    let corpus = Corpus::one(kind);
    let datagram = corpus.messages().next().unwrap();
    let mut index = Index::new();
    let message = parse(datagram, &Limits::default(), &mut index).unwrap();
    (message.headers().len(), message.bytes().len())
}

#[test]
fn an_invite_has_the_headers_of_its_name() {
    for count in 11..=15 {
        assert_eq!(size(Kind::Invite(count)).0, count);
    }
}

#[test]
fn the_invite_has_14_headers_and_about_1000_bytes() {
    let (headers, bytes) = size(Kind::Invite(14));
    assert_eq!(headers, 14);
    assert!((950..=1_050).contains(&bytes), "{bytes}");
}

#[test]
fn the_mixed_messages_are_distinct_and_of_all_kinds() {
    let corpus = Corpus::mixed(6_000);
    let texts: HashSet<_> = corpus.messages().map(|datagram| datagram.bytes().to_vec()).collect();
    assert_eq!(texts.len(), 6_000);
    let count =
        |start: &str| texts.iter().filter(|text| text.starts_with(start.as_bytes())).count();
    let starts =
        ["INVITE", "SIP/2.0 100", "SIP/2.0 180", "SIP/2.0 183", "SIP/2.0 200", "ACK", "BYE"];
    assert_eq!(starts.map(count), [1_000, 800, 600, 300, 1_500, 800, 700]);
    assert_eq!(["CANCEL", "OPTIONS", "PRACK"].map(count), [100; 3]);
}

#[test]
fn the_mixed_messages_have_compact_names_and_several_orders() {
    let corpus = Corpus::mixed(600);
    let second_line = |datagram: simd::Padded<'_>| {
        let text = String::from_utf8(datagram.bytes().to_vec()).unwrap();
        text.lines().nth(2).unwrap().split(':').next().unwrap().to_owned()
    };
    let names: HashSet<_> = corpus.messages().map(second_line).collect();
    for name in ["From", "f", "Via", "v", "Max-Forwards", "Remote-Party-ID", "Call-ID"] {
        assert!(names.contains(name), "{name} in {names:?}");
    }
}

#[test]
fn every_run_makes_the_same_messages() {
    assert_eq!(Corpus::mixed(60).bytes, Corpus::mixed(60).bytes);
}
