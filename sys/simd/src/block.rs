//! Owns the short blocks that a search looks at in one step, and what can be asked of one.
//! Hot. Refuses to loop: how far a search goes is the caller's.
//!
//! A caller whose slice reaches [`crate::PAD`] bytes behind what it searches never runs out of
//! blocks; what stands behind its end it has to ignore.

/// The `N` bytes from `at`; `None` where fewer are left.
#[inline]
pub fn block<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    let last = bytes.len().checked_sub(N)?;
    if at > last {
        return None;
    }
    // SAFETY: `at <= len - N`, so `at` lies inside the slice or at its end.
    let start = unsafe { bytes.as_ptr().add(at) };
    // SAFETY: `at + N <= len`, so the array lies inside the slice, whose life the result has; an
    // array of bytes has no alignment and no invalid value.
    Some(unsafe { &*start.cast::<[u8; N]>() })
}

/// A block as its two halves.
#[inline]
pub(crate) fn halves(block: &[u8; 64]) -> (&[u8; 32], &[u8; 32]) {
    let (low, high) = block.split_at(32);
    let (Some(low), Some(high)) = (low.first_chunk(), high.first_chunk()) else {
        unreachable!("a block has two halves")
    };
    (low, high)
}

/// Scalar twin of [`block`], in safe code.
pub fn scalar_block<const N: usize>(bytes: &[u8], at: usize) -> Option<&[u8; N]> {
    bytes.get(at..)?.first_chunk()
}

/// Which bytes of the block equal `byte`: bit `i` stands for byte `i`.
#[inline]
pub fn equal_mask(block: &[u8; 32], byte: u8) -> u32 {
    either_mask(block, byte, byte)
}

/// The same for a block of 64 bytes.
#[inline]
pub fn equal_mask_64(block: &[u8; 64], byte: u8) -> u64 {
    let (low, high) = halves(block);
    u64::from(equal_mask(low, byte)) | u64::from(equal_mask(high, byte)) << 32
}

/// Scalar twin of [`equal_mask`].
pub fn scalar_equal_mask(block: &[u8; 32], byte: u8) -> u32 {
    mask_of(|at| block[at] == byte)
}

/// Which bytes of the block equal `one` or `other`.
#[inline]
pub fn either_mask(block: &[u8; 32], one: u8, other: u8) -> u32 {
    #[cfg(target_feature = "avx2")]
    {
        // SAFETY: the build targets AVX2, as the attribute above demands, and `require_cpu` has
        // stopped the program on a CPU without it.
        unsafe { vector::either(block, one, other) }
    }
    #[cfg(not(target_feature = "avx2"))]
    scalar_either_mask(block, one, other)
}

/// The same for a block of 64 bytes.
#[inline]
pub fn either_mask_64(block: &[u8; 64], one: u8, other: u8) -> u64 {
    let (low, high) = halves(block);
    u64::from(either_mask(low, one, other)) | u64::from(either_mask(high, one, other)) << 32
}

/// Scalar twin of [`either_mask`].
pub fn scalar_either_mask(block: &[u8; 32], one: u8, other: u8) -> u32 {
    mask_of(|at| block[at] == one || block[at] == other)
}

/// Which bytes of the block equal those of `text` once the bits of `fold` are set in them: with
/// 0x20 where `text` has a letter, which is lower case, either case of that letter is equal, and
/// nothing else.
#[inline]
pub fn folded_mask(block: &[u8; 32], fold: &[u8; 32], text: &[u8; 32]) -> u32 {
    #[cfg(target_feature = "avx2")]
    {
        // SAFETY: as in `either_mask`.
        unsafe { vector::folded(block, fold, text) }
    }
    #[cfg(not(target_feature = "avx2"))]
    scalar_folded_mask(block, fold, text)
}

/// Scalar twin of [`folded_mask`].
pub fn scalar_folded_mask(block: &[u8; 32], fold: &[u8; 32], text: &[u8; 32]) -> u32 {
    mask_of(|at| block[at] | fold[at] == text[at])
}

