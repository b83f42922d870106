//! Claims about publisher and receiver: what each keeps, and that neither lacks an extent.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn ids(ids: &[u64]) -> Vec<ExtentId> {
    ids.iter().copied().map(ExtentId).collect()
}

fn offer(as_of: u64, carried: &[(u64, bool)]) -> Option<Offer> {
    let extents = carried.iter().map(|&(id, carried)| (ExtentId(id), carried)).collect();
    Some(Offer { as_of, extents })
}

#[test]
fn unchanged_extents_travel_once() {
    let mut ledger = Ledger::new();
    assert_eq!(ledger.offer(), None);
    ledger.publish(1, ids(&[1, 2, 3])).unwrap();
    assert_eq!(ledger.offer(), offer(1, &[(1, true), (2, true), (3, true)]));
    assert_eq!(ledger.offer(), None);
    assert_eq!(ledger.acknowledge(1), Ok(vec![]));
    ledger.publish(2, ids(&[4, 2, 3])).unwrap();
    assert_eq!(ledger.offer(), offer(2, &[(4, true), (2, false), (3, false)]));
    assert_eq!(ledger.acknowledge(2), Ok(ids(&[1])));
    assert_eq!(ledger.acknowledged_as_of(), Some(2));
}

#[test]
fn an_extent_travels_again_when_an_offer_before_it_may_drop_it() {
    let mut ledger = Ledger::new();
    ledger.publish(1, ids(&[1, 9])).unwrap();
    ledger.offer();
    ledger.acknowledge(1).unwrap();
    ledger.publish(2, ids(&[2])).unwrap();
    ledger.offer();
    // Once the receiver has adopted the second it has 9 no more.
    ledger.publish(3, ids(&[3, 9])).unwrap();
    assert_eq!(ledger.offer(), offer(3, &[(3, true), (9, true)]));
}

#[test]
fn a_version_that_was_never_offered_is_freed_by_the_next() {
    let mut ledger = Ledger::new();
    assert_eq!(ledger.publish(1, ids(&[1, 2])), Ok(vec![]));
    assert_eq!(ledger.publish(2, ids(&[2, 3])), Ok(ids(&[1])));
    assert_eq!(ledger.offer().map(|offer| offer.as_of), Some(2));
}

#[test]
fn refused_version_stays_while_it_is_the_newest() {
    let mut ledger = Ledger::new();
    ledger.publish(1, ids(&[1])).unwrap();
    ledger.offer();
    assert_eq!(ledger.refuse(1), Ok(vec![]));
    assert_eq!(ledger.offer(), None, "it would be refused again");
    assert_eq!(ledger.publish(2, ids(&[2])), Ok(ids(&[1])));
}

#[test]
fn new_connection_gets_the_newest_version_whole() {
    let mut ledger = Ledger::new();
    for as_of in 1..=3 {
        ledger.publish(as_of, ids(&[as_of, 9])).unwrap();
        ledger.offer();
    }
    ledger.acknowledge(1).unwrap();
    assert_eq!(ledger.disconnect(), ids(&[1, 2]));
    assert_eq!(ledger.offer(), offer(3, &[(3, true), (9, true)]));
}

#[test]
fn versions_coalesce_while_the_receiver_is_silent() {
    let mut ledger = Ledger::new();
    for as_of in 1..=10 {
        ledger.publish(as_of, ids(&[as_of])).unwrap();
        assert_eq!(ledger.offer().is_some(), as_of <= MAX_IN_FLIGHT as u64);
    }
    assert_eq!(ledger.in_flight(), MAX_IN_FLIGHT);
    assert_eq!(ledger.acknowledge(2), Ok(ids(&[1])));
    assert_eq!(ledger.offer().map(|offer| offer.as_of), Some(10));
}

#[test]
fn answers_for_what_does_not_wait_are_refused() {
    let mut ledger = Ledger::new();
    ledger.publish(1, ids(&[1])).unwrap();
    assert_eq!(ledger.acknowledge(1), Err(AnswerError::NotInFlight { as_of: 1 }));
    ledger.offer();
    assert_eq!(ledger.refuse(2), Err(AnswerError::NotInFlight { as_of: 2 }));
    ledger.acknowledge(1).unwrap();
    assert_eq!(ledger.acknowledge(1), Err(AnswerError::NotInFlight { as_of: 1 }));
    assert_eq!(ledger.publish(1, vec![]), Err(PublishError::NotNewer { as_of: 1, newest: 1 }));
}

#[test]
fn receiver_refuses_what_it_cannot_resolve() {
    let mut holdings = Holdings::new();
    let at = |id: u64, came: bool| (ExtentId(id), came.then_some(id));
    let missing = RefuseOfferError::Missing { as_of: 1, id: 2 };
    assert_eq!(holdings.offer(1, [at(1, true), at(2, false)]), Err(missing));
    assert!(!holdings.keeps(ExtentId(1)));
    assert_eq!(holdings.offer(1, [at(1, true)]), Ok(vec![1]));
    let busy = RefuseOfferError::Busy { as_of: 2, pending: 1 };
    assert_eq!(holdings.offer(2, [at(1, true)]), Err(busy));
    assert_eq!(holdings.adopt(), Some(1));
    assert_eq!(holdings.adopt(), None);
    let old = RefuseOfferError::NotNewer { as_of: 1, in_force: 1 };
    assert_eq!(holdings.offer(1, [at(1, false)]), Err(old));
    let twice = RefuseOfferError::Twice { as_of: 2, id: 1 };
    assert_eq!(holdings.offer(2, [at(1, false), at(1, true)]), Err(twice));
    assert_eq!(holdings.offer(2, [at(3, true), at(1, false)]), Ok(vec![3, 1]));
    assert_eq!(holdings.refuse(), Some(2));
    assert!(holdings.keeps(ExtentId(1)) && !holdings.keeps(ExtentId(3)));
}

