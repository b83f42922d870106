//! Owns the routes of what runs: health, calls in progress, drain; and following a change until it is active.

use std::time::{Duration, Instant};

use api::{
    ActiveCalls, ActiveCount, ControlplaneStatus, DatabaseStatus, DrainQuery, DrainReport,
    PlanStatus, Status, WaitFor, WriteQuery, WriteReport,
};
use axum::Json;
use axum::extract::State;
use hashbrown::HashMap;

use super::ask::Query;
use super::{ACTIVE_WITHIN, Dataplane, Failure, Shared};
use crate::database::{Reach, Schema};
use crate::json;
use crate::store::Committed;
use crate::sync::Publication;

/// `GET /v1/status`.
pub async fn status<D: Dataplane>(State(parts): State<Shared<D>>) -> Json<Status> {
    let reach = parts.database.reach().borrow().clone();
    let publication = parts.publication.borrow().clone();
    let mut dataplane = parts.dataplane.status();
    dataplane.per_worker = parts.dataplane.workers().await;
    let active = parts.dataplane.active_calls().await;
    let newest = parts.store.newest().map_or(0, |snapshot| snapshot.version);
    Json(Status {
        controlplane: ControlplaneStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            uptime_s: parts.began.elapsed().as_secs(),
        },
        database: DatabaseStatus {
            kind: parts.kind,
            connected: reach == Reach::Reached,
            error: match reach {
                // Why the server does not run says more than that nobody answers.
                Reach::Gone(cause) => {
                    let fault = parts.cluster.as_ref().and_then(|fault| fault.borrow().clone());
                    Some(fault.unwrap_or(cause))
                }
                _ => match parts.database.schema() {
                    Schema::Ready => None,
                    Schema::Preparing => Some("preparing the schema".to_owned()),
                    Schema::Failing(cause) => Some(format!("preparing the schema: {cause}")),
                },
            },
        },
        plan: PlanStatus {
            version: newest,
            active: dataplane.image,
            commit_to_active_us: publication.commit_to_active_us,
            error: why_not_active(&publication, newest, &dataplane),
            findings: publication.findings.iter().map(json::finding).collect(),
        },
        dataplane,
        journal: parts.dataplane.journal().await,
        active_calls: active.originators.iter().map(|(_, calls)| calls).sum(),
    })
}

/// `GET /v1/calls/active`.
pub async fn active<D: Dataplane>(State(parts): State<Shared<D>>) -> Json<ActiveCalls> {
    let active = parts.dataplane.active_calls().await;
    let plan = parts.store.newest().map(|snapshot| snapshot.plan);
    let plan = plan.as_deref();
    let trunks: HashMap<u32, &str> = plan
        .iter()
        .flat_map(|plan| plan.trunks.iter().map(|trunk| (trunk.stable_id(), &*trunk.name)))
        .collect();
    let originators: HashMap<u32, &str> = plan
        .iter()
        .flat_map(|plan| plan.originators.iter().map(|one| (one.stable_id(), &*one.name)))
        .collect();
    Json(ActiveCalls {
        total: active.originators.iter().map(|(_, calls)| calls).sum(),
        trunks: counts(&active.trunks, &trunks),
        originators: counts(&active.originators, &originators),
    })
}

fn counts(calls: &[(u32, u64)], names: &HashMap<u32, &str>) -> Vec<ActiveCount> {
    let named = |(id, calls): &(u32, u64)| ActiveCount {
        id: *id,
        name: names.get(id).map(|name| (*name).to_owned()),
        calls: *calls,
    };
    let mut counts: Vec<ActiveCount> = calls.iter().map(named).collect();
    counts.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    counts
}

/// `POST /v1/dataplane/drain`.
pub async fn drain<D: Dataplane>(
    State(parts): State<Shared<D>>,
    Query(query): Query<DrainQuery>,
) -> Result<Json<DrainReport>, Failure> {
    if !query.confirm {
        return Err(Failure::unconfirmed("a drain refuses all new calls and"));
    }
    switched(parts.dataplane.drain(true).await)
}

/// `POST /v1/dataplane/resume`.
pub async fn resume<D: Dataplane>(
    State(parts): State<Shared<D>>,
    Query(_): Query<DrainQuery>,
) -> Result<Json<DrainReport>, Failure> {
    switched(parts.dataplane.drain(false).await)
}

fn switched(answer: Result<DrainReport, String>) -> Result<Json<DrainReport>, Failure> {
    answer.map(Json).map_err(|why| {
        Failure::unavailable(
            format!("the data plane did not follow: {why}"),
            "look at `tandem status`",
        )
    })
}

/// What is told of a committed change, after as much waiting as was asked for.
pub async fn report<D: Dataplane, T>(
    parts: &Shared<D>,
    query: &WriteQuery,
    committed: &Committed<T>,
) -> WriteReport {
    let began = Instant::now();
    let version = committed.version;
    let active = match query.wait {
        Some(WaitFor::Active) => parts.follow(version, began).await,
        None => parts.dataplane.wait_active(version, Duration::ZERO).await,
    };
    let after_us = (active && query.wait.is_some())
        .then(|| u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    let dataplane = parts.dataplane.status();
    let publication = parts.publication.borrow().clone();
    let asked = query.wait.is_some() && !active;
    WriteReport {
        version,
        changed: committed.changed,
        active,
        workers: if active { dataplane.workers } else { 0 },
        after_us,
        reason: if asked { why_not_active(&publication, version, &dataplane) } else { None },
        findings: match asked {
            true => publication.findings.iter().map(json::finding).collect(),
            false => Vec::new(),
        },
    }
}

impl<D: Dataplane> super::Parts<D> {
    /// Waits until `version` is active, is known to become so only later, or five seconds are over.
    async fn follow(&self, version: u64, began: Instant) -> bool {
        let mut publication = self.publication.clone();
        let settled = publication.wait_for(|state| {
            state.published.is_some_and(|it| it >= version) || state.refused(version)
        });
        match tokio::time::timeout(ACTIVE_WITHIN, settled).await {
            Ok(Ok(state)) if state.refused(version) => return false,
            Ok(Ok(_)) => {}
            _ => return false,
        }
        if !self.dataplane.status().connected {
            return false;
        }
        let rest = ACTIVE_WITHIN.saturating_sub(began.elapsed());
        self.dataplane.wait_active(version, rest).await
    }
}

impl Publication {
    /// Whether `version` or a later one could not be published.
    fn refused(&self, version: u64) -> bool {
        self.error.is_some() && self.version >= version
    }
}

/// Why `version` is not in force, if it is not.
fn why_not_active(
    publication: &Publication,
    version: u64,
    dataplane: &api::DataplaneStatus,
) -> Option<String> {
    if version == 0 {
        return Some("the configuration has not been read yet".to_owned());
    }
    if let Some(error) = &publication.error {
        return Some(error.clone());
    }
    if dataplane.image.is_some_and(|image| image >= version) {
        return None;
    }
    if !dataplane.connected {
        return Some(
            "the data plane is not connected; it takes the version when it is back".to_owned(),
        );
    }
    Some(match &dataplane.error {
        Some(error) => error.clone(),
        None => "not every worker has acknowledged it yet".to_owned(),
    })
}
