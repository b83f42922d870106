//! Owns the command line; refuses to know what is measured.

use std::path::PathBuf;

/// What a message costs the parser, and others beside it.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "bench-parse", version)]
pub struct Arguments {
    /// Few messages and rounds: proves function, gives no figures
    #[arg(long)]
    pub quick: bool,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
    /// Appends the figures to this CSV file
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Rounds of all contenders that the figures are the median of [default: 41; quick 3]
    #[arg(long)]
    pub rounds: Option<usize>,
    /// Parses one message and does nothing else, for a profiler: contender, message, how often
    #[arg(long, num_args = 3, value_names = ["CONTENDER", "MESSAGE", "TIMES"])]
    pub only: Option<Vec<String>>,
}

/// Numbers that a run is made with.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Rounds.
    pub rounds: usize,
    /// Mixed messages, each parsed once a round.
    pub messages: usize,
    /// How often the INVITE is parsed a round.
    pub invites: usize,
}

impl Arguments {
    /// The sizes asked for.
    pub fn sizes(&self) -> Sizes {
        let (rounds, messages, invites) =
            if self.quick { (3, 600, 100) } else { (41, 6_000, 3_000) };
        Sizes { rounds: self.rounds.unwrap_or(rounds).max(1), messages, invites }
    }
}
