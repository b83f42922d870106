//! Owns the keys file on disk: its mode, its format, its creation.
//! Knows nothing of what the keys are for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use arrayvec::ArrayVec;
use rustix::fs::OFlags;
use rustix::rand::GetRandomFlags;
use serde::Deserialize;
use toml::Spanned;

use super::{Fault, Key, KeyId, Keys, MAX_KEYS, Secret};

/// A keys file is a few hundred bytes; more than this is another file.
const MAX_BYTES: u64 = 64 * 1024;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Open or read failed.
    #[error("cannot read the keys file {}: {source}; start as root, or restore the file", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Making the file failed.
    #[error("cannot make the keys file {}: {source}; its directory must exist and be writable", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Not a plain file.
    #[error("the keys file {} is not a plain file; replace it by one with mode 0600", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Others may read or write it.
    #[error("the keys file {} has mode {mode:04o}, so that others may read it; run chmod 600 on it, and make new keys if somebody did", path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Somebody else's.
    #[error("the keys file {} belongs to uid {owner} and the process runs as uid {own}; run chown on it", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// Ours.
        own: u32,
    },
    /// The text is not in the format.
    #[error(
        "{0}; mend the line, or move the file away to start with new keys, which ends the dialogs that stand"
    )]
    Format(Fault),
    /// The system gave no random bytes.
    #[error(
        "cannot get random bytes for the first keys: {0}; check that the kernel's random source is ready"
    )]
    Random(io::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKeys {
    identity: Spanned<String>,
    #[serde(default)]
    key: Vec<Spanned<RawKey>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKey {
    id: Spanned<i64>,
    created: Spanned<i64>,
    branch: Spanned<String>,
    cookie: Spanned<String>,
}

/// The head of the file.
const HEAD: &str = "# Keys of Tandem: whoever reads them can forge dialog cookies. Mode 0600, no copies.\n\
     # The newest signs, all verify. A start adds one when the newest is a month old, and drops those\n\
     # whose calls have ended; `tandem-dataplane rotate-keys` does so at once. `identity` stays: it joins\n\
     # the records of calls.\n";

pub(super) fn load_or_create(path: &Path) -> Result<Keys, Error> {
    match load(path) {
        Err(Error::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            create(path)?;
            load(path)
        }
        result => result,
    }
}

pub(super) fn load(path: &Path) -> Result<Keys, Error> {
    let read = |source| Error::Read { path: path.to_owned(), source };
    // A link could lead to a file that somebody else may change; a FIFO would block the start.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            return Err(Error::NotAFile { path: path.to_owned() });
        }
        other => other.map_err(read)?,
    };
    let facts = file.metadata().map_err(read)?;
    if !facts.is_file() {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    let mode = facts.mode() & 0o7777;
    if mode & 0o177 != 0 {
        return Err(Error::Mode { path: path.to_owned(), mode });
    }
    let own = rustix::process::geteuid().as_raw();
    if facts.uid() != own && facts.uid() != 0 {
        return Err(Error::Owner { path: path.to_owned(), owner: facts.uid(), own });
    }
    let mut text = String::new();
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(read)?;
    parse(path, &text).map_err(Error::Format)
}

fn create(path: &Path) -> Result<(), Error> {
    let failed = |source| Error::Create { path: path.to_owned(), source };
    let mut bytes = [0u8; 48];
    fill_random(&mut bytes).map_err(Error::Random)?;
    let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let [identity, branch, cookie] =
        [0, 16, 32].map(|at| hex(bytes.get(at..at + 16).unwrap_or_default()));
    let text = format!(
        "{HEAD}identity = \"{identity}\"\n\n\
         [[key]]\nid = 0\ncreated = {created}\nbranch = \"{branch}\"\ncookie = \"{cookie}\"\n"
    );
    // Written aside and linked into place: a crash leaves no half file, and a rival start that was
    // faster keeps its keys.
    let aside = path.with_extension(format!("tmp{}", std::process::id()));
    let written = write_aside(&aside, &text).and_then(|()| match fs::hard_link(&aside, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    });
    let removed = fs::remove_file(&aside);
    written.map_err(failed)?;
    removed.map_err(failed)?;
    sync_parent(path).map_err(failed)
}

/// A key of random bytes.
pub(super) fn fresh(id: KeyId, created_utc_s: u64) -> Result<Key, Error> {
    let (mut branch, mut cookie) = ([0; 16], [0; 16]);
    fill_random(&mut branch).and_then(|()| fill_random(&mut cookie)).map_err(Error::Random)?;
    Ok(Key { id, created_utc_s, branch: Secret(branch), cookie: Secret(cookie) })
}

/// Puts these keys in the place of the file, at once or not at all.
pub(super) fn replace(path: &Path, keys: &Keys) -> Result<(), Error> {
    let failed = |source| Error::Create { path: path.to_owned(), source };
    let mut text = format!("{HEAD}identity = \"{}\"\n", hex(keys.identity.expose()));
    for key in keys.iter() {
        let (branch, cookie) = (hex(key.branch.expose()), hex(key.cookie.expose()));
        text.push_str(&format!(
            "\n[[key]]\nid = {}\ncreated = {}\nbranch = \"{branch}\"\ncookie = \"{cookie}\"\n",
            key.id.get(),
            key.created_utc_s
        ));
    }
    let aside = path.with_extension(format!("tmp{}", std::process::id()));
    let renamed = write_aside(&aside, &text).and_then(|()| fs::rename(&aside, path));
    if renamed.is_err() {
        // Nothing can be done about one that does not go; it has the mode of the keys.
        let _ = fs::remove_file(&aside);
    }
    renamed.and_then(|()| sync_parent(path)).map_err(failed)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new("."))).and_then(|dir| dir.sync_all())
}

