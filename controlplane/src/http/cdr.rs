//! Owns the routes of call records: searched, followed, summed up; refuses to know how they came into the database.
//!
//! Every question runs in a transaction that only reads and has its time: a question too large for it is
//! answered with that, and holds up neither the records that come nor anybody else.

mod cursor;
mod mask;
mod row;
mod summary;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use api::{Cdr, CdrPage, CdrQuery, CdrTail, Summary, SummaryQuery, TailQuery};
use axum::Json;
use axum::extract::State;
use deadpool_postgres::Transaction;
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::ask::Query;
use super::{Dataplane, Failure, Shared};
use crate::database::{Connection, Database, sentence};

use cursor::{Marks, Place};
use row::Record;

/// Records of a page: unless told, and at most.
const LIMIT: (u32, u32) = (100, 1000);
/// Longest wait of a tail for a record.
const LONGEST_WAIT_MS: u64 = 30_000;
/// Between two looks at how far records came in; a look asks no database.
const LOOK: Duration = Duration::from_millis(20);
/// A tail asks again after this even if nothing seems to have come in: others may write records too.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// Time that PostgreSQL has for one statement.
const WITHIN: &str = "10s";

/// `GET /v1/cdrs`.
pub async fn search<D: Dataplane>(
    State(parts): State<Shared<D>>,
    Query(query): Query<CdrQuery>,
) -> Result<Json<CdrPage>, Failure> {
    find(&parts.database, &query).await.map(Json)
}

/// `GET /v1/cdrs/tail`.
pub async fn tail<D: Dataplane>(
    State(parts): State<Shared<D>>,
    Query(query): Query<TailQuery>,
) -> Result<Json<CdrTail>, Failure> {
    let wait = Duration::from_millis(query.wait_ms.unwrap_or_default().min(LONGEST_WAIT_MS));
    let until = Instant::now() + wait;
    let mut query = query;
    loop {
        let taken = parts.dataplane.taken();
        let found = follow(&parts.database, &query).await?;
        if !found.items.is_empty() || Instant::now() >= until {
            return Ok(Json(found));
        }
        query.after = Some(found.after);
        let ask = until.min(Instant::now() + ASK_AGAIN);
        while parts.dataplane.taken() == taken && Instant::now() < ask {
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// `GET /v1/cdrs/summary`.
pub async fn summary<D: Dataplane>(
    State(parts): State<Shared<D>>,
    Query(query): Query<SummaryQuery>,
) -> Result<Json<Summary>, Failure> {
    let (from, to) = (time("from", &query.from)?, time("to", &query.to)?);
    let mut connection = parts.database.connect().await.map_err(unreachable)?;
    let transaction = read_only(&mut connection).await?;
    summary::of(&transaction, from, to).await.map(Json).map_err(failed)
}

/// A page of records, newest first.
async fn find(database: &Database, query: &CdrQuery) -> Result<CdrPage, Failure> {
    let (from, to) = (time("from", &query.from)?, time("to", &query.to)?);
    let (caller, callee) = (digits("caller", &query.caller)?, digits("callee", &query.callee)?);
    let after = query.after.as_deref().map(Place::read).transpose()?;
    let limit = limit(query.limit)?;
    let tried = query.trunk.as_ref().map(|name| serde_json::json!([{ "trunk": name }]));
    // A trunk whose name was not known goes by its id.
    let id = query.trunk.as_ref().and_then(|name| name.parse::<u32>().ok());
    let tried_id = id.map(|id| serde_json::json!([{ "trunk_id": id }]));
    let (at, member, place) = match after {
        Some(Place { received, member, id }) => (Some(received), Some(member), Some(id)),
        None => (None, None, None),
    };
    // One more than the page says whether there is a next one.
    let rows = i64::from(limit) + 1;
    let values: [&(dyn ToSql + Sync); 12] = [
        &from,
        &to,
        &caller,
        &callee,
        &tried,
        &tried_id,
        &query.originator,
        &query.call_id,
        &at,
        &member,
        &place,
        &rows,
    ];
    let mut connection = database.connect().await.map_err(unreachable)?;
    let transaction = read_only(&mut connection).await?;
    // Prepared for these values: most of them are null, and what is left decides which index helps.
    let rows = transaction.query(include_str!("cdr/search.sql"), &values).await.map_err(failed)?;
    let mut records = read(&rows)?;
    let more = records.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    records.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = records.last().filter(|_| more).map(|last| last.place().to_string());
    Ok(CdrPage { items: whole(&transaction, records, query.unmasked).await?, next })
}

/// The records behind `after`, or the last ones, in the order in which they became complete.
///
/// Of each member its records come in that order without a gap, since their places ascend with the transactions
/// that bring them; between members it is their clocks that decide.
async fn follow(database: &Database, query: &TailQuery) -> Result<CdrTail, Failure> {
    let limit = limit(query.limit)?;
    let after = query.after.as_deref().map(Marks::read).transpose()?;
    let mut connection = database.connect().await.map_err(unreachable)?;
    let transaction = read_only(&mut connection).await?;
    let members = transaction
        .query("SELECT DISTINCT member FROM journal_offset ORDER BY member", &[])
        .await
        .map_err(failed)?;
    let members: Vec<i32> =
        members.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>().map_err(failed)?;
    let newest = after.is_none();
    let statement = match newest {
        true => include_str!("cdr/newest.sql"),
        false => include_str!("cdr/behind.sql"),
    };
    // A page is cut only where it ends: what does not fit would be left out for ever.
    let share = match newest {
        true => i64::from(limit),
        false => (i64::from(limit) / i64::try_from(members.len().max(1)).unwrap_or(1)).max(1),
    };
    let mut marks = after.unwrap_or_default();
    let mut records: Vec<Record> = Vec::new();
    let statement = transaction.prepare_cached(statement).await.map_err(failed)?;
    for member in members {
        let rows = match newest {
            true => transaction.query(&statement, &[&member, &share]).await,
            false => {
                let (end, id) = marks.of(member);
                transaction.query(&statement, &[&member, &end, &id, &share]).await
            }
        };
        let found = read(&rows.map_err(failed)?)?;
        for record in &found {
            marks.advance(record);
        }
        records.extend(found);
    }
    records.sort_by_key(|record| (record.completed(), record.end_place, record.id));
    let surplus = match newest {
        true => records.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX)),
        false => 0,
    };
    records.drain(..surplus);
    let items = whole(&transaction, records, query.unmasked).await?;
    Ok(CdrTail { items, after: marks.to_string() })
}

/// Records with their late answers, as they are told.
async fn whole(
    transaction: &Transaction<'_>,
    records: Vec<Record>,
    unmasked: bool,
) -> Result<Vec<Cdr>, Failure> {
    let late = row::late(transaction, &records).await.map_err(failed)?;
    let tell = |record: Record| {
        let mut cdr = record.tell(&late)?;
        if !unmasked {
            mask::record(&mut cdr);
        }
        Ok(cdr)
    };
    records.into_iter().map(tell).collect::<Result<_, String>>().map_err(|cause| {
        Failure::new(api::ErrorCode::Internal, format!("a record cannot be read: {cause}"), "")
    })
}

fn read(rows: &[tokio_postgres::Row]) -> Result<Vec<Record>, Failure> {
    rows.iter().map(Record::read).collect::<Result<_, _>>().map_err(failed)
}

async fn read_only(connection: &mut Connection) -> Result<Transaction<'_>, Failure> {
    let transaction = connection
        .build_transaction()
        .read_only(true)
        .isolation_level(tokio_postgres::IsolationLevel::RepeatableRead)
        .start()
        .await
        .map_err(failed)?;
    // Compiling expressions for each day's partition took 23 of the 24 s of a summary over 120 days.
    let limits = format!("SET LOCAL statement_timeout = '{WITHIN}'; SET LOCAL jit = off");
    transaction.batch_execute(&limits).await.map_err(failed)?;
    Ok(transaction)
}

