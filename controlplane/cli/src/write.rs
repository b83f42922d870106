//! Owns the flags that every change has, and the sentence that is said about one.
//! Knows nothing of what is changed.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use api::{WaitFor, WriteQuery, WriteReport};
use clap::Args;
use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::screen::Screen;
use crate::unit::{counted, millis};

/// Flags of a change.
#[derive(Debug, Clone, Copy, Args)]
pub struct WriteFlags {
    /// Do not wait until every worker routes by the change
    #[arg(long)]
    no_wait: bool,
}

/// Flags of a change that destroys or replaces.
#[derive(Debug, Clone, Copy, Args)]
pub struct DestroyFlags {
    /// Really do it
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    write: WriteFlags,
}

impl WriteFlags {
    /// The query of a change that needs no confirmation.
    pub fn query(self) -> WriteQuery {
        WriteQuery { wait: self.wait(), confirm: false }
    }

    /// How far to follow the change.
    pub fn wait(self) -> Option<WaitFor> {
        (!self.no_wait).then_some(WaitFor::Active)
    }
}

impl DestroyFlags {
    /// The query, if the user has confirmed.
    ///
    /// # Errors
    /// `--yes` is missing; `what` would happen.
    pub fn query(self, what: &str) -> Result<WriteQuery, Failure> {
        confirmed(self.yes, what)?;
        Ok(WriteQuery { wait: self.write.wait(), confirm: true })
    }

    /// The flags of any change.
    pub fn write(self) -> WriteFlags {
        self.write
    }
}

/// Asks for `--yes`.
///
/// # Errors
/// It is missing; `what` would happen.
pub fn confirmed(yes: bool, what: &str) -> Result<(), Failure> {
    match yes {
        true => Ok(()),
        false => Err(Failure::usage(
            format!("{what}, which needs a confirmation"),
            "repeat the command with --yes if you mean it",
        )),
    }
}

/// Tells what became of a change; `value` is the whole answer for programs.
///
/// # Errors
/// The plan as it stands is not valid, so that the change cannot come into force.
pub fn tell<T: serde::Serialize>(
    screen: &mut Screen,
    value: &T,
    report: &WriteReport,
    wait: Option<WaitFor>,
) -> Result<(), Failure> {
    if !report.active && !report.findings.is_empty() {
        return Err(Failure::NotActive {
            version: report.version,
            reason: report.reason.clone().unwrap_or_else(|| "the plan is not valid".to_owned()),
            findings: report.findings.clone(),
        });
    }
    screen.say(value, &sentence(report, wait))
}

fn sentence(report: &WriteReport, wait: Option<WaitFor>) -> String {
    if !report.changed {
        return format!("nothing to change: version {} says so already", report.version);
    }
    let WriteReport { version, active, workers, after_us, reason, .. } = report;
    if *active {
        let on = counted(u64::from(*workers), "worker");
        let after = after_us.map(|us| format!(" after {} ms", millis(us))).unwrap_or_default();
        return format!("version {version} active on {on}{after}");
    }
    match (reason, wait) {
        (Some(reason), _) => format!("version {version} stored, not active: {reason}"),
        (None, None) => format!("version {version} stored"),
        (None, Some(_)) => format!("version {version} stored, not active yet: see `tandem status`"),
    }
}

/// The text of `path`, or of standard input for `-`.
///
/// # Errors
/// It cannot be read.
pub fn read_text(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match path.as_os_str() == "-" {
        true => io::stdin().read_to_string(&mut text).map(|_| ()),
        false => fs::read_to_string(path).map(|read| text = read),
    };
    match read {
        Ok(()) => Ok(text),
        Err(source) => Err(Failure::File { verb: "read", path: path.to_owned(), source }),
    }
}

/// The JSON value in `path`, or in standard input for `-`.
///
/// # Errors
/// It cannot be read, or is not what a `noun` looks like.
pub fn read_json<T: DeserializeOwned>(path: &Path, noun: &'static str) -> Result<T, Failure> {
    serde_json::from_str(&read_text(path)?).map_err(|error| Failure::Content {
        path: path_shown(path),
        noun,
        why: error.to_string(),
    })
}

fn path_shown(path: &Path) -> PathBuf {
    match path.as_os_str() == "-" {
        true => PathBuf::from("standard input"),
        false => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_as_far_as_it_came() {
        let report = |active, reason: Option<&str>| WriteReport {
            version: 17,
            changed: true,
            active,
            workers: 2,
            after_us: active.then_some(4_100),
            reason: reason.map(str::to_owned),
            findings: Vec::new(),
        };
        let wait = Some(WaitFor::Active);
        for (report, wait, expected) in [
            (report(true, None), wait, "version 17 active on 2 workers after 4.1 ms"),
            (report(false, None), None, "version 17 stored"),
            (report(false, None), wait, "version 17 stored, not active yet: see `tandem status`"),
            (
                report(false, Some("no data plane is connected")),
                wait,
                "version 17 stored, not active: no data plane is connected",
            ),
        ] {
            assert_eq!(sentence(&report, wait), expected);
        }
        let same = WriteReport { changed: false, ..report(true, None) };
        assert_eq!(sentence(&same, wait), "nothing to change: version 17 says so already");
    }
}
