//! Owns the records of transactions: the one that stays to the end, and what hangs off it while it lives.
//! Hot. Knows nothing of what is done with them.

mod plan;

use zerocopy::FromZeros;

use super::machine::{invite_client, invite_server, other_client, other_server};
use super::pool::{NONE, Pool, Record};
use super::slab::TextRef;
use crate::net::{Endpoint, ListenerId};
use crate::proxy::active::Parties;

pub use plan::{MAX_CANDIDATES, Plan, TextSpan, TextSpans};

/// What kind of transaction a [`Txn`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromZeros)]
#[repr(u8)]
pub enum Kind {
    /// An INVITE: `live` is a [`Setup`].
    Invite,
    /// Any other request: `live` is an [`Exchange`].
    Other,
}

/// A transaction from its first packet to the end of its linger state: the server side, and what the client
/// side's branch names. 64 bytes, so that a million of them in linger cost 64 MB.
#[derive(FromZeros)]
#[repr(C)]
pub struct Txn {
    /// Where the server side is found: a keyed hash of branch, sent-by, source and method (RFC 3261 §17.2.3).
    pub key: u64,
    /// The live record, [`NONE`] once there is none.
    pub live: u32,
    /// Where responses go: source address of the request.
    pub peer: Endpoint,
    /// The listener that the request came to.
    pub listener: ListenerId,
    /// Which machine, and what `live` is.
    pub kind: Kind,
    /// State of the INVITE server machine.
    pub invite: invite_server::State,
    /// State of the non-INVITE server machine.
    pub other: other_server::State,
    /// The final status that went upstream, 0 before.
    pub status: u16,
    /// The branch whose 2xx went upstream; `u8::MAX` when none did.
    pub answered: u8,
    /// No server side: a request of the router's own.
    pub own: bool,
    /// The stored final response, for retransmissions: of an INVITE until its ACK, of other requests as long as
    /// they linger, BYE excepted.
    pub reply: TextRef,
    /// Identity of the dialog that this BYE ended, 0 when it ended none.
    pub ended: u64,
}

const _: () = assert!(Pool::<Txn>::CELL_BYTES == 64);

impl Record for Txn {
    fn reset(&mut self) {
        *self = Txn {
            key: 0,
            live: NONE,
            peer: Endpoint::default(),
            listener: ListenerId::default(),
            kind: Kind::Invite,
            invite: invite_server::State::Proceeding,
            other: other_server::State::Trying,
            status: 0,
            answered: u8::MAX,
            own: false,
            reply: TextRef::NONE,
            ended: 0,
        };
    }
}

/// Deadlines are in milliseconds since the worker's start; this one never comes.
pub const NEVER: u64 = u64::MAX;

/// An INVITE transaction while it is alive.
#[derive(FromZeros)]
#[repr(C)]
pub struct Setup {
    /// Its transaction.
    pub txn: u32,
    /// The first of its branches, in the order in which they were tried.
    pub first_branch: u32,
    /// The branch that may still answer the caller; [`NONE`] between two attempts and after the end.
    pub active: u32,
    /// The request as received.
    pub request: TextRef,
    /// The last provisional response that went upstream.
    pub provisional: TextRef,
    /// The last final of a branch that failed, as it would go upstream.
    pub last_final: TextRef,
    /// Status of `last_final`.
    pub last_status: u16,
    /// The tick for which the wheel is armed, [`NEVER`] when it is not.
    pub armed_ms: u64,
    /// When the request came: microseconds since the worker's start, and UTC.
    pub received_us: u64,
    /// The same in microseconds since 1970.
    pub received_utc_us: u64,
    /// Id of the CDR.
    pub call_id: u64,
    /// Keyed hash of Call-ID and caller's tag.
    pub identity: u64,
    /// Loop hash of the request as received (RFC 5393 §4.2).
    pub loop_hash: u64,
    /// When Timer G, H or I is due.
    pub server_due_ms: u64,
    /// Current interval of Timer G.
    pub server_interval_ms: u32,
    /// When Timer H ends the wait for the ACK.
    pub server_end_ms: u64,
    /// When the next attempt starts (`retry_interval_ms`, or the wait for an old branch), [`NEVER`] when none is
    /// scheduled.
    pub retry_due_ms: u64,
    /// The given-up branch whose final the next attempt waits for; [`NONE`] mostly.
    pub waits_for: u32,
    /// Microseconds from the request to the first 18x, `u32::MAX` when there was none.
    pub progress_us: u32,
    /// The reserved call record.
    pub call: u32,
    /// Stable id of the originator.
    pub originator: u32,
    /// Branches made.
    pub branches: u8,
    /// Attempts (trunks) made.
    pub attempts: u8,
    /// The candidate to try next.
    pub candidate: u8,
    /// Gateways of that candidate that were tried, as bits.
    pub tried_gateways: u8,
    /// Whether it opens a call or belongs to one.
    pub purpose: Purpose,
    /// The caller sent a CANCEL.
    pub cancelled: bool,
    /// An 18x went upstream.
    pub progressed: bool,
    /// The CDR event was written.
    pub recorded: bool,
    /// What the routing engine found.
    pub plan: Plan,
    /// Where the CDR's texts stand in the retained request.
    pub texts: TextSpans,
}

