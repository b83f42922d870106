//! What a trunk's failure leads to: the next trunk, or the caller.

use hugepages::layout::cdr::{AttemptFlags, Outcome};

use super::sip::{self, Sip};
use super::world::{CALLER, ONE, THREE, TWO, World};
use crate::proxy::outbox::SendError;

/// Sends an INVITE to `number` and answers the first attempts with `codes`; gives what left after the last one.
fn run(world: &mut World, number: &str, codes: &[u16]) -> Vec<String> {
    world.from(CALLER, &sip::invite(number, CALLER, "failover"));
    for code in codes {
        let sent = world.sent();
        let last = sent.iter().rfind(|sent| sent.sip().kind() == "INVITE").expect("an attempt");
        let gateway = super::world::host(last.to);
        world.answer(&gateway, &last.sip(), *code);
    }
    world.kinds()
}

#[test]
fn goes_on_to_the_next_trunk_on_500_502_503_and_504() {
    for code in [500, 502, 503, 504] {
        let mut world = World::new();
        assert_eq!(
            run(&mut world, "3911", &[code]),
            [format!("ACK > {ONE}"), format!("INVITE > {TWO}")]
        );
    }
}

#[test]
fn passes_other_failures_on() {
    for code in [400, 403, 404, 408, 480, 482, 484, 486, 487, 488, 501, 600, 603] {
        let mut world = World::new();
        let left = run(&mut world, "3911", &[code]);
        assert_eq!(left, [format!("ACK > {ONE}"), format!("{code} INVITE > {CALLER}")]);
        assert_eq!(world.told[0].outcome, Some(Outcome::Rejected));
    }
}

#[test]
fn a_482_of_a_later_attempt_goes_on() {
    let mut world = World::new();
    let left = run(&mut world, "3911", &[503, 482]);
    assert_eq!(left, [format!("ACK > {TWO}"), format!("INVITE > {THREE}")]);
}

#[test]
fn the_slot_goes_on_only_where_it_says_so() {
    let mut inside = World::new();
    let mut outside = World::new();
    assert!(run(&mut inside, "3921", &[503])[1] == format!("INVITE > {TWO}"));
    assert!(run(&mut outside, "3931", &[503])[1] == format!("INVITE > {THREE}"));
}

#[test]
fn every_attempt_starts_from_the_callers_message() {
    let mut world = World::new();
    let (_, first) = world.invite("3911", ONE);
    world.answer(ONE, &first, 503);
    let second = world.one("INVITE", TWO);
    let own = |message: &Sip| message.all("Via")[0].to_owned();
    assert_eq!(second.all("Via").len(), 2);
    assert_eq!(second.all("Via")[1], first.all("Via")[1]);
    assert_ne!(own(&second), own(&first));
    assert_eq!((second.get("Max-Forwards"), second.all("Record-Route").len()), ("69", 2));
    assert_eq!(second.uri(), "sip:3911@10.2.0.12;user=phone");
}

#[test]
fn no_more_trunks_are_tried_than_the_plan_allows() {
    let mut world = World::with_failover("max_total_attempts = 2");
    let left = run(&mut world, "3911", &[503, 500]);
    assert_eq!(left, [format!("ACK > {TWO}"), format!("500 INVITE > {CALLER}")]);
}

#[test]
fn no_attempt_starts_after_the_total_time() {
    let mut world = World::with_failover("total_ms = 1000");
    let (_, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 100);
    world.pass(1_100);
    world.sent();
    world.answer(ONE, &arrived, 503);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}"), format!("503 INVITE > {CALLER}")]);
}

#[test]
fn the_next_attempt_waits_for_the_retry_interval() {
    let mut world = World::with_failover("retry_interval_ms = 300");
    assert_eq!(run(&mut world, "3911", &[503]), [format!("ACK > {ONE}")]);
    world.pass(1_000);
    assert_eq!(world.times("INVITE", TWO)[0], 300);
}

#[test]
fn nothing_is_retried_once_an_18x_was_relayed() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 180);
    world.sent();
    world.answer(ONE, &arrived, 503);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}"), format!("503 INVITE > {CALLER}")]);
}

#[test]
fn a_local_timeout_yields_to_the_last_received_final() {
    let mut world = World::with_failover("max_total_attempts = 2\nno_response_ms = 1000");
    run(&mut world, "3911", &[502]);
    world.pass(1_100);
    assert_eq!(world.times("502 INVITE", CALLER), [1000]);
}

