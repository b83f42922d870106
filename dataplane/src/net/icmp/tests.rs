//! Echo requests made by etherparse, and their replies read by it.

use etherparse::{Icmpv4Type, SlicedPacket, TransportSlice};
use proptest::prelude::*;

use super::*;
use crate::{
    net::{
        ingress::{Inbound, classify},
        tests::*,
    },
    verdict::Verdict,
};

fn classified(frame: &[u8]) -> Inbound {
    classify(frame, ACCESS, &tables())
}

fn check_reply(frame: &[u8], payload: &[u8]) {
    let packet = SlicedPacket::from_ethernet(frame).unwrap();
    let Some(etherparse::LinkSlice::Ethernet2(link)) = &packet.link else { panic!("no link") };
    assert_eq!((link.source(), link.destination()), (OUR_MAC, PEER_MAC));
    let header = packet.net.as_ref().unwrap().ipv4_ref().unwrap().header().to_header();
    assert_eq!(header.source, OUR_IP.to_be_bytes());
    assert_eq!(header.destination, PEER_IP.to_be_bytes());
    assert_eq!(header.time_to_live, 64);
    assert_eq!(header.header_checksum, header.calc_header_checksum());
    let Some(TransportSlice::Icmpv4(icmp)) = &packet.transport else { panic!("no ICMP") };
    let header = icmp.header();
    let Icmpv4Type::EchoReply(echo) = header.icmp_type else { panic!("no echo reply") };
    assert_eq!((echo.id, echo.seq), (0x1234, 7));
    assert_eq!(icmp.payload(), payload);
    // Either zero of ones' complement says the same; receivers check that the sum is all ones.
    assert_eq!(slow_sum(icmp.slice()), 0xffff);
}

#[test]
fn an_echo_request_for_us_is_recognised() {
    assert_eq!(classified(&echo_frame(b"ping")), Inbound::Echo { source: PEER_IP });
}

#[test]
fn a_short_reply_is_padded_with_zeros() {
    let mut frame = echo_frame(b"ping");
    frame.resize(60, 0xaa);
    assert_eq!(echo_reply(&mut frame), Some(60));
    check_reply(&frame, b"ping");
    assert_eq!(frame[46..], [0; 14]);
}

#[test]
fn other_messages_are_dropped() {
    let mut reply = echo_frame(b"ping");
    echo_reply(&mut reply).unwrap();
    let mut unreachable = echo_frame(b"ping");
    unreachable[34] = 3;
    let mut wrong_code = echo_frame(b"ping");
    wrong_code[35] = 1;
    let mut wrong_sum = echo_frame(b"ping");
    wrong_sum[44] ^= 1;
    for frame in [&unreachable, &wrong_code, &wrong_sum] {
        assert_eq!(classified(frame), Inbound::Drop(Verdict::DropIcmp));
        assert_eq!(echo_reply(&mut frame.clone()), None);
    }
    assert_eq!(echo_reply(&mut reply), None);
}

proptest! {
    #[test]
    fn answers_with_the_same_data(payload in prop::collection::vec(any::<u8>(), 18..1400)) {
        let mut frame = echo_frame(&payload);
        prop_assert_eq!(echo_reply(&mut frame), Some(frame.len()));
        check_reply(&frame, &payload);
    }
}
