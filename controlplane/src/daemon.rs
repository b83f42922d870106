//! Owns the life of the daemon: the order in which parts start and stop; refuses to know what they do.
//!
//! | start | stop |
//! |---|---|
//! | lock of the state directory | API: requests under way end |
//! | sockets | followers, link and records |
//! | PostgreSQL, then its schema | PostgreSQL, when nobody uses it any more |
//!
//! Nothing at start waits for PostgreSQL but what needs it: status is served while it is made, recovers or is gone.

pub mod lift;
mod look;
mod plane;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::calls::Restorer;
use crate::cluster::{Cluster, ClusterError};
use crate::config::{Choice, Config, ConfigError, LogFormat};
use crate::database::{Database, Schema};
use crate::http::{self, BindError};
use crate::link::Link;
use crate::migrate;
use crate::privilege::{BecomeError, become_user};
use crate::records::{KEEP_DAYS, Records};
use crate::store::Store;
use crate::sync::{self, Pace, Publication, Publishing};

use plane::Plane;

/// Longest wait for requests under way when the daemon stops.
const FAREWELL: Duration = Duration::from_secs(3);

/// Why the daemon does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration is not to be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The process cannot become its user.
    #[error(transparent)]
    Become(#[from] BecomeError),
    /// The lock of the state directory cannot be made.
    #[error("{path}: {source}; the user of the daemon needs this directory, and the way to it")]
    Lock {
        /// Its file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another daemon has the state directory.
    #[error("{0}: another control plane has this state directory; stop it first")]
    Taken(PathBuf),
    /// There can be no embedded PostgreSQL.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The socket of the API cannot be made.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The socket of the link cannot be made.
    #[error("the link to the data plane: {0}")]
    Link(#[from] hugepages::link::LinkError),
    /// The runtime cannot be made.
    #[error("the threads of the daemon: {0}")]
    Threads(#[source] io::Error),
}

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// [`StartError`]: it did not start.
pub fn run(config: Config) -> Result<(), StartError> {
    // Before there are threads: only this one changes its user.
    become_user(&config.user, &[&config.state, &config.run])?;
    let _lock = lock(&config.state)?;
    log(&config);
    raise_descriptors();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("controlplane")
        .enable_all()
        .build()
        .map_err(StartError::Threads)?;
    let result = runtime.block_on(live(config));
    // A compilation may be under way, and nobody waits for its image any more.
    runtime.shutdown_background();
    result
}

/// One daemon per state directory; the lock goes with the process.
fn lock(state: &Path) -> Result<File, StartError> {
    let path = state.join("lock");
    let file =
        File::create(&path).map_err(|source| StartError::Lock { path: path.clone(), source })?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| StartError::Taken(state.to_owned()))?;
    Ok(file)
}

/// As many descriptors as the system allows: images, the database and the API each need some.
fn raise_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the number of descriptors stays as it is");
    }
}

fn log(config: &Config) {
    let log = tracing_subscriber::fmt()
        .with_max_level(config.log.level)
        .with_target(false)
        .with_ansi(false)
        .with_writer(io::stderr);
    let taken = match config.log.format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    // Somebody in this process logs already, and goes on to.
    drop(taken);
}

async fn live(config: Config) -> Result<(), StartError> {
    let began = Instant::now();
    let mut terminate = signal(SignalKind::terminate()).map_err(StartError::Threads)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(StartError::Threads)?;
    let (stop_api, api_stops) = watch::channel(false);
    let (stop_cluster, cluster_stops) = watch::channel(false);

    let socket = http::bind(&config.run.join("api.sock"))?;
    let (cluster, address) = match config.database {
        Choice::Embedded => {
            let cluster = Cluster::find(&config.state, &config.run)?;
            let address = cluster.address();
            (Some(cluster), address)
        }
        Choice::External(address) => (None, *address),
    };
    let fault = cluster.as_ref().map(Cluster::fault);
    let kind = match cluster {
        Some(_) => api::DatabaseKind::Embedded,
        None => api::DatabaseKind::External,
    };
    let database = Database::new(address).without_schema();
    let records = Records::start(database.clone(), KEEP_DAYS);
    let restorer = Arc::new(Restorer::new(database.clone(), records.clone()));
    let link = Link::start(&config.run.join("link.sock"), restorer)?;
    let plane = Plane::new(link.handle(), records);
    let server = cluster.map(|cluster| tokio::spawn(cluster.keep(cluster_stops)));

    let newest = watch::Sender::new(None);
    let prepared = watch::Sender::new(None);
    let publication = watch::Sender::new(Publication::default());
    let mut parts = JoinSet::new();
    parts.spawn(sync::publish(Publishing {
        newest: newest.subscribe(),
        prepared: prepared.subscribe(),
        state: publication.clone(),
        database: database.clone(),
        outlet: plane.clone(),
    }));
    parts.spawn(lift::run(database.clone(), newest.subscribe(), link.handle().states()));
    let store = Store::new(database.clone(), newest.subscribe(), prepared);
    let follower = sync::follow(database.clone(), Pace::default(), newest, plane.clone());
    parts.spawn(migrate_then(database.clone(), follower));

    let routes = http::routes(http::Parts {
        store,
        database,
        kind,
        cluster: fault,
        publication: publication.subscribe(),
        dataplane: plane,
        began,
    });
    let mut api = tokio::spawn(http::serve(socket, routes, api_stops));
    tracing::info!(run = %config.run.display(), "the control plane is up");

    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = &mut api => tracing::error!("the API has ended"),
    }
    tracing::info!("stopping");
    stop_api.send_replace(true);
    if !api.is_finished() {
        tokio::time::timeout(FAREWELL, api).await.ok();
    }
    parts.shutdown().await;
    drop(link);
    stop_cluster.send_replace(true);
    if let Some(server) = server {
        server.await.ok();
    }
    Ok(())
}

/// Brings the schema up to date, however long the database takes to be there, and goes on with `then`.
async fn migrate_then(database: Database, then: impl Future<Output = ()>) {
    loop {
        let mut connection = database.wait_bare().await;
        match migrate::migrate(&mut connection).await {
            Ok(0) => break,
            Ok(count) => {
                tracing::info!(count, "the schema is up to date");
                break;
            }
            Err(error) => {
                tracing::error!(%error, "trying again");
                database.has_schema(Schema::Failing(error.to_string()));
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    database.has_schema(Schema::Ready);
    then.await;
}
