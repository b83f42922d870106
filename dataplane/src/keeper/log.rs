//! Owns the log lines: one event with its fields a line, as text or JSON.
//! Refuses to know who logs what; workers never log, they leave notes.
//!
//! Fields are written as they are given: callers pass no secrets, and pass telephone numbers
//! through [`Line::masked`] only.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::io;

use super::utc::UtcMicros;
use crate::cdr::mask::Masked;

/// Weight of an event, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Something does not work until a person acts.
    Error,
    /// Something works less well than it should.
    Warn,
    /// A change of state worth knowing.
    Info,
    /// Detail for those who look for a fault.
    Debug,
}

impl Level {
    /// The word in log lines and configuration.
    pub const fn text(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }
}

/// Shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `TIME level event key=value ...` for people.
    Text,
    /// One JSON object a line for programs.
    Json,
}

/// A log that writes to stderr, or to a sink of the caller's.
pub struct Log {
    level: Level,
    format: Format,
    sink: RefCell<Box<dyn io::Write + Send>>,
}

impl Log {
    /// A log to stderr.
    pub fn to_stderr(level: Level, format: Format) -> Log {
        Log::to_sink(level, format, Box::new(io::stderr()))
    }

    /// A log to any sink.
    pub fn to_sink(level: Level, format: Format, sink: Box<dyn io::Write + Send>) -> Log {
        Log { level, format, sink: RefCell::new(sink) }
    }

    /// Starts a line at `error`.
    pub fn error(&self, event: &'static str) -> Line<'_> {
        self.line(Level::Error, event)
    }

    /// Starts a line at `warn`.
    pub fn warn(&self, event: &'static str) -> Line<'_> {
        self.line(Level::Warn, event)
    }

    /// Starts a line at `info`.
    pub fn info(&self, event: &'static str) -> Line<'_> {
        self.line(Level::Info, event)
    }

    /// Starts a line at `debug`.
    pub fn debug(&self, event: &'static str) -> Line<'_> {
        self.line(Level::Debug, event)
    }

    /// Starts a line; it costs nothing below the level of the log.
    pub fn line(&self, level: Level, event: &'static str) -> Line<'_> {
        if level > self.level {
            return Line { log: self, text: None };
        }
        let mut text = String::with_capacity(192);
        let now = UtcMicros::now();
        match self.format {
            Format::Text => push(&mut text, format_args!("{now} {:5} {event}", level.text())),
            Format::Json => push(
                &mut text,
                format_args!(
                    "{{\"time\":\"{now}\",\"level\":\"{}\",\"event\":\"{event}\"",
                    level.text()
                ),
            ),
        }
        Line { log: self, text: Some(text) }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("level", &self.level).field("format", &self.format).finish()
    }
}

/// A line being written; it appears on [`Line::emit`].
#[must_use = "a line appears on emit only"]
#[derive(Debug)]
pub struct Line<'l> {
    log: &'l Log,
    text: Option<String>,
}

impl Line<'_> {
    /// Adds a text.
    pub fn text(mut self, key: &str, value: impl fmt::Display) -> Self {
        let Some(text) = &mut self.text else { return self };
        let value = value.to_string();
        match self.log.format {
            Format::Text => {
                push(text, format_args!(" {key}="));
                push_word(text, &value);
            }
            Format::Json => {
                push(text, format_args!(",\"{key}\":"));
                push_json(text, &value);
            }
        }
        self
    }

    /// Adds a whole number.
    pub fn number(mut self, key: &str, value: impl Into<u64>) -> Self {
        let Some(text) = &mut self.text else { return self };
        let value: u64 = value.into();
        match self.log.format {
            Format::Text => push(text, format_args!(" {key}={value}")),
            Format::Json => push(text, format_args!(",\"{key}\":{value}")),
        }
        self
    }

    /// Adds a telephone number, masked.
    pub fn masked(self, key: &str, number: &str) -> Self {
        self.text(key, Masked(number))
    }

    /// Writes the line. What the sink refuses is lost: there is no other place to say so.
    pub fn emit(self) {
        let Some(mut text) = self.text else { return };
        if self.log.format == Format::Json {
            text.push('}');
        }
        text.push('\n');
        // A single write keeps the lines of two processes on one stderr apart.
        let _ = self.log.sink.borrow_mut().write_all(text.as_bytes());
    }
}

/// Writing into a `String` does not fail.
fn push(text: &mut String, arguments: fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}

/// A value without blanks stands as it is; any other is quoted, so that lines can be split again.
fn push_word(text: &mut String, value: &str) {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '"' && c != '=';
    if !value.is_empty() && value.chars().all(plain) {
        text.push_str(value);
        return;
    }
    push_json(text, value);
}

fn push_json(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c.is_control() => push(text, format_args!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    struct Lines(mpsc::Sender<Vec<u8>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(level: Level, format: Format, write: impl Fn(&Log)) -> Option<String> {
        let (sender, receiver) = mpsc::channel();
        write(&Log::to_sink(level, format, Box::new(Lines(sender))));
        receiver.try_recv().ok().map(|line| String::from_utf8(line).unwrap())
    }

    #[test]
    fn writes_text_fields_that_can_be_split_again() {
        let line = written(Level::Info, Format::Text, |log| {
            log.warn("port_down").text("port", "access").text("why", "no \"link\"").emit();
        });
        let line = line.unwrap();
        assert_eq!(&line[27..], " warn  port_down port=access why=\"no \\\"link\\\"\"\n");
    }

    #[test]
    fn writes_json_that_a_parser_reads() {
        let line = written(Level::Info, Format::Json, |log| {
            log.info("x").text("why", "a\nb\u{1}\"\\").number("n", 7u32).emit();
        });
        let value: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        assert_eq!(value["why"], "a\nb\u{1}\"\\");
        assert_eq!(value["n"], 7);
        assert_eq!(value["level"], "info");
    }

    #[test]
    fn leaves_out_what_is_below_the_level() {
        assert_eq!(written(Level::Warn, Format::Text, |log| log.info("x").emit()), None);
    }

    #[test]
    fn masks_numbers() {
        let line = written(Level::Info, Format::Text, |log| {
            log.info("x").masked("callee", "+393331234567").emit();
        });
        let line = line.unwrap();
        assert!(line.contains("callee=+39333*****67\n"), "{line}");
    }

    #[test]
    fn moves_between_threads() {
        fn is_send<T: Send>() {}
        is_send::<Log>();
    }
}
