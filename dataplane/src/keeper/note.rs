//! Owns the notes that workers leave for the log: a kind and two numbers, 32 bytes.
//! Hot in its writing half. Refuses texts: what a packet says never gets into a note.
//!
//! A note is made where something rare happens, goes through a ring of its own, may be dropped when
//! that is full, and becomes a log line in the keeper.

use super::log::Level;

/// Bytes of a note.
pub const NOTE_BYTES: usize = 32;

macro_rules! notes {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $code:literal, $level:ident, $event:literal,
        $first:literal, $second:literal; )+) => {
        /// What a note tells.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum NoteKind { $( $(#[doc = $doc])+ $variant = $code, )+ }

        impl NoteKind {
            /// Every kind, in the order of its code.
            pub const ALL: &'static [NoteKind] = &[ $( NoteKind::$variant, )+ ];

            /// The kind of a code.
            pub const fn from_code(code: u16) -> Option<NoteKind> {
                match code { $( $code => Some(NoteKind::$variant), )+ _ => None }
            }

            /// The level of its log line.
            pub const fn level(self) -> Level {
                match self { $( NoteKind::$variant => Level::$level, )+ }
            }

            /// The event of its log line.
            pub const fn event(self) -> &'static str {
                match self { $( NoteKind::$variant => $event, )+ }
            }

            /// The keys of the two numbers; empty for one that is not used. A key that ends in `_ip`
            /// is an IPv4 address.
            pub const fn keys(self) -> [&'static str; 2] {
                match self { $( NoteKind::$variant => [$first, $second], )+ }
            }
        }
    };
}

notes! {
    /// A panic was caught; its transaction is lost.
    Panic = 1, Error, "worker_panic", "caught", "";
    /// The packet pool ran dry.
    PoolEmpty = 2, Warn, "packet_pool_empty", "port", "";
    /// A table refused a new call.
    TableFull = 3, Warn, "table_full", "table", "size";
    /// The ring of CDR events is so full that new calls are refused.
    EventsHeld = 4, Error, "new_calls_refused", "used_bytes", "capacity_bytes";
    /// New calls are taken again.
    EventsFlow = 5, Info, "new_calls_taken", "used_bytes", "capacity_bytes";
    /// A next hop does not answer ARP.
    Unresolved = 6, Warn, "next_hop_unresolved", "next_hop_ip", "port";
    /// A next hop answers again.
    Resolved = 7, Info, "next_hop_resolved", "next_hop_ip", "port";
    /// The send queue of a port refused packets.
    SendRefused = 8, Warn, "send_refused", "port", "packets";
    /// A 2xx came for a branch that was given up; it was acknowledged and ended.
    LateAnswer = 9, Info, "late_answer", "trunk", "call";
    /// A port lost or got its link.
    LinkChanged = 11, Warn, "link_changed", "port", "up";
    /// The control plane broke the ring of switches; images still tell them.
    CommandsClosed = 12, Error, "command_ring_closed", "", "";
}

/// One note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it tells.
    pub kind: NoteKind,
    /// The worker that tells it.
    pub worker: u16,
    /// Its meaning is in [`NoteKind::keys`].
    pub first: u64,
    /// Likewise.
    pub second: u64,
}

impl Note {
    /// The bytes for the ring.
    #[inline]
    pub fn to_bytes(self) -> [u8; NOTE_BYTES] {
        let mut bytes = [0u8; NOTE_BYTES];
        let [k0, k1] = (self.kind as u16).to_le_bytes();
        let [w0, w1] = self.worker.to_le_bytes();
        let (head, rest) = bytes.split_at_mut(8);
        head.copy_from_slice(&[k0, k1, w0, w1, 0, 0, 0, 0]);
        let (first, rest) = rest.split_at_mut(8);
        first.copy_from_slice(&self.first.to_le_bytes());
        let (second, _) = rest.split_at_mut(8);
        second.copy_from_slice(&self.second.to_le_bytes());
        bytes
    }

    /// The note in `bytes`; `None` for a kind or length that this version does not know.
    pub fn from_bytes(bytes: &[u8]) -> Option<Note> {
        let bytes: &[u8; NOTE_BYTES] = bytes.try_into().ok()?;
        let [k0, k1, w0, w1, _, _, _, _, rest @ ..] = bytes;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let second = rest.first_chunk::<8>()?;
        Some(Note {
            kind: NoteKind::from_code(u16::from_le_bytes([*k0, *k1]))?,
            worker: u16::from_le_bytes([*w0, *w1]),
            first: u64::from_le_bytes(*first),
            second: u64::from_le_bytes(*second),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back() {
        for kind in NoteKind::ALL {
            let note = Note { kind: *kind, worker: 513, first: u64::MAX - 1, second: 7 };
            assert_eq!(Note::from_bytes(&note.to_bytes()), Some(note));
        }
    }

    #[test]
    fn rejects_unknown_kinds_and_lengths() {
        let mut bytes = Note { kind: NoteKind::Panic, worker: 0, first: 0, second: 0 }.to_bytes();
        assert_eq!(Note::from_bytes(&bytes[..31]), None);
        bytes[0] = 0xff;
        assert_eq!(Note::from_bytes(&bytes), None);
    }
}
