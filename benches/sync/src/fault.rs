//! Owns what can go wrong, as sentences.

use std::io;
use std::path::PathBuf;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{path}: {what}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// PostgreSQL refused.
    #[error("PostgreSQL: {0}; its answer: {1}")]
    Database(#[source] tokio_postgres::Error, String),
    /// The API refused or is gone.
    #[error("the control plane: {0}")]
    Api(String),
    /// Counters of the data plane cannot be read.
    #[error(transparent)]
    Counters(#[from] hugepages::counters::OpenCountersError),
    /// The runtime cannot be made.
    #[error("threads: {0}")]
    Threads(#[source] io::Error),
    /// Something does not hold.
    #[error("{0}")]
    Not(String),
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        let said = error.as_db_error().map_or_else(String::new, |said| said.message().to_owned());
        Fault::Database(error, said)
    }
}

impl From<reqwest::Error> for Fault {
    fn from(error: reqwest::Error) -> Self {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        Fault::Api(text)
    }
}

impl Fault {
    /// That of a file.
    pub fn file(path: &std::path::Path) -> impl FnOnce(io::Error) -> Fault {
        let path = path.to_owned();
        move |source| Fault::File { path, source }
    }
}
