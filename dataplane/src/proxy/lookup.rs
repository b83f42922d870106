//! Owns what a burst asks of the tables before its first message is handled, so that cache misses overlap.
//! Hot. Decides nothing: what it fetches is looked up again when the message is handled, since a message may change
//! what the next one finds.
//!
//! Tables of millions of records miss the caches on nearly every look-up, and a message touches six to ten lines that
//! hang off each other. Handled one by one each message waits for its own chain of misses; fetched in steps over the
//! burst, a step costs the burst one wait.
//!
//! | step | of a response | of a request |
//! |---|---|---|
//! | [`Lookup::of`] | transaction | key table, call record of the cookie |
//! | [`Lookup::fetch_live`] | live record | known transaction |
//! | [`Lookup::fetch_named`] | branch, call record, dialog tables, text to replace | |

use parser::{Message, Method, Start};

use super::branch::{Branch, Kind as BranchKind, Opened, TEXT_LEN};
use super::core::domain;
use super::emit;
use super::engine::Datagram;
use super::env::Env;
use super::state::State;
use crate::dialog::cookie::Cookie;
use crate::dialog::keyring::{KeyRing, hash_parts};
use crate::net::Endpoint;
use crate::txn::record::Kind;

/// RFC 3261 §8.1.1.7: "The branch ID inserted by an element compliant with this specification MUST always
/// begin with the characters "z9hG4bK"."
const MAGIC: &[u8] = b"z9hG4bK";

/// What a message names.
#[derive(Clone, Copy)]
pub(super) enum Lookup {
    /// A request and the key of its server transaction.
    Request(Method, u64),
    /// A response, with the branch of its top Via if that is one of ours.
    Response(u16, Option<Branch>),
}

impl Lookup {
    /// Reads the names of a message and fetches the first record that they lead to.
    #[inline]
    pub fn of(env: &Env, state: &State, message: &Message<'_>, datagram: &Datagram<'_>) -> Lookup {
        match message.start() {
            Start::Request { method, .. } => {
                let key = server_key(&env.keys, message, method, datagram.source);
                state.keys.prefetch(key);
                if let Some(call) = message
                    .route()
                    .and_then(|route| emit::own_route(env, message.text(route.uri)))
                    .and_then(Cookie::claimed_call)
                {
                    state.calls.prefetch(call);
                }
                Lookup::Request(method, key)
            }
            Start::Response { status, .. } => {
                // Only we can make a branch that opens: that the top Via is ours needs no other check.
                let text = message.via().branch;
                let branch = match datagram.opened {
                    Some(Opened { at, branch })
                        if at == text.off && usize::from(text.len) == TEXT_LEN =>
                    {
                        Some(branch)
                    }
                    _ => Branch::open(message.text(text), &env.keys).map(|(branch, _)| branch),
                };
                if let Some(branch) = branch.filter(|branch| branch.kind != BranchKind::Stateless) {
                    state.txns.prefetch(branch.slot);
                }
                Lookup::Response(status, branch)
            }
        }
    }

    /// Fetches the record that hangs off the first one.
    #[inline]
    pub fn fetch_live(&self, state: &State) {
        match *self {
            Lookup::Request(_, key) => {
                if let Some(slot) = state.keys.find(key) {
                    state.txns.prefetch(slot);
                }
            }
            Lookup::Response(_, Some(branch)) => match state.txns.get(branch.slot) {
                Some(txn) if txn.kind == Kind::Invite => state.setups.prefetch(txn.live),
                Some(txn) => state.exchanges.prefetch(txn.live),
                None => {}
            },
            Lookup::Response(_, None) => {}
        }
    }

    /// Fetches what the live record names.
    #[inline]
    pub fn fetch_named(&self, state: &State) {
        let Lookup::Response(status, Some(branch)) = *self else { return };
        let Some(txn) = state.txns.get(branch.slot) else { return };
        if txn.kind == Kind::Invite {
            let Some(setup) = state.setups.get(txn.live) else { return };
            state.branches.prefetch(setup.first_branch);
            if status >= 200 {
                state.calls.prefetch(setup.call);
                state.dialogs.prefetch(setup.identity);
            }
        } else if status >= 200
            && let Some(exchange) = state.exchanges.get(txn.live)
        {
            state.dialogs.prefetch(exchange.bye.identity);
            state.ended.prefetch(exchange.bye.identity);
            // The record was read when the BYE came, and is near.
            if let Some(call) = state.calls.get(exchange.bye.call) {
                state.dialogs.prefetch(call.callee_identity);
                state.calls.prefetch(call.newer);
            }
        }
    }
}

/// The key under which the server transaction of a request is found (RFC 3261 §17.2.3).
#[inline]
fn server_key(keys: &KeyRing, message: &Message<'_>, method: Method, source: Endpoint) -> u64 {
    let via = message.via();
    let branch = message.text(via.branch);
    let host = message.text(via.host);
    let port = via.port.unwrap_or(5060).to_le_bytes();
    let address = source.ipv4.to_le_bytes();
    // RFC 3261 §17.2.3: ACK and CANCEL match the INVITE's transaction. The source address takes part, so
    // that a CANCEL from elsewhere matches nothing.
    let (domain, name) = match method {
        Method::Invite | Method::Ack | Method::Cancel => (domain::INVITE, &b""[..]),
        _ => (domain::OTHER, message.text(message.cseq().method_text)),
    };
    if branch.get(..MAGIC.len()).is_some_and(|start| start.eq_ignore_ascii_case(MAGIC)) {
        return hash_parts(keys, domain, &[branch, host, &port, &address, name]);
    }
    // RFC 3261 §17.2.3, second half: elements of RFC 2543 are matched by Request-URI, From tag, Call-ID, CSeq
    // number and top Via. The To tag is left out: an ACK has one that its INVITE had not.
    let uri = match message.start() {
        Start::Request { uri, .. } => message.text(uri),
        Start::Response { .. } => b"",
    };
    let parts = [
        uri,
        message.text(message.from().tag),
        message.text(message.call_id()),
        message.text(message.cseq().number_text),
        message.text(via.value),
        &address,
        name,
    ];
    hash_parts(keys, domain, &parts)
}
