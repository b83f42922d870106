//! Owns the one transaction that takes a batch: rows, ends and the offset, all or nothing.
//! Knows nothing of when it is tried again.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use deadpool_postgres::Transaction;
use futures_util::SinkExt;
use hashbrown::HashSet;
use hugepages::journal::{Place, segment};
use hugepages::layout::cdr::Release;
use tokio_postgres::types::ToSql;

use super::batch::{Batch, Damage};
use super::columns::{self, LATE, RECORD};
use super::copy::{LAST_US, Rows};
use super::fold::{self, Ending, Folded, Known, Standing, Stray};
use super::names::Names;
use super::source::{Locked, Offset, Source};
use super::{PlaceText, WriteError};
use crate::database::Connection;

const DAY_US: u64 = 86_400_000_000;

/// Days around today that get a partition for a record; a clock further off has its rows in the default one.
const DAYS_BACK: u64 = 150;
const DAYS_AHEAD: u64 = 3;

/// For a transaction. The planner's picture of `cdr_open` is always an old one, since all its rows change within
/// minutes: ends are to find their calls by the index, whatever it believes. What it believes of the index
/// itself is settled where that is made.
///
/// The database may lose its latest commits, see [`Writer::write`]; the one with which a segment is left is on its disk,
/// and with it all before: the data plane may then remove that segment.
const SETTINGS: &str = "SET LOCAL synchronous_commit = off; SET LOCAL enable_seqscan = off;
                        SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";

/// Bytes of a row beside its texts, for the first size of a buffer.
const ROW_BYTES: usize = 640;

/// What a batch became.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows of calls that stand and of calls that are over.
    pub rows: u64,
    /// Ends that belong to no call.
    pub strays: u64,
    /// Ranges and events that are no records.
    pub damages: u64,
    /// Whether it survives a crash of the database, with everything before it.
    pub durable: bool,
}

/// Writes batches; keeps what need not be asked each time.
#[derive(Debug, Default)]
pub struct Writer {
    names: Names,
    days: HashSet<u64>,
}

impl Writer {
    /// Takes `batch`, whose first event begins at `from`.
    ///
    /// # Errors
    /// [`WriteError`]; nothing of the batch is in the database then, unless the connection broke while
    /// it was being committed, which the next try finds out as [`WriteError::Moved`].
    pub async fn write(
        &mut self,
        client: &mut Connection,
        source: &Source,
        from: Place,
        batch: &Batch,
    ) -> Result<Written, WriteError> {
        let end = segment::path(&source.journal, batch.end.segment);
        let synced = tokio::task::spawn_blocking(move || sync(&end));
        self.names.learn(client, batch).await?;
        let transaction = client.transaction().await?;
        // A server that crashes may lose the latest commits, but rows and offset go together: they come
        // again out of the journal, which is what keeps them.
        transaction.batch_execute(SETTINGS).await?;
        let durable = batch.end.segment != from.segment;
        if durable {
            transaction.batch_execute("SET LOCAL synchronous_commit = on").await?;
        }
        let Locked { place, base, early } = source.lock(&transaction).await?;
        if place != from {
            return Err(WriteError::Moved { expected: PlaceText(from), found: PlaceText(place) });
        }
        let standing = standing(&transaction, source.member, batch).await?;
        let early = match early {
            true => early_ends(&transaction, source.member, batch).await?,
            false => Vec::new(),
        };
        let folded = fold::fold(batch, &Known { standing, early, base });
        self.make_days(&transaction, &folded).await?;
        let written = self.put(&transaction, source, &folded, &batch.damages).await?;
        let to = Offset { place: batch.end, created_utc_us: batch.created_utc_us() };
        source.advance(&transaction, to).await?;
        // What the database knows must be in the journal after a power cut too: else later events would
        // stand at places that count as taken.
        match synced.await {
            Ok(result) => result?,
            Err(_) => return Err(WriteError::Sync(io::Error::other("the sync was given up"))),
        }
        transaction.commit().await?;
        Ok(Written { durable, ..written })
    }

