//! Owns the finding of line feeds, and of line ends that are none.
//! Hot. Refuses to know headers.

use simd::{Padded, block, equal_mask_64};

use crate::span::low16;

/// Room for the line feeds of a piece: as many as make a piece worth its while, and those of one
/// more block.
const ROOM: usize = 128;
const ENOUGH: usize = ROOM - 64;

/// The line feeds of a datagram, one after the other.
///
/// They are looked for a piece of the datagram ahead, without a branch on how many a block holds,
/// which would be guessed wrong as often as lines differ in length.
pub(super) struct Lines<'m> {
    input: Padded<'m>,
    /// Offset of the next block.
    block: usize,
    /// The line feeds of the piece, their number, and how many were handed out.
    feeds: [u16; ROOM],
    count: usize,
    taken: usize,
    bare_cr: usize,
    bare_lf: usize,
}

impl<'m> Lines<'m> {
    /// Those behind `start`, where no line feed is.
    #[inline]
    pub(super) fn new(input: Padded<'m>, start: usize) -> Lines<'m> {
        Lines {
            input,
            block: start + 1,
            feeds: [0; ROOM],
            count: 0,
            taken: 0,
            bare_cr: usize::MAX,
            bare_lf: usize::MAX,
        }
    }

    /// The offset of the next line feed.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        if self.taken == self.count {
            self.look();
            if self.count == 0 {
                return None;
            }
        }
        let at = self.feeds.get(self.taken).copied().map(usize::from);
        self.taken += 1;
        at
    }

    /// The first carriage return without a line feed behind it; it may lie behind the last line
    /// that was handed out.
    #[inline]
    pub(super) fn bare_cr(&self) -> usize {
        self.bare_cr
    }

    /// The first line feed without a carriage return in front; it may lie behind the last line
    /// that was handed out.
    #[inline]
    pub(super) fn bare_lf(&self) -> usize {
        self.bare_lf
    }

    /// Finds the line feeds of the next piece, which usually ends with the headers.
    #[inline(never)]
    fn look(&mut self) {
        let (bytes, end) = (self.input.with_padding(), self.input.len());
        let (mut at, mut count) = (self.block, 0);
        while at < end && count < ENOUGH {
            // There always is one: `at` lies inside the datagram, and the padding follows.
            let Some(both) = block::<65>(bytes, at - 1) else { break };
            let (Some(before), Some(here)) = (both.first_chunk(), both.last_chunk()) else { break };
            let mut feeds = equal_mask_64(here, b'\n');
            // Bit `i` says that a carriage return stands in front of byte `i`.
            let mut behind_returns = equal_mask_64(before, b'\r');
            if end < at + 64 {
                // Of the last block counts what the datagram holds.
                let inside = (1 << (end - at)) - 1;
                feeds &= inside;
                behind_returns &= inside;
            }
            if behind_returns != feeds {
                self.mismatch(at, feeds, behind_returns);
            }
            let empty_line = feeds & feeds << 2;
            let mut left = feeds;
            // Few blocks hold more than three.
            if let Some(room) = self.feeds.get_mut(count..count + 3) {
                for place in room {
                    *place = low16(at + left.trailing_zeros() as usize);
                    left &= left.wrapping_sub(1);
                }
            }
            let mut more = count + 3;
            while left != 0 {
                if let Some(place) = self.feeds.get_mut(more) {
                    *place = low16(at + left.trailing_zeros() as usize);
                }
                left &= left.wrapping_sub(1);
                more += 1;
            }
            count += feeds.count_ones() as usize;
            at += 64;
            if empty_line != 0 {
                break;
            }
        }
        self.block = at;
        self.count = count;
        self.taken = 0;
    }

    #[cold]
    fn mismatch(&mut self, at: usize, feeds: u64, behind_returns: u64) {
        let lone_returns = behind_returns & !feeds;
        if lone_returns != 0 {
            let at = at + lone_returns.trailing_zeros() as usize - 1;
            self.bare_cr = self.bare_cr.min(at);
        }
        let lone_feeds = feeds & !behind_returns;
        if lone_feeds != 0 {
            let at = at + lone_feeds.trailing_zeros() as usize;
            self.bare_lf = self.bare_lf.min(at);
        }
    }
}
