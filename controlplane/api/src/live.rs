//! Owns what is asked and told about calls in progress. Knows nothing of records.

use serde::{Deserialize, Serialize};

use crate::write::is_false;

/// Calls in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveCalls {
    /// All of them.
    pub total: u64,
    /// By trunk, in the order of names.
    pub trunks: Vec<ActiveCount>,
    /// By originator, in the order of names.
    pub originators: Vec<ActiveCount>,
}

/// Calls of one trunk or originator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveCount {
    /// Stable id.
    pub id: u32,
    /// Name, if the configuration still knows it.
    pub name: Option<String>,
    /// Calls in progress.
    pub calls: u64,
}

/// Query of a drain or its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DrainQuery {
    /// Must be true for a drain: new calls are refused from then on.
    #[serde(skip_serializing_if = "is_false")]
    pub confirm: bool,
}

/// What the data plane says after a drain or its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrainReport {
    /// Whether new calls are refused.
    pub draining: bool,
    /// Answered calls that stand.
    pub standing_calls: u64,
}
