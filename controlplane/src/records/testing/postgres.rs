//! Owns a PostgreSQL cluster of one test: in a directory of its own, gone with the value.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::database::Database;

/// The user that the server runs as when the tests run as root, which it refuses to be.
const NOBODY: u32 = 65_534;

pub(crate) struct Postgres {
    dir: PathBuf,
    bin: PathBuf,
}

impl Postgres {
    /// A running server with all migrations applied.
    pub(crate) async fn start() -> Postgres {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("tandem-pg-{}-{number}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        if is_root() {
            chown(&dir, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
        let bin = versions.map(|version| version.unwrap().path().join("bin")).max().unwrap();
        let postgres = Postgres { dir, bin };
        postgres.run("initdb", &["-D", "data", "-U", "tandem", "-A", "trust", "-N", "-E", "UTF8"]);
        let settings = "listen_addresses = ''\nhuge_pages = off\nmax_wal_size = '4GB'\n";
        let file = postgres.dir.join("data/postgresql.auto.conf");
        fs::write(
            file,
            format!("{settings}unix_socket_directories = '{}'\n", postgres.dir.display()),
        )
        .unwrap();
        postgres.run("pg_ctl", &["-D", "data", "-l", "log", "-w", "start"]);
        postgres.migrate().await;
        postgres
    }

    /// As after a power cut.
    pub(crate) fn crash_and_restart(&self) {
        self.stop();
        self.start_again();
    }

    pub(crate) fn stop(&self) {
        self.run("pg_ctl", &["-D", "data", "-m", "immediate", "stop"]);
    }

    pub(crate) fn start_again(&self) {
        self.run("pg_ctl", &["-D", "data", "-l", "log", "-w", "start"]);
    }

    pub(crate) fn database(&self) -> Database {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.dir).user("tandem").dbname("postgres");
        Database::new(config)
    }

    async fn migrate(&self) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let mut files: Vec<(u32, PathBuf)> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter_map(|path| {
                let name = path.file_name()?.to_str()?.strip_prefix('V')?.split_once("__")?;
                Some((name.0.parse().ok()?, path.clone()))
            })
            .collect();
        files.sort();
        let connection = self.database().wait().await;
        for (_, path) in files {
            connection.batch_execute(&fs::read_to_string(&path).unwrap()).await.unwrap();
        }
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.bin.join(program));
        command.args(arguments).current_dir(&self.dir).stdin(Stdio::null());
        let out = fs::File::create(self.dir.join("out")).unwrap();
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
        self.run("pg_ctl", &["-D", "data", "-m", "immediate", "stop"]);
        drop(fs::remove_dir_all(&self.dir));
    }
}

/// A directory of one test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Scratch {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("tandem-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Scratch(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
