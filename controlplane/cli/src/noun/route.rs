//! Owns `tandem route`: a routing decision that is told and not carried out.
//! Refuses to decide: the control plane does, with the code and the image of the data plane.

use api::{Explain, ExplainRequest, path};
use clap::{Args, Subcommand};
use reqwest::Method;

use super::Session;
use crate::failure::Failure;
use crate::fields::technique_text;
use crate::screen::View;
use crate::table::{Column, Table, number, text};
use crate::unit::or_dash;

const CANDIDATES: &[Column] = &[
    number("TRY"),
    text("TRUNK"),
    number("SLOT"),
    text("TECHNIQUE"),
    number("WEIGHT"),
    number("RATE PER MINUTE"),
    text("WHY"),
];
const SKIPPED: &[Column] = &[text("NOT TRIED"), number("SLOT"), text("WHY")];

/// What is done with decisions.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Tell how a call would be routed, step by step
    Explain(Arguments),
}

/// What `route explain` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the originator
    #[arg(long)]
    originator: String,
    /// Called number
    #[arg(long)]
    callee: String,
    /// Calling number
    #[arg(long)]
    caller: Option<String>,
    /// The whole decision in sentences
    #[arg(long)]
    text: bool,
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    let Verb::Explain(Arguments { originator, callee, caller, text }) = verb;
    let request = ExplainRequest { originator, callee, caller };
    let path = path(&["routes", "explain"]);
    let explain: Explain = session.client.send_json(Method::POST, &path, &(), &request)?;
    if text {
        return session.screen.raw(&format!("{}\n", explain.text.trim_end()));
    }
    session.screen.view(&explain, &view(&explain))
}

fn view(explain: &Explain) -> View {
    let mut candidates = Table::new(CANDIDATES);
    for (index, candidate) in explain.candidates.iter().enumerate() {
        candidates.row([
            (index + 1).to_string(),
            candidate.trunk.clone(),
            candidate.slot.to_string(),
            technique_text(candidate.technique).to_owned(),
            or_dash(candidate.weight),
            or_dash(candidate.rate.as_ref()),
            candidate.reason.clone(),
        ]);
    }
    let mut skipped = Table::new(SKIPPED);
    for skip in &explain.skipped {
        skipped.row([skip.trunk.clone(), skip.slot.to_string(), skip.reason.clone()]);
    }
    let destination = explain
        .destination
        .as_ref()
        .map(|destination| format!("{}, by prefix {}", destination.name, destination.prefix));
    let outcome = match explain.status {
        Some(status) => format!("{}, answered {status}", explain.outcome),
        None => explain.outcome.clone(),
    };
    View::default()
        .fact("outcome", outcome)
        .fact("originator", &explain.originator)
        .fact("digits", or_dash(explain.digits.as_ref()))
        .fact("destination", or_dash(destination))
        .fact("plan", or_dash(explain.plan.as_ref()))
        .fact("rule", or_dash(explain.rule.as_ref()))
        .fact("image", explain.version.to_string())
        .table(candidates)
        .table(skipped)
}
