//! Owns the socket on which the data plane finds the control plane, and the one task that talks with it.
//! Refuses to know how images are built, and where the calls of earlier runs are counted.
//!
//! One data plane is connected at a time. Who knocks says Hello first; who stays silent, speaks another
//! version, or comes while another one is alive is told why and turned away. What a connected peer says
//! is not trusted: a message that cannot be read, or answers what was not asked, ends its connection,
//! and the control plane goes on without it.
//!
//! ```text
//! data plane                            control plane
//!     Hello  ─────────────────────────▶  versions, whether another one is alive
//!            ◀─────────────────────────  Welcome, or Refuse and the end
//!            ◀─────────────────────────  Image, if it has another one than the newest
//!   Adopted  ─────────────────────────▶  extents that nothing names are freed
//!            ◀─────────────────────────  OpenCalls, if it does not count them yet
//!            ◀─────────────────────────  JournalTaken, once and with each segment that is left
//! ```

mod connection;
mod handshake;
mod session;
mod socket;
mod taken;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use hugepages::journal::Place;
use hugepages::layout::link::OpenCall;
use hugepages::link::{LinkError, LinkListener};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::publish::{Handle, LinkState, Peer};

/// What else happens when a data plane connects.
pub trait Attach: Send + Sync + 'static {
    /// It is there, and is welcome.
    fn attached(&self, peer: &Peer);

    /// The calls that stood when its run began. However long that takes: it goes on in the meantime.
    fn open_calls(&self, peer: &Peer) -> BoxFuture<'static, Vec<OpenCall>>;

    /// The place of its journal before which all is kept elsewhere for good, as soon as that lies in another segment
    /// than what it was told last.
    fn taken(&self, peer: &Peer, told: Option<Place>) -> BoxFuture<'static, Place>;
}

/// The link at work; it ends when this is dropped.
pub struct Link {
    handle: Handle,
    _tasks: JoinSet<()>,
}

impl Link {
    /// Listens on the socket at `path`.
    ///
    /// # Errors
    /// [`LinkError`]: another process listens there, or the path cannot be had.
    pub fn start(path: &Path, attach: Arc<dyn Attach>) -> Result<Link, LinkError> {
        let listener = socket::Listener::new(LinkListener::bind(path)?)?;
        let (asks, asked) = mpsc::channel(64);
        let (guests, candidates) = mpsc::channel(4);
        let (state, seen) = watch::channel(LinkState::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(handshake::run(listener, guests));
        tasks.spawn(session::run(attach, asked, candidates, state));
        Ok(Link { handle: Handle::new(asks, seen), _tasks: tasks })
    }

    /// The way to the data plane.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("handle", &self.handle).finish_non_exhaustive()
    }
}
