//! Owns the order of trunks inside a slot; refuses to know what a trunk is beyond id, weight and rate.
//! Hot: sorts at most sixteen runners in place.

use super::TechniqueState;

/// A trunk of a slot that may be tried.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Runner {
    pub(super) trunk: u32,
    pub(super) weight: u32,
    pub(super) rate: Option<u64>,
}

/// `lcr`: by rate; ties by higher weight, then lower id. All runners have a rate.
pub(super) fn cheapest_first(runners: &mut [Runner]) {
    // Unstable sorting allocates nothing, and no two runners have the same id.
    runners.sort_unstable_by_key(|runner| {
        (runner.rate, std::cmp::Reverse(runner.weight), runner.trunk)
    });
}

/// `percent`: a weighted draw without replacement over all of them.
///
/// A trunk that is left out leaves its share to the others in proportion to their weights.
pub(super) fn draw(runners: &mut [Runner], state: &mut TechniqueState) {
    let mut total: u64 = runners.iter().map(|runner| u64::from(runner.weight)).sum();
    let mut rest = runners;
    while rest.len() > 1 {
        let mut ticket = state.below(total);
        let drawn = rest.iter().position(|runner| {
            let weight = u64::from(runner.weight);
            let won = ticket < weight;
            ticket = ticket.saturating_sub(weight);
            won
        });
        // The rest moves up one place instead of being swapped, which keeps it as written.
        if let Some(through) = drawn.and_then(|drawn| rest.get_mut(..=drawn)) {
            through.rotate_right(1);
        }
        let Some((first, behind)) = rest.split_first_mut() else { return };
        total -= u64::from(first.weight);
        rest = behind;
    }
}

/// `round_robin`: starts where the cursor stands, goes round, and moves the cursor on by one.
pub(super) fn take_turns(runners: &mut [Runner], cursor: &mut u32) {
    let len = runners.len();
    if let Some(start) = (*cursor as usize).checked_rem(len) {
        runners.rotate_left(start);
        // Kept below the number of trunks, so that the turn is exact however long it runs.
        *cursor = u32::try_from((start + 1) % len).unwrap_or(0);
    }
}
