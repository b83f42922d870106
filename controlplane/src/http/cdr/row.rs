//! Owns reading the row of a record and telling it as the API does; refuses to choose records.

use std::time::{Duration, SystemTime};

use api::{Attempt, Cdr, LateAnswer};
use deadpool_postgres::Transaction;
use hashbrown::HashMap;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio_postgres::{Error, Row};

use super::cursor::Place;

/// Late answers by member and call.
pub type Late = HashMap<(i32, i64), Vec<LateAnswer>>;

/// A record, with what orders it taken out of its row.
#[derive(Debug)]
pub struct Record {
    pub member: i32,
    pub id: i64,
    pub end_place: Option<i64>,
    received: SystemTime,
    call: i64,
    answered: Option<SystemTime>,
    ended: Option<SystemTime>,
    setup_us: i64,
    attempts: Value,
    cdr: Cdr,
}

/// An attempt as its column has it.
#[derive(Deserialize)]
struct Stored {
    ordinal: u8,
    slot: u8,
    trunk_id: u32,
    trunk: Option<String>,
    gateway: String,
    status: u16,
    cause: u8,
    start_us: u64,
    progress_us: Option<u64>,
    end_us: Option<u64>,
    flags: Vec<String>,
}

impl Record {
    pub fn read(row: &Row) -> Result<Self, Error> {
        let text = |column: &str| row.try_get::<_, String>(column);
        let (member, id): (i32, i64) = (row.try_get("member")?, row.try_get("id")?);
        let received: SystemTime = row.try_get("received")?;
        let progress_us: Option<i64> = row.try_get("progress_us")?;
        let setup_us: i64 = row.try_get("setup_us")?;
        let answered: Option<SystemTime> = row.try_get("answered")?;
        let ended: Option<SystemTime> = row.try_get("ended")?;
        let end_place: Option<i64> = row.try_get("end_place")?;
        let call: i64 = row.try_get("call")?;
        let ending: Option<&str> = row.try_get("ending")?;
        let egress = match row.try_get::<_, Option<std::net::IpAddr>>("egress_ip")? {
            Some(ip) => Some(format!("{ip}:{}", row.try_get::<_, i32>("egress_port")?)),
            None => None,
        };
        let source: std::net::IpAddr = row.try_get("source_ip")?;
        let source_port: i32 = row.try_get("source_port")?;
        let duration_us: Option<i64> = row.try_get("duration_us")?;
        let delay_us = progress_us.or(answered.map(|_| setup_us));
        let cdr = Cdr {
            id: format!("{member}.{}.{}", id >> 32, id & 0xffff_ffff),
            call: format!("{:016x}", call.cast_unsigned()),
            worker: narrow(row.try_get::<_, i32>("worker")?),
            call_id: text("call_id")?,
            from_tag: text("from_tag")?,
            to_tag: text("to_tag")?,
            caller: text("caller")?,
            callee: text("callee")?,
            p_asserted_identity: row.try_get("p_asserted")?,
            originator: named(row, "originator", "originator_id")?,
            destination: named(row, "destination", "destination_id")?,
            plan: named(row, "plan", "plan_id")?,
            rule: named(row, "rule", "rule_id")?,
            image_version: row.try_get::<_, i64>("image_version")?.cast_unsigned(),
            source: format!("{source}:{source_port}"),
            egress,
            received: clock(received),
            progress: progress_us.map(|us| clock(received + Duration::from_micros(positive(us)))),
            answer: answered.map(clock),
            end: ended.map(clock),
            pdd_us: delay_us.map(positive),
            setup_us: positive(setup_us),
            duration_us: duration_us.map(positive),
            outcome: text("outcome")?,
            status: narrow(row.try_get::<_, i32>("status")?),
            cause: narrow(row.try_get::<_, i32>("cause")?),
            release: text("release")?,
            standing: answered.is_some() && end_place.is_none(),
            orphan_end: ending == Some("orphan"),
            attempts: Vec::new(),
            late_answers: Vec::new(),
        };
        let attempts = row.try_get("attempts")?;
        Ok(Self { member, id, end_place, received, call, answered, ended, setup_us, attempts, cdr })
    }

    /// Its place in the order of reception.
    pub fn place(&self) -> Place {
        Place { received: self.received, member: self.member, id: self.id }
    }

    /// When it became complete, by the clock of its member.
    pub fn completed(&self) -> SystemTime {
        let setup = self.received + Duration::from_micros(positive(self.setup_us));
        self.ended.or(self.answered).unwrap_or(setup)
    }

    /// As the API tells it.
    pub fn tell(self, late: &Late) -> Result<Cdr, String> {
        let stored: Vec<Stored> =
            serde_json::from_value(self.attempts).map_err(|error| error.to_string())?;
        let attempts = stored.into_iter().map(Attempt::from).collect();
        let late_answers = late.get(&(self.member, self.call)).cloned().unwrap_or_default();
        Ok(Cdr { attempts, late_answers, ..self.cdr })
    }
}

impl From<Stored> for Attempt {
    fn from(stored: Stored) -> Self {
        Self {
            ordinal: stored.ordinal,
            slot: stored.slot,
            trunk: stored.trunk.unwrap_or_else(|| stored.trunk_id.to_string()),
            gateway: stored.gateway,
            status: stored.status,
            cause: stored.cause,
            start_us: stored.start_us,
            progress_us: stored.progress_us,
            end_us: stored.end_us,
            flags: stored.flags,
        }
    }
}

/// The answers that came too late for these calls.
pub async fn late(transaction: &Transaction<'_>, records: &[Record]) -> Result<Late, Error> {
    let mut late = Late::new();
    if records.is_empty() {
        return Ok(late);
    }
    let calls: Vec<i64> = records.iter().map(|record| record.call).collect();
    let mut members: Vec<i32> = records.iter().map(|record| record.member).collect();
    members.sort_unstable();
    members.dedup();
    let statement = transaction.prepare_cached(include_str!("late.sql")).await?;
    for row in transaction.query(&statement, &[&calls, &members]).await? {
        let answer = LateAnswer {
            trunk: row.try_get("trunk")?,
            status: narrow(row.try_get::<_, i32>("status")?),
            after_us: row.try_get::<_, Option<i64>>("after_us")?.map(positive),
        };
        late.entry((row.try_get(0)?, row.try_get(1)?)).or_default().push(answer);
    }
    Ok(late)
}

fn named(row: &Row, name: &str, id: &str) -> Result<Option<String>, Error> {
    let (name, id): (Option<String>, Option<i64>) = (row.try_get(name)?, row.try_get(id)?);
    Ok(name.or(id.map(|id| id.to_string())))
}

/// The column holds what had this width when it was written.
fn narrow<T: TryFrom<i32> + Default>(number: i32) -> T {
    T::try_from(number).unwrap_or_default()
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// RFC 3339 with all six digits behind the point, so that texts sort as times do.
fn clock(time: SystemTime) -> String {
    Timestamp::try_from(time).map(|time| format!("{time:.6}")).unwrap_or_default()
}