#[test]
fn a_call_that_no_trunk_answers_in_time_is_a_408() {
    let mut world = World::with_failover("no_response_ms = 1000");
    world.from(CALLER, &sip::invite("3911", CALLER, "silence"));
    world.pass(4_100);
    assert_eq!(world.times("408 INVITE", CALLER)[0], 4_000);
    let told = &world.told[0];
    assert_eq!((told.outcome, told.cause), (Some(Outcome::Timeout), 102));
    let flags: Vec<u8> = told.attempts.iter().map(|(_, _, flags)| *flags).collect();
    let moved = AttemptFlags::NO_RESPONSE.with(AttemptFlags::GATEWAY_FAILOVER);
    let silent = AttemptFlags::NO_RESPONSE.0;
    assert_eq!(flags, [silent, silent, silent, moved.0]);
}

#[test]
fn a_trunks_challenge_or_redirect_is_a_503_trunk_refused() {
    for code in [301, 302, 401, 407] {
        let mut world = World::new();
        let (_, arrived) = world.invite("3911", ONE);
        world.from(
            ONE,
            &sip::answer(&arrived, code, "Who", "t", ONE)
                .with("WWW-Authenticate", "Digest realm=\"x\""),
        );
        let refused = world.one("503 INVITE", CALLER);
        assert_eq!(refused.all("Reason")[0], "SIP;cause=503;text=\"trunk refused\"");
        assert!(refused.all("WWW-Authenticate").is_empty());
    }
}

#[test]
fn the_retry_after_of_a_trunks_503_stays_here() {
    let mut world = World::with_failover("max_total_attempts = 1");
    let (_, arrived) = world.invite("3911", ONE);
    world.from(ONE, &sip::answer(&arrived, 503, "Full", "t", ONE).with("Retry-After", "120"));
    assert!(world.one("503 INVITE", CALLER).all("Retry-After").is_empty());
}

#[test]
fn a_gateway_without_route_or_neighbour_is_an_attempt_that_goes_on() {
    let mut world = World::new();
    world.net.refuses.push((super::world::endpoint(TWO).ipv4, SendError::Unreachable));
    world.from(CALLER, &sip::invite("3961", CALLER, "lost"));
    let refused = world.one("503 INVITE", CALLER);
    assert_eq!(refused.all("Reason")[0], "SIP;cause=503;text=\"all trunks down\"");
    let unreachable = AttemptFlags::UNREACHABLE.0;
    assert_eq!(world.told[0].attempts, [(5, 0, unreachable), (2, 0, unreachable)]);
}

#[test]
fn a_message_that_grows_beyond_the_frame_is_said_to_be_too_long_and_tried_nowhere_else() {
    let mut world = World::new();
    world.net.refuses.push((super::world::endpoint(ONE).ipv4, SendError::TooLong));
    world.from(CALLER, &sip::invite("3911", CALLER, "long"));
    let refused = world.one("513 INVITE", CALLER);
    assert_eq!(refused.all("Reason")[0], "SIP;cause=513;text=\"message too long\"");
    assert_eq!(world.told[0].attempts.len(), 1);
    assert_eq!(world.told[0].attempts[0].1, 513);
}

#[test]
fn a_neighbour_that_falls_silent_makes_way_at_the_next_retransmission() {
    let mut world = World::new();
    world.invite("3911", ONE);
    world.net.refuses.push((super::world::endpoint(ONE).ipv4, SendError::Unreachable));
    world.pass(600);
    assert_eq!(world.times("INVITE", TWO), [500]);
}

#[test]
fn a_lack_of_buffers_is_a_loss_and_not_a_failure_of_the_trunk() {
    let mut world = World::new();
    world.net.refuses.push((super::world::endpoint(ONE).ipv4, SendError::NoBuffer));
    world.from(CALLER, &sip::invite("3911", CALLER, "buffers"));
    world.net.refuses.clear();
    world.pass(600);
    assert_eq!(world.times("INVITE", ONE), [500]);
}

#[test]
fn a_trunk_that_the_call_came_from_is_skipped() {
    let mut world = World::new();
    world.from(TWO, &sip::invite("3921", TWO, "back"));
    world.one("INVITE", ONE);
    world.from(TWO, &sip::invite("3921", TWO, "back-again"));
    assert!(world.kinds().contains(&format!("INVITE > {ONE}")));
}
