//! Owns the writing of the last image, a bounded piece at a time. Knows nothing of who adopts it.
//!
//! At most one image is being written; of those that come meanwhile the newest is written next, and not more often
//! than once a second, since a disk has calls to record as well.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use routing::image::{Extent, layout};
use zerocopy::IntoBytes;
use zerocopy::little_endian::U64;

use super::{ASIDE, Entry, FILE, HEAD_BYTES, Head, MAGIC, PAGE, VERSION, seal_head};
use crate::keeper::journal::create_own;

/// Bytes that one turn writes and syncs.
const PIECE: usize = 1 << 20;

/// An image to be kept.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Its change sequence.
    pub as_of: u64,
    /// Its extents, the root first.
    pub extents: Vec<Extent>,
    /// Their checksums, in their order: to sum a large image here would hold the keeper up.
    pub checksums: Vec<u64>,
}

/// Keeps the last image in a directory.
#[derive(Debug)]
pub struct Saver {
    dir: PathBuf,
    next: Option<Snapshot>,
    writing: Option<Writing>,
    interval: u64,
    not_before: u64,
}

#[derive(Debug)]
struct Writing {
    file: File,
    snapshot: Snapshot,
    places: Vec<u64>,
    /// The extent that is being written, and how much of it is.
    at: (usize, usize),
}

impl Saver {
    /// A saver into `dir`, which exists; `interval` is the least number of ticks between two images.
    pub fn new(dir: &Path, interval: u64) -> Saver {
        Saver { dir: dir.to_owned(), next: None, writing: None, interval, not_before: 0 }
    }

    /// Keeps an image, in the place of those that wait.
    pub fn keep(&mut self, snapshot: Snapshot) {
        self.next = Some(snapshot);
    }

    /// Whether there is something to write.
    pub fn has_work(&self) -> bool {
        self.next.is_some() || self.writing.is_some()
    }

    /// Writes a piece at time `now`, in ticks; gives the change sequence of an image that is now on disk as a whole.
    ///
    /// # Errors
    /// The disk refuses it: that image is given up, the one before stays, and the next one is tried.
    pub fn turn(&mut self, now: u64) -> io::Result<Option<u64>> {
        let Some(mut writing) = self.writing.take() else {
            if now < self.not_before {
                return Ok(None);
            }
            let Some(snapshot) = self.next.take() else { return Ok(None) };
            self.not_before = now.saturating_add(self.interval);
            self.writing = Some(Writing::begin(&self.dir, snapshot)?);
            return Ok(None);
        };
        if !writing.piece()? {
            self.writing = Some(writing);
            return Ok(None);
        }
        writing.file.sync_all()?;
        fs::rename(self.dir.join(ASIDE), self.dir.join(FILE))?;
        File::open(&self.dir)?.sync_all()?;
        Ok(Some(writing.snapshot.as_of))
    }

    /// Writes the newest image to its end, for the end of the process.
    ///
    /// # Errors
    /// As [`Saver::turn`].
    pub fn finish(&mut self) -> io::Result<Option<u64>> {
        let mut saved = None;
        while self.has_work() {
            saved = self.turn(u64::MAX)?.or(saved);
        }
        Ok(saved)
    }
}

impl Writing {
    fn begin(dir: &Path, snapshot: Snapshot) -> io::Result<Writing> {
        let mut offset = HEAD_BYTES as u64;
        let mut places = Vec::with_capacity(snapshot.extents.len());
        let mut bytes = vec![0; HEAD_BYTES];
        let entries = bytes.get_mut(size_of::<Head>()..).unwrap_or_default();
        let room = entries.chunks_exact_mut(size_of::<Entry>());
        if snapshot.extents.len() > room.len() {
            return Err(io::Error::other("the image has more extents than an image file holds"));
        }
        for ((extent, sum), room) in snapshot.extents.iter().zip(&snapshot.checksums).zip(room) {
            let len = extent.bytes().len() as u64;
            let checksum = (*sum).into();
            let entry = Entry { offset: offset.into(), len: len.into(), checksum };
            room.copy_from_slice(entry.as_bytes());
            places.push(offset);
            offset = (offset + len).next_multiple_of(PAGE);
        }
        let head = Head {
            magic: MAGIC.into(),
            version: VERSION.into(),
            image_format: layout::FORMAT.into(),
            as_of: snapshot.as_of.into(),
            extents: u32::try_from(places.len()).unwrap_or(u32::MAX).into(),
            reserved: 0.into(),
            checksum: U64::ZERO,
        };
        seal_head(&mut bytes, head);
        let checksum = Extent::copy_of(&bytes).checksum().into();
        seal_head(&mut bytes, Head { checksum, ..head });
        let file = create_own(&dir.join(ASIDE))?;
        file.write_all_at(&bytes, 0)?;
        Ok(Writing { file, snapshot, places, at: (0, 0) })
    }

    /// Writes and syncs a piece; true when all is written.
    fn piece(&mut self) -> io::Result<bool> {
        let mut room = PIECE;
        let (mut number, mut done) = self.at;
        while let (Some(extent), Some(place)) =
            (self.snapshot.extents.get(number), self.places.get(number))
        {
            let rest = extent.bytes().get(done..).unwrap_or_default();
            let piece = rest.get(..room.min(rest.len())).unwrap_or_default();
            self.file.write_all_at(piece, place + done as u64)?;
            room -= piece.len();
            if piece.len() < rest.len() {
                self.at = (number, done + piece.len());
                self.file.sync_data()?;
                return Ok(false);
            }
            (number, done) = (number + 1, 0);
        }
        Ok(true)
    }
}
