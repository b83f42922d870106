//! Owns the search for header fields in a datagram that nobody has parsed: start line, top Via, top Route, Call-ID.
//! Hot. Refuses to judge: a broken message gives texts or none, and the parser says what is wrong with it.
//!
//! It finds what the parser finds in every spelling that RFC 3261 §7.3.1 allows (any case, compact names, blanks in
//! front of the colon, folded lines), because a caller may spell his INVITE otherwise than his CANCEL.

use simd::{ByteSet, Padded, equal_mask_64};

use crate::dialog::cookie;
use crate::proxy::branch;

/// A header field that may name an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// Via, or v.
    Via,
    /// Route.
    Route,
    /// Call-ID, or i.
    CallId,
}

/// A stretch of a datagram.
#[derive(Clone, Copy)]
pub struct Field<'m> {
    text: Padded<'m>,
    from: usize,
    to: usize,
}

impl<'m> Field<'m> {
    /// Its bytes.
    #[inline]
    pub fn bytes(self) -> &'m [u8] {
        self.text.bytes().get(self.from..self.to).unwrap_or_default()
    }

    /// Without the blanks and line ends around it.
    #[inline]
    fn trimmed(self) -> Field<'m> {
        let bytes = self.bytes();
        let start = bytes.trim_ascii_start();
        let from = self.from + (bytes.len() - start.len());
        Field { from, to: from + start.trim_ascii_end().len(), ..self }
    }

    /// The value of the first `;name=` in front of any of `ends` that is `len` bytes long, and where it stands in the
    /// datagram.
    #[inline]
    fn parameter(self, name: &[u8], len: usize, ends: [u8; 2]) -> Option<(usize, &'m [u8])> {
        let [one_end, other_end] = ends;
        let mut at = self.from;
        while at < self.to {
            let block = simd::block(self.text.with_padding(), at)?;
            let inside = match self.to - at {
                left @ 0..32 => (1 << left) - 1,
                _ => u32::MAX,
            };
            let end = simd::either_mask(block, one_end, other_end) & inside;
            let before = inside & end.wrapping_sub(1) & !end;
            if simd::equal_mask(block, b'"') & before != 0 {
                return self.parameter_beside_quotes(name, len, ends);
            }
            let mut marks = simd::equal_mask(block, b';') & before;
            while marks != 0 {
                let behind = at + marks.trailing_zeros() as usize + 1;
                marks &= marks - 1;
                let value = Field { from: behind, ..self }.value_of(name, len);
                if value.is_some() {
                    return value;
                }
            }
            if end != 0 {
                return None;
            }
            at += 32;
        }
        None
    }

    /// As [`Field::parameter`], where marks inside of quotes (RFC 3261 §25.1) are none.
    #[cold]
    fn parameter_beside_quotes(
        self,
        name: &[u8],
        len: usize,
        ends: [u8; 2],
    ) -> Option<(usize, &'m [u8])> {
        let (mut quoted, mut escaped) = (false, false);
        for (at, byte) in (self.from..).zip(self.bytes()) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b';' => {
                    let value = Field { from: at + 1, ..self }.value_of(name, len);
                    if value.is_some() {
                        return value;
                    }
                }
                end if ends.contains(end) => return None,
                _ => {}
            }
        }
        None
    }

    /// The value of the parameter that this begins with, if its name is `name`: its first `len` bytes, if no letter or
    /// digit follows them; and where they stand in the datagram. Who reads them knows what they have to be.
    #[inline]
    fn value_of(self, name: &[u8], len: usize) -> Option<(usize, &'m [u8])> {
        let (written, rest) = self.bytes().trim_ascii_start().split_at_checked(name.len())?;
        if !written.eq_ignore_ascii_case(name) {
            return None;
        }
        let rest = rest.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        let at = self.to - rest.len();
        let (value, rest) = rest.split_at_checked(len)?;
        (!rest.first().is_some_and(u8::is_ascii_alphanumeric)).then_some((at, value))
    }
}

/// First bytes of the lines that may name the owner of a response, and of the one that ends the header fields. One
/// byte tells most header fields apart from these.
static OF_RESPONSE: ByteSet = starting(b"vVcCiI\r\n");
/// As [`OF_RESPONSE`], of a request.
static OF_REQUEST: ByteSet = starting(b"rRcCiI\r\n");

#[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
const fn starting(bytes: &[u8]) -> ByteSet {
    let mut table = [0; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = 1;
        at += 1;
    }
    ByteSet::of(&table, 1)
}

/// The header fields of interest, in order, with their values; folded values keep their line ends inside.
pub struct Headers<'m> {
    text: Padded<'m>,
    set: &'static ByteSet,
    /// The block of 64 bytes that was looked at last, and the lines of interest that start in it and are still ahead.
    block: usize,
    mask: u64,
    /// Whether a line starts with the next block.
    carry: u64,
}

