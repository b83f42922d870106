//! Owns the decision: originator and digits → trunks in trying order; refuses to know SIP, time and health.
//! Hot: one call per INVITE, no allocation; randomness and cursors come in as [`TechniqueState`].
//!
//! | step | reads | ends with |
//! |---|---|---|
//! | originator | its record | [`Outcome::OriginatorDisabled`] |
//! | destination | one walk of the prefix table | [`Outcome::UnknownDestination`] |
//! | plan | one cell of the table of routes | [`Outcome::NoRouting`] |
//! | slots | entries, trunks, under `lcr` one walk of the rate table | [`Outcome::AllDown`], [`Outcome::NoRouting`] |
//!
//! What a decision says is copied: stable ids and values, no index into the image.

#[cfg(any(test, feature = "testing"))]
pub mod naive;
mod sizing;
mod state;
mod technique;
#[cfg(test)]
pub(crate) mod tests;
pub mod trace;
mod witness;

pub use state::TechniqueState;
pub use trace::decide_traced;
pub use witness::Skip;

use crate::entity::MAX_CANDIDATES;
use crate::image::layout::{
    DestinationRecord, EntryRecord, FLAG_ENABLED, NO_RATE, PlanRecord, RuleRecord, Section,
    SlotRecord, TECHNIQUE_LCR, TECHNIQUE_PERCENT, TrunkRecord,
};
use crate::image::{Image, OriginatorRef, optional, part};
use crate::number::Digits;
use crate::policy::PolicyValues;
use crate::prefix;
use crate::switch::{Switched, Switches};
use technique::Runner;
use witness::{Silent, Witness};

/// How a decision ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There is at least one candidate.
    Routed,
    /// The originator is disabled: 403.
    OriginatorDisabled,
    /// No destination has a prefix of the number: 404.
    UnknownDestination,
    /// The plan has no attempts for the destination, or none of them has a rate under `lcr`: 503 "no routing".
    NoRouting,
    /// The plan has attempts, and a disabled trunk is what is left of them: 503 "all trunks down".
    AllDown,
}

/// One trunk to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Candidate {
    /// Stable id of the trunk.
    pub trunk: u32,
    /// Slot, from 1.
    pub slot: u8,
    /// Whether it leads its slot.
    pub first_in_slot: bool,
    /// Whether its failure tries the rest of the slot before the next slot.
    pub in_slot_failover: bool,
    /// Buy rate in 10^-8 currency units a minute, where the slot is ordered by it.
    pub rate: Option<u64>,
}

/// What a decision found. Reused from call to call.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    /// Stable id of the destination; 0 when unknown.
    pub destination: u32,
    /// Stable id of the originator's plan.
    pub plan: u32,
    /// Stable id of the rule; 0 without one.
    pub rule: u32,
    /// Failover policy of the plan.
    pub policy: PolicyValues,
    candidates: [Candidate; MAX_CANDIDATES],
    len: usize,
}

impl Decision {
    /// An empty decision.
    #[must_use]
    pub fn new() -> Self {
        Self {
            destination: 0,
            plan: 0,
            rule: 0,
            policy: PolicyValues::DEFAULT,
            candidates: [Candidate::default(); MAX_CANDIDATES],
            len: 0,
        }
    }

    /// Trunks in trying order.
    #[inline]
    #[must_use]
    pub fn candidates(&self) -> &[Candidate] {
        self.candidates.get(..self.len).unwrap_or_default()
    }

    /// Which candidate follows when candidate `failed` was tried and failed.
    ///
    /// The next of the same slot where that slot says so, else the first of the next slot.
    #[inline]
    #[must_use]
    pub fn next_after(&self, failed: usize) -> Option<usize> {
        let candidate = self.candidates().get(failed)?;
        self.candidates()
            .iter()
            .enumerate()
            .skip(failed + 1)
            .find(|(_, next)| candidate.in_slot_failover || next.slot > candidate.slot)
            .map(|(index, _)| index)
    }

    /// Which candidate follows when candidate `skipped` cannot be tried: skipping is not failing, so the same slot
    /// goes on whatever it says about failures.
    #[inline]
    #[must_use]
    pub fn next_instead_of(&self, skipped: usize) -> Option<usize> {
        let next = skipped.checked_add(1)?;
        (next < self.len).then_some(next)
    }

    fn push(&mut self, candidate: Candidate) {
        if let Some(cell) = self.candidates.get_mut(self.len) {
            *cell = candidate;
            self.len += 1;
        }
    }
}

impl PartialEq for Decision {
    /// Behind the candidates may be what an earlier call left, which does not count.
    fn eq(&self, other: &Self) -> bool {
        let values = |at: &Self| (at.destination, at.plan, at.rule, at.policy);
        values(self) == values(other) && self.candidates() == other.candidates()
    }
}

impl Eq for Decision {}

impl Default for Decision {
    fn default() -> Self {
        Self::new()
    }
}

