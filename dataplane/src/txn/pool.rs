//! Owns pools: fixed numbers of equal records, handed out by slot, each reuse with a new generation.
//! Hot. Knows nothing of what a record holds.

use hugepages::memory::{HugeArray, MapError, PageKind};
use zerocopy::FromZeros;

/// A slot number that names no record.
pub const NONE: u32 = u32::MAX;

/// What a pool needs of its records.
pub trait Record: FromZeros {
    /// Puts the record into its initial state; called when it is handed out.
    fn reset(&mut self);
}

/// A fixed number of `T`, allocated once.
pub struct Pool<T: Record> {
    cells: HugeArray<Cell<T>>,
    free: u32,
    used: u32,
}

/// A record with its free-list link and generation beside it, so that taking, checking and reading it touch the
/// same cache line; kept apart they cost a miss each on tables of millions.
#[derive(FromZeros)]
#[repr(C, align(64))]
struct Cell<T> {
    record: T,
    /// The next free slot, `NONE` at the end, `IN_USE` while handed out.
    next: u32,
    generation: u32,
}

const IN_USE: u32 = u32::MAX - 1;

impl<T: Record> Pool<T> {
    /// Bytes that a record takes.
    pub const CELL_BYTES: usize = size_of::<Cell<T>>();

    /// A pool of `capacity` records.
    ///
    /// # Errors
    /// The memory cannot be mapped.
    pub fn new(capacity: u32, pages: PageKind) -> Result<Self, MapError> {
        let mut cells: HugeArray<Cell<T>> = HugeArray::new(capacity as usize, pages)?;
        for (slot, cell) in (0u32..).zip(cells.iter_mut()) {
            cell.next = if slot + 1 < capacity { slot + 1 } else { NONE };
        }
        Ok(Pool { cells, free: if capacity == 0 { NONE } else { 0 }, used: 0 })
    }

    /// Hands out a reset record, `None` when all are in use.
    #[inline]
    pub fn take(&mut self) -> Option<u32> {
        let slot = self.free;
        let cell = self.cells.get_mut(slot as usize)?;
        self.free = cell.next;
        cell.next = IN_USE;
        cell.generation = cell.generation.wrapping_add(1);
        cell.record.reset();
        self.used += 1;
        // The slot that is handed out next.
        self.prefetch(self.free);
        Some(slot)
    }

    /// Takes `slot` back; a slot that is not handed out is left alone.
    #[inline]
    pub fn give(&mut self, slot: u32) {
        if let Some(cell) = self.cells.get_mut(slot as usize)
            && cell.next == IN_USE
        {
            cell.next = self.free;
            self.free = slot;
            self.used -= 1;
        }
    }

    /// The record in `slot`, if it is handed out.
    #[inline]
    pub fn get(&self, slot: u32) -> Option<&T> {
        match self.cells.get(slot as usize) {
            Some(cell) if cell.next == IN_USE => Some(&cell.record),
            _ => None,
        }
    }

    /// The record in `slot`, if it is handed out.
    #[inline]
    pub fn get_mut(&mut self, slot: u32) -> Option<&mut T> {
        match self.cells.get_mut(slot as usize) {
            Some(cell) if cell.next == IN_USE => Some(&mut cell.record),
            _ => None,
        }
    }

    /// Brings the record in `slot` closer: all of its lines, so that their misses overlap.
    #[inline]
    pub fn prefetch(&self, slot: u32) {
        if let Some(cell) = self.cells.get(slot as usize) {
            simd::prefetch_whole(cell);
        }
    }

    /// Whether `slot` is handed out in its `generation`-th use.
    #[inline]
    pub fn is_current(&self, slot: u32, generation: u32) -> bool {
        matches!(self.cells.get(slot as usize),
            Some(cell) if cell.next == IN_USE && cell.generation == generation)
    }

    /// How often `slot` has been handed out, modulo 2^32.
    #[inline]
    pub fn generation(&self, slot: u32) -> u32 {
        self.cells.get(slot as usize).map_or(0, |cell| cell.generation)
    }

    /// Records handed out.
    pub fn used(&self) -> u32 {
        self.used
    }

    /// Records in all.
    pub fn capacity(&self) -> u32 {
        u32::try_from(self.cells.len()).unwrap_or(u32::MAX)
    }

    /// Records left.
    pub fn free(&self) -> u32 {
        self.capacity() - self.used
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(FromZeros)]
    struct Cell(u64);

    impl Record for Cell {
        fn reset(&mut self) {
            self.0 = 7;
        }
    }

    #[test]
    fn hands_out_each_slot_once_and_refuses_beyond_capacity() {
        let mut pool: Pool<Cell> = Pool::new(3, PageKind::Small).unwrap();
        let mut slots: Vec<u32> = (0..3).map(|_| pool.take().unwrap()).collect();
        slots.sort_unstable();
        assert_eq!(slots, [0, 1, 2]);
        assert_eq!(pool.take(), None);
        assert_eq!(pool.free(), 0);
    }

    #[test]
    fn a_reused_slot_is_reset_and_has_another_generation() {
        let mut pool: Pool<Cell> = Pool::new(1, PageKind::Small).unwrap();
        let slot = pool.take().unwrap();
        let first = pool.generation(slot);
        pool.get_mut(slot).unwrap().0 = 99;
        pool.give(slot);
        assert!(pool.get(slot).is_none());
        assert!(!pool.is_current(slot, first));
        let again = pool.take().unwrap();
        assert_eq!(again, slot);
        assert_eq!(pool.get(slot).unwrap().0, 7);
        assert!(!pool.is_current(slot, first));
        assert!(pool.is_current(slot, pool.generation(slot)));
    }

    #[test]
    fn giving_a_slot_twice_changes_nothing() {
        let mut pool: Pool<Cell> = Pool::new(2, PageKind::Small).unwrap();
        let a = pool.take().unwrap();
        pool.give(a);
        pool.give(a);
        assert_eq!(pool.used(), 0);
        assert!(pool.take().is_some() && pool.take().is_some() && pool.take().is_none());
    }
}
