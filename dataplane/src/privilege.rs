//! Owns the way from root to an ordinary user: directories are handed over, then uid, gid, groups
//! and capabilities go on every thread, then every thread is looked at.
//! Refuses to know what the process does with what is left.
//!
//! Order at start: [`forbid_new_privileges`] before the first thread, since the flag is inherited;
//! [`Identity::drop_privileges`] after everything that needs root is open; it verifies by itself.
//! glibc runs setgroups, setresgid and setresuid on all threads of the process, those that C code
//! started included, which the bare system calls do not.

#[cfg(test)]
mod tests;
mod threads;

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

use nix::unistd::{self, Gid, Uid, User};
use rustix::fs::Access;

pub use threads::{ThreadFault, VerifyError};

/// The user that the process becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    name: String,
    uid: Uid,
    gid: Gid,
}

/// Why privileges could not be given up.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeError {
    /// No such user.
    #[error(
        "there is no user \"{0}\" on this machine; set `user` to one that exists, or make it with useradd --system"
    )]
    NoUser(String),
    /// The user table cannot be read.
    #[error("cannot look up the user \"{name}\": {errno}; check /etc/passwd and nsswitch.conf")]
    Lookup {
        /// The user.
        name: String,
        /// What the system said.
        errno: nix::Error,
    },
    /// A directory cannot be made.
    #[error("cannot make the directory {}: {source}; choose another place for it, or mend that one", path.display())]
    MakeDirectory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Anybody could replace what lies in a directory.
    #[error("the directory {} has mode {mode:04o}, so that anybody may replace what lies in it; choose one of its own for the router, or chmod 0750 it", path.display())]
    OpenDirectory {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The user does not reach a directory that it has to write.
    #[error("the user \"{name}\" cannot write to {}: {errno}; let it pass the directories above (chmod o+x), or choose another place", path.display())]
    Unreachable {
        /// The directory.
        path: PathBuf,
        /// The user.
        name: String,
        /// What the system said.
        errno: io::Error,
    },
    /// A directory cannot be handed over.
    #[error("cannot give the directory {} to the user \"{name}\": {source}; start as root", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The user.
        name: String,
        /// What the system said.
        source: io::Error,
    },
    /// A call that gives up rights failed.
    #[error(
        "cannot {call} to become the user \"{name}\": {errno}; start as root, or set `user` to the one who starts it"
    )]
    Drop {
        /// The call.
        call: &'static str,
        /// The user.
        name: String,
        /// What the system said.
        errno: nix::Error,
    },
    /// The flag was refused.
    #[error("cannot forbid new privileges: {0}; the kernel is older than 3.5 or filters prctl")]
    NoNewPrivileges(io::Error),
    /// A thread kept something.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// Makes sure that no program that this thread or a later one starts can gain rights.
///
/// # Errors
/// The kernel refuses the flag.
pub fn forbid_new_privileges() -> Result<(), PrivilegeError> {
    rustix::thread::set_no_new_privs(true)
        .map_err(|errno| PrivilegeError::NoNewPrivileges(errno.into()))
}

impl Identity {
    /// Looks `name` up.
    ///
    /// # Errors
    /// There is no such user, or the user table cannot be read.
    pub fn resolve(name: &str) -> Result<Identity, PrivilegeError> {
        match User::from_name(name) {
            Ok(Some(user)) => Ok(Identity { name: name.to_owned(), uid: user.uid, gid: user.gid }),
            Ok(None) => Err(PrivilegeError::NoUser(name.to_owned())),
            Err(errno) => Err(PrivilegeError::Lookup { name: name.to_owned(), errno }),
        }
    }

    /// Whether this is root, so that nothing is given up.
    pub fn is_root(&self) -> bool {
        self.uid.is_root()
    }

    /// Its number.
    pub fn uid(&self) -> u32 {
        self.uid.as_raw()
    }

    /// The number of its group.
    pub fn gid(&self) -> u32 {
        self.gid.as_raw()
    }

