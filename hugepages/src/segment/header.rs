//! Owns the header in front of every segment.
//! Knows nothing of files.
//!
//! Sixteen little-endian words; the first four keep their place in every version, so that a later or
//! earlier build can tell what a file is and whether it may be reaped.

use core::fmt;

use crate::memory::Mapping;

/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = 128;

/// "TANDMSEG".
const MAGIC: u64 = u64::from_le_bytes(*b"TANDMSEG");
/// Version of the header itself.
const HEADER_VERSION: u64 = 1;

// The words in memory and on disk are the same only on a little-endian machine.
const _: () = assert!(cfg!(target_endian = "little"));

/// What a segment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum SegmentKind {
    /// Counters; dies with its owner.
    Counters = 1,
    /// A ring whose records die with its owner.
    Ring = 2,
    /// A ring of events that a later owner drains before it is removed.
    EventRing = 3,
    /// Calls in progress; dies with its owner.
    Tally = 4,
}

impl SegmentKind {
    /// The number that stands for it in the header.
    pub const fn code(self) -> u32 {
        self as u32
    }

    /// Whether a dead owner's segment with this number in its header holds what must be drained first.
    pub(crate) const fn outlives_owner(code: u32) -> bool {
        code == SegmentKind::EventRing.code()
    }
}

impl fmt::Display for SegmentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SegmentKind::Counters => "counters",
            SegmentKind::Ring => "ring",
            SegmentKind::EventRing => "event ring",
            SegmentKind::Tally => "tally",
        })
    }
}

/// Version of the layout of a segment's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayoutVersion(pub u32);

/// One incarnation of a segment: another number is another file under the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation(pub u64);

/// The header's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: u32,
    pub(crate) layout: LayoutVersion,
    pub(crate) words: usize,
    pub(crate) generation: Generation,
    pub(crate) pid: u32,
}

/// Why bytes are no header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    /// The magic number is not there.
    NotASegment,
    /// Another version; its kind is known all the same.
    Version { got: u64, kind: u32 },
    /// The words do not fit the machine.
    Length { words: u64 },
}

impl Header {
    /// Writes the header in front of a mapping that nobody else can reach yet.
    pub(crate) fn write_to(&self, mapping: &Mapping) {
        let bytes = self.to_bytes();
        assert!(mapping.len() >= bytes.len(), "a segment is longer than its header");
        // SAFETY: the mapping is writable, at least as long as the header, and cannot overlap a local;
        // the file has not got its name yet, so nobody else reads it.
        unsafe { mapping.start().as_ptr().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    }

    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut words = [0_u64; HEADER_BYTES / 8];
        words[0] = MAGIC;
        words[1] = HEADER_VERSION;
        words[2] = u64::from(self.kind);
        words[3] = u64::from(self.layout.0);
        words[4] = self.words as u64;
        words[5] = self.generation.0;
        words[6] = u64::from(self.pid);
        let mut bytes = [0; HEADER_BYTES];
        for (to, word) in bytes.chunks_exact_mut(8).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// Checks the bytes in front of a file.
    pub(crate) fn parse(bytes: &[u8; HEADER_BYTES]) -> Result<Header, HeaderFault> {
        let mut words = [0_u64; HEADER_BYTES / 8];
        for (word, from) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = from.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
        }
        let [magic, version, kind, layout, count, generation, pid, ..] = words;
        if magic != MAGIC {
            return Err(HeaderFault::NotASegment);
        }
        // A number beyond u32 is no kind of any version.
        let kind = u32::try_from(kind).unwrap_or(0);
        if version != HEADER_VERSION {
            return Err(HeaderFault::Version { got: version, kind });
        }
        let fits = |words: usize| words.checked_mul(8)?.checked_add(HEADER_BYTES);
        let words = usize::try_from(count).ok().filter(|&words| fits(words).is_some());
        let Some(words) = words else { return Err(HeaderFault::Length { words: count }) };
        Ok(Header {
            kind,
            layout: LayoutVersion(u32::try_from(layout).unwrap_or(0)),
            words,
            generation: Generation(generation),
            pid: u32::try_from(pid).unwrap_or(0),
        })
    }
}
