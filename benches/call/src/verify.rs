//! Owns what the router says of the calls that it had, held against how many there were.
//! Refuses to know traffic and time.

use dataplane::proxy::State;
use dataplane::verdict::Verdict;
use dataplane::worker::Worker;
use hugepages::layout::cdr::{Event, Kind};
use hugepages::ring::Consumer;

use crate::fault::{Fault, expect};

/// Call events by kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct Events {
    /// Calls answered.
    pub start: u64,
    /// Calls ended.
    pub end: u64,
    /// Anything else.
    pub other: u64,
}

impl Events {
    /// Counts and releases all that wait in the ring.
    pub fn take(&mut self, ring: &mut Consumer) {
        while let Some(bytes) = ring.peek() {
            match Event::decode(bytes).map(|event| event.kind()) {
                Ok(Kind::Start) => self.start += 1,
                Ok(Kind::End) => self.end += 1,
                _ => self.other += 1,
            }
            ring.release();
        }
    }

    /// Fails unless every one of `calls` has begun and ended once.
    ///
    /// # Errors
    /// The first count that is off.
    pub fn check(&self, calls: u64) -> Result<(), Fault> {
        expect("call events Start", self.start, calls)?;
        expect("call events End", self.end, calls)?;
        expect("other call events", self.other, 0)
    }
}

/// Fails unless the workers together dealt with each message of `calls` calls as they should, and sent all that they
/// made.
///
/// # Errors
/// The first count that is off.
pub fn check_verdicts<'w>(
    workers: impl Iterator<Item = &'w Worker> + Clone,
    calls: u64,
) -> Result<(), Fault> {
    for &verdict in Verdict::ALL {
        let wanted = match verdict {
            // INVITE, ACK, BYE; 180 and both 200s; 100.
            Verdict::ForwardRequest | Verdict::ForwardResponse => calls * 3,
            Verdict::Absorb => calls,
            Verdict::Arp => continue,
            _ => 0,
        };
        let got = workers.clone().map(|worker| worker.verdicts().get(verdict)).sum();
        expect(format!("verdicts {}", verdict.text()), got, wanted)?;
    }
    expect("frames that did not leave", workers.map(Worker::unsent).sum(), 0)
}

/// Fails unless a worker has forgotten every call, and lost no event of one.
///
/// # Errors
/// The first table with something in it.
pub fn check_empty(state: &State) -> Result<(), Fault> {
    expect("events lost", state.events_lost, 0)?;
    expect("transactions left at the end", state.txns.used().into(), 0)?;
    expect("set-ups left at the end", state.setups.used().into(), 0)?;
    expect("branches left at the end", state.branches.used().into(), 0)?;
    expect("exchanges left at the end", state.exchanges.used().into(), 0)?;
    expect("calls left at the end", state.calls.used().into(), 0)?;
    expect("dialog keys left at the end", state.dialogs.len().into(), 0)?;
    expect("texts left at the end", state.slabs.used().into(), 0)
}
