//! Owns the count of instructions of one message: what callgrind counts of this program, so that no neighbour on the
//! machine shows in it. Refuses to know nanoseconds.
//!
//! A hardware counter would say the same of user code; one way for every machine keeps records comparable.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::contender::Contender;
use crate::corpus::{Corpus, Kind};
use crate::fault::Fault;

/// The option that makes this program do nothing else than parse one message again and again.
pub const ONLY: &str = "--only";

/// Parses the message of a kind so many times with a contender, by name.
///
/// # Errors
/// [`Fault::UnknownMessage`].
pub fn only(contender: &mut dyn Contender, kind: &str, rounds: usize) -> Result<(), Fault> {
    let kind = Kind::named(kind).ok_or_else(|| Fault::UnknownMessage(kind.to_owned()))?;
    contender.sweep(Corpus::one(kind).all(), rounds);
    Ok(())
}

/// Instructions of one parse: the difference of two runs, so that what a run needs besides cancels out.
///
/// # Errors
/// Valgrind is missing or fails.
pub fn count(contender: &str, kind: &str, folder: &Path) -> Result<f64, Fault> {
    const FEW: u64 = 100;
    const MORE: u64 = 1_100;
    let run = |rounds: u64| total(contender, kind, rounds, folder);
    let (few, more) = (run(FEW)?, run(MORE)?);
    Ok((more - few) as f64 / (MORE - FEW) as f64)
}

fn total(contender: &str, kind: &str, rounds: u64, folder: &Path) -> Result<i64, Fault> {
    let file = folder.join("count");
    let program = std::env::current_exe().map_err(Fault::Valgrind)?;
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "-q"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(program)
        // As many digits in both, so that reading them costs the same.
        .args([ONLY, contender, kind, &format!("{rounds:06}")])
        .stdout(Stdio::null())
        .status()
        .map_err(Fault::Valgrind)?;
    if !status.success() {
        return Err(Fault::Counting(status));
    }
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let no_total = || Fault::NoTotal(file.display().to_string());
    total.and_then(|total| total.trim().parse().ok()).ok_or_else(no_total)
}
