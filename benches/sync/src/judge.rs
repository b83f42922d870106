//! Owns holding call records against the plan: every call tried what the version that it names allows.
//! Refuses to know how the router decides: what is allowed is evaluated from the plan as written.
//!
//! A switch goes ahead of the image that says the same, so that a call may be routed with an image and with switches
//! of later versions. Those count that were asked for before the call came in.

use std::collections::BTreeMap;
use std::fs;

use jiff::Timestamp;
use routing::decision::naive::{Allowed, allowed};
use routing::entity::Plan;
use serde::Deserialize;

use crate::arguments::JudgeArguments;
use crate::fault::Fault;
use crate::history::{self, Version};

/// How much later than the call a switch may have been asked for: clocks of two processes.
const SLACK_US: u64 = 1_000_000;

#[derive(Debug, Deserialize)]
struct Record {
    call_id: String,
    image_version: u64,
    originator: Option<String>,
    callee: String,
    received: String,
    outcome: String,
    attempts: Vec<Attempt>,
}

#[derive(Debug, Deserialize)]
struct Attempt {
    trunk: String,
}

/// Judges all records, and prints what it found.
pub fn run(arguments: &JudgeArguments) -> Result<(), Fault> {
    let versions = history::read(&arguments.history)?;
    let path = &arguments.records;
    let text = fs::read_to_string(path).map_err(Fault::file(path))?;
    let (mut judged, mut switched, mut used) = (0_u64, 0_u64, BTreeMap::<u64, u64>::new());
    for (line, number) in text.lines().zip(1..) {
        let record: Record = serde_json::from_str(line).map_err(|error| Fault::Content {
            path: path.clone(),
            what: format!("line {number}: {error}"),
        })?;
        *used.entry(record.image_version).or_default() += 1;
        if judge(&record, &versions)? == By::Switch {
            switched += 1;
        }
        judged += 1;
    }
    if judged == 0 {
        return Err(Fault::Not("there are no records to judge".to_owned()));
    }
    println!(
        "{judged} records keep to the plan, of {} versions out of {}; {switched} of them by a switch ahead of its image",
        used.len(),
        versions.len()
    );
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
enum By {
    Image,
    Switch,
}

fn judge(record: &Record, versions: &BTreeMap<u64, Version>) -> Result<By, Fault> {
    let named = versions.get(&record.image_version).ok_or_else(|| {
        Fault::Not(format!(
            "{} names version {}, which never was",
            record.call_id, record.image_version
        ))
    })?;
    let originator = record.originator.as_deref().unwrap_or_default();
    let first = verdict(record, allowed(&named.plan, originator, &record.callee));
    let Err(why) = first else { return Ok(By::Image) };
    let received_us = micros(&record.received).ok_or_else(|| {
        Fault::Not(format!("{} was received at {:?}", record.call_id, record.received))
    })?;
    let later = versions.range(record.image_version + 1..);
    let mut ahead = later.take_while(|(_, later)| later.asked_us <= received_us + SLACK_US);
    let by_switch = ahead.any(|(_, later)| {
        let plan = with_switches_of(&named.plan, &later.plan);
        verdict(record, allowed(&plan, originator, &record.callee)).is_ok()
    });
    if by_switch {
        return Ok(By::Switch);
    }
    let tried: Vec<&str> = record.attempts.iter().map(|attempt| &*attempt.trunk).collect();
    Err(Fault::Not(format!(
        "{} to {} ({}) tried {tried:?}, which version {} does not allow: {why}",
        record.call_id, record.callee, record.outcome, record.image_version
    )))
}

/// Whether the attempts, and the want of them, are what is allowed.
fn verdict(record: &Record, allowed: Option<Allowed>) -> Result<(), String> {
    let allowed = allowed.ok_or("there is no such originator")?;
    let routed = allowed.outcome == routing::decision::Outcome::Routed;
    if record.attempts.is_empty() == routed {
        return Err(format!("the decision ends with {:?}", allowed.outcome));
    }
    let tried: Vec<&str> = record.attempts.iter().map(|attempt| &*attempt.trunk).collect();
    allowed.permits(&tried).map_err(|error| error.to_string())
}

/// `plan` with trunks and originators switched as in `later`.
fn with_switches_of(plan: &Plan, later: &Plan) -> Plan {
    let mut plan = plan.clone();
    for trunk in &mut plan.trunks {
        if let Some(other) = later.trunks.iter().find(|other| other.name == trunk.name) {
            trunk.enabled = other.enabled;
        }
    }
    for originator in &mut plan.originators {
        if let Some(other) = later.originators.iter().find(|other| other.name == originator.name) {
            originator.enabled = other.enabled;
        }
    }
    plan
}

/// µs since 1970 of an RFC 3339 time.
fn micros(text: &str) -> Option<u64> {
    let time: Timestamp = text.parse().ok()?;
    u64::try_from(time.as_microsecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_to_the_microsecond() {
        assert_eq!(micros("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(micros("2024-02-29T12:30:01.5Z"), Some(1_709_209_801_500_000));
        assert_eq!(micros("2026-11-21T16:00:00.000001Z"), Some(1_795_276_800_000_001));
        assert_eq!(micros("2026-11-21 16:00:00"), None);
    }
}
