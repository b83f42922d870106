//! Owns late answers: a 2xx that nobody waits for is acknowledged and ended, so that no phone stays off the hook.
//! Hot. A deviation from RFC 3261 §16.7 step 5, which would pass every 2xx upstream: the caller has its final.

use hugepages::layout::cdr::Late;
use parser::Message;

use super::active::Parties;
use super::branch::{Branch, Kind as BranchKind};
use super::core::{Core, branch_text, domain};
use super::emit::{self, Head, Release, endpoint_of};
use super::outbox::Outbox;
use super::setup::MESSAGE_LEN;
use crate::dialog::keyring::hash_parts;
use crate::net::{Endpoint, ListenerId};
use crate::txn::record::ByeOf;
use crate::verdict::Verdict;

/// What is known of the branch that a late answer belongs to.
pub(super) struct LateBranch {
    pub call_id: u64,
    pub identity: u64,
    pub trunk: u32,
    pub ordinal: u8,
    pub after_us: u32,
    /// What the BYE ends: a call only where an earlier run of the process may have told its start.
    pub bye: ByeOf,
}

impl LateBranch {
    /// Nothing but the response, of the dialog with this identity.
    pub const fn unknown(identity: u64) -> LateBranch {
        LateBranch {
            call_id: 0,
            identity,
            trunk: u32::MAX,
            ordinal: 0,
            after_us: u32::MAX,
            bye: ByeOf::NONE,
        }
    }

    /// The same of another run of the process: if that one passed the answer on, this ends its call.
    /// Where that one counted it, it is taken off there.
    pub fn of_another_run(identity: u64, counted: Option<Parties>) -> LateBranch {
        let bye = ByeOf { identity, side: 3, cause: 41, ..ByeOf::NONE };
        let bye = counted.map_or(bye, |parties| bye.of_parties(parties));
        LateBranch { bye, ..LateBranch::unknown(identity) }
    }
}

impl<O: Outbox> Core<'_, O> {
    /// Acknowledges `answer` every time it comes, and ends it with a BYE the first time.
    #[cold]
    pub fn release_answer(
        &mut self,
        answer: &Message<'_>,
        status: u16,
        source: Endpoint,
        branch: &LateBranch,
    ) -> Verdict {
        let to = self.release_target(answer, source);
        let Some(from) = self.out.egress(to.ipv4) else { return Verdict::DropNoRoute };
        let parts = [answer.text(answer.call_id()), answer.text(answer.to().tag)];
        let key = hash_parts(&self.env.keys, domain::TAG, &parts);
        self.send_release_ack(answer, key, from, to);
        if self.state.keys.find(key).is_some() {
            return Verdict::Absorb;
        }
        if !self.send_release_bye(answer, key, from, to, branch) {
            // Its retransmission finds room, or the callee's Timer H ends it.
            return Verdict::DropExhausted;
        }
        let late = Late {
            trunk: branch.trunk,
            gateway_ip: source.ipv4,
            gateway_port: source.port,
            status,
            after_us: branch.after_us,
            ordinal: branch.ordinal,
        };
        self.record_late(branch.call_id, branch.identity, &late);
        Verdict::Reply
    }

    /// Where ACK and BYE go: the first proxy on the way, else the Contact, if that is a trunk's; else where the
    /// answer came from.
    fn release_target(&self, answer: &Message<'_>, source: Endpoint) -> Endpoint {
        let ahead = emit::routes_ahead(self.env, answer);
        let uri = match ahead.checked_sub(1).and_then(|at| answer.record_routes().nth(at)) {
            Some(route) => Some(route.uri),
            None => answer.contact(),
        };
        uri.and_then(|uri| endpoint_of(answer.text(uri)))
            .filter(|endpoint| {
                self.env.image.as_ref().is_some_and(|image| image.is_trunk_source(endpoint.ipv4))
            })
            .unwrap_or(source)
    }

    fn send_release_ack(&mut self, answer: &Message<'_>, key: u64, from: ListenerId, to: Endpoint) {
        let Some(listener) = self.env.listener(from) else { return };
        let name = Branch {
            layout: self.env.layout,
            core: self.env.core,
            ordinal: 0,
            kind: BranchKind::Stateless,
            slot: 0,
            generation: (key & 0x00ff_ffff) as u32,
            boot: self.env.boot,
        }
        .seal(&self.env.keys, key);
        let Ok(head) = Head::new(listener, &name, None) else { return };
        let _lost = self.out.send(from, to, |out| {
            emit::release(self.env, answer, to, head.as_bytes(), Release::Ack, out)
        });
    }

    /// Sends the BYE as a transaction of our own; `false` when there is no room for it.
    fn send_release_bye(
        &mut self,
        answer: &Message<'_>,
        key: u64,
        from: ListenerId,
        to: Endpoint,
        branch: &LateBranch,
    ) -> bool {
        let Some(listener) = self.env.listener(from) else { return false };
        let Some((txn_slot, slot)) = self.take_exchange() else { return false };
        let generation = self.state.txns.generation(txn_slot);
        let name = branch_text(self.env, BranchKind::Transaction, txn_slot, generation, 0, key);
        let mut text = [0u8; MESSAGE_LEN];
        let len = Head::new(listener, &name, None)
            .and_then(|head| {
                emit::release(self.env, answer, to, head.as_bytes(), Release::Bye, &mut text)
            })
            .unwrap_or(0);
        let bye = text.get(..len).filter(|text| !text.is_empty());
        let Some(request) = bye.and_then(|text| self.state.slabs.store(text)) else {
            self.release_exchange(slot);
            self.state.txns.give(txn_slot);
            return false;
        };
        self.state.keys.insert(key, txn_slot);
        if let Some(txn) = self.state.txns.get_mut(txn_slot) {
            txn.key = key;
            txn.own = true;
            // A BYE from that callee crosses ours, and ends no call either.
            if branch.bye == ByeOf::NONE && self.state.ended.insert(branch.identity, txn_slot) {
                txn.ended = branch.identity;
            }
        }
        if let Some(exchange) = self.state.exchanges.get_mut(slot) {
            exchange.request = request;
            exchange.from = from;
            exchange.to = to;
            exchange.bye = branch.bye;
        }
        self.start_exchange(slot);
        let _lost = self.send_exchange(slot, None);
        true
    }
}
