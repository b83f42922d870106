//! A 2xx that nobody waits for.

use hugepages::layout::cdr::{AttemptFlags, Kind};

use super::sip::{self, Sip, parameter};
use super::world::{CALLER, ONE, TWO, World};
use crate::verdict::Verdict;

/// A call whose first branch was given up for want of progress; the second is under way.
fn given_up(world: &mut World) -> Sip {
    let (_, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 100);
    world.pass(6_100);
    world.sent();
    arrived
}

#[test]
fn a_late_2xx_is_acknowledged_and_ended_once() {
    let mut world = World::new();
    let arrived = given_up(&mut world);
    let late = world.answer(ONE, &arrived, 200);
    let sent: Vec<Sip> = world.sent().iter().map(|sent| sent.sip()).collect();
    let kinds: Vec<_> = sent.iter().map(|message| message.kind()).collect();
    assert_eq!(kinds, ["ACK", "BYE"]);
    assert_eq!((sent[0].cseq(), sent[1].cseq()), (1, 2));
    for message in &sent {
        assert_eq!(message.uri(), "sip:callee@10.2.0.11:5060");
        assert_eq!(parameter(message.get("To"), "tag"), "callee");
        assert_eq!(message.get("From"), arrived.get("From"));
        assert_eq!(message.all("Via").len(), 1);
    }
    assert_eq!(world.from(ONE, &late), Verdict::Absorb);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}")]);
    assert_eq!(world.events(), [Kind::LateAnswer]);
}

#[test]
fn the_other_branch_is_not_disturbed_by_a_late_2xx() {
    let mut world = World::new();
    let (_, first) = world.invite("3911", ONE);
    world.answer(ONE, &first, 100);
    world.pass(6_000);
    let second = world.one("INVITE", TWO);
    world.answer(ONE, &first, 200);
    world.sent();
    world.answer(TWO, &second, 200);
    world.one("200 INVITE", CALLER);
    let start = world.told.iter().find(|told| told.kind == Kind::Start).unwrap();
    let late =
        AttemptFlags::NO_PROGRESS.with(AttemptFlags::CANCELLED).with(AttemptFlags::LATE_ANSWER);
    assert_eq!(start.attempts, [(1, 200, late.0), (2, 200, 0)]);
}

#[test]
fn our_bye_is_repeated_until_it_is_answered_and_ends_no_call() {
    let mut world = World::new();
    let arrived = given_up(&mut world);
    world.answer(ONE, &arrived, 200);
    let bye = world.one("BYE", ONE);
    world.pass(600);
    assert_eq!(world.times("BYE", ONE).len(), 1);
    assert_eq!(world.answer(ONE, &bye, 200).kind(), "200 BYE");
    world.pass(5_000);
    assert_eq!(world.times("BYE", ONE), [] as [u64; 0]);
    assert!(!world.events().contains(&Kind::End));
}

#[test]
fn a_2xx_after_the_caller_got_487_is_released() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.from(CALLER, &sip::cancel(&invite));
    world.sent();
    world.answer(ONE, &arrived, 200);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}"), format!("BYE > {ONE}")]);
    assert_eq!(world.events(), [Kind::Unanswered, Kind::LateAnswer]);
}

#[test]
fn a_2xx_after_the_same_branch_failed_is_released() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 486);
    world.sent();
    world.answer(ONE, &arrived, 200);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}"), format!("BYE > {ONE}")]);
}

#[test]
fn a_late_2xx_of_a_reinvite_is_passed_on_and_never_ends_the_call() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    let again = caller.request("INVITE");
    world.from(CALLER, &again);
    let arrived = world.one("INVITE", ONE);
    world.from(CALLER, &sip::cancel(&again));
    world.sent();
    world.answer(ONE, &arrived, 200);
    assert_eq!(world.kinds(), [format!("200 INVITE > {CALLER}")]);
    world.pass(90_000);
    world.sent();
    world.answer(ONE, &arrived, 200);
    assert!(world.sent().is_empty());
}

#[test]
fn a_bye_of_the_callee_that_crosses_ours_is_no_orphan() {
    let mut world = World::new();
    let arrived = given_up(&mut world);
    let ok = world.answer(ONE, &arrived, 200);
    world.sent();
    let mut callee = sip::Leg::of_callee(&arrived, &ok, ONE);
    world.from(ONE, &callee.request("BYE"));
    let bye = world.one("BYE", CALLER);
    world.answer(CALLER, &bye, 481);
    assert!(!world.events().contains(&Kind::OrphanEnd));
}
