//! Owns the errors of a plan that show only when all of it is there; refuses to know text.
//!
//! Everything that the image builder relies on is checked here, so that a plan that came from elsewhere than a text is
//! held to the same rules.

mod route;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::entity::{
    Deck, Destination, MAX_GATEWAYS, MAX_NAME, MAX_NETWORKS, MAX_PREFIX, Originator, Place, Plan,
    Prefix, Trunk,
};
use crate::finding::{Finding, nearest};
use crate::prefix::Key;
use crate::stable_id::NARROW_LIMIT;

/// All errors of `plan`, by line.
pub(crate) fn errors(plan: &Plan) -> Vec<Finding> {
    let mut check = Check::new(plan);
    check.destinations();
    check.decks();
    check.trunks();
    check.plans();
    check.originators();
    check.findings.sort_by_key(|finding| finding.line);
    check.findings
}

/// Names of one kind of entity → where its first bearer stands.
type Names<'p> = BTreeMap<&'p str, u32>;

/// A plan under examination.
struct Check<'p> {
    plan: &'p Plan,
    findings: Vec<Finding>,
    destinations: Names<'p>,
    decks: Names<'p>,
    trunks: BTreeMap<&'p str, &'p Trunk>,
    plans: Names<'p>,
}

/// What names and ids of one kind have in common.
struct Named<'p> {
    kind: &'static str,
    name: &'p str,
    line: u32,
    id: u32,
}

impl<'p> Check<'p> {
    fn new(plan: &'p Plan) -> Self {
        Self {
            plan,
            findings: Vec::new(),
            destinations: plan.destinations.iter().map(|d| (&*d.name, d.place.line)).collect(),
            decks: plan.decks.iter().map(|d| (&*d.name, d.place.line)).collect(),
            // Reversed, so that the first bearer of a name holds and a second one makes no further findings.
            trunks: plan.trunks.iter().rev().map(|trunk| (&*trunk.name, trunk)).collect(),
            plans: plan.plans.iter().map(|p| (&*p.name, p.place.line)).collect(),
        }
    }

    fn error(
        &mut self,
        line: u32,
        entity: &str,
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.findings.push(Finding::error(line, entity, cause, remedy));
    }

