//! Owns the end of a set-up: the final that goes upstream, what stands for it, and the release of its records.
//! Hot. Knows nothing of what a trunk's final leads to.

use hugepages::layout::cdr::AttemptFlags;
use parser::Message;

use super::answer::{self, Refusal};
use super::core::{Core, retained};
use super::outbox::Outbox;
use super::setup::{MESSAGE_LEN, copy_into};
use crate::txn::machine::{invite_client, invite_server};
use crate::txn::pool::NONE;
use crate::txn::record::NEVER;
use crate::txn::slab::TextRef;
use crate::verdict::Verdict;

impl<O: Outbox> Core<'_, O> {
    /// Refuses an INVITE that has no branches, with these header lines beside those of the refusal.
    pub fn refuse(
        &mut self,
        slot: u32,
        message: &Message<'_>,
        refusal: Refusal,
        extra: &[u8],
    ) -> Verdict {
        let Some(setup) = self.state.setups.get(slot) else { return Verdict::DropExhausted };
        let txn_slot = setup.txn;
        let Some(txn) = self.state.txns.get(txn_slot) else { return Verdict::DropExhausted };
        let (peer, listener) = (txn.peer, txn.listener);
        let tag = self.own_tag(txn.key);
        let sent_by = self.env.listener(listener).map_or(&b""[..], |text| text.sent_by.as_slice());
        let mut text = [0u8; MESSAGE_LEN];
        let len = answer::refusal(message, refusal, &tag, peer, (sent_by, extra), &mut text);
        let reply = text.get(..len.unwrap_or(0)).unwrap_or_default();
        self.record_refusal(slot, refusal);
        self.final_upstream(slot, reply, refusal.status);
        Verdict::Reply
    }

    /// Refuses an INVITE later, from its retained text.
    pub fn refuse_later(&mut self, slot: u32, refusal: Refusal) {
        let Some(setup) = self.state.setups.get(slot) else { return };
        let request = setup.request;
        let Some(txn) = self.state.txns.get(setup.txn) else { return };
        let (peer, listener) = (txn.peer, txn.listener);
        let tag = self.own_tag(txn.key);
        let sent_by = self.env.listener(listener).map_or(&b""[..], |text| text.sent_by.as_slice());
        let mut text = [0u8; MESSAGE_LEN];
        let len = {
            let state = &mut *self.state;
            retained(&state.slabs, &mut state.retained, &self.env.limits, request).and_then(
                |message| {
                    answer::refusal(&message, refusal, &tag, peer, (sent_by, b""), &mut text).ok()
                },
            )
        };
        let reply = text.get(..len.unwrap_or(0)).unwrap_or_default();
        self.record_refusal(slot, refusal);
        self.final_upstream(slot, reply, refusal.status);
    }

    /// Ends a set-up for which nothing is left to try.
    pub fn exhausted(&mut self, slot: u32) {
        let Some(setup) = self.state.setups.get_mut(slot) else { return };
        setup.active = NONE;
        let (status, tried) = (setup.last_status, setup.branches);
        match status {
            // A local time-out yields to the last final that was received.
            300.. => self.finish_with_last(slot),
            _ if tried == 0 || self.all_unreachable(slot) => {
                self.refuse_later(slot, Refusal::ALL_DOWN)
            }
            _ => self.refuse_later(slot, Refusal::TIMEOUT),
        }
    }

    fn all_unreachable(&self, slot: u32) -> bool {
        let mut slots = self.branch_slots(slot);
        while let Some(at) = slots.next(self.state) {
            let flags = self.state.branches.get(at).map_or(0, |branch| branch.flags);
            if !AttemptFlags(flags).has(AttemptFlags::UNREACHABLE) {
                return false;
            }
        }
        true
    }

    /// Sends the last final that a trunk gave upstream, or the refusal that stands for it.
    pub fn finish_with_last(&mut self, slot: u32) {
        let Some(setup) = self.state.setups.get(slot) else { return };
        let (text, status, cancelled) = (setup.last_final, setup.last_status, setup.cancelled);
        // A trunk's challenge or redirect is nobody's business upstream.
        match status {
            300..=399 | 401 | 407 if cancelled => {
                return self.refuse_later(slot, Refusal::CANCELLED);
            }
            300..=399 | 401 | 407 => return self.refuse_later(slot, Refusal::TRUNK_REFUSED),
            _ => {}
        }
        let mut copy = [0u8; MESSAGE_LEN];
        let len =
            self.state.slabs.get(text).and_then(|text| copy_into(text.bytes(), &mut copy).ok());
        let Some(len) = len else { return self.refuse_later(slot, Refusal::relayed(status)) };
        let reply = copy.get(..len).unwrap_or_default();
        self.record_rejected(slot, status);
        self.final_upstream(slot, reply, status);
    }

    /// Sends a non-2xx final upstream and keeps it until its ACK (RFC 3261 §17.2.1).
    pub fn final_upstream(&mut self, slot: u32, reply: &[u8], status: u16) {
        let Some(setup) = self.state.setups.get_mut(slot) else { return };
        let txn_slot = setup.txn;
        setup.active = NONE;
        setup.retry_due_ms = NEVER;
        setup.waits_for = NONE;
        let Some(txn) = self.state.txns.get_mut(txn_slot) else { return };
        let step = invite_server::step(txn.invite, invite_server::Event::Failure);
        if step.action != invite_server::Action::Send {
            return;
        }
        txn.invite = step.next;
        txn.status = status;
        let (listener, peer) = (txn.listener, txn.peer);
        // What is too long to be written here is made anew, shorter, when the INVITE comes again.
        if !reply.is_empty() {
            txn.reply = self.state.slabs.store(reply).unwrap_or(TextRef::NONE);
            let _lost = self.out.send(listener, peer, |out| copy_into(reply, out));
        }
        let timers = &self.env.timers;
        if let Some(setup) = self.state.setups.get_mut(slot) {
            setup.server_interval_ms = timers.t1_ms;
            setup.server_due_ms = self.now.ms + u64::from(timers.t1_ms);
            setup.server_end_ms = self.now.ms + timers.give_up_ms;
        }
        // The reserved call record is not needed any more.
        self.release_call_of(slot);
        self.trim(slot);
        self.arm_setup(slot);
    }

    /// Gives the call record of a set-up back that was not answered.
    pub fn release_call_of(&mut self, slot: u32) {
        if let Some(setup) = self.state.setups.get_mut(slot) {
            let call = core::mem::replace(&mut setup.call, NONE);
            self.state.calls.give(call);
        }
    }

    /// Answers a retransmitted INVITE with what was sent last.
    pub fn resend_invite_response(&mut self, txn_slot: u32, message: &Message<'_>, key: u64) {
        let Some(txn) = self.state.txns.get(txn_slot) else { return };
        let (listener, peer, status) = (txn.listener, txn.peer, txn.status);
        let text = match (status, self.state.setups.get(txn.live)) {
            (0, Some(setup)) => setup.provisional,
            _ => txn.reply,
        };
        let _lost = match self.state.slabs.get(text) {
            Some(text) => {
                let bytes = text.bytes();
                self.out.send(listener, peer, |out| copy_into(bytes, out))
            }
            None if status == 0 => self.reply(message, key, listener, peer, 100, b""),
            None => self.reply(message, key, listener, peer, status, b""),
        };
    }

    /// Gives a set-up back once neither side of it waits for anything.
    pub fn settle(&mut self, live: u32) {
        let Some(setup) = self.state.setups.get(live) else { return };
        let server_done = self.state.txns.get(setup.txn).is_none_or(|txn| {
            matches!(
                txn.invite,
                invite_server::State::Accepted
                    | invite_server::State::Confirmed
                    | invite_server::State::Terminated
            )
        });
        let client_waits = self.any_branch(live, |state| {
            !matches!(state, invite_client::State::Accepted | invite_client::State::Terminated)
        });
        if server_done && !client_waits {
            self.release_setup(live);
        } else {
            self.trim(live);
        }
    }

    /// Gives the texts of a set-up back that only unfinished branches need: its final went upstream and is
    /// recorded, and what is left of the branches waits for nothing but retransmissions.
    pub fn trim(&mut self, live: u32) {
        let Some(setup) = self.state.setups.get(live) else { return };
        let proceeding = self
            .state
            .txns
            .get(setup.txn)
            .is_some_and(|txn| txn.invite == invite_server::State::Proceeding);
        let unfinished = self.any_branch(live, |state| {
            matches!(state, invite_client::State::Calling | invite_client::State::Proceeding)
        });
        if proceeding || unfinished {
            return;
        }
        let Some(setup) = self.state.setups.get_mut(live) else { return };
        for text in [&mut setup.request, &mut setup.provisional, &mut setup.last_final] {
            self.state.slabs.give(core::mem::replace(text, TextRef::NONE));
        }
    }

    fn any_branch(&self, live: u32, is: impl Fn(invite_client::State) -> bool) -> bool {
        let mut branches = self.branch_slots(live);
        while let Some(at) = branches.next(self.state) {
            if self.state.branches.get(at).is_some_and(|branch| is(branch.state)) {
                return true;
            }
        }
        false
    }
}
