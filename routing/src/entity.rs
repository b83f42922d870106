//! Owns the routing model as plain values, the way people write it; refuses to know text, images and addresses in use.
//!
//! References between entities are names. Field meanings and defaults: `docs/plan-file.md`.

use crate::cidr::Cidr;
use crate::policy::PolicyValues;
use crate::rate::Rate;
use crate::stable_id;

/// Most trunks that one rule can offer to a call, over all its slots.
pub const MAX_CANDIDATES: usize = 16;
/// Most slots of a rule.
pub const MAX_SLOTS: usize = 4;
/// Most gateways of a trunk.
pub const MAX_GATEWAYS: usize = 8;
/// Most networks of a trunk.
pub const MAX_NETWORKS: usize = 64;
/// Most digits of a prefix; longer numbers are matched by their first fifteen.
pub const MAX_PREFIX: usize = 15;
/// Longest name in bytes.
pub const MAX_NAME: usize = 128;

/// Where an entity stands in a text, and whether all of it could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Line from 1; 0 when there is no text.
    pub line: u32,
    /// Some of its fields were refused, so that what seems missing may be only misspelt.
    pub partial: bool,
}

/// Everything that one plan file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Version that calls are recorded with.
    pub version: u64,
    /// Categories of traffic.
    pub destinations: Vec<Destination>,
    /// Buy rates.
    pub decks: Vec<Deck>,
    /// Egresses.
    pub trunks: Vec<Trunk>,
    /// Routing plans.
    pub plans: Vec<RoutingPlan>,
    /// Ingresses.
    pub originators: Vec<Originator>,
}

/// A prefix of numbers, 1 to [`MAX_PREFIX`] ASCII digits, with the line it is written on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    /// ASCII digits.
    pub digits: String,
    /// Line from 1, or 0.
    pub line: u32,
}

/// A category of traffic, such as "Italy mobile".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Where it is written.
    pub place: Place,
    /// Unique name.
    pub name: String,
    /// Id when it was given, else derived from the name.
    pub id: Option<u32>,
    /// ISO 3166 alpha-2 in capitals, if given.
    pub country: Option<[u8; 2]>,
    /// Numbers that belong to it.
    pub prefixes: Vec<Prefix>,
}

/// Buy rates of a trunk by prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deck {
    /// Where it is written.
    pub place: Place,
    /// Unique name.
    pub name: String,
    /// Rates; the longest prefix holds.
    pub rates: Vec<(Prefix, Rate)>,
}

/// Where requests of a standing dialog may be sent on the trunk's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InDialog {
    /// Only to the trunk's own gateways and networks.
    #[default]
    Own,
    /// Anywhere.
    Any,
}

/// One address of a trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gateway {
    /// Address in host order.
    pub ipv4: u32,
    /// UDP port, not 0.
    pub port: u16,
    /// Lower is tried first, as in DNS SRV.
    pub priority: u16,
    /// Share among equal priorities, as in DNS SRV.
    pub weight: u16,
}

/// One egress of a carrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trunk {
    /// Where it is written.
    pub place: Place,
    /// Unique name.
    pub name: String,
    /// Id below 2^24 when it was given, else derived from the name.
    pub id: Option<u32>,
    /// Company that runs it; its own name when not given.
    pub carrier: String,
    /// Whether calls may be sent to it.
    pub enabled: bool,
    /// Next hop rule for requests of standing dialogs.
    pub in_dialog: InDialog,
    /// Addresses, at most [`MAX_GATEWAYS`].
    pub gateways: Vec<Gateway>,
    /// Further networks that the carrier signals from.
    pub networks: Vec<Cidr>,
    /// Name of its deck of buy rates.
    pub deck: Option<String>,
}

/// How the trunks of a slot are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Technique {
    /// Cheapest buy rate first.
    Lcr,
    /// Random by weight; weights sum to 100.
    Percent,
    /// In turn.
    RoundRobin,
}

impl Technique {
    /// Whether a failure tries the rest of the same slot where the plan does not say.
    #[must_use]
    pub fn default_in_slot_failover(self) -> bool {
        self == Self::Lcr
    }

    /// Name as written in a plan.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lcr => "lcr",
            Self::Percent => "percent",
            Self::RoundRobin => "round_robin",
        }
    }
}

/// One trunk of a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotTrunk {
    /// Name of the trunk.
    pub trunk: String,
    /// Weight, if given.
    pub weight: Option<u32>,
    /// Line from 1, or 0.
    pub line: u32,
}

/// One step of an attempt list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Where it is written.
    pub place: Place,
    /// Order of the trunks.
    pub technique: Technique,
    /// Whether a failure tries the rest of the slot before the next slot.
    pub in_slot_failover: bool,
    /// Trunks as written.
    pub trunks: Vec<SlotTrunk>,
}

/// Destinations of a plan that share an attempt list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Where it is written.
    pub place: Place,
    /// Name, unique in its plan.
    pub name: String,
    /// Names of destinations with their lines.
    pub destinations: Vec<(String, u32)>,
    /// Attempt list, 1 to [`MAX_SLOTS`] slots.
    pub slots: Vec<Slot>,
}

/// Destination → attempt list, for the originators that point at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingPlan {
    /// Where it is written.
    pub place: Place,
    /// Unique name.
    pub name: String,
    /// Id when it was given, else derived from the name.
    pub id: Option<u32>,
    /// Failover policy.
    pub policy: PolicyValues,
    /// Rules in the order written.
    pub rules: Vec<Rule>,
}

/// One ingress of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Originator {
    /// Where it is written.
    pub place: Place,
    /// Unique name.
    pub name: String,
    /// Id below 2^24 when it was given, else derived from the name.
    pub id: Option<u32>,
    /// Source networks with their lines; the longest over all originators decides.
    pub addresses: Vec<(Cidr, u32)>,
    /// Name of its routing plan.
    pub plan: String,
    /// Whether its calls are accepted.
    pub enabled: bool,
}

impl Destination {
    /// Its id: the given one, else the one of its name.
    #[must_use]
    pub fn stable_id(&self) -> u32 {
        self.id.unwrap_or_else(|| stable_id::wide(&self.name))
    }
}

impl Trunk {
    /// Its id: the given one, else the one of its name.
    #[must_use]
    pub fn stable_id(&self) -> u32 {
        self.id.unwrap_or_else(|| stable_id::narrow(&self.name))
    }
}

impl Originator {
    /// Its id: the given one, else the one of its name.
    #[must_use]
    pub fn stable_id(&self) -> u32 {
        self.id.unwrap_or_else(|| stable_id::narrow(&self.name))
    }
}

impl RoutingPlan {
    /// Its id: the given one, else the one of its name.
    #[must_use]
    pub fn stable_id(&self) -> u32 {
        self.id.unwrap_or_else(|| stable_id::wide(&self.name))
    }

    /// Id of one of its rules.
    #[must_use]
    pub fn rule_id(&self, rule: &Rule) -> u32 {
        stable_id::of_rule(&self.name, &rule.name)
    }
}
