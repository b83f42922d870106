//! Owns the attempts of a set-up: which gateway comes next, and the branch that goes there.
//! Hot. Knows nothing of responses; every attempt starts from the caller's original message.

use hugepages::layout::cdr::AttemptFlags;
use parser::Message;

use super::answer::{self, Refusal};
use super::branch::Kind;
use super::core::{Core, branch_text, retained, since};
use super::emit::{self, Head, Onward, RequestUri};
use super::env::Env;
use super::outbox::{Outbox, SendError};
use crate::dialog::cookie::Cookie;
use crate::net::{Endpoint, ListenerId};
use crate::txn::machine::invite_client;
use crate::txn::pool::NONE;
use crate::txn::record::{Branch, CancelState, NEVER, Purpose, Setup, Txn};

/// Gateways of one trunk that one attempt tries (routing.md: at most two).
const GATEWAYS_PER_ATTEMPT: u32 = 2;
/// How long a next attempt at a carrier waits for the final of the branch before it (sip.md §4).
const SETTLE_MS: u64 = 500;

/// What a set-up does next.
enum Next {
    /// This candidate's gateway is tried.
    Gateway(usize, Endpoint),
    /// The carrier still has this branch, until then.
    Wait(u32, u64),
    /// Nothing is left to try.
    Nothing,
}

