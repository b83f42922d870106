//! What a core does without an image, when one comes, and when a switch goes ahead of it.

use std::sync::Arc;

use routing::TechniqueState;
use routing::switch::{Switched, Taken};

use super::plan::image;
use super::sip::{self, Sip};
use super::world::{CALLER, ONE, Setting, TWO, World};
use crate::proxy::Issue;
use crate::verdict::Verdict;

fn without_image() -> World {
    World::of(&Setting { planned: false, ..Setting::default() })
}

fn issue() -> Issue {
    let image = image("");
    let techniques = TechniqueState::for_image(&image, 0, 1);
    Issue { image: Some(image), techniques }
}

fn check_asked_back(world: &mut World, message: &Sip) {
    assert_eq!(world.from(CALLER, message), Verdict::Reply, "{}", message.kind());
    let sent = world.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    let refused = sent[0].sip();
    assert_eq!(refused.status(), 503, "{}", message.kind());
    let seconds: u32 = refused.get("Retry-After").parse().unwrap();
    assert!((1..=5).contains(&seconds));
}

#[test]
fn without_an_image_every_request_is_asked_to_come_back() {
    let mut world = without_image();
    let (mut caller, _) = World::new().call("3911", ONE);
    check_asked_back(&mut world, &sip::invite("3911", CALLER, "new"));
    check_asked_back(&mut world, &sip::request("OPTIONS", "sip:10.1.0.1", CALLER, "ping"));
    for method in ["INVITE", "BYE", "UPDATE"] {
        check_asked_back(&mut world, &caller.request(method));
    }
    assert_eq!(world.from(CALLER, &caller.ack()), Verdict::Absorb);
    let cancel = sip::cancel(&sip::invite("3911", CALLER, "new"));
    world.from(CALLER, &cancel);
    assert_eq!(world.sent()[0].sip().status(), 481);
    assert!(world.told.is_empty(), "calls that never began have no record");
    world.assert_empty();
}

#[test]
fn calls_flow_once_an_image_has_come_and_dialogs_of_before_go_on() {
    let mut world = without_image();
    let (mut caller, _) = World::new().call("3911", ONE);
    let mut issue = issue();
    world.engine.adopt(&mut issue);
    assert!(issue.image.is_none(), "what was in force comes back: nothing");
    assert_eq!(world.engine.image_as_of(), 7);
    world.invite("3911", ONE);
    world.from(CALLER, &caller.request("BYE"));
    world.one("BYE", ONE);
}

#[test]
fn the_image_before_comes_back_whole_while_calls_stand() {
    let mut world = World::new();
    let before = Arc::as_ptr(world.engine.env().image.as_ref().unwrap());
    let (mut caller, _) = world.call("3911", ONE);
    let mut issue = issue();
    world.engine.adopt(&mut issue);
    let back = issue.image.expect("the image before");
    assert_eq!(Arc::as_ptr(&back), before);
    assert_eq!(Arc::strong_count(&back), 1, "nothing in the core holds it");
    drop(back);
    world.from(CALLER, &caller.request("BYE"));
    let bye = world.one("BYE", ONE);
    world.answer(ONE, &bye, 200);
    world.one("200 BYE", CALLER);
}

#[test]
fn a_trunk_that_is_switched_off_is_tried_no_more_and_comes_back() {
    let mut world = World::new();
    assert_eq!(world.engine.switch(Switched::Trunk(1), false, 7), Taken::Stale);
    assert_eq!(world.engine.switch(Switched::Trunk(1), false, 8), Taken::Yes);
    world.invite("3911", TWO);
    assert_eq!(world.engine.switch(Switched::Trunk(1), true, 9), Taken::Yes);
    world.invite("3912", ONE);
    // One that the image says is off.
    assert_eq!(world.engine.switch(Switched::Trunk(6), true, 9), Taken::Yes);
    world.invite("3981", "10.2.0.16:5060");
}

#[test]
fn a_switch_holds_for_the_next_attempt_of_a_call_in_set_up() {
    let mut world = World::new();
    let (_, arrived) = world.invite("3911", ONE);
    world.engine.switch(Switched::Trunk(2), false, 8);
    world.answer(ONE, &arrived, 503);
    world.one("INVITE", super::world::THREE);
}

#[test]
fn a_switched_originator_is_refused() {
    let mut world = World::new();
    world.engine.switch(Switched::Originator(21), false, 8);
    world.from(CALLER, &sip::invite("3911", CALLER, "off"));
    assert!(world.kinds().contains(&format!("403 INVITE > {CALLER}")));
}

#[test]
fn an_older_image_reverts_no_newer_switch() {
    let mut world = World::new();
    world.engine.switch(Switched::Trunk(1), false, 8);
    world.engine.adopt(&mut issue());
    world.invite("3911", TWO);
}
