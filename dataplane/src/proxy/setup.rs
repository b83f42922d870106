//! Owns the beginning of a call: an initial INVITE, its checks, and the routing decision.
//! Hot. Knows nothing of how responses are matched or CDRs are written.
//!
//! ```text
//! INVITE ─ checks ─ decide ─ 100 ─ advance ─► branch at a gateway ─► invite_response.rs, timers.rs
//!                      │              ▲             │ failure that the policy goes on from
//!                      │              └─────────────┘
//!                      └─ refusal       no candidate left: ending.rs
//! ```

use parser::uri::Scheme;
use parser::{HeaderId, Message, Span, Start};
use routing::{Digits, Outcome};

use super::answer::{self, Refusal};
use super::branch;
use super::core::{Core, domain};
use super::emit;
use super::outbox::Outbox;
use crate::dialog::keyring::hash_parts;
use crate::net::{Endpoint, ListenerId};
use crate::txn::record::{Kind, Plan, TextSpans};
use crate::verdict::Verdict;

/// Room for a message that is built before it is stored.
pub(super) const MESSAGE_LEN: usize = 4096;

impl<O: Outbox> Core<'_, O> {
    /// Takes an INVITE that opens a call.
    pub fn initial_invite(
        &mut self,
        message: &Message<'_>,
        listener: ListenerId,
        source: Endpoint,
        key: u64,
    ) -> Verdict {
        let Some(image) = &self.env.image else {
            return self.overloaded(message, key, listener, source);
        };
        let Some(originator) = image.originator_by_source(source.ipv4) else {
            // A trunk, which may send requests in its dialogs, but is nobody's ingress.
            return self.unknown_source(message, key, listener, source);
        };
        if !self.has_room() {
            return self.overloaded(message, key, listener, source);
        }
        let loop_hash = self.loop_hash(message, originator.id());
        let Some(slot) = self.open_setup(message, key, listener, source, loop_hash) else {
            return self.overloaded(message, key, listener, source);
        };
        let identity =
            self.dialog_key(message.text(message.call_id()), message.text(message.from().tag));
        let call_id = self.next_call_id();
        if let Some(setup) = self.state.setups.get_mut(slot) {
            setup.originator = originator.id();
            setup.identity = identity;
            setup.call_id = call_id;
            setup.plan.image_version = image.version();
        }
        if message.max_forwards().is_some_and(|hops| hops.value == 0) {
            // RFC 3261 §16.3 step 3: "the element MUST NOT forward the request".
            return self.refuse(slot, message, Refusal::TOO_MANY_HOPS, b"");
        }
        if message.find(HeaderId::ProxyRequire).is_some() {
            // RFC 3261 §16.3 step 5: extensions that a proxy does not know end the request with 420.
            let mut lines = [0u8; answer::LINES_LEN];
            let len = answer::unsupported(message, &mut lines);
            let lines = lines.get(..len).unwrap_or_default();
            return self.refuse(slot, message, Refusal::BAD_EXTENSION, lines);
        }
        if emit::own_routes(self.env, message) < message.routes().count() {
            return self.refuse(slot, message, Refusal::FOREIGN_ROUTE, b"");
        }
        if self.has_looped(message, loop_hash) {
            return self.refuse(slot, message, Refusal::LOOP, b"");
        }
        let digits = match called_digits(message) {
            Ok(digits) => digits,
            Err(refusal) => return self.refuse(slot, message, refusal, b""),
        };
        let mut decision = routing::Decision::new();
        let outcome = routing::decide(
            image,
            &self.env.switches,
            originator,
            &digits,
            &mut self.state.technique,
            &mut decision,
        );
        if let Some(setup) = self.state.setups.get_mut(slot) {
            setup.plan = Plan::of(&decision, image.version());
        }
        match outcome {
            Outcome::Routed => {}
            Outcome::OriginatorDisabled => {
                return self.refuse(slot, message, Refusal::DISABLED, b"");
            }
            Outcome::UnknownDestination => {
                return self.refuse(slot, message, Refusal::UNKNOWN, b"");
            }
            Outcome::NoRouting => return self.refuse(slot, message, Refusal::NO_ROUTING, b""),
            Outcome::AllDown => return self.refuse(slot, message, Refusal::ALL_DOWN, b""),
        }
        // RFC 3261 §16.2: a stateful proxy answers 100 for what it passes on.
        let _lost = self.reply(message, key, listener, source, 100, b"");
        let Some(call) = self.state.calls.take() else {
            return self.refuse(slot, message, Refusal::FAILED, b"");
        };
        if let Some(setup) = self.state.setups.get_mut(slot) {
            setup.call = call;
        }
        if let Some(record) = self.state.calls.get_mut(call) {
            record.call_id = call_id;
            record.identity = identity;
            record.originator = originator.id();
            record.caller = source;
            record.ingress = listener;
        }
        self.advance(slot, Some(message));
        Verdict::ForwardRequest
    }

    /// Whether everything that a new call may need is there, and the CDR ring takes its events.
    fn has_room(&self) -> bool {
        let state = &self.state;
        !self.env.pressure.refuses_calls()
            // The keeper's word may be late when the disk hangs.
            && state.events.used() < state.events.capacity() / 10 * 9
            // A sixteenth of what they need as well is left to the dialogs that stand.
            && state.setups.free() > state.setups.capacity() / 16
            && state.branches.free() > state.branches.capacity() / 16
            && state.txns.free() > state.txns.capacity() / 16
            && state.calls.free() > 0
            && state.slabs.has_room()
            && state.wheel.has_room()
    }

    /// Makes transaction and set-up of an INVITE and keeps its text.
    pub fn open_setup(
        &mut self,
        message: &Message<'_>,
        key: u64,
        listener: ListenerId,
        source: Endpoint,
        loop_hash: u64,
    ) -> Option<u32> {
        let request = self.state.slabs.store(message.bytes())?;
        let Some(txn_slot) = self.state.txns.take() else {
            self.state.slabs.give(request);
            return None;
        };
        let Some(slot) = self.state.setups.take() else {
            self.state.slabs.give(request);
            self.state.txns.give(txn_slot);
            return None;
        };
        self.state.current = txn_slot;
        self.state.keys.insert(key, txn_slot);
        if let Some(txn) = self.state.txns.get_mut(txn_slot) {
            txn.key = key;
            txn.kind = Kind::Invite;
            txn.live = slot;
            txn.peer = source;
            txn.listener = listener;
        }
        if let Some(setup) = self.state.setups.get_mut(slot) {
            setup.txn = txn_slot;
            setup.request = request;
            setup.received_us = self.now.us;
            setup.received_utc_us = self.now.utc_us;
            setup.loop_hash = loop_hash;
            setup.texts = text_spans(message);
        }
        Some(slot)
    }

    /// Ids of CDRs ascend with time and name the worker: unique over restarts as long as UTC does not step
    /// back by more than the router was down.
    fn next_call_id(&mut self) -> u64 {
        let id =
            (self.now.utc_us << 8 | u64::from(self.env.core)).max(self.state.last_call_id + 256);
        self.state.last_call_id = id;
        id
    }

    /// Hashes what routing looks at (RFC 5393 §4.2.1): the same value at the same place is a loop.
    pub fn loop_hash(&self, message: &Message<'_>, originator: u32) -> u64 {
        let uri = match message.start() {
            Start::Request { uri, .. } => message.text(uri),
            Start::Response { .. } => b"",
        };
        let parts = [
            uri,
            message.text(message.call_id()),
            message.text(message.from().tag),
            message.text(message.to().tag),
            message.text(message.cseq().value),
            &originator.to_le_bytes(),
        ];
        hash_parts(&self.env.keys, domain::LOOP, &parts)
    }

    /// RFC 5393 §4.2.2: a Via of ours with the same hash is a loop; with another, a legal spiral.
    fn has_looped(&self, message: &Message<'_>, loop_hash: u64) -> bool {
        // One Via is the peer's own.
        message.via_count() > 1
            && message.vias().skip(1).any(|value| {
                parser::view::via::parse(message.text(value))
                    .ok()
                    .and_then(|via| via.params.get(b"branch").flatten())
                    .and_then(|text| branch::Branch::open(text, &self.env.keys))
                    .is_some_and(|(_, shown)| shown.is(loop_hash))
            })
    }

    /// Refuses a request before anything is allocated for it.
    #[cold]
    pub fn overloaded(
        &mut self,
        message: &Message<'_>,
        key: u64,
        listener: ListenerId,
        source: Endpoint,
    ) -> Verdict {
        // Random 1 to 5 s, so that peers do not come back all at once.
        let lines: [&[u8]; 5] = [
            b"Retry-After: 1\r\n",
            b"Retry-After: 2\r\n",
            b"Retry-After: 3\r\n",
            b"Retry-After: 4\r\n",
            b"Retry-After: 5\r\n",
        ];
        let pick = self.state.random_below(5) as usize;
        let extra = lines.get(pick).copied().unwrap_or_default();
        self.answered(message, key, listener, source, 503, extra)
    }
}

