//! Owns what is done to records as time passes: partitions made ahead and dropped, calls given up.
//! Knows nothing of how records come in.

use std::time::Duration;

use hugepages::journal::Place;
use tokio::sync::watch;

use super::source::Locked;
use super::{Progress, WriteError, columns, source};
use crate::database::{Connection, Database};

/// Between two turns.
const TURN: Duration = Duration::from_secs(60);

/// Days that have their partition before they begin.
const AHEAD: i32 = 2;

/// A call that stands for longer has lost its end: the longest duration, four hours, and one to be sure.
const LONGEST_CALL_S: f64 = 5.0 * 3600.0;

/// Turns for ever.
pub async fn run(database: Database, keep_days: u16, progress: watch::Sender<Progress>) {
    loop {
        let mut connection = database.wait().await;
        let seen = progress.borrow().clone();
        for result in [days(&connection, keep_days).await, expire(&mut connection, &seen).await] {
            if let Err(error) = result {
                // Nothing is lost: partitions are made on demand too, and the next turn comes.
                tracing::warn!(%error, "records were not kept in order");
            }
        }
        drop(connection);
        tokio::time::sleep(TURN).await;
    }
}

/// Makes the partitions of the days that come, drops those that are too old.
pub(super) async fn days(connection: &Connection, keep_days: u16) -> Result<(), WriteError> {
    for day in 0..=AHEAD {
        let sql = "SELECT cdr_make_day((now() AT TIME ZONE 'UTC')::date + $1::integer)";
        connection.execute(sql, &[&day]).await?;
    }
    // A long question must not make all others wait behind the drop.
    connection.batch_execute("SET lock_timeout = '2s'").await?;
    let dropped = connection.query_one("SELECT cdr_drop_days($1)", &[&i32::from(keep_days)]).await;
    connection.batch_execute("RESET lock_timeout").await?;
    let dropped: i32 = dropped?.try_get(0)?;
    if dropped > 0 {
        tracing::info!(dropped, keep_days, "days of records were dropped");
    }
    Ok(())
}

/// Closes calls that stand for too long. While events wait to be read, their ends may be among them; an end
/// that comes all the same, since the clock was set forward or a journal was late, still counts.
pub(super) async fn expire(connection: &mut Connection, seen: &Progress) -> Result<(), WriteError> {
    let Some(source) = &seen.source else { return Ok(()) };
    let transaction = connection.transaction().await?;
    let Locked { place, base, .. } = source.lock(&transaction).await?;
    if source::backlog(&source.journal, place)? > 0 {
        return Ok(());
    }
    let behind = columns::number(Place { segment: place.segment + base, ..place }) + 1;
    let member = i32::from(source.member);
    let given_up = transaction
        .execute(include_str!("expire.sql"), &[&member, &behind, &LONGEST_CALL_S])
        .await?;
    transaction.commit().await?;
    if given_up > 0 {
        tracing::warn!(given_up, "calls were given up, since no end was told for five hours");
    }
    Ok(())
}
