//! Owns the timer wheel: which records have a deadline in which millisecond.
//! Hot. Knows nothing of what a timer means; time is an argument.
//!
//! One level of 8,192 buckets of 1 ms. A deadline further away than the wheel reaches is armed at its end and
//! looked at again there, which costs a ringing call one visit every eight seconds and spares the cascades of a
//! hierarchical wheel. Nothing is ever removed: a record remembers for which tick it is armed, and an entry
//! that finds another value there is stale and dropped. Buckets are chains of 64-byte chunks of ids.

use hugepages::memory::{HugeArray, MapError, PageKind};
use zerocopy::FromZeros;

use super::pool::NONE;

const BUCKETS: u32 = 8192;
/// The furthest deadline that is armed exactly, in ms from the current tick.
pub const REACH_MS: u64 = BUCKETS as u64 - 2;
const IDS: usize = 14;

/// Timers of one worker.
pub struct Wheel {
    buckets: HugeArray<u32>,
    chunks: HugeArray<Chunk>,
    free: u32,
    free_chunks: u32,
    /// The tick that was last handed out completely.
    tick: u64,
    /// The chunk chain that is being handed out.
    draining: u32,
}

#[derive(Clone, Copy, FromZeros)]
#[repr(C, align(64))]
struct Chunk {
    ids: [u32; IDS],
    count: u32,
    next: u32,
}

impl Wheel {
    /// A wheel with room for `entries` armed or stale timers, starting at `now_ms`.
    ///
    /// # Errors
    /// The memory cannot be mapped.
    pub fn new(entries: u32, now_ms: u64, pages: PageKind) -> Result<Self, MapError> {
        // Every bucket may hold one chunk that is not full.
        let count = entries as usize / IDS + BUCKETS as usize + 1;
        let mut buckets: HugeArray<u32> = HugeArray::new(BUCKETS as usize, pages)?;
        buckets.fill(NONE);
        let mut chunks: HugeArray<Chunk> = HugeArray::new(count, pages)?;
        let last = u32::try_from(chunks.len()).unwrap_or(NONE);
        for (at, chunk) in (0u32..).zip(chunks.iter_mut()) {
            chunk.next = if at + 1 < last { at + 1 } else { NONE };
        }
        Ok(Wheel { buckets, chunks, free: 0, free_chunks: last, tick: now_ms, draining: NONE })
    }

    /// Arms `id` for `due_ms` or the end of the wheel, whichever is sooner, and gives the tick taken; `None`
    /// when no memory is left.
    #[inline]
    pub fn arm(&mut self, id: u32, due_ms: u64) -> Option<u64> {
        let due = due_ms.clamp(self.tick + 1, self.tick + REACH_MS);
        let bucket = self.buckets.get_mut(bucket(due))?;
        if let Some(chunk) = self.chunks.get_mut(*bucket as usize)
            && let Some(cell) = chunk.ids.get_mut(chunk.count as usize)
        {
            *cell = id;
            chunk.count += 1;
            return Some(due);
        }
        let fresh = self.free;
        let chunk = self.chunks.get_mut(fresh as usize)?;
        self.free = chunk.next;
        self.free_chunks -= 1;
        chunk.next = *bucket;
        chunk.count = 1;
        if let Some(first) = chunk.ids.first_mut() {
            *first = id;
        }
        *bucket = fresh;
        Some(due)
    }

    /// The next (id, tick) that is due at `now_ms`. Call until it gives `None`.
    #[inline]
    pub fn next_due(&mut self, now_ms: u64) -> Option<(u32, u64)> {
        loop {
            while let Some(chunk) = self.chunks.get_mut(self.draining as usize) {
                if chunk.count > 0 {
                    chunk.count -= 1;
                    let id = chunk.ids.get(chunk.count as usize).copied()?;
                    return Some((id, self.tick));
                }
                let spent = self.draining;
                self.draining = chunk.next;
                chunk.next = self.free;
                self.free = spent;
                self.free_chunks += 1;
            }
            if self.tick >= now_ms {
                return None;
            }
            self.tick += 1;
            let bucket = self.buckets.get_mut(bucket(self.tick))?;
            self.draining = core::mem::replace(bucket, NONE);
        }
    }

    /// Whether nothing is armed and no stale entry is left.
    pub fn is_empty(&self) -> bool {
        self.free_chunks as usize == self.chunks.len()
    }

    /// Whether at least a sixteenth of the entries is free: below that no new work is taken on, so that
    /// what is alive can always be armed again.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.free_chunks as usize * 16 > self.chunks.len()
    }
}

/// The bucket of a tick.
#[inline]
fn bucket(tick: u64) -> usize {
    usize::try_from(tick % u64::from(BUCKETS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drain(wheel: &mut Wheel, now: u64) -> Vec<(u32, u64)> {
        std::iter::from_fn(|| wheel.next_due(now)).collect()
    }

    #[test]
    fn a_timer_fires_at_its_tick_and_once() {
        let mut wheel = Wheel::new(100, 1000, PageKind::Small).unwrap();
        assert_eq!(wheel.arm(7, 1500), Some(1500));
        assert_eq!(drain(&mut wheel, 1499), []);
        assert_eq!(drain(&mut wheel, 1500), [(7, 1500)]);
        assert_eq!(drain(&mut wheel, 20_000), []);
    }

    #[test]
    fn a_deadline_in_the_past_fires_at_the_next_tick() {
        let mut wheel = Wheel::new(100, 1000, PageKind::Small).unwrap();
        assert_eq!(wheel.arm(1, 3), Some(1001));
        assert_eq!(drain(&mut wheel, 1001), [(1, 1001)]);
    }

    #[test]
    fn a_far_deadline_is_armed_at_the_end_of_the_wheel() {
        let mut wheel = Wheel::new(100, 0, PageKind::Small).unwrap();
        assert_eq!(wheel.arm(1, 120_000), Some(REACH_MS));
    }

    #[test]
    fn memory_comes_back() {
        let mut wheel = Wheel::new(64, 0, PageKind::Small).unwrap();
        for round in 0..50u64 {
            let base = round * 100;
            for id in 0..64 {
                assert!(wheel.arm(id, base + 50).is_some(), "round {round}");
            }
            assert_eq!(drain(&mut wheel, base + 100).len(), 64);
        }
        assert!(wheel.has_room());
    }

    proptest! {
        #[test]
        fn fires_all_in_order_of_their_ticks(delays in prop::collection::vec(1u64..20_000, 1..300), steps in prop::collection::vec(1u64..700, 1..60)) {
            let mut wheel = Wheel::new(300, 0, PageKind::Small).unwrap();
            let mut expected: Vec<(u64, u32)> = Vec::new();
            for (id, delay) in (0u32..).zip(&delays) {
                let tick = wheel.arm(id, *delay).unwrap();
                prop_assert_eq!(tick, (*delay).clamp(1, REACH_MS));
                expected.push((tick, id));
            }
            expected.sort_unstable();
            let mut fired = Vec::new();
            let mut now = 0;
            for step in steps {
                now += step;
                for (id, tick) in std::iter::from_fn(|| wheel.next_due(now)) {
                    prop_assert!(tick <= now && tick + step > now);
                    fired.push((tick, id));
                }
            }
            while now < REACH_MS { now += 500; fired.extend(std::iter::from_fn(|| wheel.next_due(now)).map(|(id, tick)| (tick, id))); }
            prop_assert!(fired.windows(2).all(|pair| matches!(pair, [a, b] if a.0 <= b.0)));
            fired.sort_unstable();
            prop_assert_eq!(fired, expected);
        }
    }
}
