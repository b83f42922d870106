//! Owns `names.json` beside the journal: the names that ids had when calls were routed.
//! Knows nothing of the plan: whoever loads one hands its names over.
//!
//! Records carry ids and the version of the image. Names change while records last, so that each
//! version keeps its own; the file holds the latest [`MAX_VERSIONS`].

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::keeper::journal::create_own;

/// Versions that are kept; the oldest go first.
pub const MAX_VERSIONS: usize = 64;

const FILE: &str = "names.json";

/// Names of one image version and of the configuration that it ran with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageNames {
    /// By stable trunk id.
    pub trunks: BTreeMap<u32, String>,
    /// By stable originator id.
    pub originators: BTreeMap<u32, String>,
    /// By destination id of the records.
    pub destinations: BTreeMap<u32, String>,
    /// By plan id of the records.
    pub plans: BTreeMap<u32, String>,
    /// By position in the configuration.
    pub listeners: BTreeMap<u32, String>,
}

/// Names of all versions that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    #[serde(default)]
    versions: BTreeMap<u64, ImageNames>,
}

/// Why names were not read or written.
#[derive(Debug, thiserror::Error)]
pub enum NamesError {
    /// Reading or writing failed.
    #[error("cannot {verb} the names file {}: {source}", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The text is not in the format.
    #[error("the names file {} is not in the format: {source}; remove it, the next start writes it again", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
}

impl Names {
    /// Reads the names beside a journal; without a file there are none.
    ///
    /// # Errors
    /// The file cannot be read or is not in the format.
    pub fn load(dir: &Path) -> Result<Names, NamesError> {
        Names::load_file(&dir.join(FILE))
    }

    /// Reads a names file; without it there are none.
    ///
    /// # Errors
    /// As [`Names::load`].
    pub fn load_file(path: &Path) -> Result<Names, NamesError> {
        match fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|source| NamesError::Format { path: path.to_owned(), source }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Names::default()),
            Err(source) => Err(NamesError::Io { verb: "read", path: path.to_owned(), source }),
        }
    }

    /// Adds the names of `version` to the file beside the journal in `dir`, replacing it at once.
    ///
    /// # Errors
    /// The directory cannot be written. A file that is not in the format is replaced.
    pub fn record(dir: &Path, version: u64, names: ImageNames) -> Result<(), NamesError> {
        let mut all = match Names::load(dir) {
            Err(NamesError::Format { .. }) => Names::default(),
            other => other?,
        };
        all.versions.insert(version, names);
        while all.versions.len() > MAX_VERSIONS {
            // The newest stays even if its number is the lowest, as after a restored plan.
            let oldest = all.versions.keys().find(|known| **known != version).copied();
            oldest.map(|oldest| all.versions.remove(&oldest));
        }
        let path = dir.join(FILE);
        let failed = |source| NamesError::Io { verb: "write", path: path.clone(), source };
        let text = serde_json::to_vec(&all).map_err(|error| failed(error.into()))?;
        let aside = dir.join("names.json.tmp");
        let write = || -> io::Result<()> {
            let mut file = create_own(&aside)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&aside, &path)?;
            File::open(dir)?.sync_all()
        };
        write().map_err(failed)
    }

    fn name<'n>(
        &'n self,
        version: u64,
        kind: impl Fn(&'n ImageNames) -> &'n BTreeMap<u32, String>,
        id: u32,
    ) -> Option<&'n str> {
        self.versions.get(&version).and_then(|names| kind(names).get(&id)).map(String::as_str)
    }

    /// Whether the names of `version` are here.
    pub fn knows(&self, version: u64) -> bool {
        self.versions.contains_key(&version)
    }

    /// Name of a trunk.
    pub fn trunk(&self, version: u64, id: u32) -> Option<&str> {
        self.name(version, |names| &names.trunks, id)
    }

    /// Name of an originator.
    pub fn originator(&self, version: u64, id: u32) -> Option<&str> {
        self.name(version, |names| &names.originators, id)
    }

    /// Name of a destination.
    pub fn destination(&self, version: u64, id: u32) -> Option<&str> {
        self.name(version, |names| &names.destinations, id)
    }

    /// Name of a plan.
    pub fn plan(&self, version: u64, id: u32) -> Option<&str> {
        self.name(version, |names| &names.plans, id)
    }

    /// Name of a listener.
    pub fn listener(&self, version: u64, id: u16) -> Option<&str> {
        self.name(version, |names| &names.listeners, u32::from(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keeper::testing::Scratch;

    fn trunks(name: &str) -> ImageNames {
        ImageNames { trunks: BTreeMap::from([(7, name.to_owned())]), ..ImageNames::default() }
    }

    #[test]
    fn keeps_the_name_that_an_id_had() {
        let scratch = Scratch::new();
        assert_eq!(Names::load(scratch.path()).unwrap(), Names::default());
        Names::record(scratch.path(), 1, trunks("cirrus")).unwrap();
        Names::record(scratch.path(), 2, trunks("stratus")).unwrap();
        let names = Names::load(scratch.path()).unwrap();
        assert_eq!(names.trunk(1, 7), Some("cirrus"));
        assert_eq!(names.trunk(2, 7), Some("stratus"));
        assert_eq!(names.trunk(2, 8), None);
        assert_eq!(names.trunk(3, 7), None);
    }

    #[test]
    fn drops_the_oldest_versions() {
        let scratch = Scratch::new();
        for version in 1..=MAX_VERSIONS as u64 + 2 {
            Names::record(scratch.path(), version, trunks("x")).unwrap();
        }
        Names::record(scratch.path(), 0, trunks("restored")).unwrap();
        let names = Names::load(scratch.path()).unwrap();
        assert_eq!(names.versions.len(), MAX_VERSIONS);
        assert_eq!(names.trunk(0, 7), Some("restored"));
        assert_eq!(names.trunk(3, 7), None);
    }

    #[test]
    fn replaces_a_broken_file_but_does_not_read_it() {
        let scratch = Scratch::new();
        fs::write(scratch.path().join(FILE), "{").unwrap();
        let message = Names::load(scratch.path()).unwrap_err().to_string();
        assert!(message.contains("not in the format"), "{message}");
        Names::record(scratch.path(), 1, trunks("a")).unwrap();
        assert_eq!(Names::load(scratch.path()).unwrap().trunk(1, 7), Some("a"));
    }
}
