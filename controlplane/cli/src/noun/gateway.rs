//! Owns `tandem gateway`: the addresses of a trunk, one by one.
//! Knows that they are stored with their trunk: a change here is a change of all of its gateways.

use api::{Gateway, Trunk, TrunkPatch, path};
use clap::Subcommand;
use reqwest::Method;
use serde::Serialize;

use super::Session;
use super::resource::{self, Resource};
use crate::failure::Failure;
use crate::fields::{self, Fields};
use crate::screen::View;
use crate::table::{Column, Table, number, text};
use crate::write::{DestroyFlags, WriteFlags};

const OF_TRUNK: &[Column] =
    &[text("GATEWAY"), number("PORT"), number("PRIORITY"), number("WEIGHT")];
const OF_ALL: &[Column] =
    &[text("TRUNK"), text("GATEWAY"), number("PORT"), number("PRIORITY"), number("WEIGHT")];

/// What is done with gateways.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List those of one trunk, or of all
    List {
        /// Name of the trunk
        trunk: Option<String>,
    },
    /// Show one
    Show {
        /// Name of the trunk
        trunk: String,
        /// HOST[:PORT]
        gateway: String,
    },
    /// Add one to a trunk
    Create {
        /// Name of the trunk
        trunk: String,
        /// HOST[:PORT][/PRIORITY/WEIGHT]
        gateway: String,
        /// Lower is tried first
        #[arg(long)]
        priority: Option<u16>,
        /// Share among equal priorities
        #[arg(long)]
        weight: Option<u16>,
        #[command(flatten)]
        write: WriteFlags,
    },
    /// Change fields
    Set {
        /// Name of the trunk
        trunk: String,
        /// HOST[:PORT]
        gateway: String,
        /// Fields to change: host, port, priority, weight
        #[arg(value_name = "KEY=VALUE", required = true)]
        fields: Vec<String>,
        #[command(flatten)]
        write: WriteFlags,
    },
    /// Take one away
    Delete {
        /// Name of the trunk
        trunk: String,
        /// HOST[:PORT]
        gateway: String,
        #[command(flatten)]
        destroy: DestroyFlags,
    },
}

/// A gateway with the trunk that has it.
#[derive(Serialize)]
struct Owned {
    trunk: String,
    #[serde(flatten)]
    gateway: Gateway,
}

/// The table of one trunk's gateways.
pub fn table_of(gateways: &[Gateway]) -> Table {
    let mut table = Table::new(OF_TRUNK);
    for Gateway { host, port, priority, weight } in gateways {
        table.row([host.clone(), port.to_string(), priority.to_string(), weight.to_string()]);
    }
    table
}

/// Does it.
pub fn run(session: &mut Session, verb: Verb) -> Result<(), Failure> {
    match verb {
        Verb::List { trunk } => list(session, trunk),
        Verb::Show { trunk, gateway } => {
            let gateways = of_trunk(session, &trunk)?;
            let gateway = gateways[position(&gateways, &gateway, &trunk)?].clone();
            let view = View::default()
                .fact("trunk", &trunk)
                .fact("host", &gateway.host)
                .fact("port", gateway.port.to_string())
                .fact("priority", gateway.priority.to_string())
                .fact("weight", gateway.weight.to_string());
            session.screen.view(&Owned { trunk, gateway }, &view)
        }
        Verb::Create { trunk, gateway, priority, weight, write } => {
            let mut gateway = fields::gateway(&gateway)?;
            gateway.priority = priority.unwrap_or(gateway.priority);
            gateway.weight = weight.unwrap_or(gateway.weight);
            let mut gateways = of_trunk(session, &trunk)?;
            gateways.push(gateway);
            replace(session, &trunk, gateways, write)
        }
        Verb::Set { trunk, gateway, fields, write } => {
            let mut fields = Fields::of("gateway", &fields)?;
            let mut gateways = of_trunk(session, &trunk)?;
            let index = position(&gateways, &gateway, &trunk)?;
            let target = &mut gateways[index];
            set(target, &mut fields)?;
            fields.finish()?;
            replace(session, &trunk, gateways, write)
        }
        Verb::Delete { trunk, gateway, destroy } => {
            let what = format!("this takes the gateway {gateway} away from the trunk `{trunk}`");
            destroy.query(&what)?;
            let mut gateways = of_trunk(session, &trunk)?;
            let index = position(&gateways, &gateway, &trunk)?;
            gateways.remove(index);
            replace(session, &trunk, gateways, destroy.write())
        }
    }
}

fn list(session: &mut Session, trunk: Option<String>) -> Result<(), Failure> {
    let trunks: Vec<Trunk> = match trunk {
        Some(name) => vec![session.client.get(&path(&[Trunk::KIND, &name]))?],
        None => session.client.list(&path(&[Trunk::KIND]))?,
    };
    let mut table = Table::new(OF_ALL);
    let mut all = Vec::new();
    for trunk in trunks {
        for gateway in trunk.gateways {
            let Gateway { host, port, priority, weight } = &gateway;
            table.row([
                trunk.name.clone(),
                host.clone(),
                port.to_string(),
                priority.to_string(),
                weight.to_string(),
            ]);
            all.push(Owned { trunk: trunk.name.clone(), gateway });
        }
    }
    session.screen.list(&all, &table)
}

fn of_trunk(session: &Session, trunk: &str) -> Result<Vec<Gateway>, Failure> {
    let trunk: Trunk = session.client.get(&path(&[Trunk::KIND, trunk]))?;
    Ok(trunk.gateways)
}

/// Where the gateway of that address and port is; the first of them where priorities differ.
fn position(gateways: &[Gateway], text: &str, trunk: &str) -> Result<usize, Failure> {
    let asked = fields::gateway(text)?;
    let same = |gateway: &Gateway| gateway.host == asked.host && gateway.port == asked.port;
    gateways.iter().position(same).ok_or_else(|| Failure::NotFound {
        message: format!("the trunk `{trunk}` has no gateway {}:{}", asked.host, asked.port),
        remedy: format!("`tandem gateway list {trunk}` lists what it has"),
    })
}

fn set(gateway: &mut Gateway, fields: &mut Fields) -> Result<(), Failure> {
    let number = "a number of 0 to 65535";
    if let Some(host) = fields.text("host") {
        gateway.host = host;
    }
    gateway.port = fields.parsed("port", number)?.unwrap_or(gateway.port);
    gateway.priority = fields.parsed("priority", number)?.unwrap_or(gateway.priority);
    gateway.weight = fields.parsed("weight", number)?.unwrap_or(gateway.weight);
    Ok(())
}

fn replace(
    session: &mut Session,
    trunk: &str,
    gateways: Vec<Gateway>,
    write: WriteFlags,
) -> Result<(), Failure> {
    let patch = TrunkPatch { gateways: Some(gateways), ..TrunkPatch::default() };
    let path = path(&[Trunk::KIND, trunk]);
    resource::change(session, Method::PATCH, &path, write.query(), &patch)
}
