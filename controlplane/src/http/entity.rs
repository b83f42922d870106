//! Owns the routes that are the same for every kind of entity; refuses to know what makes kinds different but names.

use api::{ListQuery, Page, WriteQuery, WriteReport};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use routing::entity::Plan;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ask::{Body, Names, Query, confirmed};
use super::live::report;
use super::{Dataplane, Failure, Peer, Shared};
use crate::json::Entity;
use crate::json::patch::Patch;
use crate::model::Kind;
use crate::store::diff::Named;
use crate::store::{ChangeError, Snapshot};

/// Most items of a page.
const PAGE: u32 = 1000;

/// A kind of entity with routes of its own.
pub trait Resource:
    Entity<Model: Named + Clone> + DeserializeOwned + Send + Sync + 'static
{
    /// The word in paths.
    const KIND: &'static str;
    /// The kind in words.
    const WORD: Kind;
    /// What changes some of its fields.
    type Patch: Patch<Entity = Self> + DeserializeOwned + Send + 'static;
    /// What a list shows of it.
    type Item: Serialize + Send;

    /// The list that holds it.
    fn all(plan: &Plan) -> &[Self::Model];
    /// The list that holds it.
    fn all_mut(plan: &mut Plan) -> &mut Vec<Self::Model>;
    /// As a list shows it.
    fn item(plan: &Plan, model: &Self::Model) -> Self::Item;
    /// Its own name.
    fn name(&self) -> &str;
    /// Who refers to `name`, in words.
    fn users(plan: &Plan, name: &str) -> Vec<String>;
    /// The new state, if a patch is a switch and nothing else.
    fn switch(_patch: &Self::Patch) -> Option<bool> {
        None
    }
}

