//! Owns what the rest of the control plane tells the data plane, and what it knows of it: the handle.
//! Refuses to know how images are built, and how messages travel (that is [`crate::link`]).
//!
//! ```text
//! publish ── extents sealed (shared with those before) ── link task ── one image in flight
//!                                                             └──────── Adopted → active
//! ```
//!
//! The newest image wins: one that was not yet sent when a newer one comes is never sent. An extent
//! whose content is that of a live one is that one, and does not travel again.

mod state;
mod store;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hugepages::extent::{CreateExtentError, SealExtentError};
use hugepages::layout::command::Command;
use hugepages::layout::link::MAX_FDS;
use hugepages::publish::PublishError as LedgerError;
use tokio::sync::{mpsc, oneshot, watch};

pub use state::{LinkState, Peer, Refusal};
pub(crate) use store::{Extent, Store};

/// An image as the compiler made it.
#[derive(Clone, Debug)]
pub struct PublishImage {
    /// Change sequence of the database that it says.
    pub as_of: u64,
    /// Its extents with their checksums, the root first.
    pub extents: Vec<(Bytes, u64)>,
}

/// Why an image was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// It has more extents than one message carries.
    #[error("image {as_of} has {count} extents, and {MAX_FDS} can be handed over at once")]
    TooManyExtents {
        /// The image.
        as_of: u64,
        /// Its extents.
        count: usize,
    },
    /// There is no memory for it.
    #[error("image {as_of} was not published: {source}")]
    Create {
        /// The image.
        as_of: u64,
        /// Why.
        source: CreateExtentError,
    },
    /// An extent could not be made final.
    #[error("image {as_of} was not published: {source}")]
    Seal {
        /// The image.
        as_of: u64,
        /// Why.
        source: SealExtentError,
    },
    /// It is not newer than what was published.
    #[error(transparent)]
    NotNewer(#[from] LedgerError),
    /// The link is not at work any more.
    #[error("the link to the data plane has ended; restart the control plane")]
    Ended,
}

/// Why a word was not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TellError {
    /// No data plane is connected.
    #[error("no data plane is connected; start it, and it will find the control plane")]
    NotConnected,
    /// The link is not at work any more.
    #[error("the link to the data plane has ended; restart the control plane")]
    Ended,
}

/// What became of a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switched {
    /// Every worker finds it in its ring.
    Told,
    /// Some workers learn it with the next image: a ring was full or closed.
    WithImage,
}

/// What the link task is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    Publish {
        as_of: u64,
        extents: Vec<Arc<Extent>>,
        done: oneshot::Sender<Result<(), LedgerError>>,
    },
    Switch {
        command: Command,
        done: oneshot::Sender<Result<Switched, TellError>>,
    },
    Mode {
        drain: bool,
        done: oneshot::Sender<Result<(), TellError>>,
    },
}

/// The way to the data plane; clones share it.
#[derive(Clone, Debug)]
pub struct Handle {
    asks: mpsc::Sender<Ask>,
    state: watch::Receiver<LinkState>,
    store: Arc<Store>,
}

impl Handle {
    pub(crate) fn new(asks: mpsc::Sender<Ask>, state: watch::Receiver<LinkState>) -> Handle {
        Handle { asks, state, store: Arc::default() }
    }

    /// Makes `image` the newest one; it goes out as soon as the one before it is answered. What is new
    /// in it is copied here, away from the async threads.
    ///
    /// # Errors
    /// [`PublishError`]: what was published before stays.
    pub async fn publish(&self, image: PublishImage) -> Result<(), PublishError> {
        let (as_of, count) = (image.as_of, image.extents.len());
        if count > MAX_FDS {
            return Err(PublishError::TooManyExtents { as_of, count });
        }
        let store = Arc::clone(&self.store);
        let sealed = tokio::task::spawn_blocking(move || store.seal(image));
        let extents = sealed.await.map_err(|_| PublishError::Ended)??;
        let (done, answer) = oneshot::channel();
        let ask = Ask::Publish { as_of, extents, done };
        self.asks.send(ask).await.map_err(|_| PublishError::Ended)?;
        Ok(answer.await.map_err(|_| PublishError::Ended)??)
    }

    /// What is known of the data plane.
    #[must_use]
    pub fn state(&self) -> LinkState {
        self.state.borrow().clone()
    }

    /// The same as it changes.
    #[must_use]
    pub fn states(&self) -> watch::Receiver<LinkState> {
        self.state.clone()
    }

    /// Waits until every worker routes with image `version` or a newer one; says whether they do.
    pub async fn wait_active(&self, version: u64, timeout: Duration) -> bool {
        let mut state = self.state.clone();
        let active = state.wait_for(|state| state.active.is_some_and(|active| active >= version));
        matches!(tokio::time::timeout(timeout, active).await, Ok(Ok(_)))
    }

    /// Tells every worker of a switch, ahead of the image that says the same.
    ///
    /// # Errors
    /// [`TellError`]: nobody is there to be told, and the image will say it.
    pub async fn switch(&self, command: Command) -> Result<Switched, TellError> {
        self.ask(|done| Ask::Switch { command, done }).await
    }

    /// Has new calls refused; [`LinkState::peer`] tells when they are.
    ///
    /// # Errors
    /// [`TellError`]: nobody is there to be told.
    pub async fn drain(&self) -> Result<(), TellError> {
        self.ask(|done| Ask::Mode { drain: true, done }).await
    }

    /// Has new calls taken again.
    ///
    /// # Errors
    /// [`TellError`]: nobody is there to be told.
    pub async fn resume(&self) -> Result<(), TellError> {
        self.ask(|done| Ask::Mode { drain: false, done }).await
    }

    async fn ask<T>(
        &self,
        ask: impl FnOnce(oneshot::Sender<Result<T, TellError>>) -> Ask,
    ) -> Result<T, TellError> {
        let (done, answer) = oneshot::channel();
        self.asks.send(ask(done)).await.map_err(|_| TellError::Ended)?;
        answer.await.map_err(|_| TellError::Ended)?
    }
}
