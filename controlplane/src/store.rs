//! Owns every change of the configuration: read, edit, check, write, record who did it; refuses to know HTTP.
//!
//! Whatever is changed, from one switch to the import of a plan, goes the same way: under the lock of the version, the
//! newest configuration is edited in memory, compiled, and its difference written. What cannot be compiled is never
//! committed, and two writers never see the same version.

pub mod diff;
mod document;
mod normal;
mod turn;
mod write;

use std::sync::Arc;
use std::time::Duration;

use routing::entity::Plan;
use routing::image::{self, Built};
use routing::{Finding, Image};
use serde_json::Value;
use tokio::sync::{Mutex, watch};
use tokio_postgres::error::SqlState;

pub use normal::normalise;

use crate::database::{ConnectError, Connection, Database, sentence};
use crate::model::Kind;
use crate::stages::Stages;
use diff::Diff;

/// Longest wait for the reader of the configuration to come up with its writers.
const CATCH_UP: Duration = Duration::from_secs(5);

/// A configuration as it was committed.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Its version.
    pub version: u64,
    /// What it says, normalised.
    pub plan: Arc<Plan>,
}

/// The newest configuration that was read; none before the first read.
pub type Newest = watch::Receiver<Option<Snapshot>>;

/// A configuration that was compiled before its commit, so that it need not be compiled again behind it.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What was compiled, with the version that its commit gives it.
    pub plan: Arc<Plan>,
    /// The image, to be handed over.
    pub built: Built,
    /// The same, opened as the data plane will.
    pub image: Arc<Image>,
}

/// Who makes a change, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Such as `root (uid 0)`.
    pub name: String,
    /// Such as `api socket, pid 812`.
    pub origin: String,
}

/// A change that is committed, or that was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed<T> {
    /// Version that has it.
    pub version: u64,
    /// Whether anything differs from before.
    pub changed: bool,
    /// What the edit answered.
    pub answer: T,
}

/// Why a change is not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no such entity.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// Kind of entity.
        what: &'static str,
        /// The name asked for.
        name: String,
    },
    /// There is one already.
    #[error("there is a {what} `{name}` already")]
    Exists {
        /// Kind of entity.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Something else refers to it.
    #[error("{what} `{name}` is in use: {by}")]
    InUse {
        /// Kind of entity.
        what: &'static str,
        /// Its name.
        name: String,
        /// Who refers to it.
        by: String,
    },
    /// The request contradicts what stands.
    #[error("{0}")]
    Conflict(String),
    /// The configuration would not be valid.
    #[error("the configuration would not be valid")]
    Invalid(Vec<Finding>),
    /// The database refuses it.
    #[error("the database refuses it: {cause}")]
    Refused {
        /// Its words.
        cause: String,
        /// What it says to do.
        remedy: Option<String>,
    },
    /// The database is not reached.
    #[error(transparent)]
    Unreachable(#[from] ConnectError),
    /// Another transaction is in the way for too long.
    #[error("the configuration is locked: {by}; nothing was changed")]
    Locked {
        /// Which, and for how long.
        by: String,
        /// The session to end, if it is known.
        pid: Option<i32>,
    },
    /// The database could not do it, whatever was asked.
    #[error("PostgreSQL cannot make the change: {0}; nothing was changed")]
    Failed(String),
    /// The database does not answer any more.
    #[error("PostgreSQL does not answer; nothing was changed")]
    Silent,
    /// The connection was lost on the way.
    #[error("the connection to PostgreSQL was lost: {0}; look whether the change was made")]
    Lost(String),
    /// The reader did not come up in time.
    #[error("version {version} of the configuration has not been read yet; try again")]
    Behind {
        /// Version in the database.
        version: u64,
    },
}

impl From<tokio_postgres::Error> for ChangeError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else { return Self::Lost(sentence(&error)) };
        let message = || said.message().to_owned();
        match said.code() {
            code if *code == SqlState::LOCK_NOT_AVAILABLE => {
                Self::Locked { by: message(), pid: None }
            }
            code => match code.code().get(..2) {
                // The contents: what the types, the constraints or the triggers say.
                Some("22" | "23" | "P0") => Self::Refused {
                    cause: message(),
                    remedy: said.hint().or(said.detail()).map(str::to_owned),
                },
                // Its sessions end, and what became of the last statement is not known.
                Some("08" | "57") => Self::Lost(message()),
                _ => Self::Failed(message()),
            },
        }
    }
}

/// The way to change the configuration; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
    newest: Newest,
    prepared: watch::Sender<Option<Prepared>>,
    turn: Arc<Mutex<()>>,
}

impl Store {
    /// A store over `database` whose reader announces what it read in `newest` and takes images from `prepared`.
    #[must_use]
    pub fn new(
        database: Database,
        newest: Newest,
        prepared: watch::Sender<Option<Prepared>>,
    ) -> Self {
        Self { database, newest, prepared, turn: Arc::default() }
    }

    /// The newest configuration that was read.
    #[must_use]
    pub fn newest(&self) -> Option<Snapshot> {
        self.newest.borrow().clone()
    }

    /// Waits until `version` was read.
    ///
    /// # Errors
    /// [`ChangeError::Behind`] after five seconds.
    pub async fn at(&self, version: u64) -> Result<Snapshot, ChangeError> {
        let mut newest = self.newest.clone();
        let there = newest
            .wait_for(|snapshot| snapshot.as_ref().is_some_and(|read| read.version >= version));
        match tokio::time::timeout(CATCH_UP, there).await {
            Ok(Ok(snapshot)) => snapshot.clone().ok_or(ChangeError::Behind { version }),
            _ => Err(ChangeError::Behind { version }),
        }
    }