/// One thing that may happen next.
#[derive(Clone, Debug)]
enum Step {
    /// A version that keeps the extents whose bit is set and replaces the rest.
    Publish(u8),
    Offer,
    /// The receiver takes the next message.
    Deliver,
    /// The receiver takes all messages and looks at the last only.
    DeliverNewest,
    Adopt,
    Refuse,
    /// The publisher takes the next answer.
    Answer,
    Break,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => any::<u8>().prop_map(Step::Publish),
        3 => Just(Step::Offer),
        2 => Just(Step::Deliver),
        1 => Just(Step::DeliverNewest),
        3 => Just(Step::Adopt),
        1 => Just(Step::Refuse),
        3 => Just(Step::Answer),
        1 => Just(Step::Break),
    ];
    vec(step, 0..200)
}

/// Both sides, the channel between them, and the naive twin of the publisher: all versions that
/// ever were, each with why it lives, and the ids that have not been freed.
#[derive(Default)]
struct World {
    ledger: Ledger,
    holdings: Holdings<u64>,
    offers: VecDeque<Offer>,
    /// Sequence and whether it was adopted.
    answers: VecDeque<(u64, bool)>,
    next_id: u64,
    versions: BTreeMap<u64, BTreeSet<ExtentId>>,
    current: Vec<ExtentId>,
    in_flight: Vec<u64>,
    acknowledged: Option<u64>,
    alive: BTreeSet<ExtentId>,
}

impl World {
    fn publish(&mut self, keep: u8) -> Vec<ExtentId> {
        for (at, id) in self.current.iter_mut().enumerate() {
            if keep >> at & 1 == 0 {
                self.next_id += 1;
                *id = ExtentId(self.next_id);
            }
        }
        let as_of = self.versions.len() as u64 + 1;
        self.versions.insert(as_of, self.current.iter().copied().collect());
        self.alive.extend(&self.current);
        self.ledger.publish(as_of, self.current.clone()).unwrap()
    }

    fn answer(&mut self) -> Vec<ExtentId> {
        let Some((as_of, adopted)) = self.answers.pop_front() else { return Vec::new() };
        self.in_flight.retain(|&other| other > as_of);
        if adopted {
            self.acknowledged = Some(as_of);
            self.ledger.acknowledge(as_of).unwrap()
        } else {
            self.ledger.refuse(as_of).unwrap()
        }
    }

    /// The receiver must find every extent that did not travel.
    fn deliver(&mut self) {
        if self.holdings.pending_as_of().is_some() {
            return;
        }
        let Some(offer) = self.offers.pop_front() else { return };
        let came = offer.extents.iter().map(|&(id, carried)| (id, carried.then_some(id.0)));
        let extents = self.holdings.offer(offer.as_of, came).unwrap();
        let expect: Vec<u64> = offer.extents.iter().map(|(id, _)| id.0).collect();
        assert_eq!(extents, expect);
    }

    fn step(&mut self, step: &Step) -> Vec<ExtentId> {
        match step {
            Step::Publish(keep) => return self.publish(*keep),
            Step::Offer => {
                if let Some(offer) = self.ledger.offer() {
                    self.in_flight.push(offer.as_of);
                    self.offers.push_back(offer);
                }
            }
            Step::Deliver => self.deliver(),
            Step::DeliverNewest => {
                // Only while nothing is pending may offers be passed over.
                if self.holdings.pending_as_of().is_none() {
                    let last = self.offers.pop_back();
                    self.offers = last.into_iter().collect();
                    self.deliver();
                }
            }
            Step::Adopt => self.answers.extend(self.holdings.adopt().map(|as_of| (as_of, true))),
            Step::Refuse => self.answers.extend(self.holdings.refuse().map(|as_of| (as_of, false))),
            Step::Answer => return self.answer(),
            Step::Break => {
                self.holdings = Holdings::new();
                self.offers.clear();
                self.answers.clear();
                self.in_flight.clear();
                self.acknowledged = None;
                return self.ledger.disconnect();
            }
        }
        Vec::new()
    }

    /// What some living version names.
    fn needed(&self) -> BTreeSet<ExtentId> {
        let newest = self.versions.keys().last().copied();
        let living = newest.into_iter().chain(self.acknowledged).chain(self.in_flight.clone());
        living.flat_map(|as_of| self.versions[&as_of].clone()).collect()
    }
}

proptest! {
    #[test]
    fn frees_what_no_living_version_names_and_the_receiver_lacks_nothing(steps in steps()) {
        let mut world = World { current: ids(&[101, 102, 103, 104, 105]), next_id: 105, ..World::default() };
        for step in &steps {
            let freed = world.step(step);
            for id in freed {
                prop_assert!(world.alive.remove(&id), "{:?} was freed twice or never made", id);
            }
            prop_assert_eq!(&world.alive, &world.needed(), "after {:?}", step);
            for &id in &world.alive {
                prop_assert!(world.ledger.needs(id));
            }
            prop_assert_eq!(world.ledger.in_flight(), world.in_flight.len());
            prop_assert_eq!(world.ledger.acknowledged_as_of(), world.acknowledged);
        }
    }
}
