//! Owns requests inside dialogs: who sent them, whether he may, and where they go.
//! Hot. Works from the cookie alone; call records only add what they know.

use parser::{HeaderId, Message, Method, Start};
use routing::entity::InDialog;

use super::active::Parties;
use super::answer::Refusal;
use super::core::Core;
use super::emit::{self, endpoint_of};
use super::outbox::{Outbox, SendError};
use crate::dialog::cookie::{Cookie, Direction};
use crate::net::{Endpoint, ListenerId};
use crate::txn::pool::NONE;
use crate::txn::record::{ByeOf, Purpose};
use crate::verdict::Verdict;

/// A dialog as a request names it.
#[derive(Clone, Copy)]
pub(super) struct Dialog {
    direction: Direction,
    originator: u32,
    trunk: u32,
    /// The call record, if it is there.
    call: Option<u32>,
    /// Keyed hash of Call-ID and the caller's tag.
    pub identity: u64,
}

/// Why a request in a dialog does not go on.
pub(super) enum Stop {
    /// No dialog of ours.
    NoDialog,
    /// The source is not that dialog's party.
    ForeignSource,
    /// The next hop is not that dialog's other party.
    ForeignTarget,
    /// Nothing says where it goes.
    NoTarget,
}

impl<O: Outbox> Core<'_, O> {
    /// Takes a request with a To-tag.
    pub fn dialog_request(
        &mut self,
        message: &Message<'_>,
        method: Method,
        listener: ListenerId,
        source: Endpoint,
        key: u64,
    ) -> Verdict {
        let (dialog, target) = match self.dialog_target(message, source) {
            Ok(found) => found,
            Err(Stop::NoDialog) => return self.answered(message, key, listener, source, 481, b""),
            Err(Stop::ForeignSource) => return Verdict::DropForeignSource,
            Err(Stop::ForeignTarget) => {
                return self.answered(message, key, listener, source, 403, b"");
            }
            Err(Stop::NoTarget) => return self.answered(message, key, listener, source, 500, b""),
        };
        let Some(egress) = self.out.egress(target.ipv4) else {
            return self.answered(message, key, listener, source, 500, b"");
        };
        match method {
            Method::Invite => self.dialog_invite(message, listener, source, key, target, egress),
            _ => {
                let bye = self.bye_of(message, method, &dialog);
                self.dialog_exchange(message, listener, source, key, (target, egress), bye)
            }
        }
    }

    /// Which dialog a request belongs to, and where it goes there.
    pub fn dialog_target(
        &self,
        message: &Message<'_>,
        source: Endpoint,
    ) -> Result<(Dialog, Endpoint), Stop> {
        let dialog = self.dialog_of(message).ok_or(Stop::NoDialog)?;
        if !self.is_party(&dialog, dialog.direction, source.ipv4) {
            return Err(Stop::ForeignSource);
        }
        let other = match dialog.direction {
            Direction::FromCaller => Direction::FromCallee,
            Direction::FromCallee => Direction::FromCaller,
        };
        let named = self.named_target(message);
        let target = match named {
            Some(endpoint) if !self.env.is_ours(endpoint) => endpoint,
            // A host name, or our own address as target: what the call record or the plan knows of that side.
            _ => {
                return self
                    .known_target(&dialog, other)
                    .map(|target| (dialog, target))
                    .ok_or(Stop::NoTarget);
            }
        };
        let any = other == Direction::FromCallee
            && self.env.trunk(dialog.trunk).is_some_and(|trunk| trunk.in_dialog() == InDialog::Any);
        if any || self.is_party(&dialog, other, target.ipv4) {
            Ok((dialog, target))
        } else {
            Err(Stop::ForeignTarget)
        }
    }

    /// The dialog by the cookie in our Route, else by Call-ID and tags (peers that drop Route).
    fn dialog_of(&self, message: &Message<'_>) -> Option<Dialog> {
        let call_id = message.text(message.call_id());
        let (from_tag, to_tag) = (message.text(message.from().tag), message.text(message.to().tag));
        if let Some(route) = message.route()
            && let Some(text) = emit::own_route(self.env, message.text(route.uri))
            && let Some((cookie, direction)) =
                Cookie::open(text, &self.env.keys, call_id, from_tag, to_tag)
        {
            let caller_tag = match direction {
                Direction::FromCaller => from_tag,
                Direction::FromCallee => to_tag,
            };
            let identity = self.dialog_key(call_id, caller_tag);
            let current = self.state.calls.generation(cookie.call_slot) & 0xffff;
            let call = self.state.calls.get(cookie.call_slot).filter(|call| {
                current == u32::from(cookie.generation) && call.identity == identity
            });
            return Some(Dialog {
                direction,
                originator: cookie.originator,
                trunk: cookie.trunk,
                call: call.map(|_| cookie.call_slot),
                identity,
            });
        }
        let slot = self.state.dialogs.find(self.dialog_key(call_id, from_tag))?;
        let call = self.state.calls.get(slot)?;
        let (from, to) = (self.dialog_key(call_id, from_tag), self.dialog_key(call_id, to_tag));
        let direction = match (from, to) {
            pair if pair == (call.identity, call.callee_identity) => Direction::FromCaller,
            pair if pair == (call.callee_identity, call.identity) => Direction::FromCallee,
            // RFC 3261 §12.2.2: a dialog is told by the Call-ID and both tags.
            _ => return None,
        };
        Some(Dialog {
            direction,
            originator: call.originator,
            trunk: call.trunk,
            call: Some(slot),
            identity: call.identity,
        })
    }

    /// Whether `ipv4` belongs to that side of the dialog.
    fn is_party(&self, dialog: &Dialog, side: Direction, ipv4: u32) -> bool {
        let call = dialog.call.and_then(|slot| self.state.calls.get(slot));
        match side {
            Direction::FromCaller => {
                call.is_some_and(|call| call.caller.ipv4 == ipv4)
                    || self.is_of_originator(dialog.originator, ipv4)
            }
            Direction::FromCallee => {
                call.is_some_and(|call| call.callee.ipv4 == ipv4)
                    || self.env.trunk(dialog.trunk).is_some_and(|trunk| trunk.contains(ipv4))
            }
        }
    }

    fn is_of_originator(&self, originator: u32, ipv4: u32) -> bool {
        let image = self.env.image.as_deref();
        image.and_then(|image| image.originator(originator)).is_some_and(|one| one.contains(ipv4))
    }

    /// Where the request itself says that it goes: the first Route that is not ours, else the Request-URI
    /// (RFC 3261 §16.6 step 6).
    fn named_target(&self, message: &Message<'_>) -> Option<Endpoint> {
        let own = emit::own_routes(self.env, message);
        if let Some(route) = message.routes().nth(own) {
            return endpoint_of(message.text(route.uri));
        }
        match message.start() {
            Start::Request { uri, .. } => endpoint_of(message.text(uri)),
            Start::Response { .. } => None,
        }
    }

    /// Where that side of the dialog was last heard of.
    fn known_target(&self, dialog: &Dialog, side: Direction) -> Option<Endpoint> {
        let call = dialog.call.and_then(|slot| self.state.calls.get(slot));
        match (side, call) {
            (Direction::FromCaller, Some(call)) => Some(call.caller),
            (Direction::FromCallee, Some(call)) => Some(call.callee),
            (Direction::FromCaller, None) => None,
            (Direction::FromCallee, None) => {
                let trunk = self.env.trunk(dialog.trunk)?;
                let gateway = trunk.gateways().first()?;
                Some(Endpoint { ipv4: gateway.ipv4, port: gateway.port })
            }
        }
    }

    /// What the final of this request ends, if it is a BYE.
    fn bye_of(&self, message: &Message<'_>, method: Method, dialog: &Dialog) -> ByeOf {
        if method != Method::Bye {
            return ByeOf::NONE;
        }
        let callee = match dialog.direction {
            Direction::FromCaller => message.to(),
            Direction::FromCallee => message.from(),
        };
        let callee = self.dialog_key(message.text(message.call_id()), message.text(callee.tag));
        let call = dialog.call.and_then(|slot| self.state.calls.get(slot));
        // A fork of the callee has a tag of its own, and its end is not the end of the call.
        if call.is_some_and(|call| call.answered_us != 0 && call.callee_identity != callee) {
            return ByeOf::NONE;
        }
        ByeOf {
            call: dialog.call.unwrap_or(NONE),
            generation: dialog.call.map_or(0, |slot| self.state.calls.generation(slot)),
            identity: dialog.identity,
            side: if dialog.direction == Direction::FromCaller { 1 } else { 2 },
            // Q.850 16: normal call clearing, which a BYE without Reason means (RFC 3398 §8.2.6.1).
            cause: q850_cause(message).unwrap_or(16),
            ..ByeOf::NONE
        }
        .of_parties(Parties { originator: dialog.originator, trunk: dialog.trunk })
    }

    /// Sends a re-INVITE to the dialog's other party.
    fn dialog_invite(
        &mut self,
        message: &Message<'_>,
        listener: ListenerId,
        source: Endpoint,
        key: u64,
        target: Endpoint,
        egress: ListenerId,
    ) -> Verdict {
        let loop_hash = self.loop_hash(message, 0);
        let Some(slot) = self.open_setup(message, key, listener, source, loop_hash) else {
            // As lost on the wire, so that it comes again.
            return Verdict::DropExhausted;
        };
        if let Some(setup) = self.state.setups.get_mut(slot) {
            setup.purpose = Purpose::InDialog;
        }
        // RFC 3261 §16.2: a stateful proxy answers 100 for what it passes on.
        let _lost = self.reply(message, key, listener, source, 100, b"");
        let Some(at) = self.open_branch(slot, 0, target, egress) else {
            return self.refuse(slot, message, Refusal::FAILED, b"");
        };
        if let Some(setup) = self.state.setups.get_mut(slot) {
            setup.active = at;
        }
        match self.send_invite(slot, at, Some(message)) {
            // Without a packet buffer it is as lost as on the wire: Timer A sends it again.
            Ok(()) | Err(SendError::NoBuffer) => {
                self.arm_setup(slot);
                Verdict::ForwardRequest
            }
            Err(_) => {
                // RFC 3261 §16.9: a transport error counts as a 503 from the next hop. A 408 would end the dialog.
                self.end_unsent(at);
                self.refuse(slot, message, Refusal::UNREACHABLE, b"")
            }
        }
    }
}

/// The Q.850 cause of the first Q.850 Reason (RFC 3326 §2).
pub(super) fn q850_cause(message: &Message<'_>) -> Option<u8> {
    message
        .values(HeaderId::Reason)
        .take(8)
        .filter_map(|value| parser::view::reason::parse(message.text(value)).ok())
        .find(|reason| reason.protocol.eq_ignore_ascii_case(b"Q.850"))
        .and_then(|reason| reason.cause())
        .and_then(|cause| u8::try_from(cause).ok())
}
