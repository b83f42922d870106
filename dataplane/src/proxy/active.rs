//! Owns the counting of standing calls by trunk and originator: one more when a call is answered, one less at its end.
//! Hot. Refuses to know limits, and what a restart has to restore.

use std::sync::Arc;

use hugepages::tally::{Tally, TallyFull, TallyKey};

/// Whose a call is, by stable ids, which are below 2^24.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parties {
    /// Who pays for it.
    pub originator: u32,
    /// Who carries it.
    pub trunk: u32,
}

/// The counts that this worker shares with the others.
#[derive(Clone, Debug, Default)]
pub struct Active {
    tally: Option<Arc<Tally>>,
    /// Counts for which the table had no line.
    pub uncounted: u64,
}

impl Active {
    /// Counts in `tally`.
    pub fn of(tally: Arc<Tally>) -> Self {
        Active { tally: Some(tally), uncounted: 0 }
    }

    /// A call stands.
    #[inline]
    pub(super) fn begin(&mut self, parties: Parties) {
        self.count(parties, |tally, key| tally.add(key, 1));
    }

    /// A call of this run that stood is over.
    #[inline]
    pub(super) fn end(&mut self, parties: Parties) {
        self.count(parties, |tally, key| tally.add(key, -1));
    }

    /// A call of an earlier run is over, unless its end has been counted already.
    #[inline]
    pub(super) fn end_earlier(&mut self, parties: Parties) {
        self.count(parties, Tally::end_earlier);
    }

    #[inline]
    fn count(
        &mut self,
        parties: Parties,
        count: impl Fn(&Tally, TallyKey) -> Result<(), TallyFull>,
    ) {
        let Some(tally) = &self.tally else { return };
        for key in [TallyKey::trunk(parties.trunk), TallyKey::originator(parties.originator)] {
            if count(tally, key).is_err() {
                self.uncounted += 1;
            }
        }
    }
}
