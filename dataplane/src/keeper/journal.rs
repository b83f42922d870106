//! Owns the writing of the CDR journal: segments of framed events, appended, synced and rotated. Their
//! format is `hugepages::journal`'s.
//! Refuses to know what an event says, but for the worker and position that identify it.
//!
//! # Exactly once
//!
//! Events are staged from the rings, written with one call, and only then released there. A crash
//! between the two leaves them in both places: when the journal is opened again its last segment is
//! read, and what a ring still offers below [`Journal::next_position`] is skipped. The positions of
//! a worker therefore go on over restarts: a ring made anew starts at `next_position`.
//!
//! # A tear
//!
//! A crash in a write leaves a tail that is no frame; it is cut off on open, since what it was to
//! say is still in the ring. A tail longer than what one interval writes is no tear but damage: the
//! segment is left as it is, with a second name for whoever repairs it, and the next one begins.

#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use hugepages::journal::Place;
use hugepages::journal::segment::{self, Frame, Frames, Header, HeaderError, Positions};
use hugepages::layout::cdr::{DecodeEventError, Event};
use rustix::fs::OFlags;

use super::utc::UtcMicros;

/// Size at which the next segment begins.
pub const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes that one write takes at most, so that a turn stays short.
const BATCH_BYTES: usize = 1024 * 1024;

/// Longest tail that counts as torn: some writes between two syncs.
const MAX_TORN_BYTES: u64 = 16 * 1024 * 1024;

/// Why the journal cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenJournalError {
    /// The directory or a segment cannot be used.
    #[error("cannot {verb} {}: {source}; the journal must be on a writable disk with free space", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// The directory or segment.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The last segment is not one of ours.
    #[error("cannot continue the journal segment {}: {reason}; move it away, then start again", path.display())]
    Segment {
        /// The segment.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Why an event was not staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staged {
    /// It goes with the next write.
    Yes,
    /// The batch is full: write, then stage it again.
    Full,
    /// The journal holds it already.
    Duplicate,
    /// It is no event.
    Invalid(DecodeEventError),
    /// It is too long to be read again.
    TooLong,
}

/// What was found when the journal was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// The segment that is continued.
    pub segment: u64,
    /// Bytes cut off its end.
    pub torn_bytes: u64,
    /// A segment that was left with bytes that are no frames, from this offset on.
    pub damaged: Option<(PathBuf, u64)>,
}

/// The journal of one data plane.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    segment_bytes: u64,
    file: File,
    number: u64,
    /// Where the next frame goes; nothing behind it counts.
    offset: u64,
    /// Bytes behind `offset` may exist, left by a write that failed half way.
    tail_unclean: bool,
    dirty: bool,
    positions: Positions,
    batch: Vec<u8>,
    /// `positions` as they are once the batch is written.
    batch_positions: Positions,
}

impl Journal {
    /// Opens the journal in `dir`, which is made with mode 0750 if it is missing.
    ///
    /// # Errors
    /// The directory cannot be written, or its last segment is not one of ours.
    pub fn open(dir: &Path) -> Result<(Journal, Opened), OpenJournalError> {
        Journal::open_with(dir, SEGMENT_BYTES)
    }

