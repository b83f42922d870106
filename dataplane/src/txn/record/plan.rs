//! Owns what a set-up keeps of the routing decision and of the places of texts in its request.
//! Hot. Knows nothing of images: stable ids and values only.

use parser::Span;
use routing::{Decision, PolicyValues};
use zerocopy::FromZeros;

/// Candidates of a decision that a set-up can hold.
pub const MAX_CANDIDATES: usize = 16;

/// What a set-up keeps of the routing decision: stable ids and values, nothing of the image.
#[derive(Clone, Copy, FromZeros)]
#[repr(C)]
pub struct Plan {
    /// Version of the image that decided.
    pub image_version: u64,
    /// Failover policy.
    pub policy: PolicyValues,
    /// Stable id of the destination, 0 when unknown.
    pub destination: u32,
    /// Stable id of the plan, 0 when unknown.
    pub id: u32,
    /// Stable id of the rule, 0 when none.
    pub rule: u32,
    trunks: [u32; MAX_CANDIDATES],
    slots: [u8; MAX_CANDIDATES],
    /// Candidates whose failure tries the rest of their slot, as bits.
    in_slot: u16,
    len: u8,
}

impl Plan {
    /// The plan of nothing.
    pub fn empty() -> Plan {
        Plan {
            image_version: 0,
            policy: PolicyValues::DEFAULT,
            destination: 0,
            id: 0,
            rule: 0,
            trunks: [0; MAX_CANDIDATES],
            slots: [0; MAX_CANDIDATES],
            in_slot: 0,
            len: 0,
        }
    }

    /// What is kept of `decision`.
    pub fn of(decision: &Decision, image_version: u64) -> Plan {
        let mut plan = Plan {
            image_version,
            policy: decision.policy,
            destination: decision.destination,
            id: decision.plan,
            rule: decision.rule,
            ..Plan::empty()
        };
        let cells = plan.trunks.iter_mut().zip(plan.slots.iter_mut());
        for ((trunk, slot), candidate) in cells.zip(decision.candidates()) {
            *trunk = candidate.trunk;
            *slot = candidate.slot;
            plan.in_slot |= u16::from(candidate.in_slot_failover) << plan.len;
            plan.len += 1;
        }
        plan
    }

    /// Stable id of the trunk of a candidate.
    #[inline]
    pub fn trunk(&self, candidate: usize) -> Option<u32> {
        self.trunks.get(..usize::from(self.len))?.get(candidate).copied()
    }

    /// Slot of a candidate.
    #[inline]
    pub fn slot(&self, candidate: usize) -> u8 {
        self.slots.get(candidate).copied().unwrap_or(0)
    }

    /// The candidate to try when this one was tried and failed; the number of candidates when none is left.
    pub fn next_after(&self, candidate: usize) -> u8 {
        let same_slot = self.in_slot >> candidate & 1 == 1;
        let from = self.slot(candidate);
        let mut next = candidate + 1;
        while next < usize::from(self.len) && !same_slot && self.slot(next) == from {
            next += 1;
        }
        u8::try_from(next).unwrap_or(self.len)
    }
}

/// Where texts stand in a retained request.
#[derive(Clone, Copy, Default, FromZeros)]
#[repr(C)]
pub struct TextSpans {
    /// Call-ID.
    pub call_id: TextSpan,
    /// The caller's tag.
    pub from_tag: TextSpan,
    /// User part of From.
    pub caller: TextSpan,
    /// User part of the Request-URI.
    pub callee: TextSpan,
    /// The first P-Asserted-Identity.
    pub p_asserted: TextSpan,
}

/// A [`Span`] that can stand in zeroed memory.
#[derive(Clone, Copy, Default, FromZeros)]
#[repr(C)]
pub struct TextSpan {
    off: u16,
    len: u16,
}

impl From<Span> for TextSpan {
    fn from(span: Span) -> Self {
        TextSpan { off: span.off, len: span.len }
    }
}

impl TextSpan {
    /// The bytes in the text that it was made for.
    #[inline]
    pub fn of(self, text: &[u8]) -> &[u8] {
        Span { off: self.off, len: self.len }.of(text)
    }
}
