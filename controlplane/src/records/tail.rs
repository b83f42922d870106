//! Owns the thread that reads a journal as it grows and cuts it into batches.
//! Knows nothing of the database: a full channel is all it sees of a slow one.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hugepages::journal::{self, Place, ReadJournalError, Reader, segment};
use tokio::sync::mpsc;

use super::batch::{Batch, Damage};
use super::source::{Offset, Source};

/// A batch goes out when it has one of these, or when it has anything and the taker is free.
const MOST_EVENTS: usize = 16_384;
const MOST_BYTES: usize = 8 << 20;

/// Between two looks at the end of a journal.
const NAP: Duration = Duration::from_millis(5);

/// Between two looks whether the directory still holds the journal that is read.
const LOOK: Duration = Duration::from_secs(1);

/// What the tail has to say.
#[derive(Debug)]
pub enum Read {
    /// The journal is there, and is the one that the place is of.
    Opened,
    /// The next events.
    Batch(Batch),
    /// The directory holds another journal than the place is of.
    Replaced,
    /// It cannot go on.
    Fault(String),
}

/// A tail at work; it stops when this is dropped.
#[derive(Debug)]
pub struct Tail {
    reads: mpsc::Receiver<Read>,
    last: Arc<AtomicBool>,
}

impl Tail {
    /// Reads `source` from `from` on.
    pub fn spawn(source: &Source, from: Offset) -> Tail {
        let (sender, reads) = mpsc::channel(1);
        let last = Arc::new(AtomicBool::new(false));
        let (dir, stop) = (source.journal.clone(), Arc::clone(&last));
        tokio::task::spawn_blocking(move || {
            if let Err(fault) = run(&dir, from, &sender, &stop) {
                drop(sender.blocking_send(fault));
            }
        });
        Tail { reads, last }
    }

    /// The next word; `None` when the journal is at its end and [`Tail::stop_at_end`] was called.
    pub async fn next(&mut self) -> Option<Read> {
        self.reads.recv().await
    }

    /// Ends at the present end of the journal.
    pub fn stop_at_end(&self) {
        self.last.store(true, Ordering::Relaxed);
    }
}

/// Reads until nobody listens, or to the end if that is wanted. What stops it is the error.
fn run(
    dir: &Path,
    from: Offset,
    sender: &mpsc::Sender<Read>,
    last: &AtomicBool,
) -> Result<(), Read> {
    let Some((mut reader, gap)) = open(dir, from, sender, last)? else { return Ok(()) };
    if sender.blocking_send(Read::Opened).is_err() {
        return Ok(());
    }
    let mut batch = Batch::at(from.place, from.created_utc_us);
    batch.damages.extend(gap);
    let (mut seen, mut looked) = (Seen::default(), Instant::now());
    loop {
        // Asked before the look at the end: what was written before the question is read.
        let stop = last.load(Ordering::Relaxed);
        let mut filled = fill(&mut reader, dir, &mut batch, &mut seen)?;
        if filled == Filled::ToEnd && looked.elapsed() >= LOOK {
            looked = Instant::now();
            if matches!(find(dir, batch.end, batch.created_utc_us()), Ok(Found::Another)) {
                filled = Filled::ToAnother;
            }
        }
        let at_end = filled != Filled::Full;
        let last_one = at_end && (stop || filled == Filled::ToAnother) && !batch.is_empty();
        let next = Batch::at(batch.end, batch.created_utc_us());
        if !at_end || last_one {
            let read = Read::Batch(std::mem::replace(&mut batch, next));
            if sender.blocking_send(read).is_err() {
                return Ok(());
            }
        } else if !batch.is_empty()
            && let Ok(permit) = sender.try_reserve()
        {
            permit.send(Read::Batch(std::mem::replace(&mut batch, next)));
        }
        if filled == Filled::ToAnother {
            return Err(Read::Replaced);
        }
        if stop && at_end || sender.is_closed() {
            return Ok(());
        }
        if at_end {
            std::thread::sleep(NAP);
        }
    }
}

/// What was told of the reader's findings.
#[derive(Default)]
struct Seen {
    damages: usize,
    unreadable: u64,
}

/// Why no more was added to a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filled {
    /// It is full.
    Full,
    /// The journal is at its end.
    ToEnd,
    /// What comes next is of another journal in the same directory.
    ToAnother,
}

