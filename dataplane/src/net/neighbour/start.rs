//! Owns the sizes and times of the neighbour table, its reservation and its static entries.
//! Cold: done once at start.

use super::{
    Neighbours,
    asks::Asks,
    entries::{Entries, Key, Phase},
    waiting::Waiting,
};
use crate::net::{Mac, PortIndex, ethernet};

/// Sizes and times of [`Neighbours`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Neighbours that there is room for, at most 65,534; a pass over the table reads all in use.
    pub capacity: u16,
    /// Packets that may wait in all, at most 65,534.
    pub waiting: u16,
    /// Packets that may wait for one neighbour.
    pub waiting_each: u16,
    /// Time for which an answer is trusted.
    pub reachable_ms: u64,
    /// Time from one request to the next.
    pub retry_ms: u64,
    /// Requests before a neighbour counts as failed; 0 is taken as 1.
    pub tries: u8,
    /// Time for which a failure is remembered.
    pub failed_ms: u64,
    /// Time after which a stale neighbour to which nothing is sent is forgotten.
    pub idle_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            capacity: 1024,
            waiting: 1024,
            waiting_each: 128,
            // A neighbour that changed its address in silence is unreachable for so long.
            reachable_ms: 10_000,
            retry_ms: 300,
            tries: 3,
            failed_ms: 3_000,
            idle_ms: 600_000,
        }
    }
}

/// Why a static neighbour cannot be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InsertStaticError {
    /// A group address, or all zeros.
    #[error("{0:02x?} is not the MAC address of one host; give a unicast one")]
    NotAHost(Mac),
    /// No slot left.
    #[error("the neighbour table is full; raise its capacity")]
    Full,
}

impl<P> Neighbours<P> {
    /// Reserves all that the table will ever need. Called at start.
    pub fn new(settings: Settings) -> Neighbours<P> {
        Neighbours {
            settings,
            entries: Entries::new(settings.capacity),
            asks: Asks::new(settings.capacity),
            waiting: Waiting::new(settings.waiting),
            next_due_ms: u64::MAX,
        }
    }

    /// Enters a neighbour that never changes and needs no asking. Called at start.
    ///
    /// # Errors
    /// The address is no host's, or the table is full.
    pub fn insert_static(
        &mut self,
        interface: PortIndex,
        ip: u32,
        mac: Mac,
    ) -> Result<(), InsertStaticError> {
        if !ethernet::is_host(&mac) {
            return Err(InsertStaticError::NotAHost(mac));
        }
        let key = Key { interface, ip };
        let found = self.entries.find(key).or_else(|| self.entries.insert(key));
        let at = found.ok_or(InsertStaticError::Full)?;
        let entry = self.entries.get_mut(at).ok_or(InsertStaticError::Full)?;
        (entry.mac, entry.phase, entry.deadline_ms) = (mac, Phase::Static, u64::MAX);
        self.waiting.release(&mut entry.waiting, interface, mac);
        Ok(())
    }
}
