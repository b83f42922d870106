//! Owns `tandem status`: the health of every part on one screen.
//! Refuses to judge it: it shows what the control plane says.

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use api::{DatabaseKind, DatabaseStatus, DataplaneStatus, JournalStatus, PlanStatus, Status, path};
use clap::Args;

use super::Session;
use crate::args::Output;
use crate::failure::{self, Failure};
use crate::screen::View;
use crate::table::{Column, Table, number, text};
use crate::unit::{counted, millis, or_dash, uptime};

const WORKERS: &[Column] =
    &[number("WORKER"), number("IMAGE"), number("SWITCHES UP TO"), number("STANDING")];
const FINDINGS: &[Column] = &[text("FINDINGS")];

/// Between two looks of `--watch`.
const INTERVAL: Duration = Duration::from_secs(1);

/// Moves to the top and clears the screen.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// What `status` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Look again every second, until interrupted
    #[arg(long, short)]
    watch: bool,
}

/// Does it.
pub fn run(session: &mut Session, arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.watch {
        let status: Status = session.client.get(&path(&["status"]))?;
        return session.screen.view(&status, &view(&status));
    }
    let clear = session.screen.output() == Output::Table && stdout().is_terminal();
    let mut status: Status = session.client.query_until_interrupted(&path(&["status"]), &())?;
    loop {
        if clear {
            session.screen.raw(CLEAR)?;
        }
        session.screen.view(&status, &view(&status))?;
        session.client.sleep_until_interrupted(INTERVAL)?;
        status = session.query_through_outages(&path(&["status"]), &())?;
        if !clear && session.screen.output() == Output::Table {
            session.screen.raw("\n")?;
        }
    }
}

fn view(status: &Status) -> View {
    let control = &status.controlplane;
    let mut workers = Table::new(WORKERS);
    for worker in &status.dataplane.per_worker {
        workers.row([
            worker.worker.to_string(),
            or_dash(worker.image),
            or_dash(worker.command),
            or_dash(worker.standing_calls),
        ]);
    }
    let mut findings = Table::new(FINDINGS);
    for finding in &status.plan.findings {
        findings.row([failure::sentence(finding)]);
    }
    View::default()
        .fact(
            "control plane",
            format!(
                "version {}, pid {}, up {}",
                control.version,
                control.pid,
                uptime(control.uptime_s)
            ),
        )
        .fact("database", database(&status.database))
        .fact("data plane", dataplane(&status.dataplane))
        .fact("plan", plan(&status.plan))
        .fact("call records", journal(&status.journal))
        .fact("active calls", status.active_calls.to_string())
        .table(workers)
        .table(findings)
}

fn database(database: &DatabaseStatus) -> String {
    let kind = match database.kind {
        DatabaseKind::Embedded => "embedded",
        DatabaseKind::External => "external",
    };
    let connected = if database.connected { "connected" } else { "NOT CONNECTED" };
    with_reason(format!("{kind}, {connected}"), database.error.as_deref())
}

fn dataplane(dataplane: &DataplaneStatus) -> String {
    let error = dataplane.error.as_deref();
    if !dataplane.connected {
        return with_reason("NOT CONNECTED".to_owned(), error);
    }
    let mut parts = vec!["connected".to_owned()];
    parts.extend(dataplane.pid.map(|pid| format!("pid {pid}")));
    parts.push(counted(u64::from(dataplane.workers), "worker"));
    parts.push(match dataplane.image {
        Some(image) => format!("image {image}"),
        None => "NO IMAGE".to_owned(),
    });
    parts.push(match dataplane.draining {
        true => "DRAINING".to_owned(),
        false => "takes calls".to_owned(),
    });
    parts.push(format!("{} standing", counted(dataplane.standing_calls, "call")));
    with_reason(parts.join(", "), error)
}

fn plan(plan: &PlanStatus) -> String {
    let version = plan.version;
    let active = match plan.active {
        Some(active) if active == version => match plan.commit_to_active_us {
            Some(us) => format!("active, {} ms after its commit", millis(us)),
            None => "active".to_owned(),
        },
        Some(active) => format!("NOT ACTIVE, in force is {active}"),
        None => "NOT ACTIVE".to_owned(),
    };
    with_reason(format!("version {version}, {active}"), plan.error.as_deref())
}

fn journal(journal: &JournalStatus) -> String {
    let place = match journal.place {
        Some(place) => format!("at {}:{}", place.segment, place.offset),
        None => "none yet".to_owned(),
    };
    let JournalStatus { ingested, backlog_bytes, lag_ms, .. } = journal;
    let state = match journal.failing {
        Some(_) => "FAILING, ",
        None => "",
    };
    let refusing = if journal.refusing_calls { ", NEW CALLS REFUSED" } else { "" };
    let disk = match journal.disk_failing {
        true => format!(
            "THE DISK OF THE DATA PLANE FAILS, {} wait{refusing}; ",
            bytes(journal.unwritten_bytes)
        ),
        false => String::new(),
    };
    let state = format!("{disk}{state}");
    with_reason(
        format!(
            "{state}{place}, {} taken, {} behind, lag {lag_ms} ms",
            counted(*ingested, "call"),
            bytes(*backlog_bytes)
        ),
        journal.failing.as_deref(),
    )
}

fn bytes(count: u64) -> String {
    match count {
        0..10_240 => format!("{count} B"),
        10_240..10_485_760 => format!("{} KiB", count >> 10),
        _ => format!("{} MiB", count >> 20),
    }
}

fn with_reason(text: String, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{text}: {reason}"),
        None => text,
    }
}
