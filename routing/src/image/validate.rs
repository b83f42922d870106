//! Owns the one pass that decides whether bytes are an image; refuses to repair anything.
//!
//! The bytes may come from another process or a damaged disk. Checksums find damage; that every index leads somewhere,
//! every order holds and every number is in its range is checked for itself, since a checksum can be forged.

mod records;

use std::sync::Arc;

use zerocopy::FromBytes;

use super::extent::checksum;
use super::layout::{FORMAT, MAGIC, ROOT_BYTES, RootHead, SECTION_ALIGN, Section};
use super::{Extent, Image, Location};
use crate::prefix::OpenPrefixError;
use zerocopy::IntoBytes;

/// Why bytes are no image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenImageError {
    /// There is no extent, or the first is no root by its size.
    #[error("the root has {bytes} bytes instead of 4096")]
    RootSize {
        /// Bytes of the first extent.
        bytes: usize,
    },
    /// The root does not begin as one.
    #[error("the root begins with {got:#018x}, so this is no plan image")]
    Magic {
        /// What it begins with.
        got: u64,
    },
    /// The image is of another format.
    #[error("the image has format {got}, this program reads format {expected}; build it anew")]
    Format {
        /// Its format.
        got: u32,
        /// The format of this program.
        expected: u32,
    },
    /// The root is damaged.
    #[error("the checksum of the root is wrong; build the image anew")]
    RootChecksum,
    /// Extents are missing or too many.
    #[error("the root names {expected} extents, {got} were given")]
    Extents {
        /// Extents that the root counts.
        expected: u32,
        /// Extents that were given.
        got: usize,
    },
    /// A section is not where it must be.
    #[error("section {section:?} lies outside its extent or off its boundary")]
    Bounds {
        /// The section.
        section: Section,
    },
    /// A section is damaged.
    #[error("the checksum of section {section:?} is wrong; build the image anew")]
    Checksum {
        /// The section.
        section: Section,
    },
    /// A section is no whole number of records.
    #[error("section {section:?} is no whole number of records")]
    Size {
        /// The section.
        section: Section,
    },
    /// A record says something that cannot be.
    #[error("record {record} of section {section:?}: {fault}")]
    Record {
        /// The section.
        section: Section,
        /// Index of the record.
        record: usize,
        /// What cannot be.
        fault: Fault,
    },
    /// A prefix table is none.
    #[error("section {section:?}: {fault}")]
    Prefixes {
        /// The section.
        section: Section,
        /// What cannot be.
        fault: OpenPrefixError,
    },
}

/// What a record says that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not behind the record before it.
    #[error("it is out of order")]
    Order,
    /// An id that is 0 or too large.
    #[error("its id is out of range")]
    Id,
    /// A name that is outside the names, or no UTF-8.
    #[error("its name is no text")]
    Name,
    /// A flag, technique or switch that the format does not know.
    #[error("it has a value that the format does not know")]
    Unknown,
    /// A span outside its section, or of a forbidden length.
    #[error("its records are outside their section, too few or too many")]
    Span,
    /// An index that leads nowhere.
    #[error("an index leads nowhere")]
    Index,
    /// A number outside its range.
    #[error("a number is out of range")]
    Number,
}

impl Image {
    /// An image over `extents`, of which the first is the root.
    ///
    /// Reads every byte once; afterwards the reading functions rely on what was seen.
    ///
    /// # Errors
    /// [`OpenImageError`] with the first fault. There is no partly valid image.
    pub fn open(extents: Vec<Extent>) -> Result<Self, OpenImageError> {
        let root = extents.first().map(Extent::bytes).unwrap_or_default();
        let size = OpenImageError::RootSize { bytes: root.len() };
        if root.len() != ROOT_BYTES {
            return Err(size);
        }
        let (head, _) = RootHead::read_from_prefix(root).map_err(|_| size)?;
        check_head(&head, extents.len())?;
        let mut sections = [Location::default(); Section::ALL.len()];
        for ((section, entry), location) in
            Section::ALL.into_iter().zip(&head.sections).zip(&mut sections)
        {
            let bounds = OpenImageError::Bounds { section };
            let to_usize = |number: u64| usize::try_from(number).map_err(|_| bounds);
            let (extent, start) = (entry.extent as usize, to_usize(entry.offset)?);
            let end = start.checked_add(to_usize(entry.length)?).ok_or(bounds)?;
            let in_place = entry.section == section as u32
                && extent > 0
                && start.is_multiple_of(SECTION_ALIGN);
            let bytes = extents.get(extent).and_then(|extent| extent.bytes().get(start..end));
            let bytes = bytes.filter(|_| in_place).ok_or(bounds)?;
            if checksum(bytes) != entry.checksum {
                return Err(OpenImageError::Checksum { section });
            }
            *location = Location { extent, start, end };
        }
        let mut image = Self {
            extents,
            sections,
            version: head.as_of,
            cursors: Arc::default(),
            decks: head.decks,
        };
        records::check(&image)?;
        image.cursors = records::cursors(&image, head.cursors)?;
        Ok(image)
    }
}

fn check_head(head: &RootHead, extents: usize) -> Result<(), OpenImageError> {
    if head.magic != MAGIC {
        return Err(OpenImageError::Magic { got: head.magic });
    }
    if head.format != FORMAT {
        return Err(OpenImageError::Format { got: head.format, expected: FORMAT });
    }
    let unsummed = RootHead { checksum: 0, ..*head };
    if checksum(unsummed.as_bytes()) != head.checksum {
        return Err(OpenImageError::RootChecksum);
    }
    if head.extents as usize != extents {
        return Err(OpenImageError::Extents { expected: head.extents, got: extents });
    }
    Ok(())
}
