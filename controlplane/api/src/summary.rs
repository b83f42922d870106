//! Owns the closing table of many calls as it travels. Refuses to count.

use serde::{Deserialize, Serialize};

/// Query of a summary.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SummaryQuery {
    /// Calls received at this time or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Calls received before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// What many calls say together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Calls received.
    pub calls: u64,
    /// Those answered.
    pub answered: u64,
    /// Those answered and not ended.
    pub standing: u64,
    /// Calls that were tried on more than one trunk.
    pub failovers: u64,
    /// Calls without routing.
    pub no_routing: u64,
    /// Answers that came after their attempt had been given up.
    pub late_answers: u64,
    /// Ends that were known by their cookie only.
    pub orphan_ends: u64,
    /// By outcome, in the order of names.
    pub outcomes: Vec<OutcomeCount>,
    /// By trunk, in the order of names.
    pub trunks: Vec<TrunkCount>,
    /// From the INVITE to its final response, µs; none without calls.
    pub setup_us: Option<Percentiles>,
    /// From the INVITE to the first 18x or 2xx, µs; none without such calls.
    pub pdd_us: Option<Percentiles>,
}

/// Calls of one outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeCount {
    /// Outcome as in records.
    pub outcome: String,
    /// Calls.
    pub calls: u64,
}

/// Attempts of one trunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrunkCount {
    /// Name, or the stable id where the name is not known any more.
    pub trunk: String,
    /// Calls that tried it first.
    pub first: u64,
    /// Its share of all first attempts, 0 to 1; none without attempts.
    pub share: Option<f64>,
    /// Attempts, first or not.
    pub attempts: u64,
    /// Calls that it answered.
    pub answered: u64,
}

/// Values that the given share of calls does not exceed (nearest rank).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percentiles {
    /// 50 %.
    pub p50: u64,
    /// 90 %.
    pub p90: u64,
    /// 99 %.
    pub p99: u64,
}
