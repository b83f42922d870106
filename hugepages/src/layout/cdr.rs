//! Owns the records of call events, version 1: what a worker tells about a call and the journal keeps.
//! Hot. Knows nothing of rings, files or SIP grammar; texts are bytes as they stood in the message.
//!
//! Every event is an [`EventHead`] and the body of its [`Kind`], little endian, without gaps:
//!
//! ```text
//! Start, Unanswered   EventHead SetupBody AttemptRecord* texts (lengths in SetupBody)
//! End, OrphanEnd      EventHead EndBody
//! LateAnswer          EventHead LateBody
//! ```
//!
//! Records have alignment 1 and explicit reserved bytes, which are written as zero and not looked at
//! when read. Ids are the stable ids of the plan, [`NO_ID`] where there is none; times without a value
//! are [`NO_TIME`]. IPv4 addresses are numbers (10.0.0.1 is 0x0a00_0001).

mod decode;
mod encode;
#[cfg(test)]
mod tests;
mod values;

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

pub use decode::{Body, DecodeEventError, Event, SetupView};
pub use encode::{EncodeEventError, Encoder, setup_len};
pub use values::{Attempt, End, Head, Late, Setup, Texts};

/// The version that this module writes and reads.
pub const VERSION: u8 = 1;
/// A stable id that names nothing.
pub const NO_ID: u32 = u32::MAX;
/// A time that was not reached.
pub const NO_TIME: u32 = u32::MAX;

/// Bytes of an End or OrphanEnd event.
pub const END_LEN: usize = size_of::<EventHead>() + size_of::<EndBody>();
/// Bytes of a LateAnswer event.
pub const LATE_LEN: usize = size_of::<EventHead>() + size_of::<LateBody>();

