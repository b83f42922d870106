//! Owns a destination as it travels. Knows nothing of plans and matching.

use serde::{Deserialize, Serialize};

use crate::patch;

/// A category of traffic, such as "Italy mobile".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destination {
    /// Unique name, 1 to 128 bytes.
    pub name: String,
    /// Id of 1 to 4294967295 when it was given, else it derives from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// ISO 3166 alpha-2 in capitals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// 1 to 15 digits each, from the country code on, without `+`.
    pub prefixes: Vec<String>,
}

/// What to change in a destination; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DestinationPatch {
    /// The country; null takes it away.
    #[serde(deserialize_with = "patch::present", skip_serializing_if = "Option::is_none")]
    pub country: Option<Option<String>>,
    /// All prefixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefixes: Option<Vec<String>>,
}
