//! Scenarios by hand in this file; against naive twins in `twin` and `chains`.

mod chains;
mod twin;

use super::*;
use crate::net::{ArpKind, ArpMessage, tests::*};

const OTHER_MAC: Mac = [2, 0, 0, 0, 0, 10];

fn table() -> Neighbours<u32> {
    Neighbours::new(Settings::default())
}

fn small(capacity: u16, waiting: u16, waiting_each: u16) -> Neighbours<u32> {
    Neighbours::new(Settings { capacity, waiting, waiting_each, ..Settings::default() })
}

fn says(kind: ArpKind, sender_ip: u32, sender_mac: Mac) -> ArpMessage {
    let target_ip = if kind == ArpKind::Gratuitous { sender_ip } else { OUR_IP };
    ArpMessage { kind, interface: ACCESS, sender_mac, sender_ip, target_ip }
}

/// A table in which the peer answered at time 0.
fn answered() -> Neighbours<u32> {
    let mut table = table();
    assert_eq!(table.lookup(ACCESS, PEER_IP, 0), Resolution::Pending);
    assert!(table.next_ask().is_some());
    assert_eq!(table.learn(&says(ArpKind::Reply, PEER_IP, PEER_MAC), 0), Learning::Taken);
    table
}

/// Ticks every 10 ms up to `until_ms` and gives the times and destinations of requests.
fn asks_until(table: &mut Neighbours<u32>, from_ms: u64, until_ms: u64) -> Vec<(u64, Mac)> {
    let mut asks = Vec::new();
    for now_ms in (from_ms..=until_ms).step_by(10) {
        table.tick(now_ms);
        while let Some(ask) = table.next_ask() {
            assert_eq!((ask.interface, ask.ip), (ACCESS, PEER_IP));
            asks.push((now_ms, ask.destination));
        }
    }
    asks
}

fn state(table: &Neighbours<u32>) -> Option<State> {
    table.iter().find(|n| n.ip == PEER_IP).map(|n| n.state)
}

#[test]
fn asks_three_times_300_ms_apart_then_fails() {
    let mut table = table();
    assert_eq!(table.lookup(ACCESS, PEER_IP, 0), Resolution::Pending);
    let asks = asks_until(&mut table, 0, 890);
    assert_eq!(asks, [(0, BROADCAST), (300, BROADCAST), (600, BROADCAST)]);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 899), Resolution::Pending);
    table.tick(900);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 900), Resolution::Failed);
}

#[test]
fn remembers_a_failure_for_three_seconds_then_asks_anew() {
    let mut table = table();
    table.lookup(ACCESS, PEER_IP, 0);
    asks_until(&mut table, 0, 900);
    assert_eq!(asks_until(&mut table, 910, 3_890), []);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 3_899), Resolution::Failed);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 3_900), Resolution::Pending);
    assert_eq!(table.next_ask().map(|ask| ask.destination), Some(BROADCAST));
}

#[test]
fn forgets_a_failure_that_nobody_asks_about() {
    let mut table = table();
    table.lookup(ACCESS, PEER_IP, 0);
    asks_until(&mut table, 0, 4_000);
    assert_eq!(table.iter().count(), 0);
}

#[test]
fn hands_out_what_waited_in_order_once_answered() {
    let mut table = table();
    for packet in 1..=3 {
        assert_eq!(table.park(ACCESS, PEER_IP, packet, 0), Ok(None));
    }
    assert_eq!(table.next_ready(), None);
    assert_eq!(table.learn(&says(ArpKind::Reply, PEER_IP, PEER_MAC), 5), Learning::Taken);
    for packet in 1..=3 {
        assert_eq!(table.next_ready(), Some((ACCESS, PEER_MAC, packet)));
    }
    assert_eq!((table.next_ready(), table.waiting()), (None, 0));
    assert_eq!(table.lookup(ACCESS, PEER_IP, 5), Resolution::Mac(PEER_MAC));
}

