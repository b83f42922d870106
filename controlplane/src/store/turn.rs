//! Owns that writers come one after the other, each within its time; refuses to know what they write.
//!
//! Writers of this process queue here, where waiting costs no connection: the reader and the records find theirs
//! however many writers there are. Then they wait for those that write past this process, by the lock of the version.

use std::time::Duration;

use deadpool_postgres::Transaction;
use tokio::sync::OwnedMutexGuard;

use super::{ChangeError, Store};

/// Longest wait for writers of this process, and as much again for others.
const WITHIN: Duration = Duration::from_secs(5);
/// A server that has not even said by then that the wait is over is given up.
const SILENT: Duration = Duration::from_secs(8);

impl Store {
    /// Waits until no other writer of this process is at work.
    pub(super) async fn turn(&self) -> Result<OwnedMutexGuard<()>, ChangeError> {
        let turn = self.turn.clone().lock_owned();
        tokio::time::timeout(WITHIN, turn).await.map_err(|_| ChangeError::Locked {
            by: "another change of this control plane is under way".to_owned(),
            pid: None,
        })
    }

    /// Who keeps writers waiting, as the database says.
    pub(super) async fn holder(&self) -> ChangeError {
        let unknown =
            ChangeError::Locked { by: "another transaction holds it".to_owned(), pid: None };
        let Ok(connection) = self.database.connect().await else { return unknown };
        let asked = connection.query_opt(include_str!("sql/holder.sql"), &[]).await;
        let Ok(Some(row)) = asked else { return unknown };
        let told = || -> Result<ChangeError, tokio_postgres::Error> {
            let (pid, user, program): (i32, String, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let (state, seconds): (String, i64) = (row.try_get(3)?, row.try_get(4)?);
            let by = format!("`{program}` of {user} (pid {pid}) holds it, {state} for {seconds} s");
            Ok(ChangeError::Locked { by, pid: Some(pid) })
        };
        told().unwrap_or(unknown)
    }
}

/// Locks the version for `author` and answers with it.
pub(super) async fn lock(transaction: &Transaction<'_>, author: &str) -> Result<u64, ChangeError> {
    let asked = async {
        let wait = transaction.prepare_cached(include_str!("sql/wait.sql")).await?;
        let within = format!("{}ms", WITHIN.as_millis());
        transaction.query_one(&wait, &[&within]).await?;
        let lock = transaction.prepare_cached(include_str!("sql/lock.sql")).await?;
        transaction.query_one(&lock, &[&author]).await?.try_get::<_, i64>(0)
    };
    match tokio::time::timeout(SILENT, asked).await {
        Ok(version) => Ok(u64::try_from(version?).unwrap_or_default()),
        Err(_) => Err(ChangeError::Silent),
    }
}
