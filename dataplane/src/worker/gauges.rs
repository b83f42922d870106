//! Owns what a worker tells about itself: one counter a verdict, and gauges of its tables.
//! Cold: runs ten times a second. Knows nothing of who reads.

use hugepages::counters::CounterId;

use super::Worker;
use crate::verdict::Verdict;

macro_rules! gauges {
    ($worker:ident: $( $name:literal = $value:expr; )+) => {
        const GAUGES: &[&str] = &[ $( $name, )+ ];

        impl Worker {
            fn gauge_values(&self) -> [u64; GAUGES.len()] {
                let $worker = self;
                [ $( $value, )+ ]
            }
        }
    };
}

gauges! { worker:
    "polls" = worker.polls;
    "busy_polls" = worker.busy_polls;
    "busy_ticks" = worker.busy_ticks;
    "calls_standing" = u64::from(worker.engine.state().standing.len());
    "setups_alive" = u64::from(worker.engine.state().setups.used());
    "transactions" = u64::from(worker.engine.state().txns.used());
    "exchanges_alive" = u64::from(worker.engine.state().exchanges.used());
    "texts_retained" = u64::from(worker.engine.state().slabs.used());
    "events_lost" = worker.engine.state().events_lost;
    "frames_refused" = worker.wire.losses()[0];
    "frames_unresolved" = worker.wire.losses()[1];
    "frames_without_buffer" = worker.wire.losses()[2];
    "handed_over" = worker.wire.peers.handed_over();
    "taken_over" = worker.taken_over;
    "neighbours_untold" = worker.wire.peers.untold();
    "panics" = worker.panics;
    "image_as_of" = worker.engine.image_as_of();
    "command_as_of" = worker.desk.command_as_of;
    "switches" = worker.engine.env().switches.len() as u64;
    "switches_forgotten" = worker.desk.forgotten;
    "commands_invalid" = worker.desk.invalid;
    "active_uncounted" = worker.engine.state().active.uncounted;
    "packet_buffers_free" = u64::from(worker.wire.buffers_free());
}

/// The names of a worker's counters: all verdicts, then the gauges.
pub fn names() -> Vec<&'static str> {
    Verdict::ALL.iter().map(|verdict| verdict.text()).chain(GAUGES.iter().copied()).collect()
}

impl Worker {
    /// Writes counters and gauges to where other processes read them.
    #[cold]
    pub(super) fn publish(&mut self) {
        let mut id = 0;
        for value in self.verdicts.as_slice() {
            self.counters.set(CounterId(id), *value);
            id += 1;
        }
        for value in self.gauge_values() {
            self.counters.set(CounterId(id), value);
            id += 1;
        }
    }
}
