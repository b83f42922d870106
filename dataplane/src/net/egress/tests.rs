//! What is built, etherparse must read back with the same fields and right checksums.

use etherparse::{SlicedPacket, TransportSlice};
use proptest::prelude::*;

use super::*;
use crate::net::{
    ingress::{Inbound, RxChecksum, classify, is_intact},
    tests::*,
};

const TO: Endpoint = Endpoint { ipv4: PEER_IP, port: 5070 };

fn build(payload: &[u8], to: Endpoint, checksum: TxChecksum) -> Result<Vec<u8>, Verdict> {
    let mut frame = vec![0xee; HEADER_LEN + payload.len() + 64];
    frame[HEADER_LEN..HEADER_LEN + payload.len()].copy_from_slice(payload);
    let (interface, from) = (interface(), listener(0, ACCESS, OUR_IP, 5060));
    let path = Path { interface: &interface, from: &from, to, next_hop: PEER_MAC };
    let len = udp(&mut frame, payload.len(), &path, 0xbeef, checksum)?;
    frame.truncate(len);
    Ok(frame)
}

#[test]
fn writes_headers_that_etherparse_reads_back() {
    let payload = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";
    let frame = build(payload, TO, TxChecksum::Software).unwrap();
    let packet = SlicedPacket::from_ethernet(&frame).unwrap();
    let Some(etherparse::LinkSlice::Ethernet2(link)) = &packet.link else { panic!("no link") };
    assert_eq!((link.source(), link.destination()), (OUR_MAC, PEER_MAC));
    let ip_header = packet.net.as_ref().unwrap().ipv4_ref().unwrap().header().to_header();
    assert_eq!(ip_header.source, OUR_IP.to_be_bytes());
    assert_eq!(ip_header.destination, PEER_IP.to_be_bytes());
    assert_eq!((ip_header.time_to_live, ip_header.identification), (64, 0xbeef));
    assert!(ip_header.dont_fragment && !ip_header.more_fragments);
    assert_eq!(ip_header.header_checksum, ip_header.calc_header_checksum());
    let Some(TransportSlice::Udp(datagram)) = &packet.transport else { panic!("no UDP") };
    assert_eq!((datagram.source_port(), datagram.destination_port()), (5060, 5070));
    assert_eq!(datagram.payload(), payload);
}

#[test]
fn leaves_the_pseudo_headers_sum_to_the_nic() {
    let frame = build(b"hello", TO, TxChecksum::Offload).unwrap();
    assert_eq!(frame[24..26], [0, 0]);
    let mut pseudo = [OUR_IP.to_be_bytes(), PEER_IP.to_be_bytes()].concat();
    pseudo.extend([0, 17, 0, 13]);
    assert_eq!(frame[40..42], slow_sum(&pseudo).to_be_bytes());
}

#[test]
fn sends_a_computed_zero_as_all_ones() {
    // The two bytes that bring the sum to all ones, found from the checksum without them.
    let frame = build(&[0, 0], TO, TxChecksum::Software).unwrap();
    let payload = [frame[40], frame[41]];
    let frame = build(&payload, TO, TxChecksum::Software).unwrap();
    assert_eq!(frame[40..42], [0xff, 0xff]);
}

#[test]
fn zeroes_the_padding_of_short_frames() {
    let frame = build(b"\r\n", TO, TxChecksum::Software).unwrap();
    assert_eq!((frame.len(), &frame[44..]), (60, &[0u8; 16][..]));
}

#[test]
fn refuses_a_payload_beyond_the_mtu() {
    assert_eq!(max_payload(1500), 1472);
    assert!(build(&[b'x'; 1472], TO, TxChecksum::Software).is_ok());
    let refused = build(&[b'x'; 1473], TO, TxChecksum::Software);
    assert_eq!(refused, Err(Verdict::DropTooLong));
}

#[test]
fn refuses_a_payload_beyond_the_frame() {
    let (interface, from) = (interface(), listener(0, ACCESS, OUR_IP, 5060));
    let path = Path { interface: &interface, from: &from, to: TO, next_hop: PEER_MAC };
    for (room, payload_len) in [(0, 0), (41, 0), (60, 19), (60, usize::MAX)] {
        let refused = udp(&mut vec![0; room], payload_len, &path, 1, TxChecksum::Software);
        assert_eq!(refused, Err(Verdict::DropTooLong));
    }
}

#[test]
fn fills_the_largest_frame_that_the_header_can_say() {
    let from = listener(0, ACCESS, OUR_IP, 5060);
    let interface = Interface { mtu: u16::MAX, ..interface() };
    let path = Path { interface: &interface, from: &from, to: TO, next_hop: PEER_MAC };
    let mut frame = vec![7; 66_000];
    let len = udp(&mut frame, max_payload(u16::MAX), &path, 1, TxChecksum::Software).unwrap();
    assert_eq!(len, 14 + 65_535);
    assert_eq!(frame[16..18], [0xff, 0xff]);
}

proptest! {
    #[test]
    fn makes_the_checksum_that_etherparse_makes(
        payload in prop::collection::vec(any::<u8>(), 0..1472),
        ipv4 in any::<u32>(),
        port in 1..u16::MAX,
    ) {
        let frame = build(&payload, Endpoint { ipv4, port }, TxChecksum::Software).unwrap();
        let packet = SlicedPacket::from_ethernet(&frame).unwrap();
        let ip_header = packet.net.as_ref().unwrap().ipv4_ref().unwrap().header().to_header();
        let Some(TransportSlice::Udp(datagram)) = &packet.transport else { unreachable!() };
        let expected = datagram.to_header().calc_checksum_ipv4(&ip_header, &payload).unwrap();
        prop_assert_eq!(ip_header.calc_header_checksum(), ip_header.header_checksum);
        prop_assert_eq!(datagram.checksum(), expected);
        prop_assert_eq!(datagram.payload(), &payload[..]);
    }

    /// What one interface sends, another one accepts.
    #[test]
    fn is_accepted_by_classify(payload in prop::collection::vec(any::<u8>(), 0..1472)) {
        let mut frame = vec![0; HEADER_LEN + payload.len()];
        frame[HEADER_LEN..].copy_from_slice(&payload);
        let (interface, from) = (interface(), listener(0, ACCESS, PEER_IP, 5070));
        let to = Endpoint { ipv4: OUR_IP, port: 5060 };
        let path = Path { interface: &interface, from: &from, to, next_hop: OUR_MAC };
        let len = udp(&mut frame, payload.len(), &path, 0, TxChecksum::Software).unwrap();
        let inbound = classify(&frame[..len], ACCESS, &tables());
        let Inbound::Sip { source, payload: found, .. } = inbound else {
            return Err(TestCaseError::fail(format!("{inbound:?}")));
        };
        prop_assert_eq!(source, from.endpoint());
        prop_assert_eq!(found.of(&frame), &payload[..]);
        prop_assert!(is_intact(&frame[..len], found, RxChecksum::Unknown));
    }
}