/// A set of bytes that a block is compared with in one step.
///
/// The bytes from 0x80 on are in it all or not at all: that leaves 128 members to tell apart,
/// which two look-ups by half a byte each do.
#[derive(Clone, Copy, Debug)]
pub struct ByteSet {
    /// By low half of a byte: bit `h` says that the byte with the high half `h` is in the set; of
    /// the set's complement where `above`. Twice, once for each lane.
    rows: [u8; 32],
    /// Whether the bytes from 0x80 on are in the set.
    above: bool,
}

impl ByteSet {
    /// The bytes whose row in `table` has one of `bits`.
    ///
    /// # Panics
    /// Where the bytes from 0x80 on are not all alike. Meant for the compiler to run.
    pub const fn of(table: &[u8; 256], bits: u8) -> ByteSet {
        let above = table[0x80] & bits != 0;
        let mut rows = [0; 32];
        let mut byte = 0;
        while byte < 256 {
            let member = table[byte] & bits != 0;
            if byte >= 0x80 {
                assert!(member == above, "the bytes from 0x80 on are not all alike");
            } else if member != above {
                rows[byte & 15] |= 1 << (byte >> 4);
                rows[16 + (byte & 15)] |= 1 << (byte >> 4);
            }
            byte += 1;
        }
        ByteSet { rows, above }
    }

    /// Which bytes of the block are not in the set.
    #[inline]
    pub fn outside_mask(&self, block: &[u8; 32]) -> u32 {
        #[cfg(target_feature = "avx2")]
        {
            // SAFETY: as in `either_mask`.
            let unlisted = unsafe { vector::unlisted(block, &self.rows) };
            if self.above { !unlisted } else { unlisted }
        }
        #[cfg(not(target_feature = "avx2"))]
        self.scalar_outside_mask(block)
    }

    /// The same for a block of 64 bytes.
    #[inline]
    pub fn outside_mask_64(&self, block: &[u8; 64]) -> u64 {
        let (low, high) = halves(block);
        u64::from(self.outside_mask(low)) | u64::from(self.outside_mask(high)) << 32
    }

    /// Scalar twin of [`ByteSet::outside_mask`].
    pub fn scalar_outside_mask(&self, block: &[u8; 32]) -> u32 {
        mask_of(|at| !self.contains(block[at]))
    }

    /// Whether `byte` is in the set.
    #[inline]
    pub fn contains(&self, byte: u8) -> bool {
        let listed = byte < 0x80 && self.rows[usize::from(byte & 15)] >> (byte >> 4) & 1 == 1;
        listed != self.above
    }
}

fn mask_of(found: impl Fn(usize) -> bool) -> u32 {
    (0..32).fold(0, |mask, at| mask | u32::from(found(at)) << at)
}

