//! What time brings: retransmissions and give-ups of all four machines.

use hugepages::layout::cdr::Kind;

use super::sip::{self};
use super::world::{CALLER, ONE, THREE, THREE_B, TWO, World};

/// No response for longer than Timer B, so that its machine shows.
const PATIENT: &str = "no_response_ms = 40000\npdd_ms = 50000";

#[test]
fn timer_a_doubles_from_t1_until_a_provisional() {
    let mut world = World::with_failover(PATIENT);
    let (_, arrived) = world.invite("3911", ONE);
    world.pass(10_000);
    assert_eq!(world.times("INVITE", ONE), [500, 1500, 3500, 7500]);
    world.answer(ONE, &arrived, 100);
    world.pass(20_000);
    assert_eq!(world.times("INVITE", ONE), [] as [u64; 0]);
}

#[test]
fn timer_g_repeats_the_final_up_to_t2_until_the_ack() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 486);
    let busy = world.one("486 INVITE", CALLER);
    world.pass(12_000);
    assert_eq!(world.times("486 INVITE", CALLER), [500, 1500, 3500, 7500, 11_500]);
    world.from(CALLER, &sip::ack_of_failure(&invite, &busy));
    world.pass(10_000);
    assert_eq!(world.times("486 INVITE", CALLER), [] as [u64; 0]);
}

#[test]
fn timer_h_ends_the_wait_for_an_ack() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 486);
    world.pass(32_000);
    world.sent();
    world.pass(70_000);
    assert!(world.sent().is_empty());
    world.assert_empty();
}

#[test]
fn timer_e_of_a_bye_doubles_up_to_t2() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    world.from(CALLER, &caller.request("BYE"));
    world.sent();
    world.pass(16_000);
    assert_eq!(world.times("BYE", ONE), [500, 1500, 3500, 7500, 11_500, 15_500]);
}

#[test]
fn a_non_invite_that_nobody_answers_gets_a_100_when_timer_e_is_at_t2_and_never_a_408() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    world.from(CALLER, &caller.request("INFO"));
    world.sent();
    world.pass(3_400);
    assert_eq!(world.times("100 INFO", CALLER), [] as [u64; 0]);
    world.pass(40_000);
    let left = world.sent();
    let upstream: Vec<_> =
        left.iter().map(|sent| sent.sip().kind()).filter(|kind| kind != "INFO").collect();
    assert_eq!(upstream, ["100 INFO"]);
}

#[test]
fn a_provisional_of_a_non_invite_is_not_forwarded() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    world.from(CALLER, &caller.request("INFO"));
    let info = world.one("INFO", ONE);
    world.answer(ONE, &info, 183);
    assert!(world.sent().is_empty());
}

#[test]
fn a_bye_that_times_out_ends_the_call() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    world.from(CALLER, &caller.request("BYE"));
    world.pass(32_100);
    assert_eq!(world.events(), [Kind::Start, Kind::End]);
    assert_eq!(world.told[1].status, 408);
}

#[test]
fn no_response_goes_to_the_next_gateway_and_then_to_the_next_trunk() {
    let mut world = World::with_failover("no_response_ms = 2000");
    world.invite("3941", THREE);
    world.pass(2_000);
    assert_eq!(world.times("INVITE", THREE_B), [2000]);
    world.pass(2_000);
    assert_eq!(world.times("INVITE", ONE), [4000]);
    let (_, first) = (world.kinds(), world.engine.state().setups.used());
    assert_eq!(first, 1);
}

#[test]
fn no_progress_cancels_the_old_branch_and_tries_the_next_trunk() {
    let mut world = World::with_failover("pdd_ms = 3000");
    let (_, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 100);
    world.pass(3_000);
    let sent = world.sent();
    let kinds: Vec<_> = sent.iter().map(|sent| sent.sip().kind()).collect();
    assert_eq!(kinds, ["CANCEL", "INVITE"]);
    let cancel = sent[0].sip();
    assert_eq!((cancel.branch(), cancel.uri()), (arrived.branch(), arrived.uri()));
    assert_ne!(sent[1].sip().branch(), arrived.branch());
}

#[test]
fn a_next_attempt_at_the_same_carrier_waits_for_the_old_branchs_final() {
    let mut world = World::with_failover("pdd_ms = 3000");
    let (_, arrived) = world.invite("3991", ONE);
    world.answer(ONE, &arrived, 100);
    world.pass(3_100);
    assert_eq!(world.kinds(), [format!("CANCEL > {ONE}")]);
    world.answer(ONE, &arrived, 487);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}"), "INVITE > 10.2.0.17:5060".to_owned()]);
}

#[test]
fn a_next_attempt_at_the_same_carrier_waits_half_a_second_at_most() {
    let mut world = World::with_failover("pdd_ms = 3000");
    let (_, arrived) = world.invite("3991", ONE);
    world.answer(ONE, &arrived, 100);
    world.pass(3_900);
    assert_eq!(world.times("INVITE", "10.2.0.17:5060"), [3_500]);
}

#[test]
fn ringing_for_too_long_is_a_408_and_a_cancel_and_never_the_next_trunk() {
    let mut world = World::with_failover("ring_timeout_ms = 20000");
    let (_, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 180);
    world.sent();
    world.pass(20_000);
    assert_eq!(world.kinds(), [format!("CANCEL > {ONE}"), format!("408 INVITE > {CALLER}")]);
    assert_eq!(world.told[0].attempts, [(1, 408, 64 + 4)]);
}

#[test]
fn a_queued_call_is_given_more_time_than_one_without_progress() {
    let mut world = World::with_failover("pdd_ms = 3000\ninvite_timeout_ms = 9000");
    let (_, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 182);
    world.sent();
    world.pass(8_900);
    assert!(world.sent().is_empty());
    world.pass(200);
    assert_eq!(world.kinds(), [format!("CANCEL > {ONE}"), format!("INVITE > {TWO}")]);
}

#[test]
fn a_reinvite_has_a_trying_timer_b_and_timer_c() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    world.from(CALLER, &caller.request("INVITE"));
    let sent = world.sent();
    assert_eq!(sent[0].sip().kind(), "100 INVITE");
    world.answer(ONE, &sent[1].sip(), 180);
    world.pass(184_000);
    world.sent();
    world.pass(2_000);
    assert_eq!(world.kinds()[..2], [format!("CANCEL > {ONE}"), format!("408 INVITE > {CALLER}")]);
}

#[test]
fn a_call_that_stands_too_long_is_released_in_the_record() {
    let mut world = World::new();
    world.call("3911", ONE);
    world.pass_in_steps(4 * 3600 * 1000 + 1_000, 500);
    assert_eq!(world.events(), [Kind::Start, Kind::End]);
    world.assert_empty();
}
