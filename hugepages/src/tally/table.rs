//! Owns the lines of a tally: finding one, taking a free one, adding.
//! Hot. Knows nothing of segments.

use crate::sync::{AtomicU64, Ordering};

use super::{TallyFull, TallyKey};

/// Words of a line, which is a cache line: two workers meet only on the key that both count.
pub(super) const LINE: usize = 8;

/// Adds `delta` to the count of `key` in this run, in a line of its own from the first time on.
///
/// `lines` are whole lines, a power of two of them.
#[inline]
pub(super) fn add(lines: &[AtomicU64], key: TallyKey, delta: i64) -> Result<(), TallyFull> {
    let (count, _) = line_of(lines, key)?;
    // Two's complement: adding a negative number wraps to the right count.
    count.fetch_add(delta.cast_unsigned(), Ordering::Relaxed);
    Ok(())
}

/// As [`add`], to the count of earlier runs.
pub(super) fn add_earlier(lines: &[AtomicU64], key: TallyKey, delta: i64) -> Result<(), TallyFull> {
    let (_, earlier) = line_of(lines, key)?;
    earlier.fetch_add(delta.cast_unsigned(), Ordering::Relaxed);
    Ok(())
}

/// Takes one off the count of earlier runs, unless there is none; says whether it did.
pub(super) fn take_earlier(lines: &[AtomicU64], key: TallyKey) -> Result<bool, TallyFull> {
    let (_, earlier) = line_of(lines, key)?;
    let one_less = |count: u64| (count.cast_signed() > 0).then(|| count.wrapping_sub(1));
    Ok(earlier.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok())
}

/// The counts of `key`, of this run and of earlier ones; zero while it has no line.
pub(super) fn get(lines: &[AtomicU64], key: TallyKey) -> (i64, i64) {
    let count = |word: &AtomicU64| word.load(Ordering::Relaxed).cast_signed();
    for line in probe(lines, key) {
        let [held, now, earlier, ..] = line else { break };
        match held.load(Ordering::Relaxed) {
            0 => break,
            held if held == key.word() => return (count(now), count(earlier)),
            _ => {}
        }
    }
    (0, 0)
}

/// The two counts of the line of `key`, which is taken if it has none.
#[inline]
fn line_of(lines: &[AtomicU64], key: TallyKey) -> Result<(&AtomicU64, &AtomicU64), TallyFull> {
    for line in probe(lines, key) {
        let [held, count, earlier, ..] = line else { break };
        let mut now = held.load(Ordering::Relaxed);
        if now == 0 {
            // Who loses the race looks at what the winner has put there.
            let taken = held.compare_exchange(0, key.word(), Ordering::Relaxed, Ordering::Relaxed);
            now = taken.map_or_else(|winner| winner, |_| key.word());
        }
        if now == key.word() {
            return Ok((count, earlier));
        }
    }
    Err(TallyFull)
}

/// All lines, beginning with the one that the key hashes to.
#[inline]
fn probe(lines: &[AtomicU64], key: TallyKey) -> impl Iterator<Item = &[AtomicU64]> {
    let count = lines.len() / LINE;
    // An odd factor spreads neighbouring ids; the high half has seen all bits of the key.
    let hash = (key.word().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize;
    let first = hash & count.wrapping_sub(1);
    let line = move |at: usize| {
        let at = (first + at) & count.wrapping_sub(1);
        lines.get(at * LINE..(at + 1) * LINE)
    };
    (0..count).filter_map(line)
}
