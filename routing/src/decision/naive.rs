//! Owns what a plan allows a call to try, from maps and sorts over entities; refuses to know images and the engine.
//! Cold: for tests that hold the engine, or the records of its calls, against the plan as written.
//!
//! It is written from the routing rules and not from [`super::decide`]. Where a technique has a choice it says all that
//! is allowed: every draw of `percent`, every start of `round_robin`.

use std::collections::BTreeMap;

use super::Outcome;
use crate::entity::{Plan, Prefix, Rule, Slot, Technique, Trunk};

/// What a call may try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// How its decision ends.
    pub outcome: Outcome,
    /// Name of its destination, once known.
    pub destination: Option<String>,
    /// Name of its rule, once known.
    pub rule: Option<String>,
    /// Slots that have usable trunks.
    pub slots: Vec<AllowedSlot>,
    /// Most attempts of a call.
    pub max_total_attempts: u8,
}

/// What a call may try of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedSlot {
    /// Place in the rule, from 1.
    pub ordinal: u8,
    /// What the order of the trunks means: under `lcr` it is this one, under `round_robin` it may start anywhere and goes
    /// round, under `percent` any order will do.
    pub technique: Technique,
    /// Whether a failure tries the rest of the slot before the next slot.
    pub in_slot_failover: bool,
    /// Names of its usable trunks.
    pub trunks: Vec<String>,
}

/// Why the attempts of a call are not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// More attempts than the plan's limit.
    #[error("{got} attempts were made, the plan allows {most}")]
    TooMany {
        /// Attempts that were made.
        got: usize,
        /// The limit.
        most: u8,
    },
    /// An attempt on a trunk whose turn it was not.
    #[error("attempt {attempt} went to `{got}`, and only {expected:?} could follow")]
    Trunk {
        /// Attempt, from 1.
        attempt: usize,
        /// Name of its trunk.
        got: String,
        /// Trunks that could follow; none behind the end of the list.
        expected: Vec<String>,
    },
}

/// What `plan` allows a call of the originator named `originator` to `number`, digits without `+`.
///
/// Nothing when there is no such originator, or its plan is not there.
#[must_use]
pub fn allowed(plan: &Plan, originator: &str, number: &str) -> Option<Allowed> {
    let originator = plan.originators.iter().find(|known| known.name == originator)?;
    let routing = plan.plans.iter().find(|routing| routing.name == originator.plan)?;
    let mut result = Allowed {
        outcome: Outcome::OriginatorDisabled,
        destination: None,
        rule: None,
        slots: Vec::new(),
        max_total_attempts: routing.policy.max_total_attempts,
    };
    if !originator.enabled {
        return Some(result);
    }
    result.outcome = Outcome::UnknownDestination;
    let owners = plan.destinations.iter().flat_map(|destination| {
        destination.prefixes.iter().map(|prefix| (prefix, &*destination.name))
    });
    let Some(destination) = longest(owners, number) else { return Some(result) };
    result.destination = Some(destination.to_owned());

    result.outcome = Outcome::NoRouting;
    let serves = |rule: &&Rule| rule.destinations.iter().any(|(name, _)| name == destination);
    let Some(rule) = routing.rules.iter().find(serves) else { return Some(result) };
    result.rule = Some(rule.name.clone());

    let trunks: BTreeMap<&str, &Trunk> = plan.trunks.iter().map(|t| (&*t.name, t)).collect();
    for (slot, ordinal) in rule.slots.iter().zip(1_u8..) {
        let usable = usable(plan, slot, &trunks, number);
        if !usable.is_empty() {
            let Slot { technique, in_slot_failover, .. } = *slot;
            let trunks = usable.into_iter().map(str::to_owned).collect();
            result.slots.push(AllowedSlot { ordinal, technique, in_slot_failover, trunks });
        }
    }
    let entries = rule.slots.iter().flat_map(|slot| &slot.trunks);
    let is_off = |name: &str| trunks.get(name).is_some_and(|trunk| !trunk.enabled);
    if !result.slots.is_empty() {
        result.outcome = Outcome::Routed;
    } else if entries.into_iter().any(|entry| is_off(&entry.trunk)) {
        result.outcome = Outcome::AllDown;
    }
    Some(result)
}

