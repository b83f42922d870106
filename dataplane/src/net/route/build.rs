//! Owns the making of the route table, its checks and their sentences; refuses to know look-ups.
//! Cold: done once at start. For each place where a prefix starts or ends it asks which route is
//! the longest there, which is quadratic in the number of routes.

use super::{Hop, Reach, Routes};
use crate::net::{ConfigError, Interface, Ipv4, ipv4};

/// A route to a network behind a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticRoute {
    /// First address of the network.
    pub to: Ipv4,
    /// Length of its prefix, 0 to 32.
    pub prefix_len: u8,
    /// The gateway, a host of a connected network.
    pub gateway: Ipv4,
}

/// Why routes cannot be used as configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// An interface that cannot be used.
    #[error(transparent)]
    Interface(#[from] ConfigError),
    /// Two interfaces in one network.
    #[error(
        "{first} and {second} are addresses of the same network on two ports; give each port a \
         network of its own"
    )]
    SharedNetwork {
        /// The address on the first port.
        first: Ipv4,
        /// The address on the second port.
        second: Ipv4,
    },
    /// A prefix length above 32.
    #[error("route {to}/{prefix_len} has a prefix length above 32; write one from 0 to 32")]
    PrefixLength {
        /// The network as configured.
        to: Ipv4,
        /// The length as configured.
        prefix_len: u8,
    },
    /// Bits set behind the prefix.
    #[error("route {to}/{prefix_len} has bits set behind its prefix; write {network}/{prefix_len}")]
    HostBits {
        /// The network as configured.
        to: Ipv4,
        /// The length as configured.
        prefix_len: u8,
        /// The network without these bits.
        network: Ipv4,
    },
    /// A route into addresses that no host has.
    #[error(
        "route {to}/{prefix_len} leads to loopback, multicast or reserved addresses; remove it"
    )]
    NoHosts {
        /// The network as configured.
        to: Ipv4,
        /// The length as configured.
        prefix_len: u8,
    },
    /// Two routes to one network.
    #[error("route {to}/{prefix_len} is given twice; remove one")]
    Duplicate {
        /// The network.
        to: Ipv4,
        /// The length of its prefix.
        prefix_len: u8,
    },
    /// A route to a network that is connected.
    #[error("route {to}/{prefix_len} is the network of a port's own address; remove it")]
    Connected {
        /// The network.
        to: Ipv4,
        /// The length of its prefix.
        prefix_len: u8,
    },
    /// A gateway in no connected network.
    #[error(
        "route {to}/{prefix_len} has the gateway {gateway}, which is no host of a port's network; \
         give a neighbour's address"
    )]
    GatewayNotConnected {
        /// The network.
        to: Ipv4,
        /// The length of its prefix.
        prefix_len: u8,
        /// The gateway as configured.
        gateway: Ipv4,
    },
    /// A gateway that is an address of ours.
    #[error(
        "route {to}/{prefix_len} has the gateway {gateway}, which is a port's own address; give a \
         neighbour's address"
    )]
    GatewayIsOurs {
        /// The network.
        to: Ipv4,
        /// The length of its prefix.
        prefix_len: u8,
        /// The gateway as configured.
        gateway: Ipv4,
    },
}

impl Routes {
    /// Makes the table. Called at start.
    ///
    /// # Errors
    /// The first interface or route that cannot be used, and why.
    pub fn new(interfaces: &[Interface], statics: &[StaticRoute]) -> Result<Routes, RouteError> {
        let mut prefixes = never_routed();
        for (at, interface) in interfaces.iter().enumerate() {
            interface.check()?;
            let earlier = interfaces.iter().take(at);
            check_interface(interface, earlier)?;
            prefixes.extend(connected(interface));
        }
        for (at, route) in statics.iter().enumerate() {
            check_route(route, interfaces, statics.iter().take(at))?;
            let hop = gateway_hop(route, interfaces)?;
            prefixes.push(Prefix::new(route.to.0, route.prefix_len, Reach::Gateway(hop)));
        }
        Ok(flatten(&prefixes))
    }
}

/// One prefix before flattening; of two that cover an address, the higher rank wins.
#[derive(Clone, Copy, Debug)]
struct Prefix {
    first: u32,
    last: u32,
    rank: u8,
    reach: Reach,
}

/// Rank of what no route may override, however long.
const RANK_FIXED: u8 = 33;

impl Prefix {
    fn new(network: u32, prefix_len: u8, reach: Reach) -> Prefix {
        let last = network | !ipv4::mask(prefix_len);
        Prefix { first: network, last, rank: prefix_len, reach }
    }

