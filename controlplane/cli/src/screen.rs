//! Owns where output goes, in the shape that was asked for.
//! Refuses to know what is shown: values come with their table.

use std::io::{self, BufWriter, Stdout, Write};

use serde::Serialize;

use crate::args::Output;
use crate::failure::Failure;
use crate::table::{Column, Table, shown, text};

/// Standard output.
pub struct Screen {
    output: Output,
    out: BufWriter<Stdout>,
}

/// What people see of one thing: facts, and below them the table of its parts.
#[derive(Debug, Default)]
pub struct View {
    facts: Vec<(&'static str, String)>,
    tables: Vec<Table>,
}

const FACTS: &[Column] = &[text("FIELD"), text("VALUE")];

impl View {
    /// Adds a fact.
    pub fn fact(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((label, value.into()));
        self
    }

    /// Adds a fact if there is one.
    pub fn fact_if(self, label: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.fact(label, value),
            None => self,
        }
    }

    /// Adds a table.
    pub fn table(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let width = self.facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        for (label, value) in &self.facts {
            let line = format!("{label:width$}  {}", shown(value));
            writeln!(out, "{}", line.trim_end())?;
        }
        for (index, table) in self.tables.iter().enumerate() {
            if table.len() == 0 {
                continue;
            }
            if index > 0 || !self.facts.is_empty() {
                writeln!(out)?;
            }
            table.write_text(out)?;
        }
        Ok(())
    }

    fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(table) = self.tables.first() {
            return table.write_csv(out);
        }
        let mut table = Table::new(FACTS);
        for (label, value) in &self.facts {
            table.row([(*label).to_owned(), value.clone()]);
        }
        table.write_csv(out)
    }
}

impl Screen {
    /// Standard output in one shape.
    pub fn new(output: Output) -> Self {
        Self { output, out: BufWriter::new(io::stdout()) }
    }

    /// The shape.
    pub fn output(&self) -> Output {
        self.output
    }

    /// Shows a list: JSON has the values as they are.
    pub fn list<T: Serialize>(&mut self, values: &[T], table: &Table) -> Result<(), Failure> {
        match self.output {
            Output::Json => self.json(&values)?,
            Output::Table => table.write_text(&mut self.out)?,
            Output::Csv => table.write_csv(&mut self.out)?,
        }
        self.flush()
    }

    /// Shows one thing: CSV has its parts, or its facts where it has no parts.
    pub fn view<T: Serialize>(&mut self, value: &T, view: &View) -> Result<(), Failure> {
        match self.output {
            Output::Json => self.json(value)?,
            Output::Table => view.write_text(&mut self.out)?,
            Output::Csv => view.write_csv(&mut self.out)?,
        }
        self.flush()
    }

    /// Shows a part of a list that goes on: JSON is one value a line.
    pub fn stream<T: Serialize>(
        &mut self,
        values: &[T],
        table: &Table,
        heads: Heads,
    ) -> Result<(), Failure> {
        let out = &mut self.out;
        match (self.output, heads) {
            (Output::Json, _) => {
                for value in values {
                    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
                    writeln!(out)?;
                }
            }
            (Output::Table, Heads::Yes) => table.write_text(out)?,
            (Output::Table, Heads::No) => table.write_text_rows(out)?,
            (Output::Csv, Heads::Yes) => table.write_csv(out)?,
            (Output::Csv, Heads::No) => table.write_csv_rows(out)?,
        }
        self.flush()
    }

    /// Says a sentence to people; programs get `value` instead.
    pub fn say<T: Serialize>(&mut self, value: &T, sentence: &str) -> Result<(), Failure> {
        match self.output {
            Output::Json => self.json(value)?,
            Output::Table | Output::Csv => writeln!(self.out, "{}", shown(sentence))?,
        }
        self.flush()
    }

    /// Says beside the output why it does not go on for now.
    pub fn warn(&mut self, failure: &Failure) {
        // What standard error does not take has nowhere else to go.
        let _ = writeln!(io::stderr(), "tandem: {}; trying again", shown(&failure.to_string()));
    }

    /// Says a sentence to people, in front of what they asked for; programs are not told.
    pub fn note(&mut self, sentence: &str) -> Result<(), Failure> {
        if self.output == Output::Table {
            writeln!(self.out, "{}", shown(sentence))?;
        }
        self.flush()
    }

    /// Shows a view to people, in front of what they asked for; programs are not told.
    pub fn note_view(&mut self, view: &View) -> Result<(), Failure> {
        if self.output == Output::Table {
            view.write_text(&mut self.out)?;
        }
        self.flush()
    }

    /// Writes a text as it is.
    pub fn raw(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(text.as_bytes())?;
        self.flush()
    }

    fn json<T: Serialize>(&mut self, value: &T) -> Result<(), Failure> {
        serde_json::to_writer_pretty(&mut self.out, value).map_err(io::Error::from)?;
        writeln!(self.out)?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }
}

/// Whether a part of a table has its heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heads {
    /// The first part.
    Yes,
    /// What follows.
    No,
}
