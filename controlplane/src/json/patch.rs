//! Owns what a patch does to an entity: a field that is there takes the place of the old one; refuses to check values.

use std::collections::BTreeMap;

/// A patch of an entity of the API.
pub trait Patch {
    /// What it changes.
    type Entity;

    /// Changes it.
    fn apply(self, entity: &mut Self::Entity);
}

/// Sets what is given.
fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

impl Patch for api::DestinationPatch {
    type Entity = api::Destination;

    fn apply(self, entity: &mut api::Destination) {
        set(&mut entity.country, self.country);
        set(&mut entity.prefixes, self.prefixes);
    }
}

impl Patch for api::DeckPatch {
    type Entity = api::Deck;

    fn apply(self, entity: &mut api::Deck) {
        set(&mut entity.rates, self.rates);
        if self.set.is_empty() && self.remove.is_empty() {
            return;
        }
        let mut rates: BTreeMap<String, String> = std::mem::take(&mut entity.rates)
            .into_iter()
            .map(|rate| (rate.prefix, rate.rate))
            .collect();
        for prefix in &self.remove {
            rates.remove(prefix);
        }
        rates.extend(self.set.into_iter().map(|rate| (rate.prefix, rate.rate)));
        entity.rates = rates.into_iter().map(|(prefix, rate)| api::Rate { prefix, rate }).collect();
    }
}

impl Patch for api::TrunkPatch {
    type Entity = api::Trunk;

    fn apply(self, entity: &mut api::Trunk) {
        set(&mut entity.carrier, self.carrier.map(Some));
        set(&mut entity.enabled, self.enabled);
        set(&mut entity.in_dialog, self.in_dialog);
        set(&mut entity.gateways, self.gateways);
        set(&mut entity.networks, self.networks);
        set(&mut entity.deck, self.deck);
    }
}

impl Patch for api::OriginatorPatch {
    type Entity = api::Originator;

    fn apply(self, entity: &mut api::Originator) {
        set(&mut entity.enabled, self.enabled);
        set(&mut entity.addresses, self.addresses);
        set(&mut entity.plan, self.plan);
    }
}

impl Patch for api::PlanPatch {
    type Entity = api::Plan;

    fn apply(self, entity: &mut api::Plan) {
        set(&mut entity.policy, self.policy);
        set(&mut entity.rules, self.rules);
        if let Some(patch) = self.failover {
            let failover = &mut entity.failover;
            set(&mut failover.max_total_attempts, patch.max_total_attempts);
            set(&mut failover.total_ms, patch.total_ms);
            set(&mut failover.no_response_ms, patch.no_response_ms);
            set(&mut failover.pdd_ms, patch.pdd_ms);
            set(&mut failover.invite_timeout_ms, patch.invite_timeout_ms);
            set(&mut failover.ring_timeout_ms, patch.ring_timeout_ms);
            set(&mut failover.retry_interval_ms, patch.retry_interval_ms);
        }
    }
}