    /// Makes the change that `edit` makes to the newest configuration, as one transaction with one audit row.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing is changed then.
    pub async fn change<T>(
        &self,
        author: &Author,
        action: &str,
        edit: impl FnOnce(&mut Plan) -> Result<T, ChangeError>,
    ) -> Result<Committed<T>, ChangeError> {
        let _turn = self.turn().await?;
        let mut connection = self.database.connect().await?;
        let made = self.make(&mut connection, author, action, edit).await;
        self.told(connection, made).await
    }

    async fn make<T>(
        &self,
        connection: &mut Connection,
        author: &Author,
        action: &str,
        edit: impl FnOnce(&mut Plan) -> Result<T, ChangeError>,
    ) -> Result<Committed<T>, ChangeError> {
        let transaction = connection.transaction().await?;
        let version = turn::lock(&transaction, &author.name).await?;
        let before = self.at(version).await?;
        let mut stages = Stages::begin();

        let mut after = Plan::clone(&before.plan);
        let answer = edit(&mut after)?;
        normalise(&mut after);
        let next = version + 1;
        after.version = next;
        let after = Arc::new(after);
        // Names are unique only in a valid plan, and so is what a difference says.
        stages.end("edit");
        let (built, image) = compile(Arc::clone(&after)).await?;
        stages.end("build");
        let diff = Diff::between(&before.plan, &after);
        if diff.is_empty() {
            return Ok(Committed { version, changed: false, answer });
        }
        write::write(&transaction, &diff).await?;
        let [was, is] = document::sides(&diff);
        let (kind, name) = document::subject(&diff);
        let audit = transaction.prepare_cached(include_str!("store/sql/audit.sql")).await?;
        let row_version = i64::try_from(next).unwrap_or(i64::MAX);
        transaction
            .execute(
                &audit,
                &[&row_version, &author.name, &author.origin, &action, &kind, &name, &was, &is],
            )
            .await?;
        stages.end("write");
        self.prepared.send_replace(Some(Prepared { plan: Arc::clone(&after), built, image }));
        transaction.commit().await?;
        stages.end("commit");
        tracing::debug!(version = next, us = %stages, "committed");
        // Whoever reads behind his own change shall see it.
        self.at(next).await.ok();
        Ok(Committed { version: next, changed: true, answer })
    }

    /// Switches a trunk or an originator, without compiling first: no plan becomes invalid by a switch.
    ///
    /// # Errors
    /// [`ChangeError`]; nothing is changed then.
    pub async fn switch(
        &self,
        author: &Author,
        kind: Kind,
        name: &str,
        enabled: bool,
    ) -> Result<Committed<()>, ChangeError> {
        let table = match kind {
            Kind::Trunk => "trunks",
            Kind::Originator => "originators",
            _ => unreachable!("only trunks and originators have a switch"),
        };
        let _turn = self.turn().await?;
        let mut connection = self.database.connect().await?;
        let made = self.make_switch(&mut connection, author, (kind, table), name, enabled).await;
        self.told(connection, made).await
    }

    async fn make_switch(
        &self,
        connection: &mut Connection,
        author: &Author,
        (kind, table): (Kind, &str),
        name: &str,
        enabled: bool,
    ) -> Result<Committed<()>, ChangeError> {
        let transaction = connection.transaction().await?;
        let version = turn::lock(&transaction, &author.name).await?;
        let update = format!(
            "UPDATE {table} t SET enabled = $2 FROM {table} o
             WHERE t.name = $1 AND o.id = t.id RETURNING o.enabled"
        );
        let update = transaction.prepare_cached(&update).await?;
        let Some(row) = transaction.query_opt(&update, &[&name, &enabled]).await? else {
            return Err(ChangeError::NotFound { what: kind.name(), name: name.to_owned() });
        };
        let was: bool = row.try_get(0)?;
        if was == enabled {
            return Ok(Committed { version, changed: false, answer: () });
        }
        let next = version + 1;
        let row_version = i64::try_from(next).unwrap_or(i64::MAX);
        let state = |enabled: bool| Value::from_iter([("enabled", enabled)]);
        let audit = transaction.prepare_cached(include_str!("store/sql/audit.sql")).await?;
        let action = if enabled { "enable" } else { "disable" };
        let (kind, was, is) = (kind.name(), state(was), state(enabled));
        transaction
            .execute(
                &audit,
                &[
                    &row_version,
                    &author.name,
                    &author.origin,
                    &action,
                    &kind,
                    &Some(name),
                    &was,
                    &is,
                ],
            )
            .await?;
        transaction.commit().await?;
        self.at(next).await.ok();
        Ok(Committed { version: next, changed: true, answer: () })
    }
}

impl Store {
    /// What became of a change, with who was in its way.
    async fn told<T>(
        &self,
        connection: Connection,
        made: Result<T, ChangeError>,
    ) -> Result<T, ChangeError> {
        match made {
            Err(ChangeError::Silent) => {
                // Whoever had it next would wait behind what it was asked last.
                drop(Connection::take(connection));
                Err(ChangeError::Silent)
            }
            Err(ChangeError::Locked { .. }) => {
                drop(connection);
                Err(self.holder().await)
            }
            other => other,
        }
    }
}

/// Compiles beside the threads that serve sockets.
async fn compile(plan: Arc<Plan>) -> Result<(Built, Arc<Image>), ChangeError> {
    let failed = |error: &dyn std::fmt::Display| {
        ChangeError::Conflict(format!("the compilation failed: {error}"))
    };
    let compiled = tokio::task::spawn_blocking(move || {
        let built = image::build(&plan).map_err(ChangeError::Invalid)?;
        let image = built.clone().open().map_err(|error| failed(&error))?;
        Ok((built, Arc::new(image)))
    });
    compiled.await.map_err(|error| failed(&error))?
}
