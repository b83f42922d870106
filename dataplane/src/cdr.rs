//! Owns the reading side of the call records: from journal segments to lines that people and programs
//! read.
//! Refuses to write the journal: the keeper does, and this may run beside it or without it.
//!
//! Events become records in [`join`]; a record is shown by `table`, `json` or `csv`, or counted by
//! [`summary`]. Telephone numbers are masked unless the caller asks for the full ones.

mod csv;
pub mod join;
mod json;
pub mod mask;
pub mod names;
mod record;
pub mod summary;
mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

pub use hugepages::journal::{Damage, ReadJournalError, Reader};
pub use names::Names;
pub use record::{Attempt, Cdr, Ending, Late};

use join::{Hold, Joiner};
use summary::Summary;

/// How often a journal that is followed is looked at.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(200);

/// Shape of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Columns for people.
    Table,
    /// A JSON object a line, all fields.
    Json,
    /// Comma-separated values with a head line.
    Csv,
}

/// Whether telephone numbers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Country code and three digits, then the last two.
    Masked,
    /// All digits.
    Full,
}

/// Whether to go on when the end of the journal is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each record as it is complete, for ever.
    Follow,
    /// What is there, standing calls last.
    Once,
    /// One closing table over what is there.
    Summary,
}

/// What is printed, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// The journal, or the state directory that holds it.
    pub dir: PathBuf,
    /// Shape of the output.
    pub output: Output,
    /// Whether to go on at the end.
    pub mode: Mode,
    /// Whether numbers are shown.
    pub numbers: Numbers,
}

/// Why records were not printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The journal cannot be read.
    #[error(transparent)]
    Read(#[from] ReadJournalError),
    /// The output was refused; a closed pipe is no error to a user.
    #[error("cannot write the output: {0}")]
    Write(#[from] io::Error),
}

/// Prints the records of a journal; in [`Mode::Follow`] it returns only with an error.
///
/// `notes` takes what is to be said about the journal itself, apart from the records.
///
/// # Errors
/// The journal cannot be read, or `out` takes no more.
pub fn print(
    options: &Options,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> Result<(), PrintError> {
    let dir = journal_dir(&options.dir);
    let mut reader = Reader::open(&dir)?;
    let names = Names::load(&dir).unwrap_or_else(|error| {
        // Records without names are better than none.
        let _unsaid = writeln!(notes, "{error}; ids are shown instead of names");
        Names::default()
    });
    let mut printer = Printer { names, dir, options, out };
    if options.mode == Mode::Follow {
        return printer.follow(&mut reader);
    }
    let mut joiner = Joiner::new(Hold::Late);
    let mut summary = Summary::default();
    printer.head()?;
    while let Some((_, event)) = reader.next_event()? {
        joiner.take(&event);
        while let Some(cdr) = joiner.next_ready() {
            printer.record(&cdr, &mut summary)?;
        }
    }
    joiner.finish();
    while let Some(cdr) = joiner.next_ready() {
        printer.record(&cdr, &mut summary)?;
    }
    if options.mode == Mode::Summary {
        summary.stray_ends = joiner.stray_ends();
        summary.write(options.output, printer.out)?;
    }
    printer.out.flush()?;
    for damage in reader.damages() {
        writeln!(notes, "{damage}")?;
    }
    if reader.unreadable() > 0 {
        let count = reader.unreadable();
        writeln!(notes, "{count} events were written by another version and are left out")?;
    }
    Ok(())
}

/// The journal inside a state directory, or the directory itself.
fn journal_dir(dir: &Path) -> PathBuf {
    let inner = dir.join("journal");
    if inner.is_dir() { inner } else { dir.to_owned() }
}

struct Printer<'o> {
    names: Names,
    dir: PathBuf,
    options: &'o Options,
    out: &'o mut dyn Write,
}

impl Printer<'_> {
    fn follow(&mut self, reader: &mut Reader) -> Result<(), PrintError> {
        let mut joiner = Joiner::new(Hold::Nothing);
        self.head()?;
        loop {
            while let Some((_, event)) = reader.next_event()? {
                joiner.take(&event);
                while let Some(cdr) = joiner.next_ready() {
                    if !self.names.knows(cdr.image_version) {
                        // One that cannot be read yet is tried again with the next record.
                        self.names = Names::load(&self.dir).unwrap_or_default();
                    }
                    self.line(&cdr)?;
                }
            }
            self.out.flush()?;
            thread::sleep(FOLLOW_INTERVAL);
        }
    }

    fn head(&mut self) -> io::Result<()> {
        match (self.options.mode, self.options.output) {
            (Mode::Summary, _) | (_, Output::Json) => Ok(()),
            (_, Output::Table) => table::write_head(self.out),
            (_, Output::Csv) => csv::write_head(self.out),
        }
    }

    fn record(&mut self, cdr: &Cdr, summary: &mut Summary) -> io::Result<()> {
        if self.options.mode == Mode::Summary {
            summary.count(cdr, &self.names);
            return Ok(());
        }
        self.line(cdr)
    }

    fn line(&mut self, cdr: &Cdr) -> io::Result<()> {
        let (names, numbers) = (&self.names, self.options.numbers);
        match self.options.output {
            Output::Table => table::write_line(self.out, cdr, names, numbers),
            Output::Json => json::write_line(self.out, cdr, names, numbers),
            Output::Csv => csv::write_line(self.out, cdr, names, numbers),
        }
    }
}
