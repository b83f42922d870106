//! Owns the command line; refuses to know what is measured.

use std::path::PathBuf;

/// Call records per second into the embedded PostgreSQL.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "bench-records", version)]
pub struct Arguments {
    /// Few calls: proves function, gives no figures
    #[arg(long)]
    pub quick: bool,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
    /// Appends the figures to this CSV file
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Answered calls: two events each [default: 200000; quick 2000]
    #[arg(long)]
    pub answered: Option<u64>,
    /// Unanswered calls: one event each [default: 50000; quick 500]
    #[arg(long)]
    pub unanswered: Option<u64>,
    /// Answered calls that stand at a time [default: 50000; quick 500]
    #[arg(long)]
    pub standing: Option<u64>,
    /// User of the server and of the measurement, when started as root
    #[arg(long, default_value = "nobody")]
    pub user: String,
    /// Where the cluster and the journal are made, and removed
    #[arg(long, default_value = "/var/tmp")]
    pub below: PathBuf,
}

/// Numbers that a run is made with.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Answered calls.
    pub answered: u64,
    /// Unanswered ones.
    pub unanswered: u64,
    /// Answered calls between the START and the END of one.
    pub standing: u64,
}

impl Arguments {
    /// The sizes asked for.
    pub fn sizes(&self) -> Sizes {
        let or = |asked: Option<u64>, whole, quick| {
            asked.unwrap_or(if self.quick { quick } else { whole })
        };
        Sizes {
            answered: or(self.answered, 200_000, 2_000),
            unanswered: or(self.unanswered, 50_000, 500),
            standing: or(self.standing, 50_000, 500),
        }
    }
}
