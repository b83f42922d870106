//! Owns the finding of line feeds, and of line ends that are none.
//! Hot. Refuses to know headers.

use simd::{Padded, block, equal_mask_64};

use crate::bytes::low_bits;
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
    /// The line feeds of the piece, their number, how many of them stand in front of what looks like
    /// the empty line, and how many were handed out.
    feeds: [u16; ROOM],
    count: usize,
    ahead: usize,
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
            ahead: 0,
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

    /// The offsets of line feeds that were found and not handed out; of the next piece where there
    /// are none. Empty behind the last one.
    ///
    /// Those of headers come first, without that of the empty line: how many they are is known before
    /// the first is looked at, so that a wrong guess of where the headers end is found out at once,
    /// and not when the last line has been looked up.
    #[inline]
    pub(super) fn rest(&mut self) -> &[u16] {
        if self.taken == self.count {
            self.look();
        }
        let end = if self.taken < self.ahead { self.ahead } else { self.count };
        let taken = core::mem::replace(&mut self.taken, end);
        self.feeds.get(taken..end).unwrap_or_default()
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
        let end = self.input.len();
        // So much of the padding that a block starts wherever a byte of the datagram is left.
        let bytes = self.input.with_padding().get(..end + 63).unwrap_or_default();
        let (mut before, mut count) = (self.block - 1, 0);
        let (mut feeds, mut ahead) = (0, usize::MAX);
        while count < ENOUGH
            && let Some(both) = block::<65>(bytes, before)
        {
            let (Some(front), Some(here)) = (both.first_chunk(), both.last_chunk()) else { break };
            feeds = equal_mask_64(here, b'\n');
            // Bit `i` says that a carriage return stands in front of byte `i`.
            let behind_returns = equal_mask_64(front, b'\r');
            if behind_returns != feeds {
                self.mismatch(before + 1, feeds, behind_returns);
            }
            let mut left = feeds;
            // Few blocks hold more than three.
            if let Some(room) = self.feeds.get_mut(count..count + 3) {
                for place in room {
                    *place = low16(before + 1 + left.trailing_zeros() as usize);
                    left &= left.wrapping_sub(1);
                }
            }
            let mut more = count + 3;
            while left != 0 {
                if let Some(place) = self.feeds.get_mut(more) {
                    *place = low16(before + 1 + left.trailing_zeros() as usize);
                }
                left &= left.wrapping_sub(1);
                more += 1;
            }
            let headers = count;
            count += feeds.count_ones() as usize;
            before += 64;
            let empty_line = feeds & feeds << 2;
            if empty_line != 0 {
                let in_front = (1 << empty_line.trailing_zeros()) - 1;
                ahead = headers + (feeds & in_front).count_ones() as usize;
                break;
            }
        }
        let at = before + 1;
        // Of the last block counts what the datagram holds.
        if at > end {
            count -= (feeds & !inside(at - 64, end)).count_ones() as usize;
        }
        self.block = at;
        self.count = count;
        self.ahead = ahead.min(count);
        self.taken = 0;
    }

    /// Keeps the line ends of a block that are none, as far as the datagram holds them.
    #[cold]
    fn mismatch(&mut self, at: usize, feeds: u64, behind_returns: u64) {
        let lone_returns = behind_returns & !feeds & inside(at, self.input.len());
        if lone_returns != 0 {
            let at = at + lone_returns.trailing_zeros() as usize - 1;
            self.bare_cr = self.bare_cr.min(at);
        }
        let lone_feeds = feeds & !behind_returns & inside(at, self.input.len());
        if lone_feeds != 0 {
            let at = at + lone_feeds.trailing_zeros() as usize;
            self.bare_lf = self.bare_lf.min(at);
        }
    }
}

/// Which of the 64 bytes from `at` on stand in front of `end`.
#[inline]
fn inside(at: usize, end: usize) -> u64 {
    low_bits(end.saturating_sub(at))
}
