//! Owns the CDR events of calls: what is told about a set-up, an end, a late answer, exactly once each.
//! Hot. Knows nothing of the journal.

use hugepages::layout::cdr::{
    self, Attempt, AttemptFlags, Encoder, End, Head, Late, NO_ID, Outcome, Release,
    Setup as SetupEvent, Texts, setup_len,
};

use super::active::Parties;
use super::answer::Refusal;
use super::core::{Core, since};
use super::outbox::{Outbox, SendError};
use crate::net::Endpoint;
use crate::txn::pool::NONE;
use crate::txn::record::{ByeOf, Purpose};
use crate::verdict::Verdict;
use parser::Message;

/// Attempts that a CDR holds: more branches than that are counted, not listed.
const MAX_ATTEMPTS: usize = 32;

/// The verdict for a message that should have left.
pub(super) fn unsent(error: SendError) -> Verdict {
    match error {
        SendError::NoBuffer => Verdict::DropExhausted,
        SendError::Unreachable | SendError::NoRoute => Verdict::DropNoRoute,
        SendError::TooLong => Verdict::DropTooLong,
    }
}

/// How a set-up ended, for its event.
struct Ending<'t> {
    status: u16,
    cause: u8,
    outcome: Outcome,
    release: Release,
    to_tag: &'t [u8],
}

