//! Owns what the audit log says of a difference; refuses to know who made it.

use routing::entity::RoutingPlan;
use serde_json::{Map, Value, json};

use super::diff::{Diff, Named, Part};
use crate::json::Entity;

/// What was and what is, as the API says it: the entities that differ, by kind.
///
/// A change of one entity is told as that entity alone.
pub fn sides(diff: &Diff<'_>) -> [Option<Value>; 2] {
    let mut all = [Map::new(), Map::new()];
    gather::<api::Destination>("destinations", &diff.destinations, &mut all);
    gather::<api::Deck>("decks", &diff.decks, &mut all);
    gather::<api::Trunk>("trunks", &diff.trunks, &mut all);
    gather::<api::Plan>("plans", &diff.plans, &mut all);
    gather::<api::Originator>("originators", &diff.originators, &mut all);
    let single = subject(diff).1.is_some();
    all.map(|mut side| match (single, side.len()) {
        (_, 0) => None,
        (true, _) => side.values_mut().next().and_then(|list| match list {
            Value::Array(list) => list.pop(),
            _ => None,
        }),
        (false, _) => Some(Value::Object(side)),
    })
}

/// Kind and name of the one entity that differs; the whole plan where there are more.
pub fn subject(diff: &Diff<'_>) -> (&'static str, Option<String>) {
    fn names<'p, T: Named>(kind: &'static str, part: &Part<'p, T>) -> Vec<(&'static str, &'p str)> {
        let put = part.put.iter().map(|(_, entity)| entity.name());
        put.chain(part.gone.iter().map(|entity| entity.name())).map(|name| (kind, name)).collect()
    }
    let all: Vec<(&str, &str)> = [
        names("destination", &diff.destinations),
        names("deck", &diff.decks),
        names("trunk", &diff.trunks),
        names::<RoutingPlan>("plan", &diff.plans),
        names("originator", &diff.originators),
    ]
    .concat();
    match all.as_slice() {
        [(kind, name)] => (kind, Some((*name).to_owned())),
        _ => ("configuration", None),
    }
}

fn gather<E: Entity>(word: &str, part: &Part<'_, E::Model>, sides: &mut [Map<String, Value>; 2]) {
    let was = part.put.iter().filter_map(|(was, _)| *was).chain(part.gone.iter().copied());
    let is = part.put.iter().map(|(_, is)| *is);
    let lists = [list::<E>(was), list::<E>(is)];
    for (side, list) in sides.iter_mut().zip(lists) {
        if !list.is_empty() {
            side.insert(word.to_owned(), json!(list));
        }
    }
}

fn list<'m, E: Entity>(models: impl Iterator<Item = &'m E::Model>) -> Vec<Value>
where
    E::Model: 'm,
{
    models.map(|model| serde_json::to_value(E::of(model)).unwrap_or_default()).collect()
}
