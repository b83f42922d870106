//! Owns the writing of call events into a slot.
//! Hot. Knows nothing of where the slot lies, and allocates nothing.
//!
//! A worker asks for the length first ([`setup_len`], [`END_LEN`], [`LATE_LEN`]), reserves a slot of
//! it and writes:
//!
//! ```
//! use hugepages::layout::cdr::{Encoder, END_LEN, End, Event, Head, Kind, Release};
//!
//! let mut slot = [0u8; END_LEN];
//! let head = Head { worker: 0, call: 7, position: 0, at_utc_us: 1, identity: 2 };
//! let end = End { duration_us: 9, release: Release::Caller, cause: 16, ..End::default() };
//! let written = Encoder::new(&mut slot).end(&head, &end).unwrap();
//! assert_eq!(Event::decode(&slot[..written]).unwrap().kind(), Kind::End);
//! ```

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{Immutable, IntoBytes};

use super::{
    Attempt, AttemptRecord, End, EndBody, EventHead, Head, Kind, Late, LateBody, Setup, SetupBody,
    VERSION,
};

/// Why an event was not written; nothing in the slot may be relied on then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[repr(u8)]
pub enum EncodeEventError {
    /// The slot is shorter than the event.
    #[error("the slot is shorter than the event; ask for its length first")]
    SlotTooShort,
    /// A text is longer than 65,535 bytes.
    #[error("a text of the event exceeds 65535 bytes")]
    TextTooLong,
    /// There are more than 255 attempts.
    #[error("the event has more than 255 attempts")]
    TooManyAttempts,
}

/// Bytes of a Start or Unanswered event with these attempts and texts.
#[inline]
pub const fn setup_len(setup: &Setup<'_>) -> usize {
    size_of::<EventHead>()
        + size_of::<SetupBody>()
        + setup.attempts.len() * size_of::<AttemptRecord>()
        + setup.texts.bytes()
}

/// Writes one event into a slot. Each method returns the bytes written.
#[derive(Debug)]
pub struct Encoder<'s> {
    rest: &'s mut [u8],
}

impl<'s> Encoder<'s> {
    /// Writes from the first byte of `slot`.
    #[inline]
    pub fn new(slot: &'s mut [u8]) -> Self {
        Encoder { rest: slot }
    }

    /// Writes a Start.
    ///
    /// # Errors
    ///
    /// [`EncodeEventError`]: the event does not fit the slot or the layout.
    pub fn start(self, head: &Head, setup: &Setup<'_>) -> Result<usize, EncodeEventError> {
        self.setup(Kind::Start, head, setup)
    }

    /// Writes an Unanswered.
    ///
    /// # Errors
    ///
    /// As [`Encoder::start`].
    pub fn unanswered(self, head: &Head, setup: &Setup<'_>) -> Result<usize, EncodeEventError> {
        self.setup(Kind::Unanswered, head, setup)
    }

    /// Writes an End.
    ///
    /// # Errors
    ///
    /// [`EncodeEventError::SlotTooShort`].
    pub fn end(self, head: &Head, end: &End) -> Result<usize, EncodeEventError> {
        self.ending(Kind::End, head, end)
    }

    /// Writes an OrphanEnd; `head.call` is 0.
    ///
    /// # Errors
    ///
    /// [`EncodeEventError::SlotTooShort`].
    pub fn orphan_end(self, head: &Head, end: &End) -> Result<usize, EncodeEventError> {
        self.ending(Kind::OrphanEnd, head, end)
    }

    /// Writes a LateAnswer.
    ///
    /// # Errors
    ///
    /// [`EncodeEventError::SlotTooShort`].
    pub fn late_answer(mut self, head: &Head, late: &Late) -> Result<usize, EncodeEventError> {
        self.record(&head_record(Kind::LateAnswer, head, super::LATE_LEN))?;
        self.record(&LateBody {
            trunk: U32::new(late.trunk),
            gateway_ip: U32::new(late.gateway_ip),
            gateway_port: U16::new(late.gateway_port),
            status: U16::new(late.status),
            after_us: U32::new(late.after_us),
            ordinal: late.ordinal,
            reserved: [0; 7],
        })?;
        Ok(super::LATE_LEN)
    }