/// Adds events until the batch is full or the journal is at its end.
fn fill(
    reader: &mut Reader,
    dir: &Path,
    batch: &mut Batch,
    seen: &mut Seen,
) -> Result<Filled, Read> {
    while batch.len() < MOST_EVENTS && batch.bytes() < MOST_BYTES {
        let before = batch.end;
        let got = reader.next_event().map_err(|error| Read::Fault(error.to_string()))?;
        let read = got.is_some();
        let at = reader.place();
        if at.segment != before.segment {
            if before.segment != 0
                && matches!(find(dir, before, batch.created_utc_us()), Ok(Found::Another))
            {
                return Ok(Filled::ToAnother);
            }
            batch.enter(at.segment, created(dir, at.segment).map_err(Read::Fault)?);
        }
        batch.damages.extend(reader.damages().iter().skip(seen.damages).map(told));
        seen.damages = reader.damages().len();
        let unreadable = reader.unreadable() - seen.unreadable;
        if unreadable > 0 {
            batch.damages.push(Damage {
                from: before,
                to_offset: (at.segment == before.segment).then_some(at.offset),
                reason: format!("{unreadable} events of another version are in this range"),
                event: None,
            });
            seen.unreadable += unreadable;
        }
        if !read {
            batch.end = at;
            return Ok(Filled::ToEnd);
        }
        batch.push(reader.payload(), at);
    }
    Ok(Filled::Full)
}

/// What the reader left out.
fn told(damage: &journal::Damage) -> Damage {
    match damage {
        journal::Damage::Torn { path, offset } => Damage {
            from: Place { segment: segment_of(path), offset: *offset },
            to_offset: std::fs::metadata(path).ok().map(|file| file.len()),
            reason: "its bytes are no frames".to_owned(),
            event: None,
        },
        journal::Damage::Gone { from, next } => gone(*from, *next),
    }
}

/// What is gone behind `from`.
fn gone(from: Place, oldest: u64) -> Damage {
    let reason = format!("the segments before {oldest} are gone");
    Damage { from, to_offset: None, reason, event: None }
}

/// Opens the journal at the place, waiting for one to be there; `None` when nobody listens any more.
/// Beside the reader what of the journal is gone.
fn open(
    dir: &Path,
    from: Offset,
    sender: &mpsc::Sender<Read>,
    last: &AtomicBool,
) -> Result<Option<(Reader, Option<Damage>)>, Read> {
    let fault = |error: ReadJournalError| Read::Fault(error.to_string());
    let oldest = loop {
        match segment::list(dir) {
            Ok(numbers) if !numbers.is_empty() => break numbers.first().copied().unwrap_or(1),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let dir = dir.display();
                return Err(Read::Fault(format!(
                    "cannot read the journal directory {dir}: {error}"
                )));
            }
            _ if sender.is_closed() || last.load(Ordering::Relaxed) => return Ok(None),
            _ => std::thread::sleep(NAP),
        }
    };
    let place = from.place;
    if place == Place::START {
        // Its beginning came into another database, and was removed.
        let gap = (oldest > 1).then(|| gone(place, oldest));
        return Ok(Some((Reader::open(dir).map_err(fault)?, gap)));
    }
    match find(dir, place, from.created_utc_us).map_err(Read::Fault)? {
        Found::There => Ok(Some((Reader::open_at(dir, place).map_err(fault)?, None))),
        Found::Another => Err(Read::Replaced),
        Found::Gone { oldest } => {
            // An older one may have stayed, and came in long ago.
            let reader = Reader::open_behind(dir, place.segment).map_err(fault)?;
            Ok(Some((reader, Some(gone(place, oldest)))))
        }
    }
}

/// What a directory has of the segment of a place.
enum Found {
    /// The segment.
    There,
    /// Another journal.
    Another,
    /// Later segments, or none at all.
    Gone {
        /// The oldest of them.
        oldest: u64,
    },
}

/// Looks for the segment of `place`, which was made at `created_utc_us`.
fn find(dir: &Path, place: Place, created_utc_us: u64) -> Result<Found, String> {
    let numbers = segment::list(dir)
        .map_err(|error| format!("cannot read the journal directory {}: {error}", dir.display()))?;
    if numbers.contains(&place.segment) {
        let same = created(dir, place.segment)? == created_utc_us;
        return Ok(if same { Found::There } else { Found::Another });
    }
    if numbers.last().is_some_and(|newest| *newest < place.segment) {
        return Ok(Found::Another);
    }
    let oldest = numbers.into_iter().find(|number| *number > place.segment).unwrap_or_default();
    Ok(Found::Gone { oldest })
}

/// When a segment was made.
fn created(dir: &Path, number: u64) -> Result<u64, String> {
    let path = segment::path(dir, number);
    let told = segment::Frames::open(&path).map(|frames| frames.header().created_utc_us);
    told.map_err(|error| format!("cannot read the journal segment {}: {error}", path.display()))
}

fn segment_of(path: &Path) -> u64 {
    let digits = path.file_stem().and_then(|stem| stem.to_str());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}
