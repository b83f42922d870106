//! Owns the task that takes batch after batch, and what it does when one is not taken.
//! Knows nothing of rows.

use std::time::Duration;

use hugepages::journal::Place;
use tokio::sync::watch;

use super::batch::Batch;
use super::source::{Offset, Source};
use super::tail::{Read, Tail};
use super::write::Writer;
use super::{Progress, Wanted, WriteError};
use crate::database::{Database, sentence};

/// First and longest pause before a batch is tried again.
const RETRY_MS: (u64, u64) = (20, 1_000);

/// Takes what the journals have, for ever.
pub async fn run(
    database: Database,
    wanted: watch::Sender<Wanted>,
    progress: watch::Sender<Progress>,
) {
    let mut follow = wanted.subscribe();
    // Who asks for a journal may be gone while its records still come in.
    drop(wanted);
    let mut ingest = Ingest { database, progress, writer: Writer::default() };
    loop {
        let Wanted { turn, source } = follow.borrow_and_update().clone();
        let source = match source {
            Some(source) => source,
            None => match ingest.remembered().await {
                Some(source) => source,
                None if follow.changed().await.is_ok() => continue,
                None => return,
            },
        };
        ingest.follow(&source, turn, &mut follow).await;
    }
}

struct Ingest {
    database: Database,
    progress: watch::Sender<Progress>,
    writer: Writer,
}

impl Ingest {
    /// Reads a journal until another one is asked for, or until it has to be opened anew.
    async fn follow(&mut self, source: &Source, turn: u64, follow: &mut watch::Receiver<Wanted>) {
        let from = self.offset(source).await;
        self.progress.send_modify(|progress| {
            progress.source = Some(source.clone());
            progress.ingested = Some(from.place);
            progress.durable = None;
        });
        let mut tail = Tail::spawn(source, from);
        let (mut at, mut stopping) = (from.place, false);
        loop {
            let read = tokio::select! {
                read = tail.next() => read,
                changed = follow.changed(), if !stopping => {
                    // The journal is read to its end first: its records are not left behind.
                    tail.stop_at_end();
                    stopping = changed.is_ok() || changed.is_err();
                    continue;
                }
            };
            match read {
                Some(Read::Opened) => self.progress.send_modify(|progress| {
                    progress.turn = turn;
                    // To be told the offset was a commit of its own, which took those before it to the disk.
                    progress.durable = Some(from.place);
                    progress.fault = None;
                }),
                Some(Read::Batch(batch)) => match self.take(source, at, &batch).await {
                    Ok(()) => at = batch.end,
                    Err(Anew) => return,
                },
                Some(Read::Replaced) => return self.begin_again(source, at).await,
                Some(Read::Fault(fault)) => {
                    self.tell(fault);
                    tokio::time::sleep(Duration::from_millis(RETRY_MS.1)).await;
                    return;
                }
                None => return,
            }
        }
    }

    /// Takes a batch that begins at `from`, however long that takes.
    async fn take(&mut self, source: &Source, from: Place, batch: &Batch) -> Result<(), Anew> {
        let mut pause = RETRY_MS.0;
        loop {
            let mut connection = self.database.wait().await;
            let error = match self.writer.write(&mut connection, source, from, batch).await {
                Ok(written) => {
                    self.progress.send_modify(|progress| {
                        progress.ingested = Some(batch.end);
                        if written.durable {
                            progress.durable = Some(batch.end);
                        }
                        progress.rows += written.rows;
                        progress.strays += written.strays;
                        progress.damages += written.damages;
                        progress.fault = None;
                    });
                    return Ok(());
                }
                Err(error) => error,
            };
            drop(connection);
            if let WriteError::Moved { .. } = error {
                tracing::info!(%error, "records");
                return Err(Anew);
            }
            // A server that crashed may have lost what was remembered of it.
            self.writer = Writer::default();
            let told = error.to_string();
            self.tell(told.clone());
            if error.is_of_the_data() {
                return Box::pin(self.take_apart(source, from, batch, &told)).await;
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
            pause = (pause * 2).min(RETRY_MS.1);
        }
    }

    /// The database refuses something in it: takes the rest, and keeps that event aside.
    async fn take_apart(
        &mut self,
        source: &Source,
        from: Place,
        batch: &Batch,
        reason: &str,
    ) -> Result<(), Anew> {
        match batch.split() {
            Some((first, second)) => {
                self.take(source, from, &first).await?;
                self.take(source, first.end, &second).await
            }
            None => {
                tracing::error!(reason, "an event is kept aside in journal_damage");
                self.take(source, from, &batch.aside(from, reason)).await
            }
        }
    }

    async fn offset(&self, source: &Source) -> Offset {
        loop {
            let connection = self.database.wait().await;
            match source.offset(&connection).await {
                Ok(offset) => return offset,
                Err(error) => self.pause(&error).await,
            }
        }
    }

    async fn remembered(&self) -> Option<Source> {
        loop {
            let connection = self.database.wait().await;
            match Source::remembered(&connection).await {
                Ok(source) => return source,
                Err(error) => self.pause(&error).await,
            }
        }
    }

    async fn begin_again(&self, source: &Source, was: Place) {
        let journal = source.journal.display().to_string();
        tracing::warn!(
            journal,
            "the directory holds another journal; it is read from its beginning"
        );
        let connection = self.database.wait().await;
        if let Err(error) = source.replaced(&connection, was).await {
            self.pause(&error).await;
        }
    }

    async fn pause(&self, error: &tokio_postgres::Error) {
        self.tell(sentence(error));
        tokio::time::sleep(Duration::from_millis(RETRY_MS.1)).await;
    }

    fn tell(&self, fault: String) {
        let changed = self.progress.borrow().fault.as_ref() != Some(&fault);
        if changed {
            tracing::warn!(fault, "records do not come in");
        }
        self.progress.send_modify(|progress| progress.fault = Some(fault));
    }
}

/// The journal has to be opened anew, where the database says.
struct Anew;
