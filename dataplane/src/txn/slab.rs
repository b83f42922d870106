//! Owns retained text: copies of messages that a transaction may have to send or read again.
//! Hot. Knows nothing of SIP.
//!
//! Four size classes, each with a free list. A text is copied in once and followed by the padding that the
//! parser wants, so that a retained request can be parsed where it lies.

use hugepages::memory::{HugeArray, MapError, PageKind};
use simd::Padded;
use zerocopy::FromZeros;

/// Bytes of each class, padding included.
pub const CLASS_BYTES: [usize; 4] = [768, 1280, 2048, 16_384];

/// A retained text; [`TextRef::NONE`] names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromZeros)]
#[repr(transparent)]
pub struct TextRef(u32);

impl TextRef {
    /// No text.
    pub const NONE: TextRef = TextRef(u32::MAX);

    /// Whether this names no text.
    #[inline]
    pub fn is_none(self) -> bool {
        self == TextRef::NONE
    }

    #[inline]
    fn new(class: u32, index: u32) -> Self {
        TextRef(class << 30 | index)
    }

    #[inline]
    fn class(self) -> usize {
        (self.0 >> 30) as usize
    }

    #[inline]
    fn index(self) -> u32 {
        self.0 & 0x3fff_ffff
    }
}

/// How many texts of each class there is room for.
#[derive(Clone, Copy, Debug)]
pub struct SlabCapacity(pub [u32; 4]);

/// All retained texts of a worker.
pub struct Slabs {
    classes: [Class; 4],
}

struct Class {
    bytes: HugeArray<u8>,
    cells: HugeArray<Cell>,
    free: u32,
    used: u32,
    size: usize,
}

#[derive(FromZeros)]
#[repr(C)]
struct Cell {
    next: u32,
    len: u32,
}

const IN_USE: u32 = u32::MAX - 1;
const END: u32 = u32::MAX;

impl Slabs {
    /// Room for texts as `capacity` says.
    ///
    /// # Errors
    /// The memory cannot be mapped.
    pub fn new(capacity: SlabCapacity, pages: PageKind) -> Result<Self, MapError> {
        let [a, b, c, d] = capacity.0;
        let [size_a, size_b, size_c, size_d] = CLASS_BYTES;
        Ok(Slabs {
            classes: [
                Class::new(a, size_a, pages)?,
                Class::new(b, size_b, pages)?,
                Class::new(c, size_c, pages)?,
                Class::new(d, size_d, pages)?,
            ],
        })
    }

    /// Copies `text` in. A full class falls back on the next larger one; `None` when nothing fits.
    #[inline]
    pub fn store(&mut self, text: &[u8]) -> Option<TextRef> {
        let need = text.len() + simd::PAD;
        for (number, class) in (0u32..).zip(self.classes.iter_mut()) {
            if class.size >= need
                && let Some(index) = class.store(text)
            {
                return Some(TextRef::new(number, index));
            }
        }
        None
    }

    /// Gives a text back; [`TextRef::NONE`] is left alone.
    #[inline]
    pub fn give(&mut self, text: TextRef) {
        if !text.is_none()
            && let Some(class) = self.classes.get_mut(text.class())
        {
            class.give(text.index());
        }
    }

    /// The text, with its padding.
    #[inline]
    pub fn get(&self, text: TextRef) -> Option<Padded<'_>> {
        if text.is_none() {
            return None;
        }
        self.classes.get(text.class())?.get(text.index())
    }

    /// Whether at least a sixteenth of the largest texts is free. Smaller classes borrow from larger ones, so that
    /// anything can be stored then; below that no new work is taken on, and requests in dialogs find room.
    #[inline]
    pub fn has_room(&self) -> bool {
        let largest = self.classes.iter().rev().find(|class| !class.cells.is_empty());
        largest.is_some_and(|class| {
            let cells = class.cells.len();
            cells - class.used as usize > cells / 16
        })
    }

    /// Texts held, over all classes.
    pub fn used(&self) -> u32 {
        self.classes.iter().map(|class| class.used).sum()
    }
}

