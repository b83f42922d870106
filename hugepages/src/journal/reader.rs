//! Owns the way through the segments of a journal, also while it grows.
//! Refuses to change anything, and knows nothing of what events mean together.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::layout::cdr::Event;

use super::Place;
use super::segment::{self, Frame, Frames, HeaderError};

/// Why a journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadJournalError {
    /// The directory cannot be read.
    #[error("cannot read the journal directory {}: {source}; name the journal or the state directory that holds it", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No router has written there.
    #[error("there is no call journal in {}; name the state directory of the configuration", path.display())]
    NoJournal {
        /// The directory.
        path: PathBuf,
    },
    /// The place to go on from is not in the journal any more.
    #[error("the journal in {} does not reach back to segment {segment}; its oldest is {oldest}, its newest {newest}", path.display())]
    NoSegment {
        /// The directory.
        path: PathBuf,
        /// The segment of the place.
        segment: u64,
        /// The oldest segment.
        oldest: u64,
        /// The newest segment.
        newest: u64,
    },
    /// The place to go on from is not between two events.
    #[error("offset {} of the journal segment {} is not between two events; the last place before it is {}", place.offset, path.display(), before.offset)]
    NoPlace {
        /// The segment.
        path: PathBuf,
        /// The place given.
        place: Place,
        /// The last place before it that is one.
        before: Place,
    },
    /// A segment cannot be read.
    #[error("cannot read the journal segment {}: {reason}", path.display())]
    Segment {
        /// The segment.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// What was left out between two events, because it is not there or is no frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A segment ends in bytes that are no frames.
    Torn {
        /// The segment.
        path: PathBuf,
        /// Where the bytes begin.
        offset: u64,
    },
    /// Segments between two others are gone.
    Gone {
        /// Behind the last event before them.
        from: Place,
        /// The segment that reading went on with.
        next: u64,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::Torn { path, offset } => {
                let path = path.display();
                write!(
                    f,
                    "the journal segment {path} is damaged from offset {offset} on; the rest of it is left out"
                )
            }
            Damage::Gone { from, next } => {
                let segment = from.segment;
                write!(
                    f,
                    "the journal segments between {segment} and {next} are gone; calls of theirs are left out"
                )
            }
        }
    }
}

/// Events of a journal in the order of writing.
///
/// Segments may be removed at any time, the oldest first: what was opened is read to its end, and what is gone
/// before it was opened is told as [`Damage::Gone`].
///
/// The newest segment may end in bytes that are no whole frame: they are waited for, since a write may
/// be under way. In a segment that has a successor they are damage, and left out.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    current: Option<Frames>,
    /// The segment of `current`; without one that behind which to begin.
    number: u64,
    damages: Vec<Damage>,
    unreadable: u64,
}

impl Reader {
    /// Begins at the oldest segment in `dir`. A journal has one from its first start on.
    ///
    /// # Errors
    /// The directory cannot be read, or holds no segment.
    pub fn open(dir: &Path) -> Result<Reader, ReadJournalError> {
        Reader::open_behind(dir, 0)
    }

    /// Begins at the oldest segment with a higher number than `segment`.
    ///
    /// # Errors
    /// The directory cannot be read, or holds no such segment.
    pub fn open_behind(dir: &Path, segment: u64) -> Result<Reader, ReadJournalError> {
        let reader = Reader {
            dir: dir.to_owned(),
            current: None,
            number: segment,
            damages: Vec::new(),
            unreadable: 0,
        };
        match reader.segment_after(segment)? {
            Some(_) => Ok(reader),
            None => Err(ReadJournalError::NoJournal { path: dir.to_owned() }),
        }
    }