fn write_aside(aside: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn fill_random(bytes: &mut [u8]) -> io::Result<()> {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match rustix::rand::getrandom(rest, GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

fn parse(path: &Path, text: &str) -> Result<Keys, Fault> {
    let fault = |offset: usize, cause: &'static str| Fault {
        path: path.to_owned(),
        line: 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count(),
        cause,
    };
    // The parser's own message may quote the line, and with it a key.
    let raw: RawKeys = toml::from_str(text).map_err(|error: toml::de::Error| {
        let start = error.span().map_or(0, |span| span.start);
        fault(
            start,
            "not in the format `identity = \"HEX\"` and [[key]] with id, created, branch, cookie",
        )
    })?;
    let secret = |value: &Spanned<String>| {
        unhex(value.get_ref())
            .map(Secret)
            .ok_or_else(|| fault(value.span().start, "a secret is not 32 hexadecimal digits"))
    };
    let identity = secret(&raw.identity)?;
    let mut keys = ArrayVec::<Key, MAX_KEYS>::new();
    for table in &raw.key {
        let entry = table.get_ref();
        let id = u8::try_from(*entry.id.get_ref()).ok().and_then(KeyId::new);
        let id = id.ok_or_else(|| fault(entry.id.span().start, "id is not 0 to 15"))?;
        if keys.iter().any(|other| other.id == id) {
            return Err(fault(entry.id.span().start, "two keys have the same id"));
        }
        let created = u64::try_from(*entry.created.get_ref()).ok();
        let created_utc_s =
            created.ok_or_else(|| fault(entry.created.span().start, "created is negative"))?;
        if keys.iter().any(|other| other.created_utc_s == created_utc_s) {
            let cause = "two keys have the same `created`, so that none is the newest";
            return Err(fault(entry.created.span().start, cause));
        }
        let key = Key {
            id,
            created_utc_s,
            branch: secret(&entry.branch)?,
            cookie: secret(&entry.cookie)?,
        };
        // Sixteen different ids exist, and none came twice.
        if keys.try_push(key).is_err() {
            return Err(fault(table.span().start, "there are more than 16 keys"));
        }
    }
    keys.sort_by_key(|key| std::cmp::Reverse(key.created_utc_s));
    let first = *keys.first().ok_or_else(|| fault(0, "there is no [[key]]"))?;
    Ok(Keys { keys, first, identity })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 16]> {
    if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0u8; 16];
    for (position, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(position * 2..position * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}
