//! The link against a control plane that a test plays over a real socket, good or hostile.

mod hostile;
mod offers;
mod plane;
mod taken;

use std::sync::Arc;

use hugepages::layout::link::ToData;
use hugepages::memory::PageKind;
use hugepages::tally::TallyKey;
use plane::{Rig, image_extents, offer_of};
use routing::image::Extent;

use super::super::Reason;
use super::super::last_image;
use super::*;

const NOTHING: [&str; 0] = [];

#[test]
fn says_hello_and_knocks_again_when_nobody_is_there() {
    let mut rig = Rig::without_plane();
    rig.pass(300);
    assert!(rig.said().contains("control_plane_absent"));
    rig.pass(2_000);
    assert!(!rig.said().contains("control_plane_absent"), "once");
    let mut plane = rig.plane();
    let hello = plane.heard(&mut rig);
    assert_eq!(hello.len(), 1);
    for part in ["workers: 2", "image_as_of: 0", "calls_restored: false", "boot_segment: 3"] {
        assert!(hello[0].contains(part), "{hello:?}");
    }
    plane.welcome(&mut rig);
    assert!(rig.said().contains("control_plane_connected"));
}

#[test]
fn an_image_is_in_force_when_every_worker_has_handed_the_old_one_back() {
    let (mut rig, mut plane) = Rig::connected();
    plane.offer(&offer_of(5, &image_extents(5)));
    rig.idle_worker = Some(1);
    rig.pass(50);
    assert_eq!(plane.heard(&mut rig), NOTHING);
    assert_eq!(rig.image_as_of(0), 5);
    rig.idle_worker = None;
    assert_eq!(plane.heard(&mut rig), ["Adopted { as_of: 5 }"]);
    assert_eq!((rig.image_as_of(0), rig.image_as_of(1)), (5, 5));
    rig.pass(100);
    let last = last_image::read(&rig.image_dir(), PageKind::Small).unwrap().unwrap();
    assert_eq!(last.version(), 5);
    assert_eq!(rig.count(Statistic::ImageSavedAsOf), 5);
}

#[test]
fn offers_that_come_meanwhile_wait_and_are_taken_in_their_order() {
    let (mut rig, mut plane) = Rig::connected();
    for as_of in 5..9 {
        plane.offer(&offer_of(as_of, &image_extents(as_of)));
    }
    let heard = plane.heard(&mut rig);
    let expect: Vec<String> = (5..9).map(|as_of| format!("Adopted {{ as_of: {as_of} }}")).collect();
    assert_eq!(heard, expect);
}

#[test]
fn an_image_is_checked_beside_the_keeper_which_goes_on() {
    let (mut rig, mut plane) = Rig::connected();
    let mut offer = offer_of(5, &image_extents(5));
    // Much to read, and no part of the image: it is refused when all of it has been read.
    offer.extents[0].bytes = Some(vec![1; 64 << 20]);
    offer.extents[0].len = 64 << 20;
    plane.offer(&offer);
    assert!(rig.turn(), "it takes the offer");
    assert!(rig.control.opening.is_some() && !rig.turn(), "and has nothing to do");
    let heard = plane.heard(&mut rig);
    assert!(heard.len() == 1 && heard[0].contains("has checksum"), "{heard:?}");
}

#[test]
fn a_thousand_images_leave_no_memory_behind() {
    let (mut rig, mut plane) = Rig::connected();
    let mappings = || std::fs::read_to_string("/proc/self/maps").unwrap();
    let ours = |maps: String| maps.lines().filter(|line| line.contains("flat-extent")).count();
    let mut most = 0;
    for as_of in 1..=1_000 {
        plane.offer_named("flat-extent", &offer_of(as_of, &image_extents(as_of)));
        let heard = plane.heard(&mut rig);
        assert_eq!(heard, [format!("Adopted {{ as_of: {as_of} }}")]);
        most = most.max(ours(mappings()));
    }
    let extents = image_extents(1).len();
    assert!((extents..=3 * extents).contains(&most), "{most} mappings at most");
}

#[test]
fn without_a_plane_the_image_stays_and_the_next_connection_says_which() {
    let (mut rig, mut plane) = Rig::connected();
    plane.offer(&offer_of(5, &image_extents(5)));
    plane.heard(&mut rig);
    drop(plane);
    rig.pass(600);
    assert!(rig.said().contains("control_plane_gone"));
    assert_eq!(rig.image_as_of(0), 5);
    let mut plane = rig.plane();
    assert!(plane.heard(&mut rig)[0].contains("image_as_of: 5"));
    plane.welcome(&mut rig);
    // What it published before means nothing to a connection that begins.
    plane.offer(&offer_of(5, &image_extents(5)));
    assert_eq!(plane.heard(&mut rig), ["Adopted { as_of: 5 }"]);
}

