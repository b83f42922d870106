//! Owns the reading of link messages: one validation pass, then views over the bytes.
//! Knows nothing of where the bytes come from, and trusts none of them.

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, KnownLayout, Unaligned};

use super::records::{HelloBody, ImageBody, JournalTakenBody, ModeBody, OpenCallsBody};
use super::{
    ExtentOffer, Hello, ImageOffer, LinkHead, MAX_EXTENTS, MAX_FDS, MAX_MESSAGE, MAX_OPEN_CALLS,
    MAX_PATH, MAX_REASON, OpenCall, OpenCalls, ToControl, ToData, VERSION, kind,
};

/// Why bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeLinkError {
    /// Fewer bytes than a head has, or more than a message may have.
    #[error("a message of {got} bytes is no link message, which has 8 to {MAX_MESSAGE}")]
    Size {
        /// Bytes given.
        got: usize,
    },
    /// The head states another length than the bytes have.
    #[error("the message says {stated} bytes, but has {got}")]
    Length {
        /// Length in the head.
        stated: u32,
        /// Bytes given.
        got: usize,
    },
    /// Written by another release.
    #[error(
        "the peer speaks link version {got}, this program {VERSION}; use programs of one release"
    )]
    Version {
        /// The version found.
        got: u16,
        /// The kind of the message.
        kind: u16,
    },
    /// No such kind from this side.
    #[error("message kind {got} is unknown")]
    Kind {
        /// The kind found.
        got: u16,
    },
    /// The parts do not add up to the whole.
    #[error("the parts of message kind {kind} do not add up to its {len} bytes")]
    Parts {
        /// The kind of the message.
        kind: u16,
        /// Bytes of the message.
        len: usize,
    },
    /// A field has a value that it cannot have.
    #[error("the message has an impossible {what}")]
    Value {
        /// The field.
        what: &'static str,
    },
    /// More of something than a message may have.
    #[error("the message has {got} {what}, more than the {most} that it may have")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        got: usize,
        /// How many are allowed.
        most: usize,
    },
}

impl<'m> ToControl<'m> {
    /// Checks `bytes`, which hold exactly one message.
    ///
    /// # Errors
    ///
    /// [`DecodeLinkError`]: the first thing that does not hold.
    pub fn decode(bytes: &'m [u8]) -> Result<ToControl<'m>, DecodeLinkError> {
        let body = Body::of(bytes)?;
        body.require_version()?;
        match body.kind {
            kind::HELLO => body.hello().map(ToControl::Hello),
            kind::ADOPTED => body.whole::<U64>().map(|v| ToControl::Adopted { as_of: v.get() }),
            kind::REFUSED => {
                let (as_of, why) = body.prefix::<U64>()?;
                Ok(ToControl::Refused { as_of: as_of.get(), why: reason(why)? })
            }
            kind::CALLS_RESTORED => body.nothing(ToControl::CallsRestored),
            kind::MODE => {
                let mode = body.whole::<ModeBody>()?;
                let draining = flag(mode.draining, "draining mark")?;
                Ok(ToControl::Mode { draining, standing_calls: mode.standing_calls.get() })
            }
            got => Err(DecodeLinkError::Kind { got }),
        }
    }
}

impl<'m> ToData<'m> {
    /// Checks `bytes`, which hold exactly one message.
    ///
    /// # Errors
    ///
    /// [`DecodeLinkError`]: the first thing that does not hold.
    pub fn decode(bytes: &'m [u8]) -> Result<ToData<'m>, DecodeLinkError> {
        let body = Body::of(bytes)?;
        // The one message that has the same shape in every version.
        if body.kind == kind::REFUSE {
            return Ok(ToData::Refuse { why: reason(body.bytes)? });
        }
        body.require_version()?;
        match body.kind {
            kind::WELCOME => body.whole::<U32>().map(|v| ToData::Welcome { image_format: v.get() }),
            kind::IMAGE => body.image().map(ToData::Image),
            kind::OPEN_CALLS => body.open_calls().map(ToData::OpenCalls),
            kind::DRAIN => body.nothing(ToData::Drain),
            kind::RESUME => body.nothing(ToData::Resume),
            kind::JOURNAL_TAKEN => {
                let taken = body.whole::<JournalTakenBody>()?;
                let (segment, offset) = (taken.segment.get(), taken.offset.get());
                Ok(ToData::JournalTaken { segment, offset })
            }
            got => Err(DecodeLinkError::Kind { got }),
        }
    }
}

/// What is behind a checked head.
struct Body<'m> {
    kind: u16,
    version: u16,
    bytes: &'m [u8],
}

impl<'m> Body<'m> {
    fn of(bytes: &'m [u8]) -> Result<Body<'m>, DecodeLinkError> {
        let got = bytes.len();
        let (head, body) = match LinkHead::ref_from_prefix(bytes) {
            Ok(parts) if got <= MAX_MESSAGE => parts,
            _ => return Err(DecodeLinkError::Size { got }),
        };
        if head.len.get() as usize != got {
            return Err(DecodeLinkError::Length { stated: head.len.get(), got });
        }
        Ok(Body { kind: head.kind.get(), version: head.version.get(), bytes: body })
    }

    fn require_version(&self) -> Result<(), DecodeLinkError> {
        if self.version == VERSION {
            return Ok(());
        }
        Err(DecodeLinkError::Version { got: self.version, kind: self.kind })
    }

    fn parts(&self) -> DecodeLinkError {
        DecodeLinkError::Parts { kind: self.kind, len: self.bytes.len() + size_of::<LinkHead>() }
    }

    fn nothing<T>(&self, message: T) -> Result<T, DecodeLinkError> {
        if self.bytes.is_empty() { Ok(message) } else { Err(self.parts()) }
    }

    fn whole<T: Fixed>(&self) -> Result<&'m T, DecodeLinkError> {
        T::ref_from_bytes(self.bytes).map_err(|_| self.parts())
    }

