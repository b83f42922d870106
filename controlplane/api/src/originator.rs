//! Owns an originator as it travels. Knows nothing of calls.

use serde::{Deserialize, Serialize};

/// One ingress of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Originator {
    /// Unique name, 1 to 128 bytes.
    pub name: String,
    /// Id of 1 to 16777215 when it was given, else it derives from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// Whether its calls are accepted; true when left out.
    #[serde(default = "crate::trunk::yes")]
    pub enabled: bool,
    /// Source networks, "198.51.100.0/28" or one address.
    pub addresses: Vec<String>,
    /// Name of its routing plan.
    pub plan: String,
}

/// What to change in an originator; what is left out stays.
///
/// A patch of `enabled` alone is a switch: it goes ahead of other changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OriginatorPatch {
    /// Whether its calls are accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// All source networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<String>>,
    /// Name of its routing plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}
