//! Owns the figures as text, as JSON lines and as CSV; refuses to know how they came about.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::fault::Fault;

/// What no figure of this bench contains.
pub const LEFT_OUT: &str = "a journal that is whole when the reading begins, one member, no reader of the \
                            table, calls of one day, server on the same cores";

/// One figure.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// What the value counts.
    pub unit: &'static str,
    /// What it must reach, and what it should come to.
    pub bounds: Option<(f64, f64)>,
}

impl Metric {
    /// A figure without bounds.
    pub fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Metric { name, value, unit, bounds: None }
    }

    /// The figure with a floor and a goal.
    #[must_use]
    pub fn bound(self, floor: f64, goal: f64) -> Self {
        Metric { bounds: Some((floor, goal)), ..self }
    }
}

/// Prints the figures as JSON lines, and nothing else.
pub fn print_json(metrics: &[Metric]) {
    for metric in metrics {
        let (floor, goal) = metric.bounds.unzip();
        println!(
            "{}",
            json!({
                "bench": "records", "metric": metric.name, "value": round(metric.value), "unit": metric.unit,
                "floor": floor, "goal": goal,
            })
        );
    }
}

/// Prints the figures for a person.
pub fn print_text(metrics: &[Metric]) {
    for Metric { name, value, unit, bounds } in metrics {
        let bounds = bounds
            .map_or_else(String::new, |(floor, goal)| format!("   floor {floor}, goal {goal}"));
        println!("  {name:<34} {:>14} {unit}{bounds}", round(*value));
    }
    println!("  left out: {LEFT_OUT}");
}

/// The record at `path`, to append to.
///
/// # Errors
/// It cannot be made.
pub fn open(path: &Path) -> Result<File, Fault> {
    let fault = |source| Fault::Write { what: path.display().to_string(), source };
    OpenOptions::new().create(true).append(true).open(path).map_err(fault)
}

/// Appends the figures to a record.
///
/// # Errors
/// It cannot be written.
pub fn record(mut file: File, metrics: &[Metric]) -> Result<(), Fault> {
    let fault = |source| Fault::Write { what: "the record".to_owned(), source };
    let mut text = String::new();
    if file.metadata().map_err(fault)?.len() == 0 {
        text.push_str("date,cpu,command,metric,value,unit,floor,goal,left_out\n");
    }
    let (date, cpu, command) = (date(), cpu(), command());
    for metric in metrics {
        let bounds =
            metric.bounds.map_or_else(|| ",".to_owned(), |(floor, goal)| format!("{floor},{goal}"));
        let (name, value, unit) = (metric.name, round(metric.value), metric.unit);
        text.push_str(&format!(
            "{date},\"{cpu}\",\"{command}\",{name},{value},{unit},{bounds},\"{LEFT_OUT}\"\n"
        ));
    }
    file.write_all(text.as_bytes()).map_err(fault)
}

fn round(value: f64) -> f64 {
    if value.abs() >= 100.0 { value.round() } else { (value * 100.0).round() / 100.0 }
}

fn cpu() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = field("model name").unwrap_or_else(|| "unknown CPU".to_owned());
    format!(
        "{model} (family {} model {})",
        field("cpu family").unwrap_or_default(),
        field("model\t").unwrap_or_default()
    )
}

/// How to get the same figures: the options given, but for where they are written to.
fn command() -> String {
    let mut arguments = std::env::args().skip(1);
    let mut text = "scripts/bench records".to_owned();
    while let Some(argument) = arguments.next() {
        if argument == "--record" {
            arguments.next();
        } else {
            text.push(' ');
            text.push_str(&argument);
        }
    }
    text
}

/// Today in UTC, by the civil calendar (days to date after Hinnant, "chrono-compatible low-level date algorithms").
fn date() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
