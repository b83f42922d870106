//! Owns how far the control plane says that the journal is in the database, and what it cannot say of it.
//! Refuses to know what is done with segments.
//!
//! It holds for one connection: what was said before says nothing of a database that was put back since.

use hugepages::journal::Place;

/// What was said on this connection.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    end: Place,
    place: Option<Place>,
}

/// A place that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Lie {
    /// Nothing was written there.
    #[error(
        "it has taken the journal up to segment {} offset {}, beyond its end at segment {} offset {}",
        place.segment, place.offset, end.segment, end.offset
    )]
    Beyond { place: Place, end: Place },
    /// It said a later one.
    #[error(
        "it has taken the journal up to segment {} offset {}, after it had up to segment {} offset {}",
        place.segment, place.offset, before.segment, before.offset
    )]
    Back { place: Place, before: Place },
}

impl Taken {
    /// The journal ends here.
    pub fn reaches(&mut self, end: Place) {
        self.end = end;
    }

    /// The connection is over.
    pub fn forget(&mut self) {
        self.place = None;
    }

    /// The last place that was said.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// Takes what is said.
    pub fn tell(&mut self, place: Place) -> Result<(), Lie> {
        if place > self.end {
            return Err(Lie::Beyond { place, end: self.end });
        }
        if let Some(before) = self.place.filter(|before| *before > place) {
            return Err(Lie::Back { place, before });
        }
        self.place = Some(place);
        Ok(())
    }
}
