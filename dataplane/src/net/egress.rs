//! Owns the headers of datagrams that are sent; refuses to know their payload.
//! Hot.

#[cfg(test)]
mod tests;

use super::{Endpoint, Interface, Listener, Mac, checksum, ethernet, ipv4};
use crate::verdict::Verdict;

const UDP_HEADER_LEN: usize = 8;
/// Bytes in front of the payload: Ethernet, IPv4 without options, UDP.
pub const HEADER_LEN: usize = ethernet::HEADER_LEN + ipv4::HEADER_LEN + UDP_HEADER_LEN;

/// Who makes the checksums of a sent datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TxChecksum {
    /// [`udp`] makes both.
    Software,
    /// The NIC makes both. [`udp`] leaves what DPDK asks for with both flags set: zero in the IPv4
    /// header, the pseudo header's sum in the UDP header.
    Offload,
}

/// From where and to where a datagram goes.
#[derive(Clone, Copy, Debug)]
pub struct Path<'t> {
    /// The interface that sends.
    pub interface: &'t Interface,
    /// The listener whose address and port it is sent from.
    pub from: &'t Listener,
    /// The address and port that it goes to.
    pub to: Endpoint,
    /// The MAC address of the next hop.
    pub next_hop: Mac,
}

/// The longest payload that fits into an unfragmented datagram on a link of `mtu` bytes.
#[inline]
pub const fn max_payload(mtu: u16) -> usize {
    (mtu as usize).saturating_sub(ipv4::HEADER_LEN + UDP_HEADER_LEN)
}

/// Writes the headers in front of the payload that lies at [`HEADER_LEN`], and gives the frame's
/// length.
///
/// # Errors
/// [`Verdict::DropTooLong`] if the payload exceeds the interface's MTU or `frame` ends before it
/// does.
#[inline]
pub fn udp(
    frame: &mut [u8],
    payload_len: usize,
    path: &Path<'_>,
    identification: u16,
    checksum: TxChecksum,
) -> Result<usize, Verdict> {
    // RFC 791 §3.1: the total length counts header and data; it never exceeds the MTU, a u16.
    let too_long = Verdict::DropTooLong;
    if payload_len > max_payload(path.interface.mtu) {
        return Err(too_long);
    }
    let frame_len = HEADER_LEN + payload_len;
    let total_len = u16::try_from(frame_len - ethernet::HEADER_LEN).map_err(|_| too_long)?;
    let udp_len = u16::try_from(UDP_HEADER_LEN + payload_len).map_err(|_| too_long)?;
    let datagram = frame.get_mut(..frame_len).ok_or(too_long)?;

    let (ethernet_header, rest) = datagram.split_first_chunk_mut().ok_or(too_long)?;
    let (ip_header, udp_datagram) = rest.split_first_chunk_mut().ok_or(too_long)?;
    let ends = ipv4::Ends { source: path.from.address, destination: path.to.ipv4 };
    ethernet::write(
        ethernet_header,
        &ethernet::Header {
            destination: path.next_hop,
            source: path.interface.mac,
            ether_type: ethernet::IPV4,
        },
    );
    ipv4::write(ip_header, ends, total_len, identification, ip_checksum(checksum));
    write_udp(udp_datagram, udp_len, path, ends, checksum);
    Ok(ethernet::pad(frame, frame_len))
}

#[inline]
const fn ip_checksum(checksum: TxChecksum) -> ipv4::HeaderChecksum {
    match checksum {
        TxChecksum::Software => ipv4::HeaderChecksum::Filled,
        TxChecksum::Offload => ipv4::HeaderChecksum::Zero,
    }
}

#[inline]
fn write_udp(
    datagram: &mut [u8],
    udp_len: u16,
    path: &Path<'_>,
    ends: ipv4::Ends,
    checksum: TxChecksum,
) {
    let pseudo = checksum::pseudo_header(ends.source, ends.destination, udp_len);
    let ([s0, s1], [d0, d1], [l0, l1]) =
        (path.from.udp_port.to_be_bytes(), path.to.port.to_be_bytes(), udp_len.to_be_bytes());
    let Some(header) = datagram.first_chunk_mut::<UDP_HEADER_LEN>() else { return };
    *header = [s0, s1, d0, d1, l0, l1, 0, 0];
    let field = match checksum {
        // RFC 768: a computed zero is sent as all ones, since zero says that there is no checksum.
        TxChecksum::Software => match !checksum::sum(datagram, pseudo) {
            0 => 0xffff,
            sum => sum,
        },
        TxChecksum::Offload => checksum::fold(pseudo),
    };
    if let Some(at) = datagram.get_mut(6..8) {
        at.copy_from_slice(&field.to_be_bytes());
    }
}
