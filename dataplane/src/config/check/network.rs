//! Owns the checks of ports, routes and listeners and how they refer to each other.
//! Knows nothing of devices: whether one exists is seen when it is opened.

use std::net::{Ipv4Addr, SocketAddrV4};

use toml::Spanned;

use super::super::raw::{self, At};
use super::super::{Cidr, Listener, MAX_MTU, Port, PortIndex, Route, UnknownSource};
use super::device::{device, device_name, mac};
use super::{Checker, Range};

/// Shortest MTU: what every IPv4 host takes, RFC 791 §3.2.
const MIN_MTU: u32 = 576;

/// Default SIP port, RFC 3261 §18.1.1.
const SIP_PORT: u16 = 5060;

/// A port with what is known of its faults, so that one fault is not told again by its followers.
pub(super) struct Known {
    pub(super) port: Port,
    /// False when the address could not be read and a stand-in is in `port`.
    address_known: bool,
}

pub(super) fn ports(checker: &mut Checker<'_>, raw: &[Spanned<raw::Port>]) -> Vec<Known> {
    if raw.is_empty() {
        checker.fault(
            0,
            "port",
            "no port is configured".to_owned(),
            "add a [[port]] with name, device and address".to_owned(),
        );
    }
    let mut known: Vec<Known> = Vec::new();
    for table in raw {
        let place = table.span().start;
        let entry = table.get_ref();
        let name = name(checker, "port.name", entry.name.as_ref(), place);
        if !name.is_empty() && known.iter().any(|other| other.port.name == name) {
            duplicate_name(checker, "port.name", entry.name.as_ref(), &name);
        }
        let device = device(checker, entry.device.as_ref(), place);
        let wanted = device_name(&device);
        let is_taken = known.iter().any(|other| device_name(&other.port.device) == wanted);
        if !wanted.is_empty() && is_taken {
            checker.fault(
                start(entry.device.as_ref(), place),
                "port.device",
                format!("\"{wanted}\" is used by two ports"),
                "give each port a device of its own; vdevs of one driver are told apart by their number"
                    .to_owned(),
            );
        }
        let address = port_address(checker, entry.address.as_ref(), place);
        if let Some(address) = address {
            let rival = known
                .iter()
                .find(|other| other.address_known && other.port.address.overlaps(address));
            if let Some(rival) = rival {
                checker.fault(
                    start(entry.address.as_ref(), place),
                    "port.address",
                    format!(
                        "{address} overlaps {} of port \"{}\"",
                        rival.port.address, rival.port.name
                    ),
                    "give each port a network of its own".to_owned(),
                );
            }
        }
        let range = Range {
            default: u32::from(MAX_MTU),
            min: MIN_MTU,
            max: u32::from(MAX_MTU),
            unit: "bytes",
        };
        let mtu = checker.number("port.mtu", &entry.mtu, &range);
        let mac = mac(checker, entry.mac.as_ref());
        known.push(Known {
            address_known: address.is_some(),
            port: Port {
                name,
                device,
                address: address.unwrap_or(STAND_IN),
                mtu: u16::try_from(mtu).unwrap_or(MAX_MTU),
                mac,
            },
        });
    }
    known
}

pub(super) fn routes(
    checker: &mut Checker<'_>,
    raw: &[Spanned<raw::Route>],
    ports: &[Known],
) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::new();
    for table in raw {
        let place = table.span().start;
        let entry = table.get_ref();
        let to = destination(checker, entry.to.as_ref(), place);
        if let Some(to) = to
            && routes.iter().any(|other| other.to == to)
        {
            checker.fault(
                start(entry.to.as_ref(), place),
                "route.to",
                format!("{to} has two routes"),
                "keep one of them".to_owned(),
            );
        }
        let hop = next_hop(checker, entry.via.as_ref(), place, ports);
        if let (Some(to), Some((via, port))) = (to, hop) {
            routes.push(Route { to, via, port });
        }
    }
    routes
}

