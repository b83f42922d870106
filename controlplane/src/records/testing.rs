//! Owns what tests share: a database server, a journal, traffic and its naive twin. Compiled for tests only.

mod journal;
mod postgres;
mod twin;

pub(crate) use journal::{Journal, Told, hours_ago, unanswered_with};
pub(crate) use postgres::{Postgres, Scratch};
pub(crate) use twin::{Row, Twin, rows_of};

/// A cheap sequence of numbers that look random.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Calls as they come: some stand, some end, some by their cookie, some late.
pub(crate) fn traffic(dice: &mut Dice, next_call: &mut u64, standing: &mut Vec<u64>) -> Told {
    let roll = dice.below(10);
    if roll < 4 || standing.is_empty() {
        *next_call += 1;
        standing.push(*next_call);
        return Told::Start { call: *next_call, identity: *next_call + 1_000_000 };
    }
    if roll < 6 {
        *next_call += 1;
        return Told::Unanswered { call: *next_call, identity: *next_call + 1_000_000 };
    }
    let call = standing[dice.below(standing.len() as u64) as usize];
    if roll == 6 {
        return Told::Late { call };
    }
    standing.retain(|known| *known != call);
    match roll {
        7 => Told::OrphanEnd { identity: call + 1_000_000 },
        _ => Told::End { call, duration_us: 1 + dice.below(1_000_000) },
    }
}
