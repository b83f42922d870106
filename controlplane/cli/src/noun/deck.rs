//! Owns `tandem deck`. Refuses to compute with prices.

use api::{Deck, DeckItem, DeckPatch, Rate};
use clap::Args;

use super::Session;
use super::resource::{self, Resource};
use crate::failure::Failure;
use crate::fields::{Fields, pair};
use crate::screen::View;
use crate::table::{Column, Table, number, text};

/// What is done with decks.
pub type Verb = resource::Verb<Flags>;

const COLUMNS: &[Column] = &[text("NAME"), number("RATES"), text("TRUNKS")];
const RATES: &[Column] = &[text("PREFIX"), number("RATE PER MINUTE")];

/// What a new deck is made of.
#[derive(Debug, Args)]
pub struct Flags {
    /// Rates, such as 39=0.0060,393=0.0125
    #[arg(long = "rate", value_name = "PREFIX=RATE", value_delimiter = ',')]
    rates: Vec<String>,
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    resource::run::<Deck>(session, verb)
}

impl Resource for Deck {
    const NOUN: &'static str = "deck";
    const KIND: &'static str = "decks";
    type Item = DeckItem;
    type Patch = DeckPatch;
    type Flags = Flags;

    fn new(name: String, flags: Flags) -> Result<Self, Failure> {
        let rates = flags.rates.iter().map(|word| {
            let (prefix, rate) = pair(word)?;
            Ok(Rate { prefix: prefix.to_owned(), rate: rate.to_owned() })
        });
        Ok(Self { name, rates: rates.collect::<Result<_, Failure>>()? })
    }

    fn name(&self) -> &str {
        &self.name
    }

    /// `PREFIX=RATE` sets a rate, `PREFIX=` takes it away.
    fn patch(fields: &mut Fields) -> Result<DeckPatch, Failure> {
        let mut patch = DeckPatch::default();
        for (prefix, rate) in fields.take_digits() {
            match rate.is_empty() {
                true => patch.remove.push(prefix),
                false => patch.set.push(Rate { prefix, rate }),
            }
        }
        Ok(patch)
    }

    fn table(items: &[DeckItem]) -> Table {
        let mut table = Table::new(COLUMNS);
        for DeckItem { name, rates, trunks } in items {
            table.row([name.clone(), rates.to_string(), trunks.join(", ")]);
        }
        table
    }

    fn view(&self) -> View {
        let mut table = Table::new(RATES);
        for Rate { prefix, rate } in &self.rates {
            table.row([prefix.clone(), rate.clone()]);
        }
        View::default()
            .fact("name", &self.name)
            .fact("rates", self.rates.len().to_string())
            .table(table)
    }
}
