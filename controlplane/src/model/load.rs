//! Owns bringing a model to the version of the database: what changed, or everything; refuses to know why it is asked.
//!
//! One snapshot per refresh: version, list of changes and entities are of the same moment.

use std::collections::BTreeMap;

use deadpool_postgres::{ClientWrapper, Transaction};
use tokio_postgres::IsolationLevel;
use tokio_postgres::Row as SqlRow;

use super::{Kind, Model, Row, Switch, Table, row};
use crate::database::sentence;

/// Why the configuration cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database did not answer as it should.
    #[error("the configuration cannot be read: {}", sentence(.0))]
    Database(#[from] tokio_postgres::Error),
    /// A row that no migration allows.
    #[error("{kind} `{name}` in the database: {cause}", kind = .kind.name())]
    Row {
        /// Kind of entity.
        kind: Kind,
        /// Its name.
        name: String,
        /// What is wrong with it.
        cause: String,
    },
}

/// What a refresh found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Something changed.
    pub changed: bool,
    /// Switches since the version before.
    pub switches: Vec<Switch>,
}

/// Brings `model` to the version of the database, reading only what changed since its own.
///
/// # Errors
/// [`LoadError`]; the model is as before then.
pub async fn refresh(
    client: &mut ClientWrapper,
    model: &mut Model,
) -> Result<Refreshed, LoadError> {
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await?;
    // Who has read nothing reads everything, and needs no list of what changed.
    let since = match model.version {
        0 => i64::MAX,
        version => i64::try_from(version).unwrap_or(i64::MAX),
    };
    let statement = transaction.prepare_cached(CHANGES).await?;
    let changes = transaction.query(&statement, &[&since]).await?;
    let Some(first) = changes.first() else {
        return Ok(Refreshed::default());
    };
    let version: i64 = first.try_get(0)?;
    let version = u64::try_from(version).unwrap_or_default();
    if version == model.version {
        return Ok(Refreshed::default());
    }
    let mut wanted: BTreeMap<Kind, Vec<i64>> = BTreeMap::new();
    let mut urgent = Vec::new();
    // A version below ours is that of another database behind the same address.
    let mut all = model.version == 0 || version < model.version;
    // Every version has a change. One that is missing was forgotten since, or taken away.
    let oldest: Option<i64> = first.try_get(4)?;
    all |= oldest != Some(since.saturating_add(1));
    for change in &changes {
        let kind: Option<String> = change.try_get(1)?;
        let Some(kind) = kind else { continue };
        match Kind::parse(&kind) {
            Some(kind) => {
                let id: i64 = change.try_get(2)?;
                wanted.entry(kind).or_default().push(id);
                if change.try_get(3)? {
                    urgent.push((kind, id));
                }
            }
            None => all = true,
        }
    }
    // What is read comes aside first: a model is never half of one version and half of another.
    let mut read = Model::default();
    for kind in Kind::ALL {
        let ids = wanted.get(&kind).map(Vec::as_slice);
        match (all, ids) {
            (true, _) => load(&transaction, &mut read, kind, None).await?,
            (false, Some(ids)) => load(&transaction, &mut read, kind, Some(ids)).await?,
            (false, None) => {}
        }
    }
    if all {
        read.sums = std::mem::take(&mut model.sums);
        *model = read;
    } else {
        model.replace(&wanted, read);
    }
    model.version = version;
    model.remember();
    // A switch that went back and forth is told once, as it stands.
    urgent.sort_unstable();
    urgent.dedup();
    let switches = urgent.into_iter().filter_map(|(kind, id)| switch(model, kind, id)).collect();
    Ok(Refreshed { changed: true, switches })
}

/// Version now, and each change since `$1` with the version of the first; one row with nulls when there is none.
const CHANGES: &str = "SELECT v.version, c.kind, c.id, c.urgent, min(c.version) OVER ()
    FROM config_version v LEFT JOIN changes c ON c.version > $1
    ORDER BY c.version";

fn switch(model: &Model, kind: Kind, id: i64) -> Option<Switch> {
    let (id, enabled) = match kind {
        Kind::Trunk => model.trunks.get(&id).map(|row| (row.value.stable_id(), row.value.enabled)),
        Kind::Originator => {
            model.originators.get(&id).map(|row| (row.value.stable_id(), row.value.enabled))
        }
        _ => None,
    }?;
    Some(Switch { version: model.version, kind, id, enabled })
}

async fn load(
    transaction: &Transaction<'_>,
    model: &mut Model,
    kind: Kind,
    ids: Option<&[i64]>,
) -> Result<(), LoadError> {
    let template = match kind {
        Kind::Destination => include_str!("destinations.sql"),
        Kind::Deck => include_str!("decks.sql"),
        Kind::Trunk => include_str!("trunks.sql"),
        Kind::Plan => include_str!("plans.sql"),
        Kind::Originator => include_str!("originators.sql"),
    };
    let statement = transaction.prepare_cached(&only(template, ids.is_some())).await?;
    let rows = match ids {
        Some(ids) => transaction.query(&statement, &[&ids]).await?,
        None => transaction.query(&statement, &[]).await?,
    };
    match kind {
        Kind::Destination => put(&mut model.destinations, &rows, kind, row::destination),
        Kind::Deck => put(&mut model.decks, &rows, kind, row::deck),
        Kind::Trunk => put(&mut model.trunks, &rows, kind, row::trunk),
        Kind::Plan => put(&mut model.plans, &rows, kind, row::plan),
        Kind::Originator => put(&mut model.originators, &rows, kind, row::originator),
    }
}

fn put<T>(
    table: &mut Table<T>,
    rows: &[SqlRow],
    kind: Kind,
    read: impl Fn(&SqlRow) -> Result<T, row::ReadError>,
) -> Result<(), LoadError> {
    for sql in rows {
        let value = read(sql).map_err(|error| match error {
            row::ReadError::Database(error) => LoadError::Database(error),
            row::ReadError::Value(cause) => {
                LoadError::Row { kind, name: sql.try_get("name").unwrap_or_default(), cause }
            }
        })?;
        table.insert(sql.try_get("id")?, Row { sum: sql.try_get("sum")?, value });
    }
    Ok(())
}

/// The statement for all entities, or for those whose keys are in `$1`: `{column}` in the template becomes the condition.
fn only(template: &str, some: bool) -> String {
    let mut text = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        let Some((column, after)) = behind.split_once('}') else { break };
        match column {
            "" => text.push_str("{}"),
            column if some => text.push_str(&format!("WHERE {column} = ANY($1)")),
            _ => {}
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::only;

    #[test]
    fn a_template_asks_for_all_or_for_some() {
        let template = "SELECT '{}' FROM t {id} ORDER BY 1";
        assert_eq!(only(template, true), "SELECT '{}' FROM t WHERE id = ANY($1) ORDER BY 1");
        assert_eq!(only(template, false), "SELECT '{}' FROM t  ORDER BY 1");
    }
}
