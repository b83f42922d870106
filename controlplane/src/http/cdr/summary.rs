//! Owns the closing table of many calls, counted by the database; refuses to know how it is shown.

use std::time::SystemTime;

use api::{OutcomeCount, Percentiles, Summary, TrunkCount};
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

/// What the calls received from `from` on and before `to` say together, at one moment.
pub async fn of(
    transaction: &Transaction<'_>,
    from: Option<SystemTime>,
    to: Option<SystemTime>,
) -> Result<Summary, Error> {
    let values: [&(dyn ToSql + Sync); 2] = [&from, &to];
    let calls = transaction.query_one(include_str!("summary_calls.sql"), &values).await?;
    let outcomes = transaction.query(include_str!("summary_outcomes.sql"), &values).await?;
    let trunks = transaction.query(include_str!("summary_trunks.sql"), &values).await?;
    let late = transaction.query_one(include_str!("summary_late.sql"), &values).await?;
    let outcome = |row: &Row| Ok(OutcomeCount { outcome: row.try_get(0)?, calls: count(row, 1)? });
    let mut trunks = trunks.iter().map(trunk).collect::<Result<Vec<_>, Error>>()?;
    trunks.sort_by(|a, b| a.trunk.cmp(&b.trunk));
    let first: u64 = trunks.iter().map(|trunk| trunk.first).sum();
    for trunk in &mut trunks {
        trunk.share = (first > 0).then(|| trunk.first as f64 / first as f64);
    }
    Ok(Summary {
        calls: count(&calls, 0)?,
        answered: count(&calls, 1)?,
        standing: count(&calls, 2)?,
        failovers: count(&calls, 3)?,
        no_routing: count(&calls, 4)?,
        orphan_ends: count(&calls, 5)?,
        late_answers: count(&late, 0)?,
        outcomes: outcomes.iter().map(outcome).collect::<Result<_, Error>>()?,
        trunks,
        setup_us: percentiles(&calls, 6)?,
        pdd_us: percentiles(&calls, 7)?,
    })
}

fn trunk(row: &Row) -> Result<TrunkCount, Error> {
    Ok(TrunkCount {
        trunk: row.try_get(0)?,
        first: count(row, 1)?,
        share: None,
        attempts: count(row, 2)?,
        answered: count(row, 3)?,
    })
}

fn count(row: &Row, column: usize) -> Result<u64, Error> {
    Ok(u64::try_from(row.try_get::<_, i64>(column)?).unwrap_or_default())
}

fn percentiles(row: &Row, column: usize) -> Result<Option<Percentiles>, Error> {
    let points: Option<Vec<Option<i64>>> = row.try_get(column)?;
    let Some([Some(p50), Some(p90), Some(p99)]) = points.as_deref() else { return Ok(None) };
    let us = |value: &i64| u64::try_from(*value).unwrap_or_default();
    Ok(Some(Percentiles { p50: us(p50), p90: us(p90), p99: us(p99) }))
}
