//! Owns one immutable block of an image; refuses to know what is in it and whose memory it is.

use bytes::Bytes;
use zerocopy::IntoBytes;

/// Where an extent begins in memory: records hold words of this size.
const ALIGN: usize = 8;

/// Immutable bytes on an 8-byte boundary, shared by every image that names them.
///
/// The memory is the owner's: a vector here, a mapping of another process's segment elsewhere. The last one that holds
/// the extent drops the owner.
#[derive(Clone, PartialEq, Eq)]
pub struct Extent {
    bytes: Bytes,
}

/// Why memory cannot be an extent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the extent begins {off} bytes behind an 8-byte boundary; map it at the start of a page")]
pub struct Misaligned {
    /// Bytes behind the boundary.
    pub off: usize,
}

impl Extent {
    /// An extent over the bytes of `owner`, which is kept until the last clone of the extent is gone.
    ///
    /// # Errors
    /// [`Misaligned`] for bytes that do not begin on an 8-byte boundary.
    pub fn from_owner<T: AsRef<[u8]> + Send + 'static>(owner: T) -> Result<Self, Misaligned> {
        let bytes = Bytes::from_owner(owner);
        match bytes.as_ptr().addr() % ALIGN {
            0 => Ok(Self { bytes }),
            off => Err(Misaligned { off }),
        }
    }

    /// A copy of `bytes`, filled up with zeros to a multiple of 8.
    #[must_use]
    pub fn copy_of(bytes: &[u8]) -> Self {
        let mut words = vec![0_u64; bytes.len().div_ceil(ALIGN)];
        if let Some(start) = words.as_mut_bytes().get_mut(..bytes.len()) {
            start.copy_from_slice(bytes);
        }
        Self::of_words(words)
    }

    /// An extent of these words.
    pub(super) fn of_words(words: Vec<u64>) -> Self {
        Self { bytes: Bytes::from_owner(Words(words)) }
    }

    /// The bytes.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Checksum of the bytes, the same in every process. Reads all of them.
    ///
    /// Equal sums say that contents are most likely equal; comparing the extents says it for certain.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        checksum(&self.bytes)
    }
}

impl std::fmt::Debug for Extent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Extent({} bytes)", self.bytes().len())
    }
}

/// Memory that is aligned by its type.
struct Words(Vec<u64>);

impl AsRef<[u8]> for Words {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Checksum of a section, root or extent: finds torn and mixed-up bytes, and is no defence against forged ones.
///
/// Four lanes take every fourth word each, so that no multiplication waits for the one before it. The last words are
/// filled up with zeros, and the length goes in, so that zeros at the end count.
#[must_use]
pub(super) fn checksum(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    // Odd factor and rotation are bijective: one changed word always changes the sum.
    let add = |sum: u64, word: u64| (sum ^ word).wrapping_mul(FACTOR).rotate_left(29);
    let (blocks, rest) = bytes.as_chunks::<32>();
    let mut last = [0; 32];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    let mut lanes = [0, 1, 2, 3];
    for block in blocks.iter().chain([&last]) {
        for (lane, word) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
            *lane = add(*lane, u64::from_le_bytes(*word));
        }
    }
    lanes.into_iter().fold(bytes.len() as u64, add)
}