impl<O: Outbox> Core<'_, O> {
    /// Starts the next attempt, or ends the set-up when there is none. `message` is the INVITE if the caller
    /// has it parsed.
    pub fn advance(&mut self, slot: u32, message: Option<&Message<'_>>) {
        if let Some(setup) = self.state.setups.get_mut(slot) {
            setup.active = NONE;
            setup.retry_due_ms = NEVER;
            setup.waits_for = NONE;
        }
        loop {
            let (candidate, gateway) = match self.next(slot) {
                Next::Gateway(candidate, gateway) => (candidate, gateway),
                Next::Wait(branch, until_ms) => {
                    if let Some(setup) = self.state.setups.get_mut(slot) {
                        setup.waits_for = branch;
                        setup.retry_due_ms = until_ms;
                    }
                    return self.arm_setup(slot);
                }
                Next::Nothing => return self.exhausted(slot),
            };
            let Some(egress) = self.out.egress(gateway.ipv4) else {
                self.failed_branch(slot, candidate, gateway, ListenerId::default());
                continue;
            };
            let Some(at) = self.open_branch(slot, candidate, gateway, egress) else {
                return self.exhausted(slot);
            };
            match self.send_invite(slot, at, message) {
                // Without a packet buffer it is as lost as on the wire: Timer A sends it again.
                Ok(()) | Err(SendError::NoBuffer) => {
                    if let Some(setup) = self.state.setups.get_mut(slot) {
                        setup.active = at;
                    }
                    return self.arm_setup(slot);
                }
                Err(SendError::TooLong) => {
                    // It grows alike towards every trunk: none of the others could be sent either.
                    self.end_unsent(at);
                    if let Some(branch) = self.state.branches.get_mut(at) {
                        branch.flags = AttemptFlags::LOCAL_STATUS.0;
                        branch.status = Refusal::TOO_LONG.status;
                    }
                    return self.refuse_later(slot, Refusal::TOO_LONG);
                }
                Err(_) => self.end_unsent(at),
            }
        }
    }

    /// Takes the place of an active branch that cannot be sent to: the next gateway, or the caller's answer.
    pub fn unreachable(&mut self, slot: u32, at: u32) {
        self.end_unsent(at);
        match self.state.setups.get(slot) {
            Some(setup) if setup.active != at => {}
            Some(setup) if setup.purpose == Purpose::InDialog => {
                self.refuse_later(slot, Refusal::UNREACHABLE);
            }
            _ => self.advance(slot, None),
        }
    }

    /// What to try next; moves the set-up's cursors.
    fn next(&mut self, slot: u32) -> Next {
        let env = self.env;
        let draw = self.state.random_below(u32::MAX);
        loop {
            let Some(candidate) = self.usable_candidate(slot) else {
                return Next::Nothing;
            };
            let Some(setup) = self.state.setups.get(slot) else { return Next::Nothing };
            let policy = &setup.plan.policy;
            let trunk = setup.plan.trunk(candidate).and_then(|trunk| env.trunk(trunk));
            let tried = setup.tried_gateways;
            if tried == 0 {
                let elapsed_ms = self.now.us.saturating_sub(setup.received_us) / 1000;
                if setup.attempts >= policy.max_total_attempts
                    || elapsed_ms >= u64::from(policy.total_ms)
                {
                    return Next::Nothing;
                }
                if let Some((branch, until_ms)) = self.unsettled_branch(slot) {
                    return Next::Wait(branch, until_ms);
                }
            }
            let next = trunk
                .filter(|_| tried.count_ones() < GATEWAYS_PER_ATTEMPT)
                .and_then(|trunk| pick_gateway(trunk.gateways(), tried, draw));
            let Some(setup) = self.state.setups.get_mut(slot) else { return Next::Nothing };
            let Some((index, gateway)) = next else {
                setup.candidate = setup.plan.next_after(candidate);
                setup.tried_gateways = 0;
                continue;
            };
            if tried == 0 {
                setup.attempts += 1;
            }
            setup.tried_gateways |= 1 << index;
            return Next::Gateway(candidate, gateway);
        }
    }

    /// The candidate at the cursor, past those that may not be tried: deleted, disabled, or the trunk that the
    /// call came from (`no_return`). Skipping is not failing: the same slot goes on, and nothing is counted.
    fn usable_candidate(&mut self, slot: u32) -> Option<usize> {
        let setup = self.state.setups.get_mut(slot)?;
        let source = self.state.txns.get(setup.txn)?.peer.ipv4;
        loop {
            let candidate = usize::from(setup.candidate);
            let trunk = self.env.trunk(setup.plan.trunk(candidate)?);
            if trunk.is_some_and(|trunk| self.env.enabled(&trunk) && !trunk.contains(source)) {
                return Some(candidate);
            }
            setup.candidate += 1;
            setup.tried_gateways = 0;
        }
    }

    /// A cancelled branch at the next candidate's carrier whose final has not come, and until when to wait for it:
    /// two INVITEs of one call that meet at a carrier end in 482 there.
    fn unsettled_branch(&self, slot: u32) -> Option<(u32, u64)> {
        let setup = self.state.setups.get(slot)?;
        let next = self.env.trunk(setup.plan.trunk(usize::from(setup.candidate))?)?;
        let mut slots = self.branch_slots(slot);
        while let Some(at) = slots.next(self.state) {
            let branch = self.state.branches.get(at)?;
            if branch.state != invite_client::State::Proceeding
                || !matches!(branch.cancel, CancelState::Sent | CancelState::Done)
            {
                continue;
            }
            let until_ms = (setup.received_us + u64::from(branch.end_us)) / 1000 + SETTLE_MS;
            let same =
                self.env.trunk(branch.trunk).is_some_and(|old| old.carrier() == next.carrier());
            if same && until_ms > self.now.ms {
                return Some((at, until_ms));
            }
        }
        None
    }

    /// The final of a branch came that the next attempt may have waited for.
    pub fn stop_waiting(&mut self, slot: u32, at: u32) {
        if self.state.setups.get(slot).is_some_and(|setup| setup.waits_for == at) {
            self.advance(slot, None);
        }
    }

    /// Makes the record of a branch and hangs it at the end of the set-up's list.
    pub fn open_branch(
        &mut self,
        slot: u32,
        candidate: usize,
        gateway: Endpoint,
        egress: ListenerId,
    ) -> Option<u32> {
        let at = self.state.branches.take()?;
        let t1 = self.env.timers.t1_ms;
        let limit_ms = self.now.ms + self.first_limit_ms(slot);
        let setup = self.state.setups.get_mut(slot)?;
        let ordinal = setup.branches;
        setup.branches += 1;
        let moved = setup.tried_gateways.count_ones() > 1;
        let start_us = since(self.now.us, setup.received_us);
        let branch = self.state.branches.get_mut(at)?;
        branch.trunk = setup.plan.trunk(candidate).unwrap_or(0);
        branch.slot = setup.plan.slot(candidate);
        branch.to = gateway;
        branch.from = egress;
        branch.ordinal = ordinal;
        if moved {
            branch.flags |= AttemptFlags::GATEWAY_FAILOVER.0;
        }
        branch.start_us = start_us;
        branch.interval_ms = t1;
        branch.resend_ms = self.now.ms + u64::from(t1);
        branch.limit_ms = limit_ms;
        self.append_branch(slot, at);
        Some(at)
    }

    /// How long a branch may stay without any response.
    fn first_limit_ms(&self, slot: u32) -> u64 {
        match self.state.setups.get(slot) {
            Some(setup) if setup.purpose == Purpose::Initial => {
                u64::from(setup.plan.policy.no_response_ms)
            }
            // RFC 3261 §17.1.1.2: Timer B.
            _ => self.env.timers.give_up_ms,
        }
    }

    fn append_branch(&mut self, slot: u32, at: u32) {
        let mut last = NONE;
        let mut slots = self.branch_slots(slot);
        while let Some(branch) = slots.next(self.state) {
            last = branch;
        }
        if let Some(branch) = self.state.branches.get_mut(last) {
            branch.next = at;
        } else if let Some(setup) = self.state.setups.get_mut(slot) {
            setup.first_branch = at;
        }
    }

    /// Records a gateway that no route leads to.
    fn failed_branch(
        &mut self,
        slot: u32,
        candidate: usize,
        gateway: Endpoint,
        egress: ListenerId,
    ) {
        if let Some(at) = self.open_branch(slot, candidate, gateway, egress) {
            self.end_unsent(at);
        }
    }

    /// Ends a branch whose INVITE could not be sent.
    pub fn end_unsent(&mut self, at: u32) {
        let Some(branch) = self.state.branches.get_mut(at) else { return };
        branch.state = invite_client::step(branch.state, invite_client::Event::TransportError).next;
        branch.flags |= AttemptFlags::UNREACHABLE.0;
        branch.end_us = branch.start_us;
        branch.resend_ms = NEVER;
        branch.limit_ms = NEVER;
    }

    /// Sends the INVITE of a branch, first or again.
    pub fn send_invite(
        &mut self,
        slot: u32,
        at: u32,
        message: Option<&Message<'_>>,
    ) -> Result<(), SendError> {
        let state = &mut *self.state;
        let (Some(setup), Some(branch)) = (state.setups.get(slot), state.branches.get(at)) else {
            return Err(SendError::NoBuffer);
        };
        let Some(txn) = state.txns.get(setup.txn) else { return Err(SendError::NoBuffer) };
        let generation = state.txns.generation(setup.txn);
        let kept;
        let message = match message {
            Some(message) => message,
            None => {
                let limits = &self.env.limits;
                kept = retained(&state.slabs, &mut state.retained, limits, setup.request)
                    .ok_or(SendError::NoBuffer)?;
                &kept
            }
        };
        let call_generation = state.calls.generation(setup.call);
        transmit(self.env, self.out, message, txn, generation, setup, call_generation, branch)
    }
}

