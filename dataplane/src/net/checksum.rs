//! Owns the internet checksum (RFC 1071) as IPv4, ICMP and UDP use it.
//! Hot. Refuses to know where it stands in a header. Sums are of 16-bit words in network order;
//! `simd` adds up whole datagrams.

use super::ipv4;

/// Adds the 16-bit words of a short piece of a header to `sum`; a last odd byte counts as a high
/// byte.
///
/// The sum cannot overflow for pieces up to 64 KiB in all.
#[inline]
pub fn add_words(sum: u32, bytes: &[u8]) -> u32 {
    let (words, odd) = bytes.as_chunks::<2>();
    let sum = words.iter().fold(sum, |sum, word| sum + u32::from(u16::from_be_bytes(*word)));
    sum + odd.first().map_or(0, |high| u32::from(*high) << 8)
}

/// Folds a sum into 16 bits with end-around carry.
#[inline]
pub const fn fold(sum: u32) -> u16 {
    let once = (sum & 0xffff) + (sum >> 16);
    let [_, _, high, low] = ((once & 0xffff) + (once >> 16)).to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// Whether a sum that covers its checksum field is that of intact bytes.
#[inline]
pub const fn is_valid(sum: u32) -> bool {
    fold(sum) == 0xffff
}

/// The sum of UDP's pseudo header (RFC 768) for a datagram of `udp_len` bytes.
#[inline]
pub const fn pseudo_header(source: u32, destination: u32, udp_len: u16) -> u32 {
    let addresses =
        (source >> 16) + (source & 0xffff) + (destination >> 16) + (destination & 0xffff);
    addresses + ipv4::UDP as u32 + udp_len as u32
}

/// The folded sum of whole datagrams, on top of `initial`.
#[inline]
pub fn sum(bytes: &[u8], initial: u32) -> u16 {
    simd::ones_complement_sum(bytes, initial)
}

/// The checksum field after one word that it covers went from `old` to `new`.
#[inline]
pub const fn update(checksum: u16, old: u16, new: u16) -> u16 {
    // RFC 1624 §3, equation 3: HC' = ~(~HC + ~m + m'), which never yields the wrong zero.
    !fold(!checksum as u32 + !old as u32 + new as u32)
}
