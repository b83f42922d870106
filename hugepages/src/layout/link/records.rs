//! Owns the fixed parts of link messages and their repeated records.
//! Knows nothing of heads and kinds.

use zerocopy::little_endian::{I64, U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::tally::TallyKey;

/// One extent of an image. The id is chosen by the publisher, who never gives it to other bytes
/// while the connection lasts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct ExtentOffer {
    id: U64,
    len: U64,
    checksum: U64,
    carried: u8,
    reserved: [u8; 7],
}

impl ExtentOffer {
    /// An extent whose descriptor travels beside the message.
    pub fn carried_here(id: u64, len: u64, checksum: u64) -> ExtentOffer {
        ExtentOffer { carried: 1, ..ExtentOffer::held_by_receiver(id, len, checksum) }
    }

    /// An extent that the receiver has, from the image in force.
    pub fn held_by_receiver(id: u64, len: u64, checksum: u64) -> ExtentOffer {
        let (id, len, checksum) = (id.into(), len.into(), checksum.into());
        ExtentOffer { id, len, checksum, carried: 0, reserved: [0; 7] }
    }

    /// Which extent.
    pub fn id(&self) -> u64 {
        self.id.get()
    }

    /// Its bytes.
    pub fn len(&self) -> u64 {
        self.len.get()
    }

    /// Whether it has no bytes; a decoded message has no such extent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checksum of its content, made by whoever built the image.
    pub fn checksum(&self) -> u64 {
        self.checksum.get()
    }

    /// Whether its descriptor travels beside the message.
    pub fn carried(&self) -> bool {
        self.carried != 0
    }

    pub(super) fn is_valid(&self) -> bool {
        self.carried <= 1 && !self.is_empty()
    }
}

/// Calls that stand at one trunk or for one originator.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct OpenCall {
    key: U64,
    count: I64,
}

impl OpenCall {
    /// `count` calls of `key`.
    pub fn new(key: TallyKey, count: i64) -> OpenCall {
        OpenCall { key: key.word().into(), count: count.into() }
    }

    /// Whose calls; `None` in bytes that no decoder has seen.
    pub fn key(&self) -> Option<TallyKey> {
        TallyKey::from_word(self.key.get())
    }

    /// How many.
    pub fn count(&self) -> i64 {
        self.count.get()
    }
}

/// The fixed part of a Hello, followed by its two texts.
#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct HelloBody {
    pub(super) process: U64,
    pub(super) image_as_of: U64,
    pub(super) boot_segment: U64,
    pub(super) boot_offset: U64,
    pub(super) lowest_image_format: U32,
    pub(super) highest_image_format: U32,
    pub(super) pid: U32,
    pub(super) member: U16,
    pub(super) workers: U16,
    pub(super) event_layout: u8,
    pub(super) calls_restored: u8,
    pub(super) draining: u8,
    pub(super) reserved: u8,
    pub(super) instance_dir_len: U16,
    pub(super) journal_dir_len: U16,
}

/// The body of a Mode.
#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct ModeBody {
    pub(super) standing_calls: U64,
    pub(super) draining: u8,
    pub(super) reserved: [u8; 7],
}

/// In front of the extents of an Image.
#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct ImageBody {
    pub(super) as_of: U64,
    pub(super) extents: U32,
    pub(super) reserved: [u8; 4],
}

/// In front of the calls of an OpenCalls.
#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct OpenCallsBody {
    pub(super) calls: U32,
    pub(super) last: u8,
    pub(super) reserved: [u8; 3],
}

/// The body of a JournalTaken.
#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
pub(super) struct JournalTakenBody {
    pub(super) segment: U64,
    pub(super) offset: U64,
}

// A peer of another build finds the fields by these numbers.
const _: () = {
    assert!(size_of::<super::LinkHead>() == 8);
    assert!(size_of::<ExtentOffer>() == 32);
    assert!(size_of::<OpenCall>() == 16);
    assert!(size_of::<HelloBody>() == 56);
    assert!(size_of::<ModeBody>() == 16);
    assert!(size_of::<ImageBody>() == 16);
    assert!(size_of::<OpenCallsBody>() == 8);
    assert!(size_of::<JournalTakenBody>() == 16);
    assert!(core::mem::offset_of!(HelloBody, pid) == 40);
    assert!(core::mem::offset_of!(HelloBody, event_layout) == 48);
    assert!(core::mem::offset_of!(ExtentOffer, carried) == 24);
    assert!(super::MAX_OPEN_CALLS * size_of::<OpenCall>() + 16 <= super::MAX_MESSAGE);
    assert!(super::MAX_EXTENTS * size_of::<ExtentOffer>() + 24 <= super::MAX_MESSAGE);
};