    /// As [`Journal::open`], with segments of another size.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_with(
        dir: &Path,
        segment_bytes: u64,
    ) -> Result<(Journal, Opened), OpenJournalError> {
        let failed = |verb, path: &Path| {
            let path = path.to_owned();
            move |source| OpenJournalError::Io { verb, path, source }
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o750)
            .create(dir)
            .map_err(failed("make the journal directory", dir))?;
        let numbers = segment::list(dir).map_err(failed("list the journal directory", dir))?;
        let Some(last) = numbers.last().copied() else {
            let (file, offset) = create(dir, 1, &Positions::new())
                .map_err(failed("make the first journal segment in", dir))?;
            let journal = Journal::at(dir, segment_bytes, file, 1, offset, Positions::new());
            return Ok((journal, Opened { segment: 1, ..Opened::default() }));
        };
        let path = segment::path(dir, last);
        let found = scan(&path, last).map_err(|error| match error {
            HeaderError::Io(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
                OpenJournalError::Io { verb: "read", path: path.clone(), source }
            }
            // Only a crash of the machine's file system leaves a segment shorter than its header.
            HeaderError::Io(_) => OpenJournalError::Segment {
                path: path.clone(),
                reason: "it ends inside its header".to_owned(),
            },
            other => OpenJournalError::Segment { path: path.clone(), reason: other.to_string() },
        })?;
        let mut opened = Opened { segment: last, ..Opened::default() };
        if found.torn > MAX_TORN_BYTES {
            // It is removed with the others once its good part is taken: what it was stays under another name, for
            // as long as somebody wants. Where the disk has no second names it stays under its own until then.
            let aside = path.with_extension("damaged");
            let kept = fs::hard_link(&path, &aside).map_or(path, |()| aside);
            opened.damaged = Some((kept, found.offset));
            opened.segment = last + 1;
            let (file, offset) = create(dir, last + 1, &found.positions)
                .map_err(failed("make a journal segment in", dir))?;
            let journal = Journal::at(dir, segment_bytes, file, last + 1, offset, found.positions);
            return Ok((journal, opened));
        }
        let file = open_own(&path).map_err(failed("open", &path))?;
        if found.torn > 0 {
            file.set_len(found.offset).map_err(failed("cut the torn end of", &path))?;
            file.sync_data().map_err(failed("sync", &path))?;
            opened.torn_bytes = found.torn;
        }
        let journal = Journal::at(dir, segment_bytes, file, last, found.offset, found.positions);
        Ok((journal, opened))
    }

    fn at(
        dir: &Path,
        segment_bytes: u64,
        file: File,
        number: u64,
        offset: u64,
        positions: Positions,
    ) -> Journal {
        Journal {
            dir: dir.to_owned(),
            segment_bytes,
            file,
            number,
            offset,
            tail_unclean: false,
            dirty: false,
            batch_positions: positions.clone(),
            positions,
            batch: Vec::with_capacity(BATCH_BYTES + segment::MAX_PAYLOAD),
        }
    }

    /// Position that the next event of `worker` may have: what is below it is held already. A ring
    /// that is made anew starts here.
    pub fn next_position(&self, worker: u16) -> u64 {
        self.positions.get(&worker).copied().unwrap_or(0)
    }

    /// Segment and offset at which the next event will stand.
    pub fn place(&self) -> (u64, u64) {
        (self.number, self.offset)
    }

    /// The end of what a reader may have found: of a write that failed its beginning may be on the disk.
    pub fn reach(&self) -> Place {
        Place { segment: self.number, offset: self.offset + self.batch.len() as u64 }
    }

    /// Where its segments are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Gives the segment that is written to the user that the process becomes, who makes the later ones: other
    /// processes of that user read them.
    ///
    /// # Errors
    /// This process may not give files away.
    pub fn give_to(&self, uid: u32, gid: u32) -> io::Result<()> {
        fchown(&self.file, Some(uid), Some(gid))
    }

    /// Whether something was written since the last sync.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Bytes that wait for the next [`Journal::write`].
    pub fn staged_bytes(&self) -> usize {
        self.batch.len()
    }

    /// Takes a copy of an event for the next write.
    pub fn stage(&mut self, payload: &[u8]) -> Staged {
        if payload.len() > segment::MAX_PAYLOAD {
            return Staged::TooLong;
        }
        if self.batch.len() >= BATCH_BYTES {
            return Staged::Full;
        }
        let head = match Event::decode(payload) {
            Ok(event) => event.head(),
            Err(error) => return Staged::Invalid(error),
        };
        let (worker, position) = (head.worker.get(), head.position.get());
        let next = self.batch_positions.entry(worker).or_insert(0);
        if position < *next {
            return Staged::Duplicate;
        }
        *next = position_behind(position, payload.len());
        segment::push_frame(&mut self.batch, payload);
        Staged::Yes
    }

    /// Appends what is staged with one write, into the next segment if this one is full.
    ///
    /// # Errors
    /// The disk refuses it. Nothing counts as written then; what is staged stays, and the next call
    /// tries it again.
    pub fn write(&mut self) -> io::Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        if self.offset >= self.segment_bytes {
            self.rotate()?;
        }
        if self.tail_unclean {
            self.file.set_len(self.offset)?;
            self.tail_unclean = false;
        }
        self.tail_unclean = true;
        self.file.write_all_at(&self.batch, self.offset)?;
        self.tail_unclean = false;
        self.offset += self.batch.len() as u64;
        self.dirty = true;
        self.positions.clone_from(&self.batch_positions);
        self.batch.clear();
        Ok(())
    }

    /// Ends this segment, synced, and begins the next.
    fn rotate(&mut self) -> io::Result<()> {
        self.sync()?;
        let (file, offset) = create(&self.dir, self.number + 1, &self.positions)?;
        self.file = file;
        self.number += 1;
        self.offset = offset;
        self.tail_unclean = false;
        Ok(())
    }

    /// Brings what was written to the disk.
    ///
    /// # Errors
    /// The disk refuses it; the journal stays dirty and the sync can be tried again.
    pub fn sync(&mut self) -> io::Result<()> {
        if self.dirty {
            self.file.sync_data()?;
            self.dirty = false;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Journal {
    /// Makes the next write rotate.
    pub(super) fn fill_segment_for_test(&mut self) {
        self.segment_bytes = self.offset;
    }
}

/// What a pass over the last segment found.
struct Scanned {
    positions: Positions,
    /// End of the last good frame.
    offset: u64,
    /// Bytes behind it.
    torn: u64,
}

fn scan(path: &Path, number: u64) -> Result<Scanned, HeaderError> {
    let mut frames = Frames::open(path)?;
    if frames.header().number != number {
        return Err(HeaderError::Damaged);
    }
    let mut positions = frames.header().positions.clone();
    while frames.advance()? == Frame::Payload {
        // What a later version wrote is kept, though it cannot be told apart.
        if let Ok(event) = Event::decode(frames.payload()) {
            let head = event.head();
            let next = position_behind(head.position.get(), frames.payload().len());
            positions.insert(head.worker.get(), next);
        }
    }
    let offset = frames.offset();
    let torn = fs::metadata(path)?.len().saturating_sub(offset);
    Ok(Scanned { positions, offset, torn })
}

/// Position behind an event in its ring: a word of length and the bytes, rounded up to words.
fn position_behind(position: u64, payload: usize) -> u64 {
    position.saturating_add(8 + payload.next_multiple_of(8) as u64)
}

/// Makes segment `number` with its header on disk. It gets its name last, so that a segment with a
/// broken header is damage and never a crash.
fn create(dir: &Path, number: u64, positions: &Positions) -> io::Result<(File, u64)> {
    let header =
        Header { number, created_utc_us: UtcMicros::now().0, positions: positions.clone() };
    let bytes = header.to_bytes();
    let aside = dir.join(format!("{number:010}.tmp"));
    let file = create_own(&aside)?;
    file.write_all_at(&bytes, 0)?;
    file.sync_data()?;
    fs::rename(&aside, segment::path(dir, number))?;
    File::open(dir)?.sync_all()?;
    Ok((file, bytes.len() as u64))
}

/// Opens a segment that is there.
///
/// The directory is the user's and this may be root: a link that was put there must not lead to a file
/// that the user could not write itself.
fn open_own(path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    OpenOptions::new().write(true).custom_flags(flags).open(path)
}

/// Makes a file in the place of whatever has its name; no link is followed, see [`open_own`].
pub(crate) fn create_own(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o640).open(path)
}
