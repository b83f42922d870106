//! Owns the health of all parts as it travels. Refuses to judge it.

use serde::{Deserialize, Serialize};

use crate::error::Finding;

/// Health of every part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The daemon that answers.
    pub controlplane: ControlplaneStatus,
    /// PostgreSQL.
    pub database: DatabaseStatus,
    /// The data plane.
    pub dataplane: DataplaneStatus,
    /// The configuration and the image in force.
    pub plan: PlanStatus,
    /// The way of call records to the database.
    pub journal: JournalStatus,
    /// Calls in progress.
    pub active_calls: u64,
}

/// The daemon that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlplaneStatus {
    /// Version of the program.
    pub version: String,
    /// Process id.
    pub pid: u32,
    /// Seconds since it began.
    pub uptime_s: u64,
}

/// Who runs PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseKind {
    /// The daemon, under its state directory.
    Embedded,
    /// Somebody else, at the configured address.
    External,
}

/// PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseStatus {
    /// Who runs it.
    pub kind: DatabaseKind,
    /// Whether the daemon reaches it.
    pub connected: bool,
    /// What went wrong last, while it is not reached.
    pub error: Option<String>,
}

/// The data plane as it said last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataplaneStatus {
    /// Whether it is there now; what follows is empty without it.
    pub connected: bool,
    /// Process id.
    pub pid: Option<u32>,
    /// Workers.
    pub workers: u16,
    /// Version of the image that every worker has acknowledged; none without an image.
    pub image: Option<u64>,
    /// Whether new calls are refused.
    pub draining: bool,
    /// Answered calls that stand, as last told.
    pub standing_calls: u64,
    /// Each worker.
    pub per_worker: Vec<WorkerStatus>,
    /// Why it is not there, or refused an image.
    pub error: Option<String>,
}

/// One worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerStatus {
    /// Number from 0.
    pub worker: u16,
    /// Version of its image; none without an image.
    pub image: Option<u64>,
    /// Version of the last switch that it has obeyed.
    pub command: Option<u64>,
    /// Answered calls that stand with it, if its counters can be read.
    pub standing_calls: Option<u64>,
}

/// The configuration and the image in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStatus {
    /// Version of the configuration in the database.
    pub version: u64,
    /// Version that every worker has acknowledged; none without one.
    pub active: Option<u64>,
    /// µs from the last commit to its last acknowledgement.
    pub commit_to_active_us: Option<u64>,
    /// Why the newest version is not active.
    pub error: Option<String>,
    /// What is wrong with the newest version.
    pub findings: Vec<Finding>,
}

/// A place in the journal of the data plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPlace {
    /// Number of the segment.
    pub segment: u64,
    /// Offset in bytes.
    pub offset: u64,
}

/// The way of call records to the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalStatus {
    /// Just behind the last event in the database; none before the first.
    pub place: Option<JournalPlace>,
    /// Calls taken since the daemon began.
    pub ingested: u64,
    /// Bytes of the journal that are not in the database.
    pub backlog_bytes: u64,
    /// Age of the oldest event that is not in the database, milliseconds; 0 when there is none.
    pub lag_ms: u64,
    /// Why records do not go on; none while they do.
    pub failing: Option<String>,
    /// Bytes of events that wait in the data plane to be written to its disk.
    #[serde(default)]
    pub unwritten_bytes: u64,
    /// Whether the disk of the data plane refuses them.
    #[serde(default)]
    pub disk_failing: bool,
    /// Whether workers refuse new calls because no more events can wait.
    #[serde(default)]
    pub refusing_calls: bool,
}
