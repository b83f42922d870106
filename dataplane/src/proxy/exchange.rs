//! Owns the non-INVITE requests of dialogs, and BYEs of our own, from the request to its final.
//! Hot. Knows nothing of where a dialog's other party is.

use parser::{Message, Method, reply};

use super::answer::{phrase, stamp};
use super::branch::Kind;
use super::core::{Core, branch_text, retained};
use super::emit::{self, Head, Onward};
use super::events::unsent;
use super::outbox::{Outbox, SendError};
use super::setup::copy_into;
use crate::net::{Endpoint, ListenerId};
use crate::txn::machine::{other_client, other_server};
use crate::txn::record::{ByeOf, Kind as TxnKind};
use crate::txn::slab::TextRef;
use crate::verdict::Verdict;

impl<O: Outbox> Core<'_, O> {
    /// Sends any other request of a dialog to its other party.
    pub fn dialog_exchange(
        &mut self,
        message: &Message<'_>,
        listener: ListenerId,
        source: Endpoint,
        key: u64,
        (target, egress): (Endpoint, ListenerId),
        bye: ByeOf,
    ) -> Verdict {
        // What finds no room is as lost on the wire, so that it comes again: any answer would end a dialog that stands.
        let Some(request) = self.state.slabs.store(message.bytes()) else {
            return Verdict::DropExhausted;
        };
        let Some((txn_slot, slot)) = self.take_exchange() else {
            self.state.slabs.give(request);
            return Verdict::DropExhausted;
        };
        self.state.keys.insert(key, txn_slot);
        if let Some(txn) = self.state.txns.get_mut(txn_slot) {
            txn.key = key;
            txn.peer = source;
            txn.listener = listener;
        }
        let loop_hash = self.loop_hash(message, 0);
        if let Some(exchange) = self.state.exchanges.get_mut(slot) {
            exchange.request = request;
            exchange.from = egress;
            exchange.to = target;
            exchange.bye = bye;
            exchange.loop_hash = loop_hash;
        }
        self.start_exchange(slot);
        match self.send_exchange(slot, Some(message)) {
            Ok(()) => Verdict::ForwardRequest,
            // As lost on the wire: Timer E sends it again.
            Err(SendError::NoBuffer) => Verdict::DropExhausted,
            Err(_) => {
                // RFC 3261 §16.9: a transport error counts as a 503 from the next hop.
                self.end_exchange(slot, 503);
                self.answered(message, key, listener, source, 503, b"")
            }
        }
    }

    /// Takes transaction and exchange of a non-INVITE request: both or none.
    pub fn take_exchange(&mut self) -> Option<(u32, u32)> {
        let state = &mut *self.state;
        let txn_slot = state.txns.take()?;
        let Some(slot) = state.exchanges.take() else {
            state.txns.give(txn_slot);
            return None;
        };
        state.current = txn_slot;
        if let (Some(txn), Some(exchange)) =
            (state.txns.get_mut(txn_slot), state.exchanges.get_mut(slot))
        {
            txn.kind = TxnKind::Other;
            txn.live = slot;
            exchange.txn = txn_slot;
        }
        Some((txn_slot, slot))
    }

    /// Starts timers E and F (RFC 3261 §17.1.2.2).
    pub fn start_exchange(&mut self, slot: u32) {
        let timers = &self.env.timers;
        if let Some(exchange) = self.state.exchanges.get_mut(slot) {
            exchange.interval_ms = timers.t1_ms;
            exchange.resend_ms = self.now.ms + u64::from(timers.t1_ms);
            exchange.limit_ms = self.now.ms + timers.give_up_ms;
        }
        self.arm_exchange(slot);
    }

    /// Sends the request of an exchange, first or again.
    pub fn send_exchange(
        &mut self,
        slot: u32,
        message: Option<&Message<'_>>,
    ) -> Result<(), SendError> {
        let state = &mut *self.state;
        let Some(exchange) = state.exchanges.get(slot) else { return Err(SendError::NoBuffer) };
        let Some(txn) = state.txns.get(exchange.txn) else { return Err(SendError::NoBuffer) };
        if txn.own {
            let text = state.slabs.get(exchange.request).ok_or(SendError::NoBuffer)?;
            let text = text.bytes();
            return self.out.send(exchange.from, exchange.to, |out| copy_into(text, out));
        }
        let generation = state.txns.generation(exchange.txn);
        let kept;
        let message = match message {
            Some(message) => message,
            None => {
                let limits = &self.env.limits;
                let index = &mut state.retained;
                kept = retained(&state.slabs, index, limits, exchange.request)
                    .ok_or(SendError::NoBuffer)?;
                &kept
            }
        };
        let listener = self.env.listener(exchange.from).ok_or(SendError::NoRoute)?;
        let name = branch_text(
            self.env,
            Kind::Transaction,
            exchange.txn,
            generation,
            0,
            exchange.loop_hash,
        );
        let head = Head::new(listener, &name, None).map_err(|_| SendError::TooLong)?;
        let onward = Onward {
            head: head.as_bytes(),
            uri: None,
            stamp: stamp(txn.peer),
            own_routes: emit::own_routes(self.env, message),
        };
        self.out.send(exchange.from, exchange.to, |out| emit::request(message, &onward, out))
    }

    /// Takes a response to a forwarded non-INVITE request, or to a BYE of our own.
    pub fn other_response(&mut self, txn_slot: u32, message: &Message<'_>, status: u16) -> Verdict {
        let Some((live, exchange)) = self.exchange_of(txn_slot) else {
            // RFC 3261 §17.1.2.2: Completed buffers retransmitted responses until Timer K; here they are told
            // by their transaction having no live part any more.
            return Verdict::Absorb;
        };
        if status < 200 {
            let t2 = self.env.timers.t2_ms;
            let step = other_client::step(exchange.state, other_client::Event::Provisional);
            if let Some(exchange) = self.state.exchanges.get_mut(live) {
                exchange.state = step.next;
                // RFC 3261 §17.1.2.2: in Proceeding, Timer E runs with T2.
                exchange.interval_ms = t2;
            }
            // RFC 4320 §4.1: "An SIP element MUST NOT send any provisional response with a Status-Code other than
            // 100 to a non-INVITE request." RFC 3261 §16.7 step 5: a 100 is not forwarded.
            return Verdict::Absorb;
        }
        let step = other_client::step(exchange.state, other_client::Event::Final);
        let Some(txn) = self.state.txns.get(txn_slot) else { return Verdict::Absorb };
        let server = other_server::step(txn.other, other_server::Event::Final);
        let (own, listener, peer) = (txn.own, txn.listener, txn.peer);
        if step.action != other_client::Action::Pass {
            return Verdict::Absorb;
        }
        self.end_exchange(live, status);
        if own || server.action != other_server::Action::Send {
            return Verdict::Absorb;
        }
        // The final of a BYE can be made anew from the BYE; what answers anything else may carry more. Texts of new
        // calls come first when there is little room.
        let keeps = message.cseq().method != Method::Bye && self.state.slabs.has_room();
        let slabs = &mut self.state.slabs;
        let mut kept = TextRef::NONE;
        let result = self.out.send(listener, peer, |out| {
            let len = emit::response(message, out)?;
            if keeps {
                kept = out.get(..len).and_then(|text| slabs.store(text)).unwrap_or(TextRef::NONE);
            }
            Ok(len)
        });
        if let Some(txn) = self.state.txns.get_mut(txn_slot) {
            txn.reply = kept;
        }
        match result {
            Ok(()) => Verdict::ForwardResponse,
            Err(error) => unsent(error),
        }
    }

    /// Answers a request that came again.
    pub fn resend_final(
        &mut self,
        txn_slot: u32,
        message: &Message<'_>,
        key: u64,
        listener: ListenerId,
        source: Endpoint,
    ) {
        let Some(txn) = self.state.txns.get(txn_slot) else { return };
        let (status, reply) = (txn.status, txn.reply);
        let _lost = match self.state.slabs.get(reply) {
            Some(text) => {
                let bytes = text.bytes();
                self.out.send(listener, source, |out| copy_into(bytes, out))
            }
            None if status == 0 => self.reply(message, key, listener, source, 100, b""),
            // RFC 3261 §17.2.2 wants the final response again. It is made anew from the request, since a stored
            // copy of every BYE's 200 would cost more memory than all else that lingers.
            None => self.reply(message, key, listener, source, status, b""),
        };
    }

    /// Says 100 upstream once the time has come (RFC 4320 §4.1): "an SIP element MUST respond to a non-INVITE request
    /// with a Status-Code of 100 if it has not otherwise responded after the amount of time it takes a client
    /// transaction's Timer E to be reset to T2", and MUST NOT before.
    pub fn say_trying(&mut self, slot: u32) {
        let timers = &self.env.timers;
        let Some(exchange) = self.state.exchanges.get(slot) else { return };
        let (request, txn_slot) = (exchange.request, exchange.txn);
        let began_ms = exchange.limit_ms.saturating_sub(timers.give_up_ms);
        // T1 + 2 × T1 + 4 × T1 + …, until the next interval would be T2.
        let reset_ms = u64::from(timers.t2_ms.saturating_sub(timers.t1_ms));
        let state = &mut *self.state;
        let Some(txn) = state.txns.get_mut(txn_slot) else { return };
        if txn.own || txn.other != other_server::State::Trying || self.now.ms < began_ms + reset_ms
        {
            return;
        }
        txn.other = other_server::step(txn.other, other_server::Event::Provisional).next;
        let (listener, peer) = (txn.listener, txn.peer);
        let limits = &self.env.limits;
        if let Some(message) = retained(&state.slabs, &mut state.retained, limits, request) {
            let _lost = self.out.send(listener, peer, |out| {
                reply::build(&message, 100, phrase(100), None, stamp(peer), b"", out)
            });
        }
    }

    /// Ends an exchange whose request was answered with `status`, here or by its next hop.
    fn end_exchange(&mut self, slot: u32, status: u16) {
        let Some(exchange) = self.state.exchanges.get(slot) else { return };
        let (txn_slot, bye) = (exchange.txn, exchange.bye);
        if let Some(txn) = self.state.txns.get_mut(txn_slot) {
            txn.other = other_server::step(txn.other, other_server::Event::Final).next;
            txn.status = status;
        }
        self.release_exchange(slot);
        self.linger(txn_slot);
        // The end of a call is its first BYE that is not answered 401 or 407.
        if status != 401 && status != 407 {
            self.end_call(bye, status, txn_slot);
        }
    }

    /// Ends an exchange that nobody answered: nothing goes upstream (RFC 4320 §4.2), the call of a BYE ends.
    pub fn abandon_exchange(&mut self, slot: u32) {
        let Some(exchange) = self.state.exchanges.get(slot) else { return };
        let (txn_slot, bye) = (exchange.txn, exchange.bye);
        if let Some(txn) = self.state.txns.get_mut(txn_slot) {
            txn.other = other_server::step(txn.other, other_server::Event::Abandoned).next;
        }
        self.release_exchange(slot);
        self.linger(txn_slot);
        self.end_call(bye, 408, txn_slot);
    }
}
