//! Owns what time brings: retransmissions, give-ups, ends of linger states.
//! Hot. Time is an argument; whether something is due is asked of the record, not of the wheel.

use hugepages::layout::cdr::AttemptFlags;

use super::answer::Refusal;
use super::core::Core;
use super::outbox::{Outbox, SendError};
use super::setup::copy_into;
use crate::txn::machine::{invite_client, invite_server, other_client};
use crate::txn::pool::NONE;
use crate::txn::record::{CancelState, NEVER, Purpose};
use crate::txn::slab::TextRef;

impl<O: Outbox> Core<'_, O> {
    /// Does what is due.
    #[inline]
    pub fn tick(&mut self) {
        while let Some((id, tick)) = self.state.wheel.next_due(self.now.ms) {
            let slot = id >> 1;
            if id & 1 == 0 { self.setup_fired(slot, tick) } else { self.exchange_fired(slot, tick) }
        }
        while let Some((slot, generation)) = self.state.linger.pop_due(self.now.ms) {
            self.fetch_lingering();
            self.lingered(slot, generation);
        }
        while let Some((slot, generation)) = self.state.confirmed.pop_due(self.now.ms) {
            // Timer I: RFC 3261 §17.2.1.
            if self.state.txns.is_current(slot, generation)
                && let Some(txn) = self.state.txns.get_mut(slot)
            {
                txn.invite = invite_server::step(txn.invite, invite_server::Event::TimerI).next;
            }
            self.lingered(slot, generation);
        }
        let max_us = self.env.timers.max_call_ms.saturating_mul(1000);
        while let Some(slot) = self.state.standing.oldest()
            && let Some(call) = self.state.calls.get(slot)
            && call.answered_us.saturating_add(max_us) <= self.now.us
        {
            self.end_overlong_call(slot);
        }
        self.state.current = NONE;
    }

    /// Fetches what the next entries of the linger queue will touch: the transaction, then its place in the key
    /// table. Both have been untouched for 64 × T1.
    #[inline]
    fn fetch_lingering(&self) {
        let state = &self.state;
        if let Some(slot) = state.linger.ahead(16) {
            state.txns.prefetch(slot);
        }
        if let Some(txn) = state.linger.ahead(8).and_then(|slot| state.txns.get(slot)) {
            state.keys.prefetch(txn.key);
        }
    }

    /// The linger state of a transaction is over: it is forgotten, unless a branch of it still waits.
    fn lingered(&mut self, slot: u32, generation: u32) {
        if !self.state.txns.is_current(slot, generation) {
            return;
        }
        if self.state.txns.get(slot).is_some_and(|txn| txn.live != NONE) {
            self.state.linger.push(slot, generation, self.now.ms);
        } else {
            self.forget_txn(slot);
        }
    }

    fn exchange_fired(&mut self, slot: u32, tick: u64) {
        let Some(exchange) = self.state.exchanges.get_mut(slot) else { return };
        if exchange.armed_ms != tick {
            return;
        }
        exchange.armed_ms = NEVER;
        self.state.current = exchange.txn;
        let now_ms = self.now.ms;
        if exchange.limit_ms <= now_ms {
            let step = other_client::step(exchange.state, other_client::Event::TimerF);
            exchange.state = step.next;
            if step.action == other_client::Action::TimedOut {
                return self.abandon_exchange(slot);
            }
        }
        if exchange.resend_ms <= now_ms {
            // RFC 3261 §17.1.2.2: Timer E doubles up to T2; in Proceeding it is T2.
            let t2 = self.env.timers.t2_ms;
            exchange.interval_ms = exchange.interval_ms.saturating_mul(2).min(t2);
            exchange.resend_ms = now_ms + u64::from(exchange.interval_ms);
            let step = other_client::step(exchange.state, other_client::Event::TimerE);
            if step.action == other_client::Action::Resend {
                let _lost = self.send_exchange(slot, None);
            }
            self.say_trying(slot);
        }
        self.arm_exchange(slot);
    }

    fn setup_fired(&mut self, slot: u32, tick: u64) {
        let Some(setup) = self.state.setups.get_mut(slot) else { return };
        if setup.armed_ms != tick {
            return;
        }
        setup.armed_ms = NEVER;
        let txn_slot = setup.txn;
        self.state.current = txn_slot;
        let generation = self.state.setups.generation(slot);
        self.server_due(slot, txn_slot);
        if self.state.setups.get(slot).is_some_and(|setup| setup.retry_due_ms <= self.now.ms) {
            self.advance(slot, None);
        }
        let mut branches = self.branch_slots(slot);
        while let Some(at) = branches.next(self.state) {
            self.branch_due(slot, at);
            if !self.state.setups.is_current(slot, generation) {
                return;
            }
        }
        self.settle(slot);
        self.arm_setup(slot);
    }

    /// Timers G and H of the server side.
    fn server_due(&mut self, slot: u32, txn_slot: u32) {
        let now_ms = self.now.ms;
        let Some(setup) = self.state.setups.get_mut(slot) else { return };
        let Some(txn) = self.state.txns.get_mut(txn_slot) else { return };
        if setup.server_end_ms <= now_ms {
            setup.server_end_ms = NEVER;
            setup.server_due_ms = NEVER;
            txn.invite = invite_server::step(txn.invite, invite_server::Event::TimerH).next;
            let reply = core::mem::replace(&mut txn.reply, TextRef::NONE);
            self.state.slabs.give(reply);
            self.linger(txn_slot);
            return;
        }
        if setup.server_due_ms <= now_ms {
            // RFC 3261 §17.2.1: Timer G doubles up to T2.
            let interval = setup.server_interval_ms.saturating_mul(2).min(self.env.timers.t2_ms);
            setup.server_interval_ms = interval;
            setup.server_due_ms = now_ms + u64::from(interval);
            let step = invite_server::step(txn.invite, invite_server::Event::TimerG);
            let (listener, peer, reply) = (txn.listener, txn.peer, txn.reply);
            if step.action == invite_server::Action::Resend
                && let Some(text) = self.state.slabs.get(reply)
            {
                let bytes = text.bytes();
                let _lost = self.out.send(listener, peer, |out| copy_into(bytes, out));
            }
        }
    }

    fn branch_due(&mut self, slot: u32, at: u32) {
        let now_ms = self.now.ms;
        let Some(branch) = self.state.branches.get_mut(at) else { return };
        let (resend, cancel) = (branch.resend_ms <= now_ms, branch.cancel_resend_ms <= now_ms);
        let limit = branch.limit_ms <= now_ms;
        if limit {
            branch.limit_ms = NEVER;
            return self.branch_limit(slot, at);
        }
        if resend {
            // RFC 3261 §17.1.1.2: Timer A doubles without bound.
            branch.interval_ms = branch.interval_ms.saturating_mul(2);
            branch.resend_ms = now_ms + u64::from(branch.interval_ms);
            let step = invite_client::step(branch.state, invite_client::Event::TimerA);
            if step.action == invite_client::Action::Resend
                && let Err(SendError::Unreachable | SendError::NoRoute) =
                    self.send_invite(slot, at, None)
            {
                // The next hop stopped answering ARP since the first one went.
                return self.unreachable(slot, at);
            }
        }
        if cancel && let Some(branch) = self.state.branches.get_mut(at) {
            let t2 = self.env.timers.t2_ms;
            branch.cancel_interval_ms = branch.cancel_interval_ms.saturating_mul(2).min(t2);
            branch.cancel_resend_ms = now_ms + u64::from(branch.cancel_interval_ms);
            if branch.cancel == CancelState::Sent {
                self.resend_cancel(at);
            }
        }
    }

    /// The deadline of a branch's state has come.
    fn branch_limit(&mut self, slot: u32, at: u32) {
        let Some(setup) = self.state.setups.get(slot) else { return };
        let (active, cancelled, purpose) = (setup.active == at, setup.cancelled, setup.purpose);
        let since_us = self.since_us(setup.received_us);
        let Some(branch) = self.state.branches.get_mut(at) else { return };
        let rang = branch.rang;
        match branch.state {
            invite_client::State::Completed => {
                branch.state = invite_client::step(branch.state, invite_client::Event::TimerD).next;
            }
            invite_client::State::Calling if !active || purpose == Purpose::InDialog => {
                branch.state = invite_client::step(branch.state, invite_client::Event::TimerB).next;
                branch.resend_ms = NEVER;
                branch.end_us = branch.end_us.min(since_us);
                if active {
                    self.time_out(slot, at);
                }
            }
            // Sent and not even a 100: the next gateway, then the next trunk.
            invite_client::State::Calling => {
                branch.flags |= AttemptFlags::NO_RESPONSE.0;
                self.give_up_branch(slot, at, None);
                self.go_on(slot);
            }
            invite_client::State::Proceeding if !active || cancelled => {
                // RFC 3261 §9.1: no final came for a CANCEL in 64 × T1, so the transaction is taken for over.
                let event = invite_client::Event::CancelTimeout;
                branch.state = invite_client::step(branch.state, event).next;
                branch.cancel_resend_ms = NEVER;
                if active {
                    branch.end_us = branch.end_us.min(since_us);
                    self.refuse_later(slot, Refusal::CANCELLED);
                }
            }
            // Ringing for too long, or Timer C of a re-INVITE: never the next trunk.
            invite_client::State::Proceeding if rang || purpose == Purpose::InDialog => {
                self.give_up_branch(slot, at, None);
                self.time_out(slot, at);
            }
            invite_client::State::Proceeding => {
                branch.flags |= AttemptFlags::NO_PROGRESS.0;
                self.give_up_branch(slot, at, None);
                if let Some(setup) = self.state.setups.get_mut(slot) {
                    setup.active = NONE;
                }
                self.next_trunk(slot);
            }
            invite_client::State::Accepted | invite_client::State::Terminated => {}
        }
    }

    /// Answers 408 upstream for a branch that is not followed by another.
    fn time_out(&mut self, slot: u32, at: u32) {
        if let Some(branch) = self.state.branches.get_mut(at) {
            branch.flags |= AttemptFlags::LOCAL_STATUS.0;
            branch.status = 408;
            branch.cause = Refusal::TIMEOUT.cause;
        }
        self.refuse_later(slot, Refusal::TIMEOUT);
    }
}
