//! Owns the edge between the SIP core and the network: datagrams out, and which way they would go.
//! Hot. Knows nothing of mbufs or frames.

use parser::write::Overflow;

use crate::net::{Endpoint, ListenerId};

/// Why a datagram did not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// No packet buffer is left.
    NoBuffer,
    /// The next hop does not answer ARP.
    Unreachable,
    /// No route leads there.
    NoRoute,
    /// The message is larger than the datagram may be.
    TooLong,
}

/// Where the SIP core sends to.
pub trait Outbox {
    /// Sends one datagram from `from` to `to`. `write` fills the payload and gives its length.
    ///
    /// # Errors
    /// Says why it did not leave. A next hop that is still being resolved is no error: the datagram waits.
    fn send(
        &mut self,
        from: ListenerId,
        to: Endpoint,
        write: impl FnOnce(&mut [u8]) -> Result<usize, Overflow>,
    ) -> Result<(), SendError>;

    /// The default listener of the interface over which `ipv4` is reached.
    fn egress(&self, ipv4: u32) -> Option<ListenerId>;
}
