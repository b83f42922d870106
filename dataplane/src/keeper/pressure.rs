//! Owns the word by which the keeper tells a worker to refuse new calls, and the reasons for it.
//! Hot in its reading half. Knows nothing of what a refusal looks like.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Why new calls are to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// The ring of events is nearly full.
    Events = 1,
    /// Somebody wants the calls to run out.
    Draining = 2,
}

/// Tells one worker to refuse new calls, for as long as there is a reason. Writer: keeper; reader: worker; Relaxed,
/// since nothing else is told with it.
#[derive(Clone, Debug, Default)]
pub struct Pressure(Arc<AtomicU8>);

impl Pressure {
    /// Whether new calls are to be refused.
    #[inline]
    pub fn refuses_calls(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }

    /// Whether they are for this reason.
    pub fn has(&self, reason: Reason) -> bool {
        self.0.load(Ordering::Relaxed) & reason as u8 != 0
    }

    /// Begins or ends a reason.
    pub fn set(&self, reason: Reason, on: bool) {
        if on {
            self.0.fetch_or(reason as u8, Ordering::Relaxed);
        } else {
            self.0.fetch_and(!(reason as u8), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_while_any_reason_is_left() {
        let keeper = Pressure::default();
        let worker = keeper.clone();
        keeper.set(Reason::Events, true);
        keeper.set(Reason::Draining, true);
        keeper.set(Reason::Events, false);
        assert!(worker.refuses_calls() && !worker.has(Reason::Events));
        keeper.set(Reason::Draining, false);
        assert!(!worker.refuses_calls());
    }
}
