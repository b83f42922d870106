//! Owns where a question about records goes on; its text means nothing to who asks, and is checked when it comes back.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::row::Record;
use crate::http::Failure;

/// A record in the order of reception: `MICROSECONDS.MEMBER.ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When its INVITE came.
    pub received: SystemTime,
    /// Its member.
    pub member: i32,
    /// Its place in the member's journal.
    pub id: i64,
}

impl Place {
    /// From its text.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let [us, member, id] = parts::<i64>(text).ok_or_else(|| refused(text))?;
        let us = u64::try_from(us).map_err(|_| refused(text))?;
        let member = i32::try_from(member).map_err(|_| refused(text))?;
        Ok(Self { received: UNIX_EPOCH + Duration::from_micros(us), member, id })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.received.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
        write!(f, "{us}.{}.{}", self.member, self.id)
    }
}

/// How far the complete records of each member were told: `MEMBER.PLACE.ID`, one behind the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks(BTreeMap<i32, (i64, i64)>);

/// Before the first record of all.
const START: &str = "start";

impl Marks {
    /// From their text.
    pub fn read(text: &str) -> Result<Self, Failure> {
        if text == START {
            return Ok(Self::default());
        }
        let mark = |text| {
            let [member, end, id] = parts::<i64>(text)?;
            Some((i32::try_from(member).ok()?, (end, id)))
        };
        let marks: Option<BTreeMap<_, _>> = text.split(',').map(mark).collect();
        marks.map(Self).ok_or_else(|| refused(text))
    }

    /// Place and id of the last record that was told of a member.
    pub fn of(&self, member: i32) -> (i64, i64) {
        self.0.get(&member).copied().unwrap_or_default()
    }

    /// Goes behind a record.
    pub fn advance(&mut self, record: &Record) {
        let Some(end) = record.end_place else { return };
        let mark = self.0.entry(record.member).or_default();
        *mark = (*mark).max((end, record.id));
    }
}

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(START);
        }
        for (at, (member, (end, id))) in self.0.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{member}.{end}.{id}")?;
        }
        Ok(())
    }
}

fn parts<T: FromStr>(text: &str) -> Option<[T; 3]> {
    let parts: Option<Vec<T>> = text.split('.').map(|part| part.parse().ok()).collect();
    parts?.try_into().ok()
}

fn refused(text: &str) -> Failure {
    Failure::bad_request(
        format!("`after` is `{text}`, which no answer gave"),
        "give what the answer before says, or leave it out",
    )
}
