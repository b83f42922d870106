//! Owns the columns of call records: few for people, all of them for programs.
//! Knows nothing of where records come from.

use api::{Attempt, Cdr};

use crate::args::Output;
use crate::table::{Column, Table, number, text};
use crate::unit::{clock, millis, or_dash, seconds};

/// Wide enough for nearly every value, so that the parts of a tail stand in line.
const PEOPLE: &[Column] = &[
    text("RECEIVED UTC").least(23),
    text("ORIGINATOR").least(12),
    text("CALLER").least(14),
    text("CALLEE").least(14),
    number("PDD MS").least(8),
    number("SET-UP MS").least(9),
    number("DURATION S").least(10),
    text("OUTCOME").least(14),
    text("ATTEMPTS"),
];

/// Fixed: a later column goes to the end.
const PROGRAMS: &[Column] = &[
    text("ID"),
    text("CALL"),
    text("CALL ID"),
    text("RECEIVED"),
    text("ANSWER"),
    text("END"),
    text("ORIGINATOR"),
    text("CALLER"),
    text("CALLEE"),
    text("DESTINATION"),
    text("PLAN"),
    text("RULE"),
    text("IMAGE VERSION"),
    text("SOURCE"),
    text("EGRESS"),
    text("ATTEMPTS"),
    text("PATH"),
    text("OUTCOME"),
    text("STATUS"),
    text("CAUSE"),
    text("RELEASE"),
    text("PDD US"),
    text("SETUP US"),
    text("DURATION US"),
    text("STANDING"),
    text("ORPHAN END"),
    text("LATE ANSWERS"),
];

/// The table of records in one shape.
pub fn table(records: &[Cdr], output: Output) -> Table {
    match output {
        Output::Csv => for_programs(records),
        Output::Table | Output::Json => for_people(records),
    }
}

fn for_people(records: &[Cdr]) -> Table {
    let mut table = Table::new(PEOPLE);
    for cdr in records {
        let duration = match (cdr.standing, cdr.duration_us) {
            (true, _) => "standing".to_owned(),
            (false, us) => or_dash(us.map(seconds)),
        };
        table.row([
            clock(&cdr.received),
            or_dash(cdr.originator.as_ref()),
            cdr.caller.clone(),
            cdr.callee.clone(),
            or_dash(cdr.pdd_us.map(millis)),
            millis(cdr.setup_us),
            duration,
            outcome(cdr),
            path(&cdr.attempts),
        ]);
    }
    table
}

fn for_programs(records: &[Cdr]) -> Table {
    let mut table = Table::new(PROGRAMS);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    for cdr in records {
        table.row([
            cdr.id.to_string(),
            cdr.call.clone(),
            cdr.call_id.clone(),
            cdr.received.clone(),
            text(&cdr.answer),
            text(&cdr.end),
            text(&cdr.originator),
            cdr.caller.clone(),
            cdr.callee.clone(),
            text(&cdr.destination),
            text(&cdr.plan),
            text(&cdr.rule),
            cdr.image_version.to_string(),
            cdr.source.clone(),
            text(&cdr.egress),
            cdr.attempts.len().to_string(),
            path(&cdr.attempts),
            cdr.outcome.clone(),
            cdr.status.to_string(),
            cdr.cause.to_string(),
            cdr.release.clone(),
            cdr.pdd_us.map(|us| us.to_string()).unwrap_or_default(),
            cdr.setup_us.to_string(),
            cdr.duration_us.map(|us| us.to_string()).unwrap_or_default(),
            cdr.standing.to_string(),
            cdr.orphan_end.to_string(),
            cdr.late_answers.len().to_string(),
        ]);
    }
    table
}

fn outcome(cdr: &Cdr) -> String {
    let outcome = cdr.outcome.replace('_', " ");
    match cdr.outcome.as_str() {
        "answered" => outcome,
        _ => format!("{outcome} {}", cdr.status),
    }
}

/// Trunks in the order of trying, each with what came of it.
fn path(attempts: &[Attempt]) -> String {
    let steps: Vec<String> =
        attempts.iter().map(|attempt| format!("{} {}", attempt.trunk, result(attempt))).collect();
    match steps.is_empty() {
        true => "-".to_owned(),
        false => steps.join(" > "),
    }
}

/// The trunk's status, or what happened instead of one.
fn result(attempt: &Attempt) -> String {
    let has = |flag: &str| attempt.flags.iter().any(|other| other == flag);
    if attempt.status != 0 && !has("local_status") {
        return attempt.status.to_string();
    }
    let told = ["unreachable", "no_response", "no_progress", "cancelled"];
    match told.into_iter().find(|flag| has(flag)) {
        Some(flag) => flag.replace('_', " "),
        None if attempt.status != 0 => attempt.status.to_string(),
        None => "-".to_owned(),
    }
}
