//! Owns writing a difference into the tables, in bulk and in an order that the constraints allow.
//! Refuses to check it and to decide when it is committed.

use std::net::Ipv4Addr;

use deadpool_postgres::Transaction;
use routing::entity::{Deck, Destination, InDialog, Originator, RoutingPlan, Rule, Slot, Trunk};
use tokio_postgres::Error;
use tokio_postgres::types::ToSql;

use super::diff::{Diff, Named, Part};

/// Runs a statement file with its parameters.
macro_rules! run {
    ($transaction:expr, $file:literal $(, $value:expr)*) => {
        run($transaction, include_str!(concat!("sql/", $file, ".sql")), &[$(&$value),*])
    };
}

/// Writes `diff`. What is referred to comes before what refers to it, and goes after it.
///
/// # Errors
/// What the database says; the transaction cannot be used any more then.
pub async fn write(transaction: &Transaction<'_>, diff: &Diff<'_>) -> Result<(), Error> {
    free(transaction, diff).await?;
    decks(transaction, &diff.decks).await?;
    trunks(transaction, &diff.trunks).await?;
    destinations(transaction, &diff.destinations).await?;
    plans(transaction, &diff.plans).await?;
    originators(transaction, &diff.originators).await?;
    remove(transaction, "originators", &diff.originators).await?;
    remove(transaction, "routing_plans", &diff.plans).await?;
    remove(transaction, "destinations", &diff.destinations).await?;
    remove(transaction, "trunks", &diff.trunks).await?;
    remove(transaction, "decks", &diff.decks).await
}

async fn run(
    transaction: &Transaction<'_>,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<(), Error> {
    let statement = transaction.prepare_cached(sql).await?;
    transaction.execute(&statement, values).await.map(drop)
}

/// Takes away what is unique over entities, so that it can move from one to another.
async fn free(transaction: &Transaction<'_>, diff: &Diff<'_>) -> Result<(), Error> {
    if !diff.destinations.put.is_empty() || !diff.destinations.gone.is_empty() {
        let (prefixes, owners) = prefixes(&diff.destinations);
        run!(transaction, "drop_prefixes", touched(&diff.destinations), prefixes, owners).await?;
    }
    if !diff.originators.put.is_empty() || !diff.originators.gone.is_empty() {
        let (networks, owners) = addresses(&diff.originators);
        run!(transaction, "drop_addresses", touched(&diff.originators), networks, owners).await?;
    }
    Ok(())
}

fn names<'p, T: Named>(part: &Part<'p, T>) -> Vec<&'p str> {
    part.put.iter().map(|(_, entity)| entity.name()).collect()
}

/// Names of all that exist in the database and change or go.
fn touched<'p, T: Named>(part: &Part<'p, T>) -> Vec<&'p str> {
    let changed = part.put.iter().filter_map(|(was, _)| *was);
    changed.chain(part.gone.iter().copied()).map(Named::name).collect()
}

async fn remove<T: Named>(
    transaction: &Transaction<'_>,
    table: &str,
    part: &Part<'_, T>,
) -> Result<(), Error> {
    if part.gone.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = part.gone.iter().map(|entity| entity.name()).collect();
    run(transaction, &format!("DELETE FROM {table} WHERE name = ANY ($1)"), &[&names]).await
}

/// Every prefix that shall be there, beside its owner.
fn prefixes<'p>(part: &Part<'p, Destination>) -> (Vec<&'p str>, Vec<&'p str>) {
    let owned = part.put.iter().flat_map(|(_, destination)| {
        destination.prefixes.iter().map(|prefix| (&*prefix.digits, &*destination.name))
    });
    owned.unzip()
}

async fn destinations(
    transaction: &Transaction<'_>,
    part: &Part<'_, Destination>,
) -> Result<(), Error> {
    if part.put.is_empty() {
        return Ok(());
    }
    let entities: Vec<&Destination> = part.put.iter().map(|(_, entity)| *entity).collect();
    let countries: Vec<Option<String>> = entities
        .iter()
        .map(|entity| entity.country.map(|code| String::from_utf8_lossy(&code).into_owned()))
        .collect();
    let ids = given_ids(entities.iter().map(|entity| entity.id));
    run!(transaction, "put_destinations", names(part), ids, countries).await?;
    let (prefixes, owners) = prefixes(part);
    run!(transaction, "put_prefixes", prefixes, owners).await
}

