//! Owns the receiver's side: the extents of the image in force and of the offer being adopted.
//! Knows nothing of what an extent is made of: it holds one `T` for each.

use std::collections::BTreeMap;

use super::ExtentId;

/// Why an offer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefuseOfferError {
    /// The offer before it waits for its answer.
    #[error("image {as_of} came while image {pending} is being adopted; it has to wait")]
    Busy {
        /// The image offered.
        as_of: u64,
        /// The image that is being adopted.
        pending: u64,
    },
    /// It is not newer than the image in force.
    #[error("image {as_of} is not newer than image {in_force}, which is in force")]
    NotNewer {
        /// The image offered.
        as_of: u64,
        /// The image in force.
        in_force: u64,
    },
    /// It names an extent that is neither here nor came with it.
    #[error("image {as_of} names extent {id}, which neither came with it nor is held here")]
    Missing {
        /// The image offered.
        as_of: u64,
        /// The extent.
        id: u64,
    },
    /// Its list names an extent twice.
    #[error("image {as_of} names extent {id} twice")]
    Twice {
        /// The image offered.
        as_of: u64,
        /// The extent.
        id: u64,
    },
}

#[derive(Clone, Debug)]
struct Held<T> {
    as_of: u64,
    extents: BTreeMap<ExtentId, T>,
}

/// What one receiver holds of one connection.
#[derive(Clone, Debug)]
pub struct Holdings<T> {
    in_force: Option<Held<T>>,
    pending: Option<Held<T>>,
}

impl<T> Default for Holdings<T> {
    fn default() -> Holdings<T> {
        Holdings { in_force: None, pending: None }
    }
}

impl<T: Clone> Holdings<T> {
    /// Holds nothing: every connection begins so. What is in force from before may go on being used,
    /// but no offer can name it.
    pub fn new() -> Holdings<T> {
        Holdings::default()
    }

    /// Takes an offer: each extent with what came for it, `None` for one that is said to be here.
    /// Gives back the extents in the order of the offer. [`Holdings::adopt`] or [`Holdings::refuse`]
    /// has to follow.
    ///
    /// # Errors
    ///
    /// [`RefuseOfferError`]: nothing has changed; what came with the offer is dropped. After
    /// [`RefuseOfferError::Busy`] the publisher has broken no rule: the offer should have been left
    /// waiting.
    pub fn offer(
        &mut self,
        as_of: u64,
        extents: impl IntoIterator<Item = (ExtentId, Option<T>)>,
    ) -> Result<Vec<T>, RefuseOfferError> {
        if let Some(pending) = self.pending_as_of() {
            return Err(RefuseOfferError::Busy { as_of, pending });
        }
        if let Some(in_force) = self.in_force_as_of().filter(|&in_force| as_of <= in_force) {
            return Err(RefuseOfferError::NotNewer { as_of, in_force });
        }
        let (mut held, mut ordered) = (BTreeMap::new(), Vec::new());
        for (id, came) in extents {
            let extent = came.or_else(|| self.in_force.as_ref()?.extents.get(&id).cloned());
            let extent = extent.ok_or(RefuseOfferError::Missing { as_of, id: id.0 })?;
            ordered.push(extent.clone());
            if held.insert(id, extent).is_some() {
                return Err(RefuseOfferError::Twice { as_of, id: id.0 });
            }
        }
        self.pending = Some(Held { as_of, extents: held });
        Ok(ordered)
    }

    /// The offer is in force; what only the image before it named is dropped. Gives its sequence,
    /// `None` when there was no offer.
    pub fn adopt(&mut self) -> Option<u64> {
        let adopted = self.pending.take()?;
        let as_of = adopted.as_of;
        self.in_force = Some(adopted);
        Some(as_of)
    }

    /// The offer is not taken; what only it named is dropped. Gives its sequence, `None` when there
    /// was no offer.
    pub fn refuse(&mut self) -> Option<u64> {
        self.pending.take().map(|held| held.as_of)
    }

    /// Whether the extent has to stay.
    pub fn keeps(&self, id: ExtentId) -> bool {
        let versions = self.in_force.iter().chain(&self.pending);
        versions.into_iter().any(|held| held.extents.contains_key(&id))
    }

    /// Change sequence of the image in force, if it came over this connection.
    pub fn in_force_as_of(&self) -> Option<u64> {
        self.in_force.as_ref().map(|held| held.as_of)
    }

    /// Change sequence of the offer that is being adopted.
    pub fn pending_as_of(&self) -> Option<u64> {
        self.pending.as_ref().map(|held| held.as_of)
    }
}
