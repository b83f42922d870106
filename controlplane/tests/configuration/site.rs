//! Owns a control plane without sockets for one test: database, follower, publisher, and an outlet that writes down.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use controlplane::database::{Connection, Database};
use controlplane::migrate;
use controlplane::model::Switch;
use controlplane::store::{Author, ChangeError, Committed, Newest, Snapshot, Store};
use controlplane::sync::{self, Outlet, Pace, Publication, Publishing};
use routing::entity::Plan;
use routing::image::Built;
use routing::plan_text;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::postgres::Postgres;

/// What the data plane would have been told.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    Image(u64),
    Switch(Switch),
}

#[derive(Clone, Default)]
pub struct Notebook(Arc<Mutex<Vec<Told>>>, Arc<AtomicBool>);

impl Notebook {
    /// Takes no image any more, or takes them again.
    pub fn refuse(&self, refuse: bool) {
        self.1.store(refuse, Ordering::Relaxed);
    }

    pub fn told(&self) -> Vec<Told> {
        self.0.lock().unwrap().clone()
    }
}

impl Outlet for Notebook {
    async fn publish(&self, version: u64, built: Built) -> Result<(), String> {
        assert_eq!(built.open().unwrap().version(), version);
        if self.1.load(Ordering::Relaxed) {
            return Err("no memory".to_owned());
        }
        self.0.lock().unwrap().push(Told::Image(version));
        Ok(())
    }

    async fn switch(&self, switch: Switch) {
        self.0.lock().unwrap().push(Told::Switch(switch));
    }

    async fn wait_active(&self, version: u64, _: Duration) -> bool {
        self.told().iter().any(|told| matches!(told, Told::Image(image) if *image >= version))
    }
}

pub struct Site {
    pub postgres: Postgres,
    pub database: Database,
    pub store: Store,
    pub outlet: Notebook,
    pub publication: watch::Receiver<Publication>,
    newest: Newest,
    _tasks: JoinSet<()>,
}

impl Site {
    pub async fn start() -> Self {
        Self::paced(Pace::default()).await
    }

    pub async fn paced(pace: Pace) -> Self {
        let postgres = Postgres::start();
        let database = postgres.database();
        let mut connection = database.wait().await;
        assert!(migrate::migrate(&mut connection).await.unwrap() > 0);
        assert_eq!(migrate::migrate(&mut connection).await.unwrap(), 0);
        let (newest, prepared) = (watch::Sender::new(None), watch::Sender::new(None));
        let state = watch::Sender::new(Publication::default());
        let publication = state.subscribe();
        let outlet = Notebook::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(sync::publish(Publishing {
            newest: newest.subscribe(),
            prepared: prepared.subscribe(),
            state,
            database: database.clone(),
            outlet: outlet.clone(),
        }));
        let read = newest.subscribe();
        let store = Store::new(database.clone(), newest.subscribe(), prepared);
        tasks.spawn(sync::follow(database.clone(), pace, newest, outlet.clone()));
        store.at(1).await.unwrap();
        Self { postgres, database, store, outlet, publication, newest: read, _tasks: tasks }
    }

    pub fn newest(&self) -> Newest {
        self.newest.clone()
    }

    pub async fn sql(&self, text: &str) -> Result<(), tokio_postgres::Error> {
        self.connection().await.batch_execute(text).await
    }

    pub async fn connection(&self) -> Connection {
        self.database.wait().await
    }

    pub async fn number(&self, query: &str) -> i64 {
        self.connection().await.query_one(query, &[]).await.unwrap().get(0)
    }

    /// Replaces everything by the plan of a text.
    pub async fn import(&self, text: &str) -> Result<Committed<()>, ChangeError> {
        let plan = plan_text::parse(text).unwrap();
        let edit = |all: &mut Plan| {
            *all = plan;
            Ok(())
        };
        self.store.change(&author(), "import", edit).await
    }

    /// The first configuration read for which `is` says yes, within a few seconds.
    pub async fn until(&self, is: impl Fn(&Snapshot) -> bool) -> Snapshot {
        for _ in 0..1_000 {
            if let Some(snapshot) = self.store.newest()
                && is(&snapshot)
            {
                return snapshot;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not within ten seconds: {:?}", self.store.newest());
    }

    /// The publication for which `is` says yes.
    pub async fn published(&self, is: impl FnMut(&Publication) -> bool) -> Publication {
        let mut publication = self.publication.clone();
        let within = Duration::from_secs(10);
        let state = tokio::time::timeout(within, publication.wait_for(is)).await;
        state.expect("published within ten seconds").unwrap().clone()
    }
}

pub fn author() -> Author {
    Author { name: "tester (uid 1)".to_owned(), origin: "a test".to_owned() }
}

pub const SMALL: &str = r#"
[[destination]]
name = "Italy"
country = "IT"
prefixes = ["39"]
[[destination]]
name = "Italy mobile"
prefixes = ["393"]
[[deck]]
name = "standard"
rates = { 39 = "0.01", 393 = "0.02" }
[[trunk]]
name = "atlas"
carrier = "Atlas Telecom"
gateways = ["192.0.2.10:5060", { host = "192.0.2.11", priority = 1, weight = 5 }]
networks = ["192.0.2.64/26"]
deck = "standard"
[[trunk]]
name = "borealis"
gateways = ["192.0.2.74"]
deck = "standard"
[[plan]]
name = "wholesale"
[[plan.rule]]
destinations = ["Italy", "Italy mobile"]
[[plan.rule.slot]]
technique = "percent"
trunks = [{ trunk = "atlas", weight = 70 }, { trunk = "borealis", weight = 30 }]
[[plan.rule.slot]]
technique = "lcr"
trunks = ["borealis", "atlas"]
[[originator]]
name = "retail"
addresses = ["198.51.100.0/28"]
plan = "wholesale"
"#;