#[cfg(target_feature = "avx2")]
mod vector {
    use core::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
        _mm256_or_si256, _mm256_set1_epi8, _mm256_setr_epi8, _mm256_setzero_si256,
        _mm256_shuffle_epi8, _mm256_srli_epi16,
    };

    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(block: &[u8; 32]) -> __m256i {
        // SAFETY: the array is 32 readable bytes, which is what the unaligned load reads.
        unsafe { _mm256_loadu_si256(block.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn mask(lanes: __m256i) -> u32 {
        _mm256_movemask_epi8(lanes).cast_unsigned()
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn either(block: &[u8; 32], one: u8, other: u8) -> u32 {
        let lanes = load(block);
        let one = _mm256_cmpeq_epi8(lanes, _mm256_set1_epi8(one.cast_signed()));
        let other = _mm256_cmpeq_epi8(lanes, _mm256_set1_epi8(other.cast_signed()));
        mask(_mm256_or_si256(one, other))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn folded(block: &[u8; 32], fold: &[u8; 32], text: &[u8; 32]) -> u32 {
        mask(_mm256_cmpeq_epi8(_mm256_or_si256(load(block), load(fold)), load(text)))
    }

    /// The bytes that `rows` does not list. The shuffle gives 0 for a byte from 0x80 on, so that
    /// none of those is listed.
    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn unlisted(block: &[u8; 32], rows: &[u8; 32]) -> u32 {
        let lanes = load(block);
        let bits = _mm256_setr_epi8(
            1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, -128, 0,
            0, 0, 0, 0, 0, 0, 0,
        );
        let row = _mm256_shuffle_epi8(load(rows), lanes);
        let high = _mm256_and_si256(_mm256_srli_epi16::<4>(lanes), _mm256_set1_epi8(15));
        let bit = _mm256_shuffle_epi8(bits, high);
        mask(_mm256_cmpeq_epi8(_mm256_and_si256(row, bit), _mm256_setzero_si256()))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        ByteSet, block, either_mask, equal_mask, folded_mask, scalar_block, scalar_either_mask,
        scalar_equal_mask, scalar_folded_mask,
    };

    /// A small fixed generator: the tests need variety, not randomness.
    fn scatter(seed: u64) -> impl Iterator<Item = u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        core::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
    }

    fn scattered(seed: u64) -> [u8; 32] {
        let mut bytes = scatter(seed);
        core::array::from_fn(|_| bytes.next().unwrap())
    }

    #[test]
    fn a_block_equals_its_scalar_twin_at_every_length_and_offset() {
        let bytes: Vec<u8> = scatter(1).take(80).collect();
        for len in 0..80 {
            for at in (0..85).chain([usize::MAX - 40, usize::MAX - 8, usize::MAX]) {
                let bytes = &bytes[..len];
                assert_eq!(block::<8>(bytes, at), scalar_block::<8>(bytes, at), "{len} {at}");
                assert_eq!(block::<32>(bytes, at), scalar_block::<32>(bytes, at), "{len} {at}");
            }
        }
    }

    #[test]
    fn equal_and_either_masks_equal_their_scalar_twins_for_every_byte() {
        for seed in 0..200 {
            let mut bytes = scattered(seed);
            bytes[seed as usize % 32] = bytes[(seed / 32) as usize];
            for byte in 0..=255u8 {
                let other = bytes[usize::from(byte) % 32];
                assert_eq!(equal_mask(&bytes, byte), scalar_equal_mask(&bytes, byte));
                let expected = scalar_either_mask(&bytes, byte, other);
                assert_eq!(either_mask(&bytes, byte, other), expected);
            }
        }
    }

    #[test]
    fn a_folded_mask_equals_its_scalar_twin_for_every_byte_at_every_place() {
        for seed in 0..50 {
            let (text, mut fold) = (scattered(seed), scattered(seed + 1_000));
            fold.iter_mut().for_each(|bits| *bits &= 0x20);
            for byte in 0..=255u8 {
                for place in 0..32 {
                    let mut bytes = text;
                    bytes[place] = byte;
                    let expected = scalar_folded_mask(&bytes, &fold, &text);
                    assert_eq!(folded_mask(&bytes, &fold, &text), expected, "{byte} {place}");
                }
            }
        }
    }

    #[test]
    fn a_folded_letter_equals_its_two_cases_and_nothing_else() {
        let (fold, text) = ([0x20; 32], [b't'; 32]);
        for byte in 0..=255u8 {
            let equal = folded_mask(&[byte; 32], &fold, &text) == u32::MAX;
            assert_eq!(equal, byte == b't' || byte == b'T', "{byte}");
        }
    }

    #[test]
    fn a_byte_set_tells_every_byte_as_its_table_does() {
        for seed in 0..300u64 {
            let mut table: [u8; 256] = core::array::from_fn(|_| 0);
            for (place, byte) in table.iter_mut().zip(scatter(seed)) {
                *place = byte;
            }
            let above = table[0x80] & 4;
            table[0x80..].iter_mut().for_each(|row| *row = *row & !4 | above);
            let set = ByteSet::of(&table, 4);
            for byte in 0..=255u8 {
                assert_eq!(set.contains(byte), table[usize::from(byte)] & 4 != 0, "{byte}");
            }
            for first in (0..=255u8).step_by(32) {
                let bytes: [u8; 32] = core::array::from_fn(|at| first + at as u8);
                assert_eq!(set.outside_mask(&bytes), set.scalar_outside_mask(&bytes));
            }
            let mixed = scattered(seed);
            assert_eq!(set.outside_mask(&mixed), set.scalar_outside_mask(&mixed));
        }
    }
}
