//! A core with the keys of another run and none of its tables.

use hugepages::layout::cdr::Kind;

use super::sip::{Leg, Sip};
use super::world::{CALLER, ONE, Setting, World};
use crate::proxy::branch::Branch;
use crate::verdict::Verdict;

fn another_run() -> World {
    World::of(&Setting { boot: 2, ..Setting::default() })
}

/// A call that stands in a router that is gone.
fn survivors() -> (World, Leg, Leg) {
    let (caller, callee) = World::new().call("3911", ONE);
    (another_run(), caller, callee)
}

#[test]
fn dialogs_go_on_from_both_sides() {
    let (mut world, mut caller, mut callee) = survivors();
    for method in ["INVITE", "UPDATE"] {
        world.from(CALLER, &caller.request(method));
        let request = world.one(method, ONE);
        world.answer(ONE, &request, 200);
        world.one(&format!("200 {method}"), CALLER);
        world.from(ONE, &callee.request(method));
        let request = world.one(method, CALLER);
        world.answer(CALLER, &request, 200);
        world.one(&format!("200 {method}"), ONE);
    }
    assert_eq!(world.from(CALLER, &caller.ack()), Verdict::ForwardRequest);
}

#[test]
fn a_bye_without_a_call_record_is_told_as_an_orphan_once() {
    let mut first = World::new();
    let (mut caller, _) = first.call("3911", ONE);
    let mut world = another_run();
    world.from(CALLER, &caller.request("BYE"));
    let bye = world.one("BYE", ONE);
    world.answer(ONE, &bye, 200);
    world.from(CALLER, &caller.request("BYE"));
    let again = world.sent().last().unwrap().sip();
    world.answer(ONE, &again, 481);
    assert_eq!(world.events(), [Kind::OrphanEnd]);
    assert_eq!(world.told[0].identity, first.told[0].identity);
}

#[test]
fn a_2xx_of_a_transaction_that_is_gone_is_acknowledged_and_ended() {
    let (_, arrived) = World::new().invite("3911", ONE);
    let mut world = another_run();
    world.answer(ONE, &arrived, 200);
    let sent: Vec<Sip> = world.sent().iter().map(|sent| sent.sip()).collect();
    let kinds: Vec<_> = sent.iter().map(|message| message.kind()).collect();
    assert_eq!(kinds, ["ACK", "BYE"]);
    world.answer(ONE, &sent[1], 200);
    // Should the run before have told its start, this closes it.
    assert_eq!(world.events(), [Kind::LateAnswer, Kind::OrphanEnd]);
}

#[test]
fn a_2xx_of_a_reinvite_that_is_gone_ends_no_call() {
    let mut first = World::new();
    let (mut caller, _) = first.call("3911", ONE);
    first.from(CALLER, &caller.request("INVITE"));
    let arrived = first.one("INVITE", ONE);
    let mut world = another_run();
    world.answer(ONE, &arrived, 200);
    assert!(world.sent().is_empty());
}

#[test]
fn other_responses_of_transactions_that_are_gone_are_dropped() {
    let (_, arrived) = World::new().invite("3911", ONE);
    let mut world = another_run();
    world.answer(ONE, &arrived, 180);
    world.answer(ONE, &arrived, 486);
    assert!(world.sent().is_empty());
}

#[test]
fn a_response_with_a_branch_that_is_not_ours_is_dropped() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    let forged = arrived.get("Via").replace(arrived.branch(), "z9hG4bK-forged");
    let ok = super::sip::answer(&arrived.changed("Via", &forged), 200, "OK", "t", ONE);
    assert_eq!(world.from(ONE, &ok), Verdict::DropStrayResponse);
}

#[test]
fn a_response_without_a_via_behind_ours_is_dropped() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    let ok = super::sip::answer(&arrived, 200, "OK", "t", ONE)
        .without("Via")
        .with("Via", arrived.get("Via"));
    assert_eq!(world.from(ONE, &ok), Verdict::DropStrayResponse);
}

#[test]
fn what_another_worker_waits_for_is_not_hung_up() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    let env = world.engine.env();
    let (branch, _) = Branch::open(arrived.branch().as_bytes(), &env.keys).unwrap();
    let other = Branch { core: branch.core + 1, ..branch }.seal(&env.keys, 7);
    let other = arrived.get("Via").replace(arrived.branch(), core::str::from_utf8(&other).unwrap());
    let ok = super::sip::answer(&arrived.changed("Via", &other), 200, "OK", "t", ONE);
    world.sent();
    assert_eq!(world.from(ONE, &ok), Verdict::DropStrayResponse);
    assert!(world.sent().is_empty());
}