    fn prefix<T: Fixed>(&self) -> Result<(&'m T, &'m [u8]), DecodeLinkError> {
        T::ref_from_prefix(self.bytes).map_err(|_| self.parts())
    }

    fn hello(&self) -> Result<Hello<'m>, DecodeLinkError> {
        let (fixed, texts) = self.prefix::<HelloBody>()?;
        let instance_len = usize::from(fixed.instance_dir_len.get());
        let (instance, journal) = texts.split_at_checked(instance_len).ok_or(self.parts())?;
        if journal.len() != usize::from(fixed.journal_dir_len.get()) {
            return Err(self.parts());
        }
        let image_formats = (fixed.lowest_image_format.get(), fixed.highest_image_format.get());
        if image_formats.0 > image_formats.1 {
            return Err(DecodeLinkError::Value { what: "range of image formats" });
        }
        Ok(Hello {
            member: fixed.member.get(),
            workers: fixed.workers.get(),
            image_formats,
            event_layout: fixed.event_layout,
            process: fixed.process.get(),
            pid: fixed.pid.get(),
            image_as_of: fixed.image_as_of.get(),
            calls_restored: flag(fixed.calls_restored, "calls restored mark")?,
            boot_segment: fixed.boot_segment.get(),
            boot_offset: fixed.boot_offset.get(),
            draining: flag(fixed.draining, "draining mark")?,
            instance_dir: text(instance, "instance directory", MAX_PATH)?,
            journal_dir: text(journal, "journal directory", MAX_PATH)?,
        })
    }

    fn image(&self) -> Result<ImageOffer<'m>, DecodeLinkError> {
        let (fixed, rest) = self.prefix::<ImageBody>()?;
        let extents = <[ExtentOffer]>::ref_from_bytes(rest).map_err(|_| self.parts())?;
        if extents.len() != fixed.extents.get() as usize {
            return Err(self.parts());
        }
        if extents.is_empty() {
            return Err(DecodeLinkError::Value { what: "image without a root" });
        }
        at_most(extents.len(), MAX_EXTENTS, "extents")?;
        let offer = ImageOffer { as_of: fixed.as_of.get(), extents };
        at_most(offer.carried(), MAX_FDS, "carried extents")?;
        if offer.first_fault().is_some() {
            return Err(DecodeLinkError::Value { what: "extent, empty or named twice" });
        }
        Ok(offer)
    }

    fn open_calls(&self) -> Result<OpenCalls<'m>, DecodeLinkError> {
        let (fixed, rest) = self.prefix::<OpenCallsBody>()?;
        let calls = <[OpenCall]>::ref_from_bytes(rest).map_err(|_| self.parts())?;
        if calls.len() != fixed.calls.get() as usize {
            return Err(self.parts());
        }
        at_most(calls.len(), MAX_OPEN_CALLS, "open calls")?;
        if calls.iter().any(|call| call.key().is_none()) {
            return Err(DecodeLinkError::Value { what: "kind of open call" });
        }
        if calls.iter().any(|call| call.count() < 0) {
            return Err(DecodeLinkError::Value { what: "number of open calls" });
        }
        Ok(OpenCalls { last: flag(fixed.last, "mark of the last open calls")?, calls })
    }
}

trait Fixed: FromBytes + KnownLayout + Immutable + Unaligned {}
impl<T: FromBytes + KnownLayout + Immutable + Unaligned> Fixed for T {}

fn flag(byte: u8, what: &'static str) -> Result<bool, DecodeLinkError> {
    match byte {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(DecodeLinkError::Value { what }),
    }
}

fn at_most(got: usize, most: usize, what: &'static str) -> Result<(), DecodeLinkError> {
    if got > most { Err(DecodeLinkError::TooMany { what, got, most }) } else { Ok(()) }
}

fn text<'m>(bytes: &'m [u8], what: &'static str, most: usize) -> Result<&'m str, DecodeLinkError> {
    if bytes.len() > most {
        return Err(DecodeLinkError::TooMany { what, got: bytes.len(), most });
    }
    str::from_utf8(bytes).map_err(|_| DecodeLinkError::Value { what })
}

fn reason(bytes: &[u8]) -> Result<&str, DecodeLinkError> {
    text(bytes, "reason", MAX_REASON)
}
