//! Owns the search for line ends, a bit mask per block.
//! Hot. Refuses to interpret what it found.

use crate::block::equal_mask;

/// Where lines end in a block of 64 bytes: bit `i` stands for byte `i` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineMasks {
    /// Line feeds.
    pub feeds: u64,
    /// Carriage returns.
    pub returns: u64,
}

/// The line ends in the block.
#[inline]
pub fn line_masks(block: &[u8; 64]) -> LineMasks {
    #[cfg(target_feature = "avx2")]
    {
        let (low, high) = block.split_at(32);
        let (Some(low), Some(high)) = (low.first_chunk(), high.first_chunk()) else {
            unreachable!("a block has two halves")
        };
        let both =
            |byte| u64::from(equal_mask(low, byte)) | u64::from(equal_mask(high, byte)) << 32;
        LineMasks { feeds: both(b'\n'), returns: both(b'\r') }
    }
    #[cfg(not(target_feature = "avx2"))]
    scalar_line_masks(block)
}

/// Scalar twin of [`line_masks`].
pub fn scalar_line_masks(block: &[u8; 64]) -> LineMasks {
    LineMasks { feeds: scalar_equal(block, b'\n'), returns: scalar_equal(block, b'\r') }
}

fn scalar_equal(block: &[u8; 64], byte: u8) -> u64 {
    let mut mask = 0;
    for (bit, found) in block.iter().enumerate() {
        mask |= u64::from(*found == byte) << bit;
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::{LineMasks, line_masks, scalar_line_masks};

    /// A small fixed generator: the tests need variety, not randomness.
    fn scatter(seed: u64) -> impl Iterator<Item = u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        core::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            b"\n\r:ab \n\0"[(state % 8) as usize]
        })
    }

    #[test]
    fn line_masks_equal_their_scalar_twin() {
        for seed in 0..2_000 {
            let mut bytes = scatter(seed);
            let block = core::array::from_fn(|_| bytes.next().unwrap());
            assert_eq!(line_masks(&block), scalar_line_masks(&block), "{block:?}");
        }
    }

    #[test]
    fn every_single_line_end_sets_its_bit_alone() {
        for position in 0..64 {
            let mut block = [b'x'; 64];
            let alone = 1 << position;
            block[position] = b'\n';
            assert_eq!(line_masks(&block), LineMasks { feeds: alone, returns: 0 });
            block[position] = b'\r';
            assert_eq!(line_masks(&block), LineMasks { feeds: 0, returns: alone });
        }
    }

    #[test]
    fn no_other_byte_is_a_line_end() {
        for byte in (0..=255u8).filter(|byte| !b"\r\n".contains(byte)) {
            assert_eq!(line_masks(&[byte; 64]), LineMasks { feeds: 0, returns: 0 });
        }
    }
}
