//! Owns the lines of a tally: finding one, taking a free one, adding.
//! Hot. Knows nothing of segments.

use crate::sync::{AtomicU64, Ordering};

use super::{TallyFull, TallyKey};

/// Words of a line, which is a cache line: two workers meet only on the key that both count.
pub(super) const LINE: usize = 8;

/// Adds `delta` to the count of `key`, in a line of its own from the first time on.
///
/// `lines` are whole lines, a power of two of them.
#[inline]
pub(super) fn add(lines: &[AtomicU64], key: TallyKey, delta: i64) -> Result<(), TallyFull> {
    for line in probe(lines, key) {
        let [held, count, ..] = line else { break };
        let mut now = held.load(Ordering::Relaxed);
        if now == 0 {
            // Who loses the race looks at what the winner has put there.
            let taken = held.compare_exchange(0, key.word(), Ordering::Relaxed, Ordering::Relaxed);
            now = taken.map_or_else(|winner| winner, |_| key.word());
        }
        if now == key.word() {
            // Two's complement: adding a negative number wraps to the right count.
            count.fetch_add(delta.cast_unsigned(), Ordering::Relaxed);
            return Ok(());
        }
    }
    Err(TallyFull)
}

/// The count of `key`; zero while it has no line.
pub(super) fn get(lines: &[AtomicU64], key: TallyKey) -> i64 {
    for line in probe(lines, key) {
        let [held, count, ..] = line else { break };
        match held.load(Ordering::Relaxed) {
            0 => break,
            held if held == key.word() => return count.load(Ordering::Relaxed).cast_signed(),
            _ => {}
        }
    }
    0
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