#[test]
fn gives_up_what_waited_when_nobody_answers() {
    let mut table = table();
    for packet in 1..=2 {
        assert_eq!(table.park(ACCESS, PEER_IP, packet, 0), Ok(None));
    }
    asks_until(&mut table, 0, 890);
    assert_eq!(table.next_expired(), None);
    table.tick(900);
    assert_eq!([table.next_expired(), table.next_expired()], [Some(1), Some(2)]);
    assert_eq!(table.park(ACCESS, PEER_IP, 3, 901), Err(3));
    assert_eq!(table.waiting(), 0);
}

#[test]
fn a_late_answer_ends_a_failure() {
    let mut table = table();
    table.lookup(ACCESS, PEER_IP, 0);
    asks_until(&mut table, 0, 900);
    assert_eq!(table.learn(&says(ArpKind::Reply, PEER_IP, PEER_MAC), 950), Learning::Taken);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 950), Resolution::Mac(PEER_MAC));
}

#[test]
fn asks_again_after_ten_seconds_while_the_address_stays_in_use() {
    let mut table = answered();
    assert_eq!(asks_until(&mut table, 0, 9_990), []);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 9_999), Resolution::Mac(PEER_MAC));
    assert_eq!(table.next_ask(), None);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 10_000), Resolution::Mac(PEER_MAC));
    assert_eq!(state(&table), Some(State::Stale));
    // RFC 1122 §2.3.2.1 (2): first the host itself; then all, should its MAC have changed.
    let asks = asks_until(&mut table, 10_000, 10_890);
    assert_eq!(asks, [(10_000, PEER_MAC), (10_300, BROADCAST), (10_600, BROADCAST)]);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 10_899), Resolution::Mac(PEER_MAC));
    table.tick(10_900);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 10_900), Resolution::Failed);
}

#[test]
fn an_answer_to_the_renewed_request_lasts_as_long_again() {
    let mut table = answered();
    table.lookup(ACCESS, PEER_IP, 10_000);
    assert_eq!(table.learn(&says(ArpKind::Reply, PEER_IP, OTHER_MAC), 10_100), Learning::Taken);
    assert_eq!(table.next_ask(), None);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 20_099), Resolution::Mac(OTHER_MAC));
    assert_eq!(table.next_ask(), None);
}

#[test]
fn a_neighbour_without_traffic_is_not_asked_and_forgotten_in_the_end() {
    let mut table = answered();
    assert_eq!(asks_until(&mut table, 0, 609_990), []);
    assert_eq!(state(&table), Some(State::Stale));
    assert_eq!(asks_until(&mut table, 610_000, 610_000), []);
    assert_eq!(state(&table), None);
}

#[test]
fn replies_that_nobody_asked_for_are_ignored() {
    let mut table = table();
    let reply = says(ArpKind::Reply, PEER_IP, OTHER_MAC);
    assert_eq!(table.learn(&reply, 0), Learning::Ignored);
    assert_eq!(table.iter().count(), 0);
    let mut table = answered();
    assert_eq!(table.learn(&reply, 1), Learning::Ignored);
    asks_until(&mut table, 10, 10_010);
    assert_eq!(state(&table), Some(State::Stale));
    assert_eq!(table.learn(&reply, 10_020), Learning::Ignored);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 10_030), Resolution::Mac(PEER_MAC));
}

#[test]
fn announcements_change_known_neighbours_only() {
    let announcement = says(ArpKind::Gratuitous, PEER_IP, OTHER_MAC);
    let mut nobody = table();
    assert_eq!(nobody.learn(&announcement, 0), Learning::Ignored);
    assert_eq!(nobody.iter().count(), 0);
    let mut table = answered();
    assert_eq!(table.learn(&announcement, 1), Learning::Taken);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 2), Resolution::Mac(OTHER_MAC));
}

