//! Owns following the configuration in the database: who reads it, when, and who is told.
//! Refuses to know how images travel: they are handed to an [`Outlet`].
//!
//! ```text
//! COMMIT ─ NOTIFY ─▶ follow: version? changed entities ─▶ Newest ─▶ publish: compile, open ─▶ Outlet
//!                       └── switches ────────────────────────────────────────────────────▶ Outlet
//! ```
//!
//! A notification is a hint that makes it quick. The version in the database is the truth: it is looked at every second
//! without a hint. Every 30 s the checksums of all tables are compared with those of what was read, which finds rows
//! that were changed past the triggers.

mod publish;

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

pub use publish::{Outlet, Publication, Publishing, publish};

use crate::database::{ConnectError, Connection, Database, Reach};
use crate::model::{self, LoadError, Model};
use crate::stages::Stages;
use crate::store::Snapshot;

/// Channel of the notifications.
const CHANNEL: &str = "tandem_changes";
/// Pause before the database is tried again.
const RETRY: Duration = Duration::from_millis(250);

/// How often the database is looked at without a hint.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The version.
    pub version: Duration,
    /// The checksums of all tables.
    pub checksums: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { version: Duration::from_secs(1), checksums: Duration::from_secs(30) }
    }
}

/// Why a session of following ended.
#[derive(Debug, thiserror::Error)]
enum SessionError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("the connection that listens was lost")]
    Lost,
}

/// Follows the configuration until the task is dropped, through every loss of the database.
pub async fn follow<O: Outlet>(
    database: Database,
    pace: Pace,
    newest: watch::Sender<Option<Snapshot>>,
    outlet: O,
) {
    let mut reader = Reader { model: Model::default(), newest, outlet };
    loop {
        if let Err(error) = session(&database, pace, &mut reader).await {
            let text = error.to_string();
            if matches!(error, SessionError::Lost | SessionError::Load(_)) {
                tracing::warn!(error = %text, "the configuration is not followed; trying again");
            }
            if !matches!(error, SessionError::Connect(_)) {
                database.note(Reach::Gone(text));
            }
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// What was read, and who is told.
struct Reader<O> {
    model: Model,
    newest: watch::Sender<Option<Snapshot>>,
    outlet: O,
}

async fn session<O: Outlet>(
    database: &Database,
    pace: Pace,
    reader: &mut Reader<O>,
) -> Result<(), SessionError> {
    // Listening comes first: a change between the two is told then.
    let (_listener, mut notes) = database.listen(CHANNEL).await?;
    let mut connection = database.connect().await?;
    let mut version = interval(pace.version);
    let mut checksums = interval(pace.checksums);
    for timer in [&mut version, &mut checksums] {
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    loop {
        tokio::select! {
            note = notes.recv() => {
                note.ok_or(SessionError::Lost)?;
                drain(&mut notes);
                reader.step(&mut connection).await?;
            }
            _ = version.tick() => reader.step(&mut connection).await?,
            _ = checksums.tick() => reader.verify(&mut connection).await?,
        }
    }
}

/// One refresh answers all notifications that are there.
fn drain(notes: &mut mpsc::UnboundedReceiver<String>) {
    while notes.try_recv().is_ok() {}
}

impl<O: Outlet> Reader<O> {
    async fn step(&mut self, connection: &mut Connection) -> Result<(), LoadError> {
        let mut stages = Stages::begin();
        let refreshed = model::refresh(connection, &mut self.model).await?;
        stages.end("load");
        for switch in refreshed.switches {
            self.outlet.switch(switch).await;
        }
        if refreshed.changed {
            let plan = std::sync::Arc::new(self.model.plan());
            stages.end("plan");
            let version = self.model.version();
            tracing::debug!(version, us = %stages, "read");
            self.newest.send_replace(Some(Snapshot { version, plan }));
        }
        Ok(())
    }

    /// Compares checksums. What differs at the same version gets a new one, under which everything is read again.
    async fn verify(&mut self, connection: &mut Connection) -> Result<(), LoadError> {
        self.step(connection).await?;
        let torn = model::verify(connection, &self.model).await?;
        if torn.is_empty() {
            return Ok(());
        }
        let kinds: Vec<&str> = torn.iter().map(|kind| kind.name()).collect();
        tracing::error!(?kinds, "rows were changed past the triggers; reading everything again");
        connection
            .execute(
                "INSERT INTO changes (version, kind, id) VALUES (config_bump(), 'all', 0)",
                &[],
            )
            .await?;
        self.step(connection).await
    }
}
