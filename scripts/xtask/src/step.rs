//! Owns the list of checks, their order, and what is printed about each.
//! Refuses to know what a check looks for: a step is a name and a function.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use crate::{edges, tidy};

/// One check: what the user types, and what runs. The error says in one sentence what is wrong.
pub struct Step {
    name: &'static str,
    run: fn(&Path) -> Result<(), String>,
}

/// Every check in the order of `cargo xtask check`: what fails fastest comes first.
const STEPS: &[Step] = &[
    Step { name: "fmt", run: fmt },
    Step { name: "tidy", run: tidy::run },
    Step { name: "edges", run: edges::run },
    Step { name: "shell", run: shell },
    Step { name: "deny", run: deny },
    Step { name: "clippy", run: clippy },
    Step { name: "test", run: test },
    Step { name: "doctest", run: doctest },
    Step { name: "doc", run: doc },
];

/// Every workspace of the checkout: the fuzz targets are one by themselves.
const WORKSPACES: &[&str] = &["Cargo.toml", "parser/fuzz/Cargo.toml"];

/// The steps that `names` ask for; `check`, or no name, is all of them.
///
/// # Errors
/// The sentence for the user when a name is not a step.
pub fn select(names: &[String]) -> Result<Vec<&'static Step>, String> {
    if names.is_empty() || names.iter().any(|name| name == "check") {
        return Ok(STEPS.iter().collect());
    }
    let find = |name: &String| STEPS.iter().find(|step| step.name == name);
    names.iter().map(|name| find(name).ok_or_else(|| unknown(name))).collect()
}

/// Runs every step, also after one has failed, and prints a line for each.
pub fn run_all(root: &Path, steps: &[&Step]) -> ExitCode {
    let mut failed = Vec::new();
    for step in steps {
        let start = Instant::now();
        match (step.run)(root) {
            Ok(()) => println!("ok {} ({} s)", step.name, start.elapsed().as_secs()),
            Err(reason) => {
                println!("FAILED {}: {reason}", step.name);
                failed.push(step.name);
            }
        }
    }
    if failed.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("again: cargo xtask {}", failed.join(" "));
    ExitCode::FAILURE
}

fn unknown(name: &str) -> String {
    let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
    format!("unknown check `{name}`: take `check` for all, or some of {}", known.join(", "))
}

fn fmt(root: &Path) -> Result<(), String> {
    each_workspace(root, &["fmt", "--all", "--check"], "run `cargo fmt --all` there")
}

fn clippy(root: &Path) -> Result<(), String> {
    let arguments =
        ["clippy", "--quiet", "--workspace", "--all-targets", "--locked", "--", "-Dwarnings"];
    each_workspace(root, &arguments, "see above")
}

fn test(root: &Path) -> Result<(), String> {
    // Nextest gives each test a process of its own, which tests that start DPDK's EAL need; where
    // it could not be installed one thread at a time is the nearest thing.
    if has(root, "cargo", &["nextest", "--version"]) {
        let arguments = ["nextest", "run", "--workspace", "--locked", "--cargo-quiet"];
        return run(root, "cargo", &arguments, "see above");
    }
    let arguments = [
        "test",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--locked",
        "--no-fail-fast",
        "--",
        "--test-threads=1",
    ];
    run(root, "cargo", &arguments, "see above")
}

fn doctest(root: &Path) -> Result<(), String> {
    run(root, "cargo", &["test", "--quiet", "--workspace", "--doc", "--locked"], "see above")
}

fn deny(root: &Path) -> Result<(), String> {
    if !has(root, "cargo", &["deny", "--version"]) {
        return Err("cargo-deny is missing, run scripts/setup".to_owned());
    }
    let arguments =
        ["deny", "--locked", "--log-level", "error", "check", "licenses", "bans", "sources"];
    each_workspace(root, &arguments, "see deny.toml")
}

/// The documentation of the crate that is written for others too.
fn doc(root: &Path) -> Result<(), String> {
    let arguments = ["rustdoc", "--quiet", "--package", "parser", "--locked", "--", "-Dwarnings"];
    run(root, "cargo", &arguments, "see above")
}

fn shell(root: &Path) -> Result<(), String> {
    if !has(root, "shellcheck", &["--version"]) {
        return Err("shellcheck is missing, run scripts/setup".to_owned());
    }
    let mut scripts = Vec::new();
    collect_shell(&root.join("scripts"), &mut scripts)?;
    collect_shell(&root.join(".ci"), &mut scripts)?;
    let status = Command::new("shellcheck")
        .args(["--external-sources", "--source-path=SCRIPTDIR", "--source-path=scripts"])
        .args(&scripts)
        .current_dir(root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err("shellcheck has complaints, see above".to_owned()),
    }
}

/// Adds every file below `folder` that bash runs, known by name or by its first line.
fn collect_shell(folder: &Path, scripts: &mut Vec<PathBuf>) -> Result<(), String> {
    for path in tidy::files_below(folder)? {
        let by_name = path.extension().is_some_and(|ending| ending == "sh");
        let by_line = path.extension().is_none()
            && std::fs::read(&path).is_ok_and(|bytes| bytes.starts_with(b"#!/usr/bin/env bash"));
        if by_name || by_line {
            scripts.push(path);
        }
    }
    Ok(())
}

/// Runs cargo with `arguments` for every workspace.
fn each_workspace(root: &Path, arguments: &[&str], remedy: &str) -> Result<(), String> {
    WORKSPACES.iter().try_for_each(|manifest| {
        let (command, options) = arguments.split_at(1);
        let named = [command, &["--manifest-path", *manifest], options].concat();
        run(root, "cargo", &named, remedy)
    })
}

fn has(root: &Path, program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn run(root: &Path, program: &str, arguments: &[&str], remedy: &str) -> Result<(), String> {
    let said = format!("{program} {}", arguments.join(" "));
    let status = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("`{said}` did not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{said}` found faults, {remedy}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(steps: &[&Step]) -> Vec<&'static str> {
        steps.iter().map(|step| step.name).collect()
    }

    #[test]
    fn check_selects_every_step() {
        let all = select(&["check".to_owned()]).unwrap();
        assert_eq!(all.len(), STEPS.len());
        assert_eq!(names(&select(&[]).unwrap()), names(&all));
    }

    #[test]
    fn a_name_selects_its_step_alone() {
        assert_eq!(names(&select(&["edges".to_owned()]).unwrap()), ["edges"]);
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let said = select(&["edge".to_owned()]).err().unwrap();
        assert!(said.contains("`edge`") && said.contains("edges"), "{said}");
    }
}
