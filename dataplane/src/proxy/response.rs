//! Owns the sorting of responses (RFC 3261 §16.7 step 1), and those of non-INVITE transactions.
//! Hot. INVITE responses are handled in `invite_response`.

use parser::{Message, Method};

use super::active::Parties;
use super::branch::{Branch, Kind as BranchKind};
use super::core::Core;
use super::emit;
use super::late::LateBranch;
use super::outbox::Outbox;
use crate::dialog::cookie::Cookie;
use crate::net::Endpoint;
use crate::txn::record::Kind;
use crate::verdict::Verdict;

impl<O: Outbox> Core<'_, O> {
    /// Takes a response to what the branch of its top Via names.
    #[inline]
    pub fn response(
        &mut self,
        message: &Message<'_>,
        status: u16,
        branch: &Branch,
        source: Endpoint,
    ) -> Verdict {
        if branch.kind == BranchKind::Stateless {
            return Verdict::Absorb;
        }
        let method = message.cseq().method;
        let here = branch.boot == self.env.boot
            && branch.layout == self.env.layout
            && branch.core == self.env.core
            && self.state.txns.generation(branch.slot) & 0x00ff_ffff == branch.generation;
        let kind = match self.state.txns.get(branch.slot) {
            Some(txn) if here => txn.kind,
            // Another worker's, which did not show: what has been answered there is not to be hung up from here.
            _ if branch.boot == self.env.boot
                && branch.layout == self.env.layout
                && branch.core != self.env.core =>
            {
                return Verdict::DropStrayResponse;
            }
            // Nobody is left to pass it to, and a BYE would end a call that stands.
            _ if branch.kind == BranchKind::Reinvite => return Verdict::DropStrayResponse,
            _ => return self.orphan(branch, message, status, source),
        };
        self.state.current = branch.slot;
        let own = self.state.txns.get(branch.slot).is_some_and(|txn| txn.own);
        // RFC 3261 §16.7 step 3: without a Via behind ours there is nobody to forward it to.
        if message.via_count() < 2 && !own && method != Method::Cancel {
            return Verdict::DropStrayResponse;
        }
        match (kind, method) {
            (Kind::Invite, Method::Invite) => self.invite_response(branch, message, status, source),
            (Kind::Invite, Method::Cancel) => {
                self.cancel_response(branch.slot, branch.ordinal, status)
            }
            (Kind::Other, _) => self.other_response(branch.slot, message, status),
            (Kind::Invite, _) => Verdict::DropStrayResponse,
        }
    }

    /// A response with a branch of ours whose transaction is gone: of another run of the process, or too late.
    #[cold]
    fn orphan(
        &mut self,
        branch: &Branch,
        message: &Message<'_>,
        status: u16,
        source: Endpoint,
    ) -> Verdict {
        if !(200..300).contains(&status) || message.cseq().method != Method::Invite {
            return Verdict::DropStrayResponse;
        }
        // A call that stands was answered; this is only a retransmission that comes too late to matter.
        let call_id = message.text(message.call_id());
        let key = self.dialog_key(call_id, message.text(message.from().tag));
        if self.state.dialogs.find(key).is_some() {
            return Verdict::Absorb;
        }
        let late = match branch.boot == self.env.boot {
            true => LateBranch::unknown(key),
            false => LateBranch::of_another_run(key, self.counted_parties(message, key)),
        };
        self.release_answer(message, status, source, &late)
    }

    /// At whom the call of an earlier run counts that this 2xx answers once more; nobody where it was not counted.
    #[cold]
    fn counted_parties(&self, answer: &Message<'_>, identity: u64) -> Option<Parties> {
        self.env.unsettled.open.binary_search(&identity).ok()?;
        let text = |tag| answer.text(tag);
        let (call_id, from, to) =
            (text(answer.call_id()), text(answer.from().tag), text(answer.to().tag));
        answer.record_routes().find_map(|route| {
            let cookie = emit::own_route(self.env, answer.text(route.uri))?;
            let (cookie, _) = Cookie::open(cookie, &self.env.keys, call_id, from, to)?;
            Some(Parties { originator: cookie.originator, trunk: cookie.trunk })
        })
    }
}
