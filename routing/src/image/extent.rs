//! Owns one immutable block of an image; refuses to know what is in it.

use std::sync::Arc;

use zerocopy::IntoBytes;

/// Immutable bytes on an 8-byte boundary, a multiple of 8 long, shared by every image that names them.
#[derive(Clone, PartialEq, Eq)]
pub struct Extent {
    words: Arc<[u64]>,
}

impl Extent {
    /// A copy of `bytes`, filled up with zeros to a multiple of 8.
    #[must_use]
    pub fn copy_of(bytes: &[u8]) -> Self {
        let mut words = vec![0_u64; bytes.len().div_ceil(8)];
        if let Some(start) = words.as_mut_bytes().get_mut(..bytes.len()) {
            start.copy_from_slice(bytes);
        }
        Self { words: words.into() }
    }

    /// The bytes.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.words.as_bytes()
    }
}

impl std::fmt::Debug for Extent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Extent({} bytes)", self.bytes().len())
    }
}

/// Checksum of a section or root: finds torn and mixed-up bytes, and is no defence against forged ones.
///
/// The last word is filled up with zeros, and the length goes in, so that zeros at the end count.
#[must_use]
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    // Odd factor and rotation are bijective: one changed word always changes the sum.
    words.iter().chain([&last]).fold(bytes.len() as u64, |sum, word| {
        (sum ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR).rotate_left(29)
    })
}
