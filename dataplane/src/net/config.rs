//! Owns the description of interfaces and listeners from which the tables are made, and its checks.
//! Cold: read once at start. Refuses to know files and how ports are opened.

use std::{fmt, net::Ipv4Addr};

use super::{MAX_INTERFACES, MAX_LISTENERS, Mac, ethernet, ipv4};

/// Index of a port in the order of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortIndex(pub u8);

/// Index of a listener in the order of the configuration.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, zerocopy::FromZeros,
)]
#[repr(transparent)]
pub struct ListenerId(pub u8);

/// An IPv4 address as a number in host order; shown with dots.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ipv4(pub u32);

impl fmt::Display for Ipv4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Ipv4Addr::from(self.0), f)
    }
}

impl fmt::Debug for Ipv4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An IPv4 address and a UDP port, both in host order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, zerocopy::FromZeros)]
#[repr(C)]
pub struct Endpoint {
    /// The address.
    pub ipv4: u32,
    /// The UDP port.
    pub port: u16,
}

/// A port with its address on the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The port that it stands on.
    pub port: PortIndex,
    /// The MAC address under which it sends and receives.
    pub mac: Mac,
    /// Its own IPv4 address.
    pub address: Ipv4,
    /// Length of the connected network's prefix, 0 to 32.
    pub prefix_len: u8,
    /// Largest IPv4 packet that the link takes, in bytes.
    pub mtu: u16,
}

/// An address and UDP port on which SIP is received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Its index.
    pub id: ListenerId,
    /// The only interface on which it receives.
    pub interface: PortIndex,
    /// Its IPv4 address in host order: the interface's, or a further one that is answered there.
    pub address: u32,
    /// Its UDP port.
    pub udp_port: u16,
}

impl Listener {
    /// The address and port that it sends from and receives at.
    pub const fn endpoint(&self) -> Endpoint {
        Endpoint { ipv4: self.address, port: self.udp_port }
    }
}

/// All interfaces and listeners of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The interfaces, one a port.
    pub interfaces: Vec<Interface>,
    /// The listeners.
    pub listeners: Vec<Listener>,
}

/// Why interfaces and listeners cannot be used as configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A port index beyond the tables.
    #[error(
        "port {} cannot be used: there is room for {MAX_INTERFACES} ports; remove some",
        .0.0
    )]
    TooManyInterfaces(PortIndex),
    /// A listener id beyond the tables.
    #[error(
        "listener {} cannot be used: there is room for {MAX_LISTENERS} listeners; remove some",
        .0.0
    )]
    TooManyListeners(ListenerId),
    /// Two interfaces on one port.
    #[error("port {} has two addresses; give it one, and further ones as listeners", .0.0)]
    DuplicateInterface(PortIndex),
    /// Two listeners with one id.
    #[error("listener {} is given twice; number listeners without repetition", .0.0)]
    DuplicateListener(ListenerId),
    /// A prefix length above 32.
    #[error("{address}/{prefix_len} has a prefix length above 32; write one from 0 to 32")]
    PrefixLength {
        /// The address as configured.
        address: Ipv4,
        /// The length as configured.
        prefix_len: u8,
    },
    /// An address that no host can have.
    #[error(
        "{0} is not an address that a host can have; give an address of the network, not the \
         network's own, a broadcast, loopback or multicast one"
    )]
    NotAHost(Ipv4),
    /// One address on two interfaces.
    #[error("{0} is the address of two ports; give each port an address of its own")]
    DuplicateAddress(Ipv4),
    /// A MAC address that no host can have.
    #[error(
        "port {} has the MAC address {mac:02x?}, a group address or all zeros; set `mac` to a \
         unicast one",
        .port.0
    )]
    Mac {
        /// The port.
        port: PortIndex,
        /// The address as configured.
        mac: Mac,
    },
    /// An MTU too small for IPv4.
    #[error(
        "port {} has an MTU of {mtu} bytes; IPv4 needs at least {}",
        .port.0, Interface::MIN_MTU
    )]
    Mtu {
        /// The port.
        port: PortIndex,
        /// The MTU as configured.
        mtu: u16,
    },
    /// A listener on a port that is not configured.
    #[error(
        "listener {} stands on port {}, which has no address; configure the port",
        .id.0, .port.0
    )]
    NoInterface {
        /// The listener.
        id: ListenerId,
        /// The port that it names.
        port: PortIndex,
    },
    /// A listener on UDP port 0.
    #[error("listener {} has UDP port 0; give one from 1 to 65535", .0.0)]
    PortZero(ListenerId),
    /// Two listeners on one address and port.
    #[error("listeners {} and {} both take {address}:{udp_port}; remove one", .first.0, .second.0)]
    ListenerTaken {
        /// The listener that came first.
        first: ListenerId,
        /// The listener that came second.
        second: ListenerId,
        /// Their address.
        address: Ipv4,
        /// Their UDP port.
        udp_port: u16,
    },
}

impl Interface {
    /// RFC 791 §3.2: every module must be able to forward a datagram of 68 octets unfragmented.
    pub const MIN_MTU: u16 = 68;

    /// First address of the connected network.
    pub const fn network(&self) -> u32 {
        self.address.0 & ipv4::mask(self.prefix_len)
    }

    /// Last address of the connected network: its broadcast address, but for /31 and /32.
    pub const fn last(&self) -> u32 {
        self.network() | !ipv4::mask(self.prefix_len)
    }

    /// Whether `address` lies in the connected network.
    pub const fn is_on_link(&self, address: u32) -> bool {
        (address ^ self.address.0) & ipv4::mask(self.prefix_len) == 0
    }

    /// Whether `address` is one that a host of the connected network can have.
    pub const fn is_host_on_link(&self, address: u32) -> bool {
        // RFC 3021 §2.1: a /31 has two hosts and no broadcast address.
        let narrow = self.prefix_len >= 31;
        self.is_on_link(address)
            && ipv4::is_host(address)
            && (narrow || (address != self.network() && address != self.last()))
    }

    /// Checks what can be checked without looking at other interfaces.
    ///
    /// # Errors
    /// The first value that cannot be used.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.prefix_len > 32 {
            let (address, prefix_len) = (self.address, self.prefix_len);
            return Err(ConfigError::PrefixLength { address, prefix_len });
        }
        if !self.is_host_on_link(self.address.0) {
            return Err(ConfigError::NotAHost(self.address));
        }
        if !ethernet::is_host(&self.mac) {
            return Err(ConfigError::Mac { port: self.port, mac: self.mac });
        }
        if self.mtu < Interface::MIN_MTU {
            return Err(ConfigError::Mtu { port: self.port, mtu: self.mtu });
        }
        Ok(())
    }
}
