//! Owns the search for line ends, a bit mask per block.
//! Hot. Refuses to interpret what it found.
//!
//! Bits at and behind the content's end are always 0, whatever the padding holds.

use crate::block::equal_mask;
use crate::padded::Padded;

/// Where lines end in a block of 64 bytes: bit `i` stands for byte `i` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineMasks {
    /// Line feeds.
    pub feeds: u64,
    /// Carriage returns.
    pub returns: u64,
}

/// The line ends among the 64 bytes from `at`, in one look at them.
#[inline]
pub fn line_masks(content: Padded<'_>, at: usize) -> LineMasks {
    #[cfg(target_feature = "avx2")]
    {
        let (low, high) = content.block(at).split_at(32);
        let (Some(low), Some(high)) = (low.first_chunk(), high.first_chunk()) else {
            unreachable!("a block has two halves")
        };
        let both =
            |byte| u64::from(equal_mask(low, byte)) | u64::from(equal_mask(high, byte)) << 32;
        let inside = inside(content, at);
        LineMasks { feeds: both(b'\n') & inside, returns: both(b'\r') & inside }
    }
    #[cfg(not(target_feature = "avx2"))]
    scalar_line_masks(content, at)
}

/// Scalar twin of [`line_masks`].
pub fn scalar_line_masks(content: Padded<'_>, at: usize) -> LineMasks {
    let (block, inside) = (content.block(at), inside(content, at));
    LineMasks {
        feeds: scalar_equal(block, b'\n') & inside,
        returns: scalar_equal(block, b'\r') & inside,
    }
}

/// Bits of the block at `at` that lie inside the content.
#[inline]
fn inside(content: Padded<'_>, at: usize) -> u64 {
    match content.len().saturating_sub(at) {
        left @ 0..64 => (1 << left) - 1,
        _ => u64::MAX,
    }
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
    use crate::padded::{PAD, Padded};

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
    fn line_masks_equal_their_scalar_twin_at_every_length_and_offset() {
        for len in 0..200 {
            let buffer: Vec<u8> = scatter(len as u64 + 1).take(len + PAD).collect();
            let content = Padded::new(&buffer, len).unwrap();
            for at in 0..len + 70 {
                assert_eq!(line_masks(content, at), scalar_line_masks(content, at), "{len} {at}");
            }
        }
    }

    #[test]
    fn every_single_line_end_sets_its_bit_alone() {
        for position in 0..64 {
            let mut buffer = vec![b'x'; 64 + PAD];
            let alone = 1 << position;
            buffer[position] = b'\n';
            let masks = line_masks(Padded::new(&buffer, 64).unwrap(), 0);
            assert_eq!(masks, LineMasks { feeds: alone, returns: 0 });
            buffer[position] = b'\r';
            let masks = line_masks(Padded::new(&buffer, 64).unwrap(), 0);
            assert_eq!(masks, LineMasks { feeds: 0, returns: alone });
        }
    }

    #[test]
    fn ignores_what_the_padding_holds() {
        for (byte, masks) in [
            (b'\n', LineMasks { feeds: 0x3ff, returns: 0 }),
            (b'\r', LineMasks { feeds: 0, returns: 0x3ff }),
        ] {
            let buffer = vec![byte; 10 + PAD];
            let content = Padded::new(&buffer, 10).unwrap();
            let nothing = LineMasks { feeds: 0, returns: 0 };
            assert_eq!(line_masks(content, 0), masks);
            assert_ne!(line_masks(content, 9), nothing);
            assert_eq!(line_masks(content, 10), nothing);
            assert_eq!(line_masks(content, usize::MAX), nothing);
        }
    }
}
