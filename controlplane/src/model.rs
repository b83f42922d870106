//! Owns the configuration as it was last read: entities by key, each with the checksum of its rows.
//! Refuses to know who changes it, and never writes.

mod load;
mod row;
mod sums;

use std::collections::{BTreeMap, VecDeque};

use routing::entity::{Deck, Destination, Originator, Plan, RoutingPlan, Trunk};

pub use load::{LoadError, Refreshed, refresh};
pub use sums::{Compared, compare, sums};

/// A kind of entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Category of traffic.
    Destination,
    /// Buy rates.
    Deck,
    /// Egress.
    Trunk,
    /// Routing plan.
    Plan,
    /// Ingress.
    Originator,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Destination, Self::Deck, Self::Trunk, Self::Plan, Self::Originator];

    /// The word in the database and in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Destination => "destination",
            Self::Deck => "deck",
            Self::Trunk => "trunk",
            Self::Plan => "plan",
            Self::Originator => "originator",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == word)
    }
}

/// A trunk or an originator was switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switch {
    /// Version that switched it.
    pub version: u64,
    /// Trunk or originator.
    pub kind: Kind,
    /// Its stable id.
    pub id: u32,
    /// Its state.
    pub enabled: bool,
}

/// An entity and the checksum of its rows, as the database computes it.
#[derive(Debug, Clone)]
struct Row<T> {
    sum: i64,
    value: T,
}

/// Entities of one kind by key, which is the order in which they were made.
type Table<T> = BTreeMap<i64, Row<T>>;

/// A checksum of all rows of each kind, in the order of [`Kind::ALL`].
pub type Sums = [i64; Kind::ALL.len()];

/// Versions whose checksums are remembered: those that are read while the database computes its own.
const REMEMBERED: usize = 256;

/// What was last read.
#[derive(Debug, Clone, Default)]
pub struct Model {
    version: u64,
    destinations: Table<Destination>,
    decks: Table<Deck>,
    trunks: Table<Trunk>,
    plans: Table<RoutingPlan>,
    originators: Table<Originator>,
    /// The checksums of the versions read last.
    sums: VecDeque<(u64, Sums)>,
}

impl Model {
    /// Version of the configuration that it holds; 0 before the first read.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The whole configuration, to be compiled.
    #[must_use]
    pub fn plan(&self) -> Plan {
        fn values<T: Clone>(table: &Table<T>) -> Vec<T> {
            table.values().map(|row| row.value.clone()).collect()
        }
        Plan {
            version: self.version,
            destinations: values(&self.destinations),
            decks: values(&self.decks),
            trunks: values(&self.trunks),
            plans: values(&self.plans),
            originators: values(&self.originators),
        }
    }

    /// Takes the entities of `ids` over from `read`: one that is not there is gone.
    fn replace(&mut self, ids: &BTreeMap<Kind, Vec<i64>>, read: Self) {
        fn each<T>(table: &mut Table<T>, ids: Option<&Vec<i64>>, read: Table<T>) {
            for id in ids.into_iter().flatten() {
                table.remove(id);
            }
            table.extend(read);
        }
        each(&mut self.destinations, ids.get(&Kind::Destination), read.destinations);
        each(&mut self.decks, ids.get(&Kind::Deck), read.decks);
        each(&mut self.trunks, ids.get(&Kind::Trunk), read.trunks);
        each(&mut self.plans, ids.get(&Kind::Plan), read.plans);
        each(&mut self.originators, ids.get(&Kind::Originator), read.originators);
    }

    /// Remembers what the rows of this version add up to.
    fn remember(&mut self) {
        self.sums.truncate(REMEMBERED - 1);
        self.sums.push_front((self.version, Kind::ALL.map(|kind| self.sum(kind))));
    }

    /// The checksums of a version, if it was read and not long ago.
    fn sums(&self, version: u64) -> Option<Sums> {
        self.sums.iter().find(|(read, _)| *read == version).map(|(_, sums)| *sums)
    }

    /// Checksum of all rows of a kind.
    fn sum(&self, kind: Kind) -> i64 {
        fn all<T>(table: &Table<T>) -> i64 {
            table.values().fold(0, |sum, row| sum ^ row.sum)
        }
        match kind {
            Kind::Destination => all(&self.destinations),
            Kind::Deck => all(&self.decks),
            Kind::Trunk => all(&self.trunks),
            Kind::Plan => all(&self.plans),
            Kind::Originator => all(&self.originators),
        }
    }
}
