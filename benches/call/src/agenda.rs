//! Owns what each call does next and when, to the millisecond; refuses to know what that is.

/// Buckets of a millisecond each: the furthest that an entry can lie ahead.
const REACH_MS: u64 = 1 << 17;

/// Entries by the millisecond in which they are due.
pub struct Agenda {
    buckets: Vec<Vec<u32>>,
    /// All buckets before it are empty.
    at_ms: u64,
}

impl Agenda {
    /// An empty agenda from time 0.
    pub fn new() -> Self {
        Agenda { buckets: (0..REACH_MS).map(|_| Vec::new()).collect(), at_ms: 0 }
    }

    /// Enters `entry`; what is past or too far off is moved to the next or the last millisecond.
    pub fn enter(&mut self, at_us: u64, entry: u32) {
        let at_ms = (at_us / 1000).clamp(self.at_ms, self.at_ms + REACH_MS - 1);
        if let Some(bucket) = self.buckets.get_mut((at_ms % REACH_MS) as usize) {
            bucket.push(entry);
        }
    }

    /// Hands over everything that is due at `now_us`.
    pub fn take_due(&mut self, now_us: u64, mut take: impl FnMut(u32)) {
        while self.at_ms <= now_us / 1000 {
            if let Some(bucket) = self.buckets.get_mut((self.at_ms % REACH_MS) as usize) {
                bucket.drain(..).for_each(&mut take);
            }
            self.at_ms += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_when_they_are_due_and_once() {
        let mut agenda = Agenda::new();
        agenda.enter(2_500, 1);
        agenda.enter(1_000, 2);
        agenda.enter(u64::MAX, 3);
        let mut taken = Vec::new();
        agenda.take_due(1_999, |entry| taken.push(entry));
        assert_eq!(taken, [2]);
        agenda.take_due(2_000, |entry| taken.push(entry));
        assert_eq!(taken, [2, 1]);
        agenda.take_due(REACH_MS * 1_000, |entry| taken.push(entry));
        assert_eq!(taken, [2, 1, 3]);
    }
}
