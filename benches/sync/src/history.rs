//! Owns the versions of a plan on disk: `VERSION.toml`, and in `versions` when each came about.
//! Refuses to know what changed.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use routing::entity::Plan;

use crate::fault::Fault;

const INDEX: &str = "versions";

/// Writes versions.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    index: File,
}

impl Writer {
    /// Begins in `dir`, which is made.
    pub fn create(dir: &Path) -> Result<Writer, Fault> {
        fs::create_dir_all(dir).map_err(Fault::file(dir))?;
        let path = dir.join(INDEX);
        let index = OpenOptions::new().create(true).append(true).open(&path);
        Ok(Writer { dir: dir.to_owned(), index: index.map_err(Fault::file(&path))? })
    }

    /// Keeps the text of a version. `asked_us` is when its change was asked for, since 1970.
    pub fn keep(&mut self, version: u64, asked_us: u64, text: &str) -> Result<(), Fault> {
        let path = self.dir.join(format!("{version}.toml"));
        fs::write(&path, text).map_err(Fault::file(&path))?;
        writeln!(self.index, "{version} {asked_us}").map_err(Fault::file(&self.dir.join(INDEX)))
    }
}

/// One version.
#[derive(Debug)]
pub struct Version {
    /// When its change was asked for, µs since 1970.
    pub asked_us: u64,
    /// The plan.
    pub plan: Plan,
}

/// Reads all versions of `dir`.
pub fn read(dir: &Path) -> Result<BTreeMap<u64, Version>, Fault> {
    let path = dir.join(INDEX);
    let index = fs::read_to_string(&path).map_err(Fault::file(&path))?;
    let mut versions = BTreeMap::new();
    for line in index.lines() {
        let mut words = line.split(' ').map(str::parse::<u64>);
        let (Some(Ok(version)), Some(Ok(asked_us))) = (words.next(), words.next()) else {
            return Err(Fault::Content { path, what: format!("{line:?} is no version") });
        };
        let file = dir.join(format!("{version}.toml"));
        let text = fs::read_to_string(&file).map_err(Fault::file(&file))?;
        let plan = routing::plan_text::parse(&text).map_err(|findings| Fault::Content {
            path: file,
            what: findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        })?;
        versions.insert(version, Version { asked_us, plan });
    }
    Ok(versions)
}

/// µs since 1970.
pub fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
