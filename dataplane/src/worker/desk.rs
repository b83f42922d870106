//! Owns what reaches a worker from the control plane: images by way of the keeper, switches in a ring of its own.
//! Hot: looked at once a millisecond, between two bursts. Refuses to know who compiled an image.

use hugepages::commands::CommandReceiver;
use hugepages::layout::command::Command;
use routing::switch::{Switched, Taken};

use super::Worker;
use crate::keeper::control::Intake;
use crate::keeper::note::NoteKind;

/// Switches that are taken in a millisecond; a flood of them must not hold packets up.
const COMMANDS_A_TICK: usize = 64;

/// A worker's ends.
pub struct Desk {
    intake: Intake,
    commands: CommandReceiver,
    /// Whether it was told that the ring is closed.
    closed: bool,
    /// Change sequence of the newest switch that came.
    pub(super) command_as_of: u64,
    /// Switches for which there was no place.
    pub(super) forgotten: u64,
    /// Records that were no switches.
    pub(super) invalid: u64,
}

impl Desk {
    /// A desk at which nothing has come.
    pub fn new(intake: Intake, commands: CommandReceiver) -> Self {
        Desk { intake, commands, closed: false, command_as_of: 0, forgotten: 0, invalid: 0 }
    }
}

impl Worker {
    /// Takes what has come.
    #[inline]
    pub(super) fn attend(&mut self) {
        if let Some(mut issue) = self.desk.intake.take() {
            self.engine.adopt(&mut issue);
            self.desk.intake.give_back(issue);
            // Whoever waits for this version need not wait for the gauges as well.
            self.publish();
        }
        for _ in 0..COMMANDS_A_TICK {
            match self.desk.commands.receive() {
                None => break,
                Some(Ok(command)) => self.switch(command),
                Some(Err(_)) => self.desk.invalid += 1,
            }
        }
        if !self.desk.closed && self.desk.commands.error().is_some() {
            self.desk.closed = true;
            self.note(NoteKind::CommandsClosed, 0, 0);
        }
    }

    fn switch(&mut self, command: Command) {
        let (what, enabled) = match command {
            Command::TrunkSwitch { trunk, enabled, .. } => (Switched::Trunk(trunk), enabled),
            Command::OriginatorSwitch { originator, enabled, .. } => {
                (Switched::Originator(originator), enabled)
            }
        };
        let as_of = command.as_of();
        if self.engine.switch(what, enabled, as_of) == Taken::Full {
            self.desk.forgotten += 1;
        }
        self.desk.command_as_of = self.desk.command_as_of.max(as_of);
    }
}
