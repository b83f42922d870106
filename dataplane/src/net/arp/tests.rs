//! ARP frames made and read by etherparse.

use etherparse::{ArpEthIpv4Packet, SlicedPacket};

use super::*;
use crate::net::{
    Tables,
    ingress::{Inbound, classify},
    tests::*,
};

const NOBODY: Mac = [0; 6];

fn classified(frame: &[u8]) -> Inbound {
    let tables: Tables = tables();
    classify(frame, ACCESS, &tables)
}

fn check(frame: &[u8], kind: ArpKind) -> ArpMessage {
    let Inbound::Arp(message) = classified(frame) else { panic!("{:?}", classified(frame)) };
    assert_eq!((message.kind, message.interface), (kind, ACCESS));
    message
}

fn check_dropped(frame: &[u8], verdict: Verdict) {
    assert_eq!(classified(frame), Inbound::Drop(verdict));
}

/// Link addresses and packet of an ARP frame.
fn read(frame: &[u8]) -> (Mac, Mac, ArpEthIpv4Packet) {
    let packet = SlicedPacket::from_ethernet(frame).unwrap();
    let Some(etherparse::LinkSlice::Ethernet2(link)) = &packet.link else { panic!("no link") };
    let Some(etherparse::NetSlice::Arp(arp)) = &packet.net else { panic!("no ARP") };
    let arp = arp.to_packet().try_eth_ipv4().unwrap();
    (link.source(), link.destination(), arp)
}

#[test]
fn a_request_for_an_address_of_ours_is_answered_with_our_mac() {
    for address in [OUR_IP, SERVICE_IP] {
        let mut frame = arp_frame(1, (PEER_MAC, PEER_IP), (NOBODY, address));
        let message = check(&frame, ArpKind::Request);
        assert!(message.wants_answer());
        let len = answer(&mut frame, OUR_MAC, &message).unwrap();
        let (source, destination, arp) = read(&frame[..len]);
        assert_eq!((source, destination), (OUR_MAC, PEER_MAC));
        assert_eq!(arp.operation, etherparse::ArpOperation::REPLY);
        assert_eq!((arp.sender_mac, arp.sender_ipv4), (OUR_MAC, address.to_be_bytes()));
        assert_eq!((arp.target_mac, arp.target_ipv4), (PEER_MAC, PEER_IP.to_be_bytes()));
    }
}

#[test]
fn a_frame_from_the_wire_keeps_its_length_and_loses_its_padding() {
    let mut frame = arp_frame(1, (PEER_MAC, PEER_IP), (NOBODY, OUR_IP));
    frame.resize(60, 0xaa);
    let message = check(&frame, ArpKind::Request);
    assert_eq!(answer(&mut frame, OUR_MAC, &message), Some(60));
    assert_eq!(frame[42..], [0; 18]);
}

#[test]
fn a_probe_is_answered_although_its_sender_has_no_address() {
    let message = check(&arp_frame(1, (PEER_MAC, 0), (NOBODY, OUR_IP)), ArpKind::Probe);
    assert!(message.wants_answer());
}

#[test]
fn a_reply_and_an_announcement_want_no_answer() {
    let reply = check(&arp_frame(2, (PEER_MAC, PEER_IP), (OUR_MAC, OUR_IP)), ArpKind::Reply);
    assert_eq!((reply.sender_mac, reply.sender_ip), (PEER_MAC, PEER_IP));
    for operation in [1, 2] {
        let frame = arp_frame(operation, (PEER_MAC, PEER_IP), (NOBODY, PEER_IP));
        assert!(!check(&frame, ArpKind::Gratuitous).wants_answer());
    }
    assert!(!reply.wants_answer());
}

#[test]
fn packets_about_others_are_dropped() {
    let other = ip(10, 77, 1, 33);
    check_dropped(&arp_frame(1, (PEER_MAC, PEER_IP), (NOBODY, other)), Verdict::DropNotOurs);
    check_dropped(&arp_frame(2, (PEER_MAC, PEER_IP), (NOBODY, other)), Verdict::DropNotOurs);
    check_dropped(&arp_frame(1, (PEER_MAC, PEER_IP), (NOBODY, CORE_IP)), Verdict::DropNotOurs);
}

#[test]
fn another_host_with_our_address_is_a_conflict_and_our_own_echo_is_none() {
    let claim = arp_frame(1, (PEER_MAC, OUR_IP), (NOBODY, OUR_IP));
    check_dropped(&claim, Verdict::DropArpConflict);
    let echo = arp_frame(1, (OUR_MAC, OUR_IP), (NOBODY, OUR_IP));
    check_dropped(&echo, Verdict::DropNotOurs);
}

#[test]
fn malformed_packets_are_dropped() {
    let good = arp_frame(1, (PEER_MAC, PEER_IP), (NOBODY, OUR_IP));
    // Hardware, protocol, the two lengths, operation, a group address as the sender.
    for (at, byte) in [(15, 6), (16, 0x86), (18, 8), (19, 16), (21, 3), (22, 0x01)] {
        let mut frame = good.clone();
        frame[at] = byte;
        check_dropped(&frame, Verdict::DropArp);
    }
    check_dropped(&good[..41], Verdict::DropTruncated);
}

#[test]
fn senders_outside_the_connected_network_are_dropped() {
    for sender in [CORE_IP, ip(192, 0, 2, 1), ip(10, 77, 1, 0), ip(10, 77, 1, 255), u32::MAX] {
        let frame = arp_frame(1, (PEER_MAC, sender), (NOBODY, OUR_IP));
        check_dropped(&frame, Verdict::DropArp);
    }
}

#[test]
fn a_request_asks_for_the_address_from_our_own() {
    for destination in [BROADCAST, PEER_MAC] {
        let mut frame = vec![0xee; 128];
        let ask = neighbour::Ask { interface: ACCESS, ip: PEER_IP, destination };
        assert_eq!(request(&mut frame, &interface(), &ask), Some(60));
        let (source, to, arp) = read(&frame[..42]);
        assert_eq!((source, to), (OUR_MAC, destination));
        assert_eq!(arp.operation, etherparse::ArpOperation::REQUEST);
        assert_eq!((arp.sender_mac, arp.sender_ipv4), (OUR_MAC, OUR_IP.to_be_bytes()));
        assert_eq!((arp.target_mac, arp.target_ipv4), (NOBODY, PEER_IP.to_be_bytes()));
        assert_eq!(frame[42..60], [0; 18]);
    }
}

#[test]
fn an_announcement_is_a_request_for_our_own_address() {
    let mut frame = [0; 42];
    assert_eq!(announcement(&mut frame, &interface()), Some(42));
    let (_, to, arp) = read(&frame);
    assert_eq!(to, BROADCAST);
    assert_eq!((arp.sender_ipv4, arp.target_ipv4), (OUR_IP.to_be_bytes(), OUR_IP.to_be_bytes()));
}

#[test]
fn a_buffer_too_short_for_a_packet_is_left_alone() {
    let mut frame = [0xee; 41];
    assert_eq!(announcement(&mut frame, &interface()), None);
    assert_eq!(frame, [0xee; 41]);
}
