//! Owns the counts of calls in progress: as the records tell them for a place of the journal, and as the
//! data plane counts them itself. Refuses to know limits: who takes and gives a permit is the worker.
//!
//! A data plane that starts does not know the calls that its earlier runs left standing. It says where
//! its journal ended when it began; what stood there is counted here, once records have come in up to
//! that place, and told to it. From then on the ends of those calls give back what was told.

use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hugepages::journal::Place;
use hugepages::layout::link::OpenCall;
use hugepages::tally::{OpenTallyError, SEGMENT, TallyKey, TallyReader};

use crate::database::{Connection, Database, sentence};
use crate::link::Attach;
use crate::publish::Peer;
use crate::records::{Records, Source, place_number};

#[cfg(test)]
mod tests;

/// Before a count that failed is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// Counts calls for data planes that ask, and has their journals read.
#[derive(Clone, Debug)]
pub struct Restorer {
    database: Database,
    records: Records,
}

impl Restorer {
    /// For the calls in these records.
    #[must_use]
    pub fn new(database: Database, records: Records) -> Restorer {
        Restorer { database, records }
    }
}

impl Attach for Restorer {
    fn attached(&self, peer: &Peer) {
        self.records.follow(source_of(peer));
    }

    fn taken(&self, peer: &Peer, told: Option<Place>) -> BoxFuture<'static, Place> {
        let (records, source) = (self.records.clone(), source_of(peer));
        async move { records.durable(&source, told).await }.boxed()
    }

    fn open_calls(&self, peer: &Peer) -> BoxFuture<'static, Vec<OpenCall>> {
        let (database, records, source, boot) =
            (self.database.clone(), self.records.clone(), source_of(peer), peer.boot);
        async move {
            records.reached(&source, boot).await;
            loop {
                let connection = database.wait().await;
                match open_at(&connection, &source, boot).await {
                    Ok(calls) => return calls,
                    Err(error) => tracing::warn!(error = sentence(&error), "open calls"),
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        .boxed()
    }
}

/// The calls that stood at `place` of a journal, by trunk and by originator. Everything before
/// that place has to be in the database.
///
/// # Errors
/// The database says why it does not tell.
pub async fn open_at(
    connection: &Connection,
    source: &Source,
    place: Place,
) -> Result<Vec<OpenCall>, tokio_postgres::Error> {
    let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
        [&i32::from(source.member), &source.text(), &place_number(place)];
    let rows = connection.query(include_str!("calls/open_at.sql"), &values).await?;
    let mut calls = Vec::with_capacity(rows.len());
    for row in rows {
        let (trunk, id, count): (bool, i64, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let Ok(id) = u32::try_from(id) else { continue };
        let key = if trunk { TallyKey::trunk(id) } else { TallyKey::originator(id) };
        calls.push(OpenCall::new(key, count));
    }
    Ok(calls)
}

/// The calls in progress as the workers of a data plane count them, ascending by key; those of which
/// there are none left out.
///
/// # Errors
/// [`OpenTallyError`]: the data plane has gone, or its segment is damaged.
pub fn active(instance_dir: &Path) -> Result<Vec<(TallyKey, i64)>, OpenTallyError> {
    let tally = TallyReader::open(instance_dir, SEGMENT)?;
    let mut calls: Vec<_> = tally.iter().filter(|(_, count)| *count != 0).collect();
    calls.sort_unstable();
    Ok(calls)
}

fn source_of(peer: &Peer) -> Source {
    Source { member: peer.member, journal: peer.journal_dir.clone() }
}