#[test]
fn what_another_worker_learnt_is_taken_in_and_frees_what_waited() {
    let mut table = small(2, 2, 2);
    assert_eq!(table.park(ACCESS, PEER_IP, 1, 0), Ok(None));
    table.adopt(ACCESS, PEER_IP, PEER_MAC, 1);
    assert_eq!(table.next_ready(), Some((ACCESS, PEER_MAC, 1)));
    table.adopt(ACCESS, PEER_IP + 1, OTHER_MAC, 1);
    assert_eq!(table.lookup(ACCESS, PEER_IP + 1, 2), Resolution::Mac(OTHER_MAC));
    // No room: the worker asks by itself when it needs the neighbour.
    table.adopt(ACCESS, PEER_IP + 2, OTHER_MAC, 1);
    assert_eq!(table.iter().count(), 2);
    let mut fixed = small(1, 1, 1);
    fixed.insert_static(ACCESS, PEER_IP, PEER_MAC).unwrap();
    fixed.adopt(ACCESS, PEER_IP, OTHER_MAC, 1);
    assert_eq!(fixed.lookup(ACCESS, PEER_IP, 2), Resolution::Mac(PEER_MAC));
}

#[test]
fn a_request_to_us_enters_its_sender_and_a_probe_does_not() {
    let mut table = table();
    assert_eq!(table.learn(&says(ArpKind::Probe, 0, PEER_MAC), 0), Learning::Ignored);
    assert_eq!(table.iter().count(), 0);
    assert_eq!(table.learn(&says(ArpKind::Request, PEER_IP, PEER_MAC), 0), Learning::Taken);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 1), Resolution::Mac(PEER_MAC));
    assert_eq!(table.next_ask(), None);
}

#[test]
fn static_neighbours_never_change_age_or_make_room() {
    let mut table = small(1, 1, 1);
    table.insert_static(ACCESS, PEER_IP, PEER_MAC).unwrap();
    for kind in [ArpKind::Request, ArpKind::Reply, ArpKind::Gratuitous] {
        assert_eq!(table.learn(&says(kind, PEER_IP, OTHER_MAC), 1), Learning::Ignored);
    }
    assert_eq!(asks_until(&mut table, 0, 10_000), []);
    let later = 1 << 40;
    table.tick(later);
    assert_eq!(table.lookup(ACCESS, PEER_IP + 1, later), Resolution::Failed);
    assert_eq!(table.lookup(ACCESS, PEER_IP, later), Resolution::Mac(PEER_MAC));
    assert_eq!(table.insert_static(ACCESS, 7, PEER_MAC), Err(InsertStaticError::Full));
    let refused = table.insert_static(ACCESS, 7, BROADCAST);
    assert_eq!(refused, Err(InsertStaticError::NotAHost(BROADCAST)));
}

#[test]
fn the_oldest_packet_of_a_neighbour_makes_room_for_its_latest() {
    let mut table = small(8, 8, 2);
    assert_eq!(table.park(ACCESS, PEER_IP, 1, 0), Ok(None));
    assert_eq!(table.park(ACCESS, PEER_IP, 2, 0), Ok(None));
    assert_eq!(table.park(ACCESS, PEER_IP, 3, 0), Ok(Some(1)));
    assert_eq!(table.waiting(), 2);
}

#[test]
fn a_full_pool_costs_the_neighbour_itself_and_no_other() {
    let mut table = small(8, 2, 8);
    assert_eq!(table.park(ACCESS, PEER_IP, 1, 0), Ok(None));
    assert_eq!(table.park(ACCESS, PEER_IP, 2, 0), Ok(None));
    assert_eq!(table.park(ACCESS, PEER_IP, 3, 0), Ok(Some(1)));
    assert_eq!(table.park(ACCESS, PEER_IP + 1, 4, 0), Err(4));
}

#[test]
fn a_packet_parked_for_a_known_neighbour_is_ready_at_once() {
    let mut table = answered();
    assert_eq!(table.park(ACCESS, PEER_IP, 1, 1), Ok(None));
    assert_eq!(table.next_ready(), Some((ACCESS, PEER_MAC, 1)));
}

