//! Owns the listing of segments in an instance directory, and the removal of those nobody needs.
//! Knows nothing of what the segments hold.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::{fs, io};

use rustix::fs::{self as sysfs, AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;

use crate::segment::{Header, HeaderFault, SegmentKind, is_draft, read_header, segment_name};

use super::{InstanceDir, LOCK, LockInstanceError};

/// Names of the segments in a directory, in order. For readers that hold no lock.
///
/// # Errors
///
/// The directory cannot be read.
pub fn segments_in(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        let file_name = entry?.file_name();
        names.extend(file_name.to_str().and_then(segment_name).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// The process that last held a directory, if it runs no more: what lies there are its last words. For
/// readers that hold no lock; one that cannot see the processes of the owner takes it for dead.
pub fn dead_owner(path: &Path) -> Option<u32> {
    let pid: u32 = fs::read_to_string(path.join(LOCK)).ok()?.trim().parse().ok()?;
    let runs = Path::new("/proc").join(pid.to_string()).exists();
    (!runs).then_some(pid)
}

/// Whether a directory is empty, or has the lock of an instance.
pub(super) fn is_instance(dir: &OwnedFd) -> Result<bool, Errno> {
    let mut empty = true;
    for entry in Dir::read_from(dir)? {
        match entry?.file_name().to_bytes() {
            b"." | b".." => {}
            name if name == LOCK.as_bytes() => return Ok(true),
            _ => empty = false,
        }
    }
    Ok(empty)
}

/// What to do about a file of a dead owner.
enum Fate {
    Remove,
    Keep,
    NotOurs,
}

impl InstanceDir {
    /// Removes segments that die with their owner, and drafts; returns the names of those that hold
    /// events. Files that are no segments stay.
    pub(super) fn reap(&self) -> Result<Vec<String>, LockInstanceError> {
        let mut kept = Vec::new();
        for file_name in self.file_names()? {
            match self.fate(&file_name)? {
                Fate::Remove => self.unlink(&file_name)?,
                Fate::Keep => kept.extend(segment_name(&file_name).map(str::to_owned)),
                Fate::NotOurs => {}
            }
        }
        kept.sort();
        Ok(kept)
    }

    fn file_names(&self) -> Result<Vec<String>, LockInstanceError> {
        let refused = |errno| self.refused("", errno);
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.dir).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            names.extend(entry.file_name().to_str().ok().map(str::to_owned));
        }
        Ok(names)
    }

    fn fate(&self, file_name: &str) -> Result<Fate, LockInstanceError> {
        if is_draft(file_name) {
            return Ok(Fate::Remove);
        }
        if segment_name(file_name).is_none() {
            return Ok(Fate::NotOurs);
        }
        let header = self.open_file(file_name).and_then(|file| read_header(&file));
        let kind = match header {
            Ok(Ok(Header { kind, .. }) | Err(HeaderFault::Version { kind, .. })) => kind,
            // Something else under the name of a segment is left for a person to look at.
            Ok(Err(HeaderFault::NotASegment | HeaderFault::Length { .. })) => {
                return Ok(Fate::NotOurs);
            }
            Err(errno) => return Err(self.refused(file_name, errno)),
        };
        Ok(if SegmentKind::outlives_owner(kind) { Fate::Keep } else { Fate::Remove })
    }

    fn open_file(&self, file_name: &str) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        sysfs::openat(&self.dir, file_name, flags, Mode::empty())
    }

    fn unlink(&self, file_name: &str) -> Result<(), LockInstanceError> {
        sysfs::unlinkat(&self.dir, file_name, AtFlags::empty())
            .map_err(|errno| self.refused(file_name, errno))
    }

    fn refused(&self, file_name: &str, errno: Errno) -> LockInstanceError {
        LockInstanceError::Reap { path: self.path().join(file_name), errno }
    }
}
