//! Standing calls are counted by trunk and originator, over restarts too.

use std::sync::Arc;

use hugepages::instance::InstanceDir;
use hugepages::layout::cdr::Kind;
use hugepages::tally::{Tally, TallyKey};

use super::told::Told;
use super::world::{CALLER, ONE, Setting, THREE, World};
use crate::keeper::testing::Scratch;

/// Stable ids of the plan.
const TRUNKS: [u32; 7] = [1, 2, 3, 4, 5, 6, 7];
const ORIGINATORS: [u32; 3] = [21, 22, 23];

/// A table of counts that goes with the value.
pub struct Counts {
    pub tally: Arc<Tally>,
    _dir: InstanceDir,
    _scratch: Scratch,
}

impl Counts {
    pub fn new() -> Counts {
        let scratch = Scratch::new();
        let dir = InstanceDir::lock(&scratch.path().join("instance")).unwrap();
        let tally = Arc::new(Tally::create(&dir, "active", 64).unwrap());
        Counts { tally, _dir: dir, _scratch: scratch }
    }

    pub fn setting(&self, setting: Setting) -> Setting {
        Setting { tally: Some(Arc::clone(&self.tally)), ..setting }
    }

    fn trunk(&self, id: u32) -> i64 {
        self.tally.get(TallyKey::trunk(id))
    }

    fn originator(&self, id: u32) -> i64 {
        self.tally.get(TallyKey::originator(id))
    }

    /// The counts are what the records tell: starts without ends.
    pub fn assert_told(&self, told: &[Told]) {
        let starts = told.iter().filter(|told| told.kind == Kind::Start).count() as i64;
        let ends = |told: &&Told| matches!(told.kind, Kind::End | Kind::OrphanEnd);
        let open = starts - told.iter().filter(ends).count() as i64;
        assert_eq!(TRUNKS.map(|id| self.trunk(id)).iter().sum::<i64>(), open, "by trunk");
        let by_originator = ORIGINATORS.map(|id| self.originator(id)).iter().sum::<i64>();
        assert_eq!(by_originator, open, "by originator");
        if open == 0 && ends_match_starts(told) {
            let all = TRUNKS.map(|id| self.trunk(id));
            assert_eq!(all, [0; 7], "each trunk");
        }
    }
}

fn ends_match_starts(told: &[Told]) -> bool {
    told.iter().all(|told| told.kind != Kind::OrphanEnd)
}

#[test]
fn a_call_counts_at_its_trunk_from_answer_to_end() {
    let counts = Counts::new();
    let mut world = World::of(&counts.setting(Setting::default()));
    let (invite, arrived) = world.invite("3941", THREE);
    assert_eq!((counts.trunk(3), counts.originator(21)), (0, 0), "ringing");
    let ok = world.answer(THREE, &arrived, 200);
    assert_eq!((counts.trunk(3), counts.originator(21)), (1, 1));
    world.from(THREE, &ok);
    let received = world.sent().last().unwrap().sip();
    let mut caller = super::sip::Leg::of_caller(&invite, &received, CALLER);
    world.from(CALLER, &caller.request("BYE"));
    let bye = world.one("BYE", THREE);
    assert_eq!(counts.trunk(3), 1, "until the BYE is answered");
    world.answer(THREE, &bye, 200);
    assert_eq!((counts.trunk(3), counts.originator(21)), (0, 0));
    counts.assert_told(&world.told);
}

#[test]
fn counts_that_were_restored_go_with_the_ends_of_calls_of_another_run() {
    let before = Counts::new();
    let mut first = World::of(&before.setting(Setting::default()));
    let mut callers = Vec::new();
    for (number, at) in [("3911", ONE), ("3912", ONE), ("3941", THREE)] {
        callers.push((first.call(number, at).0, at));
    }
    let after = Counts::new();
    let trunks = TRUNKS.map(|id| (TallyKey::trunk(id), before.trunk(id)));
    let originators = ORIGINATORS.map(|id| (TallyKey::originator(id), before.originator(id)));
    assert_eq!(after.tally.tell_earlier(trunks.into_iter().chain(originators)), 0);
    assert_eq!((after.trunk(1), after.trunk(3), after.originator(21)), (2, 1, 3));
    let mut world = World::of(&after.setting(Setting { boot: 2, ..Setting::default() }));
    for (caller, at) in &mut callers {
        world.from(CALLER, &caller.request("BYE"));
        let bye = world.one("BYE", at);
        world.answer(at, &bye, 200);
    }
    assert_eq!(world.events(), [Kind::OrphanEnd; 3]);
    assert_eq!((after.trunk(1), after.trunk(3), after.originator(21)), (0, 0, 0));
}

