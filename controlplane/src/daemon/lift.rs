//! Owns keeping versions above those that the data plane has seen; refuses to know how they are counted otherwise.
//!
//! A data plane outlives a database: one that was restored or made anew counts from below, and its images would be
//! older than the one in force.

use std::time::Duration;

use tokio::sync::watch;

use crate::database::{Database, sentence};
use crate::publish::LinkState;
use crate::store::Newest;

/// Pause before a database that refused is asked again: nothing else would wake up what waits for a change.
const RETRY: Duration = Duration::from_secs(1);

/// Watches until the link is gone.
pub async fn run(database: Database, mut newest: Newest, mut link: watch::Receiver<LinkState>) {
    while newest.wait_for(Option::is_some).await.is_ok() {
        let seen = seen(&link.borrow_and_update());
        let version = newest.borrow().as_ref().map_or(0, |snapshot| snapshot.version);
        if seen > version {
            tracing::warn!(
                seen,
                version,
                "the data plane knows a later version; counting on from there"
            );
            let row = i64::try_from(seen).unwrap_or(i64::MAX);
            let connection = database.wait().await;
            if let Err(error) = connection.execute(LIFT, &[&row]).await {
                tracing::warn!(
                    error = sentence(&error),
                    "the version was not lifted; trying again"
                );
                tokio::time::sleep(RETRY).await;
                continue;
            }
        }
        tokio::select! {
            changed = link.changed() => if changed.is_err() { return },
            // A database can fall back while the data plane stays connected.
            changed = newest.changed() => if changed.is_err() { return },
        }
    }
}

/// The latest version that a data plane has, or that this process has handed over.
fn seen(link: &LinkState) -> u64 {
    let had = link.peer.as_ref().map(|peer| peer.image_as_of);
    [had, link.active, link.published].into_iter().flatten().max().unwrap_or_default()
}

/// One step above `$1`, as a change that has everything read and published again.
///
/// A database that fell back without its list of changes still has the row of an earlier time.
const LIFT: &str = "WITH lifted AS (
        UPDATE config_version SET version = $1 + 1, transaction = pg_current_xact_id(), at = clock_timestamp()
        WHERE version <= $1 RETURNING version
    ), noted AS (INSERT INTO changes (version, kind, id) SELECT version, 'all', 0 FROM lifted
        ON CONFLICT DO NOTHING)
    SELECT pg_notify('tandem_changes', version::text) FROM lifted";
