//! Owns ARP packets (RFC 826) on Ethernet for IPv4: reading, asking and answering.
//! Hot. Refuses to know who is remembered.

#[cfg(test)]
mod tests;

use super::{BROADCAST, Interface, Mac, PortIndex, ethernet, neighbour, tables::Link};
use crate::verdict::Verdict;

/// Bytes of an ARP packet for Ethernet and IPv4.
const PACKET_LEN: usize = 28;
/// Bytes of a frame that carries one.
pub const FRAME_LEN: usize = ethernet::HEADER_LEN + PACKET_LEN;

/// Hardware Ethernet, protocol IPv4, address lengths 6 and 4.
const SPACE: [u8; 6] = [0, 1, 0x08, 0x00, 6, 4];
const REQUEST: u16 = 1;
const REPLY: u16 = 2;

/// What an ARP packet wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArpKind {
    /// Someone asks for an address of ours: to be answered, and its sender may be learnt.
    Request,
    /// Someone without an address asks whether ours is taken (RFC 5227 §2.1.1): to be answered
    /// only.
    Probe,
    /// An answer to us.
    Reply,
    /// Someone announces its own address.
    Gratuitous,
}

/// An ARP packet that concerns us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpMessage {
    /// What it wants.
    pub kind: ArpKind,
    /// Where it arrived.
    pub interface: PortIndex,
    /// Its sender's MAC address.
    pub sender_mac: Mac,
    /// Its sender's IPv4 address; 0 in a probe.
    pub sender_ip: u32,
    /// The address that it is about: ours in a request, probe or reply.
    pub target_ip: u32,
}

impl ArpMessage {
    /// Whether [`answer`] is to be sent.
    pub const fn wants_answer(&self) -> bool {
        matches!(self.kind, ArpKind::Request | ArpKind::Probe)
    }
}

/// Reads the ARP packet that a frame carries.
///
/// # Errors
/// The verdict of a packet that is malformed, about others, or claims an address of ours.
pub(super) fn parse(packet: &[u8], link: &Link) -> Result<ArpMessage, Verdict> {
    let p = packet.first_chunk::<PACKET_LEN>().ok_or(Verdict::DropTruncated)?;
    let (space, opcode) = ([p[0], p[1], p[2], p[3], p[4], p[5]], u16::from_be_bytes([p[6], p[7]]));
    let sender_mac = [p[8], p[9], p[10], p[11], p[12], p[13]];
    let sender_ip = u32::from_be_bytes([p[14], p[15], p[16], p[17]]);
    let target_ip = u32::from_be_bytes([p[24], p[25], p[26], p[27]]);
    if space != SPACE || !matches!(opcode, REQUEST | REPLY) || !ethernet::is_host(&sender_mac) {
        return Err(Verdict::DropArp);
    }
    if link.is_ours(sender_ip) {
        // RFC 5227 §2.4: a sender with our address is a conflict, unless it is our own frame come
        // back.
        let is_echo = sender_mac == link.interface.mac;
        return Err(if is_echo { Verdict::DropNotOurs } else { Verdict::DropArpConflict });
    }
    let asks_us = link.is_ours(target_ip);
    let kind = match opcode {
        REQUEST if asks_us && sender_ip == 0 => ArpKind::Probe,
        REQUEST if asks_us => ArpKind::Request,
        REPLY if asks_us => ArpKind::Reply,
        // RFC 5227 §3: an announcement is a request for the sender's own address; some send a
        // reply.
        _ if sender_ip == target_ip => ArpKind::Gratuitous,
        _ => return Err(Verdict::DropNotOurs),
    };
    // An address of another network is no neighbour here: the entry could never be used.
    if kind != ArpKind::Probe && !link.interface.is_host_on_link(sender_ip) {
        return Err(Verdict::DropArp);
    }
    Ok(ArpMessage { kind, interface: link.interface.port, sender_mac, sender_ip, target_ip })
}

/// Makes the frame of a request into its answer, in place, and gives the answer's length.
///
/// `frame` is the frame that `message` was read from, `mac` the address to answer with. The answer
/// is padded to the shortest Ethernet frame where `frame` has room. Nothing if `frame` is too
/// short.
pub fn answer(frame: &mut [u8], mac: Mac, message: &ArpMessage) -> Option<usize> {
    let sender = Party { mac, ip: message.target_ip };
    let target = Party { mac: message.sender_mac, ip: message.sender_ip };
    write(frame, message.sender_mac, REPLY, sender, target)
}

/// Writes the request that `ask` wants into `frame` and gives its length; nothing if there is no
/// room.
///
/// Padded like an [`answer`].
pub fn request(frame: &mut [u8], interface: &Interface, ask: &neighbour::Ask) -> Option<usize> {
    let sender = Party { mac: interface.mac, ip: interface.address.0 };
    // RFC 826: the target hardware address is what is asked for, so it has no value yet.
    let target = Party { mac: [0; 6], ip: ask.ip };
    write(frame, ask.destination, REQUEST, sender, target)
}

/// Writes the announcement (RFC 5227 §3) of `interface`'s own address into `frame`, for the start.
pub fn announcement(frame: &mut [u8], interface: &Interface) -> Option<usize> {
    let ask = neighbour::Ask {
        interface: interface.port,
        ip: interface.address.0,
        destination: BROADCAST,
    };
    request(frame, interface, &ask)
}

/// One side of an ARP packet.
#[derive(Clone, Copy)]
struct Party {
    mac: Mac,
    ip: u32,
}

fn write(frame: &mut [u8], to: Mac, opcode: u16, sender: Party, target: Party) -> Option<usize> {
    let (header, rest) = frame.split_first_chunk_mut()?;
    let packet = rest.first_chunk_mut::<PACKET_LEN>()?;
    ethernet::write(
        header,
        &ethernet::Header { destination: to, source: sender.mac, ether_type: ethernet::ARP },
    );
    let [h0, h1, p0, p1, hl, pl] = SPACE;
    let [o0, o1] = opcode.to_be_bytes();
    let Party { mac: s, ip } = sender;
    let [a0, a1, a2, a3] = ip.to_be_bytes();
    let Party { mac: t, ip } = target;
    let [b0, b1, b2, b3] = ip.to_be_bytes();
    *packet = [
        h0, h1, p0, p1, hl, pl, o0, o1, s[0], s[1], s[2], s[3], s[4], s[5], a0, a1, a2, a3, t[0],
        t[1], t[2], t[3], t[4], t[5], b0, b1, b2, b3,
    ];
    Some(ethernet::pad(frame, FRAME_LEN))
}