pub(super) fn listeners(
    checker: &mut Checker<'_>,
    raw: &[Spanned<raw::Listener>],
    ports: &[Known],
) -> Vec<Listener> {
    if raw.is_empty() {
        return ports
            .iter()
            .enumerate()
            .map(|(index, known)| default_listener(index, known))
            .collect();
    }
    let mut listeners: Vec<Listener> = Vec::new();
    for table in raw {
        let place = table.span().start;
        let entry = table.get_ref();
        let name = name(checker, "listener.name", entry.name.as_ref(), place);
        if !name.is_empty() && listeners.iter().any(|other| other.name == name) {
            duplicate_name(checker, "listener.name", entry.name.as_ref(), &name);
        }
        let port = listener_port(checker, entry.port.as_ref(), place, ports);
        let address = listener_address(checker, &entry.address, port, ports);
        let range =
            Range { default: u32::from(SIP_PORT), min: 1, max: 65_535, unit: "as a UDP port" };
        let udp = checker.number("listener.udp", &entry.udp, &range);
        let choices = [("silent", UnknownSource::Silent), ("forbidden", UnknownSource::Forbidden)];
        let unknown_source = checker.choice(
            "listener.unknown_source",
            &entry.unknown_source,
            &choices,
            UnknownSource::Silent,
        );
        let (Some(port), Some(address)) = (port, address) else { continue };
        let socket = SocketAddrV4::new(address, u16::try_from(udp).unwrap_or_default());
        if listeners.iter().any(|other| other.socket == socket) {
            checker.fault(
                place,
                "listener.udp",
                format!("two listeners share {socket}"),
                "give them different UDP ports".to_owned(),
            );
        }
        listeners.push(Listener { name, port, socket, unknown_source });
    }
    listeners
}

/// Holds the place of an address with a fault; never seen outside, since a fault refuses the file.
const STAND_IN: Cidr = Cidr { address: Ipv4Addr::UNSPECIFIED, prefix: 32 };

pub(super) fn start<T>(raw: Option<&Spanned<T>>, table: usize) -> usize {
    raw.map_or(table, |spanned| spanned.span().start)
}

fn duplicate_name(checker: &mut Checker<'_>, key: &str, raw: Option<&Spanned<String>>, name: &str) {
    checker.fault(
        start(raw, 0),
        key,
        format!("\"{name}\" is given twice"),
        "give each its own name".to_owned(),
    );
}

