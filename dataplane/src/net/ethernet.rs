//! Owns the Ethernet II header: its fields, its addresses and the shortest frame.
//! Hot. Refuses to know payloads.

/// A MAC address in the order of the wire.
pub type Mac = [u8; 6];

/// The address of every host on the link.
pub const BROADCAST: Mac = [0xff; 6];

/// Bytes of the header.
pub const HEADER_LEN: usize = 14;
/// IEEE 802.3 §4.4.2: the shortest frame, without its check sequence.
pub const MIN_FRAME: usize = 60;

/// EtherType of IPv4.
pub const IPV4: u16 = 0x0800;
/// EtherType of ARP.
pub const ARP: u16 = 0x0806;
/// Tag of 802.1Q.
pub const VLAN: u16 = 0x8100;
/// Tag of 802.1ad.
pub const SERVICE_VLAN: u16 = 0x88a8;

/// The fields of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where the frame goes.
    pub destination: Mac,
    /// Where it comes from.
    pub source: Mac,
    /// What it carries.
    pub ether_type: u16,
}

/// Whether one host can have `mac`: neither a group address nor all zeros.
#[inline]
pub const fn is_host(mac: &Mac) -> bool {
    mac[0] & 1 == 0
        && u64::from_be_bytes([0, 0, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]]) != 0
}

/// Splits a frame into its header and what follows; nothing if it is shorter than a header.
#[inline]
pub fn split(frame: &[u8]) -> Option<(Header, &[u8])> {
    let (h, rest) = frame.split_first_chunk::<HEADER_LEN>()?;
    let header = Header {
        destination: [h[0], h[1], h[2], h[3], h[4], h[5]],
        source: [h[6], h[7], h[8], h[9], h[10], h[11]],
        ether_type: u16::from_be_bytes([h[12], h[13]]),
    };
    Some((header, rest))
}

/// Writes `header` over the first bytes of `frame`.
#[inline]
pub fn write(frame: &mut [u8; HEADER_LEN], header: &Header) {
    let Header { destination: d, source: s, ether_type } = header;
    let [t0, t1] = ether_type.to_be_bytes();
    *frame = [d[0], d[1], d[2], d[3], d[4], d[5], s[0], s[1], s[2], s[3], s[4], s[5], t0, t1];
}

/// Fills a frame of `len` bytes with zeros up to the shortest frame, as far as there is room.
///
/// Gives the frame's length.
///
/// What is not written here is what the buffer held before, which must not leave the machine.
#[inline]
pub fn pad(frame: &mut [u8], len: usize) -> usize {
    let end = MIN_FRAME.min(frame.len());
    match frame.get_mut(len..end) {
        Some(gap) => {
            gap.fill(0);
            end
        }
        None => len,
    }
}
