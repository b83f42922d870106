//! Owns the routes of the whole configuration as a plan file; refuses to know the file's format.

use api::{ImportQuery, ImportReport, PlanCounts, WriteQuery};
use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use routing::entity::Plan;
use routing::{Finding, lint, plan_text};

use super::ask::{Query, Text};
use super::entity::newest;
use super::live::report;
use super::{Dataplane, Failure, Peer, Shared};
use crate::json;
use crate::store::{ChangeError, Committed};

/// `POST /v1/plan/import`: the file takes the place of everything, in one transaction.
pub async fn import<D: Dataplane>(
    State(parts): State<Shared<D>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(query): Query<ImportQuery>,
    Text(text): Text,
) -> Result<Json<ImportReport>, Failure> {
    if !query.confirm && !query.dry_run {
        return Err(Failure::unconfirmed("an import replaces the whole configuration and"));
    }
    let read = tokio::task::spawn_blocking(move || read(&text)).await;
    let (plan, warnings) = match read {
        Ok(Ok(read)) => read,
        Ok(Err(findings)) => {
            let message = match findings.len() {
                1 => "the plan file has an error".to_owned(),
                count => format!("the plan file has {count} errors"),
            };
            return Err(Failure::invalid(message, &findings));
        }
        Err(error) => return Err(Failure::bad_request(format!("the plan file: {error}"), "")),
    };
    let after = counts(&plan);
    let warnings = warnings.iter().map(json::finding).collect();
    if query.dry_run {
        let before = counts(&newest(&parts).await?.plan);
        return Ok(Json(ImportReport { before, after, warnings, write: None }));
    }
    let edit = |all: &mut Plan| {
        let before = counts(all);
        *all = plan;
        Ok::<_, ChangeError>(before)
    };
    let committed: Committed<PlanCounts> =
        parts.store.change(&peer.author(), "import", edit).await?;
    let write = WriteQuery { wait: query.wait, confirm: true };
    Ok(Json(ImportReport {
        before: committed.answer,
        after,
        warnings,
        write: Some(report(&parts, &write, &committed).await),
    }))
}

/// The plan of a text with what deserves a look, both by line.
fn read(text: &str) -> Result<(Plan, Vec<Finding>), Vec<Finding>> {
    let plan = plan_text::parse(text)?;
    let warnings = lint::warnings(&plan);
    Ok((plan, warnings))
}

fn counts(plan: &Plan) -> PlanCounts {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    PlanCounts {
        destinations: number(plan.destinations.len()),
        prefixes: number(plan.destinations.iter().map(|one| one.prefixes.len()).sum()),
        decks: number(plan.decks.len()),
        rates: number(plan.decks.iter().map(|deck| deck.rates.len()).sum()),
        trunks: number(plan.trunks.len()),
        gateways: number(plan.trunks.iter().map(|trunk| trunk.gateways.len()).sum()),
        plans: number(plan.plans.len()),
        rules: number(plan.plans.iter().map(|plan| plan.rules.len()).sum()),
        originators: number(plan.originators.len()),
    }
}

/// `GET /v1/plan/export`.
pub async fn export<D: Dataplane>(
    State(parts): State<Shared<D>>,
) -> Result<impl IntoResponse, Failure> {
    let snapshot = newest(&parts).await?;
    let text = tokio::task::spawn_blocking(move || plan_text::write(&snapshot.plan)).await;
    match text {
        Ok(text) => Ok(([(CONTENT_TYPE, "application/toml; charset=utf-8")], text)),
        Err(error) => {
            let message = format!("the plan file was not written: {error}");
            Err(Failure::new(api::ErrorCode::Internal, message, ""))
        }
    }
}
