//! Owns a routing plan, its rules and what is asked about them, as they travel. Knows nothing of decisions.

use serde::{Deserialize, Serialize};

use crate::write::WriteReport;

/// Destination to attempt list, for the originators that point at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Unique name, 1 to 128 bytes.
    pub name: String,
    /// Id of 1 to 4294967295 when it was given, else it derives from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// Which failures go on to the next trunk.
    #[serde(default)]
    pub policy: Policy,
    /// Limits and timers.
    #[serde(default)]
    pub failover: Failover,
    /// Rules in the order written.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// Which failures go on to the next trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// 500, 502, 503, 504, no response, no progress.
    #[default]
    Conservative,
}

/// Limits and timers of a plan, in milliseconds up to 3600000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Failover {
    /// Trunks tried for one call, 1 to 16.
    pub max_total_attempts: u8,
    /// No attempt starts after this.
    pub total_ms: u32,
    /// No response at all: next gateway, then next trunk.
    pub no_response_ms: u32,
    /// Neither 180 to 183 nor 2xx: next trunk.
    pub pdd_ms: u32,
    /// After 181 or 182, neither 180, 183 nor a final: next trunk.
    pub invite_timeout_ms: u32,
    /// After the first 180 or 183, no final: 408.
    pub ring_timeout_ms: u32,
    /// Wait before the next attempt.
    pub retry_interval_ms: u32,
}

impl Default for Failover {
    fn default() -> Self {
        Self {
            max_total_attempts: 4,
            total_ms: 60_000,
            no_response_ms: 2_000,
            pdd_ms: 6_000,
            invite_timeout_ms: 30_000,
            ring_timeout_ms: 120_000,
            retry_interval_ms: 0,
        }
    }
}

/// Destinations of a plan that share an attempt list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name, unique in its plan; the first destination when left out. Answers always have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Names of destinations; each stands in at most one rule of a plan.
    pub destinations: Vec<String>,
    /// Attempt list, 1 to 4 slots with at most 16 trunks together.
    pub slots: Vec<Slot>,
}

/// One step of an attempt list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Order of the trunks.
    pub technique: Technique,
    /// Whether a failure tries the rest of the slot before the next slot; when left out true for
    /// `lcr` alone. Answers always have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_slot_failover: Option<bool>,
    /// Trunks; each stands once.
    pub trunks: Vec<SlotTrunk>,
}

/// How the trunks of a slot are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Technique {
    /// Cheapest buy rate first.
    Lcr,
    /// Random by weight; weights sum to 100.
    Percent,
    /// In turn.
    RoundRobin,
}

/// One trunk of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotTrunk {
    /// Name of the trunk.
    pub trunk: String,
    /// Weight; under `percent` 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
}

/// What to change in a plan; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlanPatch {
    /// Which failures go on to the next trunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// Limits and timers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failover: Option<FailoverPatch>,
    /// All rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<Rule>>,
}

/// What to change in the limits and timers of a plan, see [`Failover`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FailoverPatch {
    /// Trunks tried for one call, 1 to 16.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_total_attempts: Option<u8>,
    /// No attempt starts after this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_ms: Option<u32>,
    /// No response at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_response_ms: Option<u32>,
    /// Neither 180 to 183 nor 2xx.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pdd_ms: Option<u32>,
    /// After 181 or 182.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite_timeout_ms: Option<u32>,
    /// After the first 180 or 183.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ring_timeout_ms: Option<u32>,
    /// Wait before the next attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_interval_ms: Option<u32>,
}

/// Weights of one slot of a rule, to be changed together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Slot of the rule from 1.
    pub slot: u8,
    /// Every trunk of the slot with its weight; another set of trunks is a conflict.
    pub trunks: Vec<SlotTrunk>,
}

/// Which destinations a plan routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Name of the plan.
    pub plan: String,
    /// Destinations with a rule.
    pub configured: u64,
    /// Destinations without.
    pub no_routing: u64,
    /// Every destination, those without routing too, in the order of their names.
    pub destinations: Vec<CoverageItem>,
}

/// One destination of a coverage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageItem {
    /// Name of the destination.
    pub destination: String,
    /// Name of the rule that routes it; none: calls to it end with 503 "no routing".
    pub rule: Option<String>,
}

/// A rule to be added for all destinations without routing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// Name of the rule; the first destination when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Attempt list, 1 to 4 slots.
    pub slots: Vec<Slot>,
}

/// What a fill has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillReport {
    /// Name of the rule; none when every destination had one before.
    pub rule: Option<String>,
    /// Names of the destinations that it routes.
    pub destinations: Vec<String>,
    /// The change; none when there was none.
    pub write: Option<WriteReport>,
}
