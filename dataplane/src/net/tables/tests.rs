//! Listener look-up against a plain search, and the sentences of what is refused.

use proptest::prelude::*;

use crate::net::{
    ConfigError, Interface, Ipv4, Listener, ListenerId, MAX_LISTENERS, PortIndex, Tables, tests::*,
};

fn refused(change: impl FnOnce(&mut crate::net::Config)) -> String {
    let mut config = config();
    change(&mut config);
    Tables::new(&config).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn finds_interfaces_and_listeners_by_index() {
    let tables = tables();
    assert_eq!(tables.interface(CORE), Some(&core_interface()));
    assert_eq!(tables.interface(PortIndex(1)), None);
    assert_eq!(tables.listener(ListenerId(7)), config().listeners.last());
    assert_eq!(tables.listener(ListenerId(3)), None);
    assert_eq!(tables.interfaces().count(), 2);
}

#[test]
fn refuses_what_cannot_be_used_and_names_it() {
    let cases: [(String, &str); 12] = [
        (refused(|c| c.interfaces[0].prefix_len = 33), "10.77.1.1/33 has a prefix length above"),
        (refused(|c| c.interfaces[0].address = Ipv4(ip(10, 77, 1, 0))), "10.77.1.0 is not an"),
        (refused(|c| c.interfaces[0].address = Ipv4(ip(127, 0, 0, 1))), "127.0.0.1 is not an"),
        (refused(|c| c.interfaces[0].mac = [1; 6]), "port 0 has the MAC address [01, 01"),
        (refused(|c| c.interfaces[0].mtu = 67), "port 0 has an MTU of 67 bytes"),
        (refused(|c| c.interfaces[0].port = PortIndex(16)), "port 16 cannot be used"),
        (refused(|c| c.interfaces[0].port = CORE), "port 3 has two addresses"),
        (refused(|c| c.interfaces[1].address = Ipv4(OUR_IP)), "10.77.1.1 is the address of two"),
        (refused(|c| c.listeners[0].id = ListenerId(32)), "listener 32 cannot be used"),
        (refused(|c| c.listeners[1].id = ListenerId(0)), "listener 0 is given twice"),
        (refused(|c| c.listeners[1].udp_port = 5060), "listeners 0 and 1 both take 10.77.1.1:5060"),
        (refused(|c| c.listeners[3].interface = PortIndex(1)), "10.77.2.1 is the address of two"),
    ];
    for (sentence, start) in cases {
        assert!(sentence.starts_with(start), "{sentence}");
    }
}

#[test]
fn refuses_listeners_without_a_place() {
    let no_interface = refused(|c| c.listeners[2].interface = PortIndex(1));
    assert!(no_interface.starts_with("listener 2 stands on port 1"), "{no_interface}");
    let port_zero = refused(|c| c.listeners[2].udp_port = 0);
    assert!(port_zero.starts_with("listener 2 has UDP port 0"), "{port_zero}");
    let multicast = refused(|c| c.listeners[2].address = ip(224, 0, 1, 75));
    assert!(multicast.starts_with("224.0.1.75 is not an address"), "{multicast}");
}

#[test]
fn narrow_networks_have_hosts_at_both_ends() {
    let on = |address, prefix_len| Interface { address: Ipv4(address), prefix_len, ..interface() };
    assert_eq!(on(ip(10, 0, 0, 0), 31).check(), Ok(()));
    assert_eq!(on(ip(10, 0, 0, 1), 31).check(), Ok(()));
    assert_eq!(on(ip(10, 0, 0, 1), 32).check(), Ok(()));
    let broadcast = Ipv4(ip(10, 0, 0, 3));
    assert_eq!(on(broadcast.0, 30).check(), Err(ConfigError::NotAHost(broadcast)));
}

proptest! {
    /// The direct table says what a search through the list says.
    #[test]
    fn equals_a_search_through_the_listeners(
        ends in prop::collection::btree_set((0..4u8, 1..6u16), 1..=MAX_LISTENERS.min(20)),
        asked in prop::collection::vec((0..3u8, 0..5u8, 0..7u16), 50),
    ) {
        let listeners: Vec<Listener> = ends
            .iter()
            .zip(0..)
            .map(|(&(host, port), id)| listener(id, ACCESS, OUR_IP + u32::from(host), port))
            .collect();
        let config = crate::net::Config { listeners: listeners.clone(), ..config() };
        let tables = Tables::new(&config).unwrap();
        for (interface, host, port) in asked {
            let (interface, address) = (PortIndex(interface), OUR_IP + u32::from(host));
            let expected = listeners
                .iter()
                .find(|l| (l.interface, l.address, l.udp_port) == (interface, address, port))
                .map(|l| l.id);
            prop_assert_eq!(tables.listener_at(interface, address, port), expected);
        }
    }
}

#[test]
fn holds_as_many_listeners_as_it_says() {
    let listeners = (0..32).map(|id| listener(id, ACCESS, OUR_IP + u32::from(id), 5060)).collect();
    let tables = Tables::new(&crate::net::Config { listeners, ..config() }).unwrap();
    for id in 0..32 {
        let found = tables.listener_at(ACCESS, OUR_IP + u32::from(id), 5060);
        assert_eq!(found, Some(ListenerId(id)));
    }
}
