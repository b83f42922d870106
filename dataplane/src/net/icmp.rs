//! Owns ICMP echo (RFC 792): what an echo request is, and its reply.
//! Hot. Refuses to know any other message.

#[cfg(test)]
mod tests;

use super::{checksum, ethernet, ipv4};

const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST: u8 = 8;
/// Type, code, checksum, identifier, sequence number.
const HEADER_LEN: usize = 8;

/// Whether `packet`, of protocol ICMP, is an echo request that can be answered.
pub(super) fn is_echo_request(packet: &ipv4::Packet<'_>) -> bool {
    let Some(h) = packet.payload.first_chunk::<HEADER_LEN>() else { return false };
    // RFC 1122 §3.2.2.6 asks to update or reverse the options of a request in its reply. Nothing
    // that watches a router's health sends them: such a request is dropped rather than answered
    // wrongly.
    usize::from(packet.header_len) == ipv4::HEADER_LEN
        && h[0] == ECHO_REQUEST
        && h[1] == 0
        && checksum::sum(packet.payload, 0) == 0xffff
}

/// Makes the frame of an echo request into its reply, in place, and gives the reply's length.
///
/// `frame` is one for which [`classify`](super::ingress::classify) said `Echo`; nothing for others.
/// The reply leaves by the way on which the request came. Whoever calls it limits the rate.
pub fn echo_reply(frame: &mut [u8]) -> Option<usize> {
    let (header, packet) = ethernet::split(frame)?;
    let checked = ipv4::parse(packet).ok()?;
    let is_request = header.ether_type == ethernet::IPV4
        && checked.protocol == ipv4::ICMP
        && !checked.is_fragment
        && is_echo_request(&checked);
    if !is_request {
        return None;
    }
    let len = ethernet::HEADER_LEN + ipv4::HEADER_LEN + checked.payload.len();

    let (eth, rest) = frame.split_first_chunk_mut()?;
    let (ip, icmp) = rest.split_first_chunk_mut::<{ ipv4::HEADER_LEN }>()?;
    let icmp = icmp.first_chunk_mut::<HEADER_LEN>()?;
    let (destination, source) = (header.source, header.destination);
    ethernet::write(eth, &ethernet::Header { destination, source, ether_type: ethernet::IPV4 });
    // RFC 1122 §3.2.2.6: the reply's source is the request's destination. The sum does not see the
    // swap; what changes is time to live and type, each the high byte of its word.
    let old = u16::from_be_bytes([ip[8], ip[9]]);
    ip[8] = ipv4::TTL;
    let new = u16::from_be_bytes([ip[8], ip[9]]);
    let sum = u16::from_be_bytes([ip[10], ip[11]]);
    [ip[10], ip[11]] = checksum::update(sum, old, new).to_be_bytes();
    let addresses = [ip[12], ip[13], ip[14], ip[15], ip[16], ip[17], ip[18], ip[19]];
    let [s0, s1, s2, s3, d0, d1, d2, d3] = addresses;
    [ip[12], ip[13], ip[14], ip[15], ip[16], ip[17], ip[18], ip[19]] =
        [d0, d1, d2, d3, s0, s1, s2, s3];
    // RFC 792: identifier, sequence number and data come back as they were.
    let sum = u16::from_be_bytes([icmp[2], icmp[3]]);
    let (old, new) = ([ECHO_REQUEST, 0], [ECHO_REPLY, 0]);
    icmp[0] = ECHO_REPLY;
    [icmp[2], icmp[3]] =
        checksum::update(sum, u16::from_be_bytes(old), u16::from_be_bytes(new)).to_be_bytes();
    Some(ethernet::pad(frame, len))
}
