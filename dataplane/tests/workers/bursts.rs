//! Claims about bursts that hold the datagrams of several workers.

use dataplane::verdict::Verdict;

use crate::rig::{CALLER, ONE, Rig, STRANGER, Setting, on_main_lcore};
use crate::sip;

/// All packets that a worker has counted.
fn counted(rig: &Rig) -> u64 {
    rig.workers.iter().flat_map(|worker| worker.verdicts().as_slice()).sum()
}

#[test]
fn every_packet_has_one_verdict_however_full_the_bursts_are() {
    on_main_lcore(|eal| {
        for (workers, queues) in [(1, 1), (2, 1), (2, 2), (5, 2)] {
            let setting = Setting { workers, queues, ..Setting::default() };
            let mut rig = Rig::acquainted(eal, &setting);
            let before = counted(&rig);
            let (mut sent, mut invites) = (0, 0);
            for at in 0..150u32 {
                let queue = usize::from(at as u16 / 3 % queues);
                let id = format!("{workers}-{queues}-{at}");
                match at % 7 {
                    0 => rig.introduce(ONE, queue),
                    1 => rig.send(queue, STRANGER, &sip::invite("391", STRANGER, &id)),
                    2 => rig.send(queue, ONE, &sip::request("OPTIONS", "sip:10.2.0.1", ONE, &id)),
                    3 => {
                        let broken = sip::invite("391", CALLER, &id).without("Call-ID");
                        rig.send(queue, CALLER, &broken);
                    }
                    _ => {
                        rig.send(queue, CALLER, &sip::invite("391", CALLER, &id));
                        invites += 1;
                    }
                }
                sent += 1;
            }
            let left = rig.left();
            assert_eq!(counted(&rig) - before, sent, "{workers} workers, {queues} queues");
            assert_eq!(Rig::kind_to(&left, "INVITE", ONE).len(), invites);
            let lost: u64 = (0..workers)
                .flat_map(|worker| {
                    [Verdict::DropHandOver, Verdict::DropHandOverNew, Verdict::DropPanic]
                        .map(|verdict| rig.count(worker, verdict))
                })
                .sum();
            assert_eq!(lost, 0);
            let handed: u64 = rig.workers.iter().map(|worker| worker.peers().handed_over()).sum();
            assert_eq!(handed > 0, workers > 1);
        }
    });
}

#[test]
fn datagrams_of_one_burst_keep_their_order() {
    on_main_lcore(|eal| {
        for owner in 0..2 {
            let mut rig = Rig::acquainted(eal, &Setting::default());
            let invite = rig.invite_owned_by(owner, "391");
            let other = rig.invite_owned_by(1 - owner, "391");
            rig.send(0, CALLER, &other);
            rig.send(0, CALLER, &invite);
            rig.send(0, CALLER, &sip::cancel(&invite));
            rig.send(0, CALLER, &sip::cancel(&other));
            let left = rig.left();
            // In front of its INVITE a CANCEL would find nothing, and be refused.
            assert_eq!(Rig::kind_to(&left, "200 CANCEL", CALLER).len(), 2);
            assert_eq!(Rig::kind_to(&left, "481 CANCEL", CALLER).len(), 0);
        }
    });
}
