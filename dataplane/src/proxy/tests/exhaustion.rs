//! Pools that run dry: new calls are refused, standing ones go on.

use hugepages::layout::cdr::Kind;

use super::sip::{self, Leg};
use super::world::{CALLER, ONE, Setting, World};
use crate::proxy::Capacity;
use crate::txn::slab::SlabCapacity;

/// A world with one standing call, filled with new calls until one is refused.
fn filled(capacity: Capacity) -> (World, Leg) {
    let mut world = World::of(&Setting { capacity, ..Setting::default() });
    let (caller, _) = world.call("3921", ONE);
    for call in 0..600 {
        world.from(CALLER, &sip::invite("3911", CALLER, &format!("fill-{call}")));
        let refused = world.sent().iter().map(|sent| sent.sip()).find(|sip| sip.status() == 503);
        if let Some(refused) = refused {
            let after: u32 = refused.get("Retry-After").parse().expect("seconds");
            assert!((1..=5).contains(&after));
            return (world, caller);
        }
    }
    panic!("nothing was refused");
}

fn check(change: impl Fn(&mut Capacity)) {
    let mut capacity = Setting::default().capacity;
    change(&mut capacity);
    let (mut world, mut caller) = filled(capacity);
    let told = world.told.len();
    assert_eq!(world.engine.state().events_lost, 0);
    world.from(CALLER, &caller.request("INVITE"));
    let again = world.one("INVITE", ONE);
    world.answer(ONE, &again, 200);
    world.one("200 INVITE", CALLER);
    world.from(CALLER, &caller.request("BYE"));
    let bye = world.one("BYE", ONE);
    world.answer(ONE, &bye, 200);
    world.one("200 BYE", CALLER);
    assert_eq!(world.told.len(), told + 1);
    assert_eq!(world.told[told].kind, Kind::End);
    world.pass_in_steps(200_000, 10);
    world.assert_empty();
}

#[test]
fn transactions() {
    check(|capacity| capacity.transactions = 40);
}

#[test]
fn setups() {
    check(|capacity| capacity.setups = 32);
}

#[test]
fn calls() {
    check(|capacity| capacity.calls = 10);
}

#[test]
fn texts() {
    check(|capacity| capacity.texts = SlabCapacity([4, 8, 4, 20]));
}

#[test]
fn a_full_ring_of_events_refuses_new_calls_and_loses_nothing() {
    let mut world = World::of(&Setting { events: 4096, ..Setting::default() });
    world.deaf = true;
    let mut refused = 0;
    for call in 0..40 {
        world.from(CALLER, &sip::invite("3971", CALLER, &format!("ring-{call}")));
        let kinds: Vec<_> = world.sent().iter().map(|sent| sent.sip()).collect();
        refused += kinds.iter().filter(|sip| !sip.get("Retry-After").is_empty()).count();
    }
    assert!(refused > 0);
    assert_eq!(world.engine.state().events_lost, 0);
}

#[test]
fn a_request_in_a_dialog_that_finds_no_room_is_as_lost_on_the_wire() {
    let mut capacity = Setting::default().capacity;
    capacity.exchanges = 1;
    let mut world = World::of(&Setting { capacity, ..Setting::default() });
    let (mut caller, _) = world.call("3911", ONE);
    world.from(CALLER, &caller.request("INFO"));
    let info = world.one("INFO", ONE);
    let bye = caller.request("BYE");
    world.from(CALLER, &bye);
    assert!(world.sent().is_empty());
    world.answer(ONE, &info, 200);
    world.sent();
    world.from(CALLER, &bye);
    world.one("BYE", ONE);
}