impl<'m> Headers<'m> {
    /// The start line, with all that follows it, and the header fields behind it; `None` for a datagram of nothing but
    /// line ends.
    #[inline]
    pub fn of(text: Padded<'m>) -> Option<(Field<'m>, Headers<'m>)> {
        // RFC 3261 §7.5: line ends in front of the start line are ignored.
        let from = text.bytes().iter().position(|byte| !matches!(byte, b'\r' | b'\n'))?;
        let start = Field { text, from, to: text.len() };
        let set = if is_response(start) { &OF_RESPONSE } else { &OF_REQUEST };
        let mut headers = Headers { text, set, block: from & !63, mask: 0, carry: 0 };
        headers.mask = headers.starts() & (!1 << (from & 63));
        Some((start, headers))
    }

    /// The lines of interest that start in the block.
    #[inline]
    fn starts(&mut self) -> u64 {
        let (low, high) = (self.block, self.block + 32);
        let buffer = self.text.with_padding();
        // There is a block wherever the text goes on: the padding follows it.
        let (Some(whole), Some(low), Some(high)) =
            (simd::block(buffer, self.block), simd::block(buffer, low), simd::block(buffer, high))
        else {
            return 0;
        };
        let feeds = equal_mask_64(whole, b'\n');
        let outside =
            u64::from(self.set.outside_mask(low)) | u64::from(self.set.outside_mask(high)) << 32;
        let inside = match self.text.len() - self.block {
            left @ 0..64 => (1 << left) - 1,
            _ => u64::MAX,
        };
        let starts = (feeds << 1 | self.carry) & inside & !outside;
        self.carry = feeds >> 63;
        starts
    }

    /// The value that begins at `from`, up to the end of its last line.
    #[inline]
    fn value(&self, from: usize) -> Field<'m> {
        let (text, buffer) = (self.text, self.text.with_padding());
        let mut at = from;
        while at < text.len() {
            let Some(block) = simd::block(buffer, at) else { break };
            let mut feeds = equal_mask_64(block, b'\n');
            while feeds != 0 {
                let feed = at + feeds.trailing_zeros() as usize;
                feeds &= feeds - 1;
                if feed >= text.len() {
                    break;
                }
                if !matches!(text.bytes().get(feed + 1), Some(b' ' | b'\t')) {
                    return Field { text, from, to: feed }.trimmed();
                }
            }
            at += 64;
        }
        Field { text, from, to: text.len() }.trimmed()
    }
}

impl<'m> Iterator for Headers<'m> {
    type Item = (Name, Field<'m>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while self.mask == 0 {
                self.block += 64;
                if self.block >= self.text.len() {
                    return None;
                }
                self.mask = self.starts();
            }
            let from = self.block + self.mask.trailing_zeros() as usize;
            self.mask &= self.mask - 1;
            let line = self.text.bytes().get(from..)?;
            let (name, behind) = match line {
                [b'\n', ..] | [b'\r', b'\n', ..] => return None,
                [b'v' | b'V', ..] => {
                    (Name::Via, behind_name(line, b"via").or_else(|| behind_name(line, b"v")))
                }
                [b'c' | b'C', b'a' | b'A', ..] => (Name::CallId, behind_name(line, b"call-id")),
                [b'i' | b'I', ..] => (Name::CallId, behind_name(line, b"i")),
                [b'r' | b'R', ..] => (Name::Route, behind_name(line, b"route")),
                _ => continue,
            };
            if let Some(behind) = behind {
                return Some((name, self.value(from + behind)));
            }
        }
    }
}

/// How many bytes of the line the name and its colon take, if the name is `name`.
#[inline]
fn behind_name<const N: usize>(line: &[u8], name: &[u8; N]) -> Option<usize> {
    let (written, rest) = line.split_first_chunk::<N>()?;
    if !written.eq_ignore_ascii_case(name) {
        return None;
    }
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (rest.get(blanks) == Some(&b':')).then_some(N + blanks + 1)
}

/// Whether a datagram is a response, by its start line: the version's case does not matter (RFC 3261 §7.1).
#[inline]
pub fn is_response(start: Field<'_>) -> bool {
    start.bytes().first_chunk::<4>().is_some_and(|version| version.eq_ignore_ascii_case(b"SIP/"))
}

/// The branch of the first value of a Via, and where it stands in the datagram.
#[inline]
pub fn branch(value: Field<'_>) -> Option<(usize, &[u8])> {
    value.parameter(b"branch", branch::TEXT_LEN, [b',', b','])
}

/// The text of a cookie in the URI of the first value of a Route.
#[inline]
pub fn route_cookie(value: Field<'_>) -> Option<&[u8]> {
    value.parameter(b"tc", cookie::TEXT_LEN, [b'>', b',']).map(|(_, text)| text)
}

/// The text of a cookie in the start line that `text` begins with.
#[inline]
pub fn line_cookie(text: Field<'_>) -> Option<&[u8]> {
    text.parameter(b"tc", cookie::TEXT_LEN, [b'\n', b'\n']).map(|(_, text)| text)
}
