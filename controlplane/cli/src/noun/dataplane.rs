//! Owns `tandem dataplane`: what is asked of the process that carries the calls.
//! Knows that it is asked through the control plane.

use api::{DrainQuery, DrainReport, path};
use clap::Subcommand;
use reqwest::Method;

use super::Session;
use crate::failure::Failure;
use crate::unit::counted;
use crate::write;

/// What is done with the data plane.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Refuse new calls; standing ones go on
    Drain {
        /// Really do it
        #[arg(long)]
        yes: bool,
    },
    /// Take new calls again
    Resume,
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    let action = match verb {
        Verb::Drain { yes } => {
            write::confirmed(yes, "this refuses all new calls from now on")?;
            "drain"
        }
        Verb::Resume => "resume",
    };
    let query = DrainQuery { confirm: true };
    let path = path(&["dataplane", action]);
    let report: DrainReport = session.client.send_empty(Method::POST, &path, &query)?;
    let mode = if report.draining { "draining: new calls are refused" } else { "takes calls" };
    let standing = counted(report.standing_calls, "standing call");
    session.screen.say(&report, &format!("{mode}, {standing}"))
}
