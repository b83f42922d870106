//! Owns the keys file: makes it on first start, reads it later, says which key signs.
//! Refuses to know what is signed, and never shows a key: `Debug` is redacted, errors name no value.
//!
//! Keys outlive the process, since dialogs that were set up before a restart verify after it. The
//! newest signs, all verify; a start makes a new one when the newest is a month old, and drops those
//! that signed nothing that can still stand. `identity` has no successor: it joins the events of one call in the records, whatever
//! key signed its cookie.

mod file;
mod rotate;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use arrayvec::ArrayVec;

pub use file::Error;

/// Ids go from 0 to 15: four bits in branch and cookie.
pub const MAX_KEYS: usize = 16;

/// Id of a key, below [`MAX_KEYS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId(u8);

impl KeyId {
    /// The id, if it fits into four bits.
    pub fn new(id: u8) -> Option<KeyId> {
        (usize::from(id) < MAX_KEYS).then_some(KeyId(id))
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// Sixteen secret bytes that no log and no panic message shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret([u8; 16]);

impl Secret {
    /// The bytes, for the cipher that they key.
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// One generation of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Id that branch and cookie carry.
    pub id: KeyId,
    /// When it was made, in seconds since 1970; the latest signs.
    pub created_utc_s: u64,
    /// Key of the AES block in the branch.
    pub branch: Secret,
    /// Key of the SipHash in the dialog cookie.
    pub cookie: Secret,
}

/// All keys of the appliance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Newest first, never empty.
    keys: ArrayVec<Key, MAX_KEYS>,
    first: Key,
    identity: Secret,
}

impl Keys {
    /// Reads `path`, or makes it with one fresh key when there is no such file.
    ///
    /// # Errors
    /// The file is open to others, not ours, not readable, or not in the format; see [`Error`].
    pub fn load_or_create(path: &Path) -> Result<Keys, Error> {
        file::load_or_create(path)
    }

    /// As [`Keys::load_or_create`]; a signing key that is a month old gets a successor, which is on disk
    /// before it signs anything.
    ///
    /// # Errors
    /// As [`Keys::load_or_create`], and when the file cannot be replaced.
    pub fn open(path: &Path, now_utc_s: u64) -> Result<Keys, Error> {
        let keys = Keys::load_or_create(path)?;
        let age = now_utc_s.saturating_sub(keys.signing().created_utc_s);
        if age < rotate::ROTATE_AFTER_S { Ok(keys) } else { keys.rotate(path, now_utc_s) }
    }

    /// Puts these keys and a new one that signs into `path`, without those that are out of use.
    ///
    /// # Errors
    /// There are no random bytes, or the file cannot be replaced.
    pub fn rotate(&self, path: &Path, now_utc_s: u64) -> Result<Keys, Error> {
        let keys = rotate::rotated(self, now_utc_s)?;
        file::replace(path, &keys)?;
        Ok(keys)
    }

    /// Reads `path`.
    ///
    /// # Errors
    /// As [`Keys::load_or_create`], and when there is no such file.
    pub fn load(path: &Path) -> Result<Keys, Error> {
        file::load(path)
    }

    /// The key that signs.
    pub fn signing(&self) -> &Key {
        &self.first
    }

    /// The key with `id`, to verify with.
    pub fn by_id(&self, id: KeyId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// All keys, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// Each id with its secret of branch, cookie and identity key, oldest first, so that the last one
    /// signs. The identity part is the same in all.
    pub fn secrets(&self) -> ArrayVec<(u8, [u8; 48]), MAX_KEYS> {
        let secret = |key: &Key| {
            let mut secret = [0u8; 48];
            let parts = [&key.branch, &key.cookie, &self.identity];
            for (chunk, part) in secret.chunks_exact_mut(16).zip(parts) {
                chunk.copy_from_slice(part.expose());
            }
            (key.id.get(), secret)
        };
        self.keys.iter().rev().map(secret).collect()
    }

    /// Key of the hash that joins the events of a call in the records.
    pub fn identity(&self) -> &Secret {
        &self.identity
    }
}

/// The file and what is wrong with its text, without the text.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    path: PathBuf,
    line: usize,
    cause: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keys file {}, line {}: {}", self.path.display(), self.line, self.cause)
    }
}
