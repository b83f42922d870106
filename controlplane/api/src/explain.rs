//! Owns a routing decision as it is told to people and programs. Refuses to decide.

use serde::{Deserialize, Serialize};

use crate::plan::Technique;

/// A call to be decided without being made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExplainRequest {
    /// Name of the originator.
    pub originator: String,
    /// Called number as a caller would write it.
    pub callee: String,
    /// Calling number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
}

/// The decision, step by step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explain {
    /// Version of the image that decided.
    pub version: u64,
    /// Name of the originator.
    pub originator: String,
    /// Digits that were looked up; none when the callee is no number.
    pub digits: Option<String>,
    /// What the number belongs to.
    pub destination: Option<MatchedDestination>,
    /// Name of the originator's plan.
    pub plan: Option<String>,
    /// Name of the rule of the destination.
    pub rule: Option<String>,
    /// Trunks in the order in which they are tried.
    pub candidates: Vec<Candidate>,
    /// Trunks of the rule that are not tried.
    pub skipped: Vec<Skipped>,
    /// `routed`, or the outcome that the call record would have, such as `no_routing`.
    pub outcome: String,
    /// SIP status that the caller gets when there is no candidate.
    pub status: Option<u16>,
    /// The whole decision in sentences, a line each.
    pub text: String,
}

/// The destination of a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedDestination {
    /// Its name.
    pub name: String,
    /// The longest prefix of the number that belongs to it.
    pub prefix: String,
}

/// A trunk that is tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Name of the trunk.
    pub trunk: String,
    /// Slot of the rule from 1.
    pub slot: u8,
    /// Technique of the slot.
    pub technique: Technique,
    /// Weight in the slot, if it has one.
    pub weight: Option<u32>,
    /// Buy rate of a minute as a decimal text, if the deck has one.
    pub rate: Option<String>,
    /// Why it stands here, as a sentence.
    pub reason: String,
}

/// A trunk that is not tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Name of the trunk.
    pub trunk: String,
    /// Slot of the rule from 1.
    pub slot: u8,
    /// Why, as a sentence: disabled, no rate, beyond the limit of attempts.
    pub reason: String,
}
