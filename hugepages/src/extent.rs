//! Owns extents: memory that one process fills, seals and hands to another, who maps it for reading.
//! Knows nothing of what the bytes mean.
//!
//! An extent is an anonymous file (memfd). Once it is sealed nobody, its maker included, can write it,
//! change its size or take the seals off, and no writable mapping of it is left: what the receiver has
//! checked stays as it was. An extent without all seals is refused.
//!
//! # Pages
//!
//! [`PageKind::Huge`] is a wish: an extent that would not fill one huge page takes small ones, and so
//! does one for which too few huge pages are free; [`ExtentWriter::shortage`] says so then, and plain
//! pages serve as well, only slower. The receiver asks for nothing: the pages come with the file.

mod mapped;
#[cfg(test)]
mod tests;

use core::slice;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{self as sysfs, FallocateFlags, MemfdFlags, SealFlags};
use rustix::io::Errno;

use crate::memory::{HUGE_PAGE, MapError, Mapping, PageKind};

pub use mapped::{MappedExtent, RefuseExtentError};

/// The seals that an extent has: size, content and the seals themselves are final.
const SEALS: SealFlags =
    SealFlags::SEAL.union(SealFlags::SHRINK).union(SealFlags::GROW).union(SealFlags::WRITE);

/// Why an extent could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateExtentError {
    /// An extent has at least one byte.
    #[error("extent {name:?} would have no bytes")]
    Empty {
        /// Its name.
        name: String,
    },
    /// The kernel has no such file for it.
    #[error("cannot create extent {name:?}: {errno}")]
    Create {
        /// Its name.
        name: String,
        /// What the kernel said.
        errno: Errno,
    },
    /// There is not enough memory.
    #[error("cannot reserve {bytes} bytes for extent {name:?}: {errno}; free some memory")]
    Reserve {
        /// Its name.
        name: String,
        /// Its bytes.
        bytes: usize,
        /// What the kernel said.
        errno: Errno,
    },
    /// There is not enough memory: the kernel would sooner end processes than refuse.
    #[error("extent {name:?} takes {bytes} bytes, but {available} are available; free some memory")]
    OutOfMemory {
        /// Its name.
        name: String,
        /// Its bytes.
        bytes: usize,
        /// Bytes that the machine has left.
        available: u64,
    },
    /// It could not be mapped.
    #[error("cannot map extent {name:?}: {source}")]
    Map {
        /// Its name.
        name: String,
        /// Why.
        source: MapError,
    },
}

/// Why an extent could not be sealed.
#[derive(Debug, thiserror::Error)]
#[error("cannot seal an extent of {bytes} bytes: {errno}")]
pub struct SealExtentError {
    bytes: usize,
    errno: Errno,
}

/// An extent that is being filled; nobody else sees it yet.
#[derive(Debug)]
pub struct ExtentWriter {
    file: OwnedFd,
    mapping: Mapping,
    len: usize,
    pages: PageKind,
    shortage: Option<MapError>,
}

impl ExtentWriter {
    /// Makes a zeroed extent of `bytes`, all of it reserved. The name is for people who look into
    /// `/proc`.
    ///
    /// # Errors
    ///
    /// [`CreateExtentError`]: there is not enough memory, huge or not.
    pub fn create(
        name: &str,
        bytes: usize,
        pages: PageKind,
    ) -> Result<ExtentWriter, CreateExtentError> {
        if bytes == 0 {
            return Err(CreateExtentError::Empty { name: name.to_owned() });
        }
        if pages == PageKind::Small || bytes < HUGE_PAGE {
            return ExtentWriter::on(name, bytes, PageKind::Small);
        }
        match ExtentWriter::on(name, bytes, PageKind::Huge) {
            Ok(writer) => Ok(writer),
            Err(error) => {
                let shortage = Some(reason(error, bytes));
                ExtentWriter::on(name, bytes, PageKind::Small)
                    .map(|writer| ExtentWriter { shortage, ..writer })
            }
        }
    }

