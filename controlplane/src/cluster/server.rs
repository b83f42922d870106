//! Owns one running server of the cluster, started or taken over; refuses to decide when there shall be one.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use std::{fs, io};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use super::{Cluster, ClusterError, PORT, file};

/// How often a server that is not our child is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Longest recovery that a start is waited for.
const RECOVERY: Duration = Duration::from_secs(300);
/// Longest fast shutdown before the server is told to drop everything.
const SHUTDOWN: Duration = Duration::from_secs(20);

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    pid: Pid,
    /// None for a server that an earlier daemon started.
    child: Option<Child>,
}

impl Server {
    /// Takes over the server that runs on the data directory, or starts one, and waits until it listens.
    pub(super) async fn start(cluster: &Cluster) -> Result<Self, ClusterError> {
        if let Some(lock) = Lock::read(&cluster.data) {
            if lock.is_ours(&cluster.data) {
                let mut server = Self { pid: lock.pid, child: None };
                if lock.sockets.as_deref() == cluster.sockets.to_str() {
                    tracing::info!(pid = server.pid(), "taking over the running PostgreSQL");
                    server.wait_until_listening(cluster).await?;
                    return Ok(server);
                }
                // It listens where nobody looks any more.
                server.stop().await;
            } else if lock.is_foreign(&cluster.data) {
                tracing::warn!(
                    pid = lock.pid.as_raw(),
                    "removing a lock file of a server that is gone"
                );
                let path = cluster.data.join(LOCK);
                fs::remove_file(&path).map_err(file(&path))?;
            }
        }
        let log = cluster.data.join("start.log");
        let output = File::create(&log).map_err(file(&log))?;
        let errors = output.try_clone().map_err(file(&log))?;
        let mut command = Command::new(cluster.programs.join("postgres"));
        command.arg("-D").arg(&cluster.data);
        for setting in settings(&cluster.sockets) {
            command.arg("-c").arg(setting);
        }
        let child = command
            .env_clear()
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            // A terminal's interrupt is for the daemon, which stops the server last.
            .process_group(0)
            .spawn()
            .map_err(file(&cluster.programs))?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or_default();
        let mut server = Self { pid: Pid::from_raw(id), child: Some(child) };
        tracing::info!(pid = server.pid(), "started PostgreSQL");
        server.wait_until_listening(cluster).await?;
        Ok(server)
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// Waits for its end.
    pub(super) async fn ended(&mut self) {
        if let Some(child) = &mut self.child {
            child.wait().await.ok();
            return;
        }
        while kill(self.pid, None).is_ok() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Asks it to end its sessions and stop; after a while, to stop at once. Nothing committed is lost either way.
    pub(super) async fn stop(&mut self) {
        for signal in [Signal::SIGINT, Signal::SIGQUIT] {
            if kill(self.pid, signal).is_err() {
                break;
            }
            if tokio::time::timeout(SHUTDOWN, self.ended()).await.is_ok() {
                tracing::info!(pid = self.pid(), "stopped PostgreSQL");
                return;
            }
        }
    }

    async fn wait_until_listening(&mut self, cluster: &Cluster) -> Result<(), ClusterError> {
        let socket = cluster.sockets.join(format!(".s.PGSQL.{PORT}"));
        let listening = async {
            while UnixStream::connect(&socket).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = listening => Ok(()),
            () = self.ended() => Err(ClusterError::Start(last_words(&cluster.data.join("start.log")))),
            () = tokio::time::sleep(RECOVERY) => {
                Err(ClusterError::Start(format!("it does not listen on {}", socket.display())))
            }
        }
    }
}

/// Settings that hold whatever the files of the cluster say.
fn settings(sockets: &Path) -> Vec<String> {
    vec![
        "listen_addresses=".to_owned(),
        format!("port={PORT}"),
        format!("unix_socket_directories={}", sockets.display()),
        "unix_socket_permissions=0700".to_owned(),
        // Those belong to the data plane.
        "huge_pages=off".to_owned(),
        format!("shared_buffers={}MB", shared_buffers_mb()),
        "max_connections=40".to_owned(),
        "max_wal_size=2GB".to_owned(),
        "work_mem=16MB".to_owned(),
        "maintenance_work_mem=128MB".to_owned(),
        // A file a day of the week: the log never grows beyond seven.
        "logging_collector=on".to_owned(),
        "log_filename=postgresql-%a.log".to_owned(),
        "log_truncate_on_rotation=on".to_owned(),
        "log_rotation_age=1d".to_owned(),
        "log_rotation_size=0".to_owned(),
    ]
}

/// A sixteenth of the memory, 64 to 512 MiB: the appliance's memory is the data plane's.
fn shared_buffers_mb() -> u64 {
    let kib = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        text.lines().find_map(|line| {
            line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()
        })
    });
    (kib.unwrap_or_default() / 1024 / 16).clamp(64, 512)
}

/// Name of the lock file.
const LOCK: &str = "postmaster.pid";

/// What the lock file of a data directory says.
struct Lock {
    pid: Pid,
    sockets: Option<String>,
}

impl Lock {
    fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join(LOCK)).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        // Behind data directory, start time and port.
        let sockets = lines.nth(3).map(|line| line.trim().to_owned());
        Some(Self { pid: Pid::from_raw(pid), sockets })
    }

    /// The process runs, and it is a server: those stand in their data directory.
    fn is_ours(&self, data: &Path) -> bool {
        kill(self.pid, None).is_ok() && stands_in(&self.pid.to_string(), data)
    }

    /// The number belongs to another process by now, which the server would take for a server and refuse to start.
    ///
    /// As long as any process stands in the directory, a session of the old server may still write there.
    fn is_foreign(&self, data: &Path) -> bool {
        let alive = kill(self.pid, None) != Err(nix::Error::ESRCH);
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let mut pids = entries.filter_map(|entry| entry.file_name().into_string().ok());
        alive && !pids.any(|pid| stands_in(&pid, data))
    }
}

fn stands_in(pid: &str, data: &Path) -> bool {
    let standing = fs::read_link(Path::new("/proc").join(pid).join("cwd"));
    matches!((standing, fs::canonicalize(data)), (Ok(place), Ok(data)) if place == data)
}

/// The end of a log, on one line.
fn last_words(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error: io::Error| error.to_string());
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(4)..].join("; ")
}
