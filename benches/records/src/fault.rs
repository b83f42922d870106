//! Owns what can go wrong in a run, each fault one sentence.

use std::io;

/// Why there is no figure, or one that must not be believed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum Fault {
    #[error(transparent)]
    Become(#[from] controlplane::privilege::BecomeError),
    #[error(transparent)]
    Cluster(#[from] controlplane::cluster::ClusterError),
    #[error(transparent)]
    Migrate(#[from] controlplane::migrate::MigrateError),
    #[error("the database: {0}")]
    Database(#[from] tokio_postgres::Error),
    #[error("an event could not be written: {0}")]
    Encode(String),
    #[error("cannot write {what}: {source}")]
    Write { what: String, source: io::Error },
    #[error("the threads: {0}")]
    Threads(io::Error),
    #[error("{found} records came in, not {expected}; the figures must not be believed")]
    Records { found: i64, expected: u64 },
}