impl<O: Outbox> Core<'_, O> {
    /// Records a call that was answered by `answer`.
    pub fn record_answer(&mut self, slot: u32, answer: &Message<'_>, status: u16) {
        let to_tag = answer.text(answer.to().tag);
        let ending = Ending {
            status,
            cause: 0,
            outcome: Outcome::Answered,
            release: Release::Unknown,
            to_tag,
        };
        self.record_setup(slot, &ending);
    }

    /// Records a call that the router refused or ended itself.
    pub fn record_refusal(&mut self, slot: u32, refusal: Refusal) {
        let release = match refusal.outcome {
            Outcome::Cancelled => Release::Caller,
            _ => Release::Router,
        };
        let ending = Ending {
            status: refusal.status,
            cause: refusal.cause,
            outcome: refusal.outcome,
            release,
            to_tag: b"",
        };
        self.record_setup(slot, &ending);
    }

    /// Records a call that ended with the final of a trunk.
    pub fn record_rejected(&mut self, slot: u32, status: u16) {
        let Some(setup) = self.state.setups.get(slot) else { return };
        let (outcome, release) = match setup.cancelled {
            true => (Outcome::Cancelled, Release::Caller),
            false => (Outcome::Rejected, Release::Callee),
        };
        let mut cause = 0;
        let mut branches = self.branch_slots(slot);
        while let Some(at) = branches.next(self.state) {
            if let Some(branch) = self.state.branches.get(at)
                && branch.cause != 0
            {
                cause = branch.cause;
            }
        }
        let ending = Ending { status, cause, outcome, release, to_tag: b"" };
        self.record_setup(slot, &ending);
    }

    fn record_setup(&mut self, slot: u32, ending: &Ending<'_>) {
        let mut attempts = [Attempt::default(); MAX_ATTEMPTS];
        let mut count = 0;
        let mut egress = (Endpoint::default(), 0u16);
        let mut branches = self.branch_slots(slot);
        while let Some(at) = branches.next(self.state) {
            let (Some(branch), Some(cell)) = (self.state.branches.get(at), attempts.get_mut(count))
            else {
                break;
            };
            egress = (branch.to, u16::from(branch.from.0));
            *cell = Attempt {
                trunk: branch.trunk,
                gateway_ip: branch.to.ipv4,
                gateway_port: branch.to.port,
                status: branch.status,
                start_us: branch.start_us,
                progress_us: branch.progress_us,
                end_us: branch.end_us,
                cause: branch.cause,
                slot: branch.slot,
                ordinal: branch.ordinal,
                flags: AttemptFlags(branch.flags),
            };
            count += 1;
        }
        let state = &mut *self.state;
        let Some(setup) = state.setups.get_mut(slot) else { return };
        if setup.recorded || setup.purpose == Purpose::InDialog {
            return;
        }
        setup.recorded = true;
        let final_us = since(self.now.us, setup.received_us);
        let (Some(txn), Some(text)) = (state.txns.get(setup.txn), state.slabs.get(setup.request))
        else {
            state.events_lost += 1;
            return;
        };
        let text = text.bytes();
        let known = |id: u32| if id == 0 { NO_ID } else { id };
        let event = SetupEvent {
            received_utc_us: setup.received_utc_us,
            progress_us: setup.progress_us,
            final_us,
            originator: setup.originator,
            destination: known(setup.plan.destination),
            plan: known(setup.plan.id),
            rule: known(setup.plan.rule),
            image_version: setup.plan.image_version,
            source_ip: txn.peer.ipv4,
            source_port: txn.peer.port,
            ingress: u16::from(txn.listener.0),
            egress_ip: egress.0.ipv4,
            egress_port: egress.0.port,
            egress: egress.1,
            status: ending.status,
            cause: ending.cause,
            outcome: ending.outcome,
            release: ending.release,
            flags: 0,
            attempts: attempts.get(..count).unwrap_or_default(),
            texts: Texts {
                call_id: setup.texts.call_id.of(text),
                from_tag: setup.texts.from_tag.of(text),
                to_tag: ending.to_tag,
                caller: setup.texts.caller.of(text),
                callee: setup.texts.callee.of(text),
                p_asserted: setup.texts.p_asserted.of(text),
            },
        };
        let head = Head {
            worker: u16::from(self.env.core),
            call: setup.call_id,
            position: state.events.position(),
            at_utc_us: self.now.utc_us,
            identity: setup.identity,
        };
        let Some(mut place) = state.events.reserve(setup_len(&event)) else {
            state.events_lost += 1;
            return;
        };
        let encoder = Encoder::new(&mut place);
        let written = match ending.outcome {
            Outcome::Answered => encoder.start(&head, &event),
            _ => encoder.unanswered(&head, &event),
        };
        match written {
            Ok(_) => place.commit(),
            Err(_) => state.events_lost += 1,
        }
    }

    /// Ends the call that a BYE belonged to. `status` is the final of the BYE, 408 when none came; `txn_slot` is its
    /// transaction, which remembers the end while it lingers.
    pub fn end_call(&mut self, bye: ByeOf, status: u16, txn_slot: u32) {
        let release = match bye.side {
            0 => return,
            1 => Release::Caller,
            2 => Release::Callee,
            _ => Release::Router,
        };
        let current = self.state.calls.is_current(bye.call, bye.generation);
        let answered = self.state.calls.get(bye.call).is_some_and(|call| call.answered_us != 0);
        let known = current && answered;
        let is_over = self.state.ended.find(bye.identity).is_some()
            || self.env.unsettled.ended.binary_search(&bye.identity).is_ok();
        if !known && (bye.call != NONE || is_over) {
            // The BYE of an early dialog ends no call (RFC 3261 §15): the INVITE has a final of its own. One that
            // crossed another BYE, or came after it, in the run before as well, ends what is over.
            return;
        }
        if let Some(txn) = self.state.txns.get_mut(txn_slot)
            && self.state.ended.insert(bye.identity, txn_slot)
        {
            txn.ended = bye.identity;
        }
        let mut end = End { status, release, cause: bye.cause, ..End::default() };
        let mut head = Head {
            worker: u16::from(self.env.core),
            call: 0,
            position: self.state.events.position(),
            at_utc_us: self.now.utc_us,
            identity: bye.identity,
        };
        if known && let Some(call) = self.state.calls.get(bye.call) {
            head.call = call.call_id;
            end.duration_us = self.now.us.saturating_sub(call.answered_us).max(1);
            end.originator = call.originator;
            end.trunk = call.trunk;
            let (identity, callee_identity) = (call.identity, call.callee_identity);
            self.state.dialogs.remove(identity, bye.call);
            self.state.dialogs.remove(callee_identity, bye.call);
            self.state.standing.remove(&mut self.state.calls, bye.call);
            self.state.calls.give(bye.call);
            self.state.active.end(Parties { originator: end.originator, trunk: end.trunk });
        } else {
            // No record: the router was restarted since the answer. The reader joins by identity.
            end.originator = NO_ID;
            end.trunk = NO_ID;
            if let Some(parties) = bye.parties() {
                self.state.active.end_earlier(parties);
            }
        }
        let Some(mut place) = self.state.events.reserve(cdr::END_LEN) else {
            self.state.events_lost += 1;
            return;
        };
        let encoder = Encoder::new(&mut place);
        let written =
            if known { encoder.end(&head, &end) } else { encoder.orphan_end(&head, &end) };
        match written {
            Ok(_) => place.commit(),
            Err(_) => self.state.events_lost += 1,
        }
    }

    /// Records a 2xx that came after its branch was given up.
    pub fn record_late(&mut self, call: u64, identity: u64, late: &Late) {
        let head = Head {
            worker: u16::from(self.env.core),
            call,
            position: self.state.events.position(),
            at_utc_us: self.now.utc_us,
            identity,
        };
        let Some(mut place) = self.state.events.reserve(cdr::LATE_LEN) else {
            self.state.events_lost += 1;
            return;
        };
        match Encoder::new(&mut place).late_answer(&head, late) {
            Ok(_) => place.commit(),
            Err(_) => self.state.events_lost += 1,
        }
    }

    /// Ends a call that has stood for its longest duration (`dead_call = release`: no BYE, RFC 4028 §8.3).
    #[cold]
    pub fn end_overlong_call(&mut self, slot: u32) {
        let Some(call) = self.state.calls.get(slot) else { return };
        let bye = ByeOf {
            call: slot,
            generation: self.state.calls.generation(slot),
            identity: call.identity,
            side: 3,
            cause: 102,
            ..ByeOf::NONE
        };
        self.end_call(bye, 0, NONE);
    }
}