    /// The name it was looked up by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes `path` with mode 0750 if it is missing, and gives it to the user, so that files can be
    /// made and removed in it after start.
    ///
    /// # Errors
    /// The directory cannot be made or given.
    pub fn own_directory(&self, path: &Path) -> Result<(), PrivilegeError> {
        let failed = |source| PrivilegeError::Directory {
            path: path.to_owned(),
            name: self.name.clone(),
            source,
        };
        make_directory(path)?;
        unistd::chown(path, Some(self.uid), Some(self.gid)).map_err(|errno| failed(errno.into()))
    }

    /// Makes `path` with mode 0750 if it is missing and lets the user's group pass through it; its
    /// owner stays, so that the user cannot replace what lies in it.
    ///
    /// A directory that holds anything but `ours` is somebody else's, such as /var/lib: its group and
    /// mode stay as they are, and [`Identity::verify_writes`] says whether they let the user through.
    ///
    /// # Errors
    /// The directory cannot be made or changed, or anybody may write to it.
    pub fn pass_directory(&self, path: &Path, ours: &[&str]) -> Result<(), PrivilegeError> {
        let failed = |source| PrivilegeError::Directory {
            path: path.to_owned(),
            name: self.name.clone(),
            source,
        };
        make_directory(path)?;
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode() & 0o7777;
        if mode & 0o002 != 0 {
            return Err(PrivilegeError::OpenDirectory { path: path.to_owned(), mode });
        }
        let mut is_ours = true;
        for entry in fs::read_dir(path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            is_ours &= name.to_str().is_some_and(|name| ours.contains(&name));
        }
        if !is_ours {
            return Ok(());
        }
        unistd::chown(path, None, Some(self.gid)).map_err(|errno| failed(errno.into()))?;
        fs::set_permissions(path, Permissions::from_mode(0o750)).map_err(failed)
    }

    /// Checks, as the user, that files can be made in `path`: the journal needs that hours after the
    /// start, when its segment is full.
    ///
    /// # Errors
    /// They cannot; a directory above keeps the user out.
    pub fn verify_writes(&self, path: &Path) -> Result<(), PrivilegeError> {
        let wanted = Access::WRITE_OK | Access::EXEC_OK;
        rustix::fs::access(path, wanted).map_err(|errno| PrivilegeError::Unreachable {
            path: path.to_owned(),
            name: self.name.clone(),
            errno: errno.into(),
        })
    }

    /// Becomes the user on every thread and verifies it; for root it does nothing.
    ///
    /// # Errors
    /// A call is refused, or a thread kept its uid or a capability. The process must end then: it
    /// may be half way.
    pub fn drop_privileges(&self) -> Result<(), PrivilegeError> {
        if self.is_root() {
            return Ok(());
        }
        let failed =
            |call| move |errno| PrivilegeError::Drop { call, name: self.name.clone(), errno };
        // The uid goes last: without it the two others are refused.
        unistd::setgroups(&[self.gid]).map_err(failed("set the groups"))?;
        unistd::setresgid(self.gid, self.gid, self.gid).map_err(failed("set the group"))?;
        unistd::setresuid(self.uid, self.uid, self.uid).map_err(failed("set the uid"))?;
        self.verify_threads()?;
        Ok(())
    }

    /// Looks at every thread of the process: uid and gid are the user's, no capability is left.
    ///
    /// # Errors
    /// Names the first thread that kept something, or says that /proc cannot be read.
    pub fn verify_threads(&self) -> Result<(), VerifyError> {
        threads::verify(Path::new("/proc/self/task"), self.uid.as_raw(), self.gid.as_raw())
    }
}

/// Makes it with mode 0750 if it is missing. Directories above are made as any other: the user has to pass them.
fn make_directory(path: &Path) -> Result<(), PrivilegeError> {
    let above = path.parent().map_or(Ok(()), fs::create_dir_all);
    let made = above.and_then(|()| DirBuilder::new().recursive(true).mode(0o750).create(path));
    made.map_err(|source| PrivilegeError::MakeDirectory { path: path.to_owned(), source })
}
