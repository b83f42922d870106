//! Owns the IPv4 header: its checks, its fields and which addresses hosts can have.
//! Hot. Refuses to know payloads.

use super::checksum;
use crate::verdict::Verdict;

/// Bytes of a header without options.
pub const HEADER_LEN: usize = 20;
/// Protocol number of ICMP.
pub const ICMP: u8 = 1;
/// Protocol number of UDP.
pub const UDP: u8 = 17;
/// Time to live of what is sent (RFC 1700's default).
pub const TTL: u8 = 64;
/// "Don't fragment" in the field of flags and offset.
pub const DONT_FRAGMENT: u16 = 0x4000;

const MORE_FRAGMENTS: u16 = 0x2000;
const FRAGMENT_OFFSET: u16 = 0x1fff;

/// A header that passed [`parse`], with what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'f> {
    /// Source address.
    pub source: u32,
    /// Destination address.
    pub destination: u32,
    /// What it carries.
    pub protocol: u8,
    /// Whether it is only a part of a datagram.
    pub is_fragment: bool,
    /// Bytes of the header, options included: 20 to 60.
    pub header_len: u8,
    /// What follows the header, cut to the total length.
    pub payload: &'f [u8],
}

/// Source and destination of a packet that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Source address.
    pub source: u32,
    /// Destination address.
    pub destination: u32,
}

/// What [`write`] leaves in the checksum field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderChecksum {
    /// The checksum.
    Filled,
    /// Zero, for a NIC that fills it.
    Zero,
}

/// The network mask of a prefix length up to 32; longer ones are taken as 32.
pub const fn mask(prefix_len: u8) -> u32 {
    match prefix_len {
        0 => 0,
        1..=31 => u32::MAX << (32 - prefix_len),
        _ => u32::MAX,
    }
}

/// Whether one host can have `address`: not "this network", loopback, multicast, reserved or
/// broadcast.
#[inline]
pub const fn is_host(address: u32) -> bool {
    // RFC 1122 §3.2.1.3 (a), (c), (g); RFC 1112 §4 for the classes above 223.
    let first = address >> 24;
    first != 0 && first != 127 && first < 224
}

/// Checks the header at the start of `bytes` and cuts the payload to the total length.
///
/// # Errors
/// The verdict of the first check that fails, in the order of RFC 1812 §5.2.2.
#[inline]
pub fn parse(bytes: &[u8]) -> Result<Packet<'_>, Verdict> {
    // RFC 1812 §5.2.2 (1): the packet must be long enough to hold the minimum header.
    let h = bytes.first_chunk::<HEADER_LEN>().ok_or(Verdict::DropTruncated)?;
    // RFC 1812 §5.2.2 (2): the checksum must be correct. It covers the options, so their length is
    // needed before; a header length too small is judged at (4).
    let header_len = (usize::from(h[0] & 0x0f) * 4).max(HEADER_LEN);
    let options = bytes.get(HEADER_LEN..header_len).ok_or(Verdict::DropTruncated)?;
    if !checksum::is_valid(checksum::add_words(checksum::add_words(0, h), options)) {
        return Err(Verdict::DropIpChecksum);
    }
    // RFC 1812 §5.2.2 (3): the version must be 4; (4): the header has at least five words.
    if h[0] >> 4 != 4 || h[0] & 0x0f < 5 {
        return Err(Verdict::DropIpHeader);
    }
    // RFC 1812 §5.2.2 (5): the total length must hold the header.
    let total_len = usize::from(u16::from_be_bytes([h[2], h[3]]));
    if total_len < header_len {
        return Err(Verdict::DropIpHeader);
    }
    // RFC 1812 §5.2.2: a total length beyond what the link layer delivered means a truncated
    // packet; what the link layer delivered beyond it is padding.
    let payload = bytes.get(header_len..total_len).ok_or(Verdict::DropTruncated)?;
    let fragment = u16::from_be_bytes([h[6], h[7]]);
    Ok(Packet {
        source: u32::from_be_bytes([h[12], h[13], h[14], h[15]]),
        destination: u32::from_be_bytes([h[16], h[17], h[18], h[19]]),
        protocol: h[9],
        is_fragment: fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET) != 0,
        header_len: (h[0] & 0x0f) * 4,
        payload,
    })
}

/// Writes the header of an unfragmented UDP packet of `total_len` bytes.
#[inline]
pub fn write(
    header: &mut [u8; HEADER_LEN],
    ends: Ends,
    total_len: u16,
    identification: u16,
    checksum: HeaderChecksum,
) {
    let [l0, l1] = total_len.to_be_bytes();
    let [i0, i1] = identification.to_be_bytes();
    let [f0, f1] = DONT_FRAGMENT.to_be_bytes();
    let [s0, s1, s2, s3] = ends.source.to_be_bytes();
    let [d0, d1, d2, d3] = ends.destination.to_be_bytes();
    *header = [0x45, 0, l0, l1, i0, i1, f0, f1, TTL, UDP, 0, 0, s0, s1, s2, s3, d0, d1, d2, d3];
    if checksum == HeaderChecksum::Filled {
        let [c0, c1] = (!checksum::fold(checksum::add_words(0, header))).to_be_bytes();
        header[10] = c0;
        header[11] = c1;
    }
}
