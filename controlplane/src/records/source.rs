//! Owns which journal is read and how far it came in: the row of `journal_offset`.
//! Knows nothing of what is in a journal.

use std::path::{Path, PathBuf};
use std::{fs, io};

use deadpool_postgres::Transaction;
use hugepages::journal::{Place, segment};
use tokio_postgres::Client;

use super::WriteError;

/// How far a journal came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset {
    /// Events before it are in the database.
    pub place: Place,
    /// When its segment was made.
    pub created_utc_us: u64,
}

/// The offset while a transaction holds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Locked {
    /// Events before it are in the database.
    pub(super) place: Place,
    /// What is added to segments, so that places of the member ascend over all journals that it had.
    pub(super) base: u64,
    /// Whether there may be ends that came before their START.
    pub(super) early: bool,
}

/// A journal of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The data plane that writes it.
    pub member: u16,
    /// Its directory.
    pub journal: PathBuf,
}

impl Source {
    /// The directory as the table names it.
    pub fn text(&self) -> String {
        self.journal.to_string_lossy().into_owned()
    }

    /// The journal that was read last, for as long as no data plane has said which one it writes.
    ///
    /// # Errors
    /// The database says why it does not tell.
    pub async fn remembered(client: &Client) -> Result<Option<Source>, tokio_postgres::Error> {
        let sql = "SELECT member, journal FROM journal_offset ORDER BY seen DESC LIMIT 1";
        let Some(row) = client.query_opt(sql, &[]).await? else { return Ok(None) };
        let (member, journal): (i32, String) = (row.try_get(0)?, row.try_get(1)?);
        let member = u16::try_from(member).unwrap_or_default();
        Ok(Some(Source { member, journal: PathBuf::from(journal) }))
    }

    /// How far it came in; a journal that was never seen begins at its beginning.
    ///
    /// # Errors
    /// The database says why it does not tell.
    pub async fn offset(&self, client: &Client) -> Result<Offset, tokio_postgres::Error> {
        let sql = include_str!("open_offset.sql");
        let row = client.query_one(sql, &[&i32::from(self.member), &self.text()]).await?;
        let created_utc_us = row.try_get::<_, i64>(2)?.cast_unsigned();
        Ok(Offset { place: place(&row)?, created_utc_us })
    }

    /// Begins again: the directory holds another journal.
    ///
    /// # Errors
    /// The database says why it does not take it.
    pub async fn replaced(&self, client: &Client, was: Place) -> Result<(), tokio_postgres::Error> {
        let sql = "UPDATE journal_offset
                   SET base = base + segment, segment = 0, byte_offset = 0, created_us = 0,
                       replaced = replaced + 1
                   WHERE member = $1 AND journal = $2 AND segment = $3 AND byte_offset = $4";
        let (segment, offset) = (was.segment.cast_signed(), was.offset.cast_signed());
        client.execute(sql, &[&i32::from(self.member), &self.text(), &segment, &offset]).await?;
        Ok(())
    }

    /// Holds the offset until the transaction is over: nobody else writes records of this journal.
    pub(super) async fn lock(&self, transaction: &Transaction<'_>) -> Result<Locked, WriteError> {
        let statement = transaction.prepare_cached(include_str!("lock_offset.sql")).await?;
        let row =
            transaction.query_one(&statement, &[&i32::from(self.member), &self.text()]).await?;
        let base = row.try_get::<_, i64>(2)?.cast_unsigned();
        Ok(Locked { place: place(&row)?, base, early: row.try_get(3)? })
    }

    /// Moves the offset, in the transaction that brings the rows.
    pub(super) async fn advance(
        &self,
        transaction: &Transaction<'_>,
        to: Offset,
    ) -> Result<(), WriteError> {
        let (segment, offset) = (to.place.segment.cast_signed(), to.place.offset.cast_signed());
        let (member, created) = (i32::from(self.member), to.created_utc_us.cast_signed());
        let statement = transaction.prepare_cached(include_str!("move_offset.sql")).await?;
        transaction
            .execute(&statement, &[&member, &self.text(), &segment, &offset, &created])
            .await?;
        Ok(())
    }
}

fn place(row: &tokio_postgres::Row) -> Result<Place, tokio_postgres::Error> {
    let (segment, offset): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    Ok(Place { segment: segment.cast_unsigned(), offset: offset.cast_unsigned() })
}

/// Bytes of the journal in `dir` behind `place`.
///
/// # Errors
/// The directory cannot be read.
pub fn backlog(dir: &Path, place: Place) -> io::Result<u64> {
    let mut bytes = 0;
    for number in segment::list(dir)?.into_iter().filter(|number| *number >= place.segment) {
        let length = fs::metadata(segment::path(dir, number))?.len();
        let taken = if number == place.segment { place.offset } else { 0 };
        bytes += length.saturating_sub(taken);
    }
    Ok(bytes)
}
