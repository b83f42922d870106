//! Owns one packet buffer: its bytes, its length, and its way back to the pool. Hot.
//! Refuses to share a buffer: an [`Mbuf`] is the only handle to its memory.

use core::ptr::NonNull;
use core::slice;

use dpdk_sys as sys;
use dpdk_sys::mbuf as field;

use crate::port::PortId;

/// What the device says of the checksums of a received packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RxChecksum {
    /// The IPv4 header's and the UDP checksum were checked and hold.
    Good,
    /// At least one was checked and does not hold.
    Bad,
    /// At least one was not checked: software has to.
    Unknown,
}

/// More bytes than the buffer has room for, or a packet of several segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a length of {asked} bytes does not fit a buffer with room for {room}")]
pub struct TooLong {
    /// The length that was asked for.
    pub asked: usize,
    /// Bytes from the start of the data to the end of the buffer; 0 for several segments.
    pub room: usize,
}

/// The frame is too short for the headers whose checksum was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the frame is too short for the IPv4 and UDP header whose checksums were asked for")]
pub struct FrameTooShort;

/// A packet buffer. Dropping it gives it back to its pool.
#[repr(transparent)]
pub struct Mbuf(NonNull<sys::rte_mbuf>);

// SAFETY: an `Mbuf` is the only handle to its buffer (nothing here clones one or takes a second
// reference), so it may move to another thread with its owner; pools accept buffers from any
// thread.
unsafe impl Send for Mbuf {}
// SAFETY: the methods on `&self` only read the header and the bytes, which change through
// `&mut self` alone.
unsafe impl Sync for Mbuf {}

impl Mbuf {
    /// Takes ownership of a buffer that DPDK handed out.
    ///
    /// # Safety
    /// - `mbuf` is live and its reference count is one.
    /// - The caller gives up every other pointer to it.
    #[inline]
    pub(crate) unsafe fn from_raw(mbuf: NonNull<sys::rte_mbuf>) -> Mbuf {
        Mbuf(mbuf)
    }

    /// The bytes of the packet; of its first segment, if there are several.
    #[inline]
    pub fn data(&self) -> &[u8] {
        // SAFETY: data lies inside the buffer (DPDK's invariant, kept by `set_len`), which
        // stays ours as long as `self` is borrowed; pool memory comes zeroed from the system,
        // so every byte of it is initialised.
        unsafe { slice::from_raw_parts(self.start(), self.data_len()) }
    }

    /// The bytes of the packet; of its first segment, if there are several.
    #[inline]
    pub fn data_mut(&mut self) -> &mut [u8] {
        let (start, len) = (self.start(), self.data_len());
        // SAFETY: as for `data`, and `self` is borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(start, len) }
    }

    /// Everything from the first byte of the packet to the end of the buffer, and how much of it
    /// is the packet: what a parser needs that may read past the end.
    #[inline]
    pub fn padded(&self) -> (&[u8], usize) {
        // SAFETY: `room` is the distance from the data to the end of the buffer; the rest as for
        // `data`.
        let whole = unsafe { slice::from_raw_parts(self.start(), self.room()) };
        (whole, self.data_len())
    }

    /// Everything from the first byte of the packet to the end of the buffer, to write a packet
    /// into; [`Mbuf::set_len`] then says how long it became.
    #[inline]
    pub fn room_mut(&mut self) -> &mut [u8] {
        let (start, room) = (self.start(), self.room());
        // SAFETY: as for `padded`, and `self` is borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(start, room) }
    }

    /// Sets the length of the packet.
    ///
    /// # Errors
    /// [`TooLong`], and nothing changes, beyond the end of the buffer or for several segments.
    #[inline]
    pub fn set_len(&mut self, len: usize) -> Result<(), TooLong> {
        let room = if self.segments() == 1 { self.room() } else { 0 };
        match u16::try_from(len) {
            Ok(short) if len <= room => {
                // SAFETY: the buffer is live and ours alone.
                unsafe { field::set_len(self.0.as_ptr(), short) };
                Ok(())
            }
            _ => Err(TooLong { asked: len, room }),
        }
    }

    /// Bytes behind the packet's last one, up to the end of the buffer.
    #[inline]
    pub fn tailroom(&self) -> usize {
        self.room() - self.data_len()
    }

    /// How many segments the packet has: more than one only if the device was asked to scatter.
    #[inline]
    pub fn segments(&self) -> u16 {
        // SAFETY: the buffer is live and ours alone.
        unsafe { field::segments(self.0.as_ptr()) }
    }

    /// Length of the packet over all its segments.
    #[inline]
    pub fn packet_len(&self) -> usize {
        // SAFETY: the buffer is live and ours alone.
        unsafe { field::packet_len(self.0.as_ptr()) as usize }
    }

    /// The port that received the packet, if its driver says so: ring ports do not.
    #[inline]
    pub fn port(&self) -> Option<PortId> {
        // SAFETY: the buffer is live and ours alone.
        let number = unsafe { field::port(self.0.as_ptr()) };
        (u32::from(number) != sys::RTE_MBUF_PORT_INVALID).then_some(PortId(number))
    }

