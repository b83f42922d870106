//! Owns the sorting of requests: which transaction or dialog they belong to, and which handler takes them.
//! Hot. Knows nothing of attempts or timers.
//!
//! Order, cheapest first: a known transaction, ACK, CANCEL; then only sources that we know; then the rules that
//! hold for every new request; then dialog or no dialog.

use parser::{HeaderId, Message, Method, ParseError};

use super::answer::{ALLOW, CAPABILITIES, LINES_LEN, unsupported};
use super::core::{Core, domain};
use super::outbox::Outbox;
use crate::dialog::keyring::hash_parts;
use crate::net::{Endpoint, ListenerId};
use crate::txn::machine::{invite_server, other_server};
use crate::txn::record::Kind;
use crate::verdict::Verdict;

impl<O: Outbox> Core<'_, O> {
    /// Takes a request with the key of its server transaction.
    #[inline]
    pub fn request(
        &mut self,
        message: &Message<'_>,
        method: Method,
        listener: ListenerId,
        source: Endpoint,
        key: u64,
    ) -> Verdict {
        if let Some(slot) = self.state.keys.find(key) {
            return self.known(slot, message, method, listener, source, key);
        }
        match method {
            _ if self.env.image.is_none() => {
                self.without_image(message, method, key, listener, source)
            }
            Method::Ack => self.ack(message, source),
            _ if !self.env.is_known_source(source.ipv4) => {
                self.unknown_source(message, key, listener, source)
            }
            // RFC 3261 §9.2: a CANCEL without a transaction gets 481; it is never forwarded (deviation from
            // §16.10: a router that forwards strangers' CANCELs ends other people's calls).
            Method::Cancel => self.answered(message, key, listener, source, 481, b""),
            _ => self.new_request(message, method, listener, source, key),
        }
    }

    /// Takes a request of a transaction that is known.
    fn known(
        &mut self,
        slot: u32,
        message: &Message<'_>,
        method: Method,
        listener: ListenerId,
        source: Endpoint,
        key: u64,
    ) -> Verdict {
        self.state.current = slot;
        let Some(txn) = self.state.txns.get(slot) else { return Verdict::Absorb };
        match (txn.kind, method) {
            (Kind::Invite, Method::Invite) => {
                let step = invite_server::step(txn.invite, invite_server::Event::Invite);
                if step.action == invite_server::Action::Resend {
                    self.resend_invite_response(slot, message, key);
                }
                Verdict::Absorb
            }
            (Kind::Invite, Method::Ack) => self.ack_of_invite(slot, message, source),
            (Kind::Invite, Method::Cancel) => self.cancel(slot, message, key, listener, source),
            (Kind::Other, _) => {
                let step = other_server::step(txn.other, other_server::Event::Request);
                if step.action == other_server::Action::Resend {
                    self.resend_final(slot, message, key, listener, source);
                }
                Verdict::Absorb
            }
            _ => Verdict::Absorb,
        }
    }

    /// Takes a request that opens a transaction, from a source that we know.
    fn new_request(
        &mut self,
        message: &Message<'_>,
        method: Method,
        listener: ListenerId,
        source: Endpoint,
        key: u64,
    ) -> Verdict {
        let in_dialog = !message.to().tag.is_empty();
        if method == Method::Invite && !in_dialog {
            return self.initial_invite(message, listener, source, key);
        }
        if message.max_forwards().is_some_and(|hops| hops.value == 0)
            && (method != Method::Options || in_dialog)
        {
            // RFC 3261 §16.3 step 3: "If the request contains a Max-Forwards header field with a field value of
            // zero (0), the element MUST NOT forward the request. … Otherwise, the element MUST return a 483".
            return self.answered(message, key, listener, source, 483, b"");
        }
        if message.find(HeaderId::ProxyRequire).is_some() {
            // RFC 3261 §16.3 step 5: extensions that a proxy does not know end the request with 420.
            let mut lines = [0u8; LINES_LEN];
            let len = unsupported(message, &mut lines);
            let extra = lines.get(..len).unwrap_or_default();
            return self.answered(message, key, listener, source, 420, extra);
        }
        if in_dialog {
            return self.dialog_request(message, method, listener, source, key);
        }
        match method {
            Method::Options => self.answered(message, key, listener, source, 200, CAPABILITIES),
            // Requests that only make sense in a dialog, without one.
            Method::Bye | Method::Update | Method::Prack | Method::Info => {
                self.answered(message, key, listener, source, 481, b"")
            }
            _ => self.answered(message, key, listener, source, 405, ALLOW),
        }
    }

    /// Answers without a transaction.
    ///
    /// Stateless answers are the same for every retransmission (RFC 3261 §8.2.7), and the ACK of such a final
    /// belongs to no transaction and is dropped.
    pub fn answered(
        &mut self,
        message: &Message<'_>,
        key: u64,
        listener: ListenerId,
        source: Endpoint,
        status: u16,
        extra: &[u8],
    ) -> Verdict {
        match self.reply(message, key, listener, source, status, extra) {
            Ok(()) => Verdict::Reply,
            Err(error) => super::events::unsent(error),
        }
    }

    /// A request before the first image has come: nobody can be told from a stranger, so that everybody is asked to
    /// come back, those in dialogs too.
    #[cold]
    fn without_image(
        &mut self,
        message: &Message<'_>,
        method: Method,
        key: u64,
        listener: ListenerId,
        source: Endpoint,
    ) -> Verdict {
        match method {
            Method::Ack => Verdict::Absorb,
            Method::Cancel => self.answered(message, key, listener, source, 481, b""),
            _ => self.overloaded(message, key, listener, source),
        }
    }

    /// A request from an address that the plan does not know: silence, or 403 where the listener says so.
    #[cold]
    pub fn unknown_source(
        &mut self,
        message: &Message<'_>,
        key: u64,
        listener: ListenerId,
        source: Endpoint,
    ) -> Verdict {
        if self.env.listener(listener).is_some_and(|listener| listener.answer_unknown) {
            return self.answered(message, key, listener, source, 403, b"");
        }
        Verdict::DropUnknownSource
    }

    /// A datagram that the parser refused.
    #[cold]
    pub fn unparseable(
        &mut self,
        datagram: &[u8],
        error: ParseError,
        reply: Option<Message<'_>>,
        listener: ListenerId,
        source: Endpoint,
    ) -> Verdict {
        // RFC 5626 §3.5.1 and practice: CRLF, or a few NUL bytes, keep a NAT binding open.
        if datagram.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Verdict::DropKeepAlive;
        }
        let fault = error.kind.fault();
        match reply {
            Some(message) if fault.status != 0 && self.env.is_known_source(source.ipv4) => {
                let key =
                    hash_parts(&self.env.keys, domain::TAG, &[message.text(message.call_id())]);
                let reason = fault.reason.as_bytes();
                match self.reply_with(&message, key, listener, source, fault.status, reason, b"") {
                    Ok(()) => Verdict::Reply,
                    Err(error) => super::events::unsent(error),
                }
            }
            _ => Verdict::DropUnparseable,
        }
    }
}
