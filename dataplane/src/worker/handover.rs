//! Owns the fork between this worker and the others: a datagram stays, goes to its owner, or is dropped.
//! Hot. Knows nothing of what is in a datagram but who its owner is.

use dpdk::Mbuf;

use super::batch::Place;
use super::peers::{Handed, Peers};
use crate::owner::{Claim, Layout, Owner, Rule};
use crate::proxy::Env;
use crate::proxy::branch::Opened;
use crate::verdict::Verdict;

/// What becomes of a datagram at the worker that received it.
pub(super) enum Steered {
    /// This worker's own, with the branch that told so.
    Here(Mbuf, Option<Opened>),
    /// Another's.
    HandedOver,
    /// Another's, and there was no way to it.
    Dropped(Verdict),
}

/// Sends a datagram to its owner, unless that is this worker.
#[inline]
pub(super) fn steer(peers: &mut Peers, env: &Env, mbuf: Mbuf, place: Place) -> Steered {
    let rule = Rule { keys: &env.keys, layout: Layout::of(env.layout), member: env.member };
    let Some(datagram) = place.of(&mbuf) else { return Steered::Here(mbuf, None) };
    let Some(Owner { worker, claim, opened, is_ack }) = rule.owner(datagram) else {
        return Steered::Here(mbuf, None);
    };
    if worker == env.core {
        return Steered::Here(mbuf, opened);
    }
    let Place { source, payload, listener, .. } = place;
    // Strangers are turned away here, so that they take no room from others' calls. A response needs no other proof
    // than its branch; an ACK may belong to a call that stood before its caller was taken out of the plan.
    let claim = match opened.is_some() || env.is_known_source(source.ipv4) {
        true => claim,
        false if is_ack => Claim::Opens,
        false => return Steered::Here(mbuf, None),
    };
    match peers.hand(worker, claim, Handed::Datagram { mbuf, source, payload, listener }) {
        Ok(()) => Steered::HandedOver,
        Err(_) if claim == Claim::Opens => Steered::Dropped(Verdict::DropHandOverNew),
        Err(_) => Steered::Dropped(Verdict::DropHandOver),
    }
}
