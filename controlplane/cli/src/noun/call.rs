//! Owns `tandem call`: calls in progress. Knows nothing of records.

use api::{ActiveCalls, ActiveCount, path};
use clap::Subcommand;

use super::Session;
use crate::failure::Failure;
use crate::screen::View;
use crate::table::{Column, Table, number, text};

const COLUMNS: &[Column] = &[text("OF"), text("NAME"), number("ACTIVE CALLS")];

/// What is done with calls.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Count calls in progress by trunk and originator
    Active,
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    let Verb::Active = verb;
    let active: ActiveCalls = session.client.get(&path(&["calls", "active"]))?;
    session.screen.view(&active, &view(&active))
}

fn view(active: &ActiveCalls) -> View {
    let mut table = Table::new(COLUMNS);
    for (kind, counts) in [("trunk", &active.trunks), ("originator", &active.originators)] {
        for ActiveCount { id, name, calls } in counts {
            let name = name.clone().unwrap_or_else(|| format!("id {id}"));
            table.row([kind.to_owned(), name, calls.to_string()]);
        }
    }
    View::default().fact("active calls", active.total.to_string()).table(table)
}
