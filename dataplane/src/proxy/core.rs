//! Owns the context in which a message or timer is handled, and the small steps that all handlers share.
//! Hot. Knows nothing of single methods.

use parser::{Index, Limits, Message};

use super::branch;
use super::engine::Now;
use super::env::Env;
use super::outbox::Outbox;
use super::state::State;
use crate::dialog::keyring::hash_parts;
use crate::txn::pool::NONE;
use crate::txn::record::{Branch, Exchange, NEVER, Setup};
use crate::txn::slab::{Slabs, TextRef};

/// Domains of the keyed hash, so that no key of one table is one of another.
pub(super) mod domain {
    /// INVITE transactions, with their ACK and CANCEL.
    pub const INVITE: u8 = 1;
    /// All other transactions.
    pub const OTHER: u8 = 2;
    /// Call-ID and tag.
    pub const DIALOG: u8 = 3;
    /// Loop hash.
    pub const LOOP: u8 = 4;
    /// To-tags of our own answers.
    pub const TAG: u8 = 5;
}

/// Everything that handling one message or timer may read and write.
pub(super) struct Core<'c, O: Outbox> {
    pub env: &'c Env,
    pub state: &'c mut State,
    pub out: &'c mut O,
    pub now: Now,
}

/// Wheel ids: set-ups are even, exchanges odd.
pub(super) fn setup_timer(slot: u32) -> u32 {
    slot << 1
}

/// Wheel ids: set-ups are even, exchanges odd.
pub(super) fn exchange_timer(slot: u32) -> u32 {
    slot << 1 | 1
}

/// Microseconds from `received_us` to `now_us`, as CDRs count them: `u32::MAX` stands for a time that was not reached.
#[inline]
pub(super) fn since(now_us: u64, received_us: u64) -> u32 {
    u32::try_from(now_us.saturating_sub(received_us)).unwrap_or(u32::MAX).min(u32::MAX - 1)
}

/// A retained request, parsed where it lies.
#[inline]
pub(super) fn retained<'s>(
    slabs: &'s Slabs,
    index: &'s mut Index,
    limits: &Limits,
    text: TextRef,
) -> Option<Message<'s>> {
    parser::parse(slabs.get(text)?, limits, index).ok()
}

/// The branch text of attempt `ordinal` of a transaction.
#[inline]
pub(super) fn branch_text(
    env: &Env,
    kind: branch::Kind,
    slot: u32,
    generation: u32,
    ordinal: u8,
    loop_hash: u64,
) -> [u8; branch::TEXT_LEN] {
    branch::Branch {
        layout: env.layout,
        core: env.core,
        ordinal,
        kind,
        slot,
        generation: generation & 0x00ff_ffff,
        boot: env.boot,
    }
    .seal(&env.keys, loop_hash)
}

