//! Owns the account of one decision for people: each step with what it found; refuses to decide anything.
//! Cold: made when somebody asks why a number goes where it goes.
//!
//! The account is told by the decision itself: [`decide_traced`] runs the code of [`super::decide`] with a witness that
//! writes down what it is told.

mod text;

use super::technique::Runner;
use super::witness::{Skip, Witness};
use super::{Decision, Outcome, TechniqueState, decide_before};
use crate::entity::Technique;
use crate::image::layout::{Section, SlotRecord, TECHNIQUE_LCR, TECHNIQUE_PERCENT, TrunkRecord};
use crate::image::{Image, NameKind, OriginatorRef};
use crate::number::Digits;
use crate::prefix;
use crate::switch::Switches;

/// An entity by id and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Stable id.
    pub id: u32,
    /// Name; empty for one that the image does not hold.
    pub name: String,
}

/// A decision and how it came about. Steps behind the one that ended it are absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Version of the image.
    pub version: u64,
    /// Digits that were looked up.
    pub number: String,
    /// Who called.
    pub originator: Named,
    /// The originator's plan.
    pub plan: Option<Named>,
    /// The destination of the number.
    pub destination: Option<Named>,
    /// The stored prefix that gave the destination: the first digits of the number; empty without one.
    pub prefix: String,
    /// The plan's rule for the destination.
    pub rule: Option<Named>,
    /// Slots of the rule, in order.
    pub slots: Vec<SlotTrace>,
    /// How it ended.
    pub outcome: Outcome,
    /// What the call would have been given.
    pub decision: Decision,
}

/// How a slot was ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotTrace {
    /// Place in the rule, from 1.
    pub ordinal: u8,
    /// What ordered it.
    pub technique: Technique,
    /// Whether a failure tries the rest of the slot before the next slot.
    pub in_slot_failover: bool,
    /// Its candidates in trying order.
    pub order: Vec<CandidateTrace>,
    /// Its trunks that are no candidates, as written.
    pub skipped: Vec<SkippedTrace>,
}

/// A candidate and what put it in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateTrace {
    /// The trunk.
    pub trunk: Named,
    /// What put it there.
    pub reason: Reason,
}

/// A trunk that is no candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedTrace {
    /// The trunk.
    pub trunk: Named,
    /// Why it is none.
    pub why: Skip,
}

/// What put a candidate in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// `lcr`: its rate; equal rates go by higher weight, then by lower id.
    Rate {
        /// Rate in 10^-8 currency units a minute.
        rate: u64,
        /// Weight, 1 when the plan gives none.
        weight: u32,
    },
    /// `percent`: drawn among those that were left.
    Draw {
        /// Its weight.
        weight: u32,
        /// Weights of all that were left, its own included.
        of: u64,
    },
    /// `round_robin`: its place among the usable trunks as written; the first candidate is the one whose turn it is.
    Turn {
        /// Place as written, from 1.
        place: usize,
        /// Usable trunks.
        of: usize,
    },
}

/// Decides a call as [`super::decide`] does, with the same effect on `state`, and says how it came about.
#[must_use]
pub fn decide_traced(
    image: &Image,
    switches: &Switches,
    originator: OriginatorRef<'_>,
    number: &Digits,
    state: &mut TechniqueState,
) -> Trace {
    let mut decision = Decision::new();
    let mut recorder = Recorder { image, usable: Vec::new(), slots: Vec::new() };
    let outcome =
        decide_before(&mut recorder, image, switches, originator, number, state, &mut decision);
    let named = |kind, id| (id != 0).then(|| name(image, kind, id));
    let prefixes = prefix::Table::checked_before(image.records(Section::DestinationPrefixes));
    let matched = if decision.destination == 0 { 0 } else { prefixes.matched_digits(number) };
    Trace {
        version: image.version(),
        number: number.to_string(),
        originator: name(image, NameKind::Originator, originator.id()),
        plan: named(NameKind::Plan, decision.plan),
        destination: named(NameKind::Destination, decision.destination),
        prefix: number.to_string().chars().take(matched).collect(),
        rule: named(NameKind::Rule, decision.rule),
        slots: recorder.slots,
        outcome,
        decision,
    }
}

fn name(image: &Image, kind: NameKind, id: u32) -> Named {
    Named { id, name: image.name(kind, id).to_owned() }
}

/// Writes down what a decision tells.
struct Recorder<'i> {
    image: &'i Image,
    /// Ids of the usable trunks of the slot, as written.
    usable: Vec<u32>,
    slots: Vec<SlotTrace>,
}

impl Witness for Recorder<'_> {
    fn slot(&mut self, ordinal: u8, slot: &SlotRecord) {
        let technique = match slot.technique {
            TECHNIQUE_LCR => Technique::Lcr,
            TECHNIQUE_PERCENT => Technique::Percent,
            _ => Technique::RoundRobin,
        };
        self.slots.push(SlotTrace {
            ordinal,
            technique,
            in_slot_failover: slot.in_slot_failover != 0,
            order: Vec::new(),
            skipped: Vec::new(),
        });
    }

    fn skipped(&mut self, trunk: &TrunkRecord, why: Skip) {
        let trunk = name(self.image, NameKind::Trunk, trunk.id);
        if let Some(slot) = self.slots.last_mut() {
            slot.skipped.push(SkippedTrace { trunk, why });
        }
    }

    fn usable(&mut self, runners: &[Runner]) {
        self.usable = runners.iter().map(|runner| runner.trunk).collect();
    }

    fn ordered(&mut self, runners: &[Runner]) {
        let Some(slot) = self.slots.last_mut() else { return };
        let mut left: u64 = runners.iter().map(|runner| u64::from(runner.weight)).sum();
        for runner in runners {
            let weight = runner.weight;
            let reason = match slot.technique {
                Technique::Lcr => Reason::Rate { rate: runner.rate.unwrap_or_default(), weight },
                Technique::Percent => Reason::Draw { weight, of: left },
                Technique::RoundRobin => {
                    let place = self.usable.iter().position(|trunk| *trunk == runner.trunk);
                    Reason::Turn { place: place.unwrap_or_default() + 1, of: runners.len() }
                }
            };
            left = left.saturating_sub(u64::from(weight));
            let trunk = name(self.image, NameKind::Trunk, runner.trunk);
            slot.order.push(CandidateTrace { trunk, reason });
        }
    }
}
