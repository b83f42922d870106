//! Owns the way to PostgreSQL: a pool of connections and whether it is reached; refuses to know tables.
//!
//! Nothing here waits for a database that is gone: whoever needs it asks again, and everybody can see the state.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
};
use tokio::sync::{mpsc, watch};
use tokio_postgres::config::Host;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

/// Connections that queries share.
const CONNECTIONS: usize = 12;
/// Longest wait for a connection, new or returned.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// Longest wait of a question for tables that are being made.
const SCHEMA_WITHIN: Duration = Duration::from_secs(5);
/// Silence after which a server behind a network is given up.
const SILENCE: Duration = Duration::from_secs(10);
/// First and longest wait between two tries of [`Database::wait`].
const RETRY_MS: (u64, u64) = (50, 1_000);

/// A connection of the pool, given back when dropped.
pub type Connection = Object;

/// The way to the database; clones share it.
#[derive(Clone)]
pub struct Database {
    config: Config,
    pool: Pool,
    reach: watch::Sender<Reach>,
    schema: watch::Sender<Schema>,
    /// Where the server is, for people: no user and no password.
    place: Arc<str>,
}

/// Whether the database answered when it was last asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Nobody has asked yet.
    Untried,
    /// It answered.
    Reached,
    /// It did not, and why.
    Gone(String),
}

/// Whether the tables are those that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// They are being made or changed.
    Preparing,
    /// They could not be, and why; it is tried again.
    Failing(String),
    /// They are.
    Ready,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The server did not answer or refused.
    #[error("PostgreSQL is not reached: {0}")]
    Refused(String),
    /// All connections are in use.
    #[error("all {CONNECTIONS} connections to PostgreSQL are busy; try again")]
    Busy,
    /// There are no tables yet.
    #[error("the schema of the database is being prepared; try again")]
    Preparing,
    /// There are no tables, and why.
    #[error("the schema of the database cannot be prepared: {0}")]
    Unprepared(String),
}

