//! Owns the CSV shape of a record: RFC 4180, fixed columns; a later one goes to the end.
//! Knows nothing of how records come about.

use std::io::{self, Write};

use super::Numbers;
use super::json::number;
use super::names::Names;
use super::record::Cdr;
use super::table::path;

const COLUMNS: &str = "call,call_id,received,answer,end,originator,caller,callee,destination,plan,\
    source,egress,attempts,path,trunk,outcome,status,cause,release,pdd_us,setup_us,duration_us,\
    orphan_end,late_answer";

pub(super) fn write_head(out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{COLUMNS}\r\n")
}

pub(super) fn write_line(
    out: &mut dyn Write,
    cdr: &Cdr,
    names: &Names,
    numbers: Numbers,
) -> io::Result<()> {
    let named = |id: Option<u32>, name: Option<&str>| {
        name.map(str::to_owned).or(id.map(|id| id.to_string())).unwrap_or_default()
    };
    let last = cdr.attempts.last().map(|attempt| attempt.trunk);
    let fields = [
        format!("{:016x}", cdr.call),
        cdr.call_id.clone(),
        cdr.received.to_string(),
        cdr.answered_at().map(|at| at.to_string()).unwrap_or_default(),
        cdr.ending.map(|ending| ending.at.to_string()).unwrap_or_default(),
        named(cdr.originator, cdr.originator.and_then(|id| names.originator(id))),
        number(&cdr.caller, numbers),
        number(&cdr.callee, numbers),
        named(cdr.destination, cdr.destination.and_then(|id| names.destination(id))),
        named(cdr.plan, cdr.plan.and_then(|id| names.plan(id))),
        cdr.source.to_string(),
        cdr.egress.map(|egress| egress.to_string()).unwrap_or_default(),
        cdr.attempts.len().to_string(),
        path(cdr, names),
        named(last, last.and_then(|id| names.trunk(id))),
        cdr.outcome_text().to_owned(),
        cdr.status.to_string(),
        cdr.cause.to_string(),
        cdr.released_by().to_owned(),
        cdr.pdd_us().map(|us| us.to_string()).unwrap_or_default(),
        cdr.final_us.to_string(),
        cdr.ending.map(|ending| ending.duration_us.to_string()).unwrap_or_default(),
        cdr.ending.is_some_and(|ending| ending.orphan).to_string(),
        (!cdr.late.is_empty()).to_string(),
    ];
    for (position, field) in fields.iter().enumerate() {
        if position > 0 {
            out.write_all(b",")?;
        }
        write_field(out, field)?;
    }
    out.write_all(b"\r\n")
}

/// Quotes where RFC 4180 asks for it. A leading sign that a spreadsheet takes for a formula is
/// quoted too, with the apostrophe that makes it a text; a plus before digits is a number to all.
fn write_field(out: &mut dyn Write, field: &str) -> io::Result<()> {
    let formula = field.starts_with(['=', '@', '-', '\t', '\r'])
        || field
            .strip_prefix('+')
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
    if !formula && !field.contains([',', '"', '\r', '\n']) {
        return out.write_all(field.as_bytes());
    }
    let apostrophe = if formula { "'" } else { "" };
    write!(out, "\"{apostrophe}{}\"", field.replace('"', "\"\""))
}
