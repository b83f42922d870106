//! Requests inside dialogs: by cookie from both sides, by the dialog table, and who may not.

use hugepages::layout::cdr::Kind;

use super::sip;
use super::world::{CALLER, ONE, TWO, World};
use crate::proxy::outbox::SendError;
use crate::verdict::Verdict;

#[test]
fn requests_of_any_method_pass_from_both_sides_and_so_do_their_answers() {
    for method in ["INVITE", "UPDATE", "INFO", "PRACK", "MESSAGE", "REFER", "WHATEVER"] {
        let mut world = World::new();
        let (mut caller, mut callee) = world.call("3911", ONE);
        world.from(CALLER, &caller.request(method));
        let request = world.one(method, ONE);
        assert!(request.all("Route").is_empty());
        assert_eq!(request.uri(), "sip:callee@10.2.0.11:5060");
        world.answer(ONE, &request, 200);
        world.one(&format!("200 {method}"), CALLER);
        world.from(ONE, &callee.request(method));
        let request = world.one(method, CALLER);
        assert_eq!(request.uri(), "sip:4930123456@10.1.0.10:5062");
        world.answer(CALLER, &request, 200);
        world.one(&format!("200 {method}"), ONE);
    }
}

#[test]
fn a_bye_of_the_callee_ends_the_call() {
    let mut world = World::new();
    let (_, mut callee) = world.call("3911", ONE);
    world.from(ONE, &callee.request("BYE"));
    let bye = world.one("BYE", CALLER);
    world.answer(CALLER, &bye, 200);
    assert_eq!(world.events(), [Kind::Start, Kind::End]);
}

#[test]
fn a_peer_that_drops_route_is_found_by_call_id_and_tags() {
    let mut world = World::new();
    let (mut caller, mut callee) = world.call("3911", ONE);
    world.from(CALLER, &caller.request("INFO").without("Route"));
    world.one("INFO", ONE);
    world.from(ONE, &callee.request("INFO").without("Route"));
    world.one("INFO", CALLER);
}

#[test]
fn a_request_aimed_at_us_goes_where_the_other_party_was_heard_of() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    caller.target = "sip:callee@10.1.0.1:5060".to_owned();
    world.from(CALLER, &caller.request("INFO"));
    world.one("INFO", ONE);
}

#[test]
fn a_changed_cookie_is_a_481_and_its_ack_is_dropped() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    caller.remote = caller.remote.replace("callee", "other");
    for route in &mut caller.routes {
        *route = route.replace("tc=", "tc=0");
    }
    assert_eq!(world.from(CALLER, &caller.request("BYE")), Verdict::Reply);
    assert_eq!(world.kinds(), [format!("481 BYE > {CALLER}")]);
    assert_eq!(world.from(CALLER, &caller.ack()), Verdict::DropStrayAck);
    assert!(world.sent().is_empty());
}

#[test]
fn a_stranger_with_the_right_cookie_is_dropped() {
    let mut world = World::new();
    let (mut caller, mut callee) = world.call("3911", ONE);
    assert_eq!(world.from(TWO, &caller.request("BYE")), Verdict::DropForeignSource);
    assert_eq!(world.from(TWO, &callee.request("BYE")), Verdict::DropForeignSource);
    assert_eq!(world.from(TWO, &caller.ack()), Verdict::DropForeignSource);
    assert!(world.sent().is_empty());
}

#[test]
fn a_dialog_is_no_open_relay() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    caller.target = "sip:callee@10.2.0.99:5060".to_owned();
    world.from(CALLER, &caller.request("INFO"));
    assert_eq!(world.kinds(), [format!("403 INFO > {CALLER}")]);
}

#[test]
fn a_carriers_own_networks_are_targets_and_sources() {
    let mut world = World::new();
    let (mut caller, mut callee) = world.call("3911", ONE);
    caller.target = "sip:callee@10.2.1.77:5060".to_owned();
    world.from(CALLER, &caller.request("INFO"));
    world.one("INFO", "10.2.1.77:5060");
    world.from("10.2.1.78:5060", &callee.request("INFO"));
    world.one("INFO", CALLER);
}

#[test]
fn a_trunk_that_says_any_may_point_anywhere() {
    let mut world = World::new();
    let (invite, first) = world.invite("3911", ONE);
    world.answer(ONE, &first, 503);
    let arrived = world.one("INVITE", TWO);
    world.answer(TWO, &arrived, 200);
    let ok = world.one("200 INVITE", CALLER);
    let mut caller = sip::Leg::of_caller(&invite, &ok, CALLER);
    caller.target = "sip:callee@10.2.7.7:5060".to_owned();
    world.from(CALLER, &caller.request("INFO"));
    world.one("INFO", "10.2.7.7:5060");
}

