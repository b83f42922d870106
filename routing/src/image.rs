//! Owns the plan image: opening checked bytes and asking them; refuses to know text, calls and files.
//! Hot: look-ups read borrowed records; nothing here allocates after [`Image::open`].
//!
//! | who | does | when |
//! |---|---|---|
//! | [`build`] | entities → extents | once per version, in the publisher |
//! | [`Image::open`] | one pass that refuses bytes that are no image | once per version, in each reader |
//! | the rest | casts and indexes; what the pass promised is not asked again | per call |
//!
//! No reader panics on any bytes: an index that leads nowhere, which the pass excludes, reads as "not there".

mod build;
pub(crate) mod cursor;
mod extent;
pub mod layout;
mod read;
mod validate;

#[cfg(test)]
mod tests;

pub use build::{Built, build};
pub use extent::{Extent, Misaligned};
pub use layout::GatewayRecord;
pub use read::{DestinationRef, NameKind, OriginatorRef, TrunkRef};
pub(crate) use read::{optional, part};
pub use validate::{Fault, OpenImageError};

use std::sync::Arc;

use layout::Section;
use zerocopy::{FromBytes, Immutable, KnownLayout};

/// A validated plan image. Immutable; holds its extents, which versions may share.
#[derive(Debug, Clone)]
pub struct Image {
    extents: Vec<Extent>,
    sections: [Location; Section::ALL.len()],
    version: u64,
    cursors: Arc<[cursor::Key]>,
    decks: u32,
}

/// Where the bytes of a section lie.
#[derive(Debug, Clone, Copy, Default)]
struct Location {
    extent: usize,
    start: usize,
    end: usize,
}

impl Image {
    /// The version that calls are recorded with.
    #[inline]
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Checksums of the contents of the extents, the root first: what [`Built::checksums`] said where the image was
    /// made. Reads every byte.
    pub fn extent_checksums(&self) -> impl ExactSizeIterator<Item = u64> {
        self.extents.iter().map(Extent::checksum)
    }

    /// Round-robin slots of the image: what [`crate::TechniqueState`] is sized with.
    #[inline]
    #[must_use]
    pub fn cursor_count(&self) -> usize {
        self.cursors.len()
    }

    /// The bytes of a section.
    #[inline]
    fn bytes(&self, section: Section) -> &[u8] {
        self.sections
            .get(section.place())
            .and_then(|at| self.extents.get(at.extent)?.bytes().get(at.start..at.end))
            .unwrap_or_default()
    }

    /// The records of a section, whose type [`layout::Section`] names.
    #[inline]
    pub(crate) fn records<T: FromBytes + Immutable + KnownLayout>(&self, section: Section) -> &[T] {
        <[T]>::ref_from_bytes(self.bytes(section)).unwrap_or_default()
    }

    /// Columns of the table of rates.
    #[inline]
    pub(crate) fn deck_count(&self) -> usize {
        self.decks as usize
    }
}
