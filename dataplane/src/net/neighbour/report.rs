//! Owns the view of the neighbour table that operators see; refuses to change anything.
//! Cold.

use super::{Neighbours, entries::Phase};
use crate::net::{Mac, PortIndex};

/// State of a neighbour as operators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Asked for, not yet answered.
    Incomplete,
    /// Answered recently.
    Reachable,
    /// Answered too long ago; still used, and asked for again when it is.
    Stale,
    /// Did not answer.
    Failed,
    /// Entered by configuration.
    Static,
}

/// A neighbour as operators see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The link that it is on.
    pub interface: PortIndex,
    /// Its address.
    pub ip: u32,
    /// Its MAC address; nothing while incomplete or failed.
    pub mac: Option<Mac>,
    /// Its state.
    pub state: State,
}

impl<P> Neighbours<P> {
    /// Every neighbour known, for operators.
    pub fn iter(&self) -> impl Iterator<Item = Neighbour> {
        self.entries.iter().filter_map(|entry| {
            let (state, mac) = match entry.phase {
                Phase::Free => return None,
                Phase::Incomplete => (State::Incomplete, None),
                Phase::Reachable => (State::Reachable, Some(entry.mac)),
                Phase::Stale | Phase::Probing => (State::Stale, Some(entry.mac)),
                Phase::Failed => (State::Failed, None),
                Phase::Static => (State::Static, Some(entry.mac)),
            };
            Some(Neighbour { interface: entry.key.interface, ip: entry.key.ip, mac, state })
        })
    }
}
