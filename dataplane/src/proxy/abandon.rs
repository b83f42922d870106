//! Owns the release of a transaction whose handling raised a panic.
//! Hot. Cold in practice; knows nothing of what went wrong.

use super::answer::Refusal;
use super::core::Core;
use super::outbox::Outbox;
use crate::txn::machine::{invite_server, other_server};
use crate::txn::pool::NONE;
use crate::txn::record::Kind;

impl<O: Outbox> Core<'_, O> {
    /// See [`super::Engine::abandon_current`]. Sends nothing: what cannot be trusted is not asked for an answer.
    #[cold]
    pub fn abandon_current(&mut self) {
        let slot = core::mem::replace(&mut self.state.current, NONE);
        let Some(txn) = self.state.txns.get(slot) else { return };
        let (kind, live, lingers) = (txn.kind, txn.live, self.lingers(slot));
        match kind {
            Kind::Invite => {
                self.record_refusal(live, Refusal::FAILED);
                self.release_call_of(live);
                self.release_setup(live);
                if let Some(txn) = self.state.txns.get_mut(slot) {
                    txn.invite =
                        invite_server::step(txn.invite, invite_server::Event::Abandoned).next;
                }
            }
            Kind::Other if self.state.exchanges.get(live).is_some() => {
                return self.abandon_exchange(live);
            }
            Kind::Other => {
                if let Some(txn) = self.state.txns.get_mut(slot) {
                    txn.other = other_server::step(txn.other, other_server::Event::Abandoned).next;
                }
            }
        }
        if !lingers {
            self.linger(slot);
        }
    }

    /// Whether a transaction waits in a linger queue already.
    fn lingers(&self, slot: u32) -> bool {
        self.state.txns.get(slot).is_some_and(|txn| match txn.kind {
            Kind::Invite => !matches!(
                txn.invite,
                invite_server::State::Proceeding | invite_server::State::Completed
            ),
            Kind::Other => txn.live == NONE,
        })
    }
}
