//! Claims about what workers tell each other of their neighbours.

use crate::rig::{CALLER, CARRIER, ONE, Rig, Setting, TWO, endpoint, on_main_lcore};

#[test]
fn a_neighbour_learnt_by_one_worker_is_known_to_the_other() {
    on_main_lcore(|eal| {
        let mut rig = Rig::new(eal, &Setting::default());
        rig.introduce(CALLER, 0);
        rig.introduce(ONE, 0);
        rig.run();
        for owner in 0..2 {
            let invite = rig.invite_owned_by(owner, "391");
            rig.send(owner, CALLER, &invite);
            let left = rig.left();
            assert_eq!(Rig::kind_to(&left, "INVITE", ONE).len(), 1);
            // Each sends over its own queue.
            assert!(left.iter().all(|left| left.queue == owner));
        }
        assert_eq!(rig.asked, []);
    });
}

#[test]
fn an_answer_that_lands_at_another_worker_frees_what_waits() {
    on_main_lcore(|eal| {
        let mut rig = Rig::new(eal, &Setting::default());
        rig.introduce(CALLER, 0);
        rig.run();
        rig.answers_arp = false;
        let invite = rig.invite_owned_by(1, "392");
        rig.send(1, CALLER, &invite);
        assert!(Rig::kind_to(&rig.left(), "INVITE", TWO).is_empty());
        assert_eq!(rig.asked, [(CARRIER, 1, endpoint(TWO).ipv4)]);
        rig.answer_for(TWO, 0);
        assert_eq!(Rig::kind_to(&rig.left(), "INVITE", TWO).len(), 1);
        // And the worker that made nothing of the answer has learnt it from the one that had asked.
        let invite = rig.invite_owned_by(0, "392");
        rig.send(0, CALLER, &invite);
        rig.one("INVITE", TWO);
        assert_eq!(rig.asked.len(), 1);
    });
}

#[test]
fn an_answer_that_nobody_asked_for_is_learnt_by_no_worker() {
    on_main_lcore(|eal| {
        let mut rig = Rig::new(eal, &Setting::default());
        rig.introduce(CALLER, 0);
        rig.run();
        rig.answers_arp = false;
        rig.answer_for(TWO, 0);
        rig.run();
        for owner in 0..2 {
            let invite = rig.invite_owned_by(owner, "392");
            rig.send(owner, CALLER, &invite);
            assert!(Rig::kind_to(&rig.left(), "INVITE", TWO).is_empty());
        }
        assert_eq!(rig.asked.len(), 2);
    });
}
