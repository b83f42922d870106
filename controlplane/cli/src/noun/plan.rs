//! Owns `tandem plan`: routing plans as entities, and the whole configuration as one file.
//! Knows nothing of the file's text.

mod entity;
mod file;

use api::{Coverage, Fill, FillReport, Plan, Slot, Technique, path};
use clap::{Args, Subcommand};
use reqwest::Method;

use super::Session;
use super::resource;
use crate::failure::Failure;
use crate::fields;
use crate::screen::View;
use crate::table::{Column, Table, text};
use crate::unit::counted;
use crate::write::{self, DestroyFlags};

const COVERAGE: &[Column] = &[text("DESTINATION"), text("ROUTING"), text("RULE")];

/// What is done with plans.
#[derive(Debug, Subcommand)]
pub enum Verb {
    #[command(flatten)]
    Common(resource::Verb<entity::Flags>),
    /// Replace the whole configuration by a plan file
    Import(file::ImportArguments),
    /// Write the whole configuration as a plan file
    Export(file::ExportArguments),
    /// Show which destinations a plan routes
    Coverage(CoverageArguments),
    /// Add a rule for all destinations without routing
    Fill(FillArguments),
}

/// What `plan coverage` takes.
#[derive(Debug, Args)]
pub struct CoverageArguments {
    /// Name of the plan
    plan: String,
    /// Only destinations without routing
    #[arg(long)]
    missing: bool,
}

/// What `plan fill` takes.
#[derive(Debug, Args)]
pub struct FillArguments {
    /// Name of the plan
    plan: String,
    /// Trunks of one slot: TRUNK:WEIGHT for shares in percent, TRUNK alone for the cheapest first
    #[arg(long = "trunk", value_name = "TRUNK[:WEIGHT]", required_unless_present = "slots")]
    trunks: Vec<String>,
    /// A whole slot, such as percent:atlas=60,borealis=40; up to four
    #[arg(long = "slot", value_name = "SLOT", conflicts_with = "trunks")]
    slots: Vec<String>,
    /// Name of the new rule; default: its first destination
    #[arg(long)]
    rule: Option<String>,
    #[command(flatten)]
    destroy: DestroyFlags,
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Common(verb) => resource::run::<Plan>(session, verb),
        Verb::Import(arguments) => file::import(session, &arguments),
        Verb::Export(arguments) => file::export(session, &arguments),
        Verb::Coverage(arguments) => coverage(session, &arguments),
        Verb::Fill(arguments) => fill(session, arguments),
    }
}

fn coverage(session: &mut Session, arguments: &CoverageArguments) -> Result<(), Failure> {
    let mut coverage: Coverage =
        session.client.get(&path(&["plans", &arguments.plan, "coverage"]))?;
    if arguments.missing {
        coverage.destinations.retain(|item| item.rule.is_none());
    }
    let mut table = Table::new(COVERAGE);
    for item in &coverage.destinations {
        let routing = if item.rule.is_some() { "configured" } else { "no routing" };
        let rule = item.rule.clone().unwrap_or_else(|| "-".to_owned());
        table.row([item.destination.clone(), routing.to_owned(), rule]);
    }
    let view = View::default()
        .fact("plan", &coverage.plan)
        .fact("configured", coverage.configured.to_string())
        .fact("no routing", coverage.no_routing.to_string())
        .table(table);
    session.screen.view(&coverage, &view)
}

fn fill(session: &mut Session, arguments: FillArguments) -> Result<(), Failure> {
    let slots = match arguments.trunks.is_empty() {
        true => arguments.slots.iter().map(|text| fields::slot(text)).collect::<Result<_, _>>()?,
        false => vec![slot_of(&arguments.trunks)?],
    };
    let plan = &arguments.plan;
    let what = format!("this routes every destination that `{plan}` does not");
    let query = arguments.destroy.query(&what)?;
    let fill = Fill { name: arguments.rule, slots };
    let path = path(&["plans", plan, "fill"]);
    let report: FillReport = session.client.send_json(Method::POST, &path, &query, &fill)?;
    let (Some(rule), Some(write)) = (&report.rule, &report.write) else {
        return session.screen.say(&report, "every destination has routing, nothing was changed");
    };
    let routed = counted(report.destinations.len() as u64, "destination");
    session.screen.note(&format!("rule `{rule}` routes {routed}"))?;
    write::tell(&mut session.screen, &report, write, query.wait)
}

/// Shares where every trunk has one, else the cheapest first.
fn slot_of(words: &[String]) -> Result<Slot, Failure> {
    let trunks = words.iter().map(|word| fields::slot_trunk(word, ':'));
    let trunks = trunks.collect::<Result<Vec<_>, _>>()?;
    let weighted = trunks.iter().filter(|trunk| trunk.weight.is_some()).count();
    let technique = match weighted {
        0 => Technique::Lcr,
        all if all == trunks.len() => Technique::Percent,
        _ => {
            return Err(Failure::usage(
                "some trunks have a weight and some have none",
                "give all of them one, or none",
            ));
        }
    };
    Ok(Slot { technique, in_slot_failover: None, trunks })
}
