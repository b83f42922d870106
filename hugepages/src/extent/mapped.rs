//! Owns the receiving side of extents: checks of a descriptor from another process, and the mapping.
//! Knows nothing of who sent it, and believes nothing but what the kernel says of it.

use core::slice;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{self as sysfs, SealFlags};
use rustix::io::Errno;

use crate::memory::{MapError, Mapping};

use super::SEALS;

/// Bytes of a block in the count of what a file takes.
const BLOCK: u64 = 512;

/// Why an extent was refused.
#[derive(Debug, thiserror::Error)]
pub enum RefuseExtentError {
    /// It would have no bytes, or more than can be mapped.
    #[error("an extent cannot have {len} bytes")]
    Length {
        /// Bytes that it is said to have.
        len: u64,
    },
    /// The descriptor is not that of anonymous memory.
    #[error("the descriptor of an extent of {len} bytes is no sealable memory: {errno}")]
    NotMemory {
        /// Bytes that it is said to have.
        len: u64,
        /// What the kernel said.
        errno: Errno,
    },
    /// Its maker could still change it.
    #[error("an extent of {len} bytes lacks the seal against {missing}; seal it before it is sent")]
    Unsealed {
        /// Bytes that it is said to have.
        len: u64,
        /// What the missing seal would forbid.
        missing: &'static str,
    },
    /// It is shorter than it is said to be.
    #[error("an extent is said to have {len} bytes, but its file has {got}")]
    Short {
        /// Bytes that it is said to have.
        len: u64,
        /// Bytes of its file.
        got: u64,
    },
    /// It has holes, for which memory might be missing when they are read.
    #[error("an extent of {len} bytes has memory for {reserved} only; reserve all of it")]
    Holes {
        /// Bytes that it is said to have.
        len: u64,
        /// Bytes that have memory.
        reserved: u64,
    },
    /// It could not be looked at.
    #[error("cannot look at an extent of {len} bytes: {errno}")]
    Look {
        /// Bytes that it is said to have.
        len: u64,
        /// What the kernel said.
        errno: Errno,
    },
    /// It could not be mapped.
    #[error("cannot map an extent of {len} bytes: {source}")]
    Map {
        /// Bytes that it is said to have.
        len: u64,
        /// Why.
        source: MapError,
    },
}

/// An extent, mapped for reading. The bytes never change.
#[derive(Debug)]
pub struct MappedExtent {
    mapping: Mapping,
    len: usize,
}

impl MappedExtent {
    /// Checks the descriptor and maps `len` bytes of it. The descriptor is closed in any case.
    ///
    /// # Errors
    ///
    /// [`RefuseExtentError`]: it is not sealed, or not what `len` says.
    pub fn open(fd: OwnedFd, len: u64) -> Result<MappedExtent, RefuseExtentError> {
        map(fd.as_fd(), len)
    }

    /// Its bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: an extent has at least one byte.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl AsRef<[u8]> for MappedExtent {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        // SAFETY: `map` mapped at least `len` bytes for reading, and they live as long as self. The
        // file is sealed against writing, which the kernel grants only when no writable mapping is
        // left, and against shrinking: the bytes neither change nor go away under the borrow.
        unsafe { slice::from_raw_parts(self.mapping.start().as_ptr(), self.len) }
    }
}

pub(super) fn map(file: BorrowedFd<'_>, len: u64) -> Result<MappedExtent, RefuseExtentError> {
    let bytes = usize::try_from(len).ok().filter(|bytes| (1..=isize::MAX as usize).contains(bytes));
    let Some(bytes) = bytes else { return Err(RefuseExtentError::Length { len }) };
    // Seals first: size and content looked at before are final only with them.
    let seals = sysfs::fcntl_get_seals(file)
        .map_err(|errno| RefuseExtentError::NotMemory { len, errno })?;
    if let Some(missing) = missing(seals) {
        return Err(RefuseExtentError::Unsealed { len, missing });
    }
    let stat = sysfs::fstat(file).map_err(|errno| RefuseExtentError::Look { len, errno })?;
    let got = u64::try_from(stat.st_size).unwrap_or(0);
    if got < len {
        return Err(RefuseExtentError::Short { len, got });
    }
    let reserved = u64::try_from(stat.st_blocks).unwrap_or(0).saturating_mul(BLOCK);
    if reserved < len {
        return Err(RefuseExtentError::Holes { len, reserved });
    }
    let mapping =
        Mapping::sealed(file, bytes).map_err(|source| RefuseExtentError::Map { len, source })?;
    Ok(MappedExtent { mapping, len: bytes })
}

fn missing(seals: SealFlags) -> Option<&'static str> {
    let texts = [
        (SealFlags::WRITE, "writing"),
        (SealFlags::SHRINK, "shrinking"),
        (SealFlags::GROW, "growing"),
        (SealFlags::SEAL, "more seals"),
    ];
    debug_assert_eq!(texts.iter().fold(SealFlags::empty(), |all, (seal, _)| all | *seal), SEALS);
    texts.into_iter().find(|(seal, _)| !seals.contains(*seal)).map(|(_, text)| text)
}
