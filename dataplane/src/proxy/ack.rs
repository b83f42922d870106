//! Owns ACKs that arrive: for a final of ours they end here, for a 2xx they go on without state.
//! Hot. Knows nothing of the ACKs that we send.

use parser::Message;

use super::answer::stamp;
use super::branch::{Branch, Kind};
use super::core::{Core, domain};
use super::dialog::Stop;
use super::emit::{self, Head, Onward};
use super::events::unsent;
use super::outbox::Outbox;
use crate::dialog::keyring::hash_parts;
use crate::net::Endpoint;
use crate::txn::machine::invite_server;
use crate::txn::record::NEVER;
use crate::txn::slab::TextRef;
use crate::verdict::Verdict;

impl<O: Outbox> Core<'_, O> {
    /// Takes an ACK with the branch of an INVITE that we know.
    pub fn ack_of_invite(
        &mut self,
        txn_slot: u32,
        message: &Message<'_>,
        source: Endpoint,
    ) -> Verdict {
        let generation = self.state.txns.generation(txn_slot);
        let now_ms = self.now.ms;
        let Some(txn) = self.state.txns.get_mut(txn_slot) else { return Verdict::Absorb };
        let step = invite_server::step(txn.invite, invite_server::Event::Ack);
        txn.invite = step.next;
        match step.action {
            invite_server::Action::Confirm => {
                let reply = core::mem::replace(&mut txn.reply, TextRef::NONE);
                let live = txn.live;
                self.state.slabs.give(reply);
                self.state.confirmed.push(txn_slot, generation, now_ms);
                if let Some(setup) = self.state.setups.get_mut(live) {
                    setup.server_due_ms = NEVER;
                    setup.server_end_ms = NEVER;
                }
                self.settle(live);
                Verdict::Absorb
            }
            // The ACK of a 2xx has a branch of its own; one peer or another uses the INVITE's.
            invite_server::Action::PassAck => self.ack(message, source),
            _ => Verdict::Absorb,
        }
    }

    /// Takes an ACK of no transaction: it acknowledges a 2xx, end to end, and is forwarded without state
    /// (RFC 3261 §16.11: the branch is made from the received one, so that retransmissions look alike).
    pub fn ack(&mut self, message: &Message<'_>, source: Endpoint) -> Verdict {
        if message.max_forwards().is_some_and(|hops| hops.value == 0) {
            return Verdict::DropStrayAck;
        }
        let (dialog, target) = match self.dialog_target(message, source) {
            Ok(found) => found,
            Err(Stop::ForeignSource) => return Verdict::DropForeignSource,
            Err(_) => return Verdict::DropStrayAck,
        };
        let Some(egress) = self.out.egress(target.ipv4) else { return Verdict::DropNoRoute };
        let Some(listener) = self.env.listener(egress) else { return Verdict::DropNoRoute };
        let loop_hash = self.loop_hash(message, 0);
        let branch = message.text(message.via().branch);
        let hash =
            hash_parts(&self.env.keys, domain::TAG, &[branch, &dialog.identity.to_le_bytes()]);
        let name = Branch {
            layout: self.env.layout,
            core: self.env.core,
            ordinal: 0,
            kind: Kind::Stateless,
            slot: 0,
            generation: (hash & 0x00ff_ffff) as u32,
            boot: (hash >> 32 & 0xffff) as u16,
        }
        .seal(&self.env.keys, loop_hash);
        let Ok(head) = Head::new(listener, &name, None) else { return Verdict::DropTooLong };
        let onward = Onward {
            head: head.as_bytes(),
            uri: None,
            stamp: stamp(source),
            own_routes: emit::own_routes(self.env, message),
        };
        match self.out.send(egress, target, |out| emit::request(message, &onward, out)) {
            Ok(()) => Verdict::ForwardRequest,
            Err(error) => unsent(error),
        }
    }
}
