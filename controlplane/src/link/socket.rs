//! Owns the marriage of the link's sockets with the async runtime. Knows nothing of messages.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use hugepages::link::{LinkError, LinkListener, LinkStream, Received, Sent};
use tokio::io::unix::AsyncFd;

/// What the runtime wants of a socket: its number.
struct Raw<T>(T);

impl<T: AsFd> AsRawFd for Raw<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

/// The socket that is knocked at.
pub(super) struct Listener(AsyncFd<Raw<LinkListener>>);

impl Listener {
    pub(super) fn new(listener: LinkListener) -> Result<Listener, LinkError> {
        watched(listener).map(Listener)
    }

    /// The next connection. An error concerns that one alone.
    pub(super) async fn accept(&self) -> Result<Stream, LinkError> {
        loop {
            let mut ready = self.0.readable().await.map_err(unknown)?;
            match self.0.get_ref().0.accept()? {
                Some(stream) => return watched(stream).map(Stream),
                None => ready.clear_ready(),
            }
        }
    }
}

/// A connection.
pub(super) struct Stream(AsyncFd<Raw<LinkStream>>);

impl Stream {
    /// The next message. Nothing is lost when the wait is given up.
    pub(super) async fn receive(&self, buffer: &mut [u8]) -> Result<Received, LinkError> {
        loop {
            let mut ready = self.0.readable().await.map_err(unknown)?;
            match self.0.get_ref().0.receive(buffer)? {
                Some(received) => return Ok(received),
                None => ready.clear_ready(),
            }
        }
    }

    /// Sends at once or not at all.
    pub(super) fn send(&self, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> Result<Sent, LinkError> {
        self.0.get_ref().0.send(bytes, fds)
    }

    /// Sends once there is room.
    pub(super) async fn send_whenever(
        &self,
        bytes: &[u8],
        fds: &[BorrowedFd<'_>],
    ) -> Result<(), LinkError> {
        loop {
            let mut ready = self.0.writable().await.map_err(unknown)?;
            match self.send(bytes, fds)? {
                Sent::Yes => return Ok(()),
                Sent::Full => ready.clear_ready(),
            }
        }
    }
}

// The successor of `new` is unsafe, since a number could change under the runtime: `Raw` is private, owns
// its socket, and always gives the same one.
#[allow(
    deprecated,
    reason = "this crate forbids unsafe code, and keeps what the successor asks for"
)]
fn watched<T: AsFd>(socket: T) -> Result<AsyncFd<Raw<T>>, LinkError> {
    AsyncFd::new(Raw(socket)).map_err(unknown)
}

fn unknown(error: io::Error) -> LinkError {
    let errno = rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO);
    LinkError::Unknown { doing: "wait", errno }
}
