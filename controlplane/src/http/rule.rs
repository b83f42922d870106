//! Owns the routes of one plan's rules, its coverage and filling it; refuses to know how a rule routes.

use api::{
    Coverage, CoverageItem, Fill, FillReport, ListQuery, Page, Weights, WriteQuery, WriteReport,
};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use routing::coverage;
use routing::entity::{Plan, RoutingPlan, Rule};

use super::ask::{Body, Names, Query, confirmed};
use super::entity::{newest, page_limit};
use super::live::report;
use super::{Dataplane, Failure, Peer, Shared};
use crate::json;
use crate::store::ChangeError;

/// `GET /v1/plans/PLAN/rules`: in the order of the plan.
pub async fn list<D: Dataplane>(
    State(parts): State<Shared<D>>,
    Names(plan): Names<String>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<api::Rule>>, Failure> {
    let snapshot = newest(&parts).await?;
    let rules = &find(&snapshot.plan, &plan)?.rules;
    let limit = page_limit(&query)?;
    let start = match &query.after {
        Some(after) => {
            let at = rules.iter().position(|rule| rule.name == *after);
            // Rules have no order but that of the plan: without that rule nobody knows where to go on.
            at.map(|at| at + 1).ok_or_else(|| {
                let message = format!("rule `{after}` is not there any more; the list has changed");
                Failure::new(api::ErrorCode::Conflict, message, "list again from the beginning")
            })?
        }
        None => 0,
    };
    let items = rules.iter().skip(start).take(limit);
    let more = rules.len() > start.saturating_add(limit);
    let next = items.clone().next_back().filter(|_| more).map(|rule| rule.name.clone());
    Ok(Json(Page { items: items.map(json::of_rule).collect(), next }))
}

/// `GET /v1/plans/PLAN/rules/RULE`.
pub async fn show<D: Dataplane>(
    State(parts): State<Shared<D>>,
    Names((plan, rule)): Names<(String, String)>,
) -> Result<Json<api::Rule>, Failure> {
    let snapshot = newest(&parts).await?;
    let found = find(&snapshot.plan, &plan)?.rules.iter().find(|other| other.name == rule);
    found.map(|rule| Json(json::of_rule(rule))).ok_or_else(|| Failure::not_found("rule", &rule))
}

/// `POST /v1/plans/PLAN/rules`: behind the others.
pub async fn create<D: Dataplane>(
    State(parts): State<Shared<D>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Names(plan): Names<String>,
    Query(query): Query<WriteQuery>,
    Body(rule): Body<api::Rule>,
) -> Result<(StatusCode, Json<WriteReport>), Failure> {
    let rule = json::rule(rule);
    let edit = |all: &mut Plan| {
        let rules = &mut find_mut(all, &plan)?.rules;
        if rules.iter().any(|other| other.name == rule.name) {
            return Err(ChangeError::Exists { what: "rule", name: rule.name });
        }
        rules.push(rule);
        Ok(())
    };
    let committed = parts.store.change(&peer.author(), "create rule", edit).await?;
    Ok((StatusCode::CREATED, Json(report(&parts, &query, &committed).await)))
}

/// `PUT /v1/plans/PLAN/rules/RULE`: takes its place, or comes behind the others.
pub async fn replace<D: Dataplane>(
    State(parts): State<Shared<D>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Names((plan, name)): Names<(String, String)>,
    Query(query): Query<WriteQuery>,
    Body(mut rule): Body<api::Rule>,
) -> Result<Json<WriteReport>, Failure> {
    if rule.name.get_or_insert_with(|| name.clone()) != &name {
        let message = format!("the path names rule `{name}` and the body another one");
        return Err(Failure::bad_request(message, "give both the same name"));
    }
    let rule = json::rule(rule);
    let edit = |all: &mut Plan| {
        let rules = &mut find_mut(all, &plan)?.rules;
        match rules.iter_mut().find(|old| old.name == name) {
            Some(old) => *old = rule,
            None => rules.push(rule),
        }
        Ok(())
    };
    let committed = parts.store.change(&peer.author(), "replace rule", edit).await?;
    Ok(Json(report(&parts, &query, &committed).await))
}

/// `DELETE /v1/plans/PLAN/rules/RULE`.
pub async fn delete<D: Dataplane>(
    State(parts): State<Shared<D>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Names((plan, name)): Names<(String, String)>,
    Query(query): Query<WriteQuery>,
) -> Result<Json<WriteReport>, Failure> {
    confirmed(&query, &format!("to delete rule `{name}` of plan `{plan}`"))?;
    let edit = |all: &mut Plan| {
        let rules = &mut find_mut(all, &plan)?.rules;
        let at = rules.iter().position(|rule| rule.name == name);
        rules.remove(at.ok_or(ChangeError::NotFound { what: "rule", name: name.clone() })?);
        Ok(())
    };
    let committed = parts.store.change(&peer.author(), "delete rule", edit).await?;
    Ok(Json(report(&parts, &query, &committed).await))
}

/// `POST /v1/plans/PLAN/rules/RULE/weights`: all weights of a slot together, its trunks stay.
pub async fn weights<D: Dataplane>(
    State(parts): State<Shared<D>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Names((plan, name)): Names<(String, String)>,
    Query(query): Query<WriteQuery>,
    Body(weights): Body<Weights>,
) -> Result<Json<WriteReport>, Failure> {
    let edit = |all: &mut Plan| {
        let rules = &mut find_mut(all, &plan)?.rules;
        let rule = rules.iter_mut().find(|rule| rule.name == name);
        let rule = rule.ok_or(ChangeError::NotFound { what: "rule", name: name.clone() })?;
        set_weights(rule, &weights)
    };
    let committed = parts.store.change(&peer.author(), "weights", edit).await?;
    Ok(Json(report(&parts, &query, &committed).await))
}

fn set_weights(rule: &mut Rule, weights: &Weights) -> Result<(), ChangeError> {
    let index = usize::from(weights.slot).checked_sub(1);
    let slot = index
        .and_then(|index| rule.slots.get_mut(index))
        .ok_or_else(|| ChangeError::NotFound { what: "slot", name: weights.slot.to_string() })?;
    let mut given: Vec<&str> = weights.trunks.iter().map(|entry| &*entry.trunk).collect();
    let mut there: Vec<&str> = slot.trunks.iter().map(|entry| &*entry.trunk).collect();
    given.sort_unstable();
    there.sort_unstable();
    if given != there {
        return Err(ChangeError::Conflict(format!(
            "slot {} has the trunks {}, and the weights are of {}; give every trunk of the slot its weight",
            weights.slot,
            there.join(", "),
            given.join(", ")
        )));
    }
    for entry in &mut slot.trunks {
        let given = weights.trunks.iter().find(|given| given.trunk == entry.trunk);
        entry.weight = given.and_then(|given| given.weight);
    }
    Ok(())
}

/// `GET /v1/plans/PLAN/coverage`.
pub async fn coverage<D: Dataplane>(
    State(parts): State<Shared<D>>,
    Names(plan): Names<String>,
) -> Result<Json<Coverage>, Failure> {
    let snapshot = newest(&parts).await?;
    let found = coverage::coverage(&snapshot.plan, &plan)
        .ok_or_else(|| Failure::not_found("plan", &plan))?;
    let configured = u64::try_from(found.configured()).unwrap_or(u64::MAX);
    let all = u64::try_from(found.rows.len()).unwrap_or(u64::MAX);
    let mut destinations: Vec<CoverageItem> = found
        .rows
        .iter()
        .map(|row| CoverageItem {
            destination: row.destination.to_owned(),
            rule: row.rule.map(str::to_owned),
        })
        .collect();
    destinations.sort_by(|a, b| a.destination.cmp(&b.destination));
    Ok(Json(Coverage { plan, configured, no_routing: all - configured, destinations }))
}

/// `POST /v1/plans/PLAN/fill`: one rule for every destination without routing.
pub async fn fill<D: Dataplane>(
    State(parts): State<Shared<D>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Names(plan): Names<String>,
    Query(query): Query<WriteQuery>,
    Body(fill): Body<Fill>,
) -> Result<Json<FillReport>, Failure> {
    confirmed(&query, &format!("to fill plan `{plan}`"))?;
    let slots: Vec<_> = fill.slots.into_iter().map(json::slot).collect();
    let edit = |all: &mut Plan| {
        find_mut(all, &plan)?;
        let Some(mut rule) = coverage::fill(all, &plan, "", slots) else { return Ok(None) };
        let first = rule.destinations.first().map(|(name, _)| name.clone());
        rule.name = fill.name.or(first).unwrap_or_default();
        let target = find_mut(all, &plan)?;
        if target.rules.iter().any(|other| other.name == rule.name) {
            return Err(ChangeError::Exists { what: "rule", name: rule.name });
        }
        target.rules.push(rule.clone());
        Ok(Some(rule))
    };
    let committed = parts.store.change(&peer.author(), "fill", edit).await?;
    let Some(rule) = &committed.answer else {
        return Ok(Json(FillReport { rule: None, destinations: Vec::new(), write: None }));
    };
    Ok(Json(FillReport {
        rule: Some(rule.name.clone()),
        destinations: rule.destinations.iter().map(|(name, _)| name.clone()).collect(),
        write: Some(report(&parts, &query, &committed).await),
    }))
}

fn find<'p>(plan: &'p Plan, name: &str) -> Result<&'p RoutingPlan, Failure> {
    let found = plan.plans.iter().find(|plan| plan.name == name);
    found.ok_or_else(|| Failure::not_found("plan", name))
}

fn find_mut<'p>(plan: &'p mut Plan, name: &str) -> Result<&'p mut RoutingPlan, ChangeError> {
    let found = plan.plans.iter_mut().find(|plan| plan.name == name);
    found.ok_or_else(|| ChangeError::NotFound { what: "plan", name: name.to_owned() })
}