    fn on(name: &str, bytes: usize, pages: PageKind) -> Result<ExtentWriter, CreateExtentError> {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let flags = match pages {
            PageKind::Huge => flags | MemfdFlags::HUGETLB | MemfdFlags::HUGE_2MB,
            PageKind::Small => flags,
        };
        let file = sysfs::memfd_create(name, flags)
            .map_err(|errno| CreateExtentError::Create { name: name.to_owned(), errno })?;
        let refused = |errno| CreateExtentError::Reserve { name: name.to_owned(), bytes, errno };
        let file_bytes = bytes
            .checked_next_multiple_of(pages.bytes())
            .filter(|&bytes| bytes <= isize::MAX as usize)
            .ok_or_else(|| refused(Errno::FBIG))?;
        // Huge pages come from a pool of their own, which knows its end.
        let short = |available: &u64| pages == PageKind::Small && file_bytes as u64 > *available;
        if let Some(available) = crate::memory::available_bytes().filter(short) {
            return Err(CreateExtentError::OutOfMemory { name: name.to_owned(), bytes, available });
        }
        sysfs::fallocate(&file, FallocateFlags::empty(), 0, file_bytes as u64).map_err(refused)?;
        let mapping = Mapping::shared(file.as_fd(), file_bytes)
            .map_err(|source| CreateExtentError::Map { name: name.to_owned(), source })?;
        Ok(ExtentWriter { file, mapping, len: bytes, pages, shortage: None })
    }

    /// The bytes.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: `on` mapped at least `len` bytes for writing; the file has no other mapping and its
        // descriptor is not handed out before it is sealed, so `&mut self` makes the borrow the only
        // one; any bytes are valid u8.
        unsafe { slice::from_raw_parts_mut(self.mapping.start().as_ptr(), self.len) }
    }

    /// The pages that it got.
    pub fn pages(&self) -> PageKind {
        self.pages
    }

    /// Why it got small pages where huge ones were wanted and would have been filled.
    pub fn shortage(&self) -> Option<&MapError> {
        self.shortage.as_ref()
    }

    /// Makes it final.
    ///
    /// # Errors
    ///
    /// [`SealExtentError`]: the kernel refuses; the extent is gone.
    pub fn seal(self) -> Result<SealedExtent, SealExtentError> {
        let ExtentWriter { file, mapping, len, .. } = self;
        // The seal against writing needs the last writable mapping to be gone.
        drop(mapping);
        sysfs::fcntl_add_seals(&file, SEALS)
            .map_err(|errno| SealExtentError { bytes: len, errno })?;
        Ok(SealedExtent { file, len })
    }
}

/// Why huge pages were not to be had, in the words of the memory module.
fn reason(error: CreateExtentError, bytes: usize) -> MapError {
    match error {
        CreateExtentError::Map { source, .. } => source,
        CreateExtentError::Create { errno, .. } | CreateExtentError::Reserve { errno, .. } => {
            crate::memory::huge_refusal(errno, bytes)
        }
        CreateExtentError::Empty { .. } | CreateExtentError::OutOfMemory { .. } => {
            MapError::OutOfMemory { bytes }
        }
    }
}

/// A final extent of this process, to be handed over and, if need be, mapped here too.
#[derive(Debug)]
pub struct SealedExtent {
    file: OwnedFd,
    len: usize,
}

impl SealedExtent {
    /// The descriptor that is handed over.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Its bytes; the file may be longer, up to a whole page.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: an extent has at least one byte.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Maps it for reading in this process, which then keeps the bytes, not the descriptor.
    ///
    /// # Errors
    ///
    /// [`RefuseExtentError`]: the kernel refuses.
    pub fn map(&self) -> Result<MappedExtent, RefuseExtentError> {
        mapped::map(self.fd(), self.len as u64)
    }
}
