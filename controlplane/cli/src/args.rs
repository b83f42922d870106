//! Owns the top of the grammar: `tandem NOUN VERB`, and the flags that every command has.
//! Refuses to know the verbs: each noun brings its own.

use std::env;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::noun::{
    call, cdr, dataplane, deck, destination, gateway, manual, originator, plan, route, rule,
    status, trunk,
};

/// Where the daemon listens unless it is told otherwise.
const SOCKET: &str = "/run/tandem/controlplane/api.sock";

/// Heading of the flags that every command has.
const EVERYWHERE: &str = "Options of every command";

/// Tandem, a SIP router for carriers.
#[derive(Debug, Parser)]
#[command(name = "tandem", version, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 cannot connect, 5 not found, \
                        6 refused as a conflict or as not valid."
)]
pub struct Cli {
    /// Socket of the control plane; default: $TANDEM_SOCKET, else /run/tandem/controlplane/api.sock
    #[arg(long, global = true, value_name = "PATH")]
    #[arg(help_heading = EVERYWHERE)]
    socket: Option<PathBuf>,
    /// Shape of the output
    #[arg(long, short, global = true, value_enum, default_value_t = Output::Table)]
    #[arg(help_heading = EVERYWHERE)]
    pub output: Output,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Where the control plane is asked.
    ///
    /// The environment is asked here and not by the grammar, which would show `--socket` in every usage line then.
    pub fn socket(&self) -> PathBuf {
        let told = || env::var_os("TANDEM_SOCKET").filter(|path| !path.is_empty());
        self.socket.clone().or_else(|| told().map(PathBuf::from)).unwrap_or_else(|| SOCKET.into())
    }
}

/// Shape of the output: columns for people, JSON as the API has it, or RFC 4180 with a head line.
///
/// The values have no text of their own, which keeps the help of every command short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Table,
    Json,
    Csv,
}

/// The nouns.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Health of every part
    Status(status::Arguments),
    /// Destinations: categories of traffic by prefix
    #[command(subcommand)]
    Destination(destination::Verb),
    /// Decks: what carriers charge
    #[command(subcommand)]
    Deck(deck::Verb),
    /// Trunks: where calls leave
    #[command(subcommand)]
    Trunk(trunk::Verb),
    /// Gateways: addresses of trunks
    #[command(subcommand)]
    Gateway(gateway::Verb),
    /// Plans: how calls get there, and the plan file
    #[command(subcommand)]
    Plan(plan::Verb),
    /// Rules of plans, and their weights
    #[command(subcommand)]
    Rule(rule::Verb),
    /// Originators: where calls come from
    #[command(subcommand)]
    Originator(originator::Verb),
    /// Routing decisions
    #[command(subcommand)]
    Route(route::Verb),
    /// Call records
    #[command(subcommand)]
    Cdr(cdr::Verb),
    /// Calls in progress
    #[command(subcommand)]
    Call(call::Verb),
    /// The process that carries the calls
    #[command(subcommand)]
    Dataplane(dataplane::Verb),
    /// Print the completion script of a shell
    Completion(manual::CompletionArguments),
    /// Write the man pages into a directory
    Man(manual::ManArguments),
}
