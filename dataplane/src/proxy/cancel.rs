//! Owns CANCEL: the caller's, and those for branches that are given up.
//! Hot. Knows nothing of which branch is given up, or why.

use hugepages::layout::cdr::AttemptFlags;
use parser::Message;

use super::answer::Refusal;
use super::core::{Core, branch_text, retained};
use super::emit::{self, Head, RequestUri, Sent};
use super::outbox::Outbox;
use super::setup::{MESSAGE_LEN, copy_into};
use crate::net::{Endpoint, ListenerId};
use crate::txn::machine::{invite_client, invite_server};
use crate::txn::pool::NONE;
use crate::txn::record::{CancelState, NEVER, Purpose};
use crate::txn::slab::TextRef;
use crate::verdict::Verdict;

impl<O: Outbox> Core<'_, O> {
    /// Takes a CANCEL from the INVITE's source (RFC 3261 §9.2, §16.10).
    pub fn cancel(
        &mut self,
        txn_slot: u32,
        message: &Message<'_>,
        key: u64,
        listener: ListenerId,
        source: Endpoint,
    ) -> Verdict {
        let verdict = self.answered(message, key, listener, source, 200, b"");
        let Some(txn) = self.state.txns.get(txn_slot) else { return verdict };
        if txn.invite != invite_server::State::Proceeding {
            return verdict;
        }
        let live = txn.live;
        let Some(setup) = self.state.setups.get_mut(live) else { return verdict };
        if core::mem::replace(&mut setup.cancelled, true) {
            return verdict;
        }
        setup.retry_due_ms = NEVER;
        setup.waits_for = NONE;
        let active = setup.active;
        if self.give_up_branch(live, active, Some(message)) != CancelState::Sent {
            // Nothing was sent, or nothing was heard: the caller need not wait.
            self.refuse_later(live, Refusal::CANCELLED);
        }
        self.arm_setup(live);
        verdict
    }

    /// The response to a CANCEL of ours ends its retransmission.
    pub fn cancel_response(&mut self, txn_slot: u32, ordinal: u8, status: u16) -> Verdict {
        let Some((live, _)) = self.setup_of(txn_slot) else { return Verdict::Absorb };
        if status >= 200
            && let Some(at) = self.branch_by_ordinal(live, ordinal)
            && let Some(branch) = self.branch_mut(at)
        {
            branch.cancel = CancelState::Done;
            branch.cancel_resend_ms = NEVER;
        }
        Verdict::Absorb
    }

    /// Gives a branch up: writes its CANCEL, and sends it if something was heard of the branch.
    ///
    /// Gives what became of the CANCEL; `None` when there is no such branch.
    pub fn give_up_branch(
        &mut self,
        live: u32,
        at: u32,
        reason_of: Option<&Message<'_>>,
    ) -> CancelState {
        let Some(setup) = self.state.setups.get(live) else { return CancelState::None };
        let txn_slot = setup.txn;
        let received_us = setup.received_us;
        let give_up_ms = self.env.timers.give_up_ms;
        let now_ms = self.now.ms;
        let Some(branch) = self.state.branches.get(at) else { return CancelState::None };
        let state = branch.state;
        if !matches!(state, invite_client::State::Calling | invite_client::State::Proceeding) {
            return CancelState::None;
        }
        let mut text = [0u8; MESSAGE_LEN];
        let len =
            self.write_sent(txn_slot, live, at, |sent| emit::cancel(sent, reason_of, &mut text));
        let kept = text.get(..len).and_then(|text| self.state.slabs.store(text));
        let since_us = self.since_us(received_us);
        let Some(branch) = self.state.branches.get_mut(at) else { return CancelState::None };
        branch.cancel_text = kept.unwrap_or(TextRef::NONE);
        branch.resend_ms = NEVER;
        if state == invite_client::State::Proceeding || reason_of.is_some() {
            branch.flags |= AttemptFlags::CANCELLED.0;
        }
        // A branch that the caller cancelled ends with the final that is relayed.
        if state == invite_client::State::Calling || reason_of.is_none() {
            branch.end_us = branch.end_us.min(since_us);
        }
        if state == invite_client::State::Calling {
            // RFC 3261 §9.1: "If no provisional response has been received, the CANCEL request MUST NOT be sent;
            // rather, the client MUST wait for the arrival of a provisional response before sending the request."
            branch.cancel = CancelState::Wanted;
            let sent_ms = (received_us + u64::from(branch.start_us)) / 1000;
            branch.limit_ms = (sent_ms + give_up_ms).max(now_ms + 1);
            if let Some(setup) = self.state.setups.get_mut(live) {
                setup.active = NONE;
            }
            return CancelState::Wanted;
        }
        branch.limit_ms = now_ms + give_up_ms;
        self.send_cancel(at);
        CancelState::Sent
    }

    /// Sends the CANCEL that a branch keeps and starts its retransmission.
    pub fn send_cancel(&mut self, at: u32) {
        let t1 = self.env.timers.t1_ms;
        let now_ms = self.now.ms;
        if let Some(branch) = self.state.branches.get_mut(at) {
            branch.cancel = CancelState::Sent;
            branch.flags |= AttemptFlags::CANCELLED.0;
            branch.cancel_interval_ms = t1;
            branch.cancel_resend_ms = now_ms + u64::from(t1);
        }
        self.resend_cancel(at);
    }

    /// Sends the CANCEL of a branch again.
    pub fn resend_cancel(&mut self, at: u32) {
        let Some(branch) = self.state.branches.get(at) else { return };
        let (from, to) = (branch.from, branch.to);
        if let Some(text) = self.state.slabs.get(branch.cancel_text) {
            let bytes = text.bytes();
            let _lost = self.out.send(from, to, |out| copy_into(bytes, out));
        }
    }

    /// Calls `write` with what the INVITE of a branch was sent with; gives the bytes written, 0 on failure.
    pub fn write_sent(
        &mut self,
        txn_slot: u32,
        live: u32,
        at: u32,
        write: impl FnOnce(&Sent<'_>) -> Result<usize, parser::write::Overflow>,
    ) -> usize {
        let state = &mut *self.state;
        let generation = state.txns.generation(txn_slot);
        let (Some(setup), Some(branch)) = (state.setups.get(live), state.branches.get(at)) else {
            return 0;
        };
        let limits = &self.env.limits;
        let Some(invite) = retained(&state.slabs, &mut state.retained, limits, setup.request)
        else {
            return 0;
        };
        let Some(listener) = self.env.listener(branch.from) else { return 0 };
        let kind = setup.purpose.branch_kind();
        let name =
            branch_text(self.env, kind, txn_slot, generation, branch.ordinal, setup.loop_hash);
        let uri = match setup.purpose {
            Purpose::Initial => RequestUri::towards(&invite, branch.to).ok(),
            Purpose::InDialog => None,
        };
        let original = match invite.start() {
            parser::Start::Request { uri, .. } => invite.text(uri),
            parser::Start::Response { .. } => b"",
        };
        let Ok(head) = Head::new(listener, &name, None) else { return 0 };
        let sent = Sent {
            invite: &invite,
            uri: uri.as_ref().map_or(original, RequestUri::as_bytes),
            via: head.as_bytes(),
            own_routes: emit::own_routes(self.env, &invite),
        };
        write(&sent).unwrap_or(0)
    }
}
