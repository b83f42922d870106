//! Owns the figures as text, as JSON lines and as CSV; refuses to know how they came about.

use std::borrow::Cow;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use dpdk::Eal;
use serde_json::json;

use crate::arguments::Arguments;
use crate::fault::Fault;

/// What the figures of a bench are, and are not.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name, as `scripts/bench` knows it.
    pub bench: &'static str,
    /// What no figure of it contains.
    pub left_out: &'static str,
}

/// One figure.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its value.
    pub value: f64,
    /// What the value counts.
    pub unit: &'static str,
    /// The floor that it has to reach, and what it should come to.
    pub bounds: Option<(f64, f64)>,
}

impl Metric {
    /// A figure without bounds.
    pub fn new(name: impl Into<Cow<'static, str>>, value: f64, unit: &'static str) -> Self {
        Metric { name: name.into(), value, unit, bounds: None }
    }

    /// The figure with a floor and a goal.
    #[must_use]
    pub fn bound(self, floor: f64, goal: f64) -> Self {
        Metric { bounds: Some((floor, goal)), ..self }
    }
}

/// Prints the figures as JSON lines, and nothing else.
pub fn print_json(about: About, metrics: &[Metric]) {
    for metric in metrics {
        let (floor, goal) = metric.bounds.unzip();
        println!(
            "{}",
            json!({
                "bench": about.bench, "metric": *metric.name, "value": round(metric.value), "unit": metric.unit,
                "floor": floor, "goal": goal,
            })
        );
    }
}

/// Prints the figures for a person.
pub fn print_text(about: About, metrics: &[Metric]) {
    for Metric { name, value, unit, bounds } in metrics {
        let bounds = bounds
            .map_or_else(String::new, |(floor, goal)| format!("   floor {floor}, goal {goal}"));
        println!("  {name:<34} {:>14} {unit}{bounds}", round(*value));
    }
    println!("  left out: {}", about.left_out);
}

/// Appends the figures to the record at `path`.
///
/// # Errors
/// It cannot be written.
pub fn record(about: About, path: &Path, metrics: &[Metric]) -> Result<(), Fault> {
    let fault = |source| Fault::Write { what: path.display().to_string(), source };
    let is_new = !path.exists();
    let mut file = OpenOptions::new().create(true).append(true).open(path).map_err(fault)?;
    let mut text = String::new();
    if is_new {
        text.push_str("date,cpu,dpdk,command,metric,value,unit,floor,goal,left_out\n");
    }
    let (date, cpu, dpdk, command) = (date(), cpu(), Eal::version(), command(about));
    for metric in metrics {
        let bounds =
            metric.bounds.map_or_else(|| ",".to_owned(), |(floor, goal)| format!("{floor},{goal}"));
        let (name, value, unit) = (&metric.name, round(metric.value), metric.unit);
        let left_out = about.left_out;
        text.push_str(&format!(
            "{date},\"{cpu}\",{dpdk},\"{command}\",{name},{value},{unit},{bounds},\"{left_out}\"\n"
        ));
    }
    file.write_all(text.as_bytes()).map_err(fault)
}

/// One line about where a run took place.
pub fn machine(arguments: &Arguments, hz: u64) -> String {
    let sizes = arguments.sizes();
    format!(
        "{}, TSC {:.3} GHz, {}, {} calls/s, ringing {} s, hold {} s",
        cpu(),
        hz as f64 / 1e9,
        Eal::version(),
        sizes.rate,
        sizes.ring_us as f64 / 1e6,
        sizes.hold_us as f64 / 1e6,
    )
}

fn round(value: f64) -> f64 {
    match value.abs() {
        100.0.. => value.round(),
        2.0.. => (value * 100.0).round() / 100.0,
        // Ratios, mostly.
        _ => (value * 1_000.0).round() / 1_000.0,
    }
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
fn command(about: About) -> String {
    let mut arguments = std::env::args().skip(1);
    let mut text = format!("scripts/bench {}", about.bench);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--record" => drop(arguments.next()),
            "--scale" => {}
            other => {
                text.push(' ');
                text.push_str(other);
            }
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
