//! Owns what differs between two configurations, entity by entity; refuses to know how it is written.

use hashbrown::HashMap;
use routing::entity::{Deck, Destination, Originator, Plan, RoutingPlan, Trunk};

/// What differs in one kind of entity.
#[derive(Debug)]
pub struct Part<'p, T> {
    /// New and changed ones in the order of the second plan, each with what it was.
    pub put: Vec<(Option<&'p T>, &'p T)>,
    /// Those that the second plan does not have.
    pub gone: Vec<&'p T>,
}

/// What differs between two configurations.
#[derive(Debug)]
pub struct Diff<'p> {
    /// Categories of traffic.
    pub destinations: Part<'p, Destination>,
    /// Buy rates.
    pub decks: Part<'p, Deck>,
    /// Egresses.
    pub trunks: Part<'p, Trunk>,
    /// Routing plans.
    pub plans: Part<'p, RoutingPlan>,
    /// Ingresses.
    pub originators: Part<'p, Originator>,
}

/// Something with a name.
pub trait Named {
    /// Its name.
    fn name(&self) -> &str;
}

macro_rules! named {
    ($($type:ty),*) => {
        $(impl Named for $type {
            fn name(&self) -> &str {
                &self.name
            }
        })*
    };
}
named!(Destination, Deck, Trunk, RoutingPlan, Originator);

impl<'p> Diff<'p> {
    /// What makes `before` to `after`; both normalised, each name once per kind.
    #[must_use]
    pub fn between(before: &'p Plan, after: &'p Plan) -> Self {
        Self {
            destinations: part(&before.destinations, &after.destinations),
            decks: part(&before.decks, &after.decks),
            trunks: part(&before.trunks, &after.trunks),
            plans: part(&before.plans, &after.plans),
            originators: part(&before.originators, &after.originators),
        }
    }

    /// Whether both are the same, the order of entities aside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.destinations.is_empty()
            && self.decks.is_empty()
            && self.trunks.is_empty()
            && self.plans.is_empty()
            && self.originators.is_empty()
    }
}

impl<T> Part<'_, T> {
    fn is_empty(&self) -> bool {
        self.put.is_empty() && self.gone.is_empty()
    }
}

fn part<'p, T: Named + PartialEq>(before: &'p [T], after: &'p [T]) -> Part<'p, T> {
    let mut old: HashMap<&str, &T> = before.iter().map(|entity| (entity.name(), entity)).collect();
    let put = after
        .iter()
        .map(|entity| (old.remove(entity.name()), entity))
        .filter(|(was, is)| *was != Some(is))
        .collect();
    let gone = before.iter().filter(|entity| old.contains_key(entity.name())).collect();
    Part { put, gone }
}