/// What an INVITE is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromZeros)]
#[repr(u8)]
pub enum Purpose {
    /// It opens a call and is routed.
    Initial,
    /// It belongs to a dialog and goes to its other party.
    InDialog,
}

impl Record for Setup {
    fn reset(&mut self) {
        self.txn = NONE;
        self.first_branch = NONE;
        self.active = NONE;
        self.request = TextRef::NONE;
        self.provisional = TextRef::NONE;
        self.last_final = TextRef::NONE;
        self.last_status = 0;
        self.armed_ms = NEVER;
        self.received_us = 0;
        self.received_utc_us = 0;
        self.call_id = 0;
        self.identity = 0;
        self.loop_hash = 0;
        self.server_due_ms = NEVER;
        self.server_interval_ms = 0;
        self.server_end_ms = NEVER;
        self.retry_due_ms = NEVER;
        self.waits_for = NONE;
        self.progress_us = u32::MAX;
        self.call = NONE;
        self.originator = 0;
        self.branches = 0;
        self.attempts = 0;
        self.candidate = 0;
        self.tried_gateways = 0;
        self.purpose = Purpose::Initial;
        self.cancelled = false;
        self.progressed = false;
        self.recorded = false;
        self.plan = Plan::empty();
        self.texts = TextSpans::default();
    }
}

/// One INVITE that went to one gateway.
#[derive(FromZeros)]
#[repr(C)]
pub struct Branch {
    /// The branch that was tried after this one.
    pub next: u32,
    /// Stable id of the trunk.
    pub trunk: u32,
    /// The gateway.
    pub to: Endpoint,
    /// The listener that it was sent from.
    pub from: ListenerId,
    /// Number of the branch in its set-up, as in the Via branch.
    pub ordinal: u8,
    /// Slot of the plan that it came from.
    pub slot: u8,
    /// Attempt flags of the CDR.
    pub flags: u8,
    /// State of the INVITE client machine.
    pub state: invite_client::State,
    /// State of the CANCEL, if one is wanted or sent.
    pub cancel: CancelState,
    /// A 180 or 183 came.
    pub rang: bool,
    /// Q.850 cause of its final, 0 when none was given.
    pub cause: u8,
    /// The final received, 0 when none was.
    pub status: u16,
    /// Its ACK for a non-2xx final.
    pub ack: TextRef,
    /// The CANCEL that was sent.
    pub cancel_text: TextRef,
    /// Microseconds from the request to its start, first 18x and end; `u32::MAX` when not reached.
    pub start_us: u32,
    /// See `start_us`.
    pub progress_us: u32,
    /// See `start_us`.
    pub end_us: u32,
    /// Current interval of Timer A.
    pub interval_ms: u32,
    /// When Timer A is due.
    pub resend_ms: u64,
    /// When the next of: no response, no progress, ring time-out, Timer B, C or D is due.
    pub limit_ms: u64,
    /// When the CANCEL is sent again.
    pub cancel_resend_ms: u64,
    /// Current interval of the CANCEL's Timer E.
    pub cancel_interval_ms: u32,
}

