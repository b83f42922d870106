//! Claims about a way to another worker that is full.

use dataplane::verdict::Verdict;
use hugepages::layout::cdr::Kind;

use crate::rig::{CALLER, ONE, Rig, Setting, TWO, on_main_lcore, pools};
use crate::sip;

#[test]
fn a_full_way_is_a_counted_drop_and_keeps_room_for_calls_that_stand() {
    on_main_lcore(|eal| {
        let mut rig = Rig::acquainted(eal, &Setting { channel: 16, ..Setting::default() });
        let invite = rig.invite_owned_by(1, "391");
        let (mut caller, mut callee) = rig.call(&invite, || 1);
        let new: Vec<_> = (0..60)
            .map(|call| sip::invite("391", CALLER, &format!("new-{call}")))
            .filter(|invite| rig.owner_of(invite) == 1)
            .take(20)
            .collect();
        // Worker 1 is busy with something else; its share lands at worker 0.
        for invite in &new {
            rig.send(0, CALLER, invite);
        }
        rig.turn(0);
        // Seven eighths of sixteen places are for everybody.
        assert_eq!(rig.count(0, Verdict::DropHandOverNew), 20 - 14);
        assert_eq!(rig.count(0, Verdict::DropHandOver), 0);
        let byes = [(CALLER, caller.request("BYE")), (ONE, callee.request("BYE"))];
        for (peer, bye) in &byes {
            rig.send(0, peer, bye);
        }
        rig.turn(0);
        assert_eq!(rig.count(0, Verdict::DropHandOver), 0);
        // Then it is full for them, too.
        rig.send(0, byes[0].0, &byes[0].1);
        rig.turn(0);
        assert_eq!(rig.count(0, Verdict::DropHandOver), 1);
        assert_eq!(rig.count(0, Verdict::DropHandOverNew), 6);
        let left = rig.left();
        assert_eq!(Rig::kind_to(&left, "INVITE", ONE).len(), 14);
        assert_eq!(Rig::kind_to(&left, "BYE", ONE).len(), 1);
        assert_eq!(Rig::kind_to(&left, "BYE", CALLER).len(), 1);
        // What was refused comes again, and finds room.
        for invite in &new[14..] {
            rig.send(0, CALLER, invite);
        }
        assert_eq!(Rig::kind_to(&rig.left(), "INVITE", ONE).len(), 6);
        assert_eq!(rig.events(1), [(Kind::Start, 1)]);
    });
}

#[test]
fn a_storm_of_arp_leaves_new_calls_their_room() {
    on_main_lcore(|eal| {
        let mut rig = Rig::acquainted(eal, &Setting { channel: 16, ..Setting::default() });
        let untold = rig.workers[0].peers().untold();
        // Answers that nobody asked for, which might be for the other worker.
        for _ in 0..50 {
            rig.answer_for(TWO, 0);
        }
        let new: Vec<_> = (0..40)
            .map(|call| sip::invite("391", CALLER, &format!("storm-{call}")))
            .filter(|invite| rig.owner_of(invite) == 1)
            .take(6)
            .collect();
        for invite in &new {
            rig.send(0, CALLER, invite);
        }
        rig.turn(0);
        assert!(rig.workers[0].peers().untold() > untold);
        assert_eq!(rig.count(0, Verdict::DropHandOverNew), 0);
        assert_eq!(Rig::kind_to(&rig.left(), "INVITE", ONE).len(), 6);
    });
}

#[test]
fn what_was_handed_over_and_never_taken_returns_to_its_pool() {
    on_main_lcore(|eal| {
        let mut rig = Rig::acquainted(eal, &Setting::default());
        let (own, peers) = pools(eal);
        // What the router said until here is off its ports.
        assert!(rig.left().is_empty());
        assert_eq!(peers.available(), peers.count());
        for _ in 0..3 {
            let invite = rig.invite_owned_by(1, "391");
            rig.send(0, CALLER, &invite);
        }
        rig.turn(0);
        // Ring ports pass the peers' buffers on as they are.
        assert_eq!(peers.available(), peers.count() - 3);
        drop(rig);
        assert_eq!((peers.available(), own.available()), (peers.count(), own.count()));
    });
}