/// The digits of the called number, from the Request-URI; or why there are none.
fn called_digits(message: &Message<'_>) -> Result<Digits, Refusal> {
    let Start::Request { uri, .. } = message.start() else { return Err(Refusal::BAD_URI) };
    let uri = message.uri(uri).map_err(|_| Refusal::BAD_URI)?;
    if uri.scheme == Scheme::Other {
        return Err(Refusal::BAD_SCHEME);
    }
    let mut digits = parser::number::Digits::new();
    parser::number::digits(uri.part(uri.user), &mut digits).map_err(|_| Refusal::NOT_A_NUMBER)?;
    Digits::from_ascii(digits.as_bytes()).map_err(|_| Refusal::NOT_A_NUMBER)
}

/// Copies a finished message into a packet.
#[inline]
pub(super) fn copy_into(text: &[u8], out: &mut [u8]) -> Result<usize, parser::write::Overflow> {
    let room = out.get_mut(..text.len()).ok_or(parser::write::Overflow::Output)?;
    room.copy_from_slice(text);
    Ok(text.len())
}

/// Where the texts of the CDR stand.
fn text_spans(message: &Message<'_>) -> TextSpans {
    let callee = match message.start() {
        Start::Request { uri, .. } => user_of(message, uri),
        Start::Response { .. } => Span::NONE,
    };
    let p_asserted =
        message.find(HeaderId::PAssertedIdentity).map_or(Span::NONE, |header| header.value);
    TextSpans {
        call_id: message.call_id().into(),
        from_tag: message.from().tag.into(),
        caller: user_of(message, message.from().uri).into(),
        callee: callee.into(),
        p_asserted: p_asserted.into(),
    }
}

/// The user part of a URI of `message`.
fn user_of(message: &Message<'_>, uri: Span) -> Span {
    message.uri(uri).map_or(Span::NONE, |parsed| parsed.user.inside(uri))
}
