//! Owns a daemon of one test, its directories, and asking it over its socket.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

use crate::PATIENCE;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tandem-controlplane");
const NOBODY: u32 = 65_534;

/// Directories of one control plane; whatever still runs in them ends with the value.
pub struct Home(PathBuf);

impl Home {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir =
            std::env::temp_dir().join(format!("tandem-daemon-{}-{number}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        if rustix::process::geteuid().is_root() {
            chown(&dir, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let home = Self(dir);
        let (state, run) = (home.0.join("state"), home.0.join("run"));
        let text = format!("state = '{}'\nrun = '{}'\n", state.display(), run.display());
        home.write("controlplane.toml", &text);
        home
    }

    pub fn config(&self) -> PathBuf {
        self.0.join("controlplane.toml")
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn lock(&self) -> PathBuf {
        self.0.join("state/postgres/postmaster.pid")
    }

    /// The server of the cluster, if it runs.
    pub fn server(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.lock()).ok()?;
        let pid = Pid::from_raw(text.lines().next()?.trim().parse().ok()?)?;
        test_kill_process(pid).ok().map(|()| pid)
    }

    /// Kills the server, and waits until it and its sessions are gone.
    pub fn kill_server(&self) {
        let Some(server) = self.server() else { return };
        kill_process(server, Signal::KILL).unwrap();
        let began = Instant::now();
        while test_kill_process(server).is_ok() {
            assert!(began.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Puts the number of a process that is no server into the lock file.
    pub fn forge_lock(&self) {
        let text = fs::read_to_string(self.lock()).unwrap();
        let (_, rest) = text.split_once('\n').unwrap();
        fs::write(self.lock(), format!("{}\n{rest}", std::process::id())).unwrap();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.kill_server();
        drop(fs::remove_dir_all(&self.0));
    }
}

pub struct Daemon {
    child: Child,
    socket: PathBuf,
    log: PathBuf,
}

impl Daemon {
    pub fn start(home: &Home) -> Self {
        let log = home.0.join("log");
        let file = fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let child = Command::new(PROGRAM)
            .arg("--config")
            .arg(home.config())
            .stdin(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap();
        Self { child, socket: home.0.join("run/api.sock"), log }
    }

    /// The words of a daemon that does not start.
    pub fn refused(config: &Path) -> String {
        let output = Command::new(PROGRAM).arg("--config").arg(config).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Ends it as a service manager does.
    pub fn stop(mut self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }

    /// Ends it without a chance to do anything.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What it said.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// A connection that asks nothing.
    pub fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(&self.socket).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The answer with its status.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let (code, text) = self.text(method, path, body);
        let value = serde_json::from_str(&text);
        (code, value.unwrap_or_else(|error| panic!("{method} {path}: {error}: {text}")))
    }

    pub fn text(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        self.try_text(method, path, body).unwrap_or_else(|error| {
            panic!("{method} {path}: {error}\n{}", fs::read_to_string(&self.log).unwrap())
        })
    }

    fn try_text(&self, method: &str, path: &str, body: &str) -> std::io::Result<(u16, String)> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: tandem\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) =
            answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let code = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let body = if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            unchunked(body)
        } else {
            body.to_owned()
        };
        Ok((code.ok_or(std::io::ErrorKind::InvalidData)?, body))
    }

    /// The answer once `is` says yes to it; the daemon may still be starting.
    pub fn until(&self, path: &str, is: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        let mut last = String::new();
        while began.elapsed() < PATIENCE {
            if let Ok((200, text)) = self.try_text("GET", path, "") {
                match serde_json::from_str(&text) {
                    Ok(value) if is(&value) => return value,
                    _ => last = text,
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{path}: {last}\n{}", fs::read_to_string(&self.log).unwrap());
    }

    /// A write that is repeated while the database is on its way back.
    pub fn retry(&self, method: &str, path: &str, body: &str) -> Value {
        let began = Instant::now();
        loop {
            match self.ask(method, path, body) {
                (503, _) if began.elapsed() < PATIENCE => {
                    std::thread::sleep(Duration::from_millis(50));
                }
                (code, value) => {
                    assert!(code < 300, "{method} {path}: {value}");
                    return value;
                }
            }
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Already ended in most tests.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The body of a chunked answer.
fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            break;
        }
        whole.push_str(&rest[..size]);
        body = rest[size..].strip_prefix("\r\n").unwrap();
    }
    whole
}