    fn setup(
        mut self,
        kind: Kind,
        head: &Head,
        setup: &Setup<'_>,
    ) -> Result<usize, EncodeEventError> {
        let len = setup_len(setup);
        let body = setup_record(setup)?;
        if self.rest.len() < len {
            return Err(EncodeEventError::SlotTooShort);
        }
        self.record(&head_record(kind, head, len))?;
        self.record(&body)?;
        for attempt in setup.attempts {
            self.record(&attempt_record(attempt))?;
        }
        let texts = &setup.texts;
        self.bytes(texts.call_id)?;
        self.bytes(texts.from_tag)?;
        self.bytes(texts.to_tag)?;
        self.bytes(texts.caller)?;
        self.bytes(texts.callee)?;
        self.bytes(texts.p_asserted)?;
        Ok(len)
    }

    fn ending(mut self, kind: Kind, head: &Head, end: &End) -> Result<usize, EncodeEventError> {
        self.record(&head_record(kind, head, super::END_LEN))?;
        self.record(&EndBody {
            duration_us: U64::new(end.duration_us),
            originator: U32::new(end.originator),
            trunk: U32::new(end.trunk),
            status: U16::new(end.status),
            release: end.release.code(),
            cause: end.cause,
            reserved: [0; 4],
        })?;
        Ok(super::END_LEN)
    }

    #[inline]
    fn record<T: IntoBytes + Immutable>(&mut self, record: &T) -> Result<(), EncodeEventError> {
        self.bytes(record.as_bytes())
    }

    #[inline]
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), EncodeEventError> {
        let rest = core::mem::take(&mut self.rest);
        let Some((here, behind)) = rest.split_at_mut_checked(bytes.len()) else {
            return Err(EncodeEventError::SlotTooShort);
        };
        here.copy_from_slice(bytes);
        self.rest = behind;
        Ok(())
    }
}

fn head_record(kind: Kind, head: &Head, len: usize) -> EventHead {
    EventHead {
        // At most 255 attempts and six texts of 65,535 bytes: far below 2^32.
        len: U32::new(len as u32),
        kind: kind.code(),
        version: VERSION,
        worker: U16::new(head.worker),
        call: U64::new(head.call),
        position: U64::new(head.position),
        at_utc_us: U64::new(head.at_utc_us),
        identity: U64::new(head.identity),
    }
}

fn setup_record(setup: &Setup<'_>) -> Result<SetupBody, EncodeEventError> {
    let attempts =
        u8::try_from(setup.attempts.len()).map_err(|_| EncodeEventError::TooManyAttempts)?;
    let texts = &setup.texts;
    Ok(SetupBody {
        received_utc_us: U64::new(setup.received_utc_us),
        progress_us: U32::new(setup.progress_us),
        final_us: U32::new(setup.final_us),
        originator: U32::new(setup.originator),
        destination: U32::new(setup.destination),
        plan: U32::new(setup.plan),
        rule: U32::new(setup.rule),
        image_version: U64::new(setup.image_version),
        source_ip: U32::new(setup.source_ip),
        source_port: U16::new(setup.source_port),
        ingress: U16::new(setup.ingress),
        egress_ip: U32::new(setup.egress_ip),
        egress_port: U16::new(setup.egress_port),
        egress: U16::new(setup.egress),
        status: U16::new(setup.status),
        cause: setup.cause,
        outcome: setup.outcome.code(),
        release: setup.release.code(),
        flags: setup.flags,
        attempts,
        reserved: 0,
        call_id_len: text_len(texts.call_id)?,
        from_tag_len: text_len(texts.from_tag)?,
        to_tag_len: text_len(texts.to_tag)?,
        caller_len: text_len(texts.caller)?,
        callee_len: text_len(texts.callee)?,
        p_asserted_len: text_len(texts.p_asserted)?,
        reserved_end: [0; 4],
    })
}

fn attempt_record(attempt: &Attempt) -> AttemptRecord {
    AttemptRecord {
        trunk: U32::new(attempt.trunk),
        gateway_ip: U32::new(attempt.gateway_ip),
        gateway_port: U16::new(attempt.gateway_port),
        status: U16::new(attempt.status),
        start_us: U32::new(attempt.start_us),
        progress_us: U32::new(attempt.progress_us),
        end_us: U32::new(attempt.end_us),
        cause: attempt.cause,
        slot: attempt.slot,
        ordinal: attempt.ordinal,
        flags: attempt.flags.0,
    }
}

fn text_len(text: &[u8]) -> Result<U16, EncodeEventError> {
    u16::try_from(text.len()).map(U16::new).map_err(|_| EncodeEventError::TextTooLong)
}
