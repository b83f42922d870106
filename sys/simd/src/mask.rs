//! Owns the byte searches that give a bit mask per block.
//! Hot. Refuses to interpret what it found.
//!
//! Bits at and behind the content's end are always 0, whatever the padding holds.

use crate::padded::Padded;

/// Which of the 64 bytes from `at` are a line feed: bit `i` stands for byte `at + i`.
#[inline]
pub fn newline_mask(content: Padded<'_>, at: usize) -> u64 {
    let block = content.block(at);
    #[cfg(target_feature = "avx2")]
    let found = {
        let (low, high) = block.split_at(32);
        let low = low.first_chunk().map_or(0, |half| vector_equal(half, b'\n'));
        let high = high.first_chunk().map_or(0, |half| vector_equal(half, b'\n'));
        u64::from(low) | u64::from(high) << 32
    };
    #[cfg(not(target_feature = "avx2"))]
    let found = scalar_equal(block, b'\n');
    found & inside(content, at)
}

/// Which of the 32 bytes from `at` equal `byte`: bit `i` stands for byte `at + i`.
#[inline]
pub fn byte_mask32(content: Padded<'_>, at: usize, byte: u8) -> u32 {
    let block = content.block(at);
    #[cfg(target_feature = "avx2")]
    let found = block.first_chunk().map_or(0, |half| vector_equal(half, byte));
    #[cfg(not(target_feature = "avx2"))]
    let found = low32(scalar_equal(block, byte));
    found & low32(inside(content, at))
}

/// Scalar twin of [`newline_mask`].
pub fn scalar_newline_mask(content: Padded<'_>, at: usize) -> u64 {
    scalar_equal(content.block(at), b'\n') & inside(content, at)
}

/// Scalar twin of [`byte_mask32`].
pub fn scalar_byte_mask32(content: Padded<'_>, at: usize, byte: u8) -> u32 {
    low32(scalar_equal(content.block(at), byte) & inside(content, at))
}

/// Bits of the block at `at` that lie inside the content.
#[inline]
fn inside(content: Padded<'_>, at: usize) -> u64 {
    match content.len().saturating_sub(at) {
        left @ 0..64 => (1 << left) - 1,
        _ => u64::MAX,
    }
}

#[inline]
fn low32(mask: u64) -> u32 {
    (mask & u64::from(u32::MAX)) as u32
}

fn scalar_equal(block: &[u8; 64], byte: u8) -> u64 {
    let mut mask = 0;
    for (bit, found) in block.iter().enumerate() {
        mask |= u64::from(*found == byte) << bit;
    }
    mask
}

#[cfg(target_feature = "avx2")]
#[inline]
fn vector_equal(half: &[u8; 32], byte: u8) -> u32 {
    // SAFETY: the build targets AVX2, as the attribute of this function demands, and `require_cpu`
    // has stopped the program on a CPU without it.
    unsafe { equal32(half, byte) }
}

#[cfg(target_feature = "avx2")]
#[target_feature(enable = "avx2")]
#[inline]
fn equal32(half: &[u8; 32], byte: u8) -> u32 {
    use core::arch::x86_64::{
        _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8,
    };
    // SAFETY: the array is 32 readable bytes, which is what the unaligned load reads.
    let lanes = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
    let equal = _mm256_cmpeq_epi8(lanes, _mm256_set1_epi8(byte.cast_signed()));
    _mm256_movemask_epi8(equal).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::{byte_mask32, newline_mask, scalar_byte_mask32, scalar_newline_mask};
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

    fn check(buffer: &[u8], len: usize) {
        let content = Padded::new(buffer, len).unwrap();
        for at in 0..len + 70 {
            assert_eq!(newline_mask(content, at), scalar_newline_mask(content, at), "{len} {at}");
            for byte in [b'\n', b':', 0, 0xff] {
                let fast = byte_mask32(content, at, byte);
                assert_eq!(fast, scalar_byte_mask32(content, at, byte), "{len} {at} {byte}");
            }
        }
    }

    #[test]
    fn equals_the_scalar_twin_at_every_length_and_offset() {
        for len in 0..200 {
            let buffer: Vec<u8> = scatter(len as u64 + 1).take(len + PAD).collect();
            check(&buffer, len);
        }
    }

    #[test]
    fn every_single_newline_sets_its_bit_alone() {
        for position in 0..64 {
            let mut buffer = vec![b'x'; 64 + PAD];
            buffer[position] = b'\n';
            let content = Padded::new(&buffer, 64).unwrap();
            assert_eq!(newline_mask(content, 0), 1 << position);
        }
    }

    #[test]
    fn finds_every_byte_value() {
        let buffer: Vec<u8> = (0..=255u8).chain([0; PAD]).collect();
        let content = Padded::new(&buffer, 256).unwrap();
        for byte in 0..=255u8 {
            let at = usize::from(byte) & !31;
            assert_eq!(byte_mask32(content, at, byte), 1 << (byte % 32));
        }
    }

    #[test]
    fn ignores_what_the_padding_holds() {
        let buffer = vec![b'\n'; 10 + PAD];
        let content = Padded::new(&buffer, 10).unwrap();
        assert_eq!(newline_mask(content, 0), 0x3ff);
        assert_eq!(newline_mask(content, 9), 1);
        assert_eq!(newline_mask(content, 10), 0);
        assert_eq!(newline_mask(content, usize::MAX), 0);
    }
}
