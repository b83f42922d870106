//! Owns the two ways between entities of the API and those of the routing model; refuses to know HTTP and SQL.
//!
//! Into the model every value that cannot be read is reported, not only the first: `Reading` gathers the findings.

pub mod patch;
#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;

use routing::Finding;
use routing::cidr::Cidr;
use routing::entity::{
    Deck, Destination, Gateway, InDialog, Originator, Place, Prefix, RoutingPlan, Rule, Slot,
    SlotTrunk, Technique, Trunk,
};
use routing::policy::PolicyValues;
use routing::rate::Rate;

/// An entity of the API.
pub trait Entity: Sized + serde::Serialize {
    /// The same in the routing model.
    type Model: Send + Sync + 'static;

    /// As the API says it.
    fn of(model: &Self::Model) -> Self;

    /// Into the model.
    ///
    /// # Errors
    /// Every value that cannot be read.
    fn into_model(self) -> Result<Self::Model, Vec<Finding>>;
}

/// Gathers what could not be read of one entity.
struct Reading {
    entity: String,
    findings: Vec<Finding>,
}

impl Reading {
    fn new(kind: &str, name: &str) -> Self {
        Self { entity: format!("{kind} `{name}`"), findings: Vec::new() }
    }

    fn refuse(&mut self, cause: String, remedy: &str) {
        self.findings.push(Finding::error(0, self.entity.clone(), cause, remedy));
    }

    fn network(&mut self, text: &str) -> Option<Cidr> {
        let parsed = Cidr::parse(text);
        let remedy = "write it as `192.0.2.0/24` or one address";
        parsed.map_err(|error| self.refuse(format!("`{text}` is no network: {error}"), remedy)).ok()
    }

    fn networks(&mut self, texts: &[String]) -> Vec<Cidr> {
        let mut networks: Vec<Cidr> = texts.iter().filter_map(|text| self.network(text)).collect();
        networks.sort();
        networks.dedup();
        networks
    }

    fn end<T>(self, value: T) -> Result<T, Vec<Finding>> {
        if self.findings.is_empty() { Ok(value) } else { Err(self.findings) }
    }
}

fn prefix(digits: String) -> Prefix {
    Prefix { digits, line: 0 }
}

impl Entity for api::Destination {
    type Model = Destination;

    fn of(model: &Destination) -> Self {
        Self {
            name: model.name.clone(),
            id: model.id,
            country: model.country.map(|code| String::from_utf8_lossy(&code).into_owned()),
            prefixes: model.prefixes.iter().map(|prefix| prefix.digits.clone()).collect(),
        }
    }

    fn into_model(self) -> Result<Destination, Vec<Finding>> {
        let mut reading = Reading::new("destination", &self.name);
        let country = self.country.and_then(|text| match text.as_bytes().try_into() {
            Ok(code) => Some(code),
            Err(_) => {
                let cause = format!("`{text}` is no country");
                reading.refuse(cause, "write it as in ISO 3166: `DE`");
                None
            }
        });
        let place = Place::default();
        let prefixes = self.prefixes.into_iter().map(prefix).collect();
        reading.end(Destination { place, name: self.name, id: self.id, country, prefixes })
    }
}

impl Entity for api::Deck {
    type Model = Deck;

    fn of(model: &Deck) -> Self {
        let rates = model.rates.iter().map(|(prefix, rate)| api::Rate {
            prefix: prefix.digits.clone(),
            rate: rate.to_string(),
        });
        Self { name: model.name.clone(), rates: rates.collect() }
    }

    fn into_model(self) -> Result<Deck, Vec<Finding>> {
        let mut reading = Reading::new("deck", &self.name);
        let mut rates = Vec::with_capacity(self.rates.len());
        for api::Rate { prefix: digits, rate } in self.rates {
            match Rate::parse(&rate) {
                Ok(rate) => rates.push((prefix(digits), rate)),
                Err(error) => {
                    let cause = format!("the rate `{rate}` of prefix `{digits}`: {error}");
                    reading.refuse(cause, "write a decimal such as `0.0125`");
                }
            }
        }
        reading.end(Deck { place: Place::default(), name: self.name, rates })
    }
}

