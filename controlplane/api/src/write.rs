//! Owns what is asked and told with every change. Knows nothing of what is changed.

use serde::{Deserialize, Serialize};

use crate::error::Finding;

/// How far a change is followed before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// Until every worker has acknowledged its version, at most 5 s.
    Active,
}

/// Query of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WriteQuery {
    /// How far to follow it; left out: until it is committed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<WaitFor>,
    /// Must be true for what destroys or replaces.
    #[serde(skip_serializing_if = "is_false")]
    pub confirm: bool,
}

/// A change that is committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteReport {
    /// Version of the configuration that has it.
    pub version: u64,
    /// Whether anything differs from before; if not, the version is that of before.
    #[serde(default = "yes")]
    pub changed: bool,
    /// Whether every worker has acknowledged that version or a later one.
    pub active: bool,
    /// Workers that have; none without a data plane.
    #[serde(default)]
    pub workers: u16,
    /// µs from the commit to the last acknowledgement, when it was waited for and came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_us: Option<u64>,
    /// Why it is not active, as a sentence: no data plane, an invalid plan, too slow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is wrong with the plan as it stands, where that is the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

fn yes() -> bool {
    true
}

pub(crate) fn is_false(value: &bool) -> bool {
    !*value
}
