//! Owns the look at the threads of the process through /proc. Changes nothing.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// What a thread kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThreadFault {
    /// One of its four uids or gids is another.
    #[error("{which} is {found}, not {expected}")]
    Identity {
        /// `Uid` or `Gid`.
        which: &'static str,
        /// The four numbers of the kernel.
        found: String,
        /// What all four must be.
        expected: u32,
    },
    /// A capability set is not empty.
    #[error("{set} is {found}")]
    Capability {
        /// `CapPrm`, `CapEff` or `CapAmb`.
        set: &'static str,
        /// The bits in hexadecimal.
        found: String,
    },
    /// It could gain rights by starting a program.
    #[error("new privileges are not forbidden")]
    NewPrivileges,
}

/// Why the threads are not trusted.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A thread kept something.
    #[error("thread {thread} \"{name}\" kept its privileges: {fault}; the process cannot go on")]
    Kept {
        /// Its number.
        thread: String,
        /// Its name.
        name: String,
        /// What it kept.
        fault: ThreadFault,
    },
    /// The kernel's table cannot be read.
    #[error("cannot read {}: {source}; mount /proc", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Checks the status file of every thread below `tasks`.
pub(super) fn verify(tasks: &Path, uid: u32, gid: u32) -> Result<(), VerifyError> {
    let failed = |path: &Path, source| VerifyError::Read { path: path.to_owned(), source };
    for entry in fs::read_dir(tasks).map_err(|source| failed(tasks, source))? {
        let thread = entry.map_err(|source| failed(tasks, source))?.file_name();
        let path = tasks.join(&thread).join("status");
        let status = match fs::read_to_string(&path) {
            // A thread that ended meanwhile has no rights. The kernel says so in one of two ways.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error()) =>
            {
                continue;
            }
            other => other.map_err(|source| failed(&path, source))?,
        };
        if let Err(fault) = inspect(&status, uid, gid) {
            return Err(VerifyError::Kept {
                thread: thread.to_string_lossy().into_owned(),
                name: field(&status, "Name").to_owned(),
                fault,
            });
        }
    }
    Ok(())
}

/// Checks one status text; a field that is missing counts as kept.
pub(super) fn inspect(status: &str, uid: u32, gid: u32) -> Result<(), ThreadFault> {
    for (which, expected) in [("Uid", uid), ("Gid", gid)] {
        let found = field(status, which);
        // Real, effective, saved and file system id.
        let all = found.split_whitespace().filter(|id| id.parse() == Ok(expected)).count();
        if all != 4 || found.split_whitespace().count() != 4 {
            return Err(ThreadFault::Identity { which, found: found.replace('\t', " "), expected });
        }
    }
    for set in ["CapPrm", "CapEff", "CapAmb"] {
        let found = field(status, set);
        if u64::from_str_radix(found, 16) != Ok(0) {
            return Err(ThreadFault::Capability { set, found: found.to_owned() });
        }
    }
    if field(status, "NoNewPrivs") != "1" {
        return Err(ThreadFault::NewPrivileges);
    }
    Ok(())
}

fn field<'t>(status: &'t str, name: &str) -> &'t str {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.unwrap_or_default().trim()
}
