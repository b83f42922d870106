//! Frames made by etherparse, then broken one way at a time, and what `classify` says of them.

use etherparse::PacketBuilder;
use proptest::prelude::*;

use super::*;
use crate::net::tests::*;

const INVITE: &[u8] = b"INVITE sip:49301234@10.77.1.1 SIP/2.0\r\n\r\n";
const SIP: (u32, u16) = (OUR_IP, 5060);

/// What `classify` says, and then `is_intact`.
fn checked(frame: &[u8], checksum: RxChecksum) -> Inbound {
    match classify(frame, ACCESS, &tables()) {
        Inbound::Sip { payload, .. } if !is_intact(frame, payload, checksum) => {
            Inbound::Drop(Verdict::DropUdpChecksum)
        }
        inbound => inbound,
    }
}

fn classified(frame: &[u8]) -> Inbound {
    checked(frame, RxChecksum::Unknown)
}

fn check_dropped(frame: &[u8], verdict: Verdict) {
    assert_eq!(classified(frame), Inbound::Drop(verdict));
}

/// A good frame, changed by `change`, its header checksum made right again.
fn check_changed(change: impl FnOnce(&mut Vec<u8>), verdict: Verdict) {
    let mut frame = udp_frame(PEER_IP, SIP, INVITE);
    change(&mut frame);
    mend_ip(&mut frame);
    check_dropped(&frame, verdict);
}

fn sip_payload(frame: &[u8]) -> Option<(ListenerId, &[u8])> {
    match classified(frame) {
        Inbound::Sip { listener, payload, .. } => Some((listener, payload.of(frame))),
        _ => None,
    }
}

#[test]
fn finds_the_listener_the_source_and_the_payload() {
    let frame = udp_frame(PEER_IP, SIP, INVITE);
    let payload = Extent { off: 42, len: u16::try_from(INVITE.len()).unwrap() };
    let source = Endpoint { ipv4: PEER_IP, port: 5070 };
    let expected = Inbound::Sip { listener: ListenerId(0), source, payload };
    assert_eq!(classified(&frame), expected);
    assert_eq!(payload.of(&frame), INVITE);
}

#[test]
fn tells_listeners_apart_by_address_and_port() {
    let of = |to| sip_payload(&udp_frame(PEER_IP, to, b"x")).map(|(listener, _)| listener);
    assert_eq!(of((OUR_IP, 5062)), Some(ListenerId(1)));
    assert_eq!(of((SERVICE_IP, 5060)), Some(ListenerId(2)));
}

#[test]
fn serves_an_address_on_its_own_interface_only() {
    check_dropped(&udp_frame(PEER_IP, (CORE_IP, 5060), INVITE), Verdict::DropNotOurs);
}

#[test]
fn accepts_a_source_behind_a_gateway() {
    assert!(sip_payload(&udp_frame(ip(192, 0, 2, 1), SIP, INVITE)).is_some());
}

#[test]
fn cuts_the_padding_of_short_frames() {
    let mut frame = udp_frame(PEER_IP, SIP, b"\r\n\r\n");
    frame.resize(60, 0xaa);
    assert_eq!(sip_payload(&frame), Some((ListenerId(0), &b"\r\n\r\n"[..])));
}

#[test]
fn takes_an_empty_datagram_as_an_empty_payload() {
    assert_eq!(sip_payload(&udp_frame(PEER_IP, SIP, b"")), Some((ListenerId(0), &b""[..])));
}

#[test]
fn skips_ip_options() {
    let header = etherparse::Ipv4Header {
        source: PEER_IP.to_be_bytes(),
        destination: OUR_IP.to_be_bytes(),
        time_to_live: 3,
        options: [1u8; 8].into(),
        ..Default::default()
    };
    let builder = PacketBuilder::ethernet2(PEER_MAC, OUR_MAC)
        .ip(etherparse::IpHeaders::Ipv4(header, Default::default()))
        .udp(5070, 5060);
    let mut frame = Vec::new();
    builder.write(&mut frame, INVITE).unwrap();
    assert_eq!(sip_payload(&frame), Some((ListenerId(0), INVITE)));
}

#[test]
fn ignores_what_follows_the_udp_length() {
    let mut frame = udp_frame(PEER_IP, SIP, INVITE);
    frame[38..40].copy_from_slice(&12u16.to_be_bytes());
    frame[40..42].fill(0);
    assert_eq!(sip_payload(&frame), Some((ListenerId(0), &INVITE[..4])));
}

