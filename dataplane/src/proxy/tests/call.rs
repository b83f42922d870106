//! A call that is answered: what goes where, byte for byte, and what retransmissions do.

use hugepages::layout::cdr::{Kind, Outcome};

use super::sip::{self, Leg, Sip, parameter};
use super::world::{ACCESS, CALLER, CARRIER, NEAR, ONE, World, endpoint};
use crate::verdict::Verdict;

#[test]
fn a_call_takes_seven_messages_and_a_trying() {
    let mut world = World::new();
    let invite = sip::invite("3911", CALLER, "seven");
    assert_eq!(world.from(CALLER, &invite), Verdict::ForwardRequest);
    let sent = world.sent();
    let kinds: Vec<String> = sent.iter().map(|sent| sent.sip().kind()).collect();
    assert_eq!(kinds, ["100 INVITE", "INVITE"]);
    let arrived = sent[1].sip();
    world.answer(ONE, &arrived, 180);
    assert_eq!(world.kinds(), [format!("180 INVITE > {CALLER}")]);
    let ok = world.answer(ONE, &arrived, 200);
    let received = world.one("200 INVITE", CALLER);
    let (mut caller, _) =
        (Leg::of_caller(&invite, &received, CALLER), Leg::of_callee(&arrived, &ok, ONE));
    assert_eq!(world.from(CALLER, &caller.ack()), Verdict::ForwardRequest);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}")]);
    world.from(CALLER, &caller.request("BYE"));
    let bye = world.one("BYE", ONE);
    world.answer(ONE, &bye, 200);
    assert_eq!(world.kinds(), [format!("200 BYE > {CALLER}")]);
    assert_eq!(world.events(), [Kind::Start, Kind::End]);
    world.pass(50_000);
    world.assert_empty();
}

#[test]
fn the_trying_copies_the_timestamp_and_has_no_tag() {
    let mut world = World::new();
    world.from(CALLER, &sip::invite("3911", CALLER, "trying").with("Timestamp", "54.3"));
    let trying = world.one("100 INVITE", CALLER);
    assert_eq!(trying.get("Timestamp"), "54.3");
    assert!(!trying.get("To").contains("tag="));
}

#[test]
fn the_invite_goes_on_changed_in_nothing_but_what_is_ours() {
    let mut world = World::new();
    let invite = sip::invite("3911", CALLER, "bytes");
    let bytes = invite.bytes();
    world.deliver(ACCESS, endpoint(CALLER), &bytes);
    let sent = world.sent();
    let out = String::from_utf8(sent[1].bytes.clone()).unwrap();
    let arrived = Sip::read(&sent[1].bytes);
    // Undo what we own; the rest has to be the bytes that came.
    let (own_via, rest) = out.split_once("\r\n").unwrap().1.split_once("\r\n").unwrap();
    assert_eq!(
        own_via,
        format!("Via: SIP/2.0/UDP 10.2.0.1:5060;branch={};rport", arrived.branch())
    );
    let records: Vec<&str> = rest.split("\r\n").take(2).collect();
    assert!(records[0].starts_with("Record-Route: <sip:10.2.0.1:5060;lr;tc="));
    assert!(records[1].starts_with("Record-Route: <sip:10.1.0.1:5060;lr;tc="));
    let rest = rest.splitn(3, "\r\n").nth(2).unwrap();
    let expected = String::from_utf8(bytes).unwrap();
    let expected = expected
        .split_once("\r\n")
        .unwrap()
        .1
        .replace(";rport\r\n", ";rport=5062;received=10.1.0.10\r\n")
        .replace("Max-Forwards: 70", "Max-Forwards: 69");
    assert_eq!(rest, expected);
}

#[test]
fn the_request_uri_is_aimed_at_the_gateway_and_keeps_user_and_parameters() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    assert_eq!(arrived.start, "INVITE sip:3911@10.2.0.11;user=phone SIP/2.0");
}

#[test]
fn one_record_route_is_enough_when_both_sides_share_a_listener() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3951", NEAR);
    assert_eq!(arrived.all("Record-Route").len(), 1);
}

#[test]
fn missing_max_forwards_is_added_as_70() {
    let mut world = World::new();
    world.from(CALLER, &sip::invite("3911", CALLER, "hops").without("Max-Forwards"));
    assert_eq!(world.one("INVITE", ONE).get("Max-Forwards"), "70");
}

#[test]
fn responses_lose_our_via_and_keep_all_else() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    let ringing = sip::answer(&arrived, 183, "Session Progress", "t", ONE).with("X-Other", "a,b");
    world.from(ONE, &ringing);
    let mut received = world.one("183 INVITE", CALLER);
    received.headers.insert(0, ("Via".to_owned(), arrived.get("Via").to_owned()));
    assert_eq!(received.headers, Sip::read(&ringing.bytes()).headers);
}

