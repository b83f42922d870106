//! Control planes that break the rules: the connection ends with a reason, the link comes back, calls go on.

use hugepages::layout::link::{ToData, VERSION};
use proptest::prelude::*;
use routing::image::layout;

use super::plane::{Plane, Rig, fd, image_extents, offer_of, plain_file};
use super::*;

/// What a plane does once it is welcome, and what is said of it.
fn check_hung_up(act: impl FnOnce(&mut Plane), expect: &str) {
    let (mut rig, mut plane) = Rig::connected();
    plane.offer(&offer_of(5, &image_extents(5)));
    plane.heard(&mut rig);
    act(&mut plane);
    plane.is_closed(&mut rig);
    let said = rig.said();
    assert!(said.contains("control_plane_faulty") && said.contains(expect), "{said}");
    assert_eq!((rig.image_as_of(0), rig.count(Statistic::ControlFaults)), (5, 1));
    let mut plane = rig.plane_after(2_000);
    assert!(plane.heard(&mut rig)[0].contains("image_as_of: 5"));
}

#[test]
fn bytes_that_are_no_message_end_the_connection() {
    check_hung_up(|plane| plane.say_bytes(b"\0", &[]), "");
    check_hung_up(|plane| plane.say_bytes(&[0xff; 300], &[]), "");
    check_hung_up(|plane| plane.say_bytes(&vec![7; 60_000], &[]), "");
}

#[test]
fn messages_out_of_place_end_the_connection() {
    let welcome = ToData::Welcome { image_format: layout::FORMAT };
    check_hung_up(|plane| plane.say(&welcome, &[]), "it welcomed us twice");
    check_hung_up(|plane| plane.say(&ToData::Refuse { why: "x" }, &[]), "it welcomed us twice");
    let mut rig = Rig::without_plane();
    let mut plane = rig.plane();
    plane.heard(&mut rig);
    plane.say(&ToData::Drain, &[]);
    plane.is_closed(&mut rig);
    assert!(rig.said().contains("its first message is no welcome"));
    assert!(!rig.pressures[0].refuses_calls());
}

#[test]
fn a_format_that_is_not_read_ends_the_connection() {
    let mut rig = Rig::without_plane();
    let mut plane = rig.plane();
    plane.heard(&mut rig);
    plane.say(&ToData::Welcome { image_format: 77 }, &[]);
    plane.is_closed(&mut rig);
    assert!(rig.said().contains("images of format 77"));
}

#[test]
fn descriptors_that_nobody_asked_for_end_the_connection() {
    let file = plain_file();
    check_hung_up(|plane| plane.say(&ToData::Drain, &[fd(&file)]), "1 descriptors, not 0");
    let offer = offer_of(6, &image_extents(6));
    let count = offer.extents.len();
    check_hung_up(|plane| plane.offer_with(&offer, &[]), &format!("0 descriptors, not {count}"));
}

#[test]
fn numbers_of_calls_that_cannot_be_end_the_connection_and_count_nothing() {
    let key = TallyKey::trunk(7);
    for calls in [vec![(key, i64::MAX)], vec![(key, 5), (key, i64::MAX), (key, i64::MAX)]] {
        let (mut rig, mut plane) = Rig::connected();
        plane.open_calls(true, &calls);
        plane.is_closed(&mut rig);
        assert!(rig.said().contains("more open calls than can be"));
        assert_eq!(rig.tally.get(key), 0);
    }
}

#[test]
fn one_that_breaks_the_rules_again_and_again_is_knocked_at_less_often() {
    let mut rig = Rig::without_plane();
    let mut waits = Vec::new();
    for _ in 0..6 {
        rig.listen();
        let mut waited = 0;
        let mut plane = loop {
            if let Some(plane) = rig.accept() {
                break plane;
            }
            rig.pass(50);
            waited += 50;
        };
        waits.push(waited);
        plane.say_bytes(b"garbage", &[]);
        plane.is_closed(&mut rig);
    }
    assert!(waits.is_sorted() && waits[5] >= 4_000 && waits[1] < 1_000, "{waits:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_do_any_harm(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 1..6), kind in 0x100_u16..0x109) {
        let (mut rig, mut plane) = Rig::connected();
        plane.offer(&offer_of(5, &image_extents(5)));
        plane.heard(&mut rig);
        for mut message in messages {
            // Every other one gets as far as its body.
            if message.len() >= 8 && message[7] & 1 == 0 {
                let len = u32::try_from(message.len()).unwrap();
                message[..4].copy_from_slice(&len.to_le_bytes());
                message[4..6].copy_from_slice(&kind.to_le_bytes());
                message[6..8].copy_from_slice(&VERSION.to_le_bytes());
            }
            if plane.try_say(&message) {
                rig.pass(2);
            }
        }
        rig.pass(20);
        prop_assert_eq!(rig.image_as_of(0), 5);
    }
}
