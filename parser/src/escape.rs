//! Owns the escaping of the parts of a URI: undoing, writing and comparing it.
//! Hot. Refuses to know where the parts stand: [`crate::uri::parse`] does.
//!
//! Only URIs and reason phrases have escapes (RFC 3261 §25.1 `escaped`). Elsewhere a percent sign
//! is one: these functions are not for tokens, branches or quoted strings. A percent sign that two
//! hexadecimal digits do not follow is left as it is; [`crate::uri::parse`] refuses it.

use crate::span::low8;
use crate::write::Writer;

/// A part of a SIP URI, by what may stand in it without an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// RFC 3261 §25.1 `user`.
    User,
    /// RFC 3261 §25.1 `password`.
    Password,
    /// RFC 3261 §25.1 `paramchar`: the name or value of a parameter.
    Param,
    /// RFC 3261 §25.1 `hname`, `hvalue`: the name or value of a header.
    Header,
}

impl Part {
    #[inline]
    fn bit(self) -> u8 {
        1 << self as u8
    }
}

const UNRESERVED: &[u8] = b"-_.!~*'()";

/// For each byte, the bits of the parts in which it may stand as it is.
static PLAIN: [u8; 256] = plain();

#[allow(clippy::indexing_slicing, reason = "run by the compiler only, where a panic is an error")]
const fn plain() -> [u8; 256] {
    // In the order of the enum.
    const OWN: [&[u8]; 4] = [b"&=+$,;?/", b"&=+$,", b"[]/:&+$", b"[]/?:+$"];
    let mut table = [0; 256];
    let mut part = 0;
    while part < OWN.len() {
        let (bit, mut own) = (1 << part, OWN[part]);
        while let [byte, rest @ ..] = own {
            table[*byte as usize] |= bit;
            own = rest;
        }
        let mut unreserved = UNRESERVED;
        while let [byte, rest @ ..] = unreserved {
            table[*byte as usize] |= bit;
            unreserved = rest;
        }
        let mut byte = 0;
        while byte < 128 {
            if low8(byte).is_ascii_alphanumeric() {
                table[byte] |= bit;
            }
            byte += 1;
        }
        part += 1;
    }
    table
}

/// Writes `text` as `part`, with everything escaped that may not stand there.
///
/// RFC 3261 §19.1.2: "All other characters MUST be escaped."
///
/// ```
/// use parser::escape::{Part, escape};
/// use parser::write::Writer;
///
/// let mut out = [0; 16];
/// let mut writer = Writer::new(&mut out);
/// escape(Part::User, b"j@s0n", &mut writer);
/// let len = writer.finish().unwrap();
/// assert_eq!(&out[..len], b"j%40s0n");
/// ```
#[inline]
pub fn escape(part: Part, text: &[u8], out: &mut Writer<'_>) {
    for run in text.chunk_by(|one, other| may_stand(part, *one) && may_stand(part, *other)) {
        match run {
            [byte] if !may_stand(part, *byte) => {
                let digit = |half: u8| if half < 10 { b'0' + half } else { b'A' + half - 10 };
                out.bytes(&[b'%', digit(byte >> 4), digit(byte & 15)]);
            }
            run => {
                out.bytes(run);
            }
        }
    }
}

/// Writes `text` with its escapes undone, once: `%2541` becomes `%41`.
///
/// The result may hold any byte, NUL and line ends too, and is no part of a URI any more.
///
/// ```
/// use parser::escape::unescape;
/// use parser::write::Writer;
///
/// let mut out = [0; 32];
/// let mut writer = Writer::new(&mut out);
/// unescape(b"I%20have%20spaces", &mut writer);
/// let len = writer.finish().unwrap();
/// assert_eq!(&out[..len], b"I have spaces");
/// ```
#[inline]
pub fn unescape(text: &[u8], out: &mut Writer<'_>) {
    for char in chars(text) {
        out.bytes(&[char.byte]);
    }
}

/// Whether two parts of URIs are the same text, letters by case.
///
/// RFC 3261 §19.1.4: characters other than reserved ones are equivalent to their escapes.
///
/// ```
/// use parser::escape::equal;
///
/// assert!(equal(b"%61lice", b"alice"));
/// assert!(!equal(b"ALICE", b"alice"));
/// // A semicolon is reserved, and says something else than its escape.
/// assert!(!equal(b"a%3Bb", b"a;b"));
/// assert!(equal(b"a%3Bb", b"a%3bb"));
/// ```
#[inline]
pub fn equal(one: &[u8], other: &[u8]) -> bool {
    chars(one).eq(chars(other))
}

/// As [`equal`], letters in any case.
#[inline]
pub fn equal_in_any_case(one: &[u8], other: &[u8]) -> bool {
    chars(one).map(Char::lower).eq(chars(other).map(Char::lower))
}

/// A character of a part of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Char {
    pub(crate) byte: u8,
    /// Whether it is a reserved one that was escaped, which is another one than that.
    escaped: bool,
}

impl Char {
    #[inline]
    pub(crate) fn lower(self) -> Char {
        Char { byte: self.byte.to_ascii_lowercase(), ..self }
    }
}

/// The characters of a part of a URI, each escape as one.
#[inline]
pub(crate) fn chars(text: &[u8]) -> impl Iterator<Item = Char> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let (byte, behind) = rest.split_first()?;
        rest = behind;
        if *byte == b'%'
            && let [high, low, behind @ ..] = behind
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            rest = behind;
            let byte = high << 4 | low;
            return Some(Char { byte, escaped: is_reserved(byte) });
        }
        Some(Char { byte: *byte, escaped: false })
    })
}

/// RFC 2396 §2.2 `reserved`; and the percent sign, which stands for nothing but an escape.
#[inline]
fn is_reserved(byte: u8) -> bool {
    matches!(byte, b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',' | b'%')
}

#[inline]
fn may_stand(part: Part, byte: u8) -> bool {
    PLAIN.get(usize::from(byte)).is_some_and(|parts| parts & part.bit() != 0)
}

/// The value of a `HEXDIG`.
#[inline]
pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}