macro_rules! codes {
    ($(#[doc = $enum_doc:literal])+ $name:ident {
        $( $(#[doc = $doc:literal])+ $variant:ident = $code:literal, $text:literal; )+
    }) => {
        $(#[doc = $enum_doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $name { $( $(#[doc = $doc])+ $variant = $code, )+ }

        impl $name {
            /// Every value, in the order of its code.
            pub const ALL: &'static [$name] = &[ $( $name::$variant, )+ ];

            /// The value of a code byte; `None` for a code of a later writer.
            pub const fn from_code(code: u8) -> Option<$name> {
                match code { $( $code => Some($name::$variant), )+ _ => None }
            }

            /// The byte that stands for it in records.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The word under which it is shown.
            pub const fn text(self) -> &'static str {
                match self { $( $name::$variant => $text, )+ }
            }
        }
    };
}

codes! {
    /// What an event tells.
    Kind {
        /// A call was answered: the 2xx went upstream.
        Start = 1, "start";
        /// A call ended without an answer.
        Unanswered = 2, "unanswered";
        /// An answered call ended.
        End = 3, "end";
        /// A dialog ended whose call record is gone, known by its cookie only.
        OrphanEnd = 4, "orphan_end";
        /// A 2xx arrived after its branch had been given up; it was acknowledged and ended.
        LateAnswer = 5, "late_answer";
    }
}

codes! {
    /// How the set-up of a call ended.
    Outcome {
        /// A 2xx went upstream.
        Answered = 1, "answered";
        /// The caller cancelled.
        Cancelled = 2, "cancelled";
        /// The last trunk tried refused it.
        Rejected = 3, "rejected";
        /// The plan has no slot for the destination.
        NoRouting = 4, "no_routing";
        /// No destination has a prefix of the number.
        UnknownDestination = 5, "unknown_destination";
        /// The user part is no telephone number.
        NotANumber = 6, "not_a_number";
        /// Every trunk of the plan is down.
        AllDown = 7, "all_down";
        /// No trunk answered in time.
        Timeout = 8, "timeout";
        /// The request had passed here before with the same target.
        LoopDetected = 9, "loop_detected";
        /// Max-Forwards had run out.
        TooManyHops = 10, "too_many_hops";
        /// New calls were refused to protect standing ones.
        Overload = 11, "overload";
        /// The originator is switched off.
        Disabled = 12, "disabled";
        /// The request was malformed.
        BadRequest = 13, "bad_request";
        /// The router failed; the fault is in its log.
        Failed = 14, "failed";
    }
}

codes! {
    /// Which side ended the call.
    Release {
        /// Nobody yet, or unknown.
        Unknown = 0, "unknown";
        /// The side that sent the INVITE.
        Caller = 1, "caller";
        /// The side that was called.
        Callee = 2, "callee";
        /// The router itself.
        Router = 3, "router";
    }
}

/// What happened to one attempt, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptFlags(pub u8);

impl AttemptFlags {
    /// Not one response came within the trunk's time.
    pub const NO_RESPONSE: AttemptFlags = AttemptFlags(1 << 0);
    /// No 18x came within the post-dial delay that the policy allows.
    pub const NO_PROGRESS: AttemptFlags = AttemptFlags(1 << 1);
    /// The router sent a CANCEL.
    pub const CANCELLED: AttemptFlags = AttemptFlags(1 << 2);
    /// The next hop could not be resolved, or ICMP said unreachable.
    pub const UNREACHABLE: AttemptFlags = AttemptFlags(1 << 3);
    /// A 2xx came after the attempt was given up.
    pub const LATE_ANSWER: AttemptFlags = AttemptFlags(1 << 4);
    /// The attempt moved to another gateway of the same trunk.
    pub const GATEWAY_FAILOVER: AttemptFlags = AttemptFlags(1 << 5);
    /// The status was made here, it did not come from the trunk (408 after a timer).
    pub const LOCAL_STATUS: AttemptFlags = AttemptFlags(1 << 6);

    /// Bits and the words under which they are shown.
    pub const TEXTS: [(AttemptFlags, &'static str); 7] = [
        (AttemptFlags::NO_RESPONSE, "no_response"),
        (AttemptFlags::NO_PROGRESS, "no_progress"),
        (AttemptFlags::CANCELLED, "cancelled"),
        (AttemptFlags::UNREACHABLE, "unreachable"),
        (AttemptFlags::LATE_ANSWER, "late_answer"),
        (AttemptFlags::GATEWAY_FAILOVER, "gateway_failover"),
        (AttemptFlags::LOCAL_STATUS, "local_status"),
    ];

    /// Both sets of bits.
    #[must_use]
    pub const fn with(self, other: AttemptFlags) -> AttemptFlags {
        AttemptFlags(self.0 | other.0)
    }

    /// Whether all bits of `other` are set.
    pub const fn has(self, other: AttemptFlags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// In front of every event.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct EventHead {
    /// Bytes of the event, this head included.
    pub len: U32,
    /// [`Kind`].
    pub kind: u8,
    /// [`VERSION`].
    pub version: u8,
    /// The worker that wrote it.
    pub worker: U16,
    /// The call, unique in the appliance; 0 when it is not known.
    pub call: U64,
    /// Position in the worker's ring: with `worker` the identity of the event.
    pub position: U64,
    /// When it was written, UTC in µs.
    pub at_utc_us: U64,
    /// Keyed hash of Call-ID and the caller's tag: joins an OrphanEnd with its Start.
    pub identity: U64,
}

/// The set-up of a call, followed by its attempts and its texts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct SetupBody {
    /// When the INVITE was received, UTC in µs.
    pub received_utc_us: U64,
    /// First 18x after reception, µs; [`NO_TIME`].
    pub progress_us: U32,
    /// Final response after reception, µs.
    pub final_us: U32,
    /// Stable id of the originator.
    pub originator: U32,
    /// Stable id of the destination, [`NO_ID`] when none was found.
    pub destination: U32,
    /// Stable id of the plan.
    pub plan: U32,
    /// Stable id of the rule.
    pub rule: U32,
    /// Version of the plan image that decided.
    pub image_version: U64,
    /// Address that the INVITE came from.
    pub source_ip: U32,
    /// Port that the INVITE came from.
    pub source_port: U16,
    /// Index of the listener that received it.
    pub ingress: U16,
    /// Address that the last attempt went to.
    pub egress_ip: U32,
    /// Port that the last attempt went to.
    pub egress_port: U16,
    /// Index of the listener that it left by.
    pub egress: U16,
    /// Final code sent upstream.
    pub status: U16,
    /// Q.850 cause.
    pub cause: u8,
    /// [`Outcome`].
    pub outcome: u8,
    /// [`Release`]; for an answered call it is told by its End.
    pub release: u8,
    /// None is defined in this version.
    pub flags: u8,
    /// Number of attempt records behind this body.
    pub attempts: u8,
    /// Zero.
    pub reserved: u8,
    /// Length of the Call-ID.
    pub call_id_len: U16,
    /// Length of the caller's tag.
    pub from_tag_len: U16,
    /// Length of the callee's tag; 0 when there was none.
    pub to_tag_len: U16,
    /// Length of the calling number.
    pub caller_len: U16,
    /// Length of the called number.
    pub callee_len: U16,
    /// Length of the P-Asserted-Identity value.
    pub p_asserted_len: U16,
    /// Zero.
    pub reserved_end: [u8; 4],
}

/// One attempt at one trunk.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct AttemptRecord {
    /// Stable id of the trunk.
    pub trunk: U32,
    /// Address of its gateway.
    pub gateway_ip: U32,
    /// Port of its gateway.
    pub gateway_port: U16,
    /// Final code; 0 when there was none.
    pub status: U16,
    /// INVITE sent, µs after the call's reception.
    pub start_us: U32,
    /// First 18x, µs after the call's reception; [`NO_TIME`].
    pub progress_us: U32,
    /// End of the attempt, µs after the call's reception; [`NO_TIME`].
    pub end_us: U32,
    /// Q.850 cause, 0 when unknown.
    pub cause: u8,
    /// Slot of the rule that named the trunk.
    pub slot: u8,
    /// Place in the order of trying, from 0.
    pub ordinal: u8,
    /// [`AttemptFlags`].
    pub flags: u8,
}

/// The end of an answered call.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct EndBody {
    /// µs since the answer; 0 when it is not known.
    pub duration_us: U64,
    /// Stable id of the originator, [`NO_ID`] when it is not known.
    pub originator: U32,
    /// Stable id of the trunk, [`NO_ID`] when it is not known.
    pub trunk: U32,
    /// Final code of the BYE; 0 when none came.
    pub status: U16,
    /// [`Release`].
    pub release: u8,
    /// Q.850 cause.
    pub cause: u8,
    /// Zero.
    pub reserved: [u8; 4],
}

/// A 2xx of a branch that had been given up.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct LateBody {
    /// Stable id of the trunk.
    pub trunk: U32,
    /// Address of its gateway.
    pub gateway_ip: U32,
    /// Port of its gateway.
    pub gateway_port: U16,
    /// The code that came late.
    pub status: U16,
    /// µs after the call's reception; [`NO_TIME`] when that is not known.
    pub after_us: U32,
    /// The attempt's place in the order of trying.
    pub ordinal: u8,
    /// Zero.
    pub reserved: [u8; 7],
}

// Readers of another build find the fields by these numbers.
const _: () = {
    assert!(size_of::<EventHead>() == 40);
    assert!(size_of::<SetupBody>() == 80);
    assert!(size_of::<AttemptRecord>() == 28);
    assert!(size_of::<EndBody>() == 24);
    assert!(size_of::<LateBody>() == 24);
    assert!(core::mem::offset_of!(EventHead, call) == 8);
    assert!(core::mem::offset_of!(EventHead, identity) == 32);
    assert!(core::mem::offset_of!(SetupBody, image_version) == 32);
    assert!(core::mem::offset_of!(SetupBody, source_ip) == 40);
    assert!(core::mem::offset_of!(SetupBody, status) == 56);
    assert!(core::mem::offset_of!(SetupBody, attempts) == 62);
    assert!(core::mem::offset_of!(SetupBody, call_id_len) == 64);
    assert!(core::mem::offset_of!(AttemptRecord, cause) == 24);
};