/// What became of a branch's CANCEL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromZeros)]
#[repr(u8)]
pub enum CancelState {
    /// None is wanted.
    None,
    /// To be sent when a provisional response comes (RFC 3261 §9.1).
    Wanted,
    /// Sent; no response to it yet.
    Sent,
    /// Answered.
    Done,
}

impl Record for Branch {
    fn reset(&mut self) {
        *self = Branch {
            next: NONE,
            trunk: 0,
            to: Endpoint::default(),
            from: ListenerId::default(),
            ordinal: 0,
            slot: 0,
            flags: 0,
            state: invite_client::State::Calling,
            cancel: CancelState::None,
            rang: false,
            cause: 0,
            status: 0,
            ack: TextRef::NONE,
            cancel_text: TextRef::NONE,
            start_us: 0,
            progress_us: u32::MAX,
            end_us: u32::MAX,
            interval_ms: 0,
            resend_ms: NEVER,
            limit_ms: NEVER,
            cancel_resend_ms: NEVER,
            cancel_interval_ms: 0,
        };
    }
}

/// A non-INVITE transaction while its client side waits for a final.
#[derive(FromZeros)]
#[repr(C)]
pub struct Exchange {
    /// Its transaction.
    pub txn: u32,
    /// The request as received, or as built for one of the router's own.
    pub request: TextRef,
    /// State of the client machine.
    pub state: other_client::State,
    /// The listener it leaves from.
    pub from: ListenerId,
    /// Where it goes.
    pub to: Endpoint,
    /// The call that its final ends, if it is a BYE.
    pub bye: ByeOf,
    /// Current interval of Timer E.
    pub interval_ms: u32,
    /// When Timer E is due.
    pub resend_ms: u64,
    /// When Timer F is due.
    pub limit_ms: u64,
    /// The tick for which the wheel is armed, [`NEVER`] when it is not.
    pub armed_ms: u64,
    /// Loop hash of the request as received.
    pub loop_hash: u64,
}

/// Which call a BYE ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromZeros)]
#[repr(C)]
pub struct ByeOf {
    /// The call record, [`NONE`] when it is unknown.
    pub call: u32,
    /// Its generation.
    pub generation: u32,
    /// Keyed hash of Call-ID and caller's tag.
    pub identity: u64,
    /// 0: no BYE; 1: from the caller; 2: from the callee.
    pub side: u8,
    /// Q.850 cause that the BYE carries, 16 when it has none.
    pub cause: u8,
    /// Stable id of the originator, little endian, as the dialog's cookie names it; 0 when it is unknown.
    pub originator: [u8; 3],
    /// Stable id of the trunk, likewise.
    pub trunk: [u8; 3],
}

impl ByeOf {
    /// Not a BYE.
    pub const NONE: ByeOf = ByeOf {
        call: NONE,
        generation: 0,
        identity: 0,
        side: 0,
        cause: 0,
        originator: [0; 3],
        trunk: [0; 3],
    };

    /// The same, of a call of `parties`.
    #[must_use]
    pub(crate) fn of_parties(self, parties: Parties) -> ByeOf {
        let [o0, o1, o2, _] = parties.originator.to_le_bytes();
        let [t0, t1, t2, _] = parties.trunk.to_le_bytes();
        ByeOf { originator: [o0, o1, o2], trunk: [t0, t1, t2], ..self }
    }

    /// Whose call it ends, where that is known.
    pub(crate) fn parties(&self) -> Option<Parties> {
        let wide = |[low, middle, high]: [u8; 3]| u32::from_le_bytes([low, middle, high, 0]);
        let parties = Parties { originator: wide(self.originator), trunk: wide(self.trunk) };
        (parties.originator != 0 && parties.trunk != 0).then_some(parties)
    }
}

impl Record for Exchange {
    fn reset(&mut self) {
        *self = Exchange {
            txn: NONE,
            request: TextRef::NONE,
            state: other_client::State::Trying,
            from: ListenerId::default(),
            to: Endpoint::default(),
            bye: ByeOf::NONE,
            interval_ms: 0,
            resend_ms: NEVER,
            limit_ms: NEVER,
            armed_ms: NEVER,
            loop_hash: 0,
        };
    }
}
