//! Owns the connected data plane: what waits to be sent to it, and the rings of its workers.
//! Knows nothing of images beyond the descriptors that travel.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use hugepages::commands::{CommandSender, Told};
use hugepages::layout::command::Command;
use hugepages::layout::link::{EncodeLinkError, MAX_MESSAGE, ToData};
use hugepages::link::{LinkError, Received, Sent};
use hugepages::ring::AttachRingError;

use super::socket::Stream;
use crate::publish::{Extent, Peer, Switched};

/// Messages that may wait: more wait only for a peer that does not read.
const MOST_WAITING: usize = 1024;

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
pub(super) enum EndReason {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("{0}; its connection was closed")]
    Decode(#[from] hugepages::layout::link::DecodeLinkError),
    #[error("a message could not be written: {0}")]
    Encode(#[from] EncodeLinkError),
    #[error("{0}")]
    Answer(#[from] hugepages::publish::AnswerError),
    #[error("the data plane sent {0} descriptors, and may send none; its connection was closed")]
    Descriptors(usize),
    #[error("the data plane said Hello twice; its connection was closed")]
    SecondHello,
    #[error("the data plane does not read what it is sent; its connection was closed")]
    Deaf,
    #[error(
        "the database has less of its journal than it had: it was put back, or the journal is another one; the data \
         plane is told anew"
    )]
    TakenBack,
    #[error("a data plane with the same instance directory has taken its place")]
    Replaced,
}

/// A message that waits, with what travels beside it.
struct Waiting {
    bytes: Vec<u8>,
    extents: Vec<Arc<Extent>>,
}

pub(super) struct Connection {
    stream: Stream,
    pub(super) peer: Peer,
    waiting: VecDeque<Waiting>,
    buffer: Vec<u8>,
    /// One a worker; `None` where it could not be attached to.
    rings: Vec<Option<CommandSender>>,
}

impl Connection {
    pub(super) fn new(stream: Stream, peer: Peer) -> Connection {
        let attach = |worker| {
            let ring = CommandSender::attach(&peer.instance_dir, worker);
            ring.map_err(|error: AttachRingError| {
                tracing::warn!(worker, %error, "switches of this worker wait for images");
            })
        };
        let rings = (0..peer.workers).map(|worker| attach(worker).ok()).collect();
        Connection { stream, peer, waiting: VecDeque::new(), buffer: vec![0; MAX_MESSAGE], rings }
    }

    /// The next message, as its length in the buffer; meanwhile what waits is sent.
    pub(super) async fn turn(&mut self) -> Result<usize, EndReason> {
        loop {
            let Some(first) = self.waiting.front() else {
                let received = self.stream.receive(&mut self.buffer).await?;
                return only_bytes(&received);
            };
            let fds: Vec<BorrowedFd<'_>> =
                first.extents.iter().map(|extent| extent.sealed.fd()).collect();
            tokio::select! {
                sent = self.stream.send_whenever(&first.bytes, &fds) => sent?,
                received = self.stream.receive(&mut self.buffer) => {
                    return only_bytes(&received?);
                }
            }
            self.waiting.pop_front();
        }
    }

    /// The message of that length.
    pub(super) fn message(&self, len: usize) -> &[u8] {
        self.buffer.get(..len).unwrap_or_default()
    }

    /// Sends a message behind those that wait, at once if none does.
    pub(super) fn send(
        &mut self,
        message: &ToData<'_>,
        extents: Vec<Arc<Extent>>,
    ) -> Result<(), EndReason> {
        let mut bytes = Vec::new();
        message.encode(&mut bytes)?;
        if self.waiting.is_empty() {
            let fds: Vec<BorrowedFd<'_>> =
                extents.iter().map(|extent| extent.sealed.fd()).collect();
            if self.stream.send(&bytes, &fds)? == Sent::Yes {
                return Ok(());
            }
        }
        if self.waiting.len() >= MOST_WAITING {
            return Err(EndReason::Deaf);
        }
        self.waiting.push_back(Waiting { bytes, extents });
        Ok(())
    }

    /// Puts a switch into the ring of every worker.
    pub(super) fn switch(&mut self, command: Command) -> Switched {
        let mut switched = Switched::Told;
        for (worker, ring) in self.rings.iter_mut().enumerate() {
            let told = match ring {
                Some(sender) => sender.send(command),
                None => Ok(Told::Full),
            };
            match told {
                Ok(Told::Yes) => {}
                Ok(Told::Full) => switched = Switched::WithImage,
                Err(error) => {
                    tracing::warn!(worker, %error, "switches of this worker wait for images");
                    *ring = None;
                    switched = Switched::WithImage;
                }
            }
        }
        switched
    }

    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }
}

fn only_bytes(received: &Received) -> Result<usize, EndReason> {
    match received.fds.len() {
        0 => Ok(received.len),
        count => Err(EndReason::Descriptors(count)),
    }
}
