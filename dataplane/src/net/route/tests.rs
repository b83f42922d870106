//! Look-ups against a plain longest-prefix search, and the sentences of what is refused.

use proptest::prelude::*;

use super::*;
use crate::net::{Interface, Ipv4, tests::*};

fn via(to: u32, prefix_len: u8, gateway: u32) -> StaticRoute {
    StaticRoute { to: Ipv4(to), prefix_len, gateway: Ipv4(gateway) }
}

fn routes(statics: &[StaticRoute]) -> Routes {
    Routes::new(&[interface(), core_interface()], statics).unwrap()
}

fn hop(interface: PortIndex, next_hop: u32) -> Option<Hop> {
    Some(Hop { interface, next_hop })
}

#[test]
fn reaches_connected_hosts_directly() {
    assert_eq!(routes(&[]).egress(PEER_IP), hop(ACCESS, PEER_IP));
    assert_eq!(routes(&[]).egress(ip(10, 77, 2, 200)), hop(CORE, ip(10, 77, 2, 200)));
    assert_eq!(routes(&[]).egress(ip(10, 77, 3, 1)), None);
}

#[test]
fn the_longest_prefix_wins() {
    let (near, far, deep) = (ip(10, 77, 1, 2), ip(10, 77, 2, 2), ip(10, 77, 2, 3));
    let routes = routes(&[
        via(0, 0, near),
        via(ip(10, 88, 0, 0), 16, far),
        via(ip(10, 88, 7, 0), 24, near),
        via(ip(10, 88, 7, 7), 32, deep),
    ]);
    assert_eq!(routes.egress(ip(8, 8, 8, 8)), hop(ACCESS, near));
    assert_eq!(routes.egress(ip(10, 88, 6, 255)), hop(CORE, far));
    assert_eq!(routes.egress(ip(10, 88, 7, 6)), hop(ACCESS, near));
    assert_eq!(routes.egress(ip(10, 88, 7, 7)), hop(CORE, deep));
    assert_eq!(routes.egress(ip(10, 88, 7, 8)), hop(ACCESS, near));
    assert_eq!(routes.egress(ip(10, 88, 8, 0)), hop(CORE, far));
    assert_eq!(routes.egress(ip(10, 89, 0, 0)), hop(ACCESS, near));
}

#[test]
fn nothing_leads_to_addresses_without_a_host() {
    let routes = routes(&[via(0, 0, ip(10, 77, 1, 2))]);
    for address in [
        0,
        ip(0, 1, 2, 3),
        ip(127, 0, 0, 1),
        ip(224, 0, 0, 5),
        ip(255, 255, 255, 255),
        ip(10, 77, 1, 0),
        ip(10, 77, 1, 255),
        OUR_IP,
        CORE_IP,
    ] {
        assert_eq!(routes.egress(address), None, "{}", Ipv4(address));
    }
}

#[test]
fn both_hosts_of_a_narrow_network_are_reached() {
    let us = Interface { address: Ipv4(ip(10, 0, 0, 0)), prefix_len: 31, ..interface() };
    let routes = Routes::new(&[us], &[]).unwrap();
    assert_eq!(routes.egress(ip(10, 0, 0, 1)), hop(ACCESS, ip(10, 0, 0, 1)));
    assert_eq!(routes.egress(ip(10, 0, 0, 0)), None);
}

#[test]
fn refuses_what_cannot_be_used_and_names_it() {
    let near = ip(10, 77, 1, 2);
    let net = ip(10, 88, 0, 0);
    let cases = [
        (vec![via(net, 33, near)], "route 10.88.0.0/33 has a prefix length above 32"),
        (
            vec![via(net + 1, 16, near)],
            "route 10.88.0.1/16 has bits set behind its prefix; write 10.88.0.0/16",
        ),
        (vec![via(net, 16, near), via(net, 16, near)], "route 10.88.0.0/16 is given twice"),
        (vec![via(ip(10, 77, 1, 0), 24, near)], "route 10.77.1.0/24 is the network of a port's"),
        (
            vec![via(net, 16, ip(10, 99, 0, 1))],
            "route 10.88.0.0/16 has the gateway 10.99.0.1, which is no host",
        ),
        (
            vec![via(net, 16, ip(10, 77, 1, 255))],
            "route 10.88.0.0/16 has the gateway 10.77.1.255, which is no host",
        ),
        (
            vec![via(net, 16, OUR_IP)],
            "route 10.88.0.0/16 has the gateway 10.77.1.1, which is a port's own",
        ),
        (vec![via(ip(239, 0, 0, 0), 8, near)], "route 239.0.0.0/8 leads to loopback, multicast"),
    ];
    for (statics, start) in cases {
        let refused = Routes::new(&[interface(), core_interface()], &statics);
        let sentence = refused.unwrap_err().to_string();
        assert!(sentence.starts_with(start), "{sentence}");
    }
}

