//! Owns the reading of call events: one validation pass, then views over the bytes.
//! Knows nothing of where the bytes come from, and trusts none of them.

use core::ops::Deref;

use zerocopy::{FromBytes, Immutable, KnownLayout};

use super::{
    AttemptRecord, EndBody, EventHead, Kind, LateBody, NO_TIME, Outcome, Release, SetupBody,
    VERSION,
};

/// Why bytes are no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeEventError {
    /// Fewer bytes than a head has.
    #[error("an event of {got} bytes is shorter than its head")]
    NoHead {
        /// Bytes given.
        got: usize,
    },
    /// Written by a later version.
    #[error("event version {got} is not {VERSION}; read it with the version that wrote it")]
    Version {
        /// The version found.
        got: u8,
    },
    /// No such kind.
    #[error("event kind {got} is unknown")]
    Kind {
        /// The kind found.
        got: u8,
    },
    /// The head states another length than the bytes have.
    #[error("the event says {stated} bytes, but has {got}")]
    Length {
        /// Length in the head.
        stated: u32,
        /// Bytes given.
        got: usize,
    },
    /// The parts do not add up to the whole.
    #[error("the parts of the event do not add up to its {len} bytes")]
    Parts {
        /// Bytes of the event.
        len: usize,
    },
}

/// A checked event.
#[derive(Clone, Copy, Debug)]
pub struct Event<'s> {
    head: &'s EventHead,
    kind: Kind,
    body: Body<'s>,
}

/// What an event carries.
#[derive(Clone, Copy, Debug)]
pub enum Body<'s> {
    /// Of [`Kind::Start`].
    Start(SetupView<'s>),
    /// Of [`Kind::Unanswered`].
    Unanswered(SetupView<'s>),
    /// Of [`Kind::End`].
    End(&'s EndBody),
    /// Of [`Kind::OrphanEnd`].
    OrphanEnd(&'s EndBody),
    /// Of [`Kind::LateAnswer`].
    LateAnswer(&'s LateBody),
}

/// A set-up with its attempts and texts; fields of [`SetupBody`] by dereference.
#[derive(Clone, Copy, Debug)]
pub struct SetupView<'s> {
    body: &'s SetupBody,
    attempts: &'s [AttemptRecord],
    texts: [&'s [u8]; 6],
}

impl<'s> Event<'s> {
    /// Checks `bytes`, which hold exactly one event.
    ///
    /// # Errors
    ///
    /// [`DecodeEventError`]: the first thing that does not hold.
    pub fn decode(bytes: &'s [u8]) -> Result<Event<'s>, DecodeEventError> {
        let Ok((head, body)) = EventHead::ref_from_prefix(bytes) else {
            return Err(DecodeEventError::NoHead { got: bytes.len() });
        };
        if head.version != VERSION {
            return Err(DecodeEventError::Version { got: head.version });
        }
        if head.len.get() as usize != bytes.len() {
            return Err(DecodeEventError::Length { stated: head.len.get(), got: bytes.len() });
        }
        let Some(kind) = Kind::from_code(head.kind) else {
            return Err(DecodeEventError::Kind { got: head.kind });
        };
        let body = match kind {
            Kind::Start => SetupView::of(body).map(Body::Start),
            Kind::Unanswered => SetupView::of(body).map(Body::Unanswered),
            Kind::End => whole(body).map(Body::End),
            Kind::OrphanEnd => whole(body).map(Body::OrphanEnd),
            Kind::LateAnswer => whole(body).map(Body::LateAnswer),
        };
        let body = body.ok_or(DecodeEventError::Parts { len: bytes.len() })?;
        Ok(Event { head, kind, body })
    }

    /// The fields that every event has.
    pub fn head(&self) -> &'s EventHead {
        self.head
    }

    /// What it tells.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it carries.
    pub fn body(&self) -> &Body<'s> {
        &self.body
    }
}

impl<'s> SetupView<'s> {
    fn of(bytes: &'s [u8]) -> Option<SetupView<'s>> {
        let (body, rest) = SetupBody::ref_from_prefix(bytes).ok()?;
        let count = usize::from(body.attempts);
        let (attempts, mut rest) =
            <[AttemptRecord]>::ref_from_prefix_with_elems(rest, count).ok()?;
        let lengths = [
            body.call_id_len,
            body.from_tag_len,
            body.to_tag_len,
            body.caller_len,
            body.callee_len,
            body.p_asserted_len,
        ];
        let mut texts: [&[u8]; 6] = [&[]; 6];
        for (text, len) in texts.iter_mut().zip(lengths) {
            (*text, rest) = rest.split_at_checked(usize::from(len.get()))?;
        }
        rest.is_empty().then_some(SetupView { body, attempts, texts })
    }

    /// The attempts in the order of trying.
    pub fn attempts(&self) -> &'s [AttemptRecord] {
        self.attempts
    }

    /// Call-ID.
    pub fn call_id(&self) -> &'s [u8] {
        self.texts[0]
    }

    /// The caller's tag.
    pub fn from_tag(&self) -> &'s [u8] {
        self.texts[1]
    }

    /// The callee's tag; empty when there was none.
    pub fn to_tag(&self) -> &'s [u8] {
        self.texts[2]
    }

    /// The calling number as received.
    pub fn caller(&self) -> &'s [u8] {
        self.texts[3]
    }

    /// The called number as received.
    pub fn callee(&self) -> &'s [u8] {
        self.texts[4]
    }

    /// The P-Asserted-Identity value; empty when there was none.
    pub fn p_asserted(&self) -> &'s [u8] {
        self.texts[5]
    }

    /// How the set-up ended; `None` for a code that this version does not know.
    pub fn outcome(&self) -> Option<Outcome> {
        Outcome::from_code(self.body.outcome)
    }

    /// Who released it; `None` for a code that this version does not know.
    pub fn release(&self) -> Option<Release> {
        Release::from_code(self.body.release)
    }

    /// First 18x after reception, µs; `None` when none came.
    pub fn progress_us(&self) -> Option<u32> {
        time(self.body.progress_us.get())
    }
}

impl Deref for SetupView<'_> {
    type Target = SetupBody;

    fn deref(&self) -> &SetupBody {
        self.body
    }
}

impl AttemptRecord {
    /// First 18x after the call's reception, µs; `None` when none came.
    pub fn progress(&self) -> Option<u32> {
        time(self.progress_us.get())
    }

    /// End of the attempt after the call's reception, µs; `None` when it had not ended.
    pub fn end(&self) -> Option<u32> {
        time(self.end_us.get())
    }
}

impl EndBody {
    /// Who released the call; `None` for a code that this version does not know.
    pub fn release(&self) -> Option<Release> {
        Release::from_code(self.release)
    }
}

fn time(us: u32) -> Option<u32> {
    (us != NO_TIME).then_some(us)
}

fn whole<T: FromBytes + KnownLayout + Immutable + zerocopy::Unaligned>(bytes: &[u8]) -> Option<&T> {
    T::ref_from_bytes(bytes).ok()
}
