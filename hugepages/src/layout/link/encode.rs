//! Owns the writing of link messages.
//! Knows nothing of who sends them.

use zerocopy::{Immutable, IntoBytes};

use super::records::{HelloBody, ImageBody, JournalTakenBody, ModeBody, OpenCallsBody};
use super::{
    Hello, ImageOffer, LinkHead, MAX_EXTENTS, MAX_FDS, MAX_OPEN_CALLS, MAX_PATH, MAX_REASON,
    OpenCall, OpenCalls, ToControl, ToData, VERSION, kind,
};

/// Why a message cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeLinkError {
    /// A directory is too long.
    #[error("the {what} has {len} bytes and may have {MAX_PATH}; choose a shorter one")]
    Path {
        /// Which one.
        what: &'static str,
        /// Its bytes.
        len: usize,
    },
    /// An image has none or too many extents.
    #[error("an image of {count} extents cannot be offered; it may have 1 to {MAX_EXTENTS}")]
    Extents {
        /// Extents given.
        count: usize,
    },
    /// Too many descriptors would have to travel beside it.
    #[error("{count} extents cannot travel beside one message, at most {MAX_FDS}")]
    Carried {
        /// Carried extents given.
        count: usize,
    },
    /// An extent that a receiver would refuse.
    #[error("extent {at} of the image has no bytes, or the id of one before it")]
    Extent {
        /// Which one.
        at: usize,
    },
    /// Too many calls for one message.
    #[error("{count} open calls do not fit one message; send at most {MAX_OPEN_CALLS} in each")]
    OpenCalls {
        /// Calls given.
        count: usize,
    },
    /// A number of calls that a receiver would refuse.
    #[error("{count} open calls of one trunk or originator are less than none")]
    Negative {
        /// The number given.
        count: i64,
    },
}

impl ToControl<'_> {
    /// Writes the message to `out`, in the place of what it held.
    ///
    /// # Errors
    ///
    /// [`EncodeLinkError`]: a part is longer than the layout allows; `out` is empty then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeLinkError> {
        match self {
            ToControl::Hello(hello) => hello.encode(out)?,
            ToControl::Adopted { as_of } => message(out, kind::ADOPTED, &as_of.to_le_bytes()),
            ToControl::Refused { as_of, why } => {
                message(out, kind::REFUSED, &as_of.to_le_bytes());
                out.extend_from_slice(cut(why));
            }
            ToControl::CallsRestored => message(out, kind::CALLS_RESTORED, &()),
            ToControl::Mode { draining, standing_calls } => {
                let (draining, reserved) = (u8::from(*draining), [0; 7]);
                let standing_calls = (*standing_calls).into();
                message(out, kind::MODE, &ModeBody { standing_calls, draining, reserved });
            }
        }
        set_length(out);
        Ok(())
    }
}

impl ToData<'_> {
    /// Writes the message to `out`, in the place of what it held.
    ///
    /// # Errors
    ///
    /// [`EncodeLinkError`]: a part is longer than the layout allows; `out` is empty then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeLinkError> {
        match self {
            ToData::Welcome { image_format } => {
                message(out, kind::WELCOME, &image_format.to_le_bytes());
            }
            ToData::Refuse { why } => {
                message(out, kind::REFUSE, &());
                out.extend_from_slice(cut(why));
            }
            ToData::Image(offer) => offer.encode(out)?,
            ToData::OpenCalls(calls) => calls.encode(out)?,
            ToData::Drain => message(out, kind::DRAIN, &()),
            ToData::Resume => message(out, kind::RESUME, &()),
            ToData::JournalTaken { segment, offset } => {
                let (segment, offset) = ((*segment).into(), (*offset).into());
                message(out, kind::JOURNAL_TAKEN, &JournalTakenBody { segment, offset });
            }
        }
        set_length(out);
        Ok(())
    }
}

impl Hello<'_> {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeLinkError> {
        out.clear();
        let texts =
            [("instance directory", self.instance_dir), ("journal directory", self.journal_dir)];
        if let Some((what, text)) = texts.into_iter().find(|(_, text)| text.len() > MAX_PATH) {
            return Err(EncodeLinkError::Path { what, len: text.len() });
        }
        let body = HelloBody {
            process: self.process.into(),
            image_as_of: self.image_as_of.into(),
            boot_segment: self.boot_segment.into(),
            boot_offset: self.boot_offset.into(),
            lowest_image_format: self.image_formats.0.into(),
            highest_image_format: self.image_formats.1.into(),
            pid: self.pid.into(),
            member: self.member.into(),
            workers: self.workers.into(),
            event_layout: self.event_layout,
            calls_restored: self.calls_restored.into(),
            draining: self.draining.into(),
            reserved: 0,
            // Both are at most MAX_PATH.
            instance_dir_len: (self.instance_dir.len() as u16).into(),
            journal_dir_len: (self.journal_dir.len() as u16).into(),
        };
        message(out, kind::HELLO, &body);
        for (_, text) in texts {
            out.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }
}

impl ImageOffer<'_> {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeLinkError> {
        out.clear();
        let count = self.extents.len();
        if !(1..=MAX_EXTENTS).contains(&count) {
            return Err(EncodeLinkError::Extents { count });
        }
        if self.carried() > MAX_FDS {
            return Err(EncodeLinkError::Carried { count: self.carried() });
        }
        if let Some(at) = self.first_fault() {
            return Err(EncodeLinkError::Extent { at });
        }
        let (as_of, extents) = (self.as_of.into(), (count as u32).into());
        message(out, kind::IMAGE, &ImageBody { as_of, extents, reserved: [0; 4] });
        out.extend_from_slice(self.extents.as_bytes());
        Ok(())
    }

    /// The first extent that is nothing or that another one before it is, too.
    pub(super) fn first_fault(&self) -> Option<usize> {
        let twice = |at: usize, id: u64| self.extents.iter().take(at).any(|e| e.id() == id);
        let mut extents = self.extents.iter().enumerate();
        extents.find(|(at, extent)| !extent.is_valid() || twice(*at, extent.id())).map(|(at, _)| at)
    }
}

impl OpenCalls<'_> {
    fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeLinkError> {
        out.clear();
        let count = self.calls.len();
        if count > MAX_OPEN_CALLS {
            return Err(EncodeLinkError::OpenCalls { count });
        }
        if let Some(count) = self.calls.iter().map(OpenCall::count).find(|count| *count < 0) {
            return Err(EncodeLinkError::Negative { count });
        }
        let (calls, last) = ((count as u32).into(), u8::from(self.last));
        message(out, kind::OPEN_CALLS, &OpenCallsBody { calls, last, reserved: [0; 3] });
        out.extend_from_slice(self.calls.as_bytes());
        Ok(())
    }
}

/// Begins a message with its head and the fixed part of its body.
fn message<T: IntoBytes + Immutable + ?Sized>(out: &mut Vec<u8>, kind: u16, body: &T) {
    out.clear();
    let head = LinkHead { len: 0.into(), kind: kind.into(), version: VERSION.into() };
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(body.as_bytes());
}

/// Ends a message: its head gets the length.
fn set_length(out: &mut [u8]) {
    // Every part is bounded, so that the whole is at most MAX_MESSAGE.
    let len = (out.len() as u32).to_le_bytes();
    if let Some(head) = out.first_chunk_mut() {
        *head = len;
    }
}

/// A reason is for people: its beginning is better than nothing.
fn cut(why: &str) -> &[u8] {
    why.get(..why.floor_char_boundary(MAX_REASON)).unwrap_or_default().as_bytes()
}
