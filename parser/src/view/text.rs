//! Owns a word of a header that may be quoted.
//! Hot. Refuses to convert character sets.

/// A token or a quoted string, as RFC 3261 §25.1 has them.
///
/// ```
/// use parser::view::text::Text;
///
/// let text = Text::of(br#""Bob \"the Builder\"""#);
/// assert_eq!(text.inner(), br#"Bob \"the Builder\""#);
/// assert!(text.is(br#"Bob "the Builder""#));
/// assert!(Text::of(b"yes").is_word(b"YES"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text<'m> {
    raw: &'m [u8],
}

impl<'m> Text<'m> {
    /// The text that is written as `raw`, with its quotes if it has them.
    pub fn of(raw: &'m [u8]) -> Text<'m> {
        Text { raw }
    }

    /// As it was written.
    pub fn raw(&self) -> &'m [u8] {
        self.raw
    }

    /// Without its quotes, escapes left in place: `unq` of RFC 7616 §3.4.
    pub fn inner(&self) -> &'m [u8] {
        self.quoted().unwrap_or(self.raw)
    }

    /// What it means, byte by byte: without quotes, with escapes resolved and folds made white
    /// space.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + use<'m> {
        let escapes = self.quoted().is_some();
        let mut rest = self.inner().iter().copied();
        core::iter::from_fn(move || {
            loop {
                match rest.next()? {
                    b'\\' if escapes => return rest.next(),
                    // The white space behind a line end is what the fold stands for.
                    b'\r' | b'\n' => {}
                    byte => return Some(byte),
                }
            }
        })
    }

    /// Whether it means `text`.
    pub fn is(&self, text: &[u8]) -> bool {
        self.bytes().eq(text.iter().copied())
    }

    /// Whether it means `word` in any case.
    pub fn is_word(&self, word: &[u8]) -> bool {
        let lower = word.iter().map(u8::to_ascii_lowercase);
        self.bytes().map(|byte| byte.to_ascii_lowercase()).eq(lower)
    }

    fn quoted(&self) -> Option<&'m [u8]> {
        self.raw.strip_prefix(b"\"")?.strip_suffix(b"\"")
    }
}
