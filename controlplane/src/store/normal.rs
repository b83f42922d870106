//! Owns the one form that the database gives a configuration back in; refuses to judge it.

use routing::entity::{Place, Plan, Prefix};

/// Takes places in a text away and sorts what has no order: prefixes, rates and networks.
///
/// Two plans that mean the same entities are equal then, if their entities stand in the same order.
pub fn normalise(plan: &mut Plan) {
    let bare = |prefix: &mut Prefix| prefix.line = 0;
    for destination in &mut plan.destinations {
        destination.place = Place::default();
        destination.prefixes.iter_mut().for_each(bare);
        destination.prefixes.sort_by(|a, b| a.digits.cmp(&b.digits));
    }
    for deck in &mut plan.decks {
        deck.place = Place::default();
        deck.rates.iter_mut().for_each(|(prefix, _)| bare(prefix));
        deck.rates.sort_by(|(a, _), (b, _)| a.digits.cmp(&b.digits));
    }
    for trunk in &mut plan.trunks {
        trunk.place = Place::default();
        trunk.networks.sort();
        trunk.networks.dedup();
    }
    for rule in plan.plans.iter_mut().flat_map(|plan| {
        plan.place = Place::default();
        &mut plan.rules
    }) {
        rule.place = Place::default();
        rule.destinations.iter_mut().for_each(|(_, line)| *line = 0);
        for slot in &mut rule.slots {
            slot.place = Place::default();
            slot.trunks.iter_mut().for_each(|entry| entry.line = 0);
        }
    }
    for originator in &mut plan.originators {
        originator.place = Place::default();
        originator.addresses.iter_mut().for_each(|(_, line)| *line = 0);
        originator.addresses.sort();
    }
}
