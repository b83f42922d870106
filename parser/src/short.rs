//! Owns the searches in a short text.
//! Hot. Refuses to know what the text is.

use simd::{block, either_mask_64, equal_mask_64};

use crate::bytes::{self, Class};

/// A text that is searched several times.
///
/// One of up to 64 bytes, which nearly all URIs are, is seen as one block; a search then is a mask
/// without a loop.
pub(crate) struct Text<'t> {
    bytes: &'t [u8],
    block: Option<&'t [u8; 64]>,
}

impl<'t> Text<'t> {
    /// The first `len` bytes of `wide`. `room`, which is all zeros, is where a short text finds a
    /// block that has none behind it.
    #[inline]
    pub(crate) fn of(wide: &'t [u8], len: usize, room: &'t mut [u8; 64]) -> Text<'t> {
        let bytes = wide.get(..len).unwrap_or_default();
        if len > 64 {
            return Text { bytes, block: None };
        }
        let block = block(wide, 0).unwrap_or_else(|| copied(bytes, room));
        Text { bytes, block: Some(block) }
    }

    /// As [`bytes::find`].
    #[inline]
    pub(crate) fn find(&self, at: usize, end: usize, wanted: u8) -> Option<usize> {
        match self.block {
            Some(block) => first_in(equal_mask_64(block, wanted), at, end),
            None => bytes::find(self.bytes, at, end, wanted),
        }
    }

    /// As [`bytes::find_either`].
    #[inline]
    pub(crate) fn find_either(&self, at: usize, end: usize, one: u8, other: u8) -> Option<usize> {
        match self.block {
            Some(block) => first_in(either_mask_64(block, one, other), at, end),
            None => bytes::find_either(self.bytes, at, end, one, other),
        }
    }

    /// As [`bytes::skip`].
    #[inline]
    pub(crate) fn skip(&self, at: usize, end: usize, class: &Class) -> usize {
        match self.block {
            Some(block) => {
                first_in(class.set.outside_mask_64(block), at, end).unwrap_or(at.max(end))
            }
            None => bytes::skip(self.bytes, at, end, class),
        }
    }
}

#[inline(never)]
fn copied<'t>(bytes: &[u8], room: &'t mut [u8; 64]) -> &'t [u8; 64] {
    for (to, from) in room.iter_mut().zip(bytes) {
        *to = *from;
    }
    room
}

/// The first position in `at..end` that has a bit in the mask.
#[inline]
fn first_in(mask: u64, at: usize, end: usize) -> Option<usize> {
    if at >= end || at >= 64 {
        return None;
    }
    let found = at + (mask >> at).trailing_zeros() as usize;
    (found < end).then_some(found)
}
