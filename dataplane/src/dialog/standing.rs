//! Owns the order in which standing calls were answered, so that the longest ones are found when their time is over.
//! Hot. Knows nothing of what ends a call.
//!
//! All calls may stand equally long, so that the order of answers is the order of expiry. Calls end in any order,
//! long before that mostly: the order is a list through the call records, from which each is taken in constant time.
//! A queue would hold the entries of ended calls for hours, and run full.

use super::call::Call;
use crate::txn::pool::{NONE, Pool};

/// The list of standing calls, oldest answer first.
pub struct Standing {
    oldest: u32,
    newest: u32,
    count: u32,
}

impl Default for Standing {
    fn default() -> Self {
        Standing::new()
    }
}

impl Standing {
    /// No call stands.
    pub const fn new() -> Self {
        Standing { oldest: NONE, newest: NONE, count: 0 }
    }

    /// Adds the call in `slot`, which was answered after all others and is in no list.
    #[inline]
    pub fn push(&mut self, calls: &mut Pool<Call>, slot: u32) {
        let Some(call) = calls.get_mut(slot) else { return };
        call.older = self.newest;
        call.newer = NONE;
        match calls.get_mut(self.newest) {
            Some(last) => last.newer = slot,
            None => self.oldest = slot,
        }
        self.newest = slot;
        self.count += 1;
    }

    /// Takes the call in `slot` out, which is in the list.
    #[inline]
    pub fn remove(&mut self, calls: &mut Pool<Call>, slot: u32) {
        let Some(call) = calls.get(slot) else { return };
        let (older, newer) = (call.older, call.newer);
        match calls.get_mut(older) {
            Some(call) => call.newer = newer,
            None => self.oldest = newer,
        }
        match calls.get_mut(newer) {
            Some(call) => call.older = older,
            None => self.newest = older,
        }
        self.count = self.count.saturating_sub(1);
    }

    /// The call that stands longest.
    #[inline]
    pub fn oldest(&self) -> Option<u32> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// Calls that stand.
    pub fn len(&self) -> u32 {
        self.count
    }

    /// Whether no call stands.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hugepages::memory::PageKind;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keeps_the_order_of_answers(ops in prop::collection::vec((any::<bool>(), 0usize..8), 1..200)) {
            let mut calls: Pool<Call> = Pool::new(8, PageKind::Small).unwrap();
            let mut standing = Standing::new();
            let mut twin: Vec<u32> = Vec::new();
            for (answer, at) in ops {
                if answer {
                    if let Some(slot) = calls.take() {
                        standing.push(&mut calls, slot);
                        twin.push(slot);
                    }
                } else if at < twin.len() {
                    let slot = twin.remove(at);
                    standing.remove(&mut calls, slot);
                    calls.give(slot);
                }
                prop_assert_eq!(standing.oldest(), twin.first().copied());
                prop_assert_eq!(standing.len() as usize, twin.len());
            }
            while let Some(slot) = standing.oldest() {
                prop_assert_eq!(slot, twin.remove(0));
                standing.remove(&mut calls, slot);
                calls.give(slot);
            }
            prop_assert!(twin.is_empty() && standing.is_empty());
        }
    }
}
