//! Owns `tandem rule`: the rules of a plan, and the weights of their slots.
//! Knows nothing of how a slot is turned into an order.

use std::path::PathBuf;

use api::{Rule, Slot, SlotTrunk, Weights, path};
use clap::{Args, Subcommand};
use reqwest::Method;

use super::Session;
use super::resource;
use crate::args::Output;
use crate::failure::Failure;
use crate::fields::{self, BOOLEANS, Fields};
use crate::screen::View;
use crate::table::{Column, Table, number, text};
use crate::unit::or_dash;
use crate::write::{self, DestroyFlags, WriteFlags};

const RULES: &[Column] = &[text("RULE"), text("DESTINATIONS"), text("SLOTS")];
const SLOTS: &[Column] =
    &[number("SLOT"), text("TECHNIQUE"), text("IN-SLOT FAILOVER"), text("TRUNK"), number("WEIGHT")];

/// Destinations that a list shows to people; `rule show` has them all.
const SHOWN: usize = 3;

/// Slots of a rule at most.
const MAX_SLOTS: usize = 4;

/// What is done with rules.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List those of a plan
    List {
        /// Name of the plan
        plan: String,
    },
    /// Show one
    Show(Place),
    /// Add one to a plan, from flags or from a JSON file
    Create(CreateArguments),
    /// Change fields: name, destinations, slot1 to slot4, in_slot_failover1 to 4
    Set(SetArguments),
    /// Set the weights of one slot
    Weights(WeightsArguments),
    /// Delete one: its destinations are not routed any more
    Delete {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        destroy: DestroyFlags,
    },
}

/// A rule of a plan.
#[derive(Debug, Args)]
pub struct Place {
    /// Name of the plan
    plan: String,
    /// Name of the rule
    rule: String,
}

/// What `rule create` takes.
#[derive(Debug, Args)]
pub struct CreateArguments {
    /// Name of the plan
    plan: String,
    /// Name of the rule; default: its first destination
    #[arg(conflicts_with = "file")]
    rule: Option<String>,
    /// Names of destinations
    #[arg(long = "destination", value_name = "NAME", value_delimiter = ',')]
    #[arg(required_unless_present = "file")]
    destinations: Vec<String>,
    /// Slots in their order, such as percent:atlas=60,borealis=40 or lcr:atlas,borealis
    #[arg(long = "slot", value_name = "SLOT", required_unless_present = "file")]
    slots: Vec<String>,
    /// JSON of the whole thing; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["destinations", "slots"])]
    file: Option<PathBuf>,
    #[command(flatten)]
    write: WriteFlags,
}

/// What `rule set` takes.
#[derive(Debug, Args)]
pub struct SetArguments {
    #[command(flatten)]
    place: Place,
    /// Fields to change, such as slot1=lcr:atlas,borealis; an empty slot goes
    #[arg(value_name = "KEY=VALUE", required_unless_present = "file")]
    fields: Vec<String>,
    /// JSON of the whole thing; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "fields")]
    file: Option<PathBuf>,
    #[command(flatten)]
    write: WriteFlags,
}

/// What `rule weights` takes.
#[derive(Debug, Args)]
pub struct WeightsArguments {
    #[command(flatten)]
    place: Place,
    /// Slot of the rule from 1
    #[arg(value_parser = clap::value_parser!(u8).range(1..=4))]
    slot: u8,
    /// Every trunk of the slot with its weight; under percent they sum to 100
    #[arg(value_name = "TRUNK=WEIGHT", required = true, value_delimiter = ',')]
    weights: Vec<String>,
    #[command(flatten)]
    write: WriteFlags,
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List { plan } => {
            let rules: Vec<Rule> = session.client.list(&path(&["plans", &plan, "rules"]))?;
            session.screen.list(&rules, &table_of(&rules, session.screen.output()))
        }
        Verb::Show(place) => {
            let rule: Rule = session.client.get(&place.path())?;
            session.screen.view(&rule, &view(&place.plan, &rule))
        }
        Verb::Create(arguments) => create(session, arguments),
        Verb::Set(arguments) => set(session, &arguments),
        Verb::Weights(arguments) => weights(session, &arguments),
        Verb::Delete { place, destroy } => {
            let what = format!("this deletes the rule `{}` of `{}`", place.rule, place.plan);
            let query = destroy.query(&what)?;
            resource::delete(session, &place.path(), query)
        }
    }
}

impl Place {
    fn path(&self) -> String {
        path(&["plans", &self.plan, "rules", &self.rule])
    }
}

