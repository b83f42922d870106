//! What the router answers by itself, word for word, and what it does not answer.

use hugepages::layout::cdr::{Kind, Outcome};

use super::sip::{self, Sip};
use super::world::{ACCESS, CALLER, ONE, POLITE, World, endpoint};
use crate::verdict::Verdict;

/// What `message` is answered with, apart from a 100.
fn answer(world: &mut World, message: &Sip) -> Sip {
    world.from(CALLER, message);
    let sent = world.sent();
    let finals: Vec<Sip> =
        sent.iter().map(|sent| sent.sip()).filter(|sip| sip.status() != 100).collect();
    assert_eq!(finals.len(), 1, "one answer: {finals:?}");
    finals[0].clone()
}

fn check(number: &str, status: u16, text: &str, cause: u8, outcome: Outcome) {
    check_uri(&format!("sip:{number}@10.1.0.1;user=phone"), status, text, cause, outcome);
}

fn check_uri(uri: &str, status: u16, text: &str, cause: u8, outcome: Outcome) {
    let mut world = World::new();
    let mut invite = sip::invite("3911", CALLER, "refused");
    invite.start = format!("INVITE {uri} SIP/2.0");
    let refused = answer(&mut world, &invite);
    assert_eq!(refused.status(), status);
    let reasons = [format!("SIP;cause={status};text=\"{text}\""), format!("Q.850;cause={cause}")];
    assert_eq!(refused.all("Reason"), reasons);
    assert_eq!(refused.get("Warning"), format!("399 10.1.0.1:5060 \"{text}\""));
    assert!(refused.all("Retry-After").is_empty());
    assert!(refused.get("To").contains(";tag="));
    assert_eq!(world.events(), [Kind::Unanswered]);
    assert_eq!((world.told[0].outcome, world.told[0].status), (Some(outcome), status));
}

#[test]
fn no_routing_is_a_503_with_exactly_these_reasons() {
    check("3971", 503, "no routing", 3, Outcome::NoRouting);
}

#[test]
fn disabled_trunks_are_a_503_all_trunks_down() {
    check("3981", 503, "all trunks down", 38, Outcome::AllDown);
}

#[test]
fn an_unknown_destination_is_a_404() {
    check("4471", 404, "unknown destination", 1, Outcome::UnknownDestination);
}

#[test]
fn what_is_not_a_number_is_a_404() {
    check("alice", 404, "not a number", 28, Outcome::NotANumber);
}

#[test]
fn a_request_uri_that_is_none_is_a_400_and_one_of_another_scheme_a_416() {
    for uri in ["sip:3911@[2001:db8::10", "sip:3911@10.1.0.1:70000", "sip:39%1@10.1.0.1", "3911"] {
        check_uri(uri, 400, "bad request-uri", 28, Outcome::BadRequest);
    }
    check_uri("mailto:a@example.com", 416, "unsupported uri scheme", 28, Outcome::BadRequest);
}

#[test]
fn a_disabled_originator_is_a_403() {
    let mut world = World::new();
    world.from("10.1.0.99:5060", &sip::invite("3911", "10.1.0.99:5060", "closed"));
    assert_eq!(world.one("403 INVITE", "10.1.0.99:5060").all("Reason").len(), 2);
}

#[test]
fn a_refusal_is_told_once_however_often_the_invite_comes() {
    let mut world = World::new();
    let invite = sip::invite("3971", CALLER, "again");
    let first = answer(&mut world, &invite);
    assert_eq!(answer(&mut world, &invite), first);
    world.from(CALLER, &sip::ack_of_failure(&invite, &first));
    assert_eq!(world.events(), [Kind::Unanswered]);
    world.pass(50_000);
    world.assert_empty();
}

#[test]
fn max_forwards_of_zero_is_a_483_with_a_record() {
    let mut world = World::new();
    let refused =
        answer(&mut world, &sip::invite("3911", CALLER, "hops").changed("Max-Forwards", "0"));
    assert_eq!((refused.status(), world.told[0].outcome), (483, Some(Outcome::TooManyHops)));
}

#[test]
fn proxy_require_is_a_420_that_lists_what_is_not_supported() {
    let mut world = World::new();
    let invite =
        sip::invite("3911", CALLER, "ext").with("Proxy-Require", "a, b").with("Proxy-Require", "c");
    let refused = answer(&mut world, &invite);
    assert_eq!((refused.status(), refused.get("Unsupported")), (420, "a, b, c"));
    assert_eq!(world.events(), [Kind::Unanswered]);
}

#[test]
fn require_is_left_to_the_far_end() {
    let mut world = World::new();
    world.from(CALLER, &sip::invite("3911", CALLER, "require").with("Require", "100rel"));
    assert_eq!(world.one("INVITE", ONE).get("Require"), "100rel");
}

#[test]
fn a_preloaded_route_of_ours_is_stripped() {
    let mut world = World::new();
    world.from(CALLER, &sip::invite("3911", CALLER, "route").with("Route", "<sip:10.1.0.1;lr>"));
    assert!(world.one("INVITE", ONE).all("Route").is_empty());
}

