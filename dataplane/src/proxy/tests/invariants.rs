//! What holds whatever peers and wire do: nothing is left behind, every INVITE of an identified originator ends in one
//! record, every answered call in one end.

use hugepages::layout::cdr::Kind;
use proptest::prelude::*;
use std::collections::BTreeMap;

use super::counting::Counts;
use super::peers::{Peers, Wire, close};
use super::told::Told;
use super::world::{Setting, THREE, TWO, World};
use crate::proxy::outbox::SendError;
use crate::proxy::{Capacity, Timers};
use crate::txn::slab::SlabCapacity;

/// Longest duration of a call here, so that calls without a BYE end too.
const MAX_CALL_MS: u64 = 90_000;

fn setting(capacity: Capacity) -> Setting {
    Setting {
        capacity,
        timers: Timers { max_call_ms: MAX_CALL_MS, c_ms: 20_000, ..Timers::default() },
        failover: "ring_timeout_ms = 15000\ninvite_timeout_ms = 8000\npdd_ms = 3000\nno_response_ms = 1000\n\
                   retry_interval_ms = 50"
            .to_owned(),
        ..Setting::default()
    }
}

/// Runs `calls` random calls to the end of all timers and gives the world and its peers.
fn run(
    seed: u64,
    calls: u64,
    wire: Wire,
    setting: &Setting,
    refusals: &[(&str, SendError)],
) -> (World, Peers) {
    let mut world = World::of(setting);
    for (gateway, error) in refusals {
        close(&mut world, gateway, *error);
    }
    let mut peers = Peers::new(seed, wire);
    peers.plan_calls(calls, 5_000);
    peers.run(&mut world, 160_000);
    assert!(peers.is_idle(), "the peers are done");
    world.net.refuses.clear();
    world.pass_in_steps(200_000, 10);
    (world, peers)
}

fn check(world: &World, peers: &Peers, calls: u64, room: Room) {
    world.assert_empty();
    let mut records: BTreeMap<&str, u32> = BTreeMap::new();
    let mut ends: BTreeMap<u64, u32> = BTreeMap::new();
    let mut orphans = Vec::new();
    for told in &world.told {
        match told.kind {
            Kind::Start | Kind::Unanswered => *records.entry(&told.call_id).or_default() += 1,
            Kind::End => *ends.entry(told.call).or_default() += 1,
            Kind::OrphanEnd => orphans.push(told),
            Kind::LateAnswer => {}
        }
        if told.kind == Kind::Start {
            assert_eq!(told.status, 200);
        }
    }
    for call in 0..calls {
        let id = format!("random-{call}");
        let count = records.get(id.as_str()).copied().unwrap_or(0);
        if peers.overloaded.contains(&id) {
            assert!(count <= 1, "{id} has {count} records");
        } else {
            assert_eq!(count, u32::from(peers.delivered.contains(&id)), "records of {id}");
        }
    }
    for told in world.told.iter().filter(|told| told.kind == Kind::Start) {
        assert_eq!(ends.get(&told.call), Some(&1), "ends of {}", told.call_id);
    }
    let starts = world.told.iter().filter(|told| told.kind == Kind::Start).count();
    assert_eq!(ends.len(), starts, "an end without a start");
    // A late answer that found no room for its release may be ended by its callee, which nobody can tell from a call
    // of an earlier run; but no call is ended twice.
    let started = |orphan: &&&Told| {
        world.told.iter().any(|told| told.kind == Kind::Start && told.identity == orphan.identity)
    };
    assert_eq!(orphans.iter().filter(started).count(), 0, "a second end");
    assert!(room == Room::Scarce || orphans.is_empty(), "orphans without a restart: {orphans:?}");
}

/// Whether there is room for everything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Ample,
    Scarce,
}

fn wires() -> impl Strategy<Value = Wire> {
    (0u64..30, 0u64..30, 1u64..400).prop_map(|(lost, doubled, late_ms)| Wire {
        lost,
        doubled,
        late_ms,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_left_behind_and_every_call_is_told_once(seed in any::<u64>(), wire in wires()) {
        let counts = Counts::new();
        let setting = counts.setting(setting(Setting::default().capacity));
        let (world, peers) = run(seed, 60, wire, &setting, &[]);
        counts.assert_told(&world.told);
        prop_assert!(peers.overloaded.is_empty());
        check(&world, &peers, 60, Room::Ample);
    }

    #[test]
    fn nothing_is_left_behind_when_gateways_cannot_be_sent_to(seed in any::<u64>(), wire in wires()) {
        let refusals = [(TWO, SendError::Unreachable), (THREE, SendError::NoBuffer)];
        let (world, peers) = run(seed, 40, wire, &setting(Setting::default().capacity), &refusals);
        check(&world, &peers, 40, Room::Ample);
    }

    #[test]
    fn nothing_is_left_behind_when_pools_run_dry(seed in any::<u64>(), wire in wires(), dry in 0usize..5) {
        let mut capacity = Capacity {
            transactions: 512, setups: 64, exchanges: 64, calls: 64, texts: SlabCapacity([32, 96, 32, 8]),
        };
        match dry {
            0 => capacity.transactions = 48,
            1 => capacity.setups = 10,
            2 => capacity.exchanges = 3,
            3 => capacity.calls = 8,
            _ => capacity.texts = SlabCapacity([4, 10, 4, 4]),
        }
        let counts = Counts::new();
        let (world, peers) = run(seed, 80, wire, &counts.setting(setting(capacity)), &[]);
        counts.assert_told(&world.told);
        check(&world, &peers, 80, Room::Scarce);
    }
}