/// The table of a plan's rules: for programs with every destination, for people with the first ones.
pub fn table_of(rules: &[Rule], output: Output) -> Table {
    let mut table = Table::new(RULES);
    for rule in rules {
        let slots: Vec<String> = rule.slots.iter().map(fields::slot_text).collect();
        let destinations = match (output, rule.destinations.get(..SHOWN)) {
            (Output::Table, Some(first)) if first.len() < rule.destinations.len() => {
                format!("{} and {} more", first.join(", "), rule.destinations.len() - SHOWN)
            }
            _ => rule.destinations.join(", "),
        };
        table.row([name_of(rule), destinations, slots.join("  ")]);
    }
    table
}

fn name_of(rule: &Rule) -> String {
    or_dash(rule.name.as_ref().or(rule.destinations.first()))
}

fn view(plan: &str, rule: &Rule) -> View {
    let mut table = Table::new(SLOTS);
    for (index, slot) in rule.slots.iter().enumerate() {
        let failover = slot.in_slot_failover.map(|yes| if yes { "yes" } else { "no" });
        for SlotTrunk { trunk, weight } in &slot.trunks {
            table.row([
                (index + 1).to_string(),
                fields::technique_text(slot.technique).to_owned(),
                or_dash(failover),
                trunk.clone(),
                or_dash(*weight),
            ]);
        }
    }
    View::default()
        .fact("plan", plan)
        .fact("rule", name_of(rule))
        .fact("destinations", rule.destinations.join(", "))
        .table(table)
}

fn create(session: &mut Session, arguments: CreateArguments) -> Result<(), Failure> {
    let rule = match &arguments.file {
        Some(file) => write::read_json(file, "rule")?,
        None => Rule {
            name: arguments.rule,
            destinations: arguments.destinations,
            slots: arguments
                .slots
                .iter()
                .map(|text| fields::slot(text))
                .collect::<Result<_, _>>()?,
        },
    };
    let path = path(&["plans", &arguments.plan, "rules"]);
    resource::change(session, Method::POST, &path, arguments.write.query(), &rule)
}

fn set(session: &mut Session, arguments: &SetArguments) -> Result<(), Failure> {
    let path = arguments.place.path();
    let rule = match &arguments.file {
        Some(file) => write::read_json(file, "rule")?,
        None => {
            let mut fields = Fields::of("rule", &arguments.fields)?;
            let rule = changed(session.client.get(&path)?, &mut fields)?;
            fields.finish()?;
            rule
        }
    };
    resource::change(session, Method::PUT, &path, arguments.write.query(), &rule)
}

/// `rule` with the fields set; slots that are emptied go last, so that numbers mean those before.
fn changed(mut rule: Rule, fields: &mut Fields) -> Result<Rule, Failure> {
    if let Some(name) = fields.text("name") {
        rule.name = Some(name);
    }
    if let Some(destinations) = fields.list("destinations") {
        rule.destinations = destinations;
    }
    let mut slots: Vec<Option<Slot>> = rule.slots.into_iter().map(Some).collect();
    slots.resize(MAX_SLOTS, None);
    for (slot, key) in slots.iter_mut().zip(["slot1", "slot2", "slot3", "slot4"]) {
        match fields.clearable(key) {
            None => {}
            Some(None) => *slot = None,
            Some(Some(text)) => {
                // The technique decides what holds when nothing is said, so it is asked again.
                *slot = Some(fields::slot(&text)?);
            }
        }
    }
    let keys = ["in_slot_failover1", "in_slot_failover2", "in_slot_failover3", "in_slot_failover4"];
    for (slot, key) in slots.iter_mut().zip(keys) {
        let Some(value) = fields.word(key, BOOLEANS)? else { continue };
        match slot {
            Some(slot) => slot.in_slot_failover = Some(value),
            None => {
                return Err(Failure::usage(
                    format!("`{key}` names a slot that the rule does not have"),
                    "set the slot in the same command",
                ));
            }
        }
    }
    rule.slots = slots.into_iter().flatten().collect();
    Ok(rule)
}

fn weights(session: &mut Session, arguments: &WeightsArguments) -> Result<(), Failure> {
    let trunks = arguments.weights.iter().map(|word| {
        fields::pair(word)?;
        fields::slot_trunk(word, '=')
    });
    let weights = Weights { slot: arguments.slot, trunks: trunks.collect::<Result<_, _>>()? };
    let path = format!("{}/weights", arguments.place.path());
    resource::change(session, Method::POST, &path, arguments.write.query(), &weights)
}