    async fn put(
        &self,
        transaction: &Transaction<'_>,
        source: &Source,
        folded: &Folded<'_>,
        damages: &[Damage],
    ) -> Result<Written, WriteError> {
        let member = source.member;
        for (table, records) in [("cdr_open", &folded.open), ("cdr_records", &folded.complete)] {
            let mut rows = Rows::new(RECORD.len(), records.len() * ROW_BYTES);
            for record in records {
                columns::record(&mut rows, member, record, &self.names);
            }
            copy(transaction, table, RECORD, rows).await?;
        }
        let mut rows = Rows::new(LATE.len(), 0);
        for late in &folded.late {
            columns::late(&mut rows, member, late, &self.names);
        }
        copy(transaction, "cdr_late", LATE, rows).await?;
        let mut unknown = folded.ends.clone();
        for sql in [include_str!("ends.sql"), include_str!("late_ends.sql")] {
            let ended = end(transaction, member, &unknown, sql).await?;
            unknown.retain(|end| !ended.contains(&end.call));
        }
        let strays: Vec<Stray> = unknown.iter().chain(&folded.strays).copied().collect();
        keep_strays(transaction, member, &strays).await?;
        if !folded.taken.is_empty() {
            let ids: Vec<i64> = folded.taken.iter().copied().map(columns::number).collect();
            let statement = transaction.prepare_cached(include_str!("take_early.sql")).await?;
            transaction.execute(&statement, &[&i32::from(member), &ids]).await?;
        }
        for damage in damages.iter().chain(&folded.unreadable) {
            tell_damage(transaction, source, damage).await?;
        }
        Ok(Written {
            rows: (folded.open.len() + folded.complete.len()) as u64,
            strays: strays.len() as u64,
            damages: (damages.len() + folded.unreadable.len()) as u64,
            durable: false,
        })
    }

    async fn make_days(
        &mut self,
        transaction: &Transaction<'_>,
        folded: &Folded<'_>,
    ) -> Result<(), WriteError> {
        let now =
            SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400;
        let near = now.saturating_sub(DAYS_BACK)..=now + DAYS_AHEAD;
        let records = folded.open.iter().chain(&folded.complete);
        let days: HashSet<u64> = records
            .map(|record| record.setup.received_utc_us.get() / DAY_US)
            .filter(|day| near.contains(day) && !self.days.contains(day))
            .collect();
        for day in days {
            // It is known from the next batch on that asks: this transaction may yet be rolled back, and
            // to ask again costs little.
            let day = i32::try_from(day).unwrap_or_default();
            let statement = transaction.prepare_cached(include_str!("make_day.sql")).await?;
            let made: bool = transaction.query_one(&statement, &[&day]).await?.try_get(0)?;
            if !made {
                self.days.insert(u64::from(day.unsigned_abs()));
            }
        }
        Ok(())
    }
}

async fn copy(
    transaction: &Transaction<'_>,
    table: &str,
    columns: &[&str],
    rows: Rows,
) -> Result<(), WriteError> {
    if rows.count() == 0 {
        return Ok(());
    }
    let sql = format!("COPY {table} ({}) FROM STDIN (FORMAT binary)", columns.join(", "));
    let sink = transaction.copy_in::<_, Bytes>(&sql).await?;
    tokio::pin!(sink);
    sink.send(rows.finish()).await?;
    sink.finish().await?;
    Ok(())
}

