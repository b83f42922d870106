//! Owns the way from a received frame to what it is for; refuses to know SIP.
//! Hot.

#[cfg(test)]
mod tests;

use std::ops::Range;

use super::{
    ArpMessage, BROADCAST, Endpoint, ListenerId, PortIndex, Tables, arp, checksum, ethernet, icmp,
    ipv4, tables::Link,
};
use crate::verdict::Verdict;

const UDP_HEADER_LEN: u16 = 8;
/// Offset of a UDP payload from the start of its frame, but for the IPv4 header.
const OFFSET_WITHOUT_IP: u16 = 14 + UDP_HEADER_LEN;
const _: () = assert!(OFFSET_WITHOUT_IP as usize == ethernet::HEADER_LEN + UDP_HEADER_LEN as usize);

/// Offset of an IPv4 packet's source address from the start of its frame; the destination follows (RFC 791 §3.1).
const SOURCE_OFFSET: usize = ethernet::HEADER_LEN + 12;

/// What the NIC says of a received frame's UDP checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RxChecksum {
    /// It checked, and the checksum is right.
    Good,
    /// It checked, and the checksum is wrong. Checked again here, so that the count is ours.
    Bad,
    /// It did not check.
    Unknown,
}

/// Where the payload lies in its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Offset of the first byte from the start of the frame.
    pub off: u16,
    /// Number of bytes.
    pub len: u16,
}

impl Extent {
    /// The same as a range of indices.
    #[inline]
    pub const fn range(self) -> Range<usize> {
        self.off as usize..self.off as usize + self.len as usize
    }

    /// The bytes in `frame`, the one that was classified.
    #[inline]
    pub fn of(self, frame: &[u8]) -> &[u8] {
        frame.get(self.range()).unwrap_or_default()
    }
}

/// What a received frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A datagram for a listener, whose checksum nobody has looked at: see [`is_intact`].
    Sip {
        /// The listener.
        listener: ListenerId,
        /// Who sent it.
        source: Endpoint,
        /// Its payload; may be empty.
        payload: Extent,
    },
    /// An ARP packet to answer or to learn from.
    Arp(ArpMessage),
    /// An ICMP echo request, to be answered with [`icmp::echo_reply`](super::icmp::echo_reply).
    Echo {
        /// Who sent it.
        source: u32,
    },
    /// Nothing for us.
    Drop(Verdict),
}

/// Says what a frame that arrived on `interface` is for.
///
/// `frame` holds the whole frame without its check sequence; padding behind the IPv4 packet is cut.
#[inline]
pub fn classify(frame: &[u8], interface: PortIndex, tables: &Tables) -> Inbound {
    match inspect(frame, interface, tables) {
        Ok(inbound) => inbound,
        Err(verdict) => Inbound::Drop(verdict),
    }
}

#[inline]
fn inspect(frame: &[u8], interface: PortIndex, tables: &Tables) -> Result<Inbound, Verdict> {
    let (header, payload) = ethernet::split(frame).ok_or(Verdict::DropTruncated)?;
    let link = tables.link(interface).ok_or(Verdict::DropNotOurs)?;
    let is_unicast = header.destination == link.interface.mac;
    if !is_unicast && header.destination != BROADCAST {
        return Err(Verdict::DropNotOurs);
    }
    match header.ether_type {
        // RFC 1122 §3.3.6: a packet for one host that came as a link-layer broadcast is discarded.
        ethernet::IPV4 if is_unicast => inspect_ipv4(payload, link, tables),
        ethernet::IPV4 => Err(Verdict::DropNotOurs),
        ethernet::ARP => arp::parse(payload, link).map(Inbound::Arp),
        ethernet::VLAN | ethernet::SERVICE_VLAN => Err(Verdict::DropVlan),
        _ => Err(Verdict::DropEtherType),
    }
}

#[inline]
fn inspect_ipv4(bytes: &[u8], link: &Link, tables: &Tables) -> Result<Inbound, Verdict> {
    let packet = ipv4::parse(bytes)?;
    if !link.is_ours(packet.destination) {
        return Err(Verdict::DropNotOurs);
    }
    // RFC 1122 §3.2.1.3: a packet whose source no host can have is silently discarded.
    if !link.is_stranger(packet.source) {
        return Err(Verdict::DropMartian);
    }
    if packet.is_fragment {
        return Err(Verdict::DropFragment);
    }
    match packet.protocol {
        ipv4::UDP => inspect_udp(&packet, link.interface.port, tables),
        ipv4::ICMP if icmp::is_echo_request(&packet) => Ok(Inbound::Echo { source: packet.source }),
        ipv4::ICMP => Err(Verdict::DropIcmp),
        _ => Err(Verdict::DropProtocol),
    }
}

#[inline]
fn inspect_udp(
    packet: &ipv4::Packet<'_>,
    interface: PortIndex,
    tables: &Tables,
) -> Result<Inbound, Verdict> {
    let h = packet
        .payload
        .first_chunk::<{ UDP_HEADER_LEN as usize }>()
        .ok_or(Verdict::DropTruncated)?;
    let source_port = u16::from_be_bytes([h[0], h[1]]);
    let udp_len = u16::from_be_bytes([h[4], h[5]]);
    // RFC 768: the length counts this header; a source port of zero means that nobody can be
    // answered.
    let len = udp_len.checked_sub(UDP_HEADER_LEN).ok_or(Verdict::DropUdpHeader)?;
    if source_port == 0 {
        return Err(Verdict::DropUdpHeader);
    }
    if packet.payload.len() < usize::from(udp_len) {
        return Err(Verdict::DropTruncated);
    }
    let udp_port = u16::from_be_bytes([h[2], h[3]]);
    let listener =
        tables.listener_at(interface, packet.destination, udp_port).ok_or(Verdict::DropUdpPort)?;
    let source = Endpoint { ipv4: packet.source, port: source_port };
    let off = OFFSET_WITHOUT_IP + u16::from(packet.header_len);
    Ok(Inbound::Sip { listener, source, payload: Extent { off, len } })
}

/// Whether the checksum of the datagram with this payload is right, in a frame that [`classify`] took for one. Apart
/// from that because it reads the whole datagram, which is best done where it is needed.
#[inline]
pub fn is_intact(frame: &[u8], payload: Extent, checksum: RxChecksum) -> bool {
    if checksum == RxChecksum::Good {
        return true;
    }
    let Range { start, end } = payload.range();
    let header = start.saturating_sub(usize::from(UDP_HEADER_LEN));
    let ends = frame.get(SOURCE_OFFSET..).and_then(<[u8]>::first_chunk::<8>);
    let (Some(ends), Some(datagram)) = (ends, frame.get(header..end)) else { return false };
    let [_, _, _, _, long, short, sum @ ..] = datagram else { return false };
    // RFC 768: a checksum field of zero means that the sender made none.
    if sum.starts_with(&[0, 0]) {
        return true;
    }
    let [a, b, c, d, e, f, g, h] = *ends;
    let (source, destination) =
        (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
    let udp_len = u16::from_be_bytes([*long, *short]);
    checksum::sum(datagram, checksum::pseudo_header(source, destination, udp_len)) == 0xffff
}
