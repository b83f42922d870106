//! Owns a trunk and its gateways as they travel. Knows nothing of calls.

use serde::{Deserialize, Serialize};

use crate::patch;

/// One egress of a carrier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trunk {
    /// Unique name, 1 to 128 bytes.
    pub name: String,
    /// Id of 1 to 16777215 when it was given, else it derives from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// Company that runs it; the trunk's name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Whether calls are sent to it; true when left out.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Next hop of requests in standing dialogs.
    #[serde(default)]
    pub in_dialog: InDialog,
    /// Its addresses, 1 to 8.
    pub gateways: Vec<Gateway>,
    /// Further networks that the carrier signals from, "192.0.2.0/24" or one address; at most 64.
    #[serde(default)]
    pub networks: Vec<String>,
    /// Name of its deck of buy rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deck: Option<String>,
}

/// Where requests of a standing dialog may go on the trunk's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InDialog {
    /// Only to the trunk's gateways and networks.
    #[default]
    Own,
    /// Anywhere.
    Any,
}

/// One address of a trunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// IPv4 address.
    pub host: String,
    /// UDP port, 1 to 65535; 5060 when left out.
    #[serde(default = "sip_port")]
    pub port: u16,
    /// Lower is tried first, as in DNS SRV.
    #[serde(default)]
    pub priority: u16,
    /// Share among equal priorities, as in DNS SRV.
    #[serde(default)]
    pub weight: u16,
}

/// What to change in a trunk; what is left out stays.
///
/// A patch of `enabled` alone is a switch: it goes ahead of other changes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrunkPatch {
    /// Company that runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Whether calls are sent to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Next hop of requests in standing dialogs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_dialog: Option<InDialog>,
    /// All gateways.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateways: Option<Vec<Gateway>>,
    /// All networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub networks: Option<Vec<String>>,
    /// Name of its deck; null takes it away.
    #[serde(deserialize_with = "patch::present", skip_serializing_if = "Option::is_none")]
    pub deck: Option<Option<String>>,
}

pub(crate) fn yes() -> bool {
    true
}

fn sip_port() -> u16 {
    5060
}
