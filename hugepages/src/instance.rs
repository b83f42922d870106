//! Owns the instance directory: one running data plane holds it, and its segments lie in it.
//! Knows nothing of what the segments hold.
//!
//! The lock is an flock on the file `lock`, so that it ends with its process however that ends. What a
//! dead owner left is reaped when the next one takes the lock, except rings with events: these are
//! listed by [`InstanceDir::left_behind`], to be drained and removed.

mod reap;
#[cfg(test)]
mod tests;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{self as sysfs, AtFlags, FlockOperation, Gid, Mode, OFlags, Uid};
use rustix::io::{self as sysio, Errno};

use crate::segment::file_name;

pub use reap::{dead_owner, segments_in};

const LOCK: &str = "lock";
const DIR_MODE: Mode = Mode::from_raw_mode(0o750);

/// The locked directory of this process.
#[derive(Debug)]
pub struct InstanceDir {
    path: PathBuf,
    dir: OwnedFd,
    lock: OwnedFd,
    left_behind: Vec<String>,
    /// User and group that segments are made for, if these are not the process's own.
    heirs: Option<(Uid, Gid)>,
}

/// Why the directory could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockInstanceError {
    /// It cannot be made or opened.
    #[error("cannot create the instance directory {path}: {errno}; create its parent or choose another `instance`", path = path.display())]
    Create {
        /// The directory.
        path: PathBuf,
        /// What the kernel said.
        errno: Errno,
    },
    /// Everybody could put files into it.
    #[error("the instance directory {path} has mode {mode:03o}, so others than its owner can write there; `chmod 750` it", path = path.display())]
    Writable {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is somebody else's, who would lose it: it is given to the user of the process.
    #[error("the directory {path} holds other files and is no instance directory; choose one of its own for `instance`", path = path.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
    },
    /// Another data plane has it.
    #[error("the instance directory {path} is in use by {}; stop that one or choose another `instance`", holder(*pid), path = path.display())]
    Held {
        /// The directory.
        path: PathBuf,
        /// The process that holds it, if it could be read.
        pid: Option<u32>,
    },
    /// The lock file cannot be used.
    #[error("cannot lock {path}: {errno}", path = path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the kernel said.
        errno: Errno,
    },
    /// What a dead owner left cannot be removed.
    #[error("cannot remove {path}, which a dead process left: {errno}; remove it by hand", path = path.display())]
    Reap {
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        errno: Errno,
    },
}

/// Why a segment could not be removed.
#[derive(Debug, thiserror::Error)]
#[error("cannot remove segment {name:?} from {path}: {errno}", path = path.display())]
pub struct RemoveSegmentError {
    name: String,
    path: PathBuf,
    errno: Errno,
}

/// Why the directory could not be given to another user.
#[derive(Debug, thiserror::Error)]
#[error("cannot give {path} to user {uid}: {errno}", path = path.display())]
pub struct GiveInstanceError {
    path: PathBuf,
    uid: u32,
    errno: Errno,
}

impl InstanceDir {
    /// Makes the directory if it is not there (mode 0750; its parent must be), takes its lock and
    /// reaps what a dead owner left.
    ///
    /// # Errors
    ///
    /// [`LockInstanceError`]; [`LockInstanceError::Held`] names the process that has it.
    pub fn lock(path: &Path) -> Result<InstanceDir, LockInstanceError> {
        let dir = open_dir(path)?;
        let lock = take_lock(&dir, path)?;
        let mut instance =
            InstanceDir { path: path.to_owned(), dir, lock, left_behind: Vec::new(), heirs: None };
        instance.left_behind = instance.reap()?;
        Ok(instance)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Names of event rings that a dead owner left, in order: attach, drain, then
    /// [`InstanceDir::remove`] each.
    pub fn left_behind(&self) -> &[String] {
        &self.left_behind
    }

    /// Removes a segment; who has mapped it keeps it.
    ///
    /// # Errors
    ///
    /// [`RemoveSegmentError`]: there is none, or the kernel refuses.
    pub fn remove(&self, name: &str) -> Result<(), RemoveSegmentError> {
        let removed = match file_name(name) {
            Some(file) => sysfs::unlinkat(&self.dir, file, AtFlags::empty()),
            None => Err(Errno::NOENT),
        };
        removed.map_err(|errno| {
            let (name, path) = (name.to_owned(), self.path.clone());
            RemoveSegmentError { name, path, errno }
        })
    }

    /// Gives the directory to the user that the process is about to become, who could not remove
    /// segments otherwise. Segments made before stay with the owner that they have
    /// ([`InstanceDir::make_segments_for`]); open ones stay usable.
    ///
    /// # Errors
    ///
    /// [`GiveInstanceError`]: this process may not do that.
    pub fn give_to(&self, uid: u32, gid: u32) -> Result<(), GiveInstanceError> {
        let (user, group) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
        sysfs::fchown(&self.dir, user, group)
            .and_then(|()| sysfs::fchown(&self.lock, user, group))
            .map_err(|errno| GiveInstanceError { path: self.path.clone(), uid, errno })
    }

    /// From here on segments are made for the user that the process is going to become, so that
    /// other processes of that user can open them. A process that may not give files away cannot make
    /// segments then.
    pub fn make_segments_for(&mut self, uid: u32, gid: u32) {
        self.heirs = Some((Uid::from_raw(uid), Gid::from_raw(gid)));
    }

    pub(crate) fn heirs(&self) -> Option<(Uid, Gid)> {
        self.heirs
    }

    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }
}

fn open_dir(path: &Path) -> Result<OwnedFd, LockInstanceError> {
    let refused = |errno| LockInstanceError::Create { path: path.to_owned(), errno };
    let made = match sysfs::mkdir(path, DIR_MODE) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(errno) => return Err(refused(errno)),
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let dir = sysfs::open(path, flags, Mode::empty()).map_err(refused)?;
    if made {
        // The umask may have taken bits away.
        sysfs::fchmod(&dir, DIR_MODE).map_err(refused)?;
    }
    let mode = sysfs::fstat(&dir).map_err(refused)?.st_mode & 0o777;
    if mode & 0o022 != 0 {
        return Err(LockInstanceError::Writable { path: path.to_owned(), mode });
    }
    let is_ours = made || reap::is_instance(&dir).map_err(refused)?;
    if is_ours { Ok(dir) } else { Err(LockInstanceError::Foreign { path: path.to_owned() }) }
}

fn take_lock(dir: &OwnedFd, path: &Path) -> Result<OwnedFd, LockInstanceError> {
    let refused = |errno| LockInstanceError::Lock { path: path.join(LOCK), errno };
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let lock = sysfs::openat(dir, LOCK, flags, Mode::from_raw_mode(0o640)).map_err(refused)?;
    match sysfs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {}
        Err(Errno::WOULDBLOCK) => {
            return Err(LockInstanceError::Held { path: path.to_owned(), pid: read_pid(&lock) });
        }
        Err(errno) => return Err(refused(errno)),
    }
    let pid = format!("{}\n", rustix::process::getpid().as_raw_nonzero());
    sysfs::ftruncate(&lock, 0).map_err(refused)?;
    sysio::pwrite(&lock, pid.as_bytes(), 0).map_err(refused)?;
    Ok(lock)
}

fn read_pid(lock: &OwnedFd) -> Option<u32> {
    let mut text = [0; 16];
    let got = sysio::pread(lock, &mut text[..], 0).ok()?;
    str::from_utf8(text.get(..got)?).ok()?.trim().parse().ok()
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}
