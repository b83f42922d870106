//! Owns comparing what was read with what the tables hold, by checksums; refuses to mend what differs.
//!
//! PostgreSQL reads every row for it, which takes a while with many of them: the reader asks on a connection of its own
//! and reads on meanwhile. The answer is compared with the version that it is of.

use tokio_postgres::{Client, Error};

use super::{Kind, Model, Sums};

/// What a comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The rows are those that were read.
    Same,
    /// That version was not read: changes came too fast.
    Unknown,
    /// By kind, in the order of [`Kind::ALL`], what the rows differ in; 0 where they do not.
    Torn(Sums),
}

/// The version in the database with the checksums of its tables.
///
/// # Errors
/// The database says why it does not tell.
pub async fn sums(client: &Client) -> Result<(u64, Sums), Error> {
    let row = client.query_one(include_str!("sums.sql"), &[]).await?;
    let version: i64 = row.try_get(0)?;
    let mut sums = Sums::default();
    for (kind, sum) in Kind::ALL.into_iter().zip(&mut sums) {
        *sum = row.try_get(kind.name())?;
    }
    Ok((u64::try_from(version).unwrap_or_default(), sums))
}

/// Compares the checksums of `version` in the database with what was read of it.
#[must_use]
pub fn compare(model: &Model, (version, there): (u64, Sums)) -> Compared {
    let Some(read) = model.sums(version) else { return Compared::Unknown };
    let mut differences = Sums::default();
    for (difference, (there, read)) in differences.iter_mut().zip(there.into_iter().zip(read)) {
        *difference = there ^ read;
    }
    if differences == Sums::default() { Compared::Same } else { Compared::Torn(differences) }
}