    /// What the device says of the IPv4 and UDP checksums.
    #[inline]
    pub fn rx_checksum(&self) -> RxChecksum {
        const IP: u64 = sys::RTE_MBUF_F_RX_IP_CKSUM_MASK as u64;
        const IP_GOOD: u64 = sys::RTE_MBUF_F_RX_IP_CKSUM_GOOD as u64;
        const IP_BAD: u64 = sys::RTE_MBUF_F_RX_IP_CKSUM_BAD as u64;
        const L4: u64 = sys::RTE_MBUF_F_RX_L4_CKSUM_MASK as u64;
        const L4_GOOD: u64 = sys::RTE_MBUF_F_RX_L4_CKSUM_GOOD as u64;
        const L4_BAD: u64 = sys::RTE_MBUF_F_RX_L4_CKSUM_BAD as u64;
        // SAFETY: the buffer is live and ours alone.
        let flags = unsafe { field::flags(self.0.as_ptr()) };
        if flags & IP == IP_BAD || flags & L4 == L4_BAD {
            RxChecksum::Bad
        } else if flags & IP == IP_GOOD && flags & L4 == L4_GOOD {
            RxChecksum::Good
        } else {
            RxChecksum::Unknown
        }
    }

    /// Leaves the IPv4 header's and the UDP checksum to the device: `l2` bytes of Ethernet (with
    /// tags), then `l3` bytes of IPv4 header, then UDP. Only for ports whose
    /// [`ActiveOffloads`](crate::port::ActiveOffloads) have both.
    ///
    /// Zeroes the IPv4 checksum and writes the pseudo header's sum into the UDP checksum, which
    /// is what devices expect to find; both headers must be complete otherwise.
    ///
    /// # Errors
    /// [`FrameTooShort`] when the headers do not fit the packet.
    #[inline]
    pub fn set_tx_checksum_offload(&mut self, l2: usize, l3: usize) -> Result<(), FrameTooShort> {
        let (Ok(short_l2 @ 0..128), Ok(short_l3 @ 20..=60)) = (u8::try_from(l2), u8::try_from(l3))
        else {
            return Err(FrameTooShort);
        };
        let frame = self.data_mut();
        let ip = frame.get_mut(l2..).ok_or(FrameTooShort)?;
        let (ip, udp) = ip.split_at_mut_checked(l3).ok_or(FrameTooShort)?;
        let (Some(ip), Some(udp)) = (ip.first_chunk_mut::<20>(), udp.first_chunk_mut::<8>()) else {
            return Err(FrameTooShort);
        };
        ip[10..12].fill(0);
        let sum = pseudo_header_sum(ip, [udp[4], udp[5]]);
        udp[6..8].copy_from_slice(&sum.to_be_bytes());
        // SAFETY: the buffer is live and ours alone.
        unsafe { field::ask_checksums(self.0.as_ptr(), short_l2, short_l3) };
        Ok(())
    }

    /// Takes back what [`Mbuf::set_tx_checksum_offload`] asked for and what the device said of
    /// the received packet: for a buffer that is filled anew.
    #[inline]
    pub fn clear_offloads(&mut self) {
        // SAFETY: the buffer is live and ours alone.
        unsafe { field::clear_flags(self.0.as_ptr()) };
    }

    #[inline]
    fn start(&self) -> *mut u8 {
        // SAFETY: the buffer is live and ours alone.
        let buffer = unsafe { field::buffer(self.0.as_ptr()) };
        // SAFETY: the data starts inside the buffer or at its end (DPDK's invariant).
        unsafe { buffer.add(self.offset()) }
    }

    #[inline]
    fn offset(&self) -> usize {
        // SAFETY: the buffer is live and ours alone.
        usize::from(unsafe { field::data_offset(self.0.as_ptr()) })
    }

    /// Asks for the first line of the buffer's own description.
    #[inline]
    pub fn prefetch_head(&self) {
        prefetch(self.0.as_ptr().cast());
    }

    /// Asks for the first `bytes` of the packet.
    #[inline]
    pub fn prefetch_data(&self, bytes: usize) {
        for line in self.data().iter().take(bytes).step_by(CACHE_LINE) {
            prefetch(core::ptr::from_ref(line));
        }
    }

    #[inline]
    fn data_len(&self) -> usize {
        // SAFETY: the buffer is live and ours alone.
        usize::from(unsafe { field::data_len(self.0.as_ptr()) })
    }

    /// Bytes from the start of the data to the end of the buffer.
    #[inline]
    fn room(&self) -> usize {
        // SAFETY: the buffer is live and ours alone.
        usize::from(unsafe { field::buffer_len(self.0.as_ptr()) }) - self.offset()
    }
}

impl Drop for Mbuf {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the buffer is live, ours alone, and nobody uses it after its `Drop`.
        unsafe { sys::sx_mbuf_free(self.0.as_ptr()) };
    }
}

impl core::fmt::Debug for Mbuf {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Mbuf").field("len", &self.packet_len()).finish_non_exhaustive()
    }
}

/// RFC 768: source, destination, zero, protocol and UDP length, summed and not inverted.
#[inline]
fn pseudo_header_sum(ip: &[u8; 20], udp_len: [u8; 2]) -> u16 {
    let mut sum = u32::from(u16::from_be_bytes(udp_len)) + u32::from(ip[9]);
    let (words, _) = ip[12..].as_chunks::<2>();
    for word in words {
        sum += u32::from(u16::from_be_bytes(*word));
    }
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    (sum & 0xffff) as u16
}

/// Bytes of a cache line.
const CACHE_LINE: usize = 64;

/// Asks for the line at `at`; a hint without effect on what the program means.
#[inline]
fn prefetch(at: *const u8) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch of any address is harmless: it neither reads nor faults.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

#[cfg(test)]
mod tests {
    use super::pseudo_header_sum;

    #[test]
    fn sums_the_pseudo_header_only() {
        let mut ip = [0u8; 20];
        ip[9] = 17;
        ip[12..16].copy_from_slice(&[192, 168, 0, 1]);
        ip[16..20].copy_from_slice(&[255, 255, 255, 255]);
        // c0a8 + 0001 + ffff + ffff + 0011 + 0008, carries folded back in.
        assert_eq!(pseudo_header_sum(&ip, [0, 8]), 0xc0c2);
    }
}
