//! Owns tables: columns without borders for people, RFC 4180 for programs.
//! Refuses to know what is in them.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Width, presets};

/// Side of a column that its values stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    head: &'static str,
    align: Align,
    least: u16,
}

/// A column of texts.
pub const fn text(head: &'static str) -> Column {
    Column { head, align: Align::Left, least: 0 }
}

/// A column of numbers.
pub const fn number(head: &'static str) -> Column {
    Column { head, align: Align::Right, least: 0 }
}

impl Column {
    /// At least this wide, so that tables that follow each other stand in line.
    pub const fn least(self, least: u16) -> Self {
        Self { least, ..self }
    }
}

/// Rows under heads.
#[derive(Debug, Clone)]
pub struct Table {
    columns: &'static [Column],
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &'static [Column]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row, one text for each column.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(cells.into());
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Writes it for people, the heads included.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        self.write_lines(out, true)
    }

    /// Writes the rows for people.
    pub fn write_text_rows(&self, out: &mut dyn Write) -> io::Result<()> {
        self.write_lines(out, false)
    }

    fn write_lines(&self, out: &mut dyn Write, heads: bool) -> io::Result<()> {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        if heads {
            table.set_header(self.columns.iter().map(|column| column.head));
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| shown(cell)));
        }
        for (index, column) in self.columns.iter().enumerate() {
            let Some(target) = table.column_mut(index) else { continue };
            target.set_padding((0, 2));
            target.set_cell_alignment(match column.align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
            // The width that a constraint counts has the padding in it.
            target.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(column.least + 2)));
        }
        for line in table.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// Writes it as comma-separated values, the heads included.
    pub fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let heads = self.columns.iter().map(|column| csv_head(column.head));
        write_record(out, heads)?;
        self.write_csv_rows(out)
    }

    /// Writes the rows as comma-separated values.
    pub fn write_csv_rows(&self, out: &mut dyn Write) -> io::Result<()> {
        self.rows.iter().try_for_each(|row| {
            write_record(
                out,
                row.iter().map(|cell| if cell == "-" { String::new() } else { cell.clone() }),
            )
        })
    }
}

/// A text of a stranger cannot move the cursor.
pub fn shown(cell: &str) -> String {
    cell.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// `SET-UP MS` becomes `set_up_ms`.
fn csv_head(head: &str) -> String {
    let words = head.replace('%', "percent");
    words.split([' ', '-', '/']).collect::<Vec<_>>().join("_").to_lowercase()
}

fn write_record(out: &mut dyn Write, fields: impl Iterator<Item = String>) -> io::Result<()> {
    let fields: Vec<String> = fields.map(|field| csv_field(&field)).collect();
    write!(out, "{}\r\n", fields.join(","))
}

/// Quotes where RFC 4180 asks for it. What a spreadsheet would take for a formula gets the
/// apostrophe that makes it a text; a sign before digits is a number to all.
fn csv_field(field: &str) -> String {
    let signed = field.strip_prefix(['+', '-']);
    let formula = field.starts_with(['=', '@', '\t', '\r'])
        || signed.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    if !formula && !field.contains([',', '"', '\r', '\n']) {
        return field.to_owned();
    }
    let apostrophe = if formula { "'" } else { "" };
    format!("\"{apostrophe}{}\"", field.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[text("NAME"), number("SET-UP MS"), text("SHARE %")];

    fn sample() -> Table {
        let mut table = Table::new(COLUMNS);
        table.row(["atlas".to_owned(), "1.5".to_owned(), "=1+1".to_owned()]);
        table.row(["a, \"b\"\u{1b}[2J".to_owned(), "120.0".to_owned(), "-".to_owned()]);
        table
    }

    fn written(write: impl Fn(&Table, &mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&sample(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_stand_at_the_right_and_control_codes_are_shown() {
        let expected = concat!(
            "NAME        SET-UP MS  SHARE %\n",
            "atlas             1.5  =1+1\n",
            "a, \"b\"\u{fffd}[2J      120.0  -\n",
        );
        assert_eq!(written(|table, out| table.write_text(out)), expected);
    }

    #[test]
    fn csv_quotes_what_needs_it_and_leaves_empty_what_is_not_there() {
        let expected = "name,set_up_ms,share_percent\r\natlas,1.5,\"'=1+1\"\r\n\
                        \"a, \"\"b\"\"\u{1b}[2J\",120.0,\r\n";
        assert_eq!(written(|table, out| table.write_csv(out)), expected);
    }
}