/// Decides a call: fills `out` with the trunks to try, in order, and says how it ended.
///
/// `switches` go ahead of the image. `out` is overwritten; it holds what was known when the decision ended, also without
/// candidates. The same image, switches, number and state give the same decision.
pub fn decide(
    image: &Image,
    switches: &Switches,
    originator: OriginatorRef<'_>,
    number: &Digits,
    state: &mut TechniqueState,
    out: &mut Decision,
) -> Outcome {
    decide_before(&mut Silent, image, switches, originator, number, state, out)
}

/// The decision, told to `witness` as it is made.
#[inline]
fn decide_before(
    witness: &mut impl Witness,
    image: &Image,
    switches: &Switches,
    originator: OriginatorRef<'_>,
    number: &Digits,
    state: &mut TechniqueState,
    out: &mut Decision,
) -> Outcome {
    (out.destination, out.plan, out.rule, out.len) = (0, 0, 0, 0);
    let plan_index = originator.plan_index();
    let Some(plan) = image.records::<PlanRecord>(Section::Plans).get(plan_index) else {
        return Outcome::NoRouting;
    };
    out.plan = plan.id;
    out.policy = plan.policy;
    if !switches.enabled(Switched::Originator(originator.id()), originator.enabled()) {
        return Outcome::OriginatorDisabled;
    }

    let destinations: &[DestinationRecord] = image.records(Section::Destinations);
    let prefixes = prefix::Table::checked_before(image.records(Section::DestinationPrefixes));
    let found = prefixes.lookup(number).map(|index| index as usize);
    let Some((index, destination)) =
        found.and_then(|index| Some((index, destinations.get(index)?)))
    else {
        return Outcome::UnknownDestination;
    };
    out.destination = destination.id;

    let routes: &[u32] = image.records(Section::Routes);
    let route = routes.get(plan_index * destinations.len() + index);
    let rule = route.and_then(|&rule| optional(rule));
    let rules: &[RuleRecord] = image.records(Section::Rules);
    let Some(rule) = rule.and_then(|rule| rules.get(rule)) else {
        return Outcome::NoRouting;
    };
    out.rule = rule.id;

    let mut disabled = false;
    for slot in part(image.records(Section::Slots), rule.slots).iter().zip(1_u8..) {
        disabled |= fill(witness, image, switches, slot, number, state, out);
    }
    match (out.len, disabled) {
        (0, true) => Outcome::AllDown,
        (0, false) => Outcome::NoRouting,
        _ => Outcome::Routed,
    }
}

/// Adds the usable trunks of a slot, which comes with its place from 1, in the order of its technique; says whether a disabled one was left out.
fn fill(
    witness: &mut impl Witness,
    image: &Image,
    switches: &Switches,
    (slot, ordinal): (&SlotRecord, u8),
    number: &Digits,
    state: &mut TechniqueState,
    out: &mut Decision,
) -> bool {
    let entries: &[EntryRecord] = part(image.records(Section::Entries), slot.entries);
    let trunks: &[TrunkRecord] = image.records(Section::Trunks);
    let by_rate = slot.technique == TECHNIQUE_LCR;
    let row = if by_rate { rate_row(image, number) } else { &[] };

    witness.slot(ordinal, slot);
    let mut runners = [Runner::default(); MAX_CANDIDATES];
    let mut len = 0;
    let mut disabled = false;
    for entry in entries {
        let Some(trunk) = trunks.get(entry.trunk as usize) else { continue };
        if !switches.enabled(Switched::Trunk(trunk.id), trunk.flags & FLAG_ENABLED != 0) {
            disabled = true;
            witness.skipped(trunk, Skip::Disabled);
            continue;
        }
        let rate = optional(trunk.deck)
            .and_then(|deck| row.get(deck).copied())
            .filter(|rate| *rate != NO_RATE);
        if by_rate && rate.is_none() {
            witness.skipped(trunk, Skip::NoRate);
            continue;
        }
        if let Some(cell) = runners.get_mut(len) {
            *cell = Runner { trunk: trunk.id, weight: entry.weight, rate };
            len += 1;
        }
    }

    let runners = runners.get_mut(..len).unwrap_or_default();
    witness.usable(runners);
    match slot.technique {
        TECHNIQUE_LCR => technique::cheapest_first(runners),
        TECHNIQUE_PERCENT => technique::draw(runners, state),
        _ => technique::take_turns(runners, state.cursor(slot.cursor)),
    }
    witness.ordered(runners);
    for (index, runner) in runners.iter().enumerate() {
        out.push(Candidate {
            trunk: runner.trunk,
            slot: ordinal,
            first_in_slot: index == 0,
            in_slot_failover: slot.in_slot_failover != 0,
            rate: runner.rate,
        });
    }
    disabled
}

/// Rates of all decks for a number, by deck; empty when none has one.
fn rate_row<'i>(image: &'i Image, number: &Digits) -> &'i [u64] {
    let rows = prefix::Table::checked_before(image.records(Section::RatePrefixes));
    let Some(row) = rows.lookup(number) else { return &[] };
    let start = row as usize * image.deck_count();
    let rates: &[u64] = image.records(Section::Rates);
    rates.get(start..start + image.deck_count()).unwrap_or_default()
}
