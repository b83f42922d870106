//! Owns the interfaces, addresses and frames that the tests of this folder share.
//! Frames are made by `etherparse`, so that nothing here checks itself.

use etherparse::{ArpHardwareId, ArpOperation, ArpPacket, EtherType, PacketBuilder};

use super::{BROADCAST, Config, Interface, Ipv4, Listener, ListenerId, Mac, PortIndex, Tables};

pub const ACCESS: PortIndex = PortIndex(0);
pub const CORE: PortIndex = PortIndex(3);
pub const OUR_MAC: Mac = [2, 0, 0, 0, 0, 1];
pub const PEER_MAC: Mac = [2, 0, 0, 0, 0, 9];
pub const OUR_IP: u32 = ip(10, 77, 1, 1);
/// A listener's address that is not the interface's own, of another network.
pub const SERVICE_IP: u32 = ip(198, 51, 100, 7);
pub const CORE_IP: u32 = ip(10, 77, 2, 1);
pub const PEER_IP: u32 = ip(10, 77, 1, 9);

pub const fn ip(a: u8, b: u8, c: u8, d: u8) -> u32 {
    u32::from_be_bytes([a, b, c, d])
}

pub fn interface() -> Interface {
    Interface { port: ACCESS, mac: OUR_MAC, address: Ipv4(OUR_IP), prefix_len: 24, mtu: 1500 }
}

pub fn core_interface() -> Interface {
    Interface { port: CORE, mac: OUR_MAC, address: Ipv4(CORE_IP), prefix_len: 24, mtu: 1500 }
}

pub fn listener(id: u8, interface: PortIndex, address: u32, udp_port: u16) -> Listener {
    Listener { id: ListenerId(id), interface, address, udp_port }
}

pub fn config() -> Config {
    Config {
        interfaces: vec![interface(), core_interface()],
        listeners: vec![
            listener(0, ACCESS, OUR_IP, 5060),
            listener(1, ACCESS, OUR_IP, 5062),
            listener(2, ACCESS, SERVICE_IP, 5060),
            listener(7, CORE, CORE_IP, 5060),
        ],
    }
}

pub fn tables() -> Tables {
    Tables::new(&config()).unwrap()
}

/// A UDP frame from the peer.
pub fn udp_frame(source: u32, destination: (u32, u16), payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2(PEER_MAC, OUR_MAC)
        .ipv4(source.to_be_bytes(), destination.0.to_be_bytes(), 61)
        .udp(5070, destination.1);
    let mut frame = Vec::new();
    builder.write(&mut frame, payload).unwrap();
    frame
}

/// An echo request from the peer.
pub fn echo_frame(payload: &[u8]) -> Vec<u8> {
    let builder = PacketBuilder::ethernet2(PEER_MAC, OUR_MAC)
        .ipv4(PEER_IP.to_be_bytes(), OUR_IP.to_be_bytes(), 61)
        .icmpv4_echo_request(0x1234, 7);
    let mut frame = Vec::new();
    builder.write(&mut frame, payload).unwrap();
    frame
}

/// A broadcast ARP frame.
pub fn arp_frame(operation: u16, sender: (Mac, u32), target: (Mac, u32)) -> Vec<u8> {
    let packet = ArpPacket::new(
        ArpHardwareId::ETHERNET,
        EtherType::IPV4,
        ArpOperation(operation),
        &sender.0,
        &sender.1.to_be_bytes(),
        &target.0,
        &target.1.to_be_bytes(),
    );
    let mut frame = Vec::new();
    PacketBuilder::ethernet2(sender.0, BROADCAST).arp(packet.unwrap()).write(&mut frame).unwrap();
    frame
}

/// Makes the IPv4 header checksum of a changed frame right again.
pub fn mend_ip(frame: &mut [u8]) {
    let len = usize::from(frame[14] & 0x0f) * 4;
    frame[24..26].fill(0);
    let sum = slow_sum(&frame[14..14 + len]);
    frame[24..26].copy_from_slice(&(!sum).to_be_bytes());
}

/// RFC 1071 §4.1 word by word.
pub fn slow_sum(bytes: &[u8]) -> u16 {
    let mut sum = 0u64;
    for word in bytes.chunks(2) {
        sum += u64::from(word[0]) << 8 | u64::from(word.get(1).copied().unwrap_or(0));
    }
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    u16::try_from(sum).unwrap()
}
