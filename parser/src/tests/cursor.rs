//! Owns the reading of a text byte by byte, for the naive twin.
//! Refuses to share code with the pass.

use std::ops::Range;

type Extent = Range<usize>;

/// A place in a text.
pub struct Cursor<'t> {
    pub text: &'t [u8],
    pub at: usize,
    pub end: usize,
}

impl Cursor<'_> {
    pub fn peek(&self) -> Option<u8> {
        if self.at < self.end { Some(self.text[self.at]) } else { None }
    }

    pub fn eat(&mut self, byte: u8) -> Option<()> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Some(());
        }
        None
    }

    pub fn run(&mut self, member: impl Fn(u8) -> bool) -> Extent {
        let from = self.at;
        while self.peek().is_some_and(&member) {
            self.at += 1;
        }
        from..self.at
    }

    pub fn some(&mut self, member: impl Fn(u8) -> bool) -> Option<Extent> {
        let run = self.run(member);
        if run.is_empty() { None } else { Some(run) }
    }

    pub fn lws(&mut self) -> Extent {
        self.run(white)
    }

    pub fn quoted(&mut self) -> Option<Extent> {
        let from = self.at;
        self.eat(b'"')?;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(from..self.at);
                }
                b'\\' => {
                    self.at += 1;
                    if matches!(self.peek()?, b'\r' | b'\n') {
                        return None;
                    }
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
    }

    /// Name and value of a parameter behind its semicolon.
    pub fn param(&mut self) -> Option<(Extent, Option<Extent>)> {
        self.lws();
        let name = self.some(token)?;
        self.lws();
        let mut value = None;
        if self.eat(b'=').is_some() {
            self.lws();
            value = Some(match self.peek()? {
                b'"' => self.quoted()?,
                _ => self.some(|byte| byte > 32 && !b"\"<>,;\x7f".contains(&byte))?,
            });
            self.lws();
        }
        Some((name, value))
    }
}

pub fn white(byte: u8) -> bool {
    b" \t\r\n".contains(&byte)
}

pub fn token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

pub fn uri_byte(byte: u8) -> bool {
    byte > 32 && !b"\"<>\x7f".contains(&byte)
}
