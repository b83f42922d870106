//! Owns the TOML form of a plan; refuses to know how a plan is used. The format: `docs/plan-file.md`.
//!
//! Nothing stops at the first fault: every field that can be read is read, and what is refused marks its entity as
//! partial, so that one fault is not reported twice in other words.

mod entities;
mod fields;
mod plans;
#[cfg(test)]
mod tests;
mod write;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::check;
use crate::entity::Plan;
use crate::finding::Finding;
use fields::{Fields, Notes};

/// Version of a plan that does not say one.
const DEFAULT_VERSION: u64 = 1;

/// Reads a plan.
///
/// # Errors
/// All errors of the text, by line: of syntax, of single fields, and of what the entities say about each other. While
/// the syntax is broken the last kind is left out, since what follows a broken line may be misread.
pub fn parse(text: &str) -> Result<Plan, Vec<Finding>> {
    let mut notes = Notes::new(text);
    let (document, faults) = DeTable::parse_recoverable(text);
    let mut broken: Vec<Finding> = Vec::new();
    for fault in &faults {
        let line = fault.span().map_or(0, |span| notes.line_at(span.start));
        let cause = format!("this is no TOML: {}", fault.message());
        broken.push(Finding::error(line, "plan file", cause, "correct the line"));
    }
    let document = Spanned::new(document.span(), DeValue::Table(document.into_inner()));
    let plan = read(&document, &mut notes);
    let mut findings = notes.findings;
    if broken.is_empty() {
        findings.extend(check::errors(&plan));
    }
    // What a field on a broken line says is what the parser made up to go on.
    findings.retain(|finding| broken.iter().all(|fault| fault.line != finding.line));
    findings.extend(broken);
    if findings.is_empty() {
        return Ok(plan);
    }
    findings.sort_by_key(|finding| finding.line);
    Err(findings)
}

/// Writes a plan: [`parse`] of the text gives the plan back, places aside, and the rates of a deck by prefix.
///
/// Entities stand in the order of the plan. A text holds no comments of the one that the plan was read from. A plan that
/// has errors is written too, and its text is refused for them.
#[must_use]
pub fn write(plan: &Plan) -> String {
    write::Text(plan).to_string()
}

fn read(document: &fields::Value<'_>, notes: &mut Notes) -> Plan {
    const KEYS: [&str; 6] = ["version", "destination", "deck", "trunk", "plan", "originator"];
    let Some(mut top) = Fields::open(document, "plan file", &KEYS, notes) else {
        return Plan::default();
    };
    Plan {
        version: top.integer("version", 1..=u64::MAX / 2, notes).unwrap_or(DEFAULT_VERSION),
        destinations: top.tables("destination", notes, entities::destination),
        decks: top.tables("deck", notes, entities::deck),
        trunks: top.tables("trunk", notes, entities::trunk),
        plans: top.tables("plan", notes, plans::plan),
        originators: top.tables("originator", notes, entities::originator),
    }
}
