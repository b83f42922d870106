//! Owns responses to INVITEs: provisional ones, answers, failures, and what the policy makes of a failure.
//! Hot. Knows nothing of timers but their deadlines.

use hugepages::layout::cdr::AttemptFlags;
use parser::Message;

use super::active::Parties;
use super::branch::{Branch, Kind};
use super::core::{Core, since};
use super::dialog::q850_cause;
use super::emit;
use super::events::unsent;
use super::late::LateBranch;
use super::outbox::Outbox;
use super::setup::{MESSAGE_LEN, copy_into};
use crate::net::Endpoint;
use crate::txn::machine::{invite_client, invite_server};
use crate::txn::pool::NONE;
use crate::txn::record::{ByeOf, CancelState, NEVER, Purpose};
use crate::txn::slab::TextRef;
use crate::verdict::Verdict;

impl<O: Outbox> Core<'_, O> {
    /// Takes a response to the branch `name` of an INVITE.
    #[inline]
    pub fn invite_response(
        &mut self,
        name: &Branch,
        message: &Message<'_>,
        status: u16,
        source: Endpoint,
    ) -> Verdict {
        let (txn_slot, ordinal) = (name.slot, name.ordinal);
        let Some(txn) = self.state.txns.get(txn_slot) else { return Verdict::DropStrayResponse };
        let (live, answered) = (txn.live, txn.answered);
        let Some(at) = self.branch_by_ordinal(live, ordinal) else {
            // Only the transaction is left, in Accepted (RFC 6026 §7.2): 2xx still pass, all else is late.
            return match status {
                200..=299 if answered == ordinal || name.kind == Kind::Reinvite => {
                    self.pass_upstream(txn_slot, message)
                }
                200..=299 => {
                    let (call_id, tag) = (message.call_id(), message.from().tag);
                    let identity = self.dialog_key(message.text(call_id), message.text(tag));
                    self.release_answer(message, status, source, &LateBranch::unknown(identity))
                }
                _ => Verdict::DropStrayResponse,
            };
        };
        let event = match status {
            0..=199 => invite_client::Event::Provisional,
            200..=299 => invite_client::Event::Success,
            _ => invite_client::Event::Failure,
        };
        let Some(branch) = self.state.branches.get_mut(at) else { return Verdict::Absorb };
        let step = invite_client::step(branch.state, event);
        branch.state = step.next;
        match (event, step.action) {
            // A 2xx is never ignored, not even by a branch that is over: the callee has answered.
            (invite_client::Event::Success, _) => {
                self.success(txn_slot, live, at, message, status, source)
            }
            (_, invite_client::Action::Pass) => {
                self.provisional(txn_slot, live, at, message, status)
            }
            (_, invite_client::Action::AckAndPass) => {
                self.failure(txn_slot, live, at, message, status)
            }
            (_, invite_client::Action::Ack) => {
                self.resend_ack(at);
                Verdict::Absorb
            }
            _ => Verdict::Absorb,
        }
    }

    fn provisional(
        &mut self,
        txn_slot: u32,
        live: u32,
        at: u32,
        message: &Message<'_>,
        status: u16,
    ) -> Verdict {
        let (Some(setup), Some(branch)) =
            (self.state.setups.get_mut(live), self.state.branches.get_mut(at))
        else {
            return Verdict::Absorb;
        };
        // RFC 3261 §17.1.1.2: a provisional response ends the retransmission.
        branch.resend_ms = NEVER;
        if setup.active != at {
            // Given up before anything was heard (RFC 3261 §9.1): the CANCEL may go now.
            if branch.cancel == CancelState::Wanted {
                branch.limit_ms = self.now.ms + self.env.timers.give_up_ms;
                self.send_cancel(at);
                self.arm_setup(live);
            }
            return Verdict::Absorb;
        }
        let since_us = since(self.now.us, setup.received_us);
        if (180..=183).contains(&status) {
            branch.progress_us = branch.progress_us.min(since_us);
            setup.progress_us = setup.progress_us.min(since_us);
        }
        let now_ms = self.now.ms;
        if setup.purpose == Purpose::InDialog {
            // RFC 3261 §16.7 step 2: Timer C is reset by 101 to 199.
            branch.limit_ms = now_ms + u64::from(self.env.timers.c_ms);
        } else if !setup.cancelled {
            let policy = &setup.plan.policy;
            match status {
                180 | 183 if !branch.rang => {
                    branch.rang = true;
                    branch.limit_ms = now_ms + u64::from(policy.ring_timeout_ms);
                }
                181 | 182 if !branch.rang => {
                    branch.limit_ms = now_ms + u64::from(policy.invite_timeout_ms);
                }
                _ if branch.progress_us == u32::MAX => {
                    let sent_ms = (setup.received_us + u64::from(branch.start_us)) / 1000;
                    branch.limit_ms = sent_ms + u64::from(policy.pdd_ms);
                }
                _ => {}
            }
        }
        let passes = status != 100;
        if status >= 180 {
            setup.progressed = true;
        }
        self.arm_setup(live);
        if !passes {
            // RFC 3261 §16.7 step 5: 100 is not forwarded.
            return Verdict::Absorb;
        }
        let Some(txn) = self.state.txns.get_mut(txn_slot) else { return Verdict::Absorb };
        let step = invite_server::step(txn.invite, invite_server::Event::Provisional);
        if step.action != invite_server::Action::Send {
            return Verdict::Absorb;
        }
        let (listener, peer) = (txn.listener, txn.peer);
        let Some(setup) = self.state.setups.get_mut(live) else { return Verdict::Absorb };
        let old = core::mem::replace(&mut setup.provisional, TextRef::NONE);
        self.state.slabs.give(old);
        let slabs = &mut self.state.slabs;
        let mut kept = TextRef::NONE;
        let result = self.out.send(listener, peer, |out| {
            let len = emit::response(message, out)?;
            kept = out.get(..len).and_then(|text| slabs.store(text)).unwrap_or(TextRef::NONE);
            Ok(len)
        });
        setup.provisional = kept;
        match result {
            Ok(()) => Verdict::ForwardResponse,
            Err(error) => unsent(error),
        }
    }

    fn success(
        &mut self,
        txn_slot: u32,
        live: u32,
        at: u32,
        message: &Message<'_>,
        status: u16,
        source: Endpoint,
    ) -> Verdict {
        let since_us =
            self.state.setups.get(live).map_or(0, |setup| self.since_us(setup.received_us));
        let (Some(setup), Some(branch)) =
            (self.state.setups.get(live), self.state.branches.get_mut(at))
        else {
            return Verdict::Absorb;
        };
        let ordinal = branch.ordinal;
        let answered = self.state.txns.get(txn_slot).map_or(u8::MAX, |txn| txn.answered);
        if answered == ordinal {
            return self.pass_upstream(txn_slot, message);
        }
        branch.resend_ms = NEVER;
        branch.cancel_resend_ms = NEVER;
        if branch.state == invite_client::State::Accepted {
            branch.limit_ms = NEVER;
        }
        if setup.active != at && setup.purpose == Purpose::InDialog {
            // RFC 3261 §16.7 step 5: a 2xx is passed on even after another final. A BYE would end the call.
            let verdict = self.pass_upstream(txn_slot, message);
            self.settle(live);
            return verdict;
        }
        if branch.status == 0 {
            branch.status = status;
        }
        if setup.active != at {
            branch.flags |= AttemptFlags::LATE_ANSWER.0;
            let late = LateBranch {
                call_id: setup.call_id,
                identity: setup.identity,
                trunk: branch.trunk,
                ordinal,
                after_us: since_us,
                bye: ByeOf::NONE,
            };
            let verdict = self.release_answer(message, status, source, &late);
            self.stop_waiting(live, at);
            self.settle(live);
            return verdict;
        }
        branch.end_us = since_us;
        let callee_identity =
            self.dialog_key(message.text(message.call_id()), message.text(message.to().tag));
        // Wanted when the answer has gone upstream.
        self.state.dialogs.prefetch(callee_identity);
        let verdict = self.pass_upstream(txn_slot, message);
        if let Some(txn) = self.state.txns.get_mut(txn_slot) {
            txn.invite = invite_server::step(txn.invite, invite_server::Event::Success).next;
            txn.answered = ordinal;
            txn.status = status;
        }
        self.linger(txn_slot);
        if let Some(setup) = self.state.setups.get_mut(live) {
            setup.active = NONE;
        }
        self.start_call(live, at, message, status, source, callee_identity);
        self.settle(live);
        verdict
    }

    /// Makes the reserved call record a standing call, and tells it.
    fn start_call(
        &mut self,
        live: u32,
        at: u32,
        message: &Message<'_>,
        status: u16,
        source: Endpoint,
        callee_identity: u64,
    ) {
        let Some(setup) = self.state.setups.get(live) else { return };
        if setup.purpose == Purpose::InDialog {
            return;
        }
        let (originator, told) = (setup.originator, setup.recorded);
        self.record_answer(live, message, status);
        let Some(setup) = self.state.setups.get_mut(live) else { return };
        let call_slot = core::mem::replace(&mut setup.call, NONE);
        let (trunk, egress) = match self.state.branches.get(at) {
            Some(branch) => (branch.trunk, branch.from),
            None => return,
        };
        if !told {
            self.state.active.begin(Parties { originator, trunk });
        }
        let Some(call) = self.state.calls.get_mut(call_slot) else { return };
        call.answered_us = self.now.us.max(1);
        call.trunk = trunk;
        call.callee = source;
        call.egress = egress;
        call.callee_identity = callee_identity;
        let identity = call.identity;
        self.state.dialogs.insert(identity, call_slot);
        self.state.dialogs.insert(callee_identity, call_slot);
        self.state.standing.push(&mut self.state.calls, call_slot);
    }

    fn failure(
        &mut self,
        txn_slot: u32,
        live: u32,
        at: u32,
        message: &Message<'_>,
        status: u16,
    ) -> Verdict {
        self.send_ack(txn_slot, live, at, message);
        let cause = q850_cause(message).unwrap_or(0);
        let limit_ms = self.now.ms + self.env.timers.give_up_ms;
        let since_us =
            self.state.setups.get(live).map_or(0, |setup| self.since_us(setup.received_us));
        let (Some(setup), Some(branch)) =
            (self.state.setups.get_mut(live), self.state.branches.get_mut(at))
        else {
            return Verdict::Absorb;
        };
        branch.resend_ms = NEVER;
        branch.cancel_resend_ms = NEVER;
        // Timer D: at least 32 s for UDP (RFC 3261 §17.1.1.2).
        branch.limit_ms = limit_ms;
        if branch.end_us == u32::MAX {
            branch.status = status;
            branch.cause = cause;
            branch.end_us = since_us;
        }
        if setup.active != at {
            self.stop_waiting(live, at);
            self.settle(live);
            self.arm_setup(live);
            return Verdict::Absorb;
        }
        setup.active = NONE;
        let goes_on = setup.purpose == Purpose::Initial
            && !setup.cancelled
            && !setup.progressed
            // RFC 3261 §8.2.2.2: on a later attempt, 482 means that the far end saw the same call before.
            && (setup.plan.policy.goes_on(status) || status == 482 && setup.attempts > 1);
        setup.last_status = status;
        self.keep_final(live, message);
        if goes_on {
            self.next_trunk(live);
        } else {
            self.finish_with_last(live);
            self.settle(live);
        }
        Verdict::Absorb
    }

    /// Goes on with the candidate after the one that failed, at once or after the plan's interval.
    pub fn next_trunk(&mut self, live: u32) {
        let Some(setup) = self.state.setups.get_mut(live) else { return };
        setup.candidate = setup.plan.next_after(usize::from(setup.candidate));
        setup.tried_gateways = 0;
        self.go_on(live);
    }

    /// Starts the next attempt, at once or after the plan's interval.
    pub fn go_on(&mut self, live: u32) {
        let Some(setup) = self.state.setups.get_mut(live) else { return };
        let wait_ms = setup.plan.policy.retry_interval_ms;
        if wait_ms > 0 {
            setup.retry_due_ms = self.now.ms + u64::from(wait_ms);
            self.arm_setup(live);
        } else {
            self.advance(live, None);
        }
    }

    /// Keeps the final of a failed attempt, as it would go upstream.
    fn keep_final(&mut self, live: u32, message: &Message<'_>) {
        let mut text = [0u8; MESSAGE_LEN];
        let len = emit::response(message, &mut text).unwrap_or(0);
        let kept = text.get(..len).and_then(|text| self.state.slabs.store(text));
        if let Some(setup) = self.state.setups.get_mut(live) {
            let old = core::mem::replace(&mut setup.last_final, kept.unwrap_or(TextRef::NONE));
            self.state.slabs.give(old);
        }
    }

    /// Passes a response on to where the request came from.
    fn pass_upstream(&mut self, txn_slot: u32, message: &Message<'_>) -> Verdict {
        let Some(txn) = self.state.txns.get(txn_slot) else { return Verdict::DropStrayResponse };
        let (listener, peer) = (txn.listener, txn.peer);
        match self.out.send(listener, peer, |out| emit::response(message, out)) {
            Ok(()) => Verdict::ForwardResponse,
            Err(error) => unsent(error),
        }
    }

    /// Acknowledges a final other than 2xx and keeps the ACK for its retransmissions.
    fn send_ack(&mut self, txn_slot: u32, live: u32, at: u32, response: &Message<'_>) {
        let mut text = [0u8; MESSAGE_LEN];
        let len = self.write_sent(txn_slot, live, at, |sent| emit::ack(sent, response, &mut text));
        let ack = text.get(..len).unwrap_or_default();
        let kept = self.state.slabs.store(ack).unwrap_or(TextRef::NONE);
        let Some(branch) = self.state.branches.get_mut(at) else { return };
        branch.ack = kept;
        let (from, to) = (branch.from, branch.to);
        let _lost = self.out.send(from, to, |out| copy_into(ack, out));
    }

    fn resend_ack(&mut self, at: u32) {
        let Some(branch) = self.state.branches.get(at) else { return };
        let (from, to) = (branch.from, branch.to);
        if let Some(text) = self.state.slabs.get(branch.ack) {
            let bytes = text.bytes();
            let _lost = self.out.send(from, to, |out| copy_into(bytes, out));
        }
    }
}
