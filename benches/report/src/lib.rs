//! Owns the figures of every bench as text, as JSON lines and as CSV; refuses to know how they came about.
#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

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
    /// What it has to reach.
    pub floor: Option<f64>,
    /// What it should come to.
    pub goal: Option<f64>,
}

impl Metric {
    /// A figure without bounds.
    pub fn new(name: impl Into<Cow<'static, str>>, value: f64, unit: &'static str) -> Self {
        Metric { name: name.into(), value, unit, floor: None, goal: None }
    }

    /// The figure with a floor and a goal.
    #[must_use]
    pub fn bound(self, floor: f64, goal: f64) -> Self {
        self.floor(floor).goal(goal)
    }

    /// The figure with a floor.
    #[must_use]
    pub fn floor(self, floor: f64) -> Self {
        Metric { floor: Some(floor), ..self }
    }

    /// The figure with a goal.
    #[must_use]
    pub fn goal(self, goal: f64) -> Self {
        Metric { goal: Some(goal), ..self }
    }
}

impl About {
    /// Prints the figures for a person, or as JSON lines and nothing else.
    pub fn print(self, json: bool, metrics: &[Metric]) {
        match json {
            true => self.print_json(metrics),
            false => self.print_text(metrics),
        }
    }

    fn print_json(self, metrics: &[Metric]) {
        for metric in metrics {
            println!(
                "{}",
                json!({
                    "bench": self.bench, "metric": *metric.name, "value": round(metric.value), "unit": metric.unit,
                    "floor": metric.floor, "goal": metric.goal,
                })
            );
        }
    }

    fn print_text(self, metrics: &[Metric]) {
        for Metric { name, value, unit, floor, goal } in metrics {
            let bounds: Vec<String> = [("floor", floor), ("goal", goal)]
                .into_iter()
                .filter_map(|(name, bound)| Some(format!("{name} {}", (*bound)?)))
                .collect();
            let line =
                format!("  {name:<34} {:>14} {unit:<12} {}", round(*value), bounds.join(", "));
            println!("{}", line.trim_end());
        }
        println!("  left out: {}", self.left_out);
    }
}

/// A record of figures on disk, one CSV line each, to append to.
#[derive(Debug)]
pub struct Record(File);

impl Record {
    /// The record at `path`, which is made if it is missing.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(path: &Path) -> io::Result<Record> {
        OpenOptions::new().create(true).append(true).open(path).map(Record)
    }

    /// Appends the figures. `software` is what else made them, such as a library's version, in columns of that name;
    /// `command` prints them again.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn append(
        &mut self,
        about: About,
        software: &[(&str, &str)],
        command: &str,
        metrics: &[Metric],
    ) -> io::Result<()> {
        let mut text = String::new();
        if self.0.metadata()?.len() == 0 {
            let columns: String = software.iter().map(|(name, _)| format!("{name},")).collect();
            text.push_str(&format!(
                "date,cpu,{columns}command,metric,value,unit,floor,goal,left_out\n"
            ));
        }
        let (date, cpu) = (Timestamp::now().strftime("%F"), cpu());
        let versions: String = software.iter().map(|(_, version)| format!("{version},")).collect();
        for metric in metrics {
            let text_of =
                |bound: Option<f64>| bound.map_or_else(String::new, |bound| bound.to_string());
            let bounds = format!("{},{}", text_of(metric.floor), text_of(metric.goal));
            let (name, value, unit) = (&metric.name, round(metric.value), metric.unit);
            let left_out = about.left_out;
            text.push_str(&format!(
                "{date},\"{cpu}\",{versions}\"{command}\",{name},{value},{unit},{bounds},\"{left_out}\"\n"
            ));
        }
        self.0.write_all(text.as_bytes())
    }
}

/// How to get the same figures: the bench and the options of this process, but for where they are written to and for
/// those in `implied`, which the script gives.
pub fn command(about: About, implied: &[&str]) -> String {
    let mut arguments = std::env::args().skip(1);
    let mut text = format!("scripts/bench {}", about.bench);
    while let Some(argument) = arguments.next() {
        if argument == "--record" {
            arguments.next();
        } else if !implied.contains(&argument.as_str()) {
            text.push(' ');
            text.push_str(&argument);
        }
    }
    text
}

/// The processor of this machine.
pub fn cpu() -> String {
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

fn round(value: f64) -> f64 {
    match value.abs() {
        100.0.. => value.round(),
        2.0.. => (value * 100.0).round() / 100.0,
        // Ratios, mostly.
        _ => (value * 1_000.0).round() / 1_000.0,
    }
}
