//! Owns one Rust file cut into lines: what is code, what is comment or literal, where its tests begin.
//! Refuses to know any rule.

/// A file's lines, with comments and literals blanked in a second copy.
pub struct Source<'t> {
    lines: Vec<&'t str>,
    code: Vec<String>,
    tests_at: usize,
}

impl<'t> Source<'t> {
    /// Cuts `text`; a file that `name` shows to be tests has no product lines at all.
    pub fn new(name: &str, text: &'t str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let tests_at = if is_test_file(name) { 0 } else { tests_at(&lines) };
        Source { code: blank(text), lines, tests_at }
    }

    /// The line of that number, counted from 1; empty beyond the end.
    pub fn line(&self, number: usize) -> &'t str {
        self.lines.get(number.wrapping_sub(1)).copied().unwrap_or_default()
    }

    /// How many lines stand before the tests.
    pub fn product_lines(&self) -> usize {
        self.tests_at
    }

    /// Every line's code with its number.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.iter().enumerate().map(|(index, code)| (index + 1, code.as_str()))
    }

    /// As [`Source::code`], up to where the tests begin.
    pub fn product_code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code().take(self.tests_at)
    }

    /// As [`Source::product_code`], without the functions that are marked `#[cold]`.
    pub fn hot_code(&self) -> impl Iterator<Item = (usize, &str)> {
        // The brace that closes such a function stands where its attribute does.
        let mut closing: Option<String> = None;
        self.product_code().filter(move |(_, code)| {
            let indent = &code[..code.len() - code.trim_start().len()];
            if code.trim() == "#[cold]" {
                closing = Some(format!("{indent}}}"));
            }
            let inside = closing.is_some();
            if closing.as_deref() == Some(code.trim_end()) {
                closing = None;
            }
            !inside
        })
    }

    /// Whether the file is a crate root that cannot hold unsafe code.
    pub fn forbids_unsafe(&self) -> bool {
        self.code.iter().any(|code| code.trim() == "#![forbid(unsafe_code)]")
    }
}

/// Whether a file holds nothing but tests or benches.
pub fn is_test_file(name: &str) -> bool {
    name.ends_with("/tests.rs") || name.contains("/tests/") || name.contains("/benches/")
}

/// Whether `word` stands in `code` with no letter, digit or underscore glued to either end.
pub fn has_word(code: &str, word: &str) -> bool {
    let glued = |byte: Option<u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    let starts_open = glued(word.bytes().next());
    let ends_open = glued(word.bytes().next_back());
    code.match_indices(word).any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|at| code.as_bytes().get(at).copied());
        let after = code.as_bytes().get(at + word.len()).copied();
        !(starts_open && glued(before) || ends_open && glued(after))
    })
}

/// The index of the line from which on everything is an inline test module.
fn tests_at(lines: &[&str]) -> usize {
    let opens = |at: usize| {
        lines.get(at).is_some_and(|line| line.trim_start().starts_with("#[cfg(test)]"))
            && lines[at + 1..]
                .iter()
                .find(|line| !line.trim_start().starts_with("#["))
                .is_some_and(|line| line.starts_with("mod ") && line.trim_end().ends_with('{'))
    };
    (0..lines.len()).find(|&at| opens(at)).unwrap_or(lines.len())
}

/// `text` line by line with the insides of comments, strings and characters left out.
fn blank(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = literal_len(rest, code.chars().next_back());
        if skipped > 0 {
            let (inside, after) = rest.split_at(skipped);
            // A literal keeps its delimiters, so that what stands around it is not glued together.
            code.push_str(if inside.starts_with('/') { "" } else { "\"\"" });
            for _ in inside.matches('\n') {
                lines.push(std::mem::take(&mut code));
            }
            rest = after;
            continue;
        }
        if first == '\n' {
            lines.push(std::mem::take(&mut code));
        } else {
            code.push(first);
        }
        rest = &rest[first.len_utf8()..];
    }
    lines.push(code);
    lines
}

/// The length of the comment or literal at the start of `rest`, 0 when there is none.
fn literal_len(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map_or(rest.len(), |at| at + 2);
    }
    if rest.starts_with('"') {
        return quoted_len(rest);
    }
    if rest.starts_with('\'') {
        return character_len(rest);
    }
    // An identifier may end in r: only a letter of its own opens a raw string.
    let glued = before.is_some_and(|c| (c.is_alphanumeric() || c == '_') && c != 'b');
    if rest.starts_with('r') && !glued {
        let hashes = rest[1..].bytes().take_while(|&byte| byte == b'#').count();
        let opening = 1 + hashes;
        if rest[opening..].starts_with('"') {
            let closing = format!("\"{}", "#".repeat(hashes));
            let inside = &rest[opening + 1..];
            let end = inside.find(&closing).map_or(inside.len(), |at| at + closing.len());
            return opening + 1 + end;
        }
    }
    0
}

fn quoted_len(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A quote opens a character only if it closes at once; otherwise it is a lifetime.
fn character_len(rest: &str) -> usize {
    let mut inside = rest.chars().skip(1);
    match (inside.next(), inside.next()) {
        (Some('\\'), Some(escaped)) => {
            let from = 2 + escaped.len_utf8();
            rest[from..].find('\'').map_or(0, |at| from + at + 1)
        }
        (Some(one), Some('\'')) => 2 + one.len_utf8(),
        _ => 0,
    }
}
