//! A panic in the middle of a message: its transaction is given up, everything else goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hugepages::layout::cdr::{Kind, Outcome};

use super::sip;
use super::world::{CALLER, ONE, World, endpoint};
use crate::verdict::Verdict;

/// Does `work`, in which a datagram to `to` raises a panic, as the worker does it.
fn with_trap(world: &mut World, to: &str, work: impl FnOnce(&mut World)) {
    world.net.trap = Some(endpoint(to).ipv4);
    let caught = catch_unwind(AssertUnwindSafe(|| work(world)));
    assert!(caught.is_err(), "the trap was not sprung");
    world.abandon();
}

#[test]
fn a_panic_while_an_invite_is_sent_on_is_recorded_and_poisons_the_invite() {
    let mut world = World::new();
    let invite = sip::invite("3911", CALLER, "trap");
    with_trap(&mut world, ONE, |world| {
        world.from(CALLER, &invite);
    });
    assert_eq!(
        (world.told[0].kind, world.told[0].outcome),
        (Kind::Unanswered, Some(Outcome::Failed))
    );
    world.sent();
    assert_eq!(world.from(CALLER, &invite), Verdict::Absorb);
    assert!(world.sent().is_empty());
    world.pass(70_000);
    world.assert_empty();
}

#[test]
fn a_panic_in_a_timer_gives_up_that_transaction_only() {
    let mut world = World::new();
    world.invite("3911", ONE);
    let (_, other) = world.invite("3921", ONE);
    world.pass(100);
    with_trap(&mut world, ONE, |world| world.pass(500));
    world.pass(100);
    assert_eq!(world.engine.state().setups.used(), 1);
    world.answer(ONE, &other, 486);
    world.pass(150_000);
    world.assert_empty();
    assert_eq!(world.told.len(), 2);
}

#[test]
fn a_panic_while_a_2xx_is_passed_on_leaves_nothing_behind() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    with_trap(&mut world, CALLER, |world| {
        world.answer(ONE, &arrived, 200);
    });
    world.pass(70_000);
    world.assert_empty();
    assert_eq!(world.told.len(), 1);
}

#[test]
fn a_panic_while_a_bye_is_sent_on_ends_the_call() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    with_trap(&mut world, ONE, |world| {
        world.from(CALLER, &caller.request("BYE"));
    });
    assert_eq!(world.events(), [Kind::Start, Kind::End]);
    world.pass(70_000);
    world.assert_empty();
}