/// Brings a segment to the disk. Those before the last one were when they were closed.
fn sync(path: &Path) -> io::Result<()> {
    match File::open(path).and_then(|file| file.sync_data()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Values of ends as arrays, one for each column.
struct Ends {
    places: Vec<i64>,
    calls: Vec<i64>,
    identities: Vec<i64>,
    told: Vec<Option<i64>>,
    statuses: Vec<i32>,
    releases: Vec<&'static str>,
    causes: Vec<i32>,
    orphans: Vec<bool>,
}

impl Ends {
    fn of(ends: &[Stray]) -> Ends {
        fn each<T>(ends: &[Stray], of: impl Fn(&Stray) -> T) -> Vec<T> {
            ends.iter().map(of).collect()
        }
        let told =
            |end: &Stray| end.ending.duration_us.map(|us| i64::try_from(us).unwrap_or(i64::MAX));
        Ends {
            places: each(ends, |end| columns::number(end.ending.place)),
            calls: each(ends, |end| end.call.cast_signed()),
            identities: each(ends, |end| end.identity.cast_signed()),
            told: each(ends, told),
            statuses: each(ends, |end| i32::from(end.ending.status)),
            releases: each(ends, |end| columns::release(end.ending.release)),
            causes: each(ends, |end| i32::from(end.ending.cause)),
            orphans: each(ends, |end| end.ending.orphan),
        }
    }
}

/// Has `sql` bring ends to the calls that it knows; answers with these.
async fn end(
    transaction: &Transaction<'_>,
    member: u16,
    ends: &[Stray],
    sql: &str,
) -> Result<HashSet<u64>, WriteError> {
    if ends.is_empty() {
        return Ok(HashSet::new());
    }
    let time = |end: &Stray| UNIX_EPOCH + Duration::from_micros(end.ending.at_utc_us.min(LAST_US));
    let times: Vec<SystemTime> = ends.iter().map(time).collect();
    let Ends { places, calls, told, statuses, releases, causes, orphans, .. } = Ends::of(ends);
    let member = i32::from(member);
    let values: [&(dyn ToSql + Sync); 9] =
        [&member, &calls, &places, &times, &told, &statuses, &releases, &causes, &orphans];
    let statement = transaction.prepare_cached(sql).await?;
    let rows = transaction.query(&statement, &values).await?;
    let mut ended = HashSet::with_capacity(rows.len());
    for row in rows {
        ended.insert(row.try_get::<_, i64>(0)?.cast_unsigned());
    }
    Ok(ended)
}

async fn keep_strays(
    transaction: &Transaction<'_>,
    member: u16,
    strays: &[Stray],
) -> Result<(), WriteError> {
    if strays.is_empty() {
        return Ok(());
    }
    let times: Vec<i64> = strays.iter().map(|stray| stray.ending.at_utc_us.cast_signed()).collect();
    let Ends { places, calls, identities, told, statuses, releases, causes, orphans } =
        Ends::of(strays);
    let member = i32::from(member);
    let values: [&(dyn ToSql + Sync); 10] = [
        &member,
        &places,
        &calls,
        &identities,
        &times,
        &told,
        &statuses,
        &releases,
        &causes,
        &orphans,
    ];
    let statement = transaction.prepare_cached(include_str!("strays.sql")).await?;
    transaction.execute(&statement, &values).await?;
    Ok(())
}

/// Ends in the database whose START is in the batch.
async fn early_ends(
    transaction: &Transaction<'_>,
    member: u16,
    batch: &Batch,
) -> Result<Vec<Stray>, WriteError> {
    let calls: Vec<i64> = fold::starts(batch).into_iter().map(u64::cast_signed).collect();
    let statement = transaction.prepare_cached(include_str!("early.sql")).await?;
    let rows = transaction.query(&statement, &[&i32::from(member), &calls]).await?;
    let mut early = Vec::with_capacity(rows.len());
    for row in rows {
        let number = |at: usize| row.try_get::<_, i64>(at);
        let small = |at: usize| row.try_get::<_, i32>(at);
        let release: &str = row.try_get(5)?;
        let ending = Ending {
            at_utc_us: number(2)?.cast_unsigned(),
            duration_us: row.try_get::<_, Option<i64>>(3)?.map(i64::cast_unsigned),
            status: u16::try_from(small(4)?).unwrap_or_default(),
            release: Release::ALL.iter().copied().find(|known| known.text() == release),
            cause: u8::try_from(small(6)?).unwrap_or_default(),
            orphan: false,
            place: columns::place(number(1)?),
        };
        early.push(Stray { call: number(0)?.cast_unsigned(), identity: 0, ending });
    }
    Ok(early)
}

async fn standing(
    transaction: &Transaction<'_>,
    member: u16,
    batch: &Batch,
) -> Result<Vec<Standing>, WriteError> {
    let identities: Vec<i64> = fold::identities(batch).into_iter().map(u64::cast_signed).collect();
    if identities.is_empty() {
        return Ok(Vec::new());
    }
    let values: [&(dyn ToSql + Sync); 2] = [&i32::from(member), &identities];
    let statement = transaction.prepare_cached(include_str!("standing.sql")).await?;
    let rows = transaction.query(&statement, &values).await?;
    let mut standing = Vec::with_capacity(rows.len());
    for row in rows {
        let (call, identity): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let id = row.try_get(2)?;
        standing.push(Standing {
            call: call.cast_unsigned(),
            identity: identity.cast_unsigned(),
            id,
        });
    }
    Ok(standing)
}

async fn tell_damage(
    transaction: &Transaction<'_>,
    source: &Source,
    damage: &Damage,
) -> Result<(), WriteError> {
    let (segment, from) = (damage.from.segment.cast_signed(), damage.from.offset.cast_signed());
    let to = damage.to_offset.map(u64::cast_signed);
    let (member, journal) = (i32::from(source.member), source.text());
    let values: [&(dyn ToSql + Sync); 7] =
        [&member, &journal, &segment, &from, &to, &damage.reason, &damage.event];
    transaction.execute(include_str!("damage.sql"), &values).await?;
    Ok(())
}
