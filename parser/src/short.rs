//! Owns the searches in a text that stands alone, without bytes behind it that could be looked at.
//! Hot. Refuses to know what the text is.

use simd::{either_mask, equal_mask};

use crate::bytes::{self, Class};

/// A text that is searched several times.
///
/// One of up to 64 bytes, which nearly all URIs are, is seen as two blocks, the first and the last
/// 32 bytes, which overlap; a search then is a mask without a loop.
pub(crate) struct Text<'t> {
    bytes: &'t [u8],
    /// First and last block, and how many bytes the last starts behind the first.
    blocks: Option<(&'t [u8; 32], &'t [u8; 32], u32)>,
}

impl<'t> Text<'t> {
    /// `room`, which is all zeros, is where a text that is shorter than a block finds one.
    #[inline]
    pub(crate) fn of(bytes: &'t [u8], room: &'t mut [u8; 32]) -> Text<'t> {
        let blocks = match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(first), Some(last)) => match u32::try_from(bytes.len() - 32) {
                Ok(behind @ 0..=32) => Some((first, last, behind)),
                _ => None,
            },
            _ => {
                for (to, from) in room.iter_mut().zip(bytes) {
                    *to = *from;
                }
                Some((&*room, &*room, 0))
            }
        };
        Text { bytes, blocks }
    }

    /// As [`bytes::find`].
    #[inline]
    pub(crate) fn find(&self, at: usize, end: usize, wanted: u8) -> Option<usize> {
        match self.blocks {
            Some((first, last, behind)) => {
                let masks = (equal_mask(first, wanted), equal_mask(last, wanted));
                first_in(masks, behind, at, end)
            }
            None => bytes::find(self.bytes, at, end, wanted),
        }
    }

    /// As [`bytes::find_either`].
    #[inline]
    pub(crate) fn find_either(&self, at: usize, end: usize, one: u8, other: u8) -> Option<usize> {
        match self.blocks {
            Some((first, last, behind)) => {
                let masks = (either_mask(first, one, other), either_mask(last, one, other));
                first_in(masks, behind, at, end)
            }
            None => bytes::find_either(self.bytes, at, end, one, other),
        }
    }

    /// As [`bytes::skip`].
    #[inline]
    pub(crate) fn skip(&self, at: usize, end: usize, class: &Class) -> usize {
        match self.blocks {
            Some((first, last, behind)) => {
                let masks = (class.set.outside_mask(first), class.set.outside_mask(last));
                first_in(masks, behind, at, end).unwrap_or(at.max(end))
            }
            None => bytes::skip(self.bytes, at, end, class),
        }
    }
}

/// The first position in `at..end` that has a bit in the mask of the first block or, `behind`
/// bytes on, in that of the last one.
#[inline]
fn first_in(masks: (u32, u32), behind: u32, at: usize, end: usize) -> Option<usize> {
    let mask = u64::from(masks.0) | u64::from(masks.1) << behind;
    if at >= end || at >= 64 {
        return None;
    }
    let found = at + (mask >> at).trailing_zeros() as usize;
    (found < end).then_some(found)
}
