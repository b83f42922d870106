//! Owns the way through the segments of a journal, also while it grows.
//! Refuses to change anything, and knows nothing of what events mean together.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use hugepages::layout::cdr::Event;

use crate::keeper::journal::segment::{self, Frame, Frames, HeaderError};

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
    /// A segment cannot be read.
    #[error("cannot read the journal segment {}: {reason}", path.display())]
    Segment {
        /// The segment.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// A segment whose end was left out because it is no frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The segment.
    pub path: PathBuf,
    /// Where the bytes begin.
    pub offset: u64,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(
            f,
            "the journal segment {path} is damaged from offset {} on; the rest of it is left out",
            self.offset
        )
    }
}

/// Events of a journal in the order of writing.
#[derive(Debug)]
pub struct Reader {
    dir: PathBuf,
    current: Option<Frames>,
    /// The segment of `current`, or the one before the first.
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
        let reader = Reader {
            dir: dir.to_owned(),
            current: None,
            number: 0,
            damages: Vec::new(),
            unreadable: 0,
        };
        match reader.segment_after(0)? {
            Some(_) => Ok(reader),
            None => Err(ReadJournalError::NoJournal { path: dir.to_owned() }),
        }
    }

    /// The next event; `None` at the present end, where a later call may find more.
    ///
    /// # Errors
    /// The directory or a segment cannot be read.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, ReadJournalError> {
        loop {
            if !self.step()? {
                return Ok(None);
            }
            if Event::decode(self.payload()).is_ok() {
                break;
            }
            self.unreadable += 1;
        }
        Ok(Event::decode(self.payload()).ok())
    }

    /// Ends of segments that were left out.
    pub fn damages(&self) -> &[Damage] {
        &self.damages
    }

    /// Events that another version wrote.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    fn payload(&self) -> &[u8] {
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
            match self.advance()? {
                Frame::Payload => return Ok(true),
                Frame::End => {}
                Frame::Torn => {
                    let offset = self.current.as_ref().map_or(0, Frames::offset);
                    self.damages.push(Damage { path: self.path(self.number), offset });
                }
            }
            self.open_segment(next)?;
        }
    }

    fn advance(&mut self) -> Result<Frame, ReadJournalError> {
        let Some(frames) = &mut self.current else { return Ok(Frame::End) };
        frames.advance().map_err(|error| ReadJournalError::Segment {
            path: segment::path(&self.dir, self.number),
            reason: error.to_string(),
        })
    }

    fn segment_after(&self, number: u64) -> Result<Option<u64>, ReadJournalError> {
        let numbers = segment::list(&self.dir)
            .map_err(|source| ReadJournalError::Directory { path: self.dir.clone(), source })?;
        Ok(numbers.into_iter().find(|candidate| *candidate > number))
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
        self.current = Some(frames);
        self.number = number;
        Ok(())
    }

    fn path(&self, number: u64) -> PathBuf {
        segment::path(&self.dir, number)
    }
}
