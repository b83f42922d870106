//! Owns the tables that a worker reads for each frame: interfaces and listeners.
//! Hot, but for `build`. Refuses to know routes and neighbours, which have tables of their own.

mod build;
#[cfg(test)]
mod tests;

use arrayvec::ArrayVec;

use super::{Interface, Listener, ListenerId, MAX_INTERFACES, MAX_LISTENERS, PortIndex, ipv4};

/// Slots of the listener table: four a listener, so that a probe mostly ends at the first slot.
const SLOTS: usize = MAX_LISTENERS * 4;
const SLOT_MASK: usize = SLOTS - 1;
const _: () = assert!(SLOTS.is_power_of_two());

/// An interface with every address that it answers for: its own and its listeners'.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub interface: Interface,
    addresses: ArrayVec<u32, { MAX_LISTENERS + 1 }>,
}

impl Link {
    /// Whether `address` is one that this interface answers for.
    #[inline]
    pub fn is_ours(&self, address: u32) -> bool {
        self.addresses.contains(&address)
    }

    /// Whether `address` is one that a host other than this one can send from.
    #[inline]
    pub fn is_stranger(&self, address: u32) -> bool {
        let link = &self.interface;
        ipv4::is_host(address)
            && !self.is_ours(address)
            && (!link.is_on_link(address) || link.is_host_on_link(address))
    }
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    address: u32,
    udp_port: u16,
    interface: PortIndex,
    listener: ListenerId,
}

impl Slot {
    /// UDP port 0 never has a listener.
    const EMPTY: Slot =
        Slot { address: 0, udp_port: 0, interface: PortIndex(0), listener: ListenerId(0) };
}

/// Interfaces and listeners as the workers look them up.
#[derive(Clone, Debug)]
pub struct Tables {
    links: [Option<Link>; MAX_INTERFACES],
    listeners: [Option<Listener>; MAX_LISTENERS],
    slots: [Slot; SLOTS],
}

impl Tables {
    /// The interface on `port`.
    #[inline]
    pub fn interface(&self, port: PortIndex) -> Option<&Interface> {
        self.link(port).map(|link| &link.interface)
    }

    /// The listener of `id`.
    #[inline]
    pub fn listener(&self, id: ListenerId) -> Option<&Listener> {
        self.listeners.get(usize::from(id.0))?.as_ref()
    }

    /// Every interface, in the order of ports.
    pub fn interfaces(&self) -> impl Iterator<Item = &Interface> {
        self.links.iter().flatten().map(|link| &link.interface)
    }

    /// The listener that receives what arrives on `port` for `address` and `udp_port`.
    ///
    /// An address is served on its own interface only (RFC 1122 §3.3.4.2, strong ES model): a host
    /// of one network cannot reach a listener that was made for another.
    #[inline]
    pub fn listener_at(&self, port: PortIndex, address: u32, udp_port: u16) -> Option<ListenerId> {
        let mut at = slot_of(address, udp_port);
        // Three of four slots are empty, so an empty one ends the search.
        loop {
            let slot = self.slots.get(at)?;
            if slot.address == address && slot.udp_port == udp_port && slot.interface == port {
                return (udp_port != 0).then_some(slot.listener);
            }
            if slot.udp_port == 0 {
                return None;
            }
            at = (at + 1) & SLOT_MASK;
        }
    }

    #[inline]
    pub(super) fn link(&self, port: PortIndex) -> Option<&Link> {
        self.links.get(usize::from(port.0))?.as_ref()
    }
}

#[inline]
const fn slot_of(address: u32, udp_port: u16) -> usize {
    // The multiplication carries the differing low bits of both into the high ones (Fibonacci
    // hashing).
    let mixed = (address ^ (udp_port as u32).rotate_left(16)).wrapping_mul(0x9e37_79b1);
    (mixed >> (32 - SLOTS.trailing_zeros())) as usize
}