fn given_ids(ids: impl Iterator<Item = Option<u32>>) -> Vec<Option<i64>> {
    ids.map(|id| id.map(i64::from)).collect()
}

async fn decks(transaction: &Transaction<'_>, part: &Part<'_, Deck>) -> Result<(), Error> {
    if part.put.is_empty() {
        return Ok(());
    }
    let names = names(part);
    run!(transaction, "put_decks", names).await?;
    let (mut prefixes, mut owners, mut units) = (Vec::new(), Vec::new(), Vec::new());
    for (_, deck) in &part.put {
        for (prefix, rate) in &deck.rates {
            prefixes.push(&*prefix.digits);
            owners.push(&*deck.name);
            units.push(i64::try_from(rate.units()).unwrap_or(i64::MAX));
        }
    }
    run!(transaction, "drop_rates", names, prefixes, owners).await?;
    run!(transaction, "put_rates", prefixes, owners, units).await
}

async fn trunks(transaction: &Transaction<'_>, part: &Part<'_, Trunk>) -> Result<(), Error> {
    if part.put.is_empty() {
        return Ok(());
    }
    let entities: Vec<&Trunk> = part.put.iter().map(|(_, entity)| *entity).collect();
    let names = names(part);
    let ids = given_ids(entities.iter().map(|entity| entity.id));
    let carriers: Vec<Option<&str>> = entities
        .iter()
        .map(|trunk| (trunk.carrier != trunk.name).then_some(&*trunk.carrier))
        .collect();
    let enabled: Vec<bool> = entities.iter().map(|trunk| trunk.enabled).collect();
    let in_dialog: Vec<&str> = entities
        .iter()
        .map(|trunk| match trunk.in_dialog {
            InDialog::Own => "own",
            InDialog::Any => "any",
        })
        .collect();
    let decks: Vec<Option<&str>> = entities.iter().map(|trunk| trunk.deck.as_deref()).collect();
    run!(transaction, "put_trunks", names, ids, carriers, enabled, in_dialog, decks).await?;
    run!(transaction, "drop_gateways", names).await?;
    gateways(transaction, &entities).await?;
    run!(transaction, "drop_networks", names).await?;
    let networks = entities
        .iter()
        .flat_map(|trunk| trunk.networks.iter().map(|network| (&*trunk.name, network.to_string())));
    let (owners, networks): (Vec<&str>, Vec<String>) = networks.unzip();
    run!(transaction, "put_networks", owners, networks).await
}

