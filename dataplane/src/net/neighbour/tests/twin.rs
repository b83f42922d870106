//! The table against a twin of sorted maps and queues, under random traffic.
//!
//! Proves that states, answers, requests and packets agree and that no packet is lost or doubled.
//! Does not reach a full table: which entry makes room there is not part of the contract.

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::*;

/// Every time is a multiple of this, and the table is ticked at each.
const STEP_MS: u64 = 50;

const SETTINGS: Settings = Settings {
    capacity: 32,
    waiting: 5,
    waiting_each: 3,
    reachable_ms: 600,
    retry_ms: 100,
    tries: 3,
    failed_ms: 300,
    idle_ms: 800,
};

#[derive(Clone, Debug)]
enum Twin {
    Incomplete { asked: u8, retry_at: u64, waiting: VecDeque<u32> },
    Reachable { mac: Mac, until: u64 },
    Stale { mac: Mac, until: u64 },
    Probing { mac: Mac, asked: u8, retry_at: u64 },
    Failed { until: u64 },
}

#[derive(Default)]
struct Naive {
    entries: BTreeMap<(u8, u32), Twin>,
    asks: Vec<Ask>,
    ready: Vec<(PortIndex, Mac, u32)>,
    expired: Vec<u32>,
}

impl Naive {
    fn ask(&mut self, key: (u8, u32), destination: Mac) {
        self.asks.push(Ask { interface: PortIndex(key.0), ip: key.1, destination });
    }

    fn in_table(&self) -> usize {
        let waiting = self.entries.values().map(|entry| match entry {
            Twin::Incomplete { waiting, .. } => waiting.len(),
            _ => 0,
        });
        waiting.sum::<usize>() + self.ready.len() + self.expired.len()
    }

    fn lookup(&mut self, key: (u8, u32), now: u64) -> Resolution {
        let retry_at = now + SETTINGS.retry_ms;
        match self.entries.get(&key).cloned() {
            None => {
                let waiting = VecDeque::new();
                self.entries.insert(key, Twin::Incomplete { asked: 1, retry_at, waiting });
                self.ask(key, BROADCAST);
                Resolution::Pending
            }
            Some(Twin::Incomplete { .. }) => Resolution::Pending,
            Some(Twin::Failed { .. }) => Resolution::Failed,
            Some(Twin::Reachable { mac, .. } | Twin::Probing { mac, .. }) => Resolution::Mac(mac),
            Some(Twin::Stale { mac, .. }) => {
                self.entries.insert(key, Twin::Probing { mac, asked: 1, retry_at });
                self.ask(key, mac);
                Resolution::Mac(mac)
            }
        }
    }

    fn park(&mut self, key: (u8, u32), packet: u32, now: u64) -> Result<Option<u32>, u32> {
        let known = self.lookup(key, now);
        let is_full = self.in_table() >= usize::from(SETTINGS.waiting);
        match (known, self.entries.get_mut(&key)) {
            (Resolution::Mac(mac), _) if !is_full => {
                self.ready.push((PortIndex(key.0), mac, packet));
                Ok(None)
            }
            (Resolution::Pending, Some(Twin::Incomplete { waiting, .. })) => {
                let must_yield = is_full || waiting.len() >= usize::from(SETTINGS.waiting_each);
                if must_yield && waiting.is_empty() {
                    return Err(packet);
                }
                let oldest = if must_yield { waiting.pop_front() } else { None };
                waiting.push_back(packet);
                Ok(oldest)
            }
            _ => Err(packet),
        }
    }

    fn learn(&mut self, message: &ArpMessage, now: u64) -> Learning {
        let key = (message.interface.0, message.sender_ip);
        let may = match (self.entries.get(&key), message.kind) {
            (_, ArpKind::Probe) => false,
            (None, kind) => kind == ArpKind::Request,
            (Some(Twin::Reachable { .. } | Twin::Stale { .. }), ArpKind::Reply) => false,
            (Some(_), _) => true,
        };
        if !may {
            return Learning::Ignored;
        }
        let (mac, until) = (message.sender_mac, now + SETTINGS.reachable_ms);
        if let Some(Twin::Incomplete { waiting, .. }) =
            self.entries.insert(key, Twin::Reachable { mac, until })
        {
            self.ready.extend(waiting.into_iter().map(|p| (message.interface, mac, p)));
        }
        Learning::Taken
    }

    fn tick(&mut self, now: u64) {
        let due = self.entries.clone();
        for (key, entry) in due {
            let retry_at = now + SETTINGS.retry_ms;
            let next = match entry {
                Twin::Incomplete { asked, retry_at: at, waiting } if at <= now => {
                    if asked < SETTINGS.tries {
                        self.ask(key, BROADCAST);
                        Some(Twin::Incomplete { asked: asked + 1, retry_at, waiting })
                    } else {
                        self.expired.extend(waiting);
                        Some(Twin::Failed { until: now + SETTINGS.failed_ms })
                    }
                }
                Twin::Probing { mac, asked, retry_at: at } if at <= now => {
                    if asked < SETTINGS.tries {
                        self.ask(key, BROADCAST);
                        Some(Twin::Probing { mac, asked: asked + 1, retry_at })
                    } else {
                        Some(Twin::Failed { until: now + SETTINGS.failed_ms })
                    }
                }
                Twin::Reachable { mac, until } if until <= now => {
                    Some(Twin::Stale { mac, until: now + SETTINGS.idle_ms })
                }
                Twin::Stale { until, .. } | Twin::Failed { until } if until <= now => None,
                other => Some(other),
            };
            match next {
                Some(next) => drop(self.entries.insert(key, next)),
                None => drop(self.entries.remove(&key)),
            }
        }
    }

