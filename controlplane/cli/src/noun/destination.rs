//! Owns `tandem destination`. Knows nothing of how numbers find one.

use api::{Destination, DestinationPatch};
use clap::Args;

use super::Session;
use super::resource::{self, Resource};
use crate::failure::Failure;
use crate::fields::Fields;
use crate::screen::View;
use crate::table::{Column, Table, number, text};
use crate::unit::or_dash;

/// What is done with destinations.
pub type Verb = resource::Verb<Flags>;

const COLUMNS: &[Column] = &[text("NAME"), text("COUNTRY"), number("PREFIXES"), text("PREFIX")];

/// Prefixes of a destination that its line shows.
const SHOWN: usize = 6;

/// What a new destination is made of.
#[derive(Debug, Args)]
pub struct Flags {
    /// Prefixes, such as 39 or 393,3934
    #[arg(long = "prefix", value_name = "DIGITS", value_delimiter = ',')]
    prefixes: Vec<String>,
    /// ISO 3166 country in two capitals
    #[arg(long)]
    country: Option<String>,
    /// Id, instead of the one that derives from the name
    #[arg(long)]
    id: Option<u32>,
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    resource::run::<Destination>(session, verb)
}

impl Resource for Destination {
    const NOUN: &'static str = "destination";
    const KIND: &'static str = "destinations";
    type Item = Destination;
    type Patch = DestinationPatch;
    type Flags = Flags;

    fn new(name: String, flags: Flags) -> Result<Self, Failure> {
        Ok(Self { name, id: flags.id, country: flags.country, prefixes: flags.prefixes })
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn patch(fields: &mut Fields) -> Result<DestinationPatch, Failure> {
        Ok(DestinationPatch {
            country: fields.clearable("country"),
            prefixes: fields.list("prefixes"),
        })
    }

    fn table(items: &[Destination]) -> Table {
        let mut table = Table::new(COLUMNS);
        for Destination { name, country, prefixes, .. } in items {
            let mut shown: Vec<&str> = prefixes.iter().take(SHOWN).map(String::as_str).collect();
            if prefixes.len() > SHOWN {
                shown.push("…");
            }
            table.row([
                name.clone(),
                or_dash(country.as_ref()),
                prefixes.len().to_string(),
                shown.join(" "),
            ]);
        }
        table
    }

    fn view(&self) -> View {
        View::default()
            .fact("name", &self.name)
            .fact_if("id", self.id.map(|id| id.to_string()))
            .fact("country", or_dash(self.country.as_ref()))
            .fact("prefixes", self.prefixes.join(" "))
    }
}
