//! Owns the listening socket of the link and its name in the file system.
//! Knows nothing of messages.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{self as sysfs, FileType, Mode};
use rustix::io::Errno;
use rustix::net::{self, SocketAddrUnix, SocketFlags};

use super::LinkError;
use super::stream::{LinkStream, new_socket, retry};

/// Owner and group may connect.
const MODE: Mode = Mode::from_raw_mode(0o660);

/// Connections that may wait to be accepted; there is one data plane.
const BACKLOG: i32 = 8;

/// A socket that data planes connect to. Its name goes when it is dropped.
#[derive(Debug)]
pub struct LinkListener {
    socket: OwnedFd,
    path: PathBuf,
    /// Device and inode of the name, so that a successor's is not taken away.
    file: (u64, u64),
}

impl LinkListener {
    /// Listens at `path`, with mode 0660 from the first moment on. A socket on which nobody listens any
    /// more is replaced.
    ///
    /// # Errors
    ///
    /// [`LinkError::InUse`], [`LinkError::NotASocket`], [`LinkError::Listen`].
    pub fn bind(path: &Path) -> Result<LinkListener, LinkError> {
        let refused = |errno| LinkError::Listen { path: path.to_owned(), errno };
        require_free(path)?;
        // Made under another name, so that nobody meets it before it listens with the right mode.
        let mut draft = path.as_os_str().to_owned();
        draft.push(".new");
        let draft = PathBuf::from(draft);
        match sysfs::unlink(&draft) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(refused(errno)),
        }
        let socket = new_socket().map_err(refused)?;
        let address = SocketAddrUnix::new(&draft).map_err(refused)?;
        net::bind(&socket, &address).map_err(refused)?;
        let named = sysfs::chmod(&draft, MODE)
            .and_then(|()| net::listen(&socket, BACKLOG))
            .and_then(|()| sysfs::rename(&draft, path))
            .and_then(|()| sysfs::lstat(path));
        match named {
            Ok(stat) => {
                let file = (stat.st_dev, stat.st_ino);
                Ok(LinkListener { socket, path: path.to_owned(), file })
            }
            Err(errno) => {
                // Nothing can be done about a draft that does not go; the next start removes it.
                let _ = sysfs::unlink(&draft);
                Err(refused(errno))
            }
        }
    }

    /// Takes the next connection; `None` while nobody knocks.
    ///
    /// # Errors
    ///
    /// [`LinkError::Stranger`]: somebody else knocked and was turned away; the listener goes on.
    pub fn accept(&self) -> Result<Option<LinkStream>, LinkError> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        match retry(|| net::accept_with(&self.socket, flags)) {
            Ok(socket) => LinkStream::of_peer(socket).map(Some),
            Err(Errno::AGAIN | Errno::CONNABORTED) => Ok(None),
            Err(errno) => Err(LinkError::Unknown { doing: "accept", errno }),
        }
    }

    /// Where it listens.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AsFd for LinkListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for LinkListener {
    fn drop(&mut self) {
        let ours =
            sysfs::lstat(&self.path).is_ok_and(|stat| (stat.st_dev, stat.st_ino) == self.file);
        if ours {
            // A name that does not go is replaced by the next listener.
            let _ = sysfs::unlink(&self.path);
        }
    }
}

/// Refuses a name that is somebody's.
fn require_free(path: &Path) -> Result<(), LinkError> {
    let refused = |errno| LinkError::Listen { path: path.to_owned(), errno };
    match sysfs::lstat(path) {
        Err(Errno::NOENT) => return Ok(()),
        Err(errno) => return Err(refused(errno)),
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) != FileType::Socket => {
            return Err(LinkError::NotASocket { path: path.to_owned() });
        }
        Ok(_) => {}
    }
    let probe = new_socket().map_err(refused)?;
    let address = SocketAddrUnix::new(path).map_err(refused)?;
    match net::connect(&probe, &address) {
        Err(Errno::CONNREFUSED | Errno::NOENT) => Ok(()),
        // Somebody answers, or would if he were not busy, or speaks another socket type.
        Ok(()) | Err(Errno::AGAIN | Errno::PROTOTYPE) => {
            Err(LinkError::InUse { path: path.to_owned() })
        }
        Err(errno) => Err(refused(errno)),
    }
}
