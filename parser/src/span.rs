//! Owns the extent type: where something stands in a datagram.
//! Hot. Refuses to hold bytes: whoever has the bytes resolves the span.

/// A run of bytes of a datagram, by offset and length.
///
/// Resolving one against other bytes than those it was made for gives wrong or no bytes, never a
/// panic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub off: u16,
    /// Length in bytes.
    pub len: u16,
}

impl Span {
    /// The span of something that is absent: empty, at offset 0.
    pub const NONE: Span = Span { off: 0, len: 0 };

    /// The bytes from `from` up to but not including `to`; empty if `to` does not lie behind.
    ///
    /// Both must be below 65,536, which holds for all offsets into a datagram.
    #[inline]
    pub fn between(from: usize, to: usize) -> Span {
        debug_assert!(from <= 0xffff && to <= 0xffff, "offset outside any datagram");
        Span { off: low16(from), len: low16(to.saturating_sub(from)) }
    }

    /// As [`Span::between`] for a caller who knows that `to` does not lie in front of `from`: one
    /// comparison less, which counts where there are three spans a header.
    #[inline]
    pub(crate) fn ordered(from: usize, to: usize) -> Span {
        debug_assert!(from <= to && to <= 0xffff, "offsets in order, inside a datagram");
        Span { off: low16(from), len: low16(to.wrapping_sub(from)) }
    }

    /// The bytes of `message` that this span covers; empty where it reaches outside.
    #[inline]
    pub fn of(self, message: &[u8]) -> &[u8] {
        message.get(self.start()..self.end()).unwrap_or_default()
    }

    /// Whether it covers no byte.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Offset of the first byte.
    #[inline]
    pub fn start(self) -> usize {
        usize::from(self.off)
    }

    /// Offset behind the last byte.
    #[inline]
    pub fn end(self) -> usize {
        usize::from(self.off) + usize::from(self.len)
    }

    /// Turns a span that is relative to the start of `outer` into one relative to whatever `outer`
    /// is relative to: for spans of a [`crate::uri::Uri`] that was parsed out of a message.
    #[inline]
    pub fn inside(self, outer: Span) -> Span {
        Span { off: self.off.saturating_add(outer.off), len: self.len }
    }
}

/// The low 16 bits.
#[inline]
pub(crate) const fn low16(value: usize) -> u16 {
    let [low, high, ..] = value.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// The low 8 bits.
#[inline]
pub(crate) const fn low8(value: usize) -> u8 {
    let [low, ..] = value.to_le_bytes();
    low
}

/// The low 32 bits.
#[inline]
pub(crate) const fn low32(value: u64) -> u32 {
    let [one, two, three, four, ..] = value.to_le_bytes();
    u32::from_le_bytes([one, two, three, four])
}