#[test]
fn a_100_of_the_trunk_ends_here() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 100);
    assert!(world.sent().is_empty());
}

#[test]
fn a_retransmitted_invite_gets_the_last_provisional_again() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    assert_eq!(world.from(CALLER, &invite), Verdict::Absorb);
    assert_eq!(world.kinds(), [format!("100 INVITE > {CALLER}")]);
    world.answer(ONE, &arrived, 183);
    let first = world.one("183 INVITE", CALLER);
    world.from(CALLER, &invite);
    assert_eq!(world.one("183 INVITE", CALLER), first);
}

#[test]
fn a_retransmitted_invite_gets_the_final_again_until_its_ack() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 486);
    let busy = world.one("486 INVITE", CALLER);
    world.from(CALLER, &invite);
    assert_eq!(world.one("486 INVITE", CALLER), busy);
    world.from(CALLER, &sip::ack_of_failure(&invite, &busy));
    world.sent();
    world.from(CALLER, &invite);
    assert!(world.sent().is_empty());
}

#[test]
fn a_retransmitted_invite_is_absorbed_after_the_2xx() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 200);
    world.sent();
    assert_eq!(world.from(CALLER, &invite), Verdict::Absorb);
    assert!(world.sent().is_empty());
}

#[test]
fn a_retransmitted_2xx_and_a_fork_go_upstream() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    for tag in ["first", "first", "fork"] {
        let ok = sip::answer(&arrived, 200, "OK", tag, ONE);
        assert_eq!(world.from(ONE, &ok), Verdict::ForwardResponse);
        assert_eq!(parameter(world.one("200 INVITE", CALLER).get("To"), "tag"), tag);
    }
    assert_eq!(world.events(), [Kind::Start]);
}

#[test]
fn the_bye_of_a_fork_does_not_end_the_call() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 200);
    world.from(ONE, &sip::answer(&arrived, 200, "OK", "fork", ONE));
    let fork = world.sent()[1].sip();
    let mut leg = Leg::of_caller(&invite, &fork, CALLER);
    world.from(CALLER, &leg.request("BYE"));
    let bye = world.one("BYE", ONE);
    world.answer(ONE, &bye, 200);
    assert_eq!(world.events(), [Kind::Start]);
}

#[test]
fn the_ack_of_a_2xx_has_a_branch_that_its_retransmission_shares() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 200);
    let received = world.one("200 INVITE", CALLER);
    let leg = Leg::of_caller(&invite, &received, CALLER);
    world.from(CALLER, &leg.ack());
    let first = world.one("ACK", ONE);
    world.from(CALLER, &leg.ack());
    assert_eq!(world.one("ACK", ONE), first);
    assert_ne!(first.branch(), arrived.branch());
    assert!(first.all("Route").is_empty());
}

#[test]
fn the_ack_of_a_failure_is_absorbed_and_ours_has_the_invites_branch() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 486);
    let sent: Vec<Sip> = world.sent().iter().map(|sent| sent.sip()).collect();
    let ours = sent.iter().find(|message| message.kind() == "ACK").unwrap();
    assert_eq!(ours.branch(), arrived.branch());
    assert_eq!(ours.uri(), arrived.uri());
    assert_eq!(parameter(ours.get("To"), "tag"), "callee");
    let busy = sent.iter().find(|message| message.status() == 486).unwrap();
    assert_eq!(world.from(CALLER, &sip::ack_of_failure(&invite, busy)), Verdict::Absorb);
    assert!(world.sent().is_empty());
}

#[test]
fn a_retransmitted_failure_is_acknowledged_again_and_goes_no_further() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    let busy = world.answer(ONE, &arrived, 486);
    world.sent();
    world.from(ONE, &busy);
    assert_eq!(world.kinds(), [format!("ACK > {ONE}")]);
}

#[test]
fn the_record_of_an_answered_call_names_attempt_and_duration() {
    let mut world = World::new();
    world.pass(1);
    let (mut caller, _) = world.call("3911", ONE);
    world.pass(2_000);
    world.from(CALLER, &caller.request("BYE"));
    let bye = world.one("BYE", ONE);
    world.answer(ONE, &bye, 200);
    let [start, end] = world.told.as_slice() else { panic!("two events: {:?}", world.told) };
    assert_eq!(
        (start.outcome, start.attempts.as_slice()),
        (Some(Outcome::Answered), &[(1, 200, 0)][..])
    );
    assert_eq!((end.call, end.duration_us, end.cause), (start.call, 2_000_000, 16));
}

#[test]
fn the_listener_that_faces_each_side_is_used() {
    let mut world = World::new();
    world.from(CALLER, &sip::invite("3911", CALLER, "sides"));
    let sides: Vec<_> = world.sent().iter().map(|sent| sent.from).collect();
    assert_eq!(sides, [ACCESS, CARRIER]);
}
