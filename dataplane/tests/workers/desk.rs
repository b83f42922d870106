//! Images and switches from the control plane reach the calls of every worker; a ring that is broken ends none.

use std::sync::Arc;

use dataplane::keeper::note::{Note, NoteKind};
use hugepages::commands::{CommandSender, ring_name};
use hugepages::layout::command::Command;
use hugepages::segment::{LayoutVersion, Segment, SegmentKind};
use hugepages::sync::Ordering;
use routing::{Image, plan_text};

use crate::rig::{CALLER, ONE, PLAN, Rig, Setting, TWO, on_main_lcore};
use crate::sip;

/// The plan with another version, and `from` exchanged for `to`.
fn image(version: u64, from: &str, to: &str) -> Arc<Image> {
    let text = PLAN.replace("version = 1", &format!("version = {version}")).replace(from, to);
    let built = routing::image::build(&plan_text::parse(&text).unwrap()).unwrap();
    Arc::new(built.open().unwrap())
}

/// Calls from as many Call-IDs as reach both workers: where their INVITEs go, and how many are answered 503.
fn calls(rig: &mut Rig, name: &str) -> (usize, usize, usize) {
    let mut to = (0, 0, 0);
    for number in 0..8 {
        rig.send(0, CALLER, &sip::invite("3911", CALLER, &format!("{name}-{number}")));
        let left = rig.left();
        to.0 += Rig::kind_to(&left, "INVITE", ONE).len();
        to.1 += Rig::kind_to(&left, "INVITE", TWO).len();
        to.2 += Rig::kind_to(&left, "503 INVITE", CALLER).len();
    }
    to
}

fn gauge(rig: &Rig, worker: usize, name: &str) -> u64 {
    let path = rig.instance.path();
    let reader =
        hugepages::counters::CountersReader::open(path, &format!("worker-{worker}")).unwrap();
    reader.iter().find(|(gauge, _)| *gauge == name).unwrap().1
}

#[test]
fn an_image_is_in_force_at_the_next_millisecond_and_the_old_one_comes_back() {
    on_main_lcore(|eal| {
        let mut rig = Rig::acquainted(eal, &Setting::default());
        assert_eq!(calls(&mut rig, "before"), (8, 0, 0));
        let next = image(2, r#"trunks = ["one"]"#, r#"trunks = ["two"]"#);
        for (issuer, core) in rig.issuers.iter_mut().zip(0..) {
            assert!(issuer.issue(&next, core));
            assert!(!issuer.issue(&next, core), "one at a time");
        }
        rig.pass(1);
        for worker in 0..2 {
            assert_eq!(gauge(&rig, worker, "image_as_of"), 2, "told at once");
            assert!(rig.issuers[worker].take_back());
        }
        assert_eq!(calls(&mut rig, "behind"), (0, 8, 0));
    });
}

#[test]
fn a_switch_stops_a_trunk_at_every_worker_until_its_image_comes() {
    on_main_lcore(|eal| {
        let mut rig = Rig::acquainted(eal, &Setting::default());
        let trunk = routing::stable_id::narrow("one");
        for worker in 0..2 {
            let mut sender = CommandSender::attach(rig.instance.path(), worker).unwrap();
            sender.send(Command::TrunkSwitch { as_of: 5, trunk, enabled: false }).unwrap();
        }
        rig.pass(1);
        assert_eq!(calls(&mut rig, "off"), (0, 0, 8));
        rig.pass(100);
        assert_eq!((gauge(&rig, 0, "switches"), gauge(&rig, 0, "command_as_of")), (1, 5));
        // An older image does not bring it back, a newer one does.
        for (as_of, expect) in [(4, (0, 0, 8)), (5, (8, 0, 0))] {
            let next = image(as_of, "", "");
            for (issuer, core) in rig.issuers.iter_mut().zip(0..) {
                let _first = issuer.take_back();
                assert!(issuer.issue(&next, core));
            }
            rig.pass(1);
            assert_eq!(calls(&mut rig, &format!("image-{as_of}")), expect);
        }
        assert_eq!(gauge(&rig, 0, "switches"), 0);
    });
}

#[test]
fn a_ring_that_its_sender_breaks_is_closed_with_a_note_and_calls_go_on() {
    on_main_lcore(|eal| {
        let mut rig = Rig::acquainted(eal, &Setting::default());
        let ring =
            Segment::open(rig.instance.path(), &ring_name(1), SegmentKind::Ring, LayoutVersion(1));
        for word in &ring.unwrap().words()[16..48] {
            word.store(u64::MAX - 7, Ordering::Relaxed);
        }
        rig.pass(3);
        let mut notes = Vec::new();
        while let Some(record) = rig.notes[1].peek() {
            notes.extend(Note::from_bytes(record).map(|note| note.kind));
            rig.notes[1].release();
        }
        assert_eq!(notes, [NoteKind::CommandsClosed], "once");
        assert_eq!(calls(&mut rig, "on"), (8, 0, 0));
    });
}
