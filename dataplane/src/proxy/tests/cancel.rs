//! CANCEL: what reaches whom, in every state of the call.

use hugepages::layout::cdr::{Kind, Outcome};

use super::sip;
use super::world::{CALLER, ONE, World};
use crate::verdict::Verdict;

#[test]
fn a_cancel_while_ringing_is_answered_and_passed_on_with_its_reason() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 180);
    world.sent();
    let reason = "SIP;cause=200;text=\"Call completed elsewhere\"";
    world.from(CALLER, &sip::cancel(&invite).with("Reason", reason));
    let sent: Vec<_> = world.sent().iter().map(|sent| sent.sip()).collect();
    let kinds: Vec<_> = sent.iter().map(|message| message.kind()).collect();
    assert_eq!(kinds, ["200 CANCEL", "CANCEL"]);
    assert_eq!(sent[1].branch(), arrived.branch());
    assert_eq!((sent[1].uri(), sent[1].get("To")), (arrived.uri(), arrived.get("To")));
    assert_eq!(sent[1].get("Reason"), reason);
    world.answer(ONE, &arrived, 487);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}"), format!("487 INVITE > {CALLER}")]);
    assert_eq!(
        (world.told[0].kind, world.told[0].outcome),
        (Kind::Unanswered, Some(Outcome::Cancelled))
    );
}

#[test]
fn our_cancel_is_repeated_until_it_is_answered() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 180);
    world.from(CALLER, &sip::cancel(&invite));
    let cancel = world.one("CANCEL", ONE);
    world.pass(2_000);
    assert_eq!(world.times("CANCEL", ONE), [500, 1500]);
    world.answer(ONE, &cancel, 200);
    world.pass(10_000);
    assert_eq!(world.times("CANCEL", ONE), [] as [u64; 0]);
}

#[test]
fn a_cancel_before_any_response_is_a_487_at_once_and_no_cancel() {
    let mut world = World::new();
    let (invite, _) = world.invite("3911", ONE);
    world.from(CALLER, &sip::cancel(&invite));
    assert_eq!(world.kinds(), [format!("200 CANCEL > {CALLER}"), format!("487 INVITE > {CALLER}")]);
    world.pass(40_000);
    assert_eq!(world.times("INVITE", ONE), [] as [u64; 0]);
}

#[test]
fn a_late_provisional_brings_the_cancel_that_was_held_back() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.from(CALLER, &sip::cancel(&invite));
    world.pass(300);
    world.sent();
    world.answer(ONE, &arrived, 180);
    assert_eq!(world.kinds(), [format!("CANCEL > {ONE}")]);
}

#[test]
fn a_2xx_that_crosses_the_cancel_wins() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 180);
    world.from(CALLER, &sip::cancel(&invite));
    world.sent();
    world.answer(ONE, &arrived, 200);
    assert_eq!(world.kinds(), [format!("200 INVITE > {CALLER}")]);
    assert_eq!(world.events(), [Kind::Start]);
}

#[test]
fn a_cancelled_branch_that_never_ends_is_a_487_after_64_t1() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 180);
    world.from(CALLER, &sip::cancel(&invite));
    world.pass(32_100);
    assert_eq!(world.times("487 INVITE", CALLER)[0], 32_000);
}

#[test]
fn a_cancel_between_two_attempts_is_a_487_at_once() {
    let mut world = World::with_failover("retry_interval_ms = 2000");
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 503);
    world.sent();
    world.from(CALLER, &sip::cancel(&invite));
    assert_eq!(world.kinds(), [format!("200 CANCEL > {CALLER}"), format!("487 INVITE > {CALLER}")]);
    world.pass(3_000);
    assert!(!world.kinds().iter().any(|kind| kind.starts_with("INVITE")));
}

#[test]
fn a_cancel_after_the_final_changes_nothing() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 200);
    world.sent();
    world.from(CALLER, &sip::cancel(&invite));
    assert_eq!(world.kinds(), [format!("200 CANCEL > {CALLER}")]);
}

#[test]
fn a_cancel_without_its_invite_is_a_481() {
    let mut world = World::new();
    let invite = sip::invite("3911", CALLER, "none");
    assert_eq!(world.from(CALLER, &sip::cancel(&invite)), Verdict::Reply);
    assert_eq!(world.kinds(), [format!("481 CANCEL > {CALLER}")]);
}

#[test]
fn a_cancel_from_another_address_does_nothing_to_the_call() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 180);
    world.sent();
    world.from("10.1.0.11:5062", &sip::cancel(&invite));
    assert_eq!(world.kinds(), ["481 CANCEL > 10.1.0.11:5062"]);
    assert_eq!(world.from("10.1.0.77:5062", &sip::cancel(&invite)), Verdict::DropUnknownSource);
    assert!(world.sent().is_empty());
}

#[test]
fn nothing_is_retried_after_the_callers_cancel() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 100);
    world.from(CALLER, &sip::cancel(&invite));
    world.sent();
    world.answer(ONE, &arrived, 503);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}"), format!("503 INVITE > {CALLER}")]);
    assert_eq!(world.told[0].outcome, Some(Outcome::Cancelled));
}

#[test]
fn a_cancelled_reinvite_leaves_the_call_alone() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    let again = caller.request("INVITE");
    world.from(CALLER, &again);
    let arrived = world.one("INVITE", ONE);
    world.answer(ONE, &arrived, 100);
    world.from(CALLER, &sip::cancel(&again));
    assert_eq!(world.one("CANCEL", ONE).branch(), arrived.branch());
    world.answer(ONE, &arrived, 487);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}"), format!("487 INVITE > {CALLER}")]);
    assert_eq!(world.events(), [Kind::Start]);
}
