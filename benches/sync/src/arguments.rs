//! Owns the command line. Refuses to act on it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Changes of the plan against a running appliance.
#[derive(Debug, Parser)]
#[command(name = "bench-sync")]
pub struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure the time from COMMIT to the last worker that routes by the change
    Measure(MeasureArguments),
    /// Change the plan again and again, and keep every version
    Change(ChangeArguments),
    /// Hold call records against the versions of the plan that they name
    Judge(JudgeArguments),
}

/// What `measure` takes.
#[derive(Debug, Args)]
pub struct MeasureArguments {
    /// Directory of PostgreSQL's socket
    #[arg(long)]
    pub database: PathBuf,
    /// Instance directory of the data plane
    #[arg(long)]
    pub instance: PathBuf,
    /// Changes to make
    #[arg(long, default_value_t = 1000)]
    pub changes: u32,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
    /// Append the figures to this file
    #[arg(long)]
    pub record: Option<PathBuf>,
}

/// What `change` takes.
#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// Socket of the control plane's API
    #[arg(long)]
    pub socket: PathBuf,
    /// Directory that every version is written to
    #[arg(long)]
    pub history: PathBuf,
    /// Changes to make
    #[arg(long)]
    pub changes: u32,
    /// Milliseconds from one change to the next, if it is active by then; 0 for as fast as they become active
    #[arg(long, default_value_t = 0)]
    pub every_ms: u64,
}

/// What `judge` takes.
#[derive(Debug, Args)]
pub struct JudgeArguments {
    /// Directory that `change` wrote
    #[arg(long)]
    pub history: PathBuf,
    /// Call records, one JSON object a line
    #[arg(long)]
    pub records: PathBuf,
}
