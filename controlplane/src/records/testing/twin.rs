//! Owns the naive joining of events, written from the rules and by looking at every call each time.

use hugepages::journal::Place;
use tokio_postgres::Client;

use super::journal::Told;
use crate::records::place_number;

/// A record as the test looks at it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) call: i64,
    pub(crate) end_place: Option<i64>,
    pub(crate) ending: Option<String>,
    pub(crate) duration_us: Option<i64>,
    pub(crate) standing: bool,
    pub(crate) late: bool,
}

#[derive(Default)]
pub(crate) struct Twin {
    calls: Vec<(u64, bool, u64, Row)>,
    late: Vec<u64>,
    /// Ends that found no call: what they name, and what they would have said.
    early: Vec<(u64, u64, i64, u64)>,
}

impl Twin {
    pub(crate) fn take(&mut self, told: Told, at: u64, place: Place) {
        let place = place_number(place);
        match told {
            Told::Start { call, identity } => {
                self.push(call, identity, at, place, true);
                // An end of the call that came first, the first of them.
                if let Some(first) = self.early.iter().position(|early| early.0 == call) {
                    let (call, at, place, told_us) = self.early.remove(first);
                    self.end(|known, _| known == call, at, place, "end", told_us);
                }
            }
            Told::Unanswered { call, identity } => self.push(call, identity, at, place, false),
            Told::End { call, duration_us } => {
                if !self.end(|known, _| known == call, at, place, "end", duration_us) {
                    self.early.push((call, at, place, duration_us));
                }
            }
            Told::OrphanEnd { identity } => {
                if !self.end(|_, known| known == identity, at, place, "orphan", 0) {
                    self.early.push((u64::MAX, at, place, 0));
                }
            }
            Told::Late { call } => self.late.push(call),
        }
    }

    fn push(&mut self, call: u64, identity: u64, at: u64, place: i64, answered: bool) {
        let row = Row {
            id: place,
            call: call.cast_signed(),
            end_place: (!answered).then_some(place),
            ending: None,
            duration_us: None,
            standing: answered,
            late: false,
        };
        self.calls.push((identity, answered, at, row));
    }

    fn end(
        &mut self,
        is: impl Fn(u64, u64) -> bool,
        at: u64,
        place: i64,
        ending: &str,
        told_us: u64,
    ) -> bool {
        let standing =
            self.calls.iter_mut().rev().find(|(identity, _, _, row)| {
                row.standing && is(row.call.cast_unsigned(), *identity)
            });
        let Some((_, _, started, row)) = standing else {
            return false;
        };
        let derived = at.saturating_sub(*started) * 1_000_000;
        row.standing = false;
        row.end_place = Some(place);
        row.ending = Some(ending.to_owned());
        row.duration_us = Some(if told_us == 0 { derived } else { told_us }.cast_signed());
        true
    }

    /// Ends that belong to no call.
    pub(crate) fn strays(&self) -> usize {
        self.early.len()
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.calls.iter().map(|(_, _, _, row)| row.clone()).collect();
        for row in &mut rows {
            row.late = self.late.contains(&row.call.cast_unsigned());
        }
        rows.sort();
        rows
    }

    /// Standing calls at a place, counted one by one.
    pub(crate) fn open_at(&self, place: Place) -> i64 {
        let place = place_number(place);
        let open = |row: &&Row| row.id <= place && row.end_place.is_none_or(|end| end > place);
        self.calls.iter().map(|(_, _, _, row)| row).filter(open).count() as i64
    }
}

/// What the database has.
pub(crate) async fn rows_of(client: &Client) -> Vec<Row> {
    let sql = "SELECT id, call, end_place, ending, duration_us, standing, late_answer FROM cdrs";
    let rows = client.query(sql, &[]).await.unwrap();
    let mut rows: Vec<Row> = rows
        .iter()
        .map(|row| Row {
            id: row.get(0),
            call: row.get(1),
            end_place: row.get(2),
            ending: row.get(3),
            duration_us: row.get(4),
            standing: row.get(5),
            late: row.get(6),
        })
        .collect();
    rows.sort();
    rows
}
