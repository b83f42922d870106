//! Owns a private PostgreSQL cluster: made at the first start, kept alive, stopped with the daemon.
//! Refuses to know what is stored in it.
//!
//! The server is a process of its own that a killed daemon leaves behind; the next daemon takes it over. It listens on
//! a unix socket alone, in a directory that only its own user can enter.

mod server;

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use std::{fs, io};

use tokio::process::Command;
use tokio::sync::watch;

use server::Server;

/// Where distributions keep the server's programs, by major version.
const INSTALLED: &str = "/usr/lib/postgresql";
/// Role that owns the database.
const ROLE: &str = "tandem";
/// Port in the name of the socket.
const PORT: u16 = 5432;
/// Longest pause between two starts of a server that does not stay.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A server that lived as long as this is started again at once.
const STABLE: Duration = Duration::from_secs(10);

/// The cluster.
#[derive(Debug, Clone)]
pub struct Cluster {
    data: PathBuf,
    sockets: PathBuf,
    programs: PathBuf,
    fault: watch::Sender<Option<String>>,
}

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No server is installed, or not the version that made the cluster.
    #[error(
        "PostgreSQL {wanted} is not installed in {INSTALLED}; install the package \
         `postgresql`, or set `database.url`"
    )]
    NotInstalled {
        /// Version, or "server" when any will do.
        wanted: String,
    },
    /// A directory or file cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `initdb` failed.
    #[error("initdb cannot make {path}: {said}")]
    Init {
        /// The data directory.
        path: PathBuf,
        /// Its last words.
        said: String,
    },
    /// The server does not start.
    #[error("PostgreSQL does not start: {0}")]
    Start(String),
}

fn file(path: &Path) -> impl FnOnce(io::Error) -> ClusterError {
    let path = path.to_owned();
    move |source| ClusterError::File { path, source }
}

impl Cluster {
    /// The cluster below `state`, with its socket below `run`; made and started by [`Cluster::keep`].
    ///
    /// # Errors
    /// [`ClusterError`]: its programs are not installed, or its directories cannot be used.
    pub fn find(state: &Path, run: &Path) -> Result<Self, ClusterError> {
        let data = state.join("postgres");
        let sockets = run.join("postgres");
        private(&sockets)?;
        let version_file = data.join("PG_VERSION");
        let made_by = match fs::read_to_string(&version_file) {
            Ok(version) => Some(version.trim().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(file(&version_file)(error)),
        };
        let programs = programs(made_by.as_deref())?;
        Ok(Self { data, sockets, programs, fault: watch::Sender::new(None) })
    }

    /// Why there is no server, while there is none.
    #[must_use]
    pub fn fault(&self) -> watch::Receiver<Option<String>> {
        self.fault.subscribe()
    }

    /// How to connect to it.
    #[must_use]
    pub fn address(&self) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.sockets).port(PORT).user(ROLE).dbname("postgres");
        config
    }

    /// Makes the data directory under another name first: a directory without `PG_VERSION` is one that was never
    /// finished, and nothing of it is used.
    async fn initialise(&self) -> Result<(), ClusterError> {
        let new = &self.data.with_extension("new");
        tracing::info!(path = %self.data.display(), "making the embedded PostgreSQL cluster");
        self.fault.send_replace(Some("the embedded PostgreSQL cluster is being made".to_owned()));
        match fs::remove_dir_all(new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(file(new)(error)),
            _ => {}
        }
        let output = Command::new(self.programs.join("initdb"))
            .arg("--pgdata")
            .arg(new)
            .args(["--username", ROLE, "--auth", "trust", "--encoding", "UTF8"])
            .args(["--locale", "C", "--data-checksums"])
            .env_clear()
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
            .await
            .map_err(file(&self.programs))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
            return Err(ClusterError::Init { path: self.data.clone(), said });
        }
        fs::rename(new, &self.data).map_err(file(&self.data))
    }

    async fn start(&self) -> Result<Server, ClusterError> {
        if !self.data.join("PG_VERSION").exists() {
            self.initialise().await?;
        }
        Server::start(self).await
    }

    /// Runs the server until `stop` says so: makes the cluster if there is none, takes over a server that runs
    /// already, starts it again whenever it ends.
    ///
    /// Returns when the server has stopped.
    pub async fn keep(self, mut stop: watch::Receiver<bool>) {
        let mut pause = Duration::from_millis(200);
        while !*stop.borrow() {
            let began = tokio::time::Instant::now();
            match self.start().await {
                Ok(mut server) => {
                    self.fault.send_replace(None);
                    tokio::select! {
                        () = server.ended() => {
                            tracing::error!(pid = server.pid(), "PostgreSQL has ended; starting it again");
                            self.fault.send_replace(Some("PostgreSQL has ended".to_owned()));
                        }
                        () = told(&mut stop) => return server.stop().await,
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the embedded PostgreSQL is not up");
                    self.fault.send_replace(Some(error.to_string()));
                }
            }
            if began.elapsed() > STABLE {
                pause = Duration::from_millis(200);
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                () = told(&mut stop) => return,
            }
        }
    }
}

/// Waits for the word to stop; a sender that is gone says it, too.
async fn told(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Makes a directory that its owner alone can enter.
fn private(path: &Path) -> Result<(), ClusterError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(file(path))?;
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    fs::set_permissions(path, permissions).map_err(file(path))
}

/// Directory of the programs of `wanted`, or of the newest version.
fn programs(wanted: Option<&str>) -> Result<PathBuf, ClusterError> {
    let missing = || ClusterError::NotInstalled { wanted: wanted.unwrap_or("server").to_owned() };
    let entries = fs::read_dir(INSTALLED).map_err(|_| missing())?;
    let versions = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let version: u32 = name.parse().ok()?;
        let programs = entry.path().join("bin");
        (programs.join("initdb").exists() && wanted.is_none_or(|wanted| wanted == name))
            .then_some((version, programs))
    });
    versions.max().map(|(_, programs)| programs).ok_or_else(missing)
}
