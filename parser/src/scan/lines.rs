//! Owns the finding of line feeds, and of line ends that are none.
//! Hot. Refuses to know headers.

use simd::{LineMasks, Padded, block, line_masks};

/// The line feeds of a datagram, one after the other.
pub(super) struct Lines<'m> {
    input: Padded<'m>,
    /// Offset of the block that `feeds` stands for.
    block: usize,
    /// Line feeds of the block that were not handed out.
    feeds: u64,
    /// 1 if the last byte of the block is a carriage return.
    carry: u64,
    bare_cr: usize,
    bare_lf: usize,
}

impl<'m> Lines<'m> {
    #[inline]
    pub(super) fn new(input: Padded<'m>, at: usize) -> Lines<'m> {
        let mut lines = Lines {
            input,
            block: at,
            feeds: 0,
            carry: 0,
            bare_cr: usize::MAX,
            bare_lf: usize::MAX,
        };
        lines.load();
        lines
    }

    /// The offset of the next line feed.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.feeds == 0 {
            self.block += 64;
            if self.block >= self.input.len() {
                return None;
            }
            self.load();
        }
        let at = self.block + self.feeds.trailing_zeros() as usize;
        self.feeds &= self.feeds - 1;
        Some(at)
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

    #[inline]
    fn load(&mut self) {
        let (at, end) = (self.block, self.input.len());
        // There always is one: `at` lies inside the datagram or at its end, and the padding follows.
        let Some(bytes) = block::<64>(self.input.with_padding(), at) else { return };
        let LineMasks { mut feeds, mut returns } = line_masks(bytes);
        if end < at + 64 {
            // Of the last block counts what the datagram holds.
            let inside = (1 << (end - at)) - 1;
            feeds &= inside;
            returns &= inside;
        }
        self.feeds = feeds;
        let expected = returns << 1 | self.carry;
        if expected != self.feeds {
            self.mismatch(expected);
        }
        self.carry = returns >> 63;
    }

    #[cold]
    fn mismatch(&mut self, expected: u64) {
        let lone_returns = expected & !self.feeds;
        if lone_returns != 0 {
            let at = self.block + lone_returns.trailing_zeros() as usize - 1;
            self.bare_cr = self.bare_cr.min(at);
        }
        let lone_feeds = self.feeds & !expected;
        if lone_feeds != 0 {
            let at = self.block + lone_feeds.trailing_zeros() as usize;
            self.bare_lf = self.bare_lf.min(at);
        }
    }
}