    fn fixed(first: u32, last: u32) -> Prefix {
        Prefix { first, last, rank: RANK_FIXED, reach: Reach::Nowhere }
    }
}

/// The blocks in which no host is, so that a default route does not lead there.
fn never_routed() -> Vec<Prefix> {
    // The same blocks as `ipv4::is_host` knows: 0/8, 127/8, and 224/4 with 240/4.
    vec![
        Prefix::fixed(0, 0x00ff_ffff),
        Prefix::fixed(0x7f00_0000, 0x7fff_ffff),
        Prefix::fixed(0xe000_0000, u32::MAX),
    ]
}

/// The connected network without our own address, the network's and the broadcast address.
fn connected(interface: &Interface) -> impl Iterator<Item = Prefix> {
    let (network, last) = (interface.network(), interface.last());
    let reach = Reach::Link(interface.port);
    let whole = Prefix::new(network, interface.prefix_len, reach);
    let not_a_host = move |address: &u32| !interface.is_host_on_link(*address);
    let ends = [network, last].into_iter().filter(not_a_host);
    let holes = ends.chain([interface.address.0]).map(|address| Prefix::fixed(address, address));
    [whole].into_iter().chain(holes)
}

fn check_interface<'i>(
    interface: &Interface,
    mut earlier: impl Iterator<Item = &'i Interface>,
) -> Result<(), RouteError> {
    let same = |other: &&Interface| {
        other.network() == interface.network() && other.prefix_len == interface.prefix_len
    };
    match earlier.find(same) {
        Some(other) => {
            let (first, second) = (other.address, interface.address);
            Err(RouteError::SharedNetwork { first, second })
        }
        None => Ok(()),
    }
}

fn check_route<'r>(
    route: &StaticRoute,
    interfaces: &[Interface],
    mut earlier: impl Iterator<Item = &'r StaticRoute>,
) -> Result<(), RouteError> {
    let StaticRoute { to, prefix_len, .. } = *route;
    if prefix_len > 32 {
        return Err(RouteError::PrefixLength { to, prefix_len });
    }
    let network = Ipv4(to.0 & ipv4::mask(prefix_len));
    if network != to {
        return Err(RouteError::HostBits { to, prefix_len, network });
    }
    let covers =
        |block: &Prefix| block.first <= to.0 && to.0 | !ipv4::mask(prefix_len) <= block.last;
    if never_routed().iter().any(covers) {
        return Err(RouteError::NoHosts { to, prefix_len });
    }
    if earlier.any(|other| other.to == to && other.prefix_len == prefix_len) {
        return Err(RouteError::Duplicate { to, prefix_len });
    }
    if interfaces.iter().any(|i| i.network() == to.0 && i.prefix_len == prefix_len) {
        return Err(RouteError::Connected { to, prefix_len });
    }
    Ok(())
}

fn gateway_hop(route: &StaticRoute, interfaces: &[Interface]) -> Result<Hop, RouteError> {
    let StaticRoute { to, prefix_len, gateway } = *route;
    if interfaces.iter().any(|i| i.address == gateway) {
        return Err(RouteError::GatewayIsOurs { to, prefix_len, gateway });
    }
    let nearest =
        interfaces.iter().filter(|i| i.is_host_on_link(gateway.0)).max_by_key(|i| i.prefix_len);
    match nearest {
        Some(interface) => Ok(Hop { interface: interface.port, next_hop: gateway.0 }),
        None => Err(RouteError::GatewayNotConnected { to, prefix_len, gateway }),
    }
}

fn flatten(prefixes: &[Prefix]) -> Routes {
    let behind = prefixes.iter().filter_map(|prefix| prefix.last.checked_add(1));
    let mut places: Vec<u32> =
        prefixes.iter().map(|prefix| prefix.first).chain(behind).chain([0]).collect();
    places.sort_unstable();
    places.dedup();
    let mut ranges: Vec<(u32, Reach)> =
        places.into_iter().map(|place| (place, longest(prefixes, place))).collect();
    ranges.dedup_by_key(|range| range.1);
    let (starts, reaches): (Vec<u32>, Vec<Reach>) = ranges.into_iter().unzip();
    Routes { starts: starts.into(), reaches: reaches.into() }
}

fn longest(prefixes: &[Prefix], address: u32) -> Reach {
    let covering = prefixes.iter().filter(|p| p.first <= address && address <= p.last);
    covering.max_by_key(|prefix| prefix.rank).map_or(Reach::Nowhere, |prefix| prefix.reach)
}
