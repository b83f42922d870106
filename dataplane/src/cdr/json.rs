//! Owns the JSON shape of a record: every field, snake_case, times in RFC 3339 UTC with µs.
//! Knows nothing of how records come about.

use std::io::{self, Write};

use serde::Serialize;

use super::mask::Masked;
use super::names::Names;
use super::record::{Attempt, Cdr};
use super::{Late, Numbers};
use crate::keeper::utc::UtcMicros;

#[derive(Serialize)]
struct Line<'c> {
    /// Hexadecimal text: more than what a JSON number keeps exact.
    call: String,
    worker: u16,
    call_id: &'c str,
    from_tag: &'c str,
    to_tag: &'c str,
    caller: String,
    callee: String,
    p_asserted_identity: Option<String>,
    originator_id: Option<u32>,
    originator: Option<&'c str>,
    destination_id: Option<u32>,
    destination: Option<&'c str>,
    plan_id: Option<u32>,
    plan: Option<&'c str>,
    rule_id: Option<u32>,
    image_version: u64,
    source: String,
    ingress_listener: u16,
    egress_address: Option<String>,
    egress_listener: u16,
    received: String,
    progress: Option<String>,
    answer: Option<String>,
    end: Option<String>,
    pdd_us: Option<u32>,
    setup_us: u32,
    duration_us: Option<u64>,
    outcome: &'static str,
    status: u16,
    cause: u8,
    release: &'static str,
    standing: bool,
    end_status: Option<u16>,
    end_cause: Option<u8>,
    orphan_end: bool,
    late_answer: bool,
    late_answers: Vec<LateLine<'c>>,
    attempts: Vec<AttemptLine<'c>>,
}

#[derive(Serialize)]
struct AttemptLine<'c> {
    ordinal: u8,
    slot: u8,
    trunk_id: u32,
    trunk: Option<&'c str>,
    gateway: String,
    status: u16,
    cause: u8,
    start_us: u32,
    progress_us: Option<u32>,
    end_us: Option<u32>,
    flags: Vec<&'static str>,
}

#[derive(Serialize)]
struct LateLine<'c> {
    trunk_id: u32,
    trunk: Option<&'c str>,
    status: u16,
    after_us: Option<u32>,
}

/// Writes a record as one JSON object and a line end.
pub(super) fn write_line(
    out: &mut dyn Write,
    cdr: &Cdr,
    names: &Names,
    numbers: Numbers,
) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &line(cdr, names, numbers))?;
    out.write_all(b"\n")
}

fn line<'c>(cdr: &'c Cdr, names: &'c Names, numbers: Numbers) -> Line<'c> {
    let version = cdr.image_version;
    let after = |us: u32| UtcMicros(cdr.received.0 + u64::from(us)).to_string();
    Line {
        call: format!("{:016x}", cdr.call),
        worker: cdr.worker,
        call_id: &cdr.call_id,
        from_tag: &cdr.from_tag,
        to_tag: &cdr.to_tag,
        caller: number(&cdr.caller, numbers),
        callee: number(&cdr.callee, numbers),
        p_asserted_identity: (!cdr.p_asserted.is_empty()).then(|| number(&cdr.p_asserted, numbers)),
        originator_id: cdr.originator,
        originator: cdr.originator.and_then(|id| names.originator(id)),
        destination_id: cdr.destination,
        destination: cdr.destination.and_then(|id| names.destination(id)),
        plan_id: cdr.plan,
        plan: cdr.plan.and_then(|id| names.plan(id)),
        rule_id: cdr.rule,
        image_version: version,
        source: cdr.source.to_string(),
        ingress_listener: cdr.ingress,
        egress_address: cdr.egress.map(|egress| egress.to_string()),
        egress_listener: cdr.egress_listener,
        received: cdr.received.to_string(),
        progress: cdr.progress_us.map(after),
        answer: cdr.answered_at().map(|at| at.to_string()),
        end: cdr.ending.map(|ending| ending.at.to_string()),
        pdd_us: cdr.pdd_us(),
        setup_us: cdr.final_us,
        duration_us: cdr.ending.map(|ending| ending.duration_us),
        outcome: cdr.outcome_text(),
        status: cdr.status,
        cause: cdr.cause,
        release: cdr.released_by(),
        standing: cdr.standing(),
        end_status: cdr.ending.map(|ending| ending.status),
        end_cause: cdr.ending.map(|ending| ending.cause),
        orphan_end: cdr.ending.is_some_and(|ending| ending.orphan),
        late_answer: !cdr.late.is_empty(),
        late_answers: cdr.late.iter().map(|late| late_line(late, names)).collect(),
        attempts: cdr.attempts.iter().map(|attempt| attempt_line(attempt, names)).collect(),
    }
}

fn attempt_line<'c>(attempt: &Attempt, names: &'c Names) -> AttemptLine<'c> {
    AttemptLine {
        ordinal: attempt.ordinal,
        slot: attempt.slot,
        trunk_id: attempt.trunk,
        trunk: names.trunk(attempt.trunk),
        gateway: attempt.gateway.to_string(),
        status: attempt.status,
        cause: attempt.cause,
        start_us: attempt.start_us,
        progress_us: attempt.progress_us,
        end_us: attempt.end_us,
        flags: attempt.flag_texts(),
    }
}

fn late_line<'c>(late: &Late, names: &'c Names) -> LateLine<'c> {
    LateLine {
        trunk_id: late.trunk,
        trunk: names.trunk(late.trunk),
        status: late.status,
        after_us: late.after_us,
    }
}

/// A telephone number as it may be shown.
pub(super) fn number(text: &str, numbers: Numbers) -> String {
    match numbers {
        Numbers::Masked => Masked(text).to_string(),
        Numbers::Full => text.to_owned(),
    }
}