#[test]
fn drain_and_resume_are_words_for_workers_and_answers_for_the_plane() {
    let (mut rig, mut plane) = Rig::connected();
    rig.standing(0, 3);
    rig.standing(1, 4);
    plane.say(&ToData::Drain, &[]);
    assert_eq!(plane.heard(&mut rig), ["Mode { draining: true, standing_calls: 7 }"]);
    assert!(rig.pressures.iter().all(Pressure::refuses_calls));
    rig.standing(1, 0);
    rig.pass(1_100);
    assert_eq!(plane.heard(&mut rig), ["Mode { draining: true, standing_calls: 3 }"]);
    rig.pass(3_000);
    assert_eq!(plane.heard(&mut rig), NOTHING, "nothing has changed");
    plane.say(&ToData::Resume, &[]);
    assert_eq!(plane.heard(&mut rig), ["Mode { draining: false, standing_calls: 3 }"]);
    assert!(!rig.pressures.iter().any(Pressure::refuses_calls));
}

#[test]
fn draining_outlasts_the_connection_and_is_said_at_the_next() {
    let (mut rig, mut plane) = Rig::connected();
    plane.say(&ToData::Drain, &[]);
    plane.heard(&mut rig);
    drop(plane);
    rig.pass(600);
    assert!(rig.pressures[0].has(Reason::Draining));
    let mut plane = rig.plane();
    assert!(plane.heard(&mut rig)[0].contains("draining: true"));
}

#[test]
fn open_calls_are_counted_once_a_run() {
    let (mut rig, mut plane) = Rig::connected();
    let (one, two) = (TallyKey::trunk(7), TallyKey::originator(9));
    plane.open_calls(false, &[(one, 3)]);
    assert_eq!(plane.heard(&mut rig), NOTHING);
    assert_eq!(rig.tally.get(one), 0, "all at once, when the last has come");
    // A connection that breaks half way leaves nothing behind.
    drop(plane);
    rig.pass(600);
    let mut plane = rig.plane();
    assert!(plane.heard(&mut rig)[0].contains("calls_restored: false"));
    plane.welcome(&mut rig);
    plane.open_calls(false, &[(one, 3)]);
    plane.open_calls(true, &[(two, 2), (one, 1)]);
    assert_eq!(plane.heard(&mut rig), ["CallsRestored"]);
    assert_eq!((rig.tally.get(one), rig.tally.get(two)), (4, 2));
    plane.open_calls(true, &[(one, 1)]);
    plane.is_closed(&mut rig);
    assert!(rig.said().contains("it told the open calls twice"));
    assert_eq!(rig.tally.get(one), 4);
    let mut plane = rig.plane_after(10_000);
    assert!(plane.heard(&mut rig)[0].contains("calls_restored: true"));
}

#[test]
fn no_open_calls_are_an_answer_too() {
    let (mut rig, mut plane) = Rig::connected();
    plane.open_calls(true, &[]);
    assert_eq!(plane.heard(&mut rig), ["CallsRestored"]);
}

#[test]
fn a_plane_that_turns_us_away_is_left_alone_for_a_while() {
    let mut rig = Rig::without_plane();
    for _ in 0..2 {
        let mut plane = rig.plane_after(6_000);
        plane.heard(&mut rig);
        plane.say(&ToData::Refuse { why: "it writes format 9" }, &[]);
        plane.is_closed(&mut rig);
        rig.pass(4_000);
        assert!(rig.accept().is_none(), "it knocked too early");
    }
    let said = rig.said();
    assert_eq!(said.matches("control_plane_refused_us").count(), 1, "{said}");
    assert!(said.contains("it writes format 9"));
}

#[test]
fn an_image_that_was_begun_with_is_not_written_again() {
    let mut rig = Rig::without_plane();
    let image = Image::open(image_extents(4)).unwrap();
    rig.control.begin_with(image, 0);
    rig.pass(10);
    assert_eq!((rig.image_as_of(0), rig.count(Statistic::ImageAsOf)), (4, 4));
    assert!(last_image::read(&rig.image_dir(), PageKind::Small).unwrap().is_none());
    let mut plane = rig.plane();
    assert!(plane.heard(&mut rig)[0].contains("image_as_of: 4"));
    assert_eq!(Arc::strong_count(rig.workers[0].image.as_ref().unwrap()), 2, "one a worker");
}
