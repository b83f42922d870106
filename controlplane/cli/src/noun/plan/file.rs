//! Owns `tandem plan import` and `export`: the whole configuration as one TOML file.
//! Refuses to read the TOML: the control plane does, and tells each fault by its line.

use std::fs;
use std::path::PathBuf;

use api::{ImportQuery, ImportReport, PlanCounts, path};
use clap::Args;

use crate::failure::{self, Failure};
use crate::noun::Session;
use crate::screen::View;
use crate::table::{Column, Table, number, text};
use crate::write::{self, DestroyFlags};

const COUNTS: &[Column] = &[text("ENTITY"), number("BEFORE"), number("AFTER")];
const WARNINGS: &[Column] = &[text("WARNINGS")];

/// What `plan import` takes.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// Plan file; - is standard input
    file: PathBuf,
    /// Check and count, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    destroy: DestroyFlags,
}

/// What `plan export` takes.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// Where to write it; default: standard output
    file: Option<PathBuf>,
}

/// Replaces everything by a file.
pub fn import(session: &mut Session, arguments: &ImportArguments) -> Result<(), Failure> {
    let query = match arguments.dry_run {
        true => ImportQuery { dry_run: true, ..ImportQuery::default() },
        false => {
            let what = "this replaces the whole configuration by the file";
            let query = arguments.destroy.query(what)?;
            ImportQuery { dry_run: false, confirm: query.confirm, wait: query.wait }
        }
    };
    let text = write::read_text(&arguments.file)?;
    let report: ImportReport =
        session.client.send_text(&path(&["plan", "import"]), &query, text)?;
    session.screen.note_view(&view(&report))?;
    session.screen.note("")?;
    match &report.write {
        Some(write) => write::tell(&mut session.screen, &report, write, query.wait),
        None => session.screen.say(&report, "valid; nothing was changed"),
    }
}

fn view(report: &ImportReport) -> View {
    let mut counts = Table::new(COUNTS);
    for ((name, before), (_, after)) in rows(&report.before).into_iter().zip(rows(&report.after)) {
        counts.row([name.to_owned(), before.to_string(), after.to_string()]);
    }
    let mut warnings = Table::new(WARNINGS);
    for finding in &report.warnings {
        warnings.row([failure::sentence(finding)]);
    }
    View::default().table(counts).table(warnings)
}

fn rows(counts: &PlanCounts) -> [(&'static str, u64); 9] {
    [
        ("destinations", counts.destinations),
        ("prefixes", counts.prefixes),
        ("decks", counts.decks),
        ("rates", counts.rates),
        ("trunks", counts.trunks),
        ("gateways", counts.gateways),
        ("plans", counts.plans),
        ("rules", counts.rules),
        ("originators", counts.originators),
    ]
}

/// Writes everything as a file.
pub fn export(session: &mut Session, arguments: &ExportArguments) -> Result<(), Failure> {
    let text = session.client.text(&path(&["plan", "export"]))?;
    match &arguments.file {
        None => session.screen.raw(&text),
        Some(file) => fs::write(file, text).map_err(|source| Failure::File {
            verb: "write",
            path: file.clone(),
            source,
        }),
    }
}
