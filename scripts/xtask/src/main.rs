//! Runs the project's own checks: `cargo xtask check` for all, `cargo xtask NAME...` for some.
//! Refuses to know what the product does: it sees files, the dependency graph and exit codes.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

mod edges;
mod step;
mod tidy;

fn main() -> ExitCode {
    // The package's own folder is scripts/xtask of the checkout, wherever that is.
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let names: Vec<String> = std::env::args().skip(1).collect();
    match step::select(&names) {
        Ok(steps) => step::run_all(&root, &steps),
        Err(unknown) => {
            eprintln!("{unknown}");
            ExitCode::from(2)
        }
    }
}
