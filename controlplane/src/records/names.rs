//! Owns the names that ids had, as the table `names` holds them; refuses to know who writes it.
//!
//! A name is written before the image that uses its id goes out, and never deleted: an id that is not
//! here is looked for again, and one that is not there either is an id of nobody's plan.

use std::time::{Duration, Instant};

use hashbrown::{HashMap, HashSet};
use hugepages::layout::cdr::{Body, Event, NO_ID};
use tokio_postgres::Client;

use super::batch::Batch;

/// How long an id that nobody named is not asked for again.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// What an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An ingress.
    Originator,
    /// A category of traffic.
    Destination,
    /// A routing plan.
    Plan,
    /// A rule of one.
    Rule,
    /// An egress.
    Trunk,
}

impl Kind {
    /// The word in the table.
    pub const fn text(self) -> &'static str {
        match self {
            Kind::Originator => "originator",
            Kind::Destination => "destination",
            Kind::Plan => "plan",
            Kind::Rule => "rule",
            Kind::Trunk => "trunk",
        }
    }

    fn from_text(text: &str) -> Option<Kind> {
        let all = [Kind::Originator, Kind::Destination, Kind::Plan, Kind::Rule, Kind::Trunk];
        all.into_iter().find(|kind| kind.text() == text)
    }
}

/// The names that are known.
#[derive(Debug, Default)]
pub struct Names {
    known: HashMap<(Kind, u32), String>,
    /// Ids that the table did not name when it was last read.
    nobodys: HashSet<(Kind, u32)>,
    read: Option<Instant>,
}

impl Names {
    /// The name of an id.
    pub fn get(&self, kind: Kind, id: u32) -> Option<&str> {
        self.known.get(&(kind, id)).map(String::as_str)
    }

    /// Reads the table if `batch` has ids that it may name by now.
    ///
    /// # Errors
    /// The database says why it gives no names.
    pub async fn learn(
        &mut self,
        client: &Client,
        batch: &Batch,
    ) -> Result<(), tokio_postgres::Error> {
        let stale = self.read.is_none_or(|read| read.elapsed() > ASK_AGAIN);
        let wanted: HashSet<(Kind, u32)> = ids(batch)
            .filter(|id| !self.known.contains_key(id) && (stale || !self.nobodys.contains(id)))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let rows = client.query(include_str!("names.sql"), &[]).await?;
        self.read = Some(Instant::now());
        for row in rows {
            let (kind, id, name): (&str, i64, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            if let (Some(kind), Ok(id)) = (Kind::from_text(kind), u32::try_from(id)) {
                self.known.insert((kind, id), name);
            }
        }
        self.nobodys.extend(wanted.into_iter().filter(|id| !self.known.contains_key(id)));
        Ok(())
    }
}

/// All ids that the records of a batch name.
fn ids(batch: &Batch) -> impl Iterator<Item = (Kind, u32)> {
    let of_event = |bytes: &[u8]| {
        let mut ids = Vec::new();
        match Event::decode(bytes).as_ref().map(Event::body) {
            Ok(Body::Start(setup) | Body::Unanswered(setup)) => {
                ids.extend([
                    (Kind::Originator, setup.originator.get()),
                    (Kind::Destination, setup.destination.get()),
                    (Kind::Plan, setup.plan.get()),
                    (Kind::Rule, setup.rule.get()),
                ]);
                ids.extend(
                    setup.attempts().iter().map(|attempt| (Kind::Trunk, attempt.trunk.get())),
                );
            }
            Ok(Body::LateAnswer(late)) => ids.push((Kind::Trunk, late.trunk.get())),
            _ => {}
        }
        ids
    };
    batch.events().flat_map(move |(bytes, _)| of_event(bytes)).filter(|(_, id)| *id != NO_ID)
}