#[test]
fn a_preloaded_route_of_others_is_a_403() {
    let mut world = World::new();
    let invite = sip::invite("3911", CALLER, "foreign")
        .with("Route", "<sip:10.1.0.1;lr>, <sip:192.0.2.1;lr>");
    assert_eq!(answer(&mut world, &invite).status(), 403);
}

#[test]
fn an_invite_that_comes_back_unchanged_is_a_482() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    // A carrier that sends it back as it was: our Via below its own.
    let mut looped = invite.clone();
    looped.headers.insert(0, ("Via".to_owned(), arrived.get("Via").to_owned()));
    looped
        .headers
        .insert(0, ("Via".to_owned(), format!("SIP/2.0/UDP {CALLER};branch=z9hG4bK-loop")));
    let refused = answer(&mut world, &looped);
    assert_eq!((refused.status(), world.told[0].outcome), (482, Some(Outcome::LoopDetected)));
}

#[test]
fn an_invite_that_comes_back_for_another_number_is_a_legal_spiral() {
    let mut world = World::new();
    let (invite, arrived) = world.invite("3911", ONE);
    let mut spiral = invite.clone();
    spiral.start = "INVITE sip:3912@10.1.0.1 SIP/2.0".to_owned();
    spiral.headers.insert(0, ("Via".to_owned(), arrived.get("Via").to_owned()));
    spiral
        .headers
        .insert(0, ("Via".to_owned(), format!("SIP/2.0/UDP {CALLER};branch=z9hG4bK-spiral")));
    assert_eq!(world.from(CALLER, &spiral), Verdict::ForwardRequest);
}

#[test]
fn options_to_us_tells_what_we_can() {
    let mut world = World::new();
    let ok = answer(&mut world, &sip::request("OPTIONS", "sip:10.1.0.1", CALLER, "options"));
    assert_eq!(ok.status(), 200);
    for name in ["Allow", "Accept", "Supported"] {
        assert_eq!(ok.all(name).len(), 1, "{name}");
    }
}

#[test]
fn methods_that_open_nothing_here_are_a_405_with_allow() {
    for method in ["REGISTER", "SUBSCRIBE", "PUBLISH", "REFER", "NOTIFY", "MESSAGE", "WHATEVER"] {
        let mut world = World::new();
        let refused = answer(&mut world, &sip::request(method, "sip:10.1.0.1", CALLER, "method"));
        assert_eq!(refused.status(), 405);
        assert!(refused.get("Allow").contains("INVITE"));
    }
}

#[test]
fn dialog_methods_without_a_dialog_are_a_481() {
    for method in ["BYE", "UPDATE", "PRACK", "INFO"] {
        let mut world = World::new();
        let request = sip::request(method, "sip:10.1.0.1", CALLER, "dialog");
        assert_eq!(answer(&mut world, &request).status(), 481);
        let to = format!("{};tag=x", request.get("To"));
        assert_eq!(answer(&mut world, &request.changed("To", &to)).status(), 481);
    }
}

#[test]
fn strangers_get_silence_or_a_403_as_the_listener_says() {
    let mut world = World::new();
    let stranger = "10.1.0.200:5060";
    let invite = sip::invite("3911", stranger, "stranger");
    assert_eq!(world.from(stranger, &invite), Verdict::DropUnknownSource);
    assert_eq!(world.from(ONE, &invite), Verdict::DropUnknownSource);
    assert!(world.sent().is_empty());
    assert_eq!(world.deliver(POLITE, endpoint(stranger), &invite.bytes()), Verdict::Reply);
    assert_eq!(world.kinds(), [format!("403 INVITE > {stranger}")]);
    assert!(world.told.is_empty());
}

#[test]
fn a_malformed_request_is_a_400_that_names_the_fault_and_silence_for_strangers() {
    let mut world = World::new();
    let broken = sip::invite("3911", CALLER, "broken").changed("CSeq", "1 BYE").bytes();
    world.deliver(ACCESS, endpoint(CALLER), &broken);
    let refused = world.one("400 BYE", CALLER);
    assert_ne!(refused.start, "SIP/2.0 400 Bad Request");
    let stranger = endpoint("10.1.0.200:5060");
    assert_eq!(world.deliver(ACCESS, stranger, &broken), Verdict::DropUnparseable);
    assert!(world.sent().is_empty());
}

#[test]
fn keep_alives_are_absorbed() {
    let mut world = World::new();
    for bytes in [&b"\r\n\r\n"[..], b"\r\n", b"\0\0\0\0", b""] {
        assert_eq!(world.deliver(ACCESS, endpoint(CALLER), bytes), Verdict::DropKeepAlive);
    }
    assert_eq!(world.deliver(ACCESS, endpoint(CALLER), b"hello"), Verdict::DropUnparseable);
    assert!(world.sent().is_empty());
}

#[test]
fn an_invite_of_rfc_2543_is_told_by_more_than_its_branch() {
    let mut world = World::new();
    let invite = sip::invite("3911", CALLER, "old").changed("Via", "SIP/2.0/UDP 10.1.0.10:5062");
    assert_eq!(world.from(CALLER, &invite), Verdict::ForwardRequest);
    assert_eq!(world.from(CALLER, &invite), Verdict::Absorb);
    world.sent();
    world.from(CALLER, &sip::cancel(&invite));
    world.one("487 INVITE", CALLER);
}
