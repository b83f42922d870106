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
mod verify;

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

pub use publish::{Outlet, Publication, Publishing, publish};

use crate::database::{ConnectError, Database, Reach, sentence};
use crate::model::{self, LoadError, Model};
use crate::stages::Stages;
use crate::store::Snapshot;
use verify::Verify;

/// Channel of the notifications.
const CHANNEL: &str = "tandem_changes";
/// Longest wait of the reader for somebody who has locked what it reads or writes.
const PATIENT: &str = "SET lock_timeout = '2s'";
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
    #[error("the configuration cannot be followed: {}", sentence(.0))]
    Database(#[from] tokio_postgres::Error),
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
    let mut reader = Reader { model: Model::default(), newest, outlet, verify: Verify::default() };
    loop {
        if let Err(error) = session(&database, pace, &mut reader).await {
            let text = error.to_string();
            if matches!(
                error,
                SessionError::Lost | SessionError::Load(_) | SessionError::Database(_)
            ) {
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
    verify: Verify,
}

async fn session<O: Outlet>(
    database: &Database,
    pace: Pace,
    reader: &mut Reader<O>,
) -> Result<(), SessionError> {
    // Listening comes first: a change between the two is told then.
    let (_listener, mut notes) = database.listen(CHANNEL).await?;
    // Not the pool's any more: it has a setting of its own, and is needed however busy the others are.
    let mut connection = Object::take(database.connect().await?);
    connection.batch_execute(PATIENT).await?;
    let mut version = interval(pace.version);
    let mut checksums = interval(pace.checksums);
    for timer in [&mut version, &mut checksums] {
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    reader.verify.begin();
    loop {
        tokio::select! {
            note = notes.recv() => {
                note.ok_or(SessionError::Lost)?;
                drain(&mut notes);
                reader.step(&mut connection).await?;
            }
            _ = version.tick() => reader.step(&mut connection).await?,
            _ = checksums.tick() => reader.verify.ask(database),
            Some(sums) = reader.verify.answer() => {
                // The version that it is of can be one that was not told yet.
                reader.step(&mut connection).await?;
                if reader.verify.judge(&reader.model, sums) {
                    if !mend(&connection).await {
                        reader.verify.undo();
                    }
                    reader.step(&mut connection).await?;
                }
            }
        }
    }
}

/// One refresh answers all notifications that are there.
fn drain(notes: &mut mpsc::UnboundedReceiver<String>) {
    while notes.try_recv().is_ok() {}
}

/// Gives what differs at the same version a new one, under which everything is read again.
///
/// A writer can be in the way, and it may wait for this reader: then it is tried after the next comparison.
async fn mend(connection: &ClientWrapper) -> bool {
    let sql = "INSERT INTO changes (version, kind, id) VALUES (config_bump(), 'all', 0) ON CONFLICT DO NOTHING";
    let mended = connection.execute(sql, &[]).await;
    if let Err(error) = &mended {
        tracing::warn!(error = sentence(error), "the new version has to wait");
    }
    mended.is_ok()
}

impl<O: Outlet> Reader<O> {
    async fn step(&mut self, connection: &mut ClientWrapper) -> Result<(), LoadError> {
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
}