async fn gateways(transaction: &Transaction<'_>, trunks: &[&Trunk]) -> Result<(), Error> {
    let (mut owners, mut positions, mut hosts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ports, mut priorities, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for trunk in trunks {
        for (position, gateway) in (1_i32..).zip(&trunk.gateways) {
            owners.push(&*trunk.name);
            positions.push(position);
            hosts.push(Ipv4Addr::from(gateway.ipv4).to_string());
            ports.push(i32::from(gateway.port));
            priorities.push(i32::from(gateway.priority));
            weights.push(i32::from(gateway.weight));
        }
    }
    run!(transaction, "put_gateways", owners, positions, hosts, ports, priorities, weights).await
}

async fn plans(transaction: &Transaction<'_>, part: &Part<'_, RoutingPlan>) -> Result<(), Error> {
    if part.put.is_empty() {
        return Ok(());
    }
    let entities: Vec<&RoutingPlan> = part.put.iter().map(|(_, entity)| *entity).collect();
    let names = names(part);
    let ids = given_ids(entities.iter().map(|entity| entity.id));
    let attempts: Vec<i32> =
        entities.iter().map(|plan| i32::from(plan.policy.max_total_attempts)).collect();
    let times = |field: fn(&RoutingPlan) -> u32| -> Vec<i32> {
        entities.iter().map(|plan| i32::try_from(field(plan)).unwrap_or(i32::MAX)).collect()
    };
    run!(
        transaction,
        "put_plans",
        names,
        ids,
        attempts,
        times(|plan| plan.policy.total_ms),
        times(|plan| plan.policy.no_response_ms),
        times(|plan| plan.policy.pdd_ms),
        times(|plan| plan.policy.invite_timeout_ms),
        times(|plan| plan.policy.ring_timeout_ms),
        times(|plan| plan.policy.retry_interval_ms)
    )
    .await?;
    // Rules have no key that outlives a change: nobody but their plan refers to them.
    run!(transaction, "drop_rules", names).await?;
    let rules: Vec<(&str, i32, &Rule)> = entities
        .iter()
        .flat_map(|plan| (1_i32..).zip(&plan.rules).map(|(at, rule)| (&*plan.name, at, rule)))
        .collect();
    let plans: Vec<&str> = rules.iter().map(|(plan, ..)| *plan).collect();
    let positions: Vec<i32> = rules.iter().map(|(_, at, _)| *at).collect();
    let rule_names: Vec<&str> = rules.iter().map(|(.., rule)| &*rule.name).collect();
    run!(transaction, "put_rules", plans, positions, rule_names).await?;
    rule_destinations(transaction, &rules).await?;
    slots(transaction, &rules).await
}

async fn rule_destinations(
    transaction: &Transaction<'_>,
    rules: &[(&str, i32, &Rule)],
) -> Result<(), Error> {
    let (mut plans, mut names) = (Vec::new(), Vec::new());
    let (mut positions, mut destinations) = (Vec::new(), Vec::new());
    for (plan, _, rule) in rules {
        for (position, (destination, _)) in (1_i32..).zip(&rule.destinations) {
            plans.push(*plan);
            names.push(&*rule.name);
            positions.push(position);
            destinations.push(&**destination);
        }
    }
    run!(transaction, "put_rule_destinations", plans, names, positions, destinations).await
}

async fn slots(transaction: &Transaction<'_>, rules: &[(&str, i32, &Rule)]) -> Result<(), Error> {
    let slots: Vec<(&str, &str, i32, &Slot)> = rules
        .iter()
        .flat_map(|(plan, _, rule)| {
            (1_i32..).zip(&rule.slots).map(|(number, slot)| (*plan, &*rule.name, number, slot))
        })
        .collect();
    let plans: Vec<&str> = slots.iter().map(|(plan, ..)| *plan).collect();
    let names: Vec<&str> = slots.iter().map(|(_, rule, ..)| *rule).collect();
    let numbers: Vec<i32> = slots.iter().map(|(.., number, _)| *number).collect();
    let techniques: Vec<&str> = slots.iter().map(|(.., slot)| slot.technique.name()).collect();
    let failover: Vec<bool> = slots.iter().map(|(.., slot)| slot.in_slot_failover).collect();
    run!(transaction, "put_slots", plans, names, numbers, techniques, failover).await?;
    let (mut plans, mut names, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    let (mut positions, mut trunks, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for (plan, rule, number, slot) in slots {
        for (position, entry) in (1_i32..).zip(&slot.trunks) {
            plans.push(plan);
            names.push(rule);
            numbers.push(number);
            positions.push(position);
            trunks.push(&*entry.trunk);
            weights.push(entry.weight.map(i64::from));
        }
    }
    run!(transaction, "put_slot_trunks", plans, names, numbers, positions, trunks, weights).await
}

/// Every network that shall be there, beside its owner.
fn addresses<'p>(part: &Part<'p, Originator>) -> (Vec<String>, Vec<&'p str>) {
    let owned = part.put.iter().flat_map(|(_, originator)| {
        let networks = originator.addresses.iter();
        networks.map(|(network, _)| (network.to_string(), &*originator.name))
    });
    owned.unzip()
}

async fn originators(
    transaction: &Transaction<'_>,
    part: &Part<'_, Originator>,
) -> Result<(), Error> {
    if part.put.is_empty() {
        return Ok(());
    }
    let entities: Vec<&Originator> = part.put.iter().map(|(_, entity)| *entity).collect();
    let ids = given_ids(entities.iter().map(|entity| entity.id));
    let enabled: Vec<bool> = entities.iter().map(|entity| entity.enabled).collect();
    let plans: Vec<&str> = entities.iter().map(|entity| &*entity.plan).collect();
    run!(transaction, "put_originators", names(part), ids, enabled, plans).await?;
    let (networks, owners) = addresses(part);
    run!(transaction, "put_addresses", networks, owners).await
}