#[test]
fn accepts_a_datagram_without_a_checksum() {
    let mut frame = udp_frame(PEER_IP, SIP, INVITE);
    frame[40..42].fill(0);
    assert!(sip_payload(&frame).is_some());
}

#[test]
fn drops_a_wrong_udp_checksum_unless_the_nic_found_it_right() {
    let mut frame = udp_frame(PEER_IP, SIP, INVITE);
    frame[50] ^= 1;
    let by = |checksum| checked(&frame, checksum);
    assert_eq!(by(RxChecksum::Unknown), Inbound::Drop(Verdict::DropUdpChecksum));
    assert_eq!(by(RxChecksum::Bad), Inbound::Drop(Verdict::DropUdpChecksum));
    assert!(matches!(by(RxChecksum::Good), Inbound::Sip { .. }));
}

#[test]
fn the_sum_is_over_addresses_header_and_payload() {
    let mut frame = udp_frame(PEER_IP, SIP, INVITE);
    let Inbound::Sip { payload, .. } = classified(&frame) else { panic!("a good frame") };
    let is_right = |frame: &[u8]| is_intact(frame, payload, RxChecksum::Unknown);
    assert!(is_right(&frame));
    for at in [26, 33, 34, 41, 42, 50] {
        frame[at] ^= 1;
        assert!(!is_right(&frame), "byte {at}");
        frame[at] ^= 1;
    }
}

#[test]
fn checks_itself_what_the_nic_finds_wrong() {
    let frame = udp_frame(PEER_IP, SIP, INVITE);
    let inbound = checked(&frame, RxChecksum::Bad);
    assert!(matches!(inbound, Inbound::Sip { .. }));
}

#[test]
fn drops_a_wrong_ip_checksum_whatever_the_nic_says() {
    let mut frame = udp_frame(PEER_IP, SIP, INVITE);
    frame[24] ^= 1;
    for checksum in [RxChecksum::Good, RxChecksum::Bad, RxChecksum::Unknown] {
        let inbound = checked(&frame, checksum);
        assert_eq!(inbound, Inbound::Drop(Verdict::DropIpChecksum));
    }
}

#[test]
fn drops_frames_for_others() {
    let mut frame = udp_frame(PEER_IP, SIP, INVITE);
    frame[5] ^= 1;
    check_dropped(&frame, Verdict::DropNotOurs);
    check_dropped(&udp_frame(PEER_IP, (ip(10, 77, 1, 2), 5060), INVITE), Verdict::DropNotOurs);
    // RFC 1122 §3.3.6: for one host, but broadcast on the link.
    let mut frame = udp_frame(PEER_IP, SIP, INVITE);
    frame[..6].fill(0xff);
    check_dropped(&frame, Verdict::DropNotOurs);
}

#[test]
fn drops_what_arrives_on_a_port_without_an_interface() {
    let frame = udp_frame(PEER_IP, SIP, INVITE);
    for port in [PortIndex(1), PortIndex(16), PortIndex(255)] {
        let inbound = classify(&frame, port, &tables());
        assert_eq!(inbound, Inbound::Drop(Verdict::DropNotOurs));
    }
}

#[test]
fn drops_tags_and_foreign_ether_types() {
    for (ether_type, verdict) in [
        (0x8100u16, Verdict::DropVlan),
        (0x88a8, Verdict::DropVlan),
        (0x86dd, Verdict::DropEtherType),
        (0x0026, Verdict::DropEtherType),
    ] {
        let mut frame = udp_frame(PEER_IP, SIP, INVITE);
        frame[12..14].copy_from_slice(&ether_type.to_be_bytes());
        check_dropped(&frame, verdict);
    }
}

#[test]
fn drops_sources_that_no_host_has() {
    for source in [
        0,
        ip(0, 0, 0, 9),
        ip(127, 0, 0, 1),
        ip(224, 0, 0, 1),
        ip(240, 0, 0, 1),
        u32::MAX,
        ip(10, 77, 1, 0),
        ip(10, 77, 1, 255),
        OUR_IP,
        SERVICE_IP,
    ] {
        check_dropped(&udp_frame(source, SIP, INVITE), Verdict::DropMartian);
    }
}

#[test]
fn drops_fragments_of_either_kind() {
    for flags in [0x2000u16, 0x0001, 0x2001, 0x6000] {
        let change = |frame: &mut Vec<u8>| frame[20..22].copy_from_slice(&flags.to_be_bytes());
        check_changed(change, Verdict::DropFragment);
    }
}