    fn report(&self) -> Vec<Neighbour> {
        let one = |(key, entry): (&(u8, u32), &Twin)| {
            let (state, mac) = match entry {
                Twin::Incomplete { .. } => (State::Incomplete, None),
                Twin::Reachable { mac, .. } => (State::Reachable, Some(*mac)),
                Twin::Stale { mac, .. } | Twin::Probing { mac, .. } => (State::Stale, Some(*mac)),
                Twin::Failed { .. } => (State::Failed, None),
            };
            Neighbour { interface: PortIndex(key.0), ip: key.1, mac, state }
        };
        self.entries.iter().map(one).collect()
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Lookup(u8, u32),
    Park(u8, u32),
    Learn(ArpKind, u8, u32, Mac),
    Wait(u64),
}

fn any_event() -> impl Strategy<Value = Event> {
    let who = || (0..2u8, 1..9u32);
    let kind = prop_oneof![
        1 => Just(ArpKind::Request),
        3 => Just(ArpKind::Reply),
        1 => Just(ArpKind::Gratuitous),
        1 => Just(ArpKind::Probe)
    ];
    let learn = (kind, who(), 1..4u8)
        .prop_map(|(kind, (port, host), mac)| Event::Learn(kind, port, host, [2, 0, 0, 0, 0, mac]));
    prop_oneof![
        2 => who().prop_map(|(port, host)| Event::Lookup(port, host)),
        3 => who().prop_map(|(port, host)| Event::Park(port, host)),
        1 => learn,
        2 => (1..8u64).prop_map(Event::Wait),
    ]
}

/// Sorted, since entries of one tick may be asked for in any order.
fn drained(table: &mut Neighbours<u32>) -> Vec<(u8, u32, Mac)> {
    let asks = std::iter::from_fn(|| table.next_ask());
    let mut asks: Vec<_> = asks.map(|a| (a.interface.0, a.ip, a.destination)).collect();
    asks.sort_unstable();
    asks
}

fn check(events: Vec<Event>) -> Result<(), TestCaseError> {
    let (mut table, mut twin) = (Neighbours::new(SETTINGS), Naive::default());
    let (mut now, mut packet) = (0, 0);
    for event in events {
        match event {
            Event::Lookup(port, host) => {
                let found = table.lookup(PortIndex(port), host, now);
                prop_assert_eq!(found, twin.lookup((port, host), now));
            }
            Event::Park(port, host) => {
                packet += 1;
                let found = table.park(PortIndex(port), host, packet, now);
                prop_assert_eq!(found, twin.park((port, host), packet, now));
            }
            Event::Learn(kind, port, host, mac) => {
                let message = ArpMessage { interface: PortIndex(port), ..says(kind, host, mac) };
                prop_assert_eq!(table.learn(&message, now), twin.learn(&message, now));
            }
            Event::Wait(steps) => {
                for _ in 0..steps {
                    now += STEP_MS;
                    table.tick(now);
                    twin.tick(now);
                    let mut asks: Vec<_> = std::mem::take(&mut twin.asks)
                        .iter()
                        .map(|a| (a.interface.0, a.ip, a.destination))
                        .collect();
                    asks.sort_unstable();
                    prop_assert_eq!(drained(&mut table), asks);
                }
                let ready: Vec<_> = std::iter::from_fn(|| table.next_ready()).collect();
                prop_assert_eq!(ready, std::mem::take(&mut twin.ready));
                let mut expired: Vec<_> = std::iter::from_fn(|| table.next_expired()).collect();
                let mut given_up = std::mem::take(&mut twin.expired);
                expired.sort_unstable();
                given_up.sort_unstable();
                prop_assert_eq!(expired, given_up);
            }
        }
        let mut report: Vec<Neighbour> = table.iter().collect();
        report.sort_unstable_by_key(|n| (n.interface, n.ip));
        prop_assert_eq!(report, twin.report());
        prop_assert_eq!(table.waiting(), twin.in_table());
        // A request for who answered before it left is not sent; the twin drops it at once.
        let entries = &twin.entries;
        twin.asks.retain(|ask| {
            let entry = entries.get(&(ask.interface.0, ask.ip));
            matches!(entry, Some(Twin::Incomplete { .. } | Twin::Probing { .. }))
        });
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn equals_its_twin_under_random_traffic(events in prop::collection::vec(any_event(), 1..120)) {
        check(events)?;
    }
}
