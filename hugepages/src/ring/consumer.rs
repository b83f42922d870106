//! Owns the reading half of a ring.
//! Hot. Knows nothing of where the ring lies or what the records say.

use zerocopy::IntoBytes;

use crate::sync::Ordering;

use super::producer::max_record;
use super::storage::Storage;
use super::{RingError, Violation, WORD, WRAP, check_index, record_size};

/// The reading half. One thread owns it.
///
/// One record at a time: [`Consumer::peek`], then [`Consumer::release`]. In batches: `peek` and
/// [`Consumer::advance`] for each, then one [`Consumer::release_read`] when all are safe elsewhere;
/// until then the producer may not write over them, and a crash brings them back.
#[derive(Debug)]
pub struct Consumer {
    pub(super) storage: Storage,
    /// End of what was given back; the shared word only repeats it.
    tail: u64,
    /// Behind the records that `advance` passed.
    cursor: u64,
    /// The producer's index when it was last looked at.
    head_seen: u64,
    /// The record at the cursor, once it has been checked.
    pub(super) front: Option<Front>,
    error: Option<RingError>,
    /// Present when the producer may be another process: records are copied here, then looked at.
    pub(super) copy: Option<Box<[u64]>>,
}

/// Where a checked record lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Front {
    start: u64,
    len: usize,
}

impl Consumer {
    pub(super) fn new(storage: Storage, head: u64, tail: u64) -> Consumer {
        let (error, copy) = (None, None);
        Consumer { storage, tail, cursor: tail, head_seen: head, front: None, error, copy }
    }

    /// The next record, without taking it; `None` while there is none, for ever when the ring is closed
    /// ([`Consumer::error`]).
    #[inline]
    pub fn peek(&mut self) -> Option<&[u8]> {
        let front = match self.front {
            Some(front) => front,
            None => self.find()?,
        };
        let first = front.start + WORD as u64;
        match &self.copy {
            Some(copy) => copy.as_bytes().get(..front.len),
            // SAFETY: `find` saw that the record lies between cursor and the head it acquired and does
            // not cross the end; the producer leaves it alone until the tail has passed it, which takes
            // `&mut self`; without `copy` no other process is a peer.
            None => Some(unsafe { self.storage.bytes(first, front.len) }),
        }
    }

    /// The position of the record that [`Consumer::peek`] shows; behind the last one when there is none.
    #[inline]
    pub fn position(&self) -> u64 {
        self.front.map_or(self.cursor, |front| front.start)
    }

    /// Goes past the record that [`Consumer::peek`] showed and keeps its room; nothing without one.
    #[inline]
    pub fn advance(&mut self) {
        if let Some(front) = self.front.take() {
            self.cursor = front.start + record_size(front.len);
            if self.copy.is_none() {
                self.storage.still_reading(front.start, WORD + front.len);
            }
        }
    }

    /// Gives the room of everything that [`Consumer::advance`] passed back to the producer, also in a
    /// closed ring, so that what is safe elsewhere does not come again.
    #[inline]
    pub fn release_read(&mut self) {
        if self.cursor != self.tail {
            self.tail = self.cursor;
            // Release: our reads happen before the producer's writes over the same bytes.
            self.storage.tail().store(self.tail, Ordering::Release);
        }
    }

    /// [`Consumer::advance`] and [`Consumer::release_read`]: done with this record and all before it.
    #[inline]
    pub fn release(&mut self) {
        self.advance();
        self.release_read();
    }

    /// Bytes that wait, released ones excepted; costs a look at the producer's index.
    #[inline]
    pub fn used(&self) -> u64 {
        let head = self.storage.head().load(Ordering::Relaxed);
        head.saturating_sub(self.tail).min(self.storage.capacity())
    }

    /// Bytes that the ring holds, length words included.
    #[inline]
    pub fn capacity(&self) -> u64 {
        self.storage.capacity()
    }

    /// Why the ring is closed, if it is.
    #[inline]
    pub fn error(&self) -> Option<RingError> {
        self.error
    }

    /// Checks the record at the cursor, and copies it out if the peer is another process.
    fn find(&mut self) -> Option<Front> {
        if self.error.is_some() {
            return None;
        }
        if self.cursor == self.head_seen {
            self.look_at_head()?;
        }
        match self.check_front() {
            Ok(front) => {
                self.copy_out(front);
                self.front = Some(front);
                Some(front)
            }
            Err(violation) => self.close(violation),
        }
    }

    /// The record at the cursor, of which nothing is believed but that bytes below `head_seen` are ours.
    ///
    /// The cursor itself stays: a marker is passed together with its record.
    fn check_front(&self) -> Result<Front, Violation> {
        let mut start = self.cursor;
        let mut word = self.storage.load(start);
        if word == WRAP {
            start += self.storage.to_end(start);
            // A marker is committed with a record behind it. One at the first byte leads a whole ring
            // on, and so never below head.
            if start >= self.head_seen {
                return Err(Violation::WrapMarker);
            }
            word = self.storage.load(start);
        }
        let len = usize::try_from(word).map_err(|_| Violation::RecordLength)?;
        if len > max_record(self.storage.capacity()) {
            return Err(Violation::RecordLength);
        }
        let size = record_size(len);
        if size > self.head_seen - start || size > self.storage.to_end(start) {
            return Err(Violation::RecordLength);
        }
        Ok(Front { start, len })
    }

    fn copy_out(&mut self, front: Front) {
        let Some(copy) = &mut self.copy else { return };
        let first = front.start + WORD as u64;
        for (i, word) in copy.iter_mut().take(front.len.div_ceil(WORD)).enumerate() {
            *word = self.storage.load(first + (i * WORD) as u64);
        }
    }

    /// Takes in the producer's index; `None` when there is no record or the ring is closed.
    fn look_at_head(&mut self) -> Option<()> {
        // Acquire: what lies below head was written before it.
        let head = self.storage.head().load(Ordering::Acquire);
        if head == self.head_seen {
            // What was committed before the producer closed the ring has been read by now.
            if self.storage.closed().load(Ordering::Acquire) != 0 {
                self.error = Some(RingError::ClosedByPeer);
            }
            return None;
        }
        match check_index(self.head_seen, head, head, self.tail, self.storage.capacity()) {
            Ok(()) => {
                self.head_seen = head;
                Some(())
            }
            Err(violation) => self.close(violation),
        }
    }

    #[cold]
    fn close<T>(&mut self, violation: Violation) -> Option<T> {
        self.error = Some(RingError::Violated(violation));
        self.storage.closed().store(1, Ordering::Release);
        None
    }
}
