//! Owns what describes the command line to others: shell completion and man pages.
//! Refuses to describe anything twice: both are made from the grammar.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args::Cli;
use crate::failure::Failure;
use crate::screen::Screen;

/// What `completion` takes.
#[derive(Debug, Args)]
pub struct CompletionArguments {
    /// The shell
    shell: Shell,
}

/// What `man` takes.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// Directory of the pages
    dir: PathBuf,
}

/// Prints the completion script of a shell.
pub fn completion(screen: &mut Screen, arguments: &CompletionArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "tandem", &mut script);
    screen.raw(&String::from_utf8_lossy(&script))
}

/// Writes a page for each command.
pub fn man(screen: &mut Screen, arguments: &ManArguments) -> Result<(), Failure> {
    let dir = &arguments.dir;
    let refused = |source| Failure::File { verb: "write", path: dir.clone(), source };
    std::fs::create_dir_all(dir).map_err(refused)?;
    clap_mangen::generate_to(Cli::command(), dir).map_err(refused)?;
    screen.note(&format!("man pages written to {}", dir.display()))
}
