//! Owns a PostgreSQL cluster of one test, in a directory of its own, gone with the value.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use controlplane::database::Database;

/// The user that the server runs as when the tests run as root, which it refuses to be.
const NOBODY: u32 = 65_534;

pub struct Postgres {
    dir: PathBuf,
    programs: PathBuf,
}

impl Postgres {
    /// A running server without tables.
    pub fn start() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tandem-configuration-{}-{number}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir).unwrap();
        if is_root() {
            chown(&dir, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
        let programs = versions.map(|version| version.unwrap().path().join("bin")).max().unwrap();
        let postgres = Self { dir, programs };
        postgres.run("initdb", &["-D", "data", "-U", "tandem", "-A", "trust", "-N", "-E", "UTF8"]);
        let settings = format!(
            "listen_addresses = ''\nhuge_pages = off\nunix_socket_directories = '{}'\n",
            postgres.dir.display()
        );
        fs::write(postgres.dir.join("data/postgresql.auto.conf"), settings).unwrap();
        postgres.run("pg_ctl", &["-D", "data", "-l", "log", "-w", "start"]);
        postgres
    }

    /// As if the machine had lost its power.
    pub fn crash(&self) {
        self.run("pg_ctl", &["-D", "data", "-m", "immediate", "stop"]);
    }

    pub fn restart(&self) {
        self.run("pg_ctl", &["-D", "data", "-l", "log", "-w", "start"]);
    }

    pub fn database(&self) -> Database {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.dir).user("tandem").dbname("postgres");
        Database::new(config)
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let out = fs::File::create(self.dir.join("out")).unwrap();
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).current_dir(&self.dir).stdin(Stdio::null());
        command.stdout(out.try_clone().unwrap()).stderr(out);
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        let status = command.status().unwrap();
        let said = fs::read_to_string(self.dir.join("out")).unwrap();
        assert!(status.success(), "{program} {arguments:?}: {said}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let data = self.dir.join("data/postmaster.pid");
        if data.exists() {
            self.crash();
        }
        drop(fs::remove_dir_all(&self.dir));
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
