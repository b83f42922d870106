//! Owns the figures as text, JSON lines and CSV. Refuses to know how they came about.

use std::fs::OpenOptions;
use std::io::Write;

use serde_json::json;

use crate::arguments::MeasureArguments;
use crate::fault::Fault;

/// One figure.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: f64,
    /// What the value counts.
    pub unit: &'static str,
    /// What it must not exceed.
    pub floor: Option<f64>,
    /// What it should come down to.
    pub goal: Option<f64>,
}

impl Metric {
    /// A figure without bounds.
    pub fn new(name: &'static str, value: f64, unit: &'static str) -> Self {
        Metric { name, value, unit, floor: None, goal: None }
    }

    /// The figure with a floor and a goal.
    #[must_use]
    pub fn bound(self, floor: f64, goal: f64) -> Self {
        Metric { floor: Some(floor), goal: Some(goal), ..self }
    }
}

/// Prints the figures, and records them if that was asked for.
pub fn tell(metrics: &[Metric], arguments: &MeasureArguments) -> Result<(), Fault> {
    for Metric { name, value, unit, floor, goal } in metrics {
        let value = (value * 1e3).round() / 1e3;
        if arguments.json {
            println!(
                "{}",
                json!({ "bench": "sync", "metric": name, "value": value, "unit": unit, "floor": floor, "goal": goal })
            );
        } else {
            let bounds = floor
                .zip(*goal)
                .map_or_else(String::new, |(floor, goal)| format!("   floor {floor}, goal {goal}"));
            println!("  {name:<34} {value:>14} {unit}{bounds}");
        }
    }
    let Some(path) = &arguments.record else { return Ok(()) };
    let is_new = !path.exists();
    let mut text = String::new();
    if is_new {
        text.push_str("command,metric,value,unit,floor,goal\n");
    }
    let or_empty = |bound: Option<f64>| bound.map_or_else(String::new, |bound| bound.to_string());
    for Metric { name, value, unit, floor, goal } in metrics {
        text.push_str(&format!(
            "scripts/bench sync,{name},{value:.3},{unit},{},{}\n",
            or_empty(*floor),
            or_empty(*goal)
        ));
    }
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(Fault::file(path))
}
