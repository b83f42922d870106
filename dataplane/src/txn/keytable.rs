//! Owns the hash table from a keyed 64-bit hash to a slot: find a transaction or dialog by what a packet says.
//! Hot. Knows nothing of what was hashed.
//!
//! Open addressing with linear probing over a power of two of cells, at most half full. Removal shifts the
//! following cells back instead of leaving tombstones, so that the table never needs a rehash: a general
//! purpose map pauses for milliseconds when its tombstones are swept, at a moment that nobody chose.
//! Keys come from SipHash under a secret key, so that nobody can aim at one bucket and 64 bits may stand for
//! the identity.

use hugepages::memory::{HugeArray, MapError, PageKind};
use zerocopy::FromZeros;

/// Key → slot, of fixed capacity.
pub struct KeyTable {
    cells: HugeArray<Cell>,
    mask: usize,
    used: u32,
    capacity: u32,
}

/// An empty cell has `slot_plus_one == 0`.
#[derive(Clone, Copy, FromZeros)]
#[repr(C)]
struct Cell {
    key: u64,
    slot_plus_one: u32,
    reserved: u32,
}

impl KeyTable {
    /// A table for at most `capacity` entries.
    ///
    /// # Errors
    /// The memory cannot be mapped.
    pub fn new(capacity: u32, pages: PageKind) -> Result<Self, MapError> {
        let cells = (capacity.max(8) as usize * 2).next_power_of_two();
        Ok(KeyTable { cells: HugeArray::new(cells, pages)?, mask: cells - 1, used: 0, capacity })
    }

    /// The slot stored under `key`.
    #[inline]
    pub fn find(&self, key: u64) -> Option<u32> {
        let mut at = self.home(key);
        loop {
            let cell = self.cells.get(at)?;
            if cell.slot_plus_one == 0 {
                return None;
            }
            if cell.key == key {
                return Some(cell.slot_plus_one - 1);
            }
            at = (at + 1) & self.mask;
        }
    }

    /// Brings the cell of `key` closer to the processor; look it up some work later.
    #[inline]
    pub fn prefetch(&self, key: u64) {
        if let Some(cell) = self.cells.get(self.home(key)) {
            simd::prefetch_read(cell);
        }
    }

    /// Stores `slot` under `key`, over an older entry of that key; `false` when the table is full.
    #[inline]
    pub fn insert(&mut self, key: u64, slot: u32) -> bool {
        let mut at = self.home(key);
        loop {
            let Some(cell) = self.cells.get_mut(at) else { return false };
            if cell.slot_plus_one == 0 {
                if self.used >= self.capacity {
                    return false;
                }
                *cell = Cell { key, slot_plus_one: slot + 1, reserved: 0 };
                self.used += 1;
                return true;
            }
            if cell.key == key {
                cell.slot_plus_one = slot + 1;
                return true;
            }
            at = (at + 1) & self.mask;
        }
    }

    /// Removes `key` if it leads to `slot`.
    #[inline]
    pub fn remove(&mut self, key: u64, slot: u32) {
        let mut at = self.home(key);
        loop {
            match self.cells.get(at) {
                Some(cell) if cell.slot_plus_one == 0 => return,
                Some(cell) if cell.key == key => {
                    if cell.slot_plus_one != slot + 1 {
                        return;
                    }
                    break;
                }
                Some(_) => at = (at + 1) & self.mask,
                None => return,
            }
        }
        self.used -= 1;
        self.close_gap(at);
    }

    /// Moves every following cell that may not stay behind a gap into it.
    #[inline]
    fn close_gap(&mut self, mut gap: usize) {
        let mut at = gap;
        loop {
            at = (at + 1) & self.mask;
            let Some(&cell) = self.cells.get(at) else { return };
            if cell.slot_plus_one == 0 {
                break;
            }
            // The cell may move when its home is not inside (gap, at].
            let home = self.home(cell.key);
            let distance_home = at.wrapping_sub(home) & self.mask;
            let distance_gap = at.wrapping_sub(gap) & self.mask;
            if distance_home >= distance_gap {
                if let Some(target) = self.cells.get_mut(gap) {
                    *target = cell;
                }
                gap = at;
            }
        }
        if let Some(cell) = self.cells.get_mut(gap) {
            cell.slot_plus_one = 0;
        }
    }

    /// Entries stored.
    pub fn len(&self) -> u32 {
        self.used
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    #[inline]
    fn home(&self, key: u64) -> usize {
        // The low bits are as good as any: keys are outputs of a keyed hash.
        usize::try_from(key & self.mask as u64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Few distinct homes, so that runs, wrap-around and gap closing all happen.
        #[test]
        fn agrees_with_an_ordered_map(ops in prop::collection::vec((0u8..3, 0u64..24, 0u32..50), 1..400)) {
            let mut table = KeyTable::new(16, PageKind::Small).unwrap();
            let mut twin: BTreeMap<u64, u32> = BTreeMap::new();
            for (op, key, slot) in ops {
                let key = if key % 3 == 0 { key | 0x1f } else { (key << 32) | (key % 5) };
                match op {
                    0 => {
                        let room = twin.len() < 16 || twin.contains_key(&key);
                        prop_assert_eq!(table.insert(key, slot), room);
                        if room { twin.insert(key, slot); }
                    }
                    1 => {
                        table.remove(key, slot);
                        if twin.get(&key) == Some(&slot) { twin.remove(&key); }
                    }
                    _ => {
                        if let Some(&slot) = twin.get(&key) { table.remove(key, slot); twin.remove(&key); }
                    }
                }
                prop_assert_eq!(table.len() as usize, twin.len());
                for (key, slot) in &twin {
                    prop_assert_eq!(table.find(*key), Some(*slot));
                }
            }
        }
    }

    #[test]
    fn an_absent_key_is_not_found() {
        let table = KeyTable::new(4, PageKind::Small).unwrap();
        assert_eq!(table.find(42), None);
    }
}
