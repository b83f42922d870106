//! Owns the promise that a slice is followed by readable bytes, so that a vector load may run
//! past its end. Hot. Refuses to copy: the buffer is the caller's.

/// How many readable bytes follow the content of a [`Padded`] slice.
pub const PAD: usize = 64;

/// A byte slice followed by at least [`PAD`] readable bytes of the same buffer.
#[derive(Clone, Copy, Debug)]
pub struct Padded<'a> {
    /// Content and what follows it; `buffer.len() >= len + PAD` always holds.
    buffer: &'a [u8],
    len: usize,
}

impl<'a> Padded<'a> {
    /// The first `len` bytes of `buffer`; `None` unless [`PAD`] more follow them.
    #[inline]
    pub fn new(buffer: &'a [u8], len: usize) -> Option<Padded<'a>> {
        let need = len.checked_add(PAD)?;
        (buffer.len() >= need).then_some(Padded { buffer, len })
    }

    /// The content, without the padding.
    #[inline]
    pub fn bytes(self) -> &'a [u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// The content and all that follows it in the buffer, at least [`PAD`] bytes: for searches that
    /// look a block at a time and ignore what they see behind the content.
    #[inline]
    pub fn with_padding(self) -> &'a [u8] {
        self.buffer
    }

    /// The content's length in bytes.
    #[inline]
    pub fn len(self) -> usize {
        self.len
    }

    /// Whether the content is empty.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The content cut to its first `len` bytes; unchanged if it is not longer than that.
    #[inline]
    pub fn truncated(self, len: usize) -> Padded<'a> {
        Padded { buffer: self.buffer, len: self.len.min(len) }
    }
}

/// A copy of `bytes` with zeros behind it, for tests and cold code:
/// `Padded::new(&copy, bytes.len())` always succeeds on it.
pub fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut copy = Vec::with_capacity(bytes.len() + PAD);
    copy.extend_from_slice(bytes);
    copy.resize(bytes.len() + PAD, 0);
    copy
}

#[cfg(test)]
mod tests {
    use super::{PAD, Padded, padded};

    #[test]
    fn refuses_a_buffer_without_room_for_the_padding() {
        let buffer = [0u8; 100];
        assert_eq!(Padded::new(&buffer, 100 - PAD).map(Padded::len), Some(36));
        assert!(Padded::new(&buffer, 100 - PAD + 1).is_none());
        assert!(Padded::new(&buffer, usize::MAX).is_none());
    }

    #[test]
    fn content_excludes_the_padding() {
        let copy = padded(b"abc");
        let content = Padded::new(&copy, 3).unwrap();
        assert_eq!(content.bytes(), b"abc");
        assert_eq!(content.with_padding(), &copy);
        assert_eq!(content.truncated(2).bytes(), b"ab");
        assert_eq!(content.truncated(9).bytes(), b"abc");
        assert!(!content.is_empty());
    }
}
