//! Owns the way from the newest configuration to the outlet: coalesce, compile, open, hand over, see it acknowledged.
//! Refuses to know where configurations come from.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use routing::entity::Plan;
use routing::image::{self, Built};
use routing::{Finding, Image};
use tokio::sync::watch;

use crate::database::Database;
use crate::model::Switch;
use crate::stages::Stages;
use crate::store::{Newest, Prepared};

/// Longest wait for the acknowledgement of an image before the next one follows it.
const COALESCE: Duration = Duration::from_millis(20);
/// Pause before an image that could not be handed over is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Longest wait for an acknowledgement that is still told as the time from commit to active.
const ACKNOWLEDGE: Duration = Duration::from_secs(10);

/// Where images and switches go.
pub trait Outlet: Clone + Send + Sync + 'static {
    /// Hands an image over; the newest one counts.
    ///
    /// # Errors
    /// Why it cannot be, in words; the one before stays, and it is tried again.
    fn publish(
        &self,
        version: u64,
        built: Built,
    ) -> impl Future<Output = Result<(), String>> + Send;
    /// Hands a switch over, ahead of any image.
    fn switch(&self, switch: Switch) -> impl Future<Output = ()> + Send;
    /// Whether every worker acknowledges `version` or a later one in time.
    fn wait_active(&self, version: u64, within: Duration) -> impl Future<Output = bool> + Send;
}

/// What became of the newest configuration.
#[derive(Debug, Clone, Default)]
pub struct Publication {
    /// Version in the database, as last read.
    pub version: u64,
    /// Version of the image that was handed over last.
    pub published: Option<u64>,
    /// µs from the commit of a version to its last acknowledgement, as last measured.
    pub commit_to_active_us: Option<u64>,
    /// Why the newest version is not published.
    pub error: Option<String>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// The image of the newest valid version: what decisions are explained with.
    pub image: Option<Arc<Image>>,
}

/// What publishing works with.
#[derive(Debug)]
pub struct Publishing<O> {
    /// The newest configuration.
    pub newest: Newest,
    /// What a writer has compiled already.
    pub prepared: watch::Receiver<Option<Prepared>>,
    /// Who is told what became of it.
    pub state: watch::Sender<Publication>,
    /// Where the history of images is kept.
    pub database: Database,
    /// Where images go.
    pub outlet: O,
}

/// Publishes every newest configuration until its source is gone.
pub async fn publish<O: Outlet>(mut parts: Publishing<O>) {
    let mut last: Option<(u64, Instant)> = None;
    let mut again = false;
    while parts.turn(again).await {
        again = false;
        let seen = Instant::now();
        if let Some((version, at)) = last {
            let rest = COALESCE.saturating_sub(at.elapsed());
            parts.outlet.wait_active(version, rest).await;
        }
        let Some(snapshot) = parts.newest.borrow_and_update().clone() else { continue };
        let version = snapshot.version;
        let mut stages = Stages::begin();
        if is_empty(&snapshot.plan) {
            parts.refuse(version, EMPTY.to_owned(), Vec::new());
            continue;
        }
        let ready = parts.prepared.borrow().clone().filter(|ready| ready.plan == snapshot.plan);
        let compiled = match ready {
            Some(ready) => Ok((ready.built, ready.image)),
            None => match tokio::task::spawn_blocking(move || compile(&snapshot.plan)).await {
                Ok(compiled) => compiled,
                Err(error) => Err((format!("the compilation failed: {error}"), Vec::new())),
            },
        };
        stages.end("build");
        match compiled {
            Ok((built, image)) => {
                if let Err(error) = parts.outlet.publish(version, built).await {
                    parts.refuse(version, error, Vec::new());
                    again = true;
                    continue;
                }
                last = Some((version, Instant::now()));
                stages.end("publish");
                tracing::debug!(version, us = %stages, "published");
                parts.state.send_modify(|state| {
                    let commit_to_active_us = state.commit_to_active_us;
                    *state = Publication {
                        version,
                        published: Some(version),
                        commit_to_active_us,
                        image: Some(image),
                        ..Publication::default()
                    };
                });
                tokio::spawn(observe(
                    parts.outlet.clone(),
                    parts.state.clone(),
                    parts.database.clone(),
                    version,
                    seen,
                ));
            }
            Err((error, findings)) => parts.refuse(version, error, findings),
        }
    }
}

/// An empty image would refuse every call of a data plane that runs on its last one.
const EMPTY: &str = "the configuration is empty; import a plan";

fn is_empty(plan: &Plan) -> bool {
    plan.originators.is_empty() && plan.trunks.is_empty() && plan.plans.is_empty()
}

type Compiled = Result<(Built, Arc<Image>), (String, Vec<Finding>)>;

fn compile(plan: &Plan) -> Compiled {
    let invalid = |findings: Vec<Finding>| {
        let error =
            format!("the configuration has {} errors; the last image stays", findings.len());
        (error, findings)
    };
    open(image::build(plan).map_err(invalid)?)
}

/// Opens the image as the data plane will.
fn open(built: Built) -> Compiled {
    let refused = |error: image::OpenImageError| {
        (format!("the image does not open: {error}; the last one stays"), Vec::new())
    };
    let image = built.clone().open().map_err(refused)?;
    Ok((built, Arc::new(image)))
}

impl<O> Publishing<O> {
    /// Waits for the next configuration, or for the time to try the last one `again`; says whether there will be any.
    async fn turn(&mut self, again: bool) -> bool {
        let changed = self.newest.changed();
        if !again {
            return changed.await.is_ok();
        }
        tokio::time::timeout(RETRY, changed).await.map_or(true, |changed| changed.is_ok())
    }

    /// The last image stays in force.
    fn refuse(&self, version: u64, error: String, findings: Vec<Finding>) {
        let known = {
            let state = self.state.borrow();
            state.version == version && state.error.as_ref() == Some(&error)
        };
        if version > 1 && !known {
            tracing::error!(version, %error, "not published");
        }
        self.state.send_modify(|state| {
            state.version = version;
            state.error = Some(error);
            state.findings = findings;
        });
    }
}

/// Sees an image acknowledged, and writes its history.
async fn observe<O: Outlet>(
    outlet: O,
    state: watch::Sender<Publication>,
    database: Database,
    version: u64,
    seen: Instant,
) {
    let active = outlet.wait_active(version, ACKNOWLEDGE).await;
    let took = micros(seen);
    if active {
        state.send_modify(|state| {
            if state.published == Some(version) {
                state.commit_to_active_us = Some(took);
            }
        });
    }
    let row = i64::try_from(version).unwrap_or(i64::MAX);
    let took = if active { i64::try_from(took).ok() } else { None };
    match database.connect().await {
        Ok(connection) => {
            let written = connection.execute(include_str!("history.sql"), &[&row, &took]).await;
            if let Err(error) = written {
                tracing::warn!(%error, version, "the history of images lacks a version");
            }
        }
        Err(error) => tracing::warn!(%error, version, "the history of images lacks a version"),
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}