fn unreachable(error: crate::database::ConnectError) -> Failure {
    Failure::unavailable(error.to_string(), "look at `tandem status`")
}

fn failed(error: tokio_postgres::Error) -> Failure {
    if error.code() == Some(&SqlState::QUERY_CANCELED) {
        let message = format!("PostgreSQL did not find the answer within {WITHIN}");
        return Failure::unavailable(message, "ask for a shorter time with `from` and `to`");
    }
    let message = format!("the records were not read: {}", sentence(&error));
    Failure::unavailable(message, "look at `tandem status`")
}

fn time(field: &str, text: &Option<String>) -> Result<Option<SystemTime>, Failure> {
    let read = |text: &String| {
        text.parse::<Timestamp>().map(SystemTime::from).map_err(|_| {
            Failure::bad_request(
                format!("`{field}` is `{text}`, and no time"),
                "write it as 2026-01-31T12:00:00Z",
            )
        })
    };
    text.as_ref().map(read).transpose()
}

/// Digits that a number begins with; the `+` of some numbers does not count.
fn digits<'q>(field: &str, text: &'q Option<String>) -> Result<Option<&'q str>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let digits = text.strip_prefix('+').unwrap_or(text);
    // Callers are not always numbers; what a pattern gives a meaning is none of them.
    if digits.contains(['%', '_', '\\']) {
        let message = format!("`{field}` is `{text}`, and the beginning of no number");
        return Err(Failure::bad_request(message, "give the digits that it begins with"));
    }
    Ok(Some(digits))
}

fn limit(asked: Option<u32>) -> Result<u32, Failure> {
    let limit = asked.unwrap_or(LIMIT.0);
    if (1..=LIMIT.1).contains(&limit) {
        return Ok(limit);
    }
    let message = format!("`limit` is {limit}");
    Err(Failure::bad_request(message, &format!("ask for 1 to {} records at a time", LIMIT.1)))
}
