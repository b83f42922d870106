//! Owns the publisher's side: versions and the extents that they name.
//! Knows nothing of how an offer travels.

use std::collections::{BTreeSet, VecDeque};

use super::{ExtentId, MAX_IN_FLIGHT};

/// Why a version was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Change sequences go up.
    #[error("image {as_of} cannot follow image {newest}; a later change has a higher sequence")]
    NotNewer {
        /// Of the version given.
        as_of: u64,
        /// Of the newest one.
        newest: u64,
    },
}

/// Why an answer of the receiver was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It answers for what was not offered, or was answered already.
    #[error(
        "the peer answered for image {as_of}, which waits for no answer; the link has to start anew"
    )]
    NotInFlight {
        /// The image that it named.
        as_of: u64,
    },
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Change sequence of the version.
    pub as_of: u64,
    /// Its extents in order, each with whether its descriptor has to travel.
    pub extents: Vec<(ExtentId, bool)>,
}

#[derive(Clone, Debug)]
struct Version {
    as_of: u64,
    extents: Vec<ExtentId>,
}

impl Version {
    fn names(&self, id: ExtentId) -> bool {
        self.extents.contains(&id)
    }
}

/// Which extents of the publisher are needed, for one receiver.
///
/// Every call that lets go of versions gives back the ids that nothing names any more, each once.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    newest: Option<Version>,
    /// Whether the newest version has been offered on this connection.
    offered: bool,
    /// In force at the receiver, as far as it has told.
    acknowledged: Option<Version>,
    /// Offered and not answered, oldest first.
    in_flight: VecDeque<Version>,
}

impl Ledger {
    /// A ledger without versions and without a receiver.
    pub fn new() -> Ledger {
        Ledger::default()
    }

    /// Makes `extents` the newest version, in the place of one that may never have been offered.
    /// Gives back what can be freed.
    ///
    /// # Errors
    ///
    /// [`PublishError::NotNewer`]; nothing has changed then.
    pub fn publish(
        &mut self,
        as_of: u64,
        extents: Vec<ExtentId>,
    ) -> Result<Vec<ExtentId>, PublishError> {
        if let Some(newest) = self.newest_as_of().filter(|&newest| as_of <= newest) {
            return Err(PublishError::NotNewer { as_of, newest });
        }
        let before = self.newest.replace(Version { as_of, extents });
        self.offered = false;
        Ok(self.freed(before))
    }

    /// The newest version, if it has to be sent: it was not yet on this connection, and less than
    /// [`MAX_IN_FLIGHT`] wait for an answer. It counts as sent from here on.
    pub fn offer(&mut self) -> Option<Offer> {
        if self.offered || self.in_flight.len() >= MAX_IN_FLIGHT {
            return None;
        }
        let version = self.newest.clone()?;
        let held = |id| {
            self.acknowledged.as_ref().is_some_and(|version| version.names(id))
                && self.in_flight.iter().all(|version| version.names(id))
        };
        let extents = version.extents.iter().map(|&id| (id, !held(id))).collect();
        let as_of = version.as_of;
        self.in_flight.push_back(version);
        self.offered = true;
        Some(Offer { as_of, extents })
    }

    /// The receiver has adopted the image of `as_of`. Gives back what can be freed.
    ///
    /// # Errors
    ///
    /// [`AnswerError`]: it was not in flight; nothing has changed then.
    pub fn acknowledge(&mut self, as_of: u64) -> Result<Vec<ExtentId>, AnswerError> {
        let mut gone = self.answered(as_of)?;
        // The last one answered is the one that is in force.
        let adopted = gone.pop();
        gone.extend(core::mem::replace(&mut self.acknowledged, adopted));
        Ok(self.freed(gone))
    }

    /// The receiver has refused the image of `as_of` and keeps the one it has. Gives back what can be
    /// freed.
    ///
    /// # Errors
    ///
    /// [`AnswerError`]: it was not in flight; nothing has changed then.
    pub fn refuse(&mut self, as_of: u64) -> Result<Vec<ExtentId>, AnswerError> {
        let gone = self.answered(as_of)?;
        Ok(self.freed(gone))
    }

    /// The connection is gone, and with it what the receiver held: the next one gets the newest
    /// version whole. Gives back what can be freed.
    pub fn disconnect(&mut self) -> Vec<ExtentId> {
        self.offered = false;
        let mut gone: Vec<Version> = self.in_flight.drain(..).collect();
        gone.extend(self.acknowledged.take());
        self.freed(gone)
    }

    /// Change sequence of the newest version.
    pub fn newest_as_of(&self) -> Option<u64> {
        self.newest.as_ref().map(|version| version.as_of)
    }

    /// Change sequence of the version that the receiver of this connection has adopted.
    pub fn acknowledged_as_of(&self) -> Option<u64> {
        self.acknowledged.as_ref().map(|version| version.as_of)
    }

    /// Offers that wait for an answer.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Whether some version names the extent.
    pub fn needs(&self, id: ExtentId) -> bool {
        self.versions().any(|version| version.names(id))
    }

    fn versions(&self) -> impl Iterator<Item = &Version> {
        self.newest.iter().chain(&self.acknowledged).chain(&self.in_flight)
    }

    /// Takes the offers up to `as_of` out of flight.
    fn answered(&mut self, as_of: u64) -> Result<Vec<Version>, AnswerError> {
        match self.in_flight.iter().position(|version| version.as_of == as_of) {
            Some(at) => Ok(self.in_flight.drain(..=at).collect()),
            None => Err(AnswerError::NotInFlight { as_of }),
        }
    }

    /// What only the versions that have gone named.
    fn freed(&self, gone: impl IntoIterator<Item = Version>) -> Vec<ExtentId> {
        let ids: BTreeSet<ExtentId> =
            gone.into_iter().flat_map(|version| version.extents).collect();
        ids.into_iter().filter(|&id| !self.needs(id)).collect()
    }
}
