//! Owns linger queues: transactions that wait a constant time before they are forgotten.
//! Hot. Knows nothing of what they wait for.
//!
//! All entries of a queue wait equally long, so that the order of entry is the order of expiry and a ring
//! serves where a timer wheel would touch memory three times.

use hugepages::memory::{HugeArray, MapError, PageKind};
use zerocopy::FromZeros;

/// A first-in first-out queue of slots with one delay.
pub struct Linger {
    entries: HugeArray<Entry>,
    mask: u64,
    head: u64,
    tail: u64,
    delay_ms: u64,
}

#[derive(Clone, Copy, FromZeros)]
#[repr(C)]
struct Entry {
    expires_ms: u64,
    slot: u32,
    generation: u32,
}

impl Linger {
    /// A queue for at most `capacity` entries that each wait `delay_ms`.
    ///
    /// # Errors
    /// The memory cannot be mapped.
    pub fn new(capacity: u32, delay_ms: u64, pages: PageKind) -> Result<Self, MapError> {
        let cells = (capacity.max(2) as usize).next_power_of_two();
        Ok(Linger {
            entries: HugeArray::new(cells, pages)?,
            mask: cells as u64 - 1,
            head: 0,
            tail: 0,
            delay_ms,
        })
    }

    /// Lets `slot` in its `generation` wait from `now_ms` on; `false` when the queue is full.
    #[inline]
    pub fn push(&mut self, slot: u32, generation: u32, now_ms: u64) -> bool {
        if self.tail - self.head > self.mask {
            return false;
        }
        let at = self.cell(self.tail);
        let Some(entry) = self.entries.get_mut(at) else { return false };
        *entry = Entry { expires_ms: now_ms + self.delay_ms, slot, generation };
        self.tail += 1;
        true
    }

    /// The next (slot, generation) whose time is over at `now_ms`.
    #[inline]
    pub fn pop_due(&mut self, now_ms: u64) -> Option<(u32, u32)> {
        if self.head == self.tail {
            return None;
        }
        let entry = *self.entries.get(self.cell(self.head))?;
        if entry.expires_ms > now_ms {
            return None;
        }
        self.head += 1;
        Some((entry.slot, entry.generation))
    }

    /// The slot of the entry `places` behind the one that leaves next: time to fetch what it names.
    #[inline]
    pub fn ahead(&self, places: u64) -> Option<u32> {
        let at = self.head + places;
        if at >= self.tail {
            return None;
        }
        self.entries.get(self.cell(at)).map(|entry| entry.slot)
    }

    #[inline]
    fn cell(&self, position: u64) -> usize {
        usize::try_from(position & self.mask).unwrap_or(0)
    }

    /// Entries that wait.
    pub fn len(&self) -> u64 {
        self.tail - self.head
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.head == self.tail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_leave_in_order_and_not_before_their_time() {
        let mut queue = Linger::new(4, 100, PageKind::Small).unwrap();
        assert!(queue.push(1, 10, 0));
        assert!(queue.push(2, 20, 50));
        assert_eq!(queue.pop_due(99), None);
        assert_eq!(queue.pop_due(100), Some((1, 10)));
        assert_eq!(queue.pop_due(149), None);
        assert_eq!(queue.pop_due(1000), Some((2, 20)));
        assert_eq!(queue.pop_due(1000), None);
    }

    #[test]
    fn a_full_queue_refuses() {
        let mut queue = Linger::new(2, 1, PageKind::Small).unwrap();
        assert!(queue.push(1, 1, 0) && queue.push(2, 1, 0));
        assert!(!queue.push(3, 1, 0));
        assert_eq!(queue.pop_due(5), Some((1, 1)));
        assert!(queue.push(3, 1, 5));
        assert_eq!(queue.len(), 2);
    }
}
