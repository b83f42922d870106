//! Owns what becomes of one received packet: it waits for the SIP core, goes to its owner, is answered, or is dropped.
//! Hot. Knows nothing of queues and bursts.

use dpdk::Mbuf;

use super::PREFETCH_BYTES;
use super::batch::{Batch, Place};
use super::handover::{self, Steered};
use super::wire::Wire;
use crate::net::{ArpMessage, PortIndex, arp, icmp, ingress};
use crate::proxy::Env;
use crate::verdict::Verdict;

/// Handles one packet from port `port` and says what became of it; nothing when that is still to come: here, with
/// the batch, or at another worker.
#[inline]
pub(super) fn take(
    wire: &mut Wire,
    batch: &mut Batch,
    env: &Env,
    port: PortIndex,
    mbuf: Mbuf,
) -> Option<Verdict> {
    if mbuf.segments() != 1 {
        return Some(Verdict::DropTruncated);
    }
    match ingress::classify(mbuf.data(), port, &wire.tables) {
        ingress::Inbound::Sip { listener, source, payload } => {
            let place = Place { source, payload, listener, opened: None };
            if wire.peers.is_alone() {
                batch.push(mbuf, place);
                return None;
            }
            match handover::steer(&mut wire.peers, env, mbuf, place) {
                Steered::Here(mbuf, opened) => {
                    mbuf.prefetch_data(PREFETCH_BYTES);
                    batch.push(mbuf, Place { opened, ..place });
                }
                Steered::HandedOver => {}
                Steered::Dropped(verdict) => return Some(verdict),
            }
            None
        }
        ingress::Inbound::Arp(message) => {
            answer_arp(wire, &message, mbuf);
            Some(Verdict::Arp)
        }
        ingress::Inbound::Echo { .. } => Some(answer_echo(wire, port, mbuf)),
        ingress::Inbound::Drop(verdict) => Some(verdict),
    }
}

/// Answers an echo request in its own buffer.
#[cold]
fn answer_echo(wire: &mut Wire, port: PortIndex, mut mbuf: Mbuf) -> Verdict {
    match icmp::echo_reply(mbuf.data_mut()) {
        Some(len) if mbuf.set_len(len).is_ok() => {
            wire.push(port, mbuf);
            Verdict::IcmpEcho
        }
        _ => Verdict::DropIcmp,
    }
}

/// Learns from an ARP packet, and answers it in its own buffer.
#[cold]
fn answer_arp(wire: &mut Wire, message: &ArpMessage, mut mbuf: Mbuf) {
    wire.learn(message);
    if !message.wants_answer() {
        return;
    }
    let Some(mac) = wire.tables.interface(message.interface).map(|interface| interface.mac) else {
        return;
    };
    if let Some(len) = arp::answer(mbuf.room_mut(), mac, message)
        && mbuf.set_len(len).is_ok()
    {
        wire.push(message.interface, mbuf);
    }
}