impl Database {
    /// A pool for `config`; connects when asked first.
    #[must_use]
    pub fn new(mut config: Config) -> Self {
        config.connect_timeout(CONNECT_WITHIN);
        config.application_name("tandem-controlplane");
        config.keepalives_idle(SILENCE).tcp_user_timeout(SILENCE);
        let recycle = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), NoTls, recycle);
        let built = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .wait_timeout(Some(CONNECT_WITHIN))
            .create_timeout(Some(CONNECT_WITHIN))
            .runtime(Runtime::Tokio1)
            .build();
        let pool = match built {
            Ok(pool) => pool,
            Err(_) => unreachable!("a pool with a runtime and time-outs is always built"),
        };
        let place = place(&config).into();
        let (reach, schema) =
            (watch::Sender::new(Reach::Untried), watch::Sender::new(Schema::Ready));
        Self { config, pool, reach, schema, place }
    }

    /// The same, whose tables nobody may ask before [`Database::has_schema`] says that they are there.
    #[must_use]
    pub fn without_schema(self) -> Self {
        self.schema.send_replace(Schema::Preparing);
        self
    }

    /// Whether the tables are there.
    #[must_use]
    pub fn schema(&self) -> Schema {
        self.schema.borrow().clone()
    }

    /// Says how far the tables are.
    pub fn has_schema(&self, schema: Schema) {
        self.schema.send_replace(schema);
    }

    /// A connection to tables that are there.
    ///
    /// # Errors
    /// [`ConnectError`] at once when the server is gone, after three seconds when it is silent or all are busy, after
    /// five while there are no tables.
    pub async fn connect(&self) -> Result<Connection, ConnectError> {
        let mut schema = self.schema.subscribe();
        let ready = schema.wait_for(|schema| *schema == Schema::Ready);
        if tokio::time::timeout(SCHEMA_WITHIN, ready).await.is_err() {
            return Err(match (self.schema(), self.reach.borrow().clone()) {
                (_, Reach::Gone(cause)) => ConnectError::Refused(cause),
                (Schema::Failing(cause), _) => ConnectError::Unprepared(cause),
                _ => ConnectError::Preparing,
            });
        }
        self.connect_bare().await
    }

    /// A connection, whatever the tables are: for who makes them.
    ///
    /// # Errors
    /// As [`Database::connect`].
    pub async fn connect_bare(&self) -> Result<Connection, ConnectError> {
        match self.pool.get().await {
            Ok(connection) => {
                self.note(Reach::Reached);
                Ok(connection)
            }
            Err(PoolError::Timeout(deadpool_postgres::TimeoutType::Wait)) => {
                Err(ConnectError::Busy)
            }
            Err(error) => {
                let cause = format!("{}: {}", self.place, words(&error));
                self.note(Reach::Gone(cause.clone()));
                Err(ConnectError::Refused(cause))
            }
        }
    }

    /// A connection, however long it takes: tries for ever, with pauses of at most a second.
    pub async fn wait(&self) -> Connection {
        let mut schema = self.schema.subscribe();
        // The sender is held here, so that the wait ends by the condition alone.
        drop(schema.wait_for(|schema| *schema == Schema::Ready).await);
        self.wait_bare().await
    }

    /// The same, whatever the tables are.
    pub async fn wait_bare(&self) -> Connection {
        let mut pause = RETRY_MS.0;
        loop {
            match self.connect_bare().await {
                Ok(connection) => return connection,
                Err(error) => tracing::debug!(%error, pause, "waiting for the database"),
            }
            tokio::time::sleep(Duration::from_millis(pause)).await;
            pause = (pause * 2).min(RETRY_MS.1);
        }
    }

    /// A connection of its own that listens on `channel`, and the payloads that arrive on it.
    ///
    /// The receiver ends when the connection does.
    ///
    /// # Errors
    /// [`ConnectError::Refused`] with the server's words.
    pub async fn listen(
        &self,
        channel: &str,
    ) -> Result<(Client, mpsc::UnboundedReceiver<String>), ConnectError> {
        let refused = |error: tokio_postgres::Error| {
            ConnectError::Refused(format!("{}: {}", self.place, sentence(&error)))
        };
        let (client, mut connection) = self.config.connect(NoTls).await.map_err(refused)?;
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notification(note) = message
                    && sender.send(note.payload().to_owned()).is_err()
                {
                    break;
                }
            }
        });
        client.batch_execute(&format!("LISTEN {channel}")).await.map_err(refused)?;
        self.note(Reach::Reached);
        Ok((client, receiver))
    }

    /// The state as it changes.
    #[must_use]
    pub fn reach(&self) -> watch::Receiver<Reach> {
        self.reach.subscribe()
    }

    /// Records what was seen of the server.
    pub(crate) fn note(&self, seen: Reach) {
        self.reach.send_if_modified(|reach| {
            let changed = *reach != seen;
            if changed {
                match &seen {
                    Reach::Gone(cause) => tracing::warn!(%cause, "PostgreSQL is gone"),
                    _ => tracing::info!("PostgreSQL is reached"),
                }
                *reach = seen;
            }
            changed
        });
    }
}

/// Hosts and ports of an address.
fn place(config: &Config) -> String {
    let ports = config.get_ports();
    let name = |(at, host): (usize, &Host)| match host {
        Host::Tcp(name) => {
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            format!("{name}:{port}")
        }
        Host::Unix(path) => path.display().to_string(),
    };
    let hosts: Vec<String> = config.get_hosts().iter().enumerate().map(name).collect();
    if hosts.is_empty() { "no host".to_owned() } else { hosts.join(", ") }
}

/// What the pool has to say, without its own preface.
fn words(error: &PoolError) -> String {
    match error {
        PoolError::Backend(error) => sentence(error),
        PoolError::Timeout(_) => format!("no answer within {} s", CONNECT_WITHIN.as_secs()),
        other => sentence(other),
    }
}

/// An error with its causes in one line: the server's own words where there are some, else the driver's.
pub(crate) fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    if let Some(said) =
        error.downcast_ref::<tokio_postgres::Error>().and_then(|it| it.as_db_error())
    {
        return said.message().to_owned();
    }
    let mut text = match error.to_string() {
        // The driver's name for all ways not to come through; the cause says which.
        text if text == "error connecting to server" => String::new(),
        text => text,
    };
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&words);
        }
        cause = inner.source();
    }
    text
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("reach", &*self.reach.borrow()).finish_non_exhaustive()
    }
}
