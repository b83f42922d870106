//! Owns Ethernet, ARP, IPv4, ICMP echo and UDP of the workers.
//! Hot. Refuses to know SIP, DPDK and the clock. Pure functions over byte slices and tables of
//! fixed capacity; time is an argument.
//!
//! | step | where | what it costs |
//! |---|---|---|
//! | frame → payload | [`ingress::classify`] | checks, a probe |
//! | the same, at its owner | [`ingress::is_intact`] | a sum unless the NIC made it |
//! | destination → interface, next hop | [`route::Routes::egress`] | a binary search |
//! | next hop → MAC | [`neighbour::Neighbours::lookup`] | one probe of a hash table |
//! | payload → frame | [`egress::udp`] | 42 bytes, a sum unless the NIC makes it |
//!
//! IPv4 addresses and ports are numbers in host order everywhere but on the wire.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::cast_possible_truncation
    )
)]

pub mod arp;
mod checksum;
mod config;
pub mod egress;
mod ethernet;
pub mod icmp;
pub mod ingress;
mod ipv4;
pub mod neighbour;
pub mod route;
mod tables;
#[cfg(test)]
mod tests;

pub use arp::{ArpKind, ArpMessage};
pub use config::{Config, ConfigError, Endpoint, Interface, Ipv4, Listener, ListenerId, PortIndex};
pub use ethernet::{BROADCAST, Mac};
pub use tables::Tables;

/// Interfaces that the tables have room for; port indices are smaller than this.
pub const MAX_INTERFACES: usize = 16;
/// Listeners that the tables have room for; listener ids are smaller than this.
pub const MAX_LISTENERS: usize = 32;
