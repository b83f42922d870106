//! Owns the counts of calls that stand from earlier runs: gathered from messages, added to the tally at once.
//! Refuses to know where the control plane has them from.

use hugepages::layout::link::OpenCall;
use hugepages::tally::{Tally, TallyKey};

/// Most counts that are taken in: more trunks and originators than a tally has lines.
const MAX_COUNTS: usize = 1 << 20;
/// Most calls of one count: more than any data plane has standing, and all counts together stay far below what a
/// number holds.
const MAX_CALLS: i64 = u32::MAX as i64;

/// Counts by trunk and originator.
pub(super) type Counts = Vec<(TallyKey, i64)>;

/// Adds the calls of a message; false when there are too many, or one is of nothing that is counted, or is a number of
/// calls that cannot be.
pub(super) fn gather(counts: &mut Counts, calls: &[OpenCall]) -> bool {
    if counts.len() + calls.len() > MAX_COUNTS {
        return false;
    }
    for call in calls {
        let Some(key) = call.key() else { return false };
        if !(0..=MAX_CALLS).contains(&call.count()) {
            return false;
        }
        counts.push((key, call.count()));
    }
    true
}

/// Adds the counts to the tally; gives how many found no line.
pub(super) fn add(tally: &Tally, counts: &Counts) -> u64 {
    tally.tell_earlier(counts.iter().copied()) as u64
}
