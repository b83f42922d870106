//! Owns the HTTP API on its unix socket: routes, who may ask, and one shape of errors; refuses to change anything itself.
//!
//! | part | routes |
//! |---|---|
//! | [`entity`] | `/v1/{destinations,decks,trunks,plans,originators}` |
//! | [`rule`] | `/v1/plans/PLAN/{rules,coverage,fill}` |
//! | [`plan_file`] | `/v1/plan/{import,export}` |
//! | [`cdr`] | `/v1/cdrs`, `/v1/cdrs/{tail,summary}` |
//! | [`explain`] | `/v1/routes/explain` |
//! | [`live`] | `/v1/status`, `/v1/calls/active`, `/v1/dataplane/{drain,resume}` |

mod answer;
mod ask;
mod cdr;
mod door;
mod entity;
mod explain;
mod live;
mod plan_file;
mod rule;
mod socket;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio::sync::watch;

use crate::database::Database;
use crate::store::Store;
use crate::sync::{Outlet, Publication};

pub use answer::Failure;
pub use socket::{BindError, Peer, bind, serve};

/// Largest body: a plan file of a million prefixes and rates has some 40 MB.
const BODY: usize = 256 << 20;
/// Longest wait of `wait=active`.
const ACTIVE_WITHIN: Duration = Duration::from_secs(5);

/// The data plane as the API needs it.
pub trait Dataplane: Outlet {
    /// What it said last.
    fn status(&self) -> api::DataplaneStatus;
    /// Each of its workers, as their counters say.
    fn workers(&self) -> impl Future<Output = Vec<api::WorkerStatus>> + Send;
    /// How its call records come in.
    fn journal(&self) -> impl Future<Output = api::JournalStatus> + Send;
    /// Up to where they came in; costs nothing.
    fn taken(&self) -> Option<api::JournalPlace>;
    /// Calls in progress by stable id: trunks and originators.
    fn active_calls(&self) -> impl Future<Output = Active> + Send;
    /// Refuses new calls, or takes them again.
    fn drain(
        &self,
        draining: bool,
    ) -> impl Future<Output = Result<api::DrainReport, String>> + Send;
}

/// Calls in progress by stable id.
#[derive(Debug, Clone, Default)]
pub struct Active {
    /// By trunk.
    pub trunks: Vec<(u32, u64)>,
    /// By originator.
    pub originators: Vec<(u32, u64)>,
}

/// What the routes work with.
#[derive(Debug)]
pub struct Parts<D> {
    /// The configuration and its changes.
    pub store: Store,
    /// PostgreSQL.
    pub database: Database,
    /// Who runs PostgreSQL.
    pub kind: api::DatabaseKind,
    /// Why the embedded server does not run, while it does not.
    pub cluster: Option<watch::Receiver<Option<String>>>,
    /// What became of the newest configuration.
    pub publication: watch::Receiver<Publication>,
    /// The data plane.
    pub dataplane: D,
    /// When the daemon began.
    pub began: Instant,
}

/// State of the routes.
type Shared<D> = Arc<Parts<D>>;

/// All routes.
pub fn routes<D: Dataplane>(parts: Parts<D>) -> Router {
    let router = Router::new()
        .route("/v1/status", get(live::status::<D>))
        .route("/v1/calls/active", get(live::active::<D>))
        .route("/v1/cdrs", get(cdr::search::<D>))
        .route("/v1/cdrs/tail", get(cdr::tail::<D>))
        .route("/v1/cdrs/summary", get(cdr::summary::<D>))
        .route("/v1/dataplane/drain", post(live::drain::<D>))
        .route("/v1/dataplane/resume", post(live::resume::<D>))
        .route("/v1/plan/import", post(plan_file::import::<D>))
        .route("/v1/plan/export", get(plan_file::export::<D>))
        .route("/v1/routes/explain", post(explain::explain::<D>))
        .route("/v1/plans/{plan}/rules", get(rule::list::<D>).post(rule::create::<D>))
        .route(
            "/v1/plans/{plan}/rules/{rule}",
            get(rule::show::<D>).put(rule::replace::<D>).delete(rule::delete::<D>),
        )
        .route("/v1/plans/{plan}/rules/{rule}/weights", post(rule::weights::<D>))
        .route("/v1/plans/{plan}/coverage", get(rule::coverage::<D>))
        .route("/v1/plans/{plan}/fill", post(rule::fill::<D>));
    let router = entities::<api::Destination, D>(router);
    let router = entities::<api::Deck, D>(router);
    let router = entities::<api::Trunk, D>(router);
    let router = entities::<api::Plan, D>(router);
    let router = entities::<api::Originator, D>(router);
    router
        .fallback(answer::no_such_route)
        .method_not_allowed_fallback(answer::no_such_method)
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(Arc::new(parts))
}

fn entities<E: entity::Resource, D: Dataplane>(router: Router<Shared<D>>) -> Router<Shared<D>> {
    let all = format!("/v1/{}", E::KIND);
    let one = format!("/v1/{}/{{name}}", E::KIND);
    router.route(&all, get(entity::list::<E, D>).post(entity::create::<E, D>)).route(
        &one,
        get(entity::show::<E, D>)
            .put(entity::replace::<E, D>)
            .patch(entity::patch::<E, D>)
            .delete(entity::delete::<E, D>),
    )
}
