//! Owns the columns in which people read records. Knows nothing of how records come about.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::Numbers;
use super::json::number;
use super::names::Names;
use super::record::Cdr;

pub(super) fn write_head(out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{:<23}  {:<16}  {:<16}  {:>8}  {:>8}  {:>9}  {:<19}  TRUNKS",
        "RECEIVED (UTC)", "CALLER", "CALLEE", "PDD", "SET-UP", "DURATION", "OUTCOME"
    )
}

pub(super) fn write_line(
    out: &mut dyn Write,
    cdr: &Cdr,
    names: &Names,
    numbers: Numbers,
) -> io::Result<()> {
    let time = cdr.received.to_string().replace('T', " ");
    let duration = match cdr.ending {
        Some(ending) => seconds(ending.duration_us),
        None if cdr.answered => "standing".to_owned(),
        None => "-".to_owned(),
    };
    let mut outcome = cdr.outcome_text().to_owned();
    if !cdr.late.is_empty() {
        outcome.push_str(" +late");
    }
    writeln!(
        out,
        "{:<23}  {:<16}  {:<16}  {:>8}  {:>8}  {:>9}  {:<19}  {}",
        time.get(..23).unwrap_or(&time),
        printable(&number(&cdr.caller, numbers)),
        printable(&number(&cdr.callee, numbers)),
        cdr.pdd_us().map_or("-".to_owned(), millis),
        millis(cdr.final_us),
        duration,
        outcome,
        path(cdr, names)
    )
}

/// The trunks in the order of trying with what each said, as in `cirrus 503 → atlas 200`.
pub(super) fn path(cdr: &Cdr, names: &Names) -> String {
    let mut path = String::new();
    for attempt in &cdr.attempts {
        if !path.is_empty() {
            path.push_str(" → ");
        }
        let result = attempt.result_text();
        // Writing into a `String` does not fail.
        let _ = match names.trunk(attempt.trunk) {
            Some(name) => write!(path, "{name} {result}"),
            None => write!(path, "#{} {result}", attempt.trunk),
        };
    }
    if path.is_empty() { "-".to_owned() } else { path }
}

/// Milliseconds with one decimal.
pub(super) fn millis(us: u32) -> String {
    let tenths = (u64::from(us) + 50) / 100;
    format!("{}.{} ms", tenths / 10, tenths % 10)
}

/// Seconds with one decimal, from an hour on as h:mm:ss.
fn seconds(us: u64) -> String {
    let whole = us / 1_000_000;
    if whole >= 3_600 {
        return format!("{}:{:02}:{:02}", whole / 3_600, whole / 60 % 60, whole % 60);
    }
    format!("{whole}.{} s", us / 100_000 % 10)
}

/// What came from the network must not move the cursor of a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