impl Entity for api::Trunk {
    type Model = Trunk;

    fn of(model: &Trunk) -> Self {
        let gateways = model.gateways.iter().map(|gateway| api::Gateway {
            host: Ipv4Addr::from(gateway.ipv4).to_string(),
            port: gateway.port,
            priority: gateway.priority,
            weight: gateway.weight,
        });
        Self {
            name: model.name.clone(),
            id: model.id,
            carrier: Some(model.carrier.clone()),
            enabled: model.enabled,
            in_dialog: match model.in_dialog {
                InDialog::Own => api::InDialog::Own,
                InDialog::Any => api::InDialog::Any,
            },
            gateways: gateways.collect(),
            networks: model.networks.iter().map(Cidr::to_string).collect(),
            deck: model.deck.clone(),
        }
    }

    fn into_model(self) -> Result<Trunk, Vec<Finding>> {
        let mut reading = Reading::new("trunk", &self.name);
        let mut gateways = Vec::with_capacity(self.gateways.len());
        for gateway in self.gateways {
            match gateway.host.parse::<Ipv4Addr>() {
                Ok(host) => gateways.push(Gateway {
                    ipv4: host.into(),
                    port: gateway.port,
                    priority: gateway.priority,
                    weight: gateway.weight,
                }),
                Err(_) => {
                    let cause = format!("`{}` is no IPv4 address", gateway.host);
                    reading.refuse(cause, "write a gateway's address as `192.0.2.10`");
                }
            }
        }
        let networks = reading.networks(&self.networks);
        reading.end(Trunk {
            place: Place::default(),
            carrier: self.carrier.unwrap_or_else(|| self.name.clone()),
            name: self.name,
            id: self.id,
            enabled: self.enabled,
            in_dialog: match self.in_dialog {
                api::InDialog::Own => InDialog::Own,
                api::InDialog::Any => InDialog::Any,
            },
            gateways,
            networks,
            deck: self.deck,
        })
    }
}

impl Entity for api::Originator {
    type Model = Originator;

    fn of(model: &Originator) -> Self {
        Self {
            name: model.name.clone(),
            id: model.id,
            enabled: model.enabled,
            addresses: model.addresses.iter().map(|(network, _)| network.to_string()).collect(),
            plan: model.plan.clone(),
        }
    }

    fn into_model(self) -> Result<Originator, Vec<Finding>> {
        let mut reading = Reading::new("originator", &self.name);
        let networks = reading.networks(&self.addresses);
        reading.end(Originator {
            place: Place::default(),
            name: self.name,
            id: self.id,
            addresses: networks.into_iter().map(|network| (network, 0)).collect(),
            plan: self.plan,
            enabled: self.enabled,
        })
    }
}

impl Entity for api::Plan {
    type Model = RoutingPlan;

    fn of(model: &RoutingPlan) -> Self {
        Self {
            name: model.name.clone(),
            id: model.id,
            policy: api::Policy::Conservative,
            failover: failover(&model.policy),
            rules: model.rules.iter().map(of_rule).collect(),
        }
    }