impl Class {
    fn new(count: u32, size: usize, pages: PageKind) -> Result<Self, MapError> {
        let mut cells: HugeArray<Cell> = HugeArray::new(count as usize, pages)?;
        for (at, cell) in (0u32..).zip(cells.iter_mut()) {
            cell.next = if at + 1 < count { at + 1 } else { END };
        }
        Ok(Class {
            bytes: HugeArray::new(count as usize * size, pages)?,
            cells,
            free: if count == 0 { END } else { 0 },
            used: 0,
            size,
        })
    }

    #[inline]
    fn store(&mut self, text: &[u8]) -> Option<u32> {
        let index = self.free;
        let cell = self.cells.get_mut(index as usize)?;
        let start = index as usize * self.size;
        self.bytes.get_mut(start..start + text.len())?.copy_from_slice(text);
        self.free = cell.next;
        cell.next = IN_USE;
        cell.len = u32::try_from(text.len()).ok()?;
        self.used += 1;
        self.fetch_next(text.len());
        Some(index)
    }

    /// Fetches the place that the next text of this class goes to, as far as one of `len` bytes reaches.
    #[inline]
    fn fetch_next(&self, len: usize) {
        let start = (self.free as usize).saturating_mul(self.size);
        if let (Some(cell), Some(room)) =
            (self.cells.get(self.free as usize), self.bytes.get(start..start.saturating_add(len)))
        {
            simd::prefetch_read(cell);
            for line in room.iter().step_by(64) {
                simd::prefetch_read(line);
            }
        }
    }

    #[inline]
    fn give(&mut self, index: u32) {
        if let Some(cell) = self.cells.get_mut(index as usize)
            && cell.next == IN_USE
        {
            cell.next = self.free;
            self.free = index;
            self.used -= 1;
        }
    }

    #[inline]
    fn get(&self, index: u32) -> Option<Padded<'_>> {
        let cell = self.cells.get(index as usize)?;
        if cell.next != IN_USE {
            return None;
        }
        let start = index as usize * self.size;
        Padded::new(self.bytes.get(start..start + self.size)?, cell.len as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slabs() -> Slabs {
        Slabs::new(SlabCapacity([1, 1, 1, 1]), PageKind::Small).unwrap()
    }

    #[test]
    fn a_text_comes_back_as_it_was_until_it_is_given_back() {
        let mut slabs = slabs();
        let text = slabs.store(b"INVITE sip:1 SIP/2.0").unwrap();
        assert_eq!(slabs.get(text).unwrap().bytes(), b"INVITE sip:1 SIP/2.0");
        slabs.give(text);
        assert!(slabs.get(text).is_none());
        assert_eq!(slabs.used(), 0);
    }

    #[test]
    fn a_full_class_falls_back_on_the_next_larger_one() {
        let mut slabs = slabs();
        let all: Vec<TextRef> = (0..4).map(|_| slabs.store(b"x").unwrap()).collect();
        assert!(slabs.store(b"x").is_none());
        for text in all {
            slabs.give(text);
        }
        assert!(slabs.store(b"x").is_some());
    }

    #[test]
    fn a_text_larger_than_the_largest_class_is_refused() {
        let mut slabs = slabs();
        assert!(slabs.store(&vec![b'a'; 16_384 - simd::PAD]).is_some());
        assert!(slabs.store(&vec![b'a'; 16_384 - simd::PAD + 1]).is_none());
    }

    #[test]
    fn giving_twice_or_none_changes_nothing() {
        let mut slabs = slabs();
        let text = slabs.store(b"x").unwrap();
        slabs.give(text);
        slabs.give(text);
        slabs.give(TextRef::NONE);
        assert_eq!(slabs.used(), 0);
    }
}