    /// Goes on behind the event that `place` was given with.
    ///
    /// The frames before it are passed over one by one: an offset that happens to look like one is
    /// not enough.
    ///
    /// # Errors
    /// The directory or the segment cannot be read, or `place` is not in this journal.
    pub fn open_at(dir: &Path, place: Place) -> Result<Reader, ReadJournalError> {
        let mut reader = Reader::open(dir)?;
        if place == Place::START {
            return Ok(reader);
        }
        let numbers = reader.segments()?;
        if !numbers.contains(&place.segment) {
            let (oldest, newest) = (numbers.first(), numbers.last());
            return Err(ReadJournalError::NoSegment {
                path: dir.to_owned(),
                segment: place.segment,
                oldest: oldest.copied().unwrap_or(0),
                newest: newest.copied().unwrap_or(0),
            });
        }
        reader.open_segment(place.segment)?;
        let mut before = reader.place();
        while before < place && reader.advance()? == Frame::Payload {
            if reader.place() > place {
                break;
            }
            before = reader.place();
        }
        if before != place {
            let path = reader.path(place.segment);
            return Err(ReadJournalError::NoPlace { path, place, before });
        }
        Ok(reader)
    }

    /// Behind the last frame that was read.
    pub fn place(&self) -> Place {
        let offset = self.current.as_ref().map_or(0, Frames::offset);
        Place { segment: self.number, offset }
    }

    /// The next event and the place behind it; `None` at the present end, where a later call may
    /// find more.
    ///
    /// # Errors
    /// The directory or a segment cannot be read.
    pub fn next_event(&mut self) -> Result<Option<(Place, Event<'_>)>, ReadJournalError> {
        loop {
            if !self.step()? {
                return Ok(None);
            }
            if Event::decode(self.payload()).is_ok() {
                break;
            }
            self.unreadable += 1;
        }
        let place = self.place();
        Ok(Event::decode(self.payload()).ok().map(|event| (place, event)))
    }

    /// What was left out.
    pub fn damages(&self) -> &[Damage] {
        &self.damages
    }

    /// Events that another version wrote.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// The bytes of the event that was read last.
    pub fn payload(&self) -> &[u8] {
        self.current.as_ref().map(Frames::payload).unwrap_or_default()
    }

    /// Goes to the next frame, into later segments too.
    fn step(&mut self) -> Result<bool, ReadJournalError> {
        loop {
            if self.advance()? == Frame::Payload {
                return Ok(true);
            }
            let Some(next) = self.segment_after(self.number)? else { return Ok(false) };
            // What was appended between the look at the end and the look at the directory counts:
            // this segment grows no more once there is a next one.
            let end = self.advance()?;
            if end == Frame::Payload {
                return Ok(true);
            }
            let (from, began) = (self.place(), self.current.is_some());
            match self.open_segment(next) {
                // Removed since the look at the directory: the next look finds what is there.
                Err(_) if !self.segments()?.contains(&next) => continue,
                opened => opened?,
            }
            if end == Frame::Torn {
                let path = self.path(from.segment);
                self.damages.push(Damage::Torn { path, offset: from.offset });
            }
            if began && next - from.segment > 1 {
                self.damages.push(Damage::Gone { from, next });
            }
        }
    }

    fn advance(&mut self) -> Result<Frame, ReadJournalError> {
        let Some(frames) = &mut self.current else { return Ok(Frame::End) };
        frames.advance().map_err(|error| ReadJournalError::Segment {
            path: segment::path(&self.dir, self.number),
            reason: error.to_string(),
        })
    }

    fn segments(&self) -> Result<Vec<u64>, ReadJournalError> {
        segment::list(&self.dir)
            .map_err(|source| ReadJournalError::Directory { path: self.dir.clone(), source })
    }

    fn segment_after(&self, number: u64) -> Result<Option<u64>, ReadJournalError> {
        Ok(self.segments()?.into_iter().find(|candidate| *candidate > number))
    }

    fn open_segment(&mut self, number: u64) -> Result<(), ReadJournalError> {
        let path = self.path(number);
        let frames = Frames::open(&path).map_err(|error| {
            let reason = match error {
                HeaderError::Io(source) => source.to_string(),
                other => other.to_string(),
            };
            ReadJournalError::Segment { path, reason }
        })?;
        // A segment under another one's name would tell its events twice.
        if frames.header().number != number {
            let reason = format!("it is segment {}", frames.header().number);
            return Err(ReadJournalError::Segment { path: self.path(number), reason });
        }
        self.current = Some(frames);
        self.number = number;
        Ok(())
    }

    fn path(&self, number: u64) -> PathBuf {
        segment::path(&self.dir, number)
    }
}
