//! Claims about calls that stand when the router starts again with another number of workers.

use dataplane::verdict::Verdict;

use crate::rig::{CALLER, ONE, Rig, Setting, on_main_lcore};
use crate::sip;

#[test]
fn dialogs_live_on_under_another_number_of_workers() {
    on_main_lcore(|eal| {
        for (workers, key) in [(3, 1), (1, 1), (2, 2)] {
            let old = Setting::default();
            let mut before = Rig::acquainted(eal, &old);
            let mut dialogs = Vec::new();
            for owner in [0, 1] {
                let invite = before.invite_owned_by(owner, "391");
                dialogs.push((invite.clone(), before.call(&invite, || owner)));
            }
            drop(before);
            let new = Setting { workers, queues: workers as u16, key, boot: 2, ..old };
            let mut after = Rig::acquainted(eal, &new);
            for (invite, (mut caller, mut callee)) in dialogs {
                let home = after.owner_of(&invite);
                for (leg, peer, other) in [(&mut caller, CALLER, ONE), (&mut callee, ONE, CALLER)] {
                    let method = if peer == CALLER { "INFO" } else { "BYE" };
                    let request = leg.request(method);
                    // It may land anywhere, and so may what follows.
                    after.send(workers - 1, peer, &request);
                    let arrived = after.one(method, other);
                    after.send(0, other, &sip::answer(&arrived, 200, "OK", "x", other));
                    after.one(&format!("200 {method}"), peer);
                    let absorbed = after.count(home, Verdict::Absorb);
                    after.send(workers - 1, peer, &request);
                    after.one(&format!("200 {method}"), peer);
                    assert_eq!(after.count(home, Verdict::Absorb), absorbed + 1);
                }
            }
        }
    });
}
