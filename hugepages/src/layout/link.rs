//! Owns the messages of the link between data plane and control plane, version 2.
//! Knows nothing of sockets, and trusts no byte that it reads.
//!
//! Every message is a [`LinkHead`] and the body of its kind, little endian, without gaps. One message
//! is one packet of the socket; descriptors travel beside it.
//!
//! | to the control plane | body |
//! |---|---|
//! | Hello, the first message | fixed part, instance directory, journal directory |
//! | Adopted | `as_of` |
//! | Refused | `as_of`, reason |
//! | CallsRestored | nothing |
//! | Mode | draining, standing calls |
//!
//! | to the data plane | body |
//! |---|---|
//! | Welcome | image format that will be written |
//! | Refuse, the last message | reason |
//! | Image | `as_of`, extents; one descriptor for each carried extent, in order |
//! | OpenCalls | whether it is the last, calls |
//! | Drain, Resume | nothing |
//! | JournalTaken | segment, offset |
//!
//! The head and the body of Refuse keep their shape in every version, so that a peer of another
//! release can be told why it is turned away.

mod decode;
mod encode;
mod records;
#[cfg(test)]
mod tests;

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

pub use decode::DecodeLinkError;
pub use encode::EncodeLinkError;
pub use records::{ExtentOffer, OpenCall};

/// The version that this module writes and reads.
pub const VERSION: u16 = 2;
/// Longest message.
pub const MAX_MESSAGE: usize = 64 << 10;
/// Most descriptors beside one message.
pub const MAX_FDS: usize = 16;
/// Most extents of one image.
pub const MAX_EXTENTS: usize = 256;
/// Most calls in one [`OpenCalls`].
pub const MAX_OPEN_CALLS: usize = 4000;
/// Longest directory in a [`Hello`], that of the kernel.
pub const MAX_PATH: usize = 4096;
/// Longest reason; a longer one is cut.
pub const MAX_REASON: usize = 1024;

/// In front of every message, in every version.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct LinkHead {
    /// Bytes of the message, this head included.
    pub len: U32,
    /// What it is.
    pub kind: U16,
    /// [`VERSION`] of its body.
    pub version: U16,
}

/// What the data plane says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToControl<'m> {
    /// The first message.
    Hello(Hello<'m>),
    /// Every worker routes with this image or a newer one.
    Adopted {
        /// Database change sequence of the image.
        as_of: u64,
    },
    /// The image was not taken; the one before stays in force.
    Refused {
        /// Database change sequence of the image.
        as_of: u64,
        /// Why, in one sentence.
        why: &'m str,
    },
    /// The open calls of this connection count.
    CallsRestored,
    /// Answer to Drain and Resume, and sent when it changes.
    Mode {
        /// Whether new calls are refused.
        draining: bool,
        /// Calls that stand.
        standing_calls: u64,
    },
}

/// Who the data plane is and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello<'m> {
    /// Number of the appliance in its fleet.
    pub member: u16,
    /// Workers that adopt images and read command rings.
    pub workers: u16,
    /// Lowest and highest format of images that it reads.
    pub image_formats: (u32, u32),
    /// Version of the call events that it writes.
    pub event_layout: u8,
    /// Random number of this run.
    pub process: u64,
    /// Its process id.
    pub pid: u32,
    /// Change sequence of the image in force; 0 without one.
    pub image_as_of: u64,
    /// Whether the open calls of earlier runs have been told since this run began.
    pub calls_restored: bool,
    /// Segment in which the journal ended when this run began, after recovery.
    pub boot_segment: u64,
    /// Offset at which it ended.
    pub boot_offset: u64,
    /// Whether new calls are refused.
    pub draining: bool,
    /// Where its segments are.
    pub instance_dir: &'m str,
    /// Where its journal is.
    pub journal_dir: &'m str,
}

/// What the control plane says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToData<'m> {
    /// The answer to a Hello that fits.
    Welcome {
        /// Format of the images that will come.
        image_format: u32,
    },
    /// The answer to a Hello that does not fit; the connection ends.
    Refuse {
        /// Why, in one sentence.
        why: &'m str,
    },
    /// An image to adopt.
    Image(ImageOffer<'m>),
    /// Calls that stand as far as the journal of earlier runs tells.
    OpenCalls(OpenCalls<'m>),
    /// Refuse new calls.
    Drain,
    /// Take new calls again.
    Resume,
    /// Everything of this journal before that place is in the database, and stays there.
    JournalTaken {
        /// Segment of the place; those before it are needed by nobody who reads on.
        segment: u64,
        /// Offset of the place.
        offset: u64,
    },
}

/// An image by its extents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageOffer<'m> {
    /// Database change sequence.
    pub as_of: u64,
    /// The extents in the order of the image; the first is the root.
    pub extents: &'m [ExtentOffer],
}

impl ImageOffer<'_> {
    /// Descriptors that travel beside the message.
    pub fn carried(&self) -> usize {
        self.extents.iter().filter(|extent| extent.carried()).count()
    }
}

/// Some of the calls that stand; several messages make the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenCalls<'m> {
    /// Whether no more follow.
    pub last: bool,
    /// Calls by trunk and originator.
    pub calls: &'m [OpenCall],
}

impl ToControl<'_> {
    /// Descriptors that must travel beside the message: none, for any of them.
    pub const fn fds(&self) -> usize {
        0
    }
}

impl ToData<'_> {
    /// Descriptors that must travel beside the message. One that comes with another number is
    /// refused by its receiver.
    pub fn fds(&self) -> usize {
        match self {
            ToData::Image(offer) => offer.carried(),
            _ => 0,
        }
    }
}

/// Numbers of the kinds; one that has been used keeps its meaning.
mod kind {
    pub(super) const HELLO: u16 = 1;
    pub(super) const ADOPTED: u16 = 2;
    pub(super) const REFUSED: u16 = 3;
    pub(super) const CALLS_RESTORED: u16 = 4;
    pub(super) const MODE: u16 = 5;
    pub(super) const WELCOME: u16 = 0x101;
    pub(super) const REFUSE: u16 = 0x102;
    pub(super) const IMAGE: u16 = 0x103;
    pub(super) const OPEN_CALLS: u16 = 0x104;
    pub(super) const DRAIN: u16 = 0x105;
    pub(super) const RESUME: u16 = 0x106;
    pub(super) const JOURNAL_TAKEN: u16 = 0x107;
}