#[test]
fn a_bye_that_comes_once_more_after_its_end_was_told_ends_nothing() {
    let before = Counts::new();
    let mut first = World::of(&before.setting(Setting::default()));
    let (mut caller, _) = first.call("3911", ONE);
    let request = caller.request("BYE");
    first.from(CALLER, &request);
    let bye = first.one("BYE", ONE);
    // The process ends before the caller has this answer.
    first.answer(ONE, &bye, 200);
    assert_eq!(first.events(), [Kind::Start, Kind::End]);
    let counts = Counts::new();
    let ended = vec![first.told[1].identity];
    let setting = Setting { boot: 2, ended, ..Setting::default() };
    let mut world = World::of(&counts.setting(setting));
    world.from(CALLER, &request);
    let bye = world.one("BYE", ONE);
    world.answer(ONE, &bye, 481);
    world.one("481 BYE", CALLER);
    assert_eq!(world.events(), []);
    assert_eq!((counts.trunk(1), counts.originator(21)), (0, 0));
}

#[test]
fn byes_that_a_peer_sends_again_and_again_take_no_other_call_off() {
    let counts = Counts::new();
    let mut world = World::of(&counts.setting(Setting::default()));
    let (mut caller, _) = world.call("3911", ONE);
    world.call("3912", ONE);
    assert_eq!(counts.tally.tell_earlier([]), 0);
    for _ in 0..3 {
        // Each is a request of its own, long after the one before was forgotten.
        world.from(CALLER, &caller.request("BYE"));
        let bye = world.one("BYE", ONE);
        world.answer(ONE, &bye, 200);
        world.pass(120_000);
    }
    assert_eq!((counts.trunk(1), counts.originator(21)), (1, 1));
}

/// A 2xx that comes once more after a restart: what the trunk counts then, where the call was restored as standing.
fn check_late(was_told: bool, expect: i64) {
    let mut first = World::new();
    let (_, arrived) = first.invite("3911", ONE);
    first.answer(ONE, &arrived, 200);
    let unsettled = if was_told { vec![first.told[0].identity] } else { Vec::new() };
    let counts = Counts::new();
    let stood = [(TallyKey::trunk(1), 1), (TallyKey::originator(21), 1)];
    assert_eq!(counts.tally.tell_earlier(stood), 0);
    let setting = Setting { boot: 2, unsettled, ..Setting::default() };
    let mut world = World::of(&counts.setting(setting));
    for _ in 0..2 {
        world.answer(ONE, &arrived, 200);
    }
    let bye = world.sent().iter().map(|sent| sent.sip()).find(|sip| sip.method() == "BYE");
    world.answer(ONE, &bye.unwrap(), 200);
    assert_eq!(world.events(), [Kind::LateAnswer, Kind::OrphanEnd]);
    assert_eq!((counts.trunk(1), counts.originator(21)), (expect, expect));
}

#[test]
fn an_answer_that_comes_once_more_takes_its_call_off_if_it_was_counted() {
    check_late(true, 0);
    // It was never answered as far as the journal tells: the one that counts is another call.
    check_late(false, 1);
}

#[test]
fn a_full_table_is_told_and_ends_no_call() {
    let counts = Counts::new();
    for id in 1_000..1_064 {
        let _full = counts.tally.add(TallyKey::trunk(id), 0);
    }
    let mut world = World::of(&counts.setting(Setting::default()));
    world.call("3911", ONE);
    assert_eq!(world.engine.state().active.uncounted, 2);
    assert_eq!(world.engine.state().standing.len(), 1);
}
