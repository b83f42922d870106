//! Claims about calls whose messages land at any worker.

use dataplane::verdict::Verdict;
use hugepages::layout::cdr::Kind;

use crate::rig::{CALLER, ONE, Rig, STRANGER, Setting, on_main_lcore};
use crate::sip;

#[test]
fn calls_of_one_source_address_spread_evenly() {
    on_main_lcore(|eal| {
        let mut rig = Rig::acquainted(eal, &Setting::default());
        const CALLS: u32 = 1_000;
        for call in 0..CALLS {
            // One flow: the NIC puts all of it on one queue.
            rig.send(0, CALLER, &sip::invite("391", CALLER, &format!("{call}-99@10.1.0.10")));
            if call % 50 == 49 {
                let left = rig.left();
                assert_eq!(Rig::kind_to(&left, "INVITE", ONE).len(), 50);
            }
        }
        let has = [0, 1].map(|worker: usize| rig.workers[worker].engine().state().setups.used());
        assert_eq!(has[0] + has[1], CALLS);
        let expected = f64::from(CALLS) / 2.0;
        let squared: f64 =
            has.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
        // Chance exceeds it once in a thousand times.
        assert!(squared < 10.83, "{has:?}, chi-squared {squared:.1}");
        assert_eq!(rig.workers[0].peers().handed_over(), u64::from(has[1]) + 4);
    });
}

#[test]
fn responses_acks_and_byes_reach_the_owner_from_either_queue() {
    on_main_lcore(|eal| {
        for owner in 0..2 {
            for first in 0..2 {
                let mut rig = Rig::acquainted(eal, &Setting::default());
                let mut queue = first;
                // From one queue to the other with every message.
                let mut next = || {
                    queue = 1 - queue;
                    queue
                };
                let invite = rig.invite_owned_by(owner, "391");
                let (mut caller, mut callee) = rig.call(&invite, &mut next);
                let (leg, peer, other) = match first {
                    0 => (&mut caller, CALLER, ONE),
                    _ => (&mut callee, ONE, CALLER),
                };
                let bye = leg.request("BYE");
                rig.send(next(), peer, &bye);
                let arrived = rig.one("BYE", other);
                rig.send(next(), other, &sip::answer(&arrived, 200, "OK", "x", other));
                rig.one("200 BYE", peer);
                // The retransmission finds the transaction, wherever it lands.
                for queue in 0..2 {
                    rig.send(queue, peer, &bye);
                    rig.one("200 BYE", peer);
                }
                let told = [(Kind::Start, owner as u16), (Kind::End, owner as u16)];
                assert_eq!(rig.events(owner), told);
                assert_eq!(rig.events(1 - owner), []);
                for worker in 0..2 {
                    let state = rig.workers[worker].engine().state();
                    assert!(state.standing.is_empty() && state.calls.used() == 0);
                    assert_eq!(state.txns.used() > 0, worker == owner);
                }
            }
        }
    });
}

#[test]
fn cancels_and_retransmissions_reach_the_owner_from_either_queue() {
    on_main_lcore(|eal| {
        for owner in 0..2 {
            let mut rig = Rig::acquainted(eal, &Setting::default());
            let invite = rig.invite_owned_by(owner, "391");
            rig.send(0, CALLER, &invite);
            let arrived = rig.one("INVITE", ONE);
            for queue in 0..2 {
                rig.send(queue, CALLER, &invite);
                let left = rig.left();
                assert!(Rig::kind_to(&left, "INVITE", ONE).is_empty());
                assert_eq!(Rig::kind_to(&left, "100 INVITE", CALLER).len(), 1);
            }
            rig.send(1 - owner, ONE, &sip::answer(&arrived, 180, "Ringing", "callee", ONE));
            rig.one("180 INVITE", CALLER);
            rig.send(1 - owner, CALLER, &sip::cancel(&invite));
            let left = rig.left();
            assert_eq!(Rig::kind_to(&left, "200 CANCEL", CALLER).len(), 1);
            let cancel = Rig::kind_to(&left, "CANCEL", ONE).remove(0);
            rig.send(1 - owner, ONE, &sip::answer(&cancel, 200, "OK", "callee", ONE));
            rig.send(1 - owner, ONE, &sip::answer(&arrived, 487, "Terminated", "callee", ONE));
            let left = rig.left();
            assert_eq!(Rig::kind_to(&left, "ACK", ONE).len(), 1);
            let refused = Rig::kind_to(&left, "487 INVITE", CALLER).remove(0);
            rig.send(1 - owner, CALLER, &sip::ack_of_failure(&invite, &refused));
            rig.run();
            // Acknowledged: it is not sent again.
            rig.pass(600);
            assert!(rig.left().is_empty());
            assert_eq!(rig.events(owner), [(Kind::Unanswered, owner as u16)]);
            assert_eq!(rig.events(1 - owner), []);
        }
    });
}

#[test]
fn strangers_are_turned_away_where_they_arrive() {
    on_main_lcore(|eal| {
        let mut rig = Rig::acquainted(eal, &Setting::default());
        let before = rig.workers[0].peers().handed_over();
        for call in 0..40 {
            rig.send(0, STRANGER, &sip::invite("391", STRANGER, &format!("{call}@10.1.0.66")));
        }
        rig.run();
        assert_eq!(rig.count(0, Verdict::DropUnknownSource), 40);
        assert_eq!(rig.workers[0].peers().handed_over(), before);
    });
}

#[test]
fn a_datagram_that_the_line_changed_ends_at_its_owner() {
    on_main_lcore(|eal| {
        let mut rig = Rig::acquainted(eal, &Setting::default());
        let invite = rig.invite_owned_by(1, "391");
        for queue in [0, 1] {
            // The last byte of the body says nothing of the owner.
            rig.send_changed(queue, CALLER, &invite, |payload| *payload.last_mut().unwrap() ^= 1);
        }
        rig.run();
        assert_eq!(rig.count(0, Verdict::DropUdpChecksum), 0);
        assert_eq!(rig.count(1, Verdict::DropUdpChecksum), 2);
        assert!(rig.left().is_empty());
        rig.call(&invite, || 0);
    });
}
