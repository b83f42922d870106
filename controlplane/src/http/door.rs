//! Owns how many are let in at once: each connection has a seat, and whoever finds none is told so at once.
//! Refuses to know what they ask.
//!
//! Descriptors are for the database and the images, too: connections of the API never take the last one.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::unix::{SocketAddr, UCred};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// Connections at once.
const SEATS: usize = 256;
/// A connection on which nothing moves for this long gives its seat back: longer than any answer takes.
const IDLE: Duration = Duration::from_secs(300);
/// Longest wait for somebody to take in that there is no seat.
const FAREWELL: Duration = Duration::from_secs(1);

/// What they are told.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
connection: close\r\ncontent-length: 177\r\n\r\n\
{\"error\":{\"code\":\"unavailable\",\"message\":\"the control plane serves 256 connections, and all are taken\",\
\"remedy\":\"end programs that keep them open, then try again\",\"details\":[]}}";

/// The listener with its seats.
pub struct Door {
    listener: UnixListener,
    seats: Arc<Semaphore>,
}

impl Door {
    /// All seats are free.
    pub fn new(listener: UnixListener) -> Self {
        Self { listener, seats: Arc::new(Semaphore::new(SEATS)) }
    }
}

/// A connection with a seat.
pub struct Guest {
    stream: UnixStream,
    idle: Pin<Box<Sleep>>,
    _seat: OwnedSemaphorePermit,
}

impl Guest {
    /// Who is at the other end.
    pub fn credentials(&self) -> io::Result<UCred> {
        self.stream.peer_cred()
    }

    fn moved(&mut self) {
        self.idle.as_mut().reset(Instant::now() + IDLE);
    }
}

impl Listener for Door {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            match Arc::clone(&self.seats).try_acquire_owned() {
                Ok(seat) => {
                    let idle = Box::pin(sleep(IDLE));
                    return (Guest { stream, idle, _seat: seat }, address);
                }
                Err(_) => turn_away(stream).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Right here: what is turned away takes no descriptor longer than it needs.
async fn turn_away(mut stream: UnixStream) {
    // Whoever does not listen need not be told.
    drop(tokio::time::timeout(FAREWELL, stream.write_all(FULL)).await);
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.idle.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        self.moved();
        Poll::Ready(read)
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wrote = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.moved();
        Poll::Ready(wrote)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::FULL;

    #[test]
    fn what_is_told_has_the_length_that_it_names() {
        let text = std::str::from_utf8(FULL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{}", body.len());
        let error: api::ErrorBody = serde_json::from_str(body).unwrap();
        assert_eq!(error.error.code, api::ErrorCode::Unavailable);
    }
}
