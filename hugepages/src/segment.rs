//! Owns named shared files: a checked header of 128 bytes and a body of atomic words.
//! Knows nothing of what the words mean.
//!
//! A segment is made by the process that holds the instance directory, whole or not at all: the file
//! gets its space and its header under another name first, so that nobody ever opens half a segment.
//! Other processes open it by path. What they, or anybody who may write the file, put into it is
//! untrusted: the header is checked once when it is opened, the body is reached only as atomic words
//! within bounds, and no stored pointer or offset is followed. What is not guarded against is somebody
//! who truncates the file (SIGBUS): the directory's permissions are the fence.
//!
//! The file may lie on tmpfs, on hugetlbfs (its length is then rounded to huge pages) or on a disk.

mod header;
mod view;

#[cfg(test)]
mod tests;

use core::slice;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{self as sysfs, AtFlags, FallocateFlags, Mode, OFlags};
use rustix::io::Errno;

use crate::instance::InstanceDir;
use crate::memory::{MapError, Mapping};
use crate::sync::AtomicU64;

pub use header::{Generation, LayoutVersion, SegmentKind};
pub(crate) use header::{HEADER_BYTES, Header, HeaderFault};
pub(crate) use view::read_header;
pub use view::{OpenSegmentError, SegmentView};

/// Bytes of a word of the body.
pub const WORD: usize = 8;

/// File type of hugetlbfs (linux/magic.h).
const HUGETLBFS_MAGIC: u64 = 0x9584_58f6;

/// What a segment is made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentSpec {
    /// What it is for.
    pub kind: SegmentKind,
    /// Version of the layout of its body.
    pub layout: LayoutVersion,
    /// Words of its body.
    pub words: usize,
}

/// A segment that this process may write.
#[derive(Debug)]
pub struct Segment {
    mapping: Mapping,
    words: usize,
    generation: Generation,
    path: PathBuf,
}

/// Why a segment could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateSegmentError {
    /// The name is not usable as a file name here.
    #[error("segment name {name:?} is not 1 to 64 of a-z, 0-9, '.', '_', '-'")]
    Name {
        /// The name given.
        name: String,
    },
    /// There is one of that name.
    #[error("segment {path} exists already; drain what it holds and remove it first", path = path.display())]
    Exists {
        /// Its path.
        path: PathBuf,
    },
    /// The file could not be made.
    #[error("cannot create {path}: {errno}", path = path.display())]
    Create {
        /// Its path.
        path: PathBuf,
        /// What the kernel said.
        errno: Errno,
    },
    /// There is not enough room for it.
    #[error("cannot reserve {bytes} bytes for {path}: {errno}; free some space or lower its size", path = path.display())]
    Reserve {
        /// Its path.
        path: PathBuf,
        /// Bytes of the file.
        bytes: u64,
        /// What the kernel said.
        errno: Errno,
    },
    /// It could not be mapped.
    #[error("cannot map {path}: {source}", path = path.display())]
    Map {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: MapError,
    },
}

impl Segment {
    /// Makes a zeroed segment in the instance directory.
    ///
    /// # Errors
    ///
    /// [`CreateSegmentError`]; nothing is left in the directory then.
    pub fn create(
        dir: &InstanceDir,
        name: &str,
        spec: SegmentSpec,
    ) -> Result<Segment, CreateSegmentError> {
        Segment::create_with(dir, name, spec, |_| ())
    }

    /// Makes a segment whose words `fill` sets before anybody can open it.
    ///
    /// # Errors
    ///
    /// As [`Segment::create`].
    pub fn create_with(
        dir: &InstanceDir,
        name: &str,
        spec: SegmentSpec,
        fill: impl FnOnce(&[AtomicU64]),
    ) -> Result<Segment, CreateSegmentError> {
        let Some(file_name) = file_name(name) else {
            return Err(CreateSegmentError::Name { name: name.to_owned() });
        };
        let path = dir.path().join(&file_name);
        if sysfs::statat(dir.fd(), &file_name, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
            return Err(CreateSegmentError::Exists { path });
        }
        let draft = format!("{file_name}{DRAFT_SUFFIX}");
        let made = make(dir, &draft, &path, spec).and_then(|segment| {
            fill(segment.words());
            sysfs::renameat(dir.fd(), &draft, dir.fd(), &file_name)
                .map_err(|errno| CreateSegmentError::Create { path: path.clone(), errno })?;
            Ok(segment)
        });
        if made.is_err() {
            // Nothing can be done about a draft that does not go; the next start reaps it.
            let _ = sysfs::unlinkat(dir.fd(), &draft, AtFlags::empty());
        }
        made
    }