#[test]
fn drops_malformed_ip_headers() {
    check_changed(|frame| frame[14] = 0x65, Verdict::DropIpHeader);
    check_changed(|frame| frame[16..18].copy_from_slice(&[0, 19]), Verdict::DropIpHeader);
    check_changed(|frame| frame[16..18].copy_from_slice(&[4, 0]), Verdict::DropTruncated);
    check_changed(|frame| frame[23] = 6, Verdict::DropProtocol);
    let mut frame = udp_frame(PEER_IP, SIP, INVITE);
    frame[14] = 0x44;
    frame[24..26].fill(0);
    let sum = slow_sum(&frame[14..34]);
    frame[24..26].copy_from_slice(&(!sum).to_be_bytes());
    check_dropped(&frame, Verdict::DropIpHeader);
}

#[test]
fn drops_malformed_udp_headers() {
    check_changed(|frame| frame[38..40].copy_from_slice(&[0, 7]), Verdict::DropUdpHeader);
    check_changed(|frame| frame[38..40].copy_from_slice(&[1, 0]), Verdict::DropTruncated);
    check_changed(|frame| frame[34..36].fill(0), Verdict::DropUdpHeader);
    check_changed(|frame| frame[16..18].copy_from_slice(&[0, 27]), Verdict::DropTruncated);
    check_dropped(&udp_frame(PEER_IP, (OUR_IP, 5061), INVITE), Verdict::DropUdpPort);
    check_dropped(&udp_frame(PEER_IP, (OUR_IP, 0), INVITE), Verdict::DropUdpPort);
}

#[test]
fn drops_every_truncation_of_a_frame() {
    let frame = udp_frame(PEER_IP, SIP, INVITE);
    for len in 0..frame.len() {
        check_dropped(&frame[..len], Verdict::DropTruncated);
    }
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..200);
    let good = prop_oneof![
        4 => bytes().prop_map(|payload| udp_frame(PEER_IP, SIP, &payload)),
        1 => bytes().prop_map(|payload| echo_frame(&payload)),
        1 => Just(arp_frame(1, (PEER_MAC, PEER_IP), ([0; 6], OUR_IP))),
    ];
    // Half of the changed frames get right checksums again, so that later checks are reached.
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let mutated = (good, edits, any::<bool>()).prop_map(|(mut frame, edits, is_mended)| {
        for (at, byte) in edits {
            let at = at.index(frame.len());
            frame[at] = byte;
        }
        if is_mended && frame.len() >= 74 {
            frame[40..42].fill(0);
            mend_ip(&mut frame);
        }
        frame
    });
    let cut =
        (mutated, any::<prop::sample::Index>(), 0..4u8).prop_map(|(mut frame, at, one_of)| {
            if one_of == 0 {
                frame.truncate(at.index(frame.len()));
            }
            frame
        });
    prop_oneof![1 => bytes(), 7 => cut]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// What is accepted, etherparse reads as the same datagram with right checksums.
    #[test]
    fn agrees_with_etherparse_on_random_and_mutated_frames(frame in any_frame()) {
        let Inbound::Sip { source, payload, .. } = classified(&frame) else { return Ok(()) };
        let packet = etherparse::SlicedPacket::from_ethernet(&frame).unwrap();
        let ip_header = packet.net.as_ref().unwrap().ipv4_ref().unwrap().header().to_header();
        let Some(etherparse::TransportSlice::Udp(udp)) = &packet.transport else {
            return Err(TestCaseError::fail("not UDP"));
        };
        // Over the bytes themselves: etherparse's header does not keep the reserved flag (RFC 791 §3.1).
        let header_bytes = &frame[14..14 + usize::from(frame[14] & 15) * 4];
        let sum: u32 =
            header_bytes.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
        prop_assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff);
        prop_assert_eq!(ip_header.source, source.ipv4.to_be_bytes());
        prop_assert_eq!(udp.source_port(), source.port);
        prop_assert_eq!(udp.payload(), payload.of(&frame));
        let header = udp.to_header();
        let right = header.calc_checksum_ipv4(&ip_header, udp.payload()).unwrap();
        prop_assert!(header.checksum == 0 || header.checksum == right);
    }

    /// Whatever `classify` and the builders that work in place are given, they return.
    #[test]
    fn never_panics_in_what_follows_a_frame(mut frame in any_frame()) {
        if let Inbound::Arp(message) = classified(&frame) {
            arp::answer(&mut frame.clone(), OUR_MAC, &message);
        }
        let reply = icmp::echo_reply(&mut frame);
        prop_assert!(reply.is_none_or(|len| len <= frame.len()));
    }
}