impl<O: Outbox> Core<'_, O> {
    /// Keyed hash of a Call-ID and a tag.
    #[inline]
    pub fn dialog_key(&self, call_id: &[u8], tag: &[u8]) -> u64 {
        hash_parts(&self.env.keys, domain::DIALOG, &[call_id, tag])
    }

    /// Microseconds since a set-up's request, as CDRs count them.
    #[inline]
    pub fn since_us(&self, received_us: u64) -> u32 {
        since(self.now.us, received_us)
    }

    /// The branches of a set-up, in the order of their making: slots.
    #[inline]
    pub fn branch_slots(&self, setup: u32) -> BranchSlots {
        BranchSlots { next: self.state.setups.get(setup).map_or(NONE, |setup| setup.first_branch) }
    }

    /// The branch with `ordinal` of a set-up.
    #[inline]
    pub fn branch_by_ordinal(&self, setup: u32, ordinal: u8) -> Option<u32> {
        let mut slots = self.branch_slots(setup);
        while let Some(slot) = slots.next(self.state) {
            if self.state.branches.get(slot)?.ordinal == ordinal {
                return Some(slot);
            }
        }
        None
    }

    /// Arms the wheel for the earliest deadline of a set-up, if it is not armed for an earlier one.
    #[inline]
    pub fn arm_setup(&mut self, slot: u32) {
        let mut due = NEVER;
        let mut branches = self.branch_slots(slot);
        while let Some(at) = branches.next(self.state) {
            if let Some(branch) = self.state.branches.get(at) {
                due = due.min(branch.resend_ms).min(branch.limit_ms).min(branch.cancel_resend_ms);
            }
        }
        let Some(setup) = self.state.setups.get_mut(slot) else { return };
        due = due.min(setup.server_due_ms).min(setup.server_end_ms).min(setup.retry_due_ms);
        if due < setup.armed_ms
            && let Some(tick) = self.state.wheel.arm(setup_timer(slot), due)
        {
            setup.armed_ms = tick;
        }
    }

    /// Arms the wheel for the earliest deadline of an exchange.
    #[inline]
    pub fn arm_exchange(&mut self, slot: u32) {
        let Some(exchange) = self.state.exchanges.get_mut(slot) else { return };
        let due = exchange.resend_ms.min(exchange.limit_ms);
        if due < exchange.armed_ms
            && let Some(tick) = self.state.wheel.arm(exchange_timer(slot), due)
        {
            exchange.armed_ms = tick;
        }
    }

    /// Forgets a transaction at the end of its linger state.
    pub fn forget_txn(&mut self, slot: u32) {
        let Some(txn) = self.state.txns.get(slot) else { return };
        self.state.keys.remove(txn.key, slot);
        if txn.ended != 0 {
            self.state.ended.remove(txn.ended, slot);
        }
        self.state.slabs.give(txn.reply);
        self.state.txns.give(slot);
    }

    /// Lets a transaction linger for 64 × T1 and be forgotten then.
    #[inline]
    pub fn linger(&mut self, slot: u32) {
        let generation = self.state.txns.generation(slot);
        self.state.linger.push(slot, generation, self.now.ms);
    }

    /// Gives an exchange and its text back; its transaction stays.
    pub fn release_exchange(&mut self, slot: u32) {
        let Some(exchange) = self.state.exchanges.get(slot) else { return };
        let (txn, request) = (exchange.txn, exchange.request);
        self.state.slabs.give(request);
        self.state.exchanges.give(slot);
        if let Some(txn) = self.state.txns.get_mut(txn) {
            txn.live = NONE;
        }
    }

    /// Gives a set-up, its branches and texts back; its transaction stays.
    pub fn release_setup(&mut self, slot: u32) {
        let Some(setup) = self.state.setups.get(slot) else { return };
        let (txn, first) = (setup.txn, setup.first_branch);
        for text in [setup.request, setup.provisional, setup.last_final] {
            self.state.slabs.give(text);
        }
        let mut at = first;
        while let Some(branch) = self.state.branches.get(at) {
            let next = branch.next;
            self.state.slabs.give(branch.ack);
            self.state.slabs.give(branch.cancel_text);
            self.state.branches.give(at);
            at = next;
        }
        self.state.setups.give(slot);
        if let Some(txn) = self.state.txns.get_mut(txn) {
            txn.live = NONE;
        }
    }

    /// The live set-up of a transaction.
    #[inline]
    pub fn setup_of(&self, txn: u32) -> Option<(u32, &Setup)> {
        let live = self.state.txns.get(txn)?.live;
        Some((live, self.state.setups.get(live)?))
    }

    /// The live exchange of a transaction.
    #[inline]
    pub fn exchange_of(&self, txn: u32) -> Option<(u32, &Exchange)> {
        let live = self.state.txns.get(txn)?.live;
        Some((live, self.state.exchanges.get(live)?))
    }

    /// A branch record, for writing.
    #[inline]
    pub fn branch_mut(&mut self, slot: u32) -> Option<&mut Branch> {
        self.state.branches.get_mut(slot)
    }
}

/// A walk over the branches of a set-up that borrows nothing between two steps.
pub(super) struct BranchSlots {
    next: u32,
}

impl BranchSlots {
    /// The slot of the next branch.
    #[inline]
    pub fn next(&mut self, state: &State) -> Option<u32> {
        let slot = self.next;
        self.next = state.branches.get(slot)?.next;
        Some(slot)
    }
}
