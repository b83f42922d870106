//! Owns `tandem originator`. Knows nothing of calls.

use api::{Originator, OriginatorPatch};
use clap::Args;

use super::Session;
use super::resource::{self, Resource};
use crate::failure::Failure;
use crate::fields::{BOOLEANS, Fields};
use crate::screen::View;
use crate::table::{Column, Table, text};

/// What is done with originators.
pub type Verb = resource::Verb<Flags>;

const COLUMNS: &[Column] = &[text("NAME"), text("ENABLED"), text("PLAN"), text("ADDRESSES")];

/// What a new originator is made of.
#[derive(Debug, Args)]
pub struct Flags {
    /// Source networks, such as 198.51.100.0/28
    #[arg(long = "address", value_name = "NETWORK", value_delimiter = ',')]
    addresses: Vec<String>,
    /// Name of its routing plan
    #[arg(long, required_unless_present = "file")]
    plan: Option<String>,
    /// Create it switched off
    #[arg(long)]
    disabled: bool,
    /// Id, instead of the one that derives from the name
    #[arg(long)]
    id: Option<u32>,
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    resource::run::<Originator>(session, verb)
}

impl Resource for Originator {
    const NOUN: &'static str = "originator";
    const KIND: &'static str = "originators";
    type Item = Originator;
    type Patch = OriginatorPatch;
    type Flags = Flags;

    fn new(name: String, flags: Flags) -> Result<Self, Failure> {
        Ok(Self {
            name,
            id: flags.id,
            enabled: !flags.disabled,
            addresses: flags.addresses,
            plan: flags.plan.unwrap_or_default(),
        })
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn patch(fields: &mut Fields) -> Result<OriginatorPatch, Failure> {
        Ok(OriginatorPatch {
            enabled: fields.word("enabled", BOOLEANS)?,
            addresses: fields.list("addresses"),
            plan: fields.text("plan"),
        })
    }

    fn table(items: &[Originator]) -> Table {
        let mut table = Table::new(COLUMNS);
        for Originator { name, enabled, addresses, plan, .. } in items {
            let enabled = if *enabled { "yes" } else { "no" };
            table.row([name.clone(), enabled.to_owned(), plan.clone(), addresses.join(" ")]);
        }
        table
    }

    fn view(&self) -> View {
        View::default()
            .fact("name", &self.name)
            .fact_if("id", self.id.map(|id| id.to_string()))
            .fact("enabled", if self.enabled { "yes" } else { "no" })
            .fact("plan", &self.plan)
            .fact("addresses", self.addresses.join(" "))
    }
}
