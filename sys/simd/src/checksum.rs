//! Owns the Internet checksum's sum.
//! Hot. Refuses to know headers: the caller leaves the checksum field out or zero.

/// The ones' complement sum of `bytes` as big-endian 16-bit words, an odd last byte padded with
/// zero, plus `initial` (a pseudo header's sum, say), folded to 16 bits and not inverted.
///
/// RFC 1071 §1: a header's checksum is `!ones_complement_sum(header with a zero field, 0)`; a
/// header that arrived whole sums to `0xffff`.
#[inline]
pub fn ones_complement_sum(bytes: &[u8], initial: u32) -> u16 {
    #[cfg(target_feature = "avx2")]
    if bytes.len() >= 64 {
        // SAFETY: the build targets AVX2, as the attribute above demands, and `require_cpu` has
        // stopped the program on a CPU without it.
        return unsafe { vector_sum(bytes, initial) };
    }
    words_sum(bytes, initial)
}

/// Scalar twin of [`ones_complement_sum`], word by word as RFC 1071 §4.1 writes it.
pub fn scalar_ones_complement_sum(bytes: &[u8], initial: u32) -> u16 {
    let mut sum = u64::from(initial);
    for word in bytes.chunks(2) {
        let high = word.first().copied().unwrap_or(0);
        let low = word.get(1).copied().unwrap_or(0);
        sum += u64::from(u16::from_be_bytes([high, low]));
    }
    fold(sum)
}

/// Adds native 32-bit words and swaps once at the end: RFC 1071 §2(B), the sum does not depend
/// on the byte order in which it is taken.
#[inline]
fn words_sum(bytes: &[u8], initial: u32) -> u16 {
    fold_native(native_words(bytes), initial)
}

#[inline]
fn native_words(bytes: &[u8]) -> u64 {
    let mut sum = 0u64;
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        sum += u64::from(u32::from_ne_bytes(*word));
    }
    let mut last = [0u8; 4];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    sum + u64::from(u32::from_ne_bytes(last))
}

#[inline]
fn fold_native(sum: u64, initial: u32) -> u16 {
    fold(u64::from(fold(sum).to_be()) + u64::from(initial))
}

#[inline]
fn fold(mut sum: u64) -> u16 {
    sum = (sum & 0xffff_ffff) + (sum >> 32);
    sum = (sum & 0xffff_ffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    (sum & 0xffff) as u16
}

/// Sums 32 bytes a step in four 64-bit lanes: each 32-bit word is widened, so that no carry is
/// lost for any slice shorter than 16 GiB.
#[cfg(target_feature = "avx2")]
#[target_feature(enable = "avx2")]
#[inline]
fn vector_sum(bytes: &[u8], initial: u32) -> u16 {
    use core::arch::x86_64::{
        __m256i, _mm256_add_epi64, _mm256_blend_epi32, _mm256_loadu_si256, _mm256_setzero_si256,
        _mm256_srli_epi64, _mm256_storeu_si256,
    };
    let zero = _mm256_setzero_si256();
    let (mut even, mut odd) = (zero, zero);
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        // SAFETY: the array is 32 readable bytes, which is what the unaligned load reads.
        let lanes: __m256i = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
        even = _mm256_add_epi64(even, _mm256_blend_epi32::<0b1010_1010>(lanes, zero));
        odd = _mm256_add_epi64(odd, _mm256_srli_epi64::<32>(lanes));
    }
    let total = _mm256_add_epi64(even, odd);
    let mut lanes = [0u64; 4];
    // SAFETY: the array is 32 writable bytes, which is what the unaligned store writes.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), total) };
    let sum = lanes.iter().fold(native_words(rest), |sum, lane| sum + lane);
    fold_native(sum, initial)
}

#[cfg(test)]
mod tests {
    use super::{ones_complement_sum, scalar_ones_complement_sum};

    #[test]
    fn sums_the_example_of_rfc_1071() {
        // RFC 1071 §3: 00 01 f2 03 f4 f5 f6 f7 sums to ddf2.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(ones_complement_sum(&bytes, 0), 0xddf2);
    }

    #[test]
    fn a_header_with_its_checksum_sums_to_all_ones() {
        let header = [
            0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8,
            0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7,
        ];
        assert_eq!(ones_complement_sum(&header, 0), 0xffff);
    }

    #[test]
    fn equals_the_scalar_twin_at_every_length_and_alignment() {
        let bytes: Vec<u8> =
            (0..4_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for start in 0..33 {
            for len in (0..300).chain([1_471, 1_472, 3_900]) {
                let part = &bytes[start..start + len];
                for initial in [0, 1, 0xffff, 0x1_fffe, u32::MAX] {
                    let expected = scalar_ones_complement_sum(part, initial);
                    assert_eq!(ones_complement_sum(part, initial), expected, "{start} {len}");
                }
            }
        }
    }

    #[test]
    fn carries_survive_a_megabyte_of_ones() {
        let bytes = vec![0xff; 1 << 20];
        assert_eq!(ones_complement_sum(&bytes, 0), 0xffff);
        assert_eq!(ones_complement_sum(&bytes, 1), scalar_ones_complement_sum(&bytes, 1));
        assert_eq!(ones_complement_sum(&vec![0; 1 << 20], 0), 0);
    }
}