#[test]
fn refuses_two_ports_in_one_network() {
    let twin = Interface { address: Ipv4(PEER_IP), ..core_interface() };
    let refused = Routes::new(&[interface(), twin], &[]).unwrap_err().to_string();
    assert!(refused.starts_with("10.77.1.1 and 10.77.1.9 are addresses of the same network"));
}

#[test]
fn without_anything_configured_nothing_is_reached() {
    assert_eq!(Routes::new(&[], &[]).unwrap().egress(PEER_IP), None);
}

fn mask(prefix_len: u8) -> u32 {
    u32::try_from(u64::from(u32::MAX) << (32 - u32::from(prefix_len)) & u64::from(u32::MAX))
        .unwrap()
}

/// The twin: every route that covers the address, the longest one, written from the specification.
fn plain_search(statics: &[StaticRoute], address: u32) -> Option<Hop> {
    let octets = address.to_be_bytes();
    let is_host = !matches!(octets, [0 | 127 | 224..=255, ..])
        && ![OUR_IP, CORE_IP].contains(&address)
        && !matches!(octets, [10, 77, 1 | 2, 0 | 255]);
    if !is_host {
        return None;
    }
    let connected = match octets {
        [10, 77, 1, _] => Some((24, Hop { interface: ACCESS, next_hop: address })),
        [10, 77, 2, _] => Some((24, Hop { interface: CORE, next_hop: address })),
        _ => None,
    };
    let covering = statics.iter().filter(|r| address & mask(r.prefix_len) == r.to.0).map(|r| {
        let interface = if r.gateway.0 >> 8 == OUR_IP >> 8 { ACCESS } else { CORE };
        (r.prefix_len, Hop { interface, next_hop: r.gateway.0 })
    });
    covering.chain(connected).max_by_key(|(len, _)| *len).map(|(_, hop)| hop)
}

proptest! {
    #[test]
    fn equals_a_plain_longest_prefix_search(
        made in prop::collection::btree_map((any::<u32>(), 0..=32u8), 2..250u32, 0..30),
        near in prop::collection::vec((any::<prop::sample::Index>(), -2..3i32), 100),
        far in prop::collection::vec(any::<u32>(), 50),
    ) {
        // Half of the routes lie in 10.77.0.0/16, so that they nest with the connected networks.
        let mut statics: Vec<StaticRoute> = Vec::new();
        for ((bits, prefix_len), host) in made {
            let base = if bits & 1 == 0 { bits } else { ip(10, 77, 0, 0) | bits & 0xffff };
            let gateway = if bits & 2 == 0 { OUR_IP - 1 } else { CORE_IP - 1 } + host;
            let route = via(base & mask(prefix_len), prefix_len, gateway);
            let mut with = statics.clone();
            with.push(route);
            if Routes::new(&[interface(), core_interface()], &with).is_ok() {
                statics = with;
            }
        }
        let routes = routes(&statics);
        // Addresses at the edges of prefixes, and anywhere.
        let ends = statics.iter().flat_map(|r| [r.to.0, r.to.0 | !mask(r.prefix_len)]);
        let edges: Vec<u32> = ends.chain([OUR_IP, CORE_IP, PEER_IP]).collect();
        let near =
            near.into_iter().map(|(at, by)| edges[at.index(edges.len())].wrapping_add_signed(by));
        for address in near.chain(far) {
            let expected = plain_search(&statics, address);
            prop_assert_eq!(routes.egress(address), expected, "{}", Ipv4(address));
        }
    }
}
