//! Owns the order in which entries are asked for: a ring of slot numbers.
//! Hot. Refuses to know what is asked.

/// Slot numbers, first in, first out.
#[derive(Debug)]
pub struct Asks {
    ring: Box<[u16]>,
    head: usize,
    len: usize,
}

impl Asks {
    /// Reserves room for `capacity` numbers. Called at start.
    pub fn new(capacity: u16) -> Asks {
        Asks { ring: (0..capacity).map(|_| 0).collect(), head: 0, len: 0 }
    }

    /// Appends `at`; each slot is in the ring once at most, so there is room.
    pub fn push(&mut self, at: u16) {
        let end = self.head + self.len;
        let place = if end < self.ring.len() { end } else { end - self.ring.len() };
        if let Some(cell) = self.ring.get_mut(place) {
            *cell = at;
            self.len += 1;
        }
    }

    /// Takes the oldest number.
    pub fn pop(&mut self) -> Option<u16> {
        self.len = self.len.checked_sub(1)?;
        let at = self.ring.get(self.head).copied();
        self.head = if self.head + 1 < self.ring.len() { self.head + 1 } else { 0 };
        at
    }
}
