//! Owns the route table: connected networks and static routes, longest prefix first.
//! Hot, but for `build`. Refuses to know MAC addresses.
//!
//! Prefixes nest, so that the longest one that covers an address changes only where some prefix
//! starts or ends. The table is the sorted list of these places with what holds from there on: a
//! look-up is one binary search, whatever the lengths.

mod build;
#[cfg(test)]
mod tests;

use super::PortIndex;

pub use build::{RouteError, StaticRoute};

/// Where a packet goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The interface that sends it.
    pub interface: PortIndex,
    /// The address to resolve: the destination itself on a connected network, else the gateway.
    pub next_hop: u32,
}

/// What holds from one place on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Nowhere,
    Link(PortIndex),
    Gateway(Hop),
}

/// The route table.
#[derive(Clone, Debug)]
pub struct Routes {
    /// First addresses, ascending, the first one 0.
    starts: Box<[u32]>,
    /// What holds from the start of the same index on.
    reaches: Box<[Reach]>,
}

impl Routes {
    /// The interface and next hop for `destination`; nothing if no route leads there or no host can
    /// have it.
    ///
    /// Our own interfaces' addresses have no route either: there is nobody on the link to send to.
    #[inline]
    pub fn egress(&self, destination: u32) -> Option<Hop> {
        let behind = self.starts.partition_point(|start| *start <= destination);
        match *self.reaches.get(behind.checked_sub(1)?)? {
            Reach::Nowhere => None,
            Reach::Link(interface) => Some(Hop { interface, next_hop: destination }),
            Reach::Gateway(hop) => Some(hop),
        }
    }
}
