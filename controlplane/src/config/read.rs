//! Owns the keys of the configuration file; refuses to know what they are good for.

use std::path::PathBuf;
use std::str::FromStr;

use tokio_postgres::config::SslMode;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Choice, Config, Fault, LogFormat};

/// Reads `text`, or lists everything that is wrong with it.
pub(super) fn read(text: &str) -> Result<Config, Vec<Fault>> {
    let (document, broken) = DeTable::parse_recoverable(text);
    let mut reader = Reader { text, faults: Vec::new() };
    for fault in &broken {
        let at = fault.span().map_or(0, |span| span.start);
        reader.fault(at, format!("this is no TOML: {}", fault.message()));
    }
    let mut config = Config::default();
    for (key, value) in document.get_ref() {
        match &*key.get_ref().clone() {
            "state" => reader.path(value, "state", &mut config.state),
            "run" => reader.path(value, "run", &mut config.run),
            "user" => reader.text(value, "user", &mut config.user),
            "database" => reader.table(value, "database", |reader, key, value| match key {
                "url" => {
                    reader.database(value, &mut config.database);
                    true
                }
                _ => false,
            }),
            "log" => reader.table(value, "log", |reader, key, value| match key {
                "level" => {
                    reader.choice(value, "log.level", LEVELS, &mut config.log.level);
                    true
                }
                "format" => {
                    reader.choice(value, "log.format", FORMATS, &mut config.log.format);
                    true
                }
                _ => false,
            }),
            other => reader.unknown(key.span().start, other, "state, run, user, database and log"),
        }
    }
    if reader.faults.is_empty() {
        return Ok(config);
    }
    reader.faults.sort_by_key(|fault| fault.line);
    reader.faults.dedup_by_key(|fault| fault.line);
    Err(reader.faults)
}

const LEVELS: &[(&str, tracing::Level)] = &[
    ("error", tracing::Level::ERROR),
    ("warn", tracing::Level::WARN),
    ("info", tracing::Level::INFO),
    ("debug", tracing::Level::DEBUG),
    ("trace", tracing::Level::TRACE),
];

const FORMATS: &[(&str, LogFormat)] = &[("text", LogFormat::Text), ("json", LogFormat::Json)];

struct Reader<'t> {
    text: &'t str,
    faults: Vec<Fault>,
}

type Value<'t> = Spanned<DeValue<'t>>;

impl Reader<'_> {
    fn fault(&mut self, at: usize, text: String) {
        let before = self.text.as_bytes().iter().take(at);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        self.faults.push(Fault { line, text });
    }

    fn unknown(&mut self, at: usize, key: &str, known: &str) {
        self.fault(at, format!("there is no key `{key}`; there are {known}"));
    }

    fn table<'v>(
        &mut self,
        value: &'v Value<'v>,
        name: &str,
        mut read: impl FnMut(&mut Self, &str, &'v Value<'v>) -> bool,
    ) {
        let DeValue::Table(table) = value.get_ref() else {
            return self
                .fault(value.span().start, format!("`{name}` is no table; write `[{name}]`"));
        };
        for (key, value) in table {
            let word = key.get_ref();
            if !read(self, word, value) {
                let known = if name == "log" { "level and format" } else { "url" };
                self.unknown(key.span().start, &format!("{name}.{word}"), known);
            }
        }
    }

    fn string<'v>(&mut self, value: &'v Value<'_>, name: &str) -> Option<&'v str> {
        match value.get_ref() {
            DeValue::String(text) if !text.is_empty() => Some(text),
            _ => {
                self.fault(value.span().start, format!("`{name}` is no text; write it in quotes"));
                None
            }
        }
    }

    fn text(&mut self, value: &Value<'_>, name: &str, to: &mut String) {
        if let Some(text) = self.string(value, name) {
            text.clone_into(to);
        }
    }

    fn path(&mut self, value: &Value<'_>, name: &str, to: &mut PathBuf) {
        match self.string(value, name).map(PathBuf::from) {
            Some(path) if path.is_absolute() => *to = path,
            Some(path) => {
                let cause = format!("`{name}` is `{}`; begin it with `/`", path.display());
                self.fault(value.span().start, cause);
            }
            None => {}
        }
    }

    fn choice<T: Copy>(&mut self, value: &Value<'_>, name: &str, all: &[(&str, T)], to: &mut T) {
        let Some(text) = self.string(value, name) else { return };
        match all.iter().find(|(word, _)| *word == text) {
            Some((_, choice)) => *to = *choice,
            None => {
                let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
                let cause = format!("`{name}` is `{text}`; choose {}", words.join(", "));
                self.fault(value.span().start, cause);
            }
        }
    }

    fn database(&mut self, value: &Value<'_>, to: &mut Choice) {
        let Some(text) = self.string(value, "database.url") else { return };
        let at = value.span().start;
        match tokio_postgres::Config::from_str(text) {
            // What the driver says can repeat the address, and that can hold a password.
            Err(_) => self.fault(
                at,
                "`database.url` is no address of PostgreSQL; write it as \
                 `postgresql://user@host:5432/name` or leave it out"
                    .to_owned(),
            ),
            Ok(config) if config.get_ssl_mode() == SslMode::Require => self.fault(
                at,
                "`database.url` asks for TLS, which is not spoken to PostgreSQL; use a unix socket or \
                 a network of your own, with `sslmode=disable`"
                    .to_owned(),
            ),
            Ok(config) => *to = Choice::External(Box::new(config)),
        }
    }
}
