//! Owns which fields of `rte_mbuf` DPDK 22.11 keeps where, so that another release changes this
//! file only. Hot.
//! Refuses to check: every function takes a live mbuf on trust.
//!
//! # Safety
//! All functions here ask the same of the caller:
//! - `mbuf` came from DPDK and has not been freed;
//! - nobody else reads or writes its header meanwhile (setters: nobody else reads it either).

#![allow(clippy::missing_safety_doc, reason = "the module says it once for all functions")]

use crate::{
    RTE_MBUF_F_TX_IP_CKSUM, RTE_MBUF_F_TX_IPV4, RTE_MBUF_F_TX_L4_MASK, RTE_MBUF_F_TX_UDP_CKSUM,
    RTE_MBUF_L2_LEN_BITS, rte_mbuf,
};

/// First byte of the buffer, headroom included.
#[inline]
pub unsafe fn buffer(mbuf: *const rte_mbuf) -> *mut u8 {
    // SAFETY: the mbuf is live, as the module demands.
    unsafe { (*mbuf).buf_addr.cast() }
}

/// Length of the buffer, headroom included.
#[inline]
pub unsafe fn buffer_len(mbuf: *const rte_mbuf) -> u16 {
    // SAFETY: the mbuf is live, as the module demands.
    unsafe { (*mbuf).buf_len }
}

/// Where in the buffer the data starts; at most [`buffer_len`].
#[inline]
pub unsafe fn data_offset(mbuf: *const rte_mbuf) -> u16 {
    // SAFETY: the mbuf is live, as the module demands.
    unsafe { (*mbuf).data_off }
}

/// Bytes of data in this segment.
#[inline]
pub unsafe fn data_len(mbuf: *const rte_mbuf) -> u16 {
    // SAFETY: the mbuf is live, as the module demands.
    unsafe { (*mbuf).data_len }
}

/// Bytes of data in all segments.
#[inline]
pub unsafe fn packet_len(mbuf: *const rte_mbuf) -> u32 {
    // SAFETY: the mbuf is live, as the module demands.
    unsafe { (*mbuf).pkt_len }
}

/// How many segments the packet has.
#[inline]
pub unsafe fn segments(mbuf: *const rte_mbuf) -> u16 {
    // SAFETY: the mbuf is live, as the module demands.
    unsafe { (*mbuf).nb_segs }
}

/// Number of the port that received the packet.
#[inline]
pub unsafe fn port(mbuf: *const rte_mbuf) -> u16 {
    // SAFETY: the mbuf is live, as the module demands.
    unsafe { (*mbuf).port }
}

/// The offload flags.
#[inline]
pub unsafe fn flags(mbuf: *const rte_mbuf) -> u64 {
    // SAFETY: the mbuf is live, as the module demands.
    unsafe { (*mbuf).ol_flags }
}

/// Sets the length of a packet of one segment.
#[inline]
pub unsafe fn set_len(mbuf: *mut rte_mbuf, len: u16) {
    // SAFETY: the mbuf is live and ours alone, as the module demands.
    let header = unsafe { &mut *mbuf };
    header.data_len = len;
    header.pkt_len = u32::from(len);
}

/// Asks for the IPv4 and the UDP checksum behind headers of these lengths.
#[inline]
pub unsafe fn ask_checksums(mbuf: *mut rte_mbuf, l2: u8, l3: u8) {
    // SAFETY: the mbuf is live and ours alone, as the module demands.
    let header = unsafe { &mut *mbuf };
    header.ol_flags &= !RTE_MBUF_F_TX_L4_MASK;
    header.ol_flags |= RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_UDP_CKSUM;
    // One store of the whole word: `l2_len` in the low 7 bits, `l3_len` in the 9 above them.
    header.__bindgen_anon_3.tx_offload = u64::from(l2) | u64::from(l3) << RTE_MBUF_L2_LEN_BITS;
}

/// Takes all offload requests and marks back, as a packet that is sent on needs.
#[inline]
pub unsafe fn clear_flags(mbuf: *mut rte_mbuf) {
    // SAFETY: the mbuf is live and ours alone, as the module demands.
    unsafe { (*mbuf).ol_flags = 0 };
}