    /// Opens a segment of another owner, or of one that died, for reading and writing.
    ///
    /// # Errors
    ///
    /// [`OpenSegmentError`]: it is not there, or not what `kind` and `layout` say.
    pub fn open(
        dir: &Path,
        name: &str,
        kind: SegmentKind,
        layout: LayoutVersion,
    ) -> Result<Segment, OpenSegmentError> {
        let opened = view::open(dir, name, kind, layout, OFlags::RDWR)?;
        let mapping = Mapping::shared(opened.file.as_fd(), opened.file_bytes)
            .map_err(|source| OpenSegmentError::Map { path: opened.path.clone(), source })?;
        let (words, generation) = (opened.header.words, opened.header.generation);
        Ok(Segment { mapping, words, generation, path: opened.path })
    }

    /// The body.
    #[inline]
    pub fn words(&self) -> &[AtomicU64] {
        // SAFETY: `make` and `view::open` saw that header and `words` words fit the mapped file.
        unsafe { body(&self.mapping, self.words) }
    }

    /// Which incarnation of the name this is.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The words behind the header of a mapped segment.
///
/// # Safety
///
/// - header and `words` words fit the mapping;
/// - if the mapping is read-only, nothing is stored through the result.
unsafe fn body(mapping: &Mapping, words: usize) -> &[AtomicU64] {
    let first = mapping.start().as_ptr().wrapping_add(HEADER_BYTES).cast();
    // SAFETY: in bounds by the caller's promise; a mapping starts at a page, so the words are aligned;
    // any bytes are valid atomics. Other processes that map the file use atomics too, and one that does
    // not changes only what the words mean.
    unsafe { slice::from_raw_parts(first, words) }
}

/// Suffix of a segment's file.
const SUFFIX: &str = ".seg";
/// Suffix of a segment that is being made.
const DRAFT_SUFFIX: &str = ".new";

/// The file of a segment; `None` for a name that is none.
pub(crate) fn file_name(name: &str) -> Option<String> {
    let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    let usable =
        (1..=64).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with('.');
    usable.then(|| format!("{name}{SUFFIX}"))
}

/// The name of a segment from its file.
pub(crate) fn segment_name(file_name: &str) -> Option<&str> {
    file_name.strip_suffix(SUFFIX)
}

/// Whether the file is a segment that was being made.
pub(crate) fn is_draft(file_name: &str) -> bool {
    file_name.strip_suffix(DRAFT_SUFFIX).is_some_and(|name| name.ends_with(SUFFIX))
}

fn make(
    dir: &InstanceDir,
    draft: &str,
    path: &Path,
    spec: SegmentSpec,
) -> Result<Segment, CreateSegmentError> {
    let refused = |errno| CreateSegmentError::Create { path: path.to_owned(), errno };
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = sysfs::openat(dir.fd(), draft, flags, Mode::RUSR | Mode::WUSR | Mode::RGRP)
        .map_err(refused)?;
    if let Some((user, group)) = dir.heirs() {
        sysfs::fchown(&file, Some(user), Some(group)).map_err(refused)?;
    }
    let bytes = reserve(&file, path, spec.words)?;
    let mapping = Mapping::shared(file.as_fd(), bytes)
        .map_err(|source| CreateSegmentError::Map { path: path.to_owned(), source })?;
    let header = Header {
        kind: spec.kind.code(),
        layout: spec.layout,
        words: spec.words,
        generation: generation(),
        pid: rustix::process::getpid().as_raw_nonzero().get().unsigned_abs(),
    };
    header.write_to(&mapping);
    let (words, generation) = (spec.words, header.generation);
    Ok(Segment { mapping, words, generation, path: path.to_owned() })
}

/// Gives the file its space, so that no later access can lack it, and returns its length.
fn reserve(file: &OwnedFd, path: &Path, words: usize) -> Result<usize, CreateSegmentError> {
    let refused =
        |errno, bytes| CreateSegmentError::Reserve { path: path.to_owned(), bytes, errno };
    let system = sysfs::fstatfs(file).map_err(|errno| refused(errno, 0))?;
    let step = if system.f_type as u64 == HUGETLBFS_MAGIC { system.f_bsize as usize } else { WORD };
    let bytes = words
        .checked_mul(WORD)
        .and_then(|body| body.checked_add(HEADER_BYTES))
        .and_then(|bytes| bytes.checked_next_multiple_of(step))
        .filter(|&bytes| bytes <= isize::MAX as usize)
        .ok_or_else(|| refused(Errno::FBIG, u64::MAX))?;
    sysfs::fallocate(file, FallocateFlags::empty(), 0, bytes as u64)
        .map_err(|errno| refused(errno, bytes as u64))?;
    Ok(bytes)
}

/// A number that the next segment of the same name does not have: the time it is made at.
fn generation() -> Generation {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Generation(since.as_nanos() as u64)
}
