//! Owns the command line: what can be asked of the binary, and the exit code of the answer.
//! Refuses to know how a data plane is started: it is handed the function that does.

mod statistics;

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::cdr;
use crate::config::{Config, Machine};
use crate::keeper::utc::UtcMicros;
use crate::keys::Keys;

/// The data plane of Tandem: routes SIP calls between carriers.
#[derive(Debug, Parser)]
#[command(name = "tandem-dataplane", version, args_conflicts_with_subcommands = true)]
#[command(arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Option<RunArguments>,
}

/// What a start needs.
#[derive(Clone, Debug, Args)]
pub struct RunArguments {
    /// Configuration of ports, cores and memory, see docs/dataplane-config.md
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// Check the configuration and start nothing
    #[arg(long)]
    pub check: bool,
    /// Print the memory that a start reserves, and start nothing
    #[arg(long)]
    pub show_memory: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the call records of a journal
    Cdr(CdrArguments),
    /// Print the counters of the running data plane
    Stats(StatsArguments),
    /// Make a new key for cookies and branches; the next start signs with it
    RotateKeys(RotateArguments),
}

#[derive(Debug, Args)]
struct RotateArguments {
    /// Configuration of the data plane
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Args)]
struct CdrArguments {
    /// The journal, or the state directory that holds it
    dir: PathBuf,
    /// Shape of the output
    #[arg(long, short, value_enum, default_value_t = CdrOutput::Table)]
    output: CdrOutput,
    /// Go on as calls end, until interrupted
    #[arg(long, conflicts_with = "summary")]
    follow: bool,
    /// Print one closing table instead of the records
    #[arg(long)]
    summary: bool,
    /// Show telephone numbers in full
    #[arg(long)]
    unmasked: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CdrOutput {
    Table,
    Json,
    Csv,
}

#[derive(Debug, Args)]
struct StatsArguments {
    /// The instance directory of the configuration
    instance: PathBuf,
    /// Shape of the output
    #[arg(long, short, value_enum, default_value_t = StatsOutput::Table)]
    output: StatsOutput,
    /// Print again every second, with the change
    #[arg(long)]
    watch: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StatsOutput {
    Table,
    Json,
}

/// Reads the command line and does what it asks; `start` runs a data plane until it ends.
///
/// Exit codes: 0 done, 1 failed with one sentence on stderr, 2 not understood.
pub fn main<E: Error>(start: impl FnOnce(&RunArguments) -> Result<(), E>) -> ExitCode {
    let cli = Cli::parse();
    let result = match (cli.command, cli.run) {
        (Some(Command::Cdr(arguments)), _) => print_cdrs(arguments),
        (Some(Command::Stats(arguments)), _) => statistics::print(&arguments),
        (Some(Command::RotateKeys(arguments)), _) => rotate_keys(&arguments.config),
        (None, Some(arguments)) => start(&arguments).map_err(|error| describe(&error)),
        // Clap shows the help before it comes to this.
        (None, None) => Ok(()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // With stderr gone there is nobody to tell.
            let _ = writeln!(io::stderr(), "tandem-dataplane: {message}");
            ExitCode::FAILURE
        }
    }
}

/// A command's one sentence.
type Message = String;

/// An error with its causes, those left out that it names itself.
fn describe(error: &dyn Error) -> Message {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = inner.source();
    }
    message
}

fn rotate_keys(config: &Path) -> Result<(), Message> {
    let config = Config::load(config, &Machine::this()).map_err(|error| describe(&error))?;
    let (path, now) = (config.keys_file(), UtcMicros::now().0 / 1_000_000);
    let keys = Keys::load(&path).and_then(|keys| keys.rotate(&path, now));
    let keys = keys.map_err(|error| describe(&error))?;
    let (signs, count) = (keys.signing().id.get(), keys.iter().count());
    writeln!(io::stdout(), "key {signs} of {count} signs from the next start on")
        .or_else(unless_closed)
}

fn print_cdrs(arguments: CdrArguments) -> Result<(), Message> {
    let options = cdr::Options {
        dir: arguments.dir,
        output: match arguments.output {
            CdrOutput::Table => cdr::Output::Table,
            CdrOutput::Json => cdr::Output::Json,
            CdrOutput::Csv => cdr::Output::Csv,
        },
        mode: match (arguments.follow, arguments.summary) {
            (true, _) => cdr::Mode::Follow,
            (_, true) => cdr::Mode::Summary,
            _ => cdr::Mode::Once,
        },
        numbers: if arguments.unmasked { cdr::Numbers::Full } else { cdr::Numbers::Masked },
    };
    let mut out = BufWriter::new(io::stdout().lock());
    match cdr::print(&options, &mut out, &mut io::stderr()) {
        Err(cdr::PrintError::Write(error)) => unless_closed(error),
        other => other.map_err(|error| describe(&error)),
    }
}

/// `head` and `less` close their pipe when they have seen enough.
fn unless_closed(error: io::Error) -> Result<(), Message> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(format!("cannot write the output: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn starts_with_a_configuration() {
        let cli = parse("x --config a --check").unwrap();
        let run = cli.run.unwrap();
        assert_eq!(run.config, PathBuf::from("a"));
        assert!(run.check && !run.show_memory && cli.command.is_none());
    }

    #[test]
    fn refuses_half_a_start() {
        let message = parse("x --check").unwrap_err().to_string();
        assert!(message.contains("--config"), "{message}");
        assert!(parse("x").is_err());
        assert!(parse("x --config a cdr d").is_err());
    }

    #[test]
    fn prints_records_and_counters() {
        assert!(matches!(
            parse("x cdr d --output json --follow").unwrap().command,
            Some(Command::Cdr(CdrArguments { output: CdrOutput::Json, follow: true, .. }))
        ));
        assert!(parse("x cdr d --summary --follow").is_err());
        assert!(matches!(
            parse("x stats d --watch -o json").unwrap().command,
            Some(Command::Stats(StatsArguments { watch: true, output: StatsOutput::Json, .. }))
        ));
    }

    #[test]
    fn names_each_cause_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("outer: {0}")]
        struct Outer(#[source] io::Error);
        let error = Outer(io::Error::other("inner"));
        assert_eq!(describe(&error), "outer: inner");
    }
}