#[test]
fn the_same_address_on_two_interfaces_is_two_neighbours() {
    let mut table = answered();
    assert_eq!(table.lookup(CORE, PEER_IP, 1), Resolution::Pending);
    assert_eq!(table.next_ask().map(|ask| ask.interface), Some(CORE));
    assert_eq!(table.lookup(ACCESS, PEER_IP, 1), Resolution::Mac(PEER_MAC));
}

#[test]
fn a_full_table_spares_what_is_in_use() {
    let mut table = small(4, 4, 4);
    for host in 0..4 {
        assert_eq!(table.lookup(ACCESS, PEER_IP + host, 0), Resolution::Pending);
        table.learn(&says(ArpKind::Reply, PEER_IP + host, PEER_MAC), 0);
    }
    while table.next_ask().is_some() {}
    assert_eq!(table.lookup(ACCESS, PEER_IP + 4, 1), Resolution::Failed);
    assert_eq!(table.park(ACCESS, PEER_IP + 4, 9, 1), Err(9));
    for host in 0..4 {
        assert_eq!(table.lookup(ACCESS, PEER_IP + host, 1), Resolution::Mac(PEER_MAC));
    }
}

#[test]
fn a_flood_of_requests_leaves_room_for_our_own() {
    let mut table = small(16, 4, 4);
    for host in 0..200 {
        table.learn(&says(ArpKind::Request, ip(10, 77, 1, 20) + host, OTHER_MAC), 0);
    }
    assert_eq!(table.iter().count(), 16);
    for host in 0..8 {
        assert_eq!(table.lookup(ACCESS, PEER_IP + host, 1), Resolution::Pending);
        table.learn(&says(ArpKind::Reply, PEER_IP + host, PEER_MAC), 1);
    }
    for host in 0..8 {
        assert_eq!(table.lookup(ACCESS, PEER_IP + host, 2), Resolution::Mac(PEER_MAC));
    }
}

#[test]
fn a_slot_that_is_used_again_does_not_count_as_in_use() {
    let mut table = small(1, 1, 1);
    table.lookup(ACCESS, PEER_IP, 0);
    asks_until(&mut table, 0, 4_000);
    let request = says(ArpKind::Request, PEER_IP + 1, OTHER_MAC);
    assert_eq!(table.learn(&request, 4_000), Learning::Taken);
    assert_eq!(table.lookup(ACCESS, PEER_IP + 2, 4_001), Resolution::Pending);
}

#[test]
fn a_request_not_yet_taken_asks_for_whoever_has_the_slot() {
    let mut table = small(1, 1, 1);
    table.lookup(ACCESS, PEER_IP, 0);
    for now_ms in [300, 600, 900] {
        table.tick(now_ms);
    }
    assert_eq!(state(&table), Some(State::Failed));
    for host in 1..5 {
        assert_eq!(table.lookup(ACCESS, PEER_IP + host, 901), Resolution::Pending);
        table.learn(&says(ArpKind::Reply, PEER_IP + host, PEER_MAC), 902);
        table.tick(60_902);
        table.tick(660_902);
    }
    assert_eq!(table.iter().count(), 0);
    assert_eq!(table.next_ask(), None);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 660_903), Resolution::Pending);
    assert_eq!(table.next_ask().map(|ask| ask.ip), Some(PEER_IP));
    assert_eq!(table.next_ask(), None);
}

#[test]
fn tables_of_no_size_refuse_everything() {
    let mut table = small(0, 0, 0);
    assert_eq!(table.lookup(ACCESS, PEER_IP, 0), Resolution::Failed);
    assert_eq!(table.park(ACCESS, PEER_IP, 1, 0), Err(1));
    assert_eq!(table.learn(&says(ArpKind::Request, PEER_IP, PEER_MAC), 0), Learning::Ignored);
    table.tick(u64::MAX);
    assert_eq!((table.next_ask(), table.next_ready(), table.next_expired()), (None, None, None));
}
