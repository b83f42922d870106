//! Owns becoming the configured user before there are threads; refuses to know why directories are needed.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::path::{Path, PathBuf};

use nix::unistd::{self, User};

/// Why the process is not the user that it should be.
#[derive(Debug, thiserror::Error)]
pub enum BecomeError {
    /// There is no such user.
    #[error("there is no user `{0}` on this machine; create it, or name another in `user`")]
    Unknown(String),
    /// The kernel refuses.
    #[error("cannot become user `{name}`: {source}")]
    Refused {
        /// The user.
        name: String,
        /// Why.
        source: nix::Error,
    },
    /// A directory cannot be made or given away.
    #[error("directory {path}: {source}; make it, owned by the user of the daemon")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Makes `directories`; started as root it gives them to `user` and becomes it, with all privileges gone.
///
/// Must be called while the process has one thread.
///
/// # Errors
/// [`BecomeError`]; the process must end then, since it may be half way.
pub fn become_user(user: &str, directories: &[&Path]) -> Result<(), BecomeError> {
    let target = if unistd::geteuid().is_root() { Some(find(user)?) } else { None };
    for path in directories {
        let failed = |source| BecomeError::Directory { path: (*path).to_owned(), source };
        // Directories above are made as any other: the user has to pass them.
        let above = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let made = above.and_then(|()| DirBuilder::new().recursive(true).mode(0o750).create(path));
        made.map_err(failed)?;
        if let Some(user) = &target {
            chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw())).map_err(failed)?;
        }
    }
    let Some(user) = target.filter(|user| !user.uid.is_root()) else { return Ok(()) };
    let refused = |source| BecomeError::Refused { name: user.name.clone(), source };
    // The uid goes last: without it the two others are refused.
    unistd::setgroups(&[user.gid]).map_err(refused)?;
    unistd::setresgid(user.gid, user.gid, user.gid).map_err(refused)?;
    unistd::setresuid(user.uid, user.uid, user.uid).map_err(refused)
}

fn find(name: &str) -> Result<User, BecomeError> {
    User::from_name(name).ok().flatten().ok_or_else(|| BecomeError::Unknown(name.to_owned()))
}
