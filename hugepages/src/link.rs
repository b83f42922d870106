//! Owns the socket between data plane and control plane: packets of bytes with descriptors.
//! Knows nothing of what the bytes say.
//!
//! A unix socket of type SEQPACKET keeps messages apart and in order, carries descriptors beside them,
//! and tells when the peer is gone. Nothing here blocks: a socket that would is told as
//! [`Sent::Full`] or `None`, and [`AsFd`] is for whoever polls.
//!
//! # A peer that is not trusted
//!
//! Its user is asked of the kernel: the same one as this process's, or root. A message that is longer
//! than the buffer, or has more descriptors than a message may have, is refused whole, and every
//! descriptor that came with it is closed. An empty message cannot be told from the end of the
//! connection, and is taken as one; [`LinkStream::send`] makes none.

mod listener;
mod stream;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use rustix::io::Errno;

use crate::layout::link::{MAX_FDS, MAX_MESSAGE};

pub use listener::LinkListener;
pub use stream::{LinkStream, Received, Sent};

/// Why the link does not work.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The peer is gone, or this side has been.
    #[error("the peer closed the link")]
    Closed,
    /// Nobody has made the socket, or nobody listens there any more.
    #[error("nobody listens at {path}: {errno}; is the control plane running?", path = path.display())]
    NobodyThere {
        /// The socket.
        path: PathBuf,
        /// What the kernel said.
        errno: Errno,
    },
    /// The socket could not be connected to.
    #[error("cannot connect to {path}: {errno}", path = path.display())]
    Connect {
        /// The socket.
        path: PathBuf,
        /// What the kernel said.
        errno: Errno,
    },
    /// Another process listens there.
    #[error("another process listens at {path}; stop it or choose another directory", path = path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// Something else has the socket's name.
    #[error("{path} is no socket; move it away or choose another directory", path = path.display())]
    NotASocket {
        /// The path.
        path: PathBuf,
    },
    /// The socket could not be made.
    #[error("cannot listen at {path}: {errno}", path = path.display())]
    Listen {
        /// The socket.
        path: PathBuf,
        /// What the kernel said.
        errno: Errno,
    },
    /// The peer belongs to somebody else.
    #[error(
        "the peer of the link is process {pid} of user {uid}, not of user {ours} or root; it was turned away"
    )]
    Stranger {
        /// Its user.
        uid: u32,
        /// Its process.
        pid: i32,
        /// The user of this process.
        ours: u32,
    },
    /// A message to be sent has no bytes or too many.
    #[error("a message of {len} bytes cannot be sent; it may have 1 to {MAX_MESSAGE}")]
    Size {
        /// Its bytes.
        len: usize,
    },
    /// A message to be sent has too many descriptors.
    #[error("{count} descriptors cannot be sent with one message, at most {MAX_FDS}")]
    TooManyToSend {
        /// How many.
        count: usize,
    },
    /// A message that came is longer than the buffer for it.
    #[error("the peer sent a message of more than {room} bytes; it was refused")]
    TooLong {
        /// Bytes of the buffer.
        room: usize,
    },
    /// A message came with more descriptors than it may have, or than this process may hold.
    #[error(
        "the peer sent more than {MAX_FDS} descriptors, or this process has none left; the message was refused"
    )]
    TooManyFds,
    /// Any other refusal of the kernel.
    #[error("cannot {doing} on the link: {errno}")]
    Unknown {
        /// What was tried.
        doing: &'static str,
        /// What the kernel said.
        errno: Errno,
    },
}
