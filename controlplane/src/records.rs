//! Owns the way of call events from a data plane's journal into the database, each exactly once.
//! Refuses to know where the journal comes from, how calls are routed, and who asks for records.
//!
//! ```text
//! journal ── tail (a thread that may block) ── batch ── fold ── one transaction: rows and offset
//! ```
//!
//! The offset in the database says what is taken. A transaction holds it locked, takes only the batch
//! that begins there, and moves it with the rows: whatever dies at whatever point, the next try begins
//! where the rows end. What the database refuses for its contents is cut down to the one event that is
//! at fault, which is kept aside; everything else is tried for ever.

mod batch;
mod columns;
mod copy;
mod days;
mod fold;
mod ingest;
mod names;
mod source;
mod tail;
mod write;

use std::sync::Arc;

use hugepages::journal::Place;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_postgres::error::SqlState;

use crate::database::Database;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use columns::number as place_number;
pub use source::Source;

/// Days that records are kept unless the configuration says otherwise.
pub const KEEP_DAYS: u16 = 120;

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The database refused, or is gone.
    #[error("the records were not written: {}", crate::database::sentence(.0))]
    Database(#[from] tokio_postgres::Error),
    /// Somebody else moved the offset, or the last answer of the database was lost.
    #[error("the journal came in up to {found}, not {expected}; reading goes on from there")]
    Moved {
        /// Where the batch begins.
        expected: PlaceText,
        /// Where the database stands.
        found: PlaceText,
    },
    /// The journal could not be brought to the disk.
    #[error("the journal was not synced: {0}")]
    Sync(#[from] std::io::Error),
}

impl WriteError {
    /// Whether the same rows would be refused again.
    fn is_of_the_data(&self) -> bool {
        let WriteError::Database(error) = self else { return false };
        // Bad values, broken constraints, and values that are too long for what is made of them.
        let of_data = |state: &SqlState| {
            ["22", "23", "54"].iter().any(|class| state.code().starts_with(class))
        };
        error.code().is_some_and(of_data)
    }
}

/// A place in the form in which people are told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceText(pub Place);

impl std::fmt::Display for PlaceText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "segment {} offset {}", self.0.segment, self.0.offset)
    }
}

/// How far records came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The journal that is read.
    pub source: Option<Source>,
    /// Events before this place are in the database; `None` before the database has told.
    pub ingested: Option<Place>,
    /// A place in `ingested`'s segment up to which they stay there, whatever becomes of the server; `None` until
    /// it is known that the directory holds this journal.
    pub durable: Option<Place>,
    /// Rows written since the start.
    pub rows: u64,
    /// Ends without a call that stands, since the start.
    pub strays: u64,
    /// Damaged ranges and events that were kept aside, since the start.
    pub damages: u64,
    /// What keeps records from coming in, if anything does.
    pub fault: Option<String>,
    /// Which of the journals that were asked for it is.
    turn: u64,
}

/// The journal that is asked for.
#[derive(Clone, Debug, Default)]
struct Wanted {
    /// How often one was.
    turn: u64,
    source: Option<Source>,
}

/// The reading of journals; clones share it. It ends with the last of them.
#[derive(Clone, Debug)]
pub struct Records {
    wanted: watch::Sender<Wanted>,
    progress: watch::Sender<Progress>,
    _tasks: Arc<JoinSet<()>>,
}

impl Records {
    /// Begins with the journal that was read last, if the database knows one.
    #[must_use]
    pub fn start(database: Database, keep_days: u16) -> Records {
        let (wanted, progress) =
            (watch::Sender::new(Wanted::default()), watch::Sender::new(Progress::default()));
        let mut tasks = JoinSet::new();
        tasks.spawn(ingest::run(database.clone(), wanted.clone(), progress.clone()));
        tasks.spawn(days::run(database, keep_days, progress.clone()));
        Records { wanted, progress, _tasks: Arc::new(tasks) }
    }

    /// Goes over to this journal once the one before it is read to its end. The same one is opened anew,
    /// which finds out whether it still is the same.
    pub fn follow(&self, source: Source) {
        self.wanted.send_modify(|wanted| {
            wanted.turn += 1;
            wanted.source = Some(source);
        });
    }

    /// How far they are.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Bytes of the journal that are not in the database; `None` while it is not known.
    #[must_use]
    pub fn backlog_bytes(&self) -> Option<u64> {
        let progress = self.progress.borrow().clone();
        let journal = progress.source?.journal;
        source::backlog(&journal, progress.ingested?).ok()
    }

    /// Waits until that place of the journal before which everything is in the database for good lies in another
    /// segment than `known`, and gives it. The journal is the one that [`Records::follow`] was last told, as it
    /// was found after that.
    pub async fn durable(&self, source: &Source, known: Option<Place>) -> Place {
        let turn = self.wanted.borrow().turn;
        let found = |progress: &Progress| {
            let durable = progress
                .durable
                .filter(|_| progress.turn >= turn && progress.source.as_ref() == Some(source))?;
            (known.map(|known| known.segment) != Some(durable.segment)).then_some(durable)
        };
        let mut seen = self.progress.subscribe();
        // The sender is held here, so that the wait ends by the condition alone.
        let is_there = seen.wait_for(|progress| found(progress).is_some()).await;
        is_there.ok().and_then(|progress| found(&progress)).unwrap_or_default()
    }

    /// Waits until everything before `place` of the journal is in the database. The journal is the one that
    /// [`Records::follow`] was last told, as it was found after that.
    pub async fn reached(&self, source: &Source, place: Place) {
        let turn = self.wanted.borrow().turn;
        let there = |progress: &Progress| {
            progress.turn >= turn
                && progress.source.as_ref() == Some(source)
                && progress.ingested.is_some_and(|ingested| ingested >= place)
        };
        // The sender is held here, so that the wait ends by the condition alone.
        drop(self.progress.subscribe().wait_for(there).await);
    }
}
