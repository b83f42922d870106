//! Owns the configuration file of the control plane: its keys, their defaults and what is wrong with them.
//! Refuses to touch files, users and databases.
//!
//! [`Config::parse`] lists every fault of a text with its line, so that one round of editing mends a file.

mod read;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

/// A checked configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What must survive a restart: the embedded database.
    pub state: PathBuf,
    /// Sockets.
    pub run: PathBuf,
    /// User that the process becomes when it is started as root.
    pub user: String,
    /// Where the configuration and the records are kept.
    pub database: Choice,
    /// What is logged.
    pub log: Log,
}

/// Who runs PostgreSQL.
#[derive(Clone, PartialEq, Eq)]
pub enum Choice {
    /// The daemon, under its state directory.
    Embedded,
    /// Somebody else, at this address.
    External(Box<tokio_postgres::Config>),
}

impl fmt::Debug for Choice {
    /// The address can hold a password: it is never shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("Embedded"),
            Self::External(_) => f.write_str("External"),
        }
    }
}

/// What is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Least level.
    pub level: tracing::Level,
    /// One JSON object a line instead of text.
    pub format: LogFormat,
}

/// Shape of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            state: PathBuf::from("/var/lib/tandem/controlplane"),
            run: PathBuf::from("/run/tandem/controlplane"),
            user: "nobody".to_owned(),
            database: Choice::Embedded,
            log: Log { level: tracing::Level::INFO, format: LogFormat::Text },
        }
    }
}

/// One fault of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line from 1.
    pub line: usize,
    /// What is wrong and what to write instead.
    pub text: String,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {source}; write one, `state = \"/var/lib/tandem/controlplane\"` is enough")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has faults.
    #[error("{path} has {} faults:{}", .faults.len(), listed(.faults))]
    Faults {
        /// The file.
        path: PathBuf,
        /// All of them, by line.
        faults: Vec<Fault>,
    },
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("\n  line {}: {}", fault.line, fault.text)).collect()
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`] with every fault by line.
    pub fn open(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|faults| ConfigError::Faults { path: path.to_owned(), faults })
    }

    /// Reads a text. An empty one is the default configuration.
    ///
    /// # Errors
    /// Every fault by line.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        read::read(text)
    }
}