    fn into_model(self) -> Result<RoutingPlan, Vec<Finding>> {
        let mut reading = Reading::new("plan", &self.name);
        let times = [
            ("total_ms", self.failover.total_ms),
            ("no_response_ms", self.failover.no_response_ms),
            ("pdd_ms", self.failover.pdd_ms),
            ("invite_timeout_ms", self.failover.invite_timeout_ms),
            ("ring_timeout_ms", self.failover.ring_timeout_ms),
            ("retry_interval_ms", self.failover.retry_interval_ms),
        ];
        for (name, time) in times {
            if time > MAX_MS {
                reading.refuse(format!("{name} is {time}"), "give at most 3600000");
            }
        }
        let policy = PolicyValues {
            max_total_attempts: self.failover.max_total_attempts,
            total_ms: self.failover.total_ms,
            no_response_ms: self.failover.no_response_ms,
            pdd_ms: self.failover.pdd_ms,
            invite_timeout_ms: self.failover.invite_timeout_ms,
            ring_timeout_ms: self.failover.ring_timeout_ms,
            retry_interval_ms: self.failover.retry_interval_ms,
            ..PolicyValues::DEFAULT
        };
        let rules = self.rules.into_iter().map(rule).collect();
        reading.end(RoutingPlan {
            place: Place::default(),
            name: self.name,
            id: self.id,
            policy,
            rules,
        })
    }
}

/// Longest time of a plan.
const MAX_MS: u32 = 3_600_000;

/// A rule into the model: every value of it can be read.
#[must_use]
pub fn rule(rule: api::Rule) -> Rule {
    let first = rule.destinations.first().cloned().unwrap_or_default();
    Rule {
        place: Place::default(),
        name: rule.name.unwrap_or(first),
        destinations: rule.destinations.into_iter().map(|name| (name, 0)).collect(),
        slots: rule.slots.into_iter().map(slot).collect(),
    }
}

/// A slot into the model.
#[must_use]
pub fn slot(slot: api::Slot) -> Slot {
    let technique = match slot.technique {
        api::Technique::Lcr => Technique::Lcr,
        api::Technique::Percent => Technique::Percent,
        api::Technique::RoundRobin => Technique::RoundRobin,
    };
    let trunks = slot.trunks.into_iter().map(|entry| SlotTrunk {
        trunk: entry.trunk,
        weight: entry.weight,
        line: 0,
    });
    Slot {
        place: Place::default(),
        technique,
        in_slot_failover: slot
            .in_slot_failover
            .unwrap_or_else(|| technique.default_in_slot_failover()),
        trunks: trunks.collect(),
    }
}

/// A rule as the API says it.
#[must_use]
pub fn of_rule(rule: &Rule) -> api::Rule {
    api::Rule {
        name: Some(rule.name.clone()),
        destinations: rule.destinations.iter().map(|(name, _)| name.clone()).collect(),
        slots: rule.slots.iter().map(of_slot).collect(),
    }
}

fn of_slot(slot: &Slot) -> api::Slot {
    let trunks = slot
        .trunks
        .iter()
        .map(|entry| api::SlotTrunk { trunk: entry.trunk.clone(), weight: entry.weight });
    api::Slot {
        technique: technique(slot.technique),
        in_slot_failover: Some(slot.in_slot_failover),
        trunks: trunks.collect(),
    }
}

/// A technique as the API says it.
#[must_use]
pub fn technique(technique: Technique) -> api::Technique {
    match technique {
        Technique::Lcr => api::Technique::Lcr,
        Technique::Percent => api::Technique::Percent,
        Technique::RoundRobin => api::Technique::RoundRobin,
    }
}

fn failover(policy: &PolicyValues) -> api::Failover {
    api::Failover {
        max_total_attempts: policy.max_total_attempts,
        total_ms: policy.total_ms,
        no_response_ms: policy.no_response_ms,
        pdd_ms: policy.pdd_ms,
        invite_timeout_ms: policy.invite_timeout_ms,
        ring_timeout_ms: policy.ring_timeout_ms,
        retry_interval_ms: policy.retry_interval_ms,
    }
}

/// A finding as the API says it.
#[must_use]
pub fn finding(finding: &Finding) -> api::Finding {
    // Places are said only where there is a text.
    let cause = finding.cause.replace(" (line 0)", "").replace(" in line 0", " already");
    api::Finding {
        line: (finding.line > 0).then_some(finding.line),
        message: format!("{}: {cause}", finding.entity),
        remedy: (!finding.remedy.is_empty()).then(|| finding.remedy.clone()),
    }
}