    fn destinations(&mut self) {
        let ids = |d: &'p Destination| Named {
            kind: "destination",
            name: &d.name,
            line: d.place.line,
            id: d.stable_id(),
        };
        self.names(self.plan.destinations.iter().map(ids), u32::MAX);
        let all = self.plan.destinations.iter().flat_map(|destination| &destination.prefixes);
        let repeated = repeated(all);
        let mut owners: BTreeMap<&str, (&str, u32)> = BTreeMap::new();
        for destination in &self.plan.destinations {
            let entity = format!("destination `{}`", destination.name);
            self.missing(&entity, destination.place, destination.prefixes.is_empty(), "prefixes");
            if let Some(country) = destination.country
                && !country.iter().all(u8::is_ascii_uppercase)
            {
                let cause = "its country is not two capital letters";
                self.error(destination.place.line, &entity, cause, "write it as in ISO 3166: `DE`");
            }
            for prefix in &destination.prefixes {
                self.prefix(&entity, prefix);
                if !repeated.contains(&*prefix.digits) {
                    continue;
                }
                if let Some((owner, line)) = owners.get(&*prefix.digits) {
                    let cause = format!(
                        "prefix `{}` belongs to destination `{owner}` already (line {line})",
                        prefix.digits
                    );
                    self.error(prefix.line, &entity, cause, "keep it in one of them");
                } else {
                    owners.insert(&prefix.digits, (&destination.name, prefix.line));
                }
            }
        }
    }

    fn decks(&mut self) {
        let ids = |d: &'p Deck| Named { kind: "deck", name: &d.name, line: d.place.line, id: 0 };
        self.names(self.plan.decks.iter().map(ids), 0);
        for deck in &self.plan.decks {
            let entity = format!("deck `{}`", deck.name);
            let repeated = repeated(deck.rates.iter().map(|(prefix, _)| prefix));
            let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
            for (prefix, _) in &deck.rates {
                self.prefix(&entity, prefix);
                if !repeated.contains(&*prefix.digits) {
                    continue;
                }
                if let Some(line) = seen.insert(&prefix.digits, prefix.line) {
                    let cause = format!("prefix `{}` has a rate in line {line}", prefix.digits);
                    self.error(prefix.line, &entity, cause, "keep one of them");
                }
            }
        }
    }

    fn trunks(&mut self) {
        let ids = |t: &'p Trunk| Named {
            kind: "trunk",
            name: &t.name,
            line: t.place.line,
            id: t.stable_id(),
        };
        self.names(self.plan.trunks.iter().map(ids), NARROW_LIMIT - 1);
        for trunk in &self.plan.trunks {
            let entity = format!("trunk `{}`", trunk.name);
            let line = trunk.place.line;
            self.missing(&entity, trunk.place, trunk.gateways.is_empty(), "gateways");
            if trunk.carrier.len() > MAX_NAME {
                let cause =
                    format!("its carrier has {} bytes, more than {MAX_NAME}", trunk.carrier.len());
                self.error(line, &entity, cause, "choose another name");
            }
            self.too_many(line, &entity, "gateways", trunk.gateways.len(), MAX_GATEWAYS);
            self.too_many(line, &entity, "networks", trunk.networks.len(), MAX_NETWORKS);
            for (index, gateway) in trunk.gateways.iter().enumerate() {
                let shown = format!("{}:{}", Ipv4Addr::from(gateway.ipv4), gateway.port);
                let address = Ipv4Addr::from(gateway.ipv4);
                if address.is_unspecified() || address.is_broadcast() || address.is_multicast() {
                    let cause = format!("gateway {shown} is not the address of one host");
                    self.error(line, &entity, cause, "write the carrier's signalling address");
                }
                if gateway.port == 0 {
                    self.error(
                        line,
                        &entity,
                        format!("gateway {shown} has port 0"),
                        "give 1 to 65535",
                    );
                }
                let same = |other: &&crate::entity::Gateway| {
                    (other.ipv4, other.port) == (gateway.ipv4, gateway.port)
                };
                if trunk.gateways.iter().take(index).any(|other| same(&other)) {
                    self.error(line, &entity, format!("gateway {shown} stands twice"), "keep one");
                }
            }
            if let Some(deck) = &trunk.deck
                && !self.decks.contains_key(&**deck)
            {
                let remedy = unknown_remedy("deck", deck, self.decks.keys().copied());
                self.error(line, &entity, format!("there is no deck `{deck}`"), remedy);
            }
        }
    }

    fn originators(&mut self) {
        let ids = |o: &'p Originator| Named {
            kind: "originator",
            name: &o.name,
            line: o.place.line,
            id: o.stable_id(),
        };
        self.names(self.plan.originators.iter().map(ids), NARROW_LIMIT - 1);
        let mut owners = BTreeMap::new();
        for originator in &self.plan.originators {
            let entity = format!("originator `{}`", originator.name);
            let place = originator.place;
            self.missing(&entity, place, originator.addresses.is_empty(), "addresses");
            for &(network, line) in &originator.addresses {
                if let Some((owner, first)) = owners.insert(network, (&*originator.name, line)) {
                    let cause =
                        format!("{network} belongs to originator `{owner}` already (line {first})");
                    self.error(line, &entity, cause, "a source can stand for one originator only");
                }
            }
            if originator.plan.is_empty() {
                self.missing(&entity, place, true, "plan");
            } else if !self.plans.contains_key(&*originator.plan) {
                let cause = format!("there is no plan `{}`", originator.plan);
                let remedy = unknown_remedy("plan", &originator.plan, self.plans.keys().copied());
                self.error(place.line, &entity, cause, remedy);
            }
        }
    }

    /// Names that are no names, names and ids that stand for two; ids are from 1 to `last_id`, unless that is 0.
    fn names(&mut self, all: impl Iterator<Item = Named<'p>>, last_id: u32) {
        let mut names: BTreeMap<&str, u32> = BTreeMap::new();
        let mut ids: BTreeMap<u32, Named<'p>> = BTreeMap::new();
        for named in all {
            let entity = format!("{} `{}`", named.kind, named.name);
            self.name(&entity, named.name, named.line);
            if let Some(&line) = names.get(named.name) {
                let cause = format!("the name is taken in line {line}");
                self.error(named.line, &entity, cause, "give each its own name");
                continue;
            }
            names.insert(named.name, named.line);
            if last_id == 0 {
                continue;
            }
            if named.id == 0 || named.id > last_id {
                let cause = format!("id {} is not 1 to {last_id}", named.id);
                self.error(named.line, &entity, cause, "choose another `id`");
            } else if let Some(other) = ids.get(&named.id) {
                let cause = format!(
                    "it has id {}, and so has {} `{}` (line {})",
                    named.id, other.kind, other.name, other.line
                );
                self.error(named.line, &entity, cause, "give one of them another `id = N`");
            } else {
                ids.insert(named.id, named);
            }
        }
    }

    fn name(&mut self, entity: &str, name: &str, line: u32) {
        let remedy = "choose another name";
        if name.len() > MAX_NAME {
            let cause = format!("its name has {} bytes, more than {MAX_NAME}", name.len());
            self.error(line, entity, cause, remedy);
        }
        if name.trim() != name || name.is_empty() || name.chars().any(char::is_control) {
            let cause = "its name is empty, has spaces at an end, or control characters";
            self.error(line, entity, cause, remedy);
        }
    }

    fn prefix(&mut self, entity: &str, prefix: &Prefix) {
        let digits = &prefix.digits;
        let remedy = "write 1 to 15 digits from the country code on, without `+`";
        if digits.is_empty() {
            self.error(prefix.line, entity, "a prefix is empty", remedy);
        } else if digits.len() > MAX_PREFIX || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            self.error(prefix.line, entity, format!("`{digits}` is no prefix"), remedy);
        }
    }

    /// Reports an absence, unless what is absent may be what was refused before.
    fn missing(&mut self, entity: &str, place: Place, is_missing: bool, what: &str) {
        if is_missing && !place.partial {
            let cause = format!("it has no `{what}`");
            self.error(place.line, entity, cause, format!("add `{what}`"));
        }
    }

    fn too_many(&mut self, line: u32, entity: &str, what: &str, count: usize, most: usize) {
        if count > most {
            let cause = format!("it has {count} {what}, more than {most}");
            self.error(line, entity, cause, "remove some");
        }
    }
}

/// Prefixes that stand more than once: nearly always none, which sorted words show sooner than a map of all.
fn repeated<'p>(prefixes: impl Iterator<Item = &'p Prefix>) -> BTreeSet<&'p str> {
    let keyed =
        prefixes.filter_map(|prefix| Some((Key::parse(&prefix.digits).ok()?, &*prefix.digits)));
    let mut keyed: Vec<(Key, &str)> = keyed.collect();
    keyed.sort_by_key(|(key, _)| *key);
    let neighbours = keyed.iter().zip(keyed.iter().skip(1));
    neighbours.filter(|(left, right)| left.0 == right.0).map(|(left, _)| left.1).collect()
}

/// What to do about a name that stands for nothing.
fn unknown_remedy<'k>(kind: &str, name: &str, known: impl Iterator<Item = &'k str>) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add a [[{kind}]] of this name, or correct it"),
    }
}
