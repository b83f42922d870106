//! Owns the plain values that a worker fills in and the encoder turns into records.
//! Hot. Knows nothing of bytes.

use super::{AttemptFlags, NO_ID, NO_TIME, Outcome, Release};

/// What every event says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The worker that writes it.
    pub worker: u16,
    /// The call; 0 when it is not known.
    pub call: u64,
    /// Position of the record in the worker's ring.
    pub position: u64,
    /// UTC in µs.
    pub at_utc_us: u64,
    /// Keyed hash of Call-ID and the caller's tag.
    pub identity: u64,
}

/// One attempt, in the order of trying. Fields as in [`AttemptRecord`](super::AttemptRecord).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the record of the same fields documents them")]
pub struct Attempt {
    pub trunk: u32,
    pub gateway_ip: u32,
    pub gateway_port: u16,
    pub status: u16,
    pub start_us: u32,
    pub progress_us: u32,
    pub end_us: u32,
    pub cause: u8,
    pub slot: u8,
    pub ordinal: u8,
    pub flags: AttemptFlags,
}

impl Default for Attempt {
    fn default() -> Self {
        Attempt {
            trunk: NO_ID,
            gateway_ip: 0,
            gateway_port: 0,
            status: 0,
            start_us: 0,
            progress_us: NO_TIME,
            end_us: NO_TIME,
            cause: 0,
            slot: 0,
            ordinal: 0,
            flags: AttemptFlags(0),
        }
    }
}

/// The texts of a set-up, as they stood in the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the header fields")]
pub struct Texts<'m> {
    pub call_id: &'m [u8],
    pub from_tag: &'m [u8],
    pub to_tag: &'m [u8],
    pub caller: &'m [u8],
    pub callee: &'m [u8],
    pub p_asserted: &'m [u8],
}

impl Texts<'_> {
    /// Bytes of all of them.
    pub(super) const fn bytes(&self) -> usize {
        self.call_id.len()
            + self.from_tag.len()
            + self.to_tag.len()
            + self.caller.len()
            + self.callee.len()
            + self.p_asserted.len()
    }
}

/// The set-up of a call. Fields as in [`SetupBody`](super::SetupBody).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the record of the same fields documents them")]
pub struct Setup<'m> {
    pub received_utc_us: u64,
    pub progress_us: u32,
    pub final_us: u32,
    pub originator: u32,
    pub destination: u32,
    pub plan: u32,
    pub rule: u32,
    pub image_version: u64,
    pub source_ip: u32,
    pub source_port: u16,
    pub ingress: u16,
    pub egress_ip: u32,
    pub egress_port: u16,
    pub egress: u16,
    pub status: u16,
    pub cause: u8,
    pub outcome: Outcome,
    pub release: Release,
    pub flags: u8,
    pub attempts: &'m [Attempt],
    pub texts: Texts<'m>,
}

impl Default for Setup<'_> {
    fn default() -> Self {
        Setup {
            received_utc_us: 0,
            progress_us: NO_TIME,
            final_us: 0,
            originator: NO_ID,
            destination: NO_ID,
            plan: NO_ID,
            rule: NO_ID,
            image_version: 0,
            source_ip: 0,
            source_port: 0,
            ingress: 0,
            egress_ip: 0,
            egress_port: 0,
            egress: 0,
            status: 0,
            cause: 0,
            outcome: Outcome::Failed,
            release: Release::Unknown,
            flags: 0,
            attempts: &[],
            texts: Texts::default(),
        }
    }
}

/// The end of an answered call. Fields as in [`EndBody`](super::EndBody).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the record of the same fields documents them")]
pub struct End {
    pub duration_us: u64,
    pub originator: u32,
    pub trunk: u32,
    pub status: u16,
    pub release: Release,
    pub cause: u8,
}

impl Default for End {
    fn default() -> Self {
        End {
            duration_us: 0,
            originator: NO_ID,
            trunk: NO_ID,
            status: 0,
            release: Release::Unknown,
            cause: 0,
        }
    }
}

/// A 2xx that came too late. Fields as in [`LateBody`](super::LateBody).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the record of the same fields documents them")]
pub struct Late {
    pub trunk: u32,
    pub gateway_ip: u32,
    pub gateway_port: u16,
    pub status: u16,
    pub after_us: u32,
    pub ordinal: u8,
}
