//! Owns taking typed fields out of a TOML table with a finding for each that is wrong; refuses to know any entity.

use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::entity::Place;
use crate::finding::{Finding, nearest};

/// A value with its place in the text.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// Findings so far, and where lines begin.
pub(super) struct Notes {
    pub(super) findings: Vec<Finding>,
    line_starts: Vec<usize>,
}

impl Notes {
    pub(super) fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(ends.map(|(end, _)| end + 1)).collect();
        Self { findings: Vec::new(), line_starts }
    }

    /// Line of a byte, from 1.
    pub(super) fn line_at(&self, offset: usize) -> u32 {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        u32::try_from(line).unwrap_or(u32::MAX)
    }

    pub(super) fn line_of<T>(&self, value: &Spanned<T>) -> u32 {
        self.line_at(value.span().start)
    }
}

/// A table whose keys are all known, and how it is called in findings.
pub(super) struct Fields<'d, 'i> {
    table: &'d DeTable<'i>,
    pub(super) entity: String,
    pub(super) place: Place,
}

impl<'d, 'i> Fields<'d, 'i> {
    /// The fields of `value`, which must be a table; a key that is not in `known` is a finding.
    pub(super) fn open(
        value: &'d Value<'i>,
        entity: &str,
        known: &[&str],
        notes: &mut Notes,
    ) -> Option<Self> {
        let line = notes.line_of(value);
        let Some(table) = value.get_ref().as_table() else {
            let cause = format!("this is {}, not a table", kind(value.get_ref()));
            let remedy = format!("write a table with {}", known.join(", "));
            notes.findings.push(Finding::error(line, entity, cause, remedy));
            return None;
        };
        let place = Place { line, partial: false };
        let mut fields = Self { table, entity: entity.to_owned(), place };
        // Named first, so that its other findings say whose they are.
        if let Some(name) = table.get("name").and_then(|name| name.get_ref().as_str()) {
            fields.entity = format!("{entity} `{name}`");
        }
        for key in table.keys() {
            let name = key.get_ref();
            if !known.contains(&name.as_ref()) {
                let remedy = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known here: {}", known.join(", ")),
                };
                let line = notes.line_of(key);
                fields.refuse(line, format!("there is no field `{name}`"), remedy, notes);
            }
        }
        Some(fields)
    }

    /// Reports a fault, and that the entity is read in part only.
    pub(super) fn refuse(
        &mut self,
        line: u32,
        cause: impl Into<String>,
        remedy: impl Into<String>,
        notes: &mut Notes,
    ) {
        self.place.partial = true;
        notes.findings.push(Finding::error(line, &*self.entity, cause, remedy));
    }

    pub(super) fn get(&self, key: &str) -> Option<&'d Value<'i>> {
        self.table.get(key)
    }

    /// A value as text; reports anything else.
    pub(super) fn as_text(
        &mut self,
        key: &str,
        value: &'d Value<'i>,
        notes: &mut Notes,
    ) -> Option<&'d str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            let cause = format!("`{key}` is {}, not text", kind(value.get_ref()));
            self.refuse(notes.line_of(value), cause, "write it in quotes", notes);
        }
        text
    }

    /// A text that may be absent.
    pub(super) fn text(&mut self, key: &str, notes: &mut Notes) -> Option<&'d str> {
        let value = self.get(key)?;
        self.as_text(key, value, notes)
    }

    /// A text that must be there.
    pub(super) fn required_text(&mut self, key: &str, notes: &mut Notes) -> Option<&'d str> {
        if self.get(key).is_none() {
            let cause = format!("it has no `{key}`");
            self.refuse(self.place.line, cause, format!("add `{key} = \"...\"`"), notes);
        }
        self.text(key, notes)
    }

    /// One of a few words that stand for values; may be absent.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &str,
        choices: &[(&str, T)],
        notes: &mut Notes,
    ) -> Option<T> {
        let word = self.text(key, notes)?;
        let found = choices.iter().find(|(name, _)| *name == word);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let line = self.get(key).map_or(self.place.line, |value| notes.line_of(value));
            let cause = format!("`{key}` is `{word}`, which this version does not know");
            self.refuse(line, cause, format!("write one of: {}", names.join(", ")), notes);
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number that may be absent.
    pub(super) fn integer(
        &mut self,
        key: &str,
        range: RangeInclusive<u64>,
        notes: &mut Notes,
    ) -> Option<u64> {
        let value = self.get(key)?;
        let written = value.get_ref().as_integer();
        let number = written.and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        let accepted = number.filter(|number| range.contains(number));
        if accepted.is_none() {
            let shown =
                written.map_or_else(|| kind(value.get_ref()).to_owned(), ToString::to_string);
            let remedy = format!("write a whole number from {} to {}", range.start(), range.end());
            self.refuse(notes.line_of(value), format!("`{key}` is {shown}"), remedy, notes);
        }
        accepted
    }

    /// An `integer` that fits 32 bits.
    pub(super) fn small(
        &mut self,
        key: &str,
        range: RangeInclusive<u32>,
        notes: &mut Notes,
    ) -> Option<u32> {
        let wide = u64::from(*range.start())..=u64::from(*range.end());
        self.integer(key, wide, notes).and_then(|number| u32::try_from(number).ok())
    }

    /// `true` or `false`; may be absent.
    pub(super) fn boolean(&mut self, key: &str, notes: &mut Notes) -> Option<bool> {
        let value = self.get(key)?;
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            let cause = format!("`{key}` is {}", kind(value.get_ref()));
            self.refuse(notes.line_of(value), cause, "write true or false", notes);
        }
        boolean
    }

    /// The elements of an array; none when it is absent.
    pub(super) fn array(&mut self, key: &str, notes: &mut Notes) -> Vec<&'d Value<'i>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            let cause = format!("`{key}` is {}, not a list", kind(value.get_ref()));
            self.refuse(notes.line_of(value), cause, format!("write `{key} = [...]`"), notes);
            return Vec::new();
        };
        array.iter().collect()
    }

    /// The texts of an array with their lines.
    pub(super) fn texts(&mut self, key: &str, notes: &mut Notes) -> Vec<(&'d str, u32)> {
        let mut texts = Vec::new();
        for value in self.array(key, notes) {
            if let Some(text) = self.as_text(key, value, notes) {
                texts.push((text, notes.line_of(value)));
            }
        }
        texts
    }

    /// An array of tables, `[[key]]`, each read by `read`, which gives nothing for one without a name to go by.
    pub(super) fn tables<T>(
        &mut self,
        key: &str,
        notes: &mut Notes,
        mut read: impl FnMut(&'d Value<'i>, &mut Notes) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            let cause = format!("`{key}` is {}, not a list of tables", kind(value.get_ref()));
            self.refuse(notes.line_of(value), cause, format!("write [[{key}]] for each"), notes);
            return Vec::new();
        };
        let read: Vec<Option<T>> = array.iter().map(|table| read(table, notes)).collect();
        self.place.partial |= read.iter().any(Option::is_none);
        read.into_iter().flatten().collect()
    }

    /// The keys and values of a table inside this one; none when it is absent.
    pub(super) fn pairs(
        &mut self,
        key: &str,
        notes: &mut Notes,
    ) -> Vec<(&'d str, u32, &'d Value<'i>)> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            let cause = format!("`{key}` is {}, not a table", kind(value.get_ref()));
            self.refuse(notes.line_of(value), cause, format!("write {key} = {{ ... }}"), notes);
            return Vec::new();
        };
        let pairs = table.iter();
        pairs.map(|(key, value)| (key.get_ref().as_ref(), notes.line_of(key), value)).collect()
    }
}

/// What a value is, for people.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
