//! Owns the taking in of headers, and the loop over those with a known name.
//! Hot. Refuses to know any other line: the pass looks at it.

use crate::entry::Entry;
use crate::header::lookup;
use crate::span::{low8, low16};
use crate::{HeaderId, Index};

/// How far the search for headers is.
#[derive(Clone, Copy)]
pub(super) struct Found {
    /// Offset of the next line.
    pub(super) at: usize,
    /// How many headers there are in front of it.
    pub(super) number: usize,
}

impl Found {
    /// Takes in the headers with a known name, up to the first line that is something else or finds no
    /// room: that line's feed, or `None` behind the last line.
    ///
    /// Nothing in here depends on which header a line is, so that the order of a message's headers,
    /// which no branch predictor knows, costs nothing; and nothing is called, so that all it needs
    /// stays in registers.
    #[inline]
    pub(super) fn known(
        &mut self,
        index: &mut Index,
        most: usize,
        bytes: &[u8],
        feeds: &mut core::slice::Iter<'_, u16>,
    ) -> Option<usize> {
        let mut found = *self;
        let odd = loop {
            let Some(line_feed) = feeds.next().copied().map(usize::from) else { break None };
            let block = simd::block::<32>(bytes, found.at);
            let known = block.and_then(|block| {
                let len = simd::equal_mask(block, b':').trailing_zeros() as usize;
                lookup(block, len).map(|id| (id, found.at + len))
            });
            let Some((id, colon)) = known else { break Some(line_feed) };
            if !found.keep(index, most, id, colon, line_feed + 1) {
                break Some(line_feed);
            }
        };
        *self = found;
        odd
    }

    /// Keeps a header whose line ends in front of `next`, if there is room.
    #[inline]
    pub(super) fn keep(
        &mut self,
        index: &mut Index,
        most: usize,
        id: HeaderId,
        colon: usize,
        next: usize,
    ) -> bool {
        let room = if self.number < most { index.headers.get_mut(self.number) } else { None };
        let Some(entry) = room else { return false };
        let before = index.seen.note(id, low8(self.number));
        *entry = Entry { at: low16(self.at), next: low16(next), colon: low16(colon), id, before };
        *self = Found { at: next, number: self.number + 1 };
        true
    }
}
