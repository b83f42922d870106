//! Owns draining: the word that workers read, and what the control plane is told of it.
//! Refuses to know why somebody wants the calls to run out.

use hugepages::counters::{CounterId, CountersReader};
use hugepages::layout::link::ToControl;

use crate::keeper::pressure::{Pressure, Reason};

/// The gauge of a worker's standing calls.
const STANDING: &str = "calls_standing";

/// Whether new calls are refused because somebody asked for it, and how many stand.
pub(super) struct Drain {
    pressures: Vec<Pressure>,
    /// The counters of each worker, and which of them counts standing calls.
    gauges: Vec<(CountersReader, Option<CounterId>)>,
    on: bool,
    told_standing: u64,
}

impl Drain {
    pub fn new(pressures: Vec<Pressure>, gauges: Vec<CountersReader>) -> Drain {
        let place = |reader: &CountersReader| {
            let at = reader.names().iter().position(|name| name == STANDING)?;
            u16::try_from(at).ok().map(CounterId)
        };
        let gauges = gauges.into_iter().map(|reader| {
            let place = place(&reader);
            (reader, place)
        });
        Drain { pressures, gauges: gauges.collect(), on: false, told_standing: 0 }
    }

    /// Whether new calls are refused.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Begins or ends it; gives the answer.
    pub fn set(&mut self, on: bool) -> ToControl<'static> {
        for pressure in &self.pressures {
            pressure.set(Reason::Draining, on);
        }
        self.on = on;
        self.told_standing = self.standing_calls();
        self.mode()
    }

    /// What is to be told while it is on, if the number of standing calls has changed since.
    pub fn news(&mut self) -> Option<ToControl<'static>> {
        let standing = self.standing_calls();
        if !self.on || standing == self.told_standing {
            return None;
        }
        self.told_standing = standing;
        Some(self.mode())
    }

    fn mode(&self) -> ToControl<'static> {
        ToControl::Mode { draining: self.on, standing_calls: self.told_standing }
    }

    fn standing_calls(&self) -> u64 {
        self.gauges.iter().filter_map(|(reader, place)| reader.get((*place)?)).sum()
    }
}
