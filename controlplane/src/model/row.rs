//! Owns reading one row of a load statement into an entity; refuses to ask the database.

use std::net::Ipv4Addr;

use routing::cidr::Cidr;
use routing::entity::{
    Deck, Destination, Gateway, InDialog, Originator, Place, Prefix, RoutingPlan, Trunk,
};
use routing::policy::PolicyValues;
use routing::rate::Rate;
use tokio_postgres::Row;

use crate::json;

/// Why a row is no entity.
#[derive(Debug)]
pub(super) enum ReadError {
    Database(tokio_postgres::Error),
    Value(String),
}

impl From<tokio_postgres::Error> for ReadError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

fn value(cause: impl ToString) -> ReadError {
    ReadError::Value(cause.to_string())
}

/// A number of the database in the width that it has here; the constraints keep it in range.
fn narrow<F: Copy + ToString, T: TryFrom<F>>(number: F) -> Result<T, ReadError> {
    T::try_from(number).map_err(|_| value(format!("{} is out of range", number.to_string())))
}

fn given_id(row: &Row) -> Result<Option<u32>, ReadError> {
    let id: Option<i64> = row.try_get("given_id")?;
    id.map(narrow).transpose()
}

fn prefixes(row: &Row) -> Result<Vec<Prefix>, ReadError> {
    let all: Vec<String> = row.try_get("prefixes")?;
    Ok(all.into_iter().map(|digits| Prefix { digits, line: 0 }).collect())
}

fn networks(row: &Row) -> Result<Vec<Cidr>, ReadError> {
    let all: Vec<&str> = row.try_get("networks")?;
    all.into_iter().map(|text| Cidr::parse(text).map_err(value)).collect()
}

pub(super) fn destination(row: &Row) -> Result<Destination, ReadError> {
    let country: Option<&str> = row.try_get("country")?;
    Ok(Destination {
        place: Place::default(),
        name: row.try_get("name")?,
        id: given_id(row)?,
        country: country.map(|text| text.as_bytes().try_into()).transpose().map_err(value)?,
        prefixes: prefixes(row)?,
    })
}

pub(super) fn deck(row: &Row) -> Result<Deck, ReadError> {
    let units: Vec<i64> = row.try_get("units")?;
    let rate = |units: i64| {
        let rate = u64::try_from(units).ok().and_then(Rate::new);
        rate.ok_or_else(|| value(format!("a rate of {units} units")))
    };
    let rates = prefixes(row)?
        .into_iter()
        .zip(units)
        .map(|(prefix, units)| Ok((prefix, rate(units)?)))
        .collect::<Result<_, ReadError>>()?;
    Ok(Deck { place: Place::default(), name: row.try_get("name")?, rates })
}

pub(super) fn trunk(row: &Row) -> Result<Trunk, ReadError> {
    let hosts: Vec<&str> = row.try_get("hosts")?;
    let ports: Vec<i32> = row.try_get("ports")?;
    let priorities: Vec<i32> = row.try_get("priorities")?;
    let weights: Vec<i32> = row.try_get("weights")?;
    let numbers = ports.into_iter().zip(priorities).zip(weights);
    let gateways = hosts
        .into_iter()
        .zip(numbers)
        .map(|(host, ((port, priority), weight))| {
            let address: Ipv4Addr = host.parse().map_err(value)?;
            Ok(Gateway {
                ipv4: address.into(),
                port: narrow(port)?,
                priority: narrow(priority)?,
                weight: narrow(weight)?,
            })
        })
        .collect::<Result<_, ReadError>>()?;
    let in_dialog = match row.try_get("in_dialog")? {
        "any" => InDialog::Any,
        _ => InDialog::Own,
    };
    Ok(Trunk {
        place: Place::default(),
        name: row.try_get("name")?,
        id: given_id(row)?,
        carrier: row.try_get("carrier")?,
        enabled: row.try_get("enabled")?,
        in_dialog,
        gateways,
        networks: networks(row)?,
        deck: row.try_get("deck")?,
    })
}

pub(super) fn plan(row: &Row) -> Result<RoutingPlan, ReadError> {
    let number =
        |column: &str| -> Result<u32, ReadError> { narrow(row.try_get::<_, i32>(column)?) };
    let attempts = number("max_total_attempts")?;
    let rules: Vec<api::Rule> = serde_json::from_str(row.try_get("rules")?).map_err(value)?;
    Ok(RoutingPlan {
        place: Place::default(),
        name: row.try_get("name")?,
        id: given_id(row)?,
        policy: PolicyValues {
            max_total_attempts: narrow(attempts)?,
            total_ms: number("total_ms")?,
            no_response_ms: number("no_response_ms")?,
            pdd_ms: number("pdd_ms")?,
            invite_timeout_ms: number("invite_timeout_ms")?,
            ring_timeout_ms: number("ring_timeout_ms")?,
            retry_interval_ms: number("retry_interval_ms")?,
            ..PolicyValues::DEFAULT
        },
        rules: rules.into_iter().map(json::rule).collect(),
    })
}

pub(super) fn originator(row: &Row) -> Result<Originator, ReadError> {
    Ok(Originator {
        place: Place::default(),
        name: row.try_get("name")?,
        id: given_id(row)?,
        addresses: networks(row)?.into_iter().map(|network| (network, 0)).collect(),
        plan: row.try_get("plan")?,
        enabled: row.try_get("enabled")?,
    })
}