impl Purpose {
    /// How the branches of such an INVITE are marked.
    pub(super) fn branch_kind(self) -> Kind {
        match self {
            Purpose::Initial => Kind::Transaction,
            Purpose::InDialog => Kind::Reinvite,
        }
    }
}

/// Writes and sends one INVITE.
#[allow(clippy::too_many_arguments, reason = "parts of different tables that are borrowed apart")]
fn transmit<O: Outbox>(
    env: &Env,
    out: &mut O,
    message: &Message<'_>,
    txn: &Txn,
    generation: u32,
    setup: &Setup,
    call_generation: u32,
    branch: &Branch,
) -> Result<(), SendError> {
    let (Some(ingress), Some(egress)) = (env.listener(txn.listener), env.listener(branch.from))
    else {
        return Err(SendError::NoRoute);
    };
    let name = branch_text(
        env,
        setup.purpose.branch_kind(),
        setup.txn,
        generation,
        branch.ordinal,
        setup.loop_hash,
    );
    let cookie;
    let (record, uri) = match setup.purpose {
        Purpose::Initial => {
            cookie = Cookie {
                member: env.member,
                layout: env.layout,
                core: env.core,
                call_slot: setup.call & 0x00ff_ffff,
                generation: (call_generation & 0xffff) as u16,
                originator: setup.originator,
                trunk: branch.trunk,
                flags: 0,
                cseq_delta: 0,
            }
            .seal(
                &env.keys,
                message.text(message.call_id()),
                message.text(message.from().tag),
            );
            let uri = RequestUri::towards(message, branch.to).map_err(|_| SendError::TooLong)?;
            (Some((ingress, cookie.as_slice())), Some(uri))
        }
        Purpose::InDialog => (None, None),
    };
    let head = Head::new(egress, &name, record).map_err(|_| SendError::TooLong)?;
    let onward = Onward {
        head: head.as_bytes(),
        uri: uri.as_ref().map(RequestUri::as_bytes),
        stamp: answer::stamp(txn.peer),
        own_routes: emit::own_routes(env, message),
    };
    out.send(branch.from, branch.to, |buffer| emit::request(message, &onward, buffer))
}

/// Among the gateways of the lowest priority that were not tried, one drawn by weight (RFC 2782, "Weight").
fn pick_gateway(
    gateways: &[routing::image::GatewayRecord],
    tried: u8,
    draw: u32,
) -> Option<(usize, Endpoint)> {
    let open = || gateways.iter().take(8).enumerate().filter(|(index, _)| tried >> index & 1 == 0);
    let priority = open().map(|(_, gateway)| gateway.priority).min()?;
    let same = || open().filter(|(_, gateway)| gateway.priority == priority);
    let total: u64 = same().map(|(_, gateway)| u64::from(gateway.weight) + 1).sum();
    let mut left = (u64::from(draw) * total) >> 32;
    let chosen = same().find(|(_, gateway)| {
        let weight = u64::from(gateway.weight) + 1;
        let hit = left < weight;
        left = left.saturating_sub(weight);
        hit
    });
    chosen.map(|(index, gateway)| (index, Endpoint { ipv4: gateway.ipv4, port: gateway.port }))
}