fn name(
    checker: &mut Checker<'_>,
    key: &str,
    raw: Option<&Spanned<String>>,
    place: usize,
) -> String {
    let text = raw.map(|spanned| spanned.get_ref().as_str()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
    if text.is_empty() || text.len() > 32 || !text.chars().all(plain) {
        let cause = match raw {
            None => "is missing".to_owned(),
            Some(_) => format!("\"{text}\" is no name"),
        };
        let remedy = "use 1 to 32 letters, digits, '-', '_' or '.', as in \"access\"";
        checker.fault(start(raw, place), key, cause, remedy.to_owned());
        return String::new();
    }
    text.to_owned()
}

fn port_address(
    checker: &mut Checker<'_>,
    raw: Option<&Spanned<String>>,
    place: usize,
) -> Option<Cidr> {
    let remedy = "write address and prefix length, as in \"10.77.1.1/24\"";
    let Some(spanned) = raw else {
        checker.fault(place, "port.address", "is missing".to_owned(), remedy.to_owned());
        return None;
    };
    let place = spanned.span().start;
    let Ok(cidr) = spanned.get_ref().parse::<Cidr>() else {
        let cause =
            format!("\"{}\" is not an IPv4 address with a prefix length", spanned.get_ref());
        checker.fault(place, "port.address", cause, remedy.to_owned());
        return None;
    };
    let address = cidr.address();
    // RFC 3021: a /31 has neither a network nor a broadcast address.
    let ends = cidr.prefix() < 31 && (address == cidr.network() || address == cidr.broadcast());
    if ends || address.is_multicast() || address.is_unspecified() || address.is_loopback() {
        let cause = format!("{cidr} is not the address of a host");
        let remedy = "use an address inside the network, not its first or last one";
        checker.fault(place, "port.address", cause, remedy.to_owned());
        return None;
    }
    Some(cidr)
}

fn destination(
    checker: &mut Checker<'_>,
    raw: Option<&Spanned<String>>,
    place: usize,
) -> Option<Cidr> {
    let remedy = "write the network, as in \"10.88.0.0/16\" or \"0.0.0.0/0\"";
    let Some(spanned) = raw else {
        checker.fault(place, "route.to", "is missing".to_owned(), remedy.to_owned());
        return None;
    };
    let place = spanned.span().start;
    let Ok(cidr) = spanned.get_ref().parse::<Cidr>() else {
        let cause =
            format!("\"{}\" is not an IPv4 network with a prefix length", spanned.get_ref());
        checker.fault(place, "route.to", cause, remedy.to_owned());
        return None;
    };
    if cidr.address() != cidr.network() {
        let cause = format!("{cidr} has bits set behind its prefix");
        let remedy = format!("write {}/{}", cidr.network(), cidr.prefix());
        checker.fault(place, "route.to", cause, remedy);
        return None;
    }
    Some(cidr)
}

fn next_hop(
    checker: &mut Checker<'_>,
    raw: Option<&Spanned<String>>,
    place: usize,
    ports: &[Known],
) -> Option<(Ipv4Addr, PortIndex)> {
    let remedy = "write the address of the next router, as in \"10.77.1.2\"";
    let Some(spanned) = raw else {
        checker.fault(place, "route.via", "is missing".to_owned(), remedy.to_owned());
        return None;
    };
    let place = spanned.span().start;
    let Ok(via) = spanned.get_ref().parse::<Ipv4Addr>() else {
        let cause = format!("\"{}\" is not an IPv4 address", spanned.get_ref());
        checker.fault(place, "route.via", cause, remedy.to_owned());
        return None;
    };
    let index =
        ports.iter().position(|known| known.address_known && known.port.address.contains(via));
    let Some(index) = index else {
        // A port whose address is broken may be the one that is meant.
        if ports.iter().all(|known| known.address_known) {
            let cause = format!("{via} is in the network of no port");
            let remedy = "name a next hop that a port reaches directly";
            checker.fault(place, "route.via", cause, remedy.to_owned());
        }
        return None;
    };
    if ports.get(index).is_some_and(|known| known.port.address.address() == via) {
        let cause = format!("{via} is our own address");
        let remedy = "name the address of another machine";
        checker.fault(place, "route.via", cause, remedy.to_owned());
        return None;
    }
    Some((via, PortIndex(index)))
}

fn listener_port(
    checker: &mut Checker<'_>,
    raw: Option<&Spanned<String>>,
    place: usize,
    ports: &[Known],
) -> Option<PortIndex> {
    let named = ports.iter().filter(|known| !known.port.name.is_empty());
    let names: Vec<String> = named.map(|known| format!("\"{}\"", known.port.name)).collect();
    let remedy = format!("name a port of this file: {}", names.join(", "));
    let Some(spanned) = raw else {
        checker.fault(place, "listener.port", "is missing".to_owned(), remedy);
        return None;
    };
    let found = ports.iter().position(|known| known.port.name == *spanned.get_ref());
    if found.is_none() {
        let cause = format!("there is no port \"{}\"", spanned.get_ref());
        checker.fault(spanned.span().start, "listener.port", cause, remedy);
    }
    found.map(PortIndex)
}

fn listener_address(
    checker: &mut Checker<'_>,
    raw: &At<String>,
    port: Option<PortIndex>,
    ports: &[Known],
) -> Option<Ipv4Addr> {
    let known = port.and_then(|index| ports.get(index.0));
    let own = known.filter(|known| known.address_known).map(|known| known.port.address.address());
    let Some(spanned) = raw else { return own };
    let place = spanned.span().start;
    let Ok(address) = spanned.get_ref().parse::<Ipv4Addr>() else {
        let cause = format!("\"{}\" is not an IPv4 address", spanned.get_ref());
        let remedy = "write it without prefix length, as in \"10.77.1.1\"";
        checker.fault(place, "listener.address", cause, remedy.to_owned());
        return None;
    };
    match own {
        Some(own) if own != address => {
            let cause = format!("{address} is not the address of the port");
            let remedy = format!("write {own}, or leave the key out");
            checker.fault(place, "listener.address", cause, remedy);
            None
        }
        _ => own,
    }
}

fn default_listener(index: usize, known: &Known) -> Listener {
    Listener {
        name: known.port.name.clone(),
        port: PortIndex(index),
        socket: SocketAddrV4::new(known.port.address.address(), SIP_PORT),
        unknown_source: UnknownSource::Silent,
    }
}
