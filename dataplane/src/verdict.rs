//! Owns the verdicts: every packet that a worker takes ends in exactly one, and each has one counter.
//! Hot. Knows nothing of how a verdict came about.
//!
//! The table below is the only place that names them: enum, counter index, text and doc come from it.

macro_rules! verdicts {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $text:literal, )+) => {
        /// What became of a received packet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Verdict { $( $(#[doc = $doc])+ $variant, )+ }

        impl Verdict {
            /// Every verdict in counter order.
            pub const ALL: &'static [Verdict] = &[ $( Verdict::$variant, )+ ];

            /// The name under which the counter is shown.
            pub const fn text(self) -> &'static str {
                match self { $( Verdict::$variant => $text, )+ }
            }

            /// What the verdict means, in one line for operators.
            pub const fn meaning(self) -> &'static str {
                match self { $( Verdict::$variant => concat!($($doc),+), )+ }
            }
        }
    };
}

verdicts! {
    /// A SIP request went on to its next hop.
    ForwardRequest = "forward_request",
    /// A SIP response went on to its upstream hop.
    ForwardResponse = "forward_response",
    /// A request was answered by the router itself.
    Reply = "reply",
    /// A retransmission, an ACK of ours or a 100 that ends here.
    Absorb = "absorb",
    /// An ARP packet was answered or taken in.
    Arp = "arp",
    /// An ICMP echo request was answered.
    IcmpEcho = "icmp_echo",
    /// Dropped: the frame is shorter than its headers say.
    DropTruncated = "drop_truncated",
    /// Dropped: an Ethernet type that is not ours.
    DropEtherType = "drop_ether_type",
    /// Dropped: a frame with an 802.1Q or 802.1ad tag.
    DropVlan = "drop_vlan",
    /// Dropped: the destination address is none of ours.
    DropNotOurs = "drop_not_ours",
    /// Dropped: a source address that no host can have, or one of ours.
    DropMartian = "drop_martian",
    /// Dropped: the IPv4 header checksum is wrong.
    DropIpChecksum = "drop_ip_checksum",
    /// Dropped: a malformed IPv4 header.
    DropIpHeader = "drop_ip_header",
    /// Dropped: an IPv4 fragment.
    DropFragment = "drop_fragment",
    /// Dropped: an IP protocol that is not ours.
    DropProtocol = "drop_protocol",
    /// Dropped: a malformed UDP header.
    DropUdpHeader = "drop_udp_header",
    /// Dropped: the UDP checksum is wrong.
    DropUdpChecksum = "drop_udp_checksum",
    /// Dropped: a UDP port without a listener.
    DropUdpPort = "drop_udp_port",
    /// Dropped: a malformed ARP packet.
    DropArp = "drop_arp",
    /// Dropped: an ARP packet by which another host claims an address of ours.
    DropArpConflict = "drop_arp_conflict",
    /// Dropped: an ICMP message that is no echo request.
    DropIcmp = "drop_icmp",
    /// Dropped: a keep-alive of CRLF or NUL bytes.
    DropKeepAlive = "drop_keep_alive",
    /// Dropped: not SIP, or too broken to be answered.
    DropUnparseable = "drop_unparseable",
    /// Dropped: the source is neither an originator nor a trunk.
    DropUnknownSource = "drop_unknown_source",
    /// Dropped: a response that belongs to no transaction.
    DropStrayResponse = "drop_stray_response",
    /// Dropped: an ACK that belongs to no transaction and no dialog.
    DropStrayAck = "drop_stray_ack",
    /// Dropped: a dialog request from an address that is not that dialog's party.
    DropForeignSource = "drop_foreign_source",
    /// Dropped: no route to the next hop.
    DropNoRoute = "drop_no_route",
    /// Dropped: a table, slab or packet pool is exhausted.
    DropExhausted = "drop_exhausted",
    /// Dropped: the rewritten message exceeds the frame.
    DropTooLong = "drop_too_long",
    /// Dropped: another worker's, and the way there was full.
    DropHandOver = "drop_hand_over",
    /// Dropped: another worker's and new, and the way there nearly full: what was left of it is for calls that stand.
    DropHandOverNew = "drop_hand_over_new",
    /// Dropped: handling it raised a panic, or handling one of its burst that came before.
    DropPanic = "drop_panic",
}

/// One counter a verdict, kept by the worker that owns it.
#[derive(Debug)]
pub struct VerdictCounts {
    counts: [u64; Verdict::ALL.len()],
}

impl VerdictCounts {
    /// All counters at zero.
    pub const fn new() -> Self {
        VerdictCounts { counts: [0; Verdict::ALL.len()] }
    }

    /// Counts one packet.
    #[inline]
    pub fn count(&mut self, verdict: Verdict) {
        if let Some(word) = self.counts.get_mut(verdict as usize) {
            *word = word.wrapping_add(1);
        }
    }

    /// Packets that ended in `verdict` since start.
    pub fn get(&self, verdict: Verdict) -> u64 {
        self.counts.get(verdict as usize).copied().unwrap_or(0)
    }

    /// All counters, in the order of [`Verdict::ALL`].
    pub fn as_slice(&self) -> &[u64] {
        &self.counts
    }
}

impl Default for VerdictCounts {
    fn default() -> Self {
        Self::new()
    }
}