/// `GET /v1/KIND`.
pub async fn list<E: Resource, D: Dataplane>(
    State(parts): State<Shared<D>>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<E::Item>>, Failure> {
    let snapshot = newest(&parts).await?;
    let mut models: Vec<&E::Model> = E::all(&snapshot.plan).iter().collect();
    models.sort_by(|a, b| a.name().cmp(b.name()));
    page(&models, &query, |model| model.name(), |model| E::item(&snapshot.plan, model)).map(Json)
}

/// Most items of the page that is asked for.
pub fn page_limit(query: &ListQuery) -> Result<usize, Failure> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&limit) {
        return Err(Failure::bad_request(format!("`limit` is {limit}"), "give 1 to 1000"));
    }
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// One page of what is sorted by name.
pub fn page<'m, T, I>(
    all: &[&'m T],
    query: &ListQuery,
    name: impl Fn(&'m T) -> &'m str,
    item: impl Fn(&'m T) -> I,
) -> Result<Page<I>, Failure> {
    let limit = page_limit(query)?;
    let start = match &query.after {
        Some(after) => all.partition_point(|entry| name(entry) <= after.as_str()),
        None => 0,
    };
    let items = all.iter().skip(start).take(limit);
    let more = all.len() > start.saturating_add(limit);
    let next = items.clone().next_back().filter(|_| more).map(|entry| name(entry).to_owned());
    Ok(Page { items: items.map(|entry| item(entry)).collect(), next })
}

/// `GET /v1/KIND/NAME`.
pub async fn show<E: Resource, D: Dataplane>(
    State(parts): State<Shared<D>>,
    Names(name): Names<String>,
) -> Result<Json<E>, Failure> {
    let snapshot = newest(&parts).await?;
    let model = E::all(&snapshot.plan).iter().find(|model| model.name() == name);
    model.map(|model| Json(E::of(model))).ok_or_else(|| Failure::not_found(E::WORD.name(), &name))
}

/// `POST /v1/KIND`.
pub async fn create<E: Resource, D: Dataplane>(
    State(parts): State<Shared<D>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(query): Query<WriteQuery>,
    Body(entity): Body<E>,
) -> Result<(StatusCode, Json<WriteReport>), Failure> {
    let name = entity.name().to_owned();
    let model = entity.into_model().map_err(ChangeError::Invalid)?;
    let edit = |plan: &mut Plan| {
        if E::all(plan).iter().any(|other| other.name() == name) {
            return Err(ChangeError::Exists { what: E::WORD.name(), name });
        }
        E::all_mut(plan).push(model);
        Ok(())
    };
    let committed = parts.store.change(&peer.author(), "create", edit).await?;
    Ok((StatusCode::CREATED, Json(report(&parts, &query, &committed).await)))
}

/// `PUT /v1/KIND/NAME`: creates it, or takes the place of all of it.
pub async fn replace<E: Resource, D: Dataplane>(
    State(parts): State<Shared<D>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Names(name): Names<String>,
    Query(query): Query<WriteQuery>,
    Body(entity): Body<E>,
) -> Result<Json<WriteReport>, Failure> {
    if entity.name() != name {
        let message = format!("the path names `{name}` and the body `{}`", entity.name());
        let remedy =
            "a name is for life: create another one, move references, and delete the old one";
        return Err(Failure::bad_request(message, remedy));
    }
    let model = entity.into_model().map_err(ChangeError::Invalid)?;
    let edit = |plan: &mut Plan| {
        let all = E::all_mut(plan);
        match all.iter_mut().find(|old| old.name() == name) {
            Some(old) => *old = model,
            None => all.push(model),
        }
        Ok(())
    };
    let committed = parts.store.change(&peer.author(), "replace", edit).await?;
    Ok(Json(report(&parts, &query, &committed).await))
}

/// `PATCH /v1/KIND/NAME`.
pub async fn patch<E: Resource, D: Dataplane>(
    State(parts): State<Shared<D>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Names(name): Names<String>,
    Query(query): Query<WriteQuery>,
    Body(patch): Body<E::Patch>,
) -> Result<Json<WriteReport>, Failure> {
    let author = peer.author();
    let committed = match E::switch(&patch) {
        Some(enabled) => parts.store.switch(&author, E::WORD, &name, enabled).await?,
        None => {
            let edit = |plan: &mut Plan| {
                let old = E::all_mut(plan).iter_mut().find(|old| old.name() == name);
                let old =
                    old.ok_or(ChangeError::NotFound { what: E::WORD.name(), name: name.clone() })?;
                let mut entity = E::of(old);
                patch.apply(&mut entity);
                *old = entity.into_model().map_err(ChangeError::Invalid)?;
                Ok(())
            };
            parts.store.change(&author, "patch", edit).await?
        }
    };
    Ok(Json(report(&parts, &query, &committed).await))
}

/// `DELETE /v1/KIND/NAME`.
pub async fn delete<E: Resource, D: Dataplane>(
    State(parts): State<Shared<D>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Names(name): Names<String>,
    Query(query): Query<WriteQuery>,
) -> Result<Json<WriteReport>, Failure> {
    let what = E::WORD.name();
    confirmed(&query, &format!("to delete {what} `{name}`"))?;
    let edit = |plan: &mut Plan| {
        let at = E::all(plan).iter().position(|old| old.name() == name);
        let at = at.ok_or_else(|| ChangeError::NotFound { what, name: name.clone() })?;
        let users = E::users(plan, &name);
        if !users.is_empty() {
            return Err(ChangeError::InUse { what, name: name.clone(), by: few(&users) });
        }
        E::all_mut(plan).remove(at);
        Ok(())
    };
    let committed = parts.store.change(&peer.author(), "delete", edit).await?;
    Ok(Json(report(&parts, &query, &committed).await))
}

fn few(users: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = users.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match users.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The newest configuration that was read.
///
/// Right behind a start it is waited for, as long as a change would be.
pub async fn newest<D>(parts: &Shared<D>) -> Result<Snapshot, Failure> {
    parts.store.at(0).await.map_err(|_| {
        Failure::unavailable("the configuration has not been read yet", "look at `tandem status`")
    })
}

macro_rules! resource {
    ($entity:ident, $patch:ident, $list:ident, $path:literal, $kind:ident) => {
        type Patch = api::$patch;
        const KIND: &'static str = $path;
        const WORD: Kind = Kind::$kind;

        fn all(plan: &Plan) -> &[Self::Model] {
            &plan.$list
        }

        fn all_mut(plan: &mut Plan) -> &mut Vec<Self::Model> {
            &mut plan.$list
        }

        fn name(&self) -> &str {
            &self.name
        }
    };
}

impl Resource for api::Destination {
    resource!(Destination, DestinationPatch, destinations, "destinations", Destination);
    type Item = Self;

    fn item(_: &Plan, model: &Self::Model) -> Self {
        Self::of(model)
    }

    fn users(plan: &Plan, name: &str) -> Vec<String> {
        rules(plan, |rule| rule.destinations.iter().any(|(destination, _)| destination == name))
    }
}

impl Resource for api::Deck {
    resource!(Deck, DeckPatch, decks, "decks", Deck);
    type Item = api::DeckItem;

    fn item(plan: &Plan, model: &Self::Model) -> api::DeckItem {
        let buyers = plan.trunks.iter().filter(|trunk| trunk.deck.as_ref() == Some(&model.name));
        api::DeckItem {
            name: model.name.clone(),
            rates: u64::try_from(model.rates.len()).unwrap_or(u64::MAX),
            trunks: buyers.map(|trunk| trunk.name.clone()).collect(),
        }
    }

    fn users(plan: &Plan, name: &str) -> Vec<String> {
        let buyers = plan.trunks.iter().filter(|trunk| trunk.deck.as_deref() == Some(name));
        buyers.map(|trunk| format!("trunk `{}`", trunk.name)).collect()
    }
}

impl Resource for api::Trunk {
    resource!(Trunk, TrunkPatch, trunks, "trunks", Trunk);
    type Item = Self;

    fn item(_: &Plan, model: &Self::Model) -> Self {
        Self::of(model)
    }

    fn users(plan: &Plan, name: &str) -> Vec<String> {
        rules(plan, |rule| {
            rule.slots.iter().flat_map(|slot| &slot.trunks).any(|entry| entry.trunk == name)
        })
    }

    fn switch(patch: &api::TrunkPatch) -> Option<bool> {
        let alone = api::TrunkPatch { enabled: patch.enabled, ..api::TrunkPatch::default() };
        patch.enabled.filter(|_| *patch == alone)
    }
}

impl Resource for api::Plan {
    resource!(Plan, PlanPatch, plans, "plans", Plan);
    type Item = Self;

    fn item(_: &Plan, model: &Self::Model) -> Self {
        Self::of(model)
    }

    fn users(plan: &Plan, name: &str) -> Vec<String> {
        let followers = plan.originators.iter().filter(|originator| originator.plan == name);
        followers.map(|originator| format!("originator `{}`", originator.name)).collect()
    }
}

impl Resource for api::Originator {
    resource!(Originator, OriginatorPatch, originators, "originators", Originator);
    type Item = Self;

    fn item(_: &Plan, model: &Self::Model) -> Self {
        Self::of(model)
    }

    fn users(_: &Plan, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn switch(patch: &api::OriginatorPatch) -> Option<bool> {
        let alone =
            api::OriginatorPatch { enabled: patch.enabled, ..api::OriginatorPatch::default() };
        patch.enabled.filter(|_| *patch == alone)
    }
}

/// Rules of all plans for which `is` says yes, in words.
fn rules(plan: &Plan, is: impl Fn(&routing::entity::Rule) -> bool) -> Vec<String> {
    let all = plan.plans.iter().flat_map(|plan| plan.rules.iter().map(move |rule| (plan, rule)));
    all.filter(|(_, rule)| is(rule))
        .map(|(plan, rule)| format!("rule `{}` of plan `{}`", rule.name, plan.name))
        .collect()
}
