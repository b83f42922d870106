//! Owns the opening of segments, and the view of a process that may only read one.
//! Knows nothing of what the words mean.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{self as sysfs, FileType, Mode, OFlags};
use rustix::io::{self as sysio, Errno};

use crate::memory::{MapError, Mapping};
use crate::sync::{AtomicU64, Ordering};

use super::{
    Generation, HEADER_BYTES, Header, HeaderFault, LayoutVersion, SegmentKind, WORD, body,
    file_name,
};

/// Why a segment could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenSegmentError {
    /// The name is not usable as a file name here.
    #[error("segment name {name:?} is not 1 to 64 of a-z, 0-9, '.', '_', '-'")]
    Name {
        /// The name given.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no segment {path}; is the data plane running with this instance directory?", path = path.display())]
    NotFound {
        /// Its path.
        path: PathBuf,
    },
    /// The file could not be opened or looked at.
    #[error("cannot open segment {path}: {errno}", path = path.display())]
    Open {
        /// Its path.
        path: PathBuf,
        /// What the kernel said.
        errno: Errno,
    },
    /// The file is something else.
    #[error("{path} is no segment", path = path.display())]
    NotASegment {
        /// Its path.
        path: PathBuf,
    },
    /// Written by another release.
    #[error("segment {path} has {what} version {got}, this program reads {expected}; use programs of one release", path = path.display())]
    Version {
        /// Its path.
        path: PathBuf,
        /// "header" or "layout".
        what: &'static str,
        /// The version found.
        got: u64,
        /// The version that this program reads.
        expected: u64,
    },
    /// A segment for something else.
    #[error("segment {path} is of kind {got}, not {expected} ({code})", path = path.display(), code = expected.code())]
    Kind {
        /// Its path.
        path: PathBuf,
        /// The number found.
        got: u32,
        /// What was looked for.
        expected: SegmentKind,
    },
    /// The file is shorter than its header says.
    #[error("segment {path} says {words} words, but its file has {bytes} bytes", path = path.display())]
    Truncated {
        /// Its path.
        path: PathBuf,
        /// Words in the header.
        words: u64,
        /// Bytes of the file.
        bytes: u64,
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

/// A segment of another process, for reading.
#[derive(Debug)]
pub struct SegmentView {
    mapping: Mapping,
    words: usize,
    generation: Generation,
    path: PathBuf,
    file: OwnedFd,
}

impl SegmentView {
    /// Opens a segment for reading.
    ///
    /// # Errors
    ///
    /// [`OpenSegmentError`]: it is not there, or not what `kind` and `layout` say.
    pub fn open(
        dir: &Path,
        name: &str,
        kind: SegmentKind,
        layout: LayoutVersion,
    ) -> Result<SegmentView, OpenSegmentError> {
        let opened = open(dir, name, kind, layout, OFlags::RDONLY)?;
        let mapping = Mapping::shared_read_only(opened.file.as_fd(), opened.file_bytes)
            .map_err(|source| OpenSegmentError::Map { path: opened.path.clone(), source })?;
        let (words, generation) = (opened.header.words, opened.header.generation);
        Ok(SegmentView { mapping, words, generation, path: opened.path, file: opened.file })
    }

    /// Words of the body.
    pub fn len(&self) -> usize {
        self.words
    }

    /// Whether the body has no words.
    pub fn is_empty(&self) -> bool {
        self.words == 0
    }

    /// The word at `index`; `None` beyond the body.
    pub fn load(&self, index: usize) -> Option<u64> {
        self.words().get(index).map(|word| word.load(Ordering::Relaxed))
    }

    /// Which incarnation of the name this is.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Whether the name still leads to this file: false once its owner has been restarted.
    pub fn is_current(&self) -> bool {
        let (Ok(named), Ok(ours)) = (sysfs::stat(&self.path), sysfs::fstat(&self.file)) else {
            return false;
        };
        named.st_dev == ours.st_dev && named.st_ino == ours.st_ino
    }

    // Private, because a store through it would end in a signal: the mapping is read-only.
    fn words(&self) -> &[AtomicU64] {
        // SAFETY: `open` saw that header and words fit the mapped file; the only caller loads.
        unsafe { body(&self.mapping, self.words) }
    }
}

/// A file whose header has been checked.
pub(super) struct Opened {
    pub(super) file: OwnedFd,
    pub(super) path: PathBuf,
    pub(super) file_bytes: usize,
    pub(super) header: Header,
}

pub(super) fn open(
    dir: &Path,
    name: &str,
    kind: SegmentKind,
    layout: LayoutVersion,
    access: OFlags,
) -> Result<Opened, OpenSegmentError> {
    let Some(file_name) = file_name(name) else {
        return Err(OpenSegmentError::Name { name: name.to_owned() });
    };
    let path = dir.join(file_name);
    // NONBLOCK: a pipe of that name must not hold the caller up.
    let flags = access | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match sysfs::open(&path, flags, Mode::empty()) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Err(OpenSegmentError::NotFound { path }),
        Err(errno) => return Err(OpenSegmentError::Open { path, errno }),
    };
    let stat = match sysfs::fstat(&file) {
        Ok(stat) => stat,
        Err(errno) => return Err(OpenSegmentError::Open { path, errno }),
    };
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(OpenSegmentError::NotASegment { path });
    }
    let bytes = u64::try_from(stat.st_size).unwrap_or(0);
    let header = match read_header(&file) {
        Ok(Ok(header)) => header,
        Ok(Err(fault)) => return Err(header_error(fault, path, bytes)),
        Err(errno) => return Err(OpenSegmentError::Open { path, errno }),
    };
    if header.kind != kind.code() {
        return Err(OpenSegmentError::Kind { path, got: header.kind, expected: kind });
    }
    if header.layout != layout {
        let (got, expected) = (u64::from(header.layout.0), u64::from(layout.0));
        return Err(OpenSegmentError::Version { path, what: "layout", got, expected });
    }
    let file_bytes = usize::try_from(bytes).unwrap_or(0);
    // `Header::parse` saw that the sum does not overflow.
    if header.words * WORD + HEADER_BYTES > file_bytes {
        return Err(OpenSegmentError::Truncated { path, words: header.words as u64, bytes });
    }
    Ok(Opened { file, path, file_bytes, header })
}

/// Reads the header with a system call, not through the mapping: the bytes that are checked cannot
/// change between two looks at them.
pub(crate) fn read_header(file: &OwnedFd) -> Result<Result<Header, HeaderFault>, Errno> {
    let mut bytes = [0; HEADER_BYTES];
    let got = sysio::pread(file, &mut bytes[..], 0)?;
    if got < HEADER_BYTES {
        return Ok(Err(HeaderFault::NotASegment));
    }
    Ok(Header::parse(&bytes))
}

fn header_error(fault: HeaderFault, path: PathBuf, bytes: u64) -> OpenSegmentError {
    match fault {
        HeaderFault::NotASegment => OpenSegmentError::NotASegment { path },
        HeaderFault::Version { got, .. } => {
            OpenSegmentError::Version { path, what: "header", got, expected: 1 }
        }
        HeaderFault::Length { words } => OpenSegmentError::Truncated { path, words, bytes },
    }
}
