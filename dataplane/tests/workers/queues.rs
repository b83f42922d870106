//! Claims about devices with fewer queues than there are workers.

use hugepages::layout::cdr::Kind;

use crate::rig::{CALLER, ONE, Rig, Setting, on_main_lcore};
use crate::sip;

#[test]
fn a_worker_without_queues_serves_its_calls_through_the_first() {
    on_main_lcore(|eal| {
        for workers in [2, 3] {
            let setting = Setting { workers, queues: 1, ..Setting::default() };
            let mut rig = Rig::acquainted(eal, &setting);
            for owner in 0..workers {
                let invite = rig.invite_owned_by(owner, "391");
                let (mut caller, _) = rig.call(&invite, || 0);
                rig.send(0, CALLER, &caller.request("BYE"));
                let arrived = rig.one("BYE", ONE);
                rig.send(0, ONE, &sip::answer(&arrived, 200, "OK", "x", ONE));
                rig.one("200 BYE", CALLER);
                let number = owner as u16;
                assert_eq!(rig.events(owner), [(Kind::Start, number), (Kind::End, number)]);
                let frames = rig.workers[owner].peers().handed_over();
                assert!(owner == 0 || frames >= 6, "{frames} frames left through worker 0");
                assert_eq!(rig.workers[owner].unsent(), 0);
            }
        }
    });
}

#[test]
fn a_worker_asks_for_its_neighbours_through_the_first() {
    on_main_lcore(|eal| {
        let mut rig = Rig::new(eal, &Setting { queues: 1, ..Setting::default() });
        let invite = rig.invite_owned_by(1, "391");
        rig.send(0, CALLER, &invite);
        rig.one("INVITE", ONE);
        // The caller, for the 100, and the gateway.
        assert_eq!(rig.asked.len(), 2);
    });
}