#[test]
fn a_route_behind_ours_is_the_next_hop_and_stays() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    caller.routes.push("<sip:10.2.1.5:5060;lr>".to_owned());
    world.from(CALLER, &caller.request("INFO"));
    assert_eq!(world.one("INFO", "10.2.1.5:5060").all("Route"), ["<sip:10.2.1.5:5060;lr>"]);
}

#[test]
fn routes_of_ours_in_one_line_are_stripped_alike() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    caller.routes = vec![caller.routes.join(",")];
    world.from(CALLER, &caller.request("INFO"));
    assert!(world.one("INFO", ONE).all("Route").is_empty());
}

#[test]
fn a_bye_answered_401_or_407_does_not_end_the_call() {
    for status in [401, 407] {
        let mut world = World::new();
        let (mut caller, _) = world.call("3911", ONE);
        world.from(CALLER, &caller.request("BYE"));
        let bye = world.one("BYE", ONE);
        world.answer(ONE, &bye, status);
        assert_eq!(world.events(), [Kind::Start]);
        world.from(CALLER, &caller.request("BYE"));
        let bye = world.sent().last().unwrap().sip();
        world.answer(ONE, &bye, 481);
        assert_eq!(world.events(), [Kind::Start, Kind::End]);
    }
}

#[test]
fn two_byes_that_cross_end_the_call_once() {
    let mut world = World::new();
    let (mut caller, mut callee) = world.call("3911", ONE);
    world.from(CALLER, &caller.request("BYE"));
    let down = world.one("BYE", ONE);
    world.from(ONE, &callee.request("BYE"));
    let up = world.one("BYE", CALLER);
    world.answer(ONE, &down, 200);
    world.answer(CALLER, &up, 481);
    world.from(CALLER, &caller.request("BYE"));
    let third = world.sent().last().unwrap().sip();
    world.answer(ONE, &third, 481);
    assert_eq!(world.events(), [Kind::Start, Kind::End]);
}

#[test]
fn the_bye_of_an_early_dialog_ends_no_call() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    world.answer(ONE, &arrived, 180);
    let ringing = world.one("180 INVITE", CALLER);
    let mut early = sip::Leg::of_caller(&invite, &ringing, CALLER);
    world.from(CALLER, &early.request("BYE"));
    let bye = world.one("BYE", ONE);
    world.answer(ONE, &bye, 200);
    world.answer(ONE, &arrived, 487);
    assert_eq!(world.events(), [Kind::Unanswered]);
}

#[test]
fn a_retransmitted_bye_gets_its_200_again() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    let bye = caller.request("BYE");
    world.from(CALLER, &bye);
    let arrived = world.one("BYE", ONE);
    world.from(CALLER, &bye);
    assert!(world.sent().is_empty());
    world.answer(ONE, &arrived, 200);
    let first = world.one("200 BYE", CALLER);
    world.from(CALLER, &bye);
    let second = world.one("200 BYE", CALLER);
    assert_eq!((first.get("To"), first.get("Via")), (second.get("To"), second.get("Via")));
}

#[test]
fn a_retransmitted_update_gets_the_same_answer_with_its_body() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    let update = caller.request("UPDATE");
    world.from(CALLER, &update);
    let arrived = world.one("UPDATE", ONE);
    let mut ok = sip::answer(&arrived, 200, "OK", "", ONE).with("Content-Type", "application/sdp");
    ok.body = "v=0\r\n".to_owned();
    world.from(ONE, &ok);
    let first = world.one("200 UPDATE", CALLER);
    world.from(CALLER, &update);
    assert_eq!(world.one("200 UPDATE", CALLER), first);
}

#[test]
fn a_request_that_cannot_be_sent_on_is_a_503_and_leaves_the_dialog_alone() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    world.net.refuses.push((super::world::endpoint(ONE).ipv4, SendError::Unreachable));
    world.from(CALLER, &caller.request("INVITE"));
    assert_eq!(world.kinds(), [format!("100 INVITE > {CALLER}"), format!("503 INVITE > {CALLER}")]);
    world.from(CALLER, &caller.request("INFO"));
    assert_eq!(world.kinds(), [format!("503 INFO > {CALLER}")]);
    assert_eq!(world.events(), [Kind::Start]);
}

#[test]
fn max_forwards_of_zero_is_a_483_in_a_dialog_too() {
    let mut world = World::new();
    let (mut caller, _) = world.call("3911", ONE);
    world.from(CALLER, &caller.request("INFO").changed("Max-Forwards", "0"));
    assert_eq!(world.kinds(), [format!("483 INFO > {CALLER}")]);
}
