//! Owns `tandem trunk`. Knows nothing of calls.

use api::{InDialog, Trunk, TrunkPatch, path};
use clap::{Args, Subcommand};
use reqwest::Method;

use super::resource::{self, Resource};
use super::{Session, gateway};
use crate::failure::Failure;
use crate::fields::{self, BOOLEANS, Fields};
use crate::screen::View;
use crate::table::{Column, Table, text};
use crate::unit::or_dash;
use crate::write::WriteFlags;

const COLUMNS: &[Column] =
    &[text("NAME"), text("ENABLED"), text("CARRIER"), text("DECK"), text("GATEWAYS")];

const IN_DIALOG: &[(&str, InDialog)] = &[("own", InDialog::Own), ("any", InDialog::Any)];

/// What is done with trunks.
#[derive(Debug, Subcommand)]
pub enum Verb {
    #[command(flatten)]
    Common(resource::Verb<Flags>),
    /// Send calls to it
    Enable(Switch),
    /// Send no more calls to it; standing ones go on
    Disable(Switch),
}

/// The trunk to switch.
#[derive(Debug, Args)]
pub struct Switch {
    /// Its name
    name: String,
    #[command(flatten)]
    write: WriteFlags,
}

/// What a new trunk is made of.
#[derive(Debug, Args)]
pub struct Flags {
    /// Gateways, HOST[:PORT][/PRIORITY/WEIGHT]
    #[arg(long = "gateway", value_name = "ADDRESS", value_delimiter = ',')]
    gateways: Vec<String>,
    /// Company that runs it
    #[arg(long)]
    carrier: Option<String>,
    /// Name of its deck of buy rates
    #[arg(long)]
    deck: Option<String>,
    /// Further networks that the carrier signals from
    #[arg(long = "network", value_name = "NETWORK", value_delimiter = ',')]
    networks: Vec<String>,
    /// Next hop of requests in standing dialogs: its own addresses, or any
    #[arg(long, value_name = "WHERE", default_value = "own", value_parser = ["own", "any"])]
    in_dialog: String,
    /// Create it switched off
    #[arg(long)]
    disabled: bool,
    /// Id, instead of the one that derives from the name
    #[arg(long)]
    id: Option<u32>,
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::Common(verb) => resource::run::<Trunk>(session, verb),
        Verb::Enable(switch) => set_enabled(session, &switch, true),
        Verb::Disable(switch) => set_enabled(session, &switch, false),
    }
}

fn set_enabled(session: &mut Session, switch: &Switch, enabled: bool) -> Result<(), Failure> {
    let patch = TrunkPatch { enabled: Some(enabled), ..TrunkPatch::default() };
    let path = path(&[Trunk::KIND, &switch.name]);
    resource::change(session, Method::PATCH, &path, switch.write.query(), &patch)
}

fn in_dialog_text(value: InDialog) -> &'static str {
    IN_DIALOG.iter().find(|(_, known)| *known == value).map_or("", |(name, _)| name)
}

impl Resource for Trunk {
    const NOUN: &'static str = "trunk";
    const KIND: &'static str = "trunks";
    type Item = Trunk;
    type Patch = TrunkPatch;
    type Flags = Flags;

    fn new(name: String, flags: Flags) -> Result<Self, Failure> {
        let gateways = flags.gateways.iter().map(|text| fields::gateway(text));
        Ok(Self {
            name,
            id: flags.id,
            carrier: flags.carrier,
            enabled: !flags.disabled,
            in_dialog: if flags.in_dialog == "any" { InDialog::Any } else { InDialog::Own },
            gateways: gateways.collect::<Result<_, Failure>>()?,
            networks: flags.networks,
            deck: flags.deck,
        })
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn patch(fields: &mut Fields) -> Result<TrunkPatch, Failure> {
        let gateways = fields.list("gateways");
        Ok(TrunkPatch {
            carrier: fields.text("carrier"),
            enabled: fields.word("enabled", BOOLEANS)?,
            in_dialog: fields.word("in_dialog", IN_DIALOG)?,
            gateways: gateways
                .map(|texts| texts.iter().map(|text| fields::gateway(text)).collect())
                .transpose()?,
            networks: fields.list("networks"),
            deck: fields.clearable("deck"),
        })
    }

    fn table(items: &[Trunk]) -> Table {
        let mut table = Table::new(COLUMNS);
        for trunk in items {
            let gateways: Vec<String> = trunk.gateways.iter().map(fields::gateway_text).collect();
            table.row([
                trunk.name.clone(),
                if trunk.enabled { "yes" } else { "no" }.to_owned(),
                trunk.carrier.clone().unwrap_or_else(|| trunk.name.clone()),
                or_dash(trunk.deck.as_ref()),
                gateways.join(" "),
            ]);
        }
        table
    }

    fn view(&self) -> View {
        let networks = (!self.networks.is_empty()).then(|| self.networks.join(" "));
        View::default()
            .fact("name", &self.name)
            .fact_if("id", self.id.map(|id| id.to_string()))
            .fact("carrier", self.carrier.as_ref().unwrap_or(&self.name))
            .fact("enabled", if self.enabled { "yes" } else { "no" })
            .fact("in_dialog", in_dialog_text(self.in_dialog))
            .fact("deck", or_dash(self.deck.as_ref()))
            .fact("networks", or_dash(networks))
            .table(gateway::table_of(&self.gateways))
    }
}
