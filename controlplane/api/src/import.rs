//! Owns what is asked and told about the import of a plan file. Knows nothing of its text.

use serde::{Deserialize, Serialize};

use crate::error::Finding;
use crate::write::{WaitFor, WriteReport, is_false};

/// Query of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImportQuery {
    /// Check and count only.
    #[serde(skip_serializing_if = "is_false")]
    pub dry_run: bool,
    /// Must be true unless `dry_run`: an import replaces everything.
    #[serde(skip_serializing_if = "is_false")]
    pub confirm: bool,
    /// How far to follow the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<WaitFor>,
}

/// How many of each there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlanCounts {
    /// Destinations.
    pub destinations: u64,
    /// Prefixes of all destinations.
    pub prefixes: u64,
    /// Decks.
    pub decks: u64,
    /// Rates of all decks.
    pub rates: u64,
    /// Trunks.
    pub trunks: u64,
    /// Gateways of all trunks.
    pub gateways: u64,
    /// Routing plans.
    pub plans: u64,
    /// Rules of all plans.
    pub rules: u64,
    /// Originators.
    pub originators: u64,
}

/// What an import has done, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportReport {
    /// What stood before.
    pub before: PlanCounts,
    /// What the file has.
    pub after: PlanCounts,
    /// What deserves a look and stops nothing.
    pub warnings: Vec<Finding>,
    /// The change; none after a dry run.
    pub write: Option<WriteReport>,
}