/// Names of the trunks of a slot that a call may be sent to; under `lcr` in order.
fn usable<'p>(
    plan: &'p Plan,
    slot: &'p Slot,
    trunks: &BTreeMap<&str, &'p Trunk>,
    number: &str,
) -> Vec<&'p str> {
    let entries = slot.trunks.iter().filter_map(|entry| Some((entry, *trunks.get(&*entry.trunk)?)));
    let enabled = entries.filter(|(_, trunk)| trunk.enabled);
    if slot.technique != Technique::Lcr {
        return enabled.map(|(_, trunk)| &*trunk.name).collect();
    }
    let mut rated: Vec<_> = enabled
        .filter_map(|(entry, trunk)| {
            let deck = plan.decks.iter().find(|deck| Some(&deck.name) == trunk.deck.as_ref())?;
            let rate = longest(deck.rates.iter().map(|(prefix, rate)| (prefix, *rate)), number)?;
            let weight = u32::MAX - entry.weight.unwrap_or(1);
            Some((rate, weight, trunk.stable_id(), &*trunk.name))
        })
        .collect();
    rated.sort_unstable();
    rated.into_iter().map(|(.., name)| name).collect()
}

/// The value of the longest prefix of `number`, of which the first fifteen digits count.
fn longest<'p, T>(values: impl Iterator<Item = (&'p Prefix, T)>, number: &str) -> Option<T> {
    let number = number.get(..15).unwrap_or(number);
    let matching = values.filter(|(prefix, _)| number.starts_with(&*prefix.digits));
    matching.max_by_key(|(prefix, _)| prefix.digits.len()).map(|(_, value)| value)
}

impl Allowed {
    /// Whether a call may have tried these trunks, by name and in this order, every one but the last having failed so that
    /// the call went on. Less than the whole list is allowed: a call may end at any attempt.
    ///
    /// # Errors
    /// [`NotAllowed`] with the first attempt that could not follow the ones before it.
    pub fn permits(&self, attempts: &[&str]) -> Result<(), NotAllowed> {
        let most = self.max_total_attempts;
        if attempts.len() > usize::from(most) {
            return Err(NotAllowed::TooMany { got: attempts.len(), most });
        }
        let mut slots = self.slots.iter();
        let (mut slot, mut tried): (Option<&AllowedSlot>, Vec<&str>) = (slots.next(), Vec::new());
        for (&got, attempt) in attempts.iter().zip(1..) {
            let is_done = |slot: &AllowedSlot| {
                tried.len() == if slot.in_slot_failover { slot.trunks.len() } else { 1 }
            };
            if slot.is_some_and(is_done) {
                (slot, tried) = (slots.next(), Vec::new());
            }
            let expected = slot.map(|slot| slot.next(&tried)).unwrap_or_default();
            if !expected.contains(&got) {
                let expected = expected.into_iter().map(str::to_owned).collect();
                return Err(NotAllowed::Trunk { attempt, got: got.to_owned(), expected });
            }
            tried.push(got);
        }
        Ok(())
    }
}

impl AllowedSlot {
    /// Trunks that may follow when `tried` were tried.
    fn next(&self, tried: &[&str]) -> Vec<&str> {
        let left = || self.trunks.iter().map(|name| &**name).filter(|name| !tried.contains(name));
        match (self.technique, tried.last()) {
            (Technique::Lcr, _) => left().take(1).collect(),
            (Technique::RoundRobin, Some(last)) => {
                let behind = self.trunks.iter().cycle().skip_while(|name| name != last).skip(1);
                behind.take(1).map(|name| &**name).collect()
            }
            (Technique::RoundRobin | Technique::Percent, _) => left().collect(),
        }
    }
}
