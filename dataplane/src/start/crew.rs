//! Owns the workers as a crew: what each shares with the keeper, their launch, and their end.
//! Refuses to know what a worker is made of: `worker` makes one, on its core.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dpdk::lcore::{self, LcoreHandle};
use dpdk::{Eal, LcoreId};
use hugepages::counters::Counters;
use hugepages::instance::InstanceDir;
use hugepages::ring::{self, Consumer, Producer, RingUse};

use super::StartError;
use super::worker::{self, Begun, Opener, Order};
use crate::config::Config;
use crate::keeper::journal::Journal;
use crate::worker::{Ended, counter_names};

/// The lcore of the keeper, which is the EAL's main one.
pub(super) const KEEPER: LcoreId = LcoreId(0);
/// Bytes of a ring of notes.
const NOTE_RING_BYTES: usize = 64 << 10;

/// The lcore of a worker.
pub(super) fn lcore_of(number: u16) -> LcoreId {
    LcoreId(KEEPER.0 + 1 + u32::from(number))
}

/// The numbers of the workers.
pub(super) fn numbers(config: &Config) -> impl Iterator<Item = u16> + use<> {
    let count = u16::try_from(config.cores.workers.len()).unwrap_or(u16::MAX);
    0..count
}

/// The name of the segment with a worker's ring of events.
fn events_name(number: u16) -> String {
    format!("events-{number}")
}

/// A worker's ends of what it shares with the keeper and with whoever reads its counters.
pub(super) struct Lines {
    pub events: Producer,
    pub notes: Producer,
    pub counters: Counters,
}

/// The keeper's ends, in the order of the workers.
pub(super) struct KeeperLines {
    pub events: Vec<Consumer>,
    pub notes: Vec<Consumer>,
}

/// Makes the rings and counters of every worker; a ring of events goes on where the journal ends for it.
///
/// # Errors
/// The segment that cannot be made.
pub(super) fn lines(
    instance: &InstanceDir,
    config: &Config,
    journal: &Journal,
) -> Result<(Vec<Lines>, KeeperLines), StartError> {
    let ring_bytes = (config.limits.cdr_ring_mib as usize) << 20;
    let (mut all, mut keeper) = (Vec::new(), KeeperLines { events: Vec::new(), notes: Vec::new() });
    for number in numbers(config) {
        let (name, first) = (events_name(number), journal.next_position(number));
        let (events, event_reader) =
            ring::create_in_segment(instance, &name, RingUse::Events, ring_bytes, first)?;
        let (notes, note_reader) = ring::channel_in_memory(NOTE_RING_BYTES);
        let counters = Counters::create(instance, &format!("worker-{number}"), &counter_names())?;
        all.push(Lines { events, notes, counters });
        keeper.events.push(event_reader);
        keeper.notes.push(note_reader);
    }
    Ok((all, keeper))
}

/// Removes the rings of events: what they held is in the journal.
pub(super) fn forget_events(instance: &InstanceDir, config: &Config) {
    for number in numbers(config) {
        // One that stays is read and removed at the next start.
        let _kept = instance.remove(&events_name(number));
    }
}

/// Launched workers.
pub(super) struct Crew {
    handles: Vec<LcoreHandle<Ended>>,
    gates: Vec<Opener>,
    stop: Arc<AtomicBool>,
}

impl Crew {
    /// Launches a worker for each order, on its own lcore; each waits for [`Ready::go`].
    ///
    /// # Errors
    /// The lcore that takes no work; those launched before end by themselves.
    pub fn launch(
        eal: &Eal,
        orders: Vec<Order>,
        config: &Config,
        stop: &Arc<AtomicBool>,
    ) -> Result<Crew, StartError> {
        let mut crew = Crew { handles: Vec::new(), gates: Vec::new(), stop: Arc::clone(stop) };
        for order in orders {
            let (opener, gate) = worker::gate();
            let (config, stop, lcore) = (config.clone(), Arc::clone(stop), lcore_of(order.number));
            let work = move || worker::run(order, &config, gate, &stop);
            crew.handles.push(lcore::launch(eal, lcore, work)?);
            crew.gates.push(opener);
        }
        Ok(crew)
    }

    /// Waits until every worker has reserved everything.
    ///
    /// # Errors
    /// What one could not reserve; the others end by themselves.
    pub fn wait_until_ready(self) -> Result<Ready, StartError> {
        let begun: Result<Vec<Begun>, StartError> =
            self.gates.into_iter().map(Opener::wait_until_ready).collect();
        Ok(Ready { begun: begun?, handles: self.handles, stop: self.stop })
    }
}

/// Workers that have everything and wait for the word.
pub(super) struct Ready {
    begun: Vec<Begun>,
    handles: Vec<LcoreHandle<Ended>>,
    stop: Arc<AtomicBool>,
}

impl Ready {
    /// Lets all of them run.
    pub fn go(self) -> Running {
        self.begun.into_iter().for_each(Begun::go);
        Running { handles: self.handles, stop: self.stop }
    }
}

/// Workers that run.
pub(super) struct Running {
    handles: Vec<LcoreHandle<Ended>>,
    stop: Arc<AtomicBool>,
}

impl Running {
    /// Whether all of them are to run on: nobody has said stop, and none has ended by itself.
    pub fn goes_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed) && !self.handles.iter().any(LcoreHandle::is_finished)
    }

    /// Ends all of them, and waits until they have.
    ///
    /// # Errors
    /// The first that ended otherwise than it was told to.
    pub fn stop(self) -> Result<(), StartError> {
        self.stop.store(true, Ordering::Relaxed);
        let mut outcome = Ok(());
        for handle in self.handles {
            let ended = match handle.join() {
                Ok(Ended::Stopped) => Ok(()),
                Ok(Ended::TooManyPanics) => Err(StartError::Panics),
                Err(panicked) => Err(panicked.into()),
            };
            outcome = outcome.and(ended);
        }
        outcome
    }
}
