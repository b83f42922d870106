//! Owns a run of journal events in one piece of memory: what one transaction takes.
//! Knows nothing of what the events say.

use std::ops::Range;

use hugepages::journal::Place;

/// Events that follow each other in a journal, and what could not be read between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    bytes: Vec<u8>,
    events: Vec<(Range<usize>, Place)>,
    /// Ranges that hold no events that this version reads.
    pub damages: Vec<Damage>,
    /// The place behind the last of it.
    pub end: Place,
    /// Segments that it reaches into, and when each was made: that tells one journal from another.
    made: Vec<(u64, u64)>,
}

/// Bytes of a journal that did not become records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where they begin.
    pub from: Place,
    /// The offset behind them, where that is known.
    pub to_offset: Option<u64>,
    /// Why.
    pub reason: String,
    /// The event itself, where there is one.
    pub event: Option<Vec<u8>>,
}

impl Batch {
    /// An empty one that begins at `place`, in a segment made then.
    pub fn at(place: Place, created_utc_us: u64) -> Batch {
        Batch { end: place, made: vec![(place.segment, created_utc_us)], ..Batch::default() }
    }

    /// Goes on in another segment.
    pub fn enter(&mut self, segment: u64, created_utc_us: u64) {
        self.made.push((segment, created_utc_us));
    }

    /// When the segment of its end was made.
    pub fn created_utc_us(&self) -> u64 {
        let of_end = self.made.iter().rev().find(|(segment, _)| *segment == self.end.segment);
        of_end.map_or(0, |(_, created)| *created)
    }

    /// Takes an event that ends at `place`.
    pub fn push(&mut self, event: &[u8], place: Place) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(event);
        self.events.push((from..self.bytes.len(), place));
        self.end = place;
    }

    /// The events with the places behind them.
    pub fn events(&self) -> impl ExactSizeIterator<Item = (&[u8], Place)> {
        self.events
            .iter()
            .map(|(range, place)| (self.bytes.get(range.clone()).unwrap_or_default(), *place))
    }

    /// How many events.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there is nothing to write, not even that something was passed over.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.damages.is_empty()
    }

    /// Bytes of the events.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Two batches that say the same one after the other; `None` if there is but one event.
    pub fn split(&self) -> Option<(Batch, Batch)> {
        if self.events.len() < 2 {
            return None;
        }
        let middle = self.events.len() / 2;
        let mut halves = (Batch::default(), Batch::default());
        for (index, (event, place)) in self.events().enumerate() {
            let half = if index < middle { &mut halves.0 } else { &mut halves.1 };
            half.push(event, place);
        }
        // Which half a damage stands in does not matter: it is told once, and by its own place.
        halves.1.damages.clone_from(&self.damages);
        halves.1.end = self.end;
        halves.0.made.clone_from(&self.made);
        halves.1.made.clone_from(&self.made);
        Some(halves)
    }

    /// The same with its events kept aside, as the bytes that they are.
    pub fn aside(&self, from: Place, reason: &str) -> Batch {
        let kept = self.events().map(|(event, place)| Damage {
            from: Place { segment: place.segment, ..from },
            to_offset: Some(place.offset),
            reason: reason.to_owned(),
            event: Some(event.to_vec()),
        });
        Batch {
            damages: self.damages.iter().cloned().chain(kept).collect(),
            made: self.made.clone(),
            ..Batch::at(self.end, 0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_say_what_the_whole_said() {
        let mut batch = Batch::at(Place { segment: 1, offset: 40 }, 1);
        for number in 0..5_u8 {
            batch.push(&[number; 3], Place { segment: 1, offset: 48 + u64::from(number) * 16 });
        }
        let (first, second) = batch.split().unwrap();
        let joined: Vec<_> = first.events().chain(second.events()).collect();
        assert_eq!(joined, batch.events().collect::<Vec<_>>());
        assert_eq!((first.len(), second.len()), (2, 3));
        assert_eq!((first.end.offset, second.end), (64, batch.end));
    }

    #[test]
    fn a_half_knows_when_the_segment_that_it_ends_in_was_made() {
        let mut batch = Batch::at(Place { segment: 1, offset: 40 }, 77);
        batch.push(b"x", Place { segment: 1, offset: 56 });
        batch.enter(2, 88);
        batch.push(b"y", Place { segment: 2, offset: 56 });
        let (first, second) = batch.split().unwrap();
        assert_eq!((first.created_utc_us(), second.created_utc_us()), (77, 88));
        assert_eq!(second.aside(first.end, "why").created_utc_us(), 88);
    }

    #[test]
    fn one_event_has_no_halves() {
        let mut batch = Batch::at(Place { segment: 1, offset: 40 }, 1);
        batch.push(b"x", Place { segment: 1, offset: 56 });
        assert!(batch.split().is_none());
    }
}
