//! Owns the way from a noun to the file that speaks for it, and what all commands work with.
//! Refuses to know the verbs.

pub mod call;
pub mod cdr;
pub mod dataplane;
pub mod deck;
pub mod destination;
pub mod gateway;
pub mod manual;
pub mod originator;
pub mod plan;
mod resource;
pub mod route;
pub mod rule;
pub mod status;
pub mod trunk;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::{Cli, Command};
use crate::client::Client;
use crate::failure::Failure;
use crate::screen::Screen;

/// What a command works with.
pub struct Session {
    client: Client,
    screen: Screen,
}

/// Between two attempts to reach a control plane that is gone.
const RETRY: Duration = Duration::from_secs(1);

impl Session {
    /// Asks until there is an answer or Ctrl-C: what goes on for ever outlives a restart.
    fn query_through_outages<T: DeserializeOwned>(
        &mut self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<T, Failure> {
        let mut told = false;
        loop {
            match self.client.query_until_interrupted(path, query) {
                Err(failure) if failure.is_outage() => {
                    if !told {
                        self.screen.warn(&failure);
                        told = true;
                    }
                    self.client.sleep_until_interrupted(RETRY)?;
                }
                answer => return answer,
            }
        }
    }
}

/// Does what was asked.
///
/// # Errors
/// It could not be done.
pub fn run(cli: Cli) -> Result<(), Failure> {
    let mut screen = Screen::new(cli.output);
    match &cli.command {
        Command::Completion(arguments) => return manual::completion(&mut screen, arguments),
        Command::Man(arguments) => return manual::man(&mut screen, arguments),
        _ => {}
    }
    let session = &mut Session { client: Client::new(&cli.socket())?, screen };
    match cli.command {
        Command::Status(arguments) => status::run(session, &arguments),
        Command::Destination(verb) => destination::run(session, verb),
        Command::Deck(verb) => deck::run(session, verb),
        Command::Trunk(verb) => trunk::run(session, verb),
        Command::Gateway(verb) => gateway::run(session, verb),
        Command::Plan(verb) => plan::run(session, verb),
        Command::Rule(verb) => rule::run(session, verb),
        Command::Originator(verb) => originator::run(session, verb),
        Command::Route(verb) => route::run(session, verb),
        Command::Cdr(verb) => cdr::run(session, verb),
        Command::Call(verb) => call::run(session, verb),
        Command::Dataplane(verb) => dataplane::run(session, verb),
        Command::Completion(_) | Command::Man(_) => Ok(()),
    }
}
