//! Owns the SIP core of one worker: a datagram or a tick goes in, a verdict and datagrams come out.
//! Hot. Knows nothing of packets, threads or clocks.

use arrayvec::ArrayVec;
use parser::{Index, Message, ParseError};
use routing::switch::{Switched, Taken};
use simd::Padded;

use super::branch::Opened;
use super::core::Core;
use super::env::{Env, Issue};
use super::lookup::Lookup;
use super::outbox::Outbox;
use super::state::State;
use crate::net::{Endpoint, ListenerId};
use crate::txn::pool::NONE;
use crate::verdict::Verdict;

/// The time of a burst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Microseconds since the worker's start, from a clock that does not step.
    pub us: u64,
    /// The same in milliseconds.
    pub ms: u64,
    /// Microseconds since 1970.
    pub utc_us: u64,
}

impl Now {
    /// The time `us` microseconds after the worker's start, when UTC is `utc_us`.
    pub fn new(us: u64, utc_us: u64) -> Self {
        Now { us, ms: us / 1000, utc_us }
    }
}

/// Datagrams that are looked at together.
pub const BURST: usize = 32;

/// A received datagram.
#[derive(Clone, Copy)]
pub struct Datagram<'b> {
    /// The listener that it came to.
    pub listener: ListenerId,
    /// Who sent it.
    pub source: Endpoint,
    /// Its bytes.
    pub payload: Padded<'b>,
    /// The branch of its top Via, if somebody has opened it.
    pub opened: Option<Opened>,
}

/// The SIP core of one worker.
pub struct Engine {
    env: Env,
    state: State,
    /// One for each datagram of a burst.
    indexes: Box<[Index]>,
}

impl Engine {
    /// A core over reserved tables.
    pub fn new(mut env: Env, state: State) -> Self {
        env.switches.drop_up_to(env.image.as_ref().map_or(0, |image| image.version()));
        Engine { env, state, indexes: (0..BURST).map(|_| Index::new()).collect() }
    }

    /// Takes datagrams, and tells what became of each, in their order.
    #[inline]
    pub fn receive<O: Outbox>(
        &mut self,
        now: Now,
        datagrams: &[Datagram<'_>],
        out: &mut O,
        mut tell: impl FnMut(Verdict),
    ) {
        for burst in datagrams.chunks(BURST) {
            self.receive_burst(now, burst, out, &mut tell);
        }
    }

    /// Parses all, then fetches for all, then handles all.
    fn receive_burst<O: Outbox>(
        &mut self,
        now: Now,
        burst: &[Datagram<'_>],
        out: &mut O,
        tell: &mut impl FnMut(Verdict),
    ) {
        let Engine { env, state, indexes } = self;
        state.current = NONE;
        let mut looked: ArrayVec<Result<Lookup, ParseError>, BURST> = ArrayVec::new();
        for (datagram, index) in burst.iter().zip(indexes.iter_mut()) {
            looked.push(parser::scan(datagram.payload, &env.limits, index).map(|()| {
                let message = Message::of(datagram.payload, index);
                Lookup::of(env, state, &message, datagram)
            }));
        }
        for lookup in looked.iter().flatten() {
            lookup.fetch_live(state);
        }
        for lookup in looked.iter().flatten() {
            lookup.fetch_named(state);
        }
        for ((datagram, index), lookup) in burst.iter().zip(indexes.iter()).zip(&looked) {
            state.current = NONE;
            let mut core = Core { env, state, out, now };
            let Datagram { listener, source, payload, .. } = *datagram;
            let message = Message::of(payload, index);
            tell(match lookup {
                Ok(Lookup::Request(method, key)) => {
                    core.request(&message, *method, listener, source, *key)
                }
                Ok(Lookup::Response(status, Some(branch))) => {
                    core.response(&message, *status, branch, source)
                }
                Ok(Lookup::Response(_, None)) => Verdict::DropStrayResponse,
                Err(error) => {
                    let reply = Message::for_reply(payload.bytes(), index);
                    core.unparseable(payload.bytes(), *error, reply, listener, source)
                }
            });
        }
    }

    /// Does what time has brought since the last call.
    #[inline]
    pub fn tick<O: Outbox>(&mut self, now: Now, out: &mut O) {
        Core { env: &self.env, state: &mut self.state, out, now }.tick();
    }

    /// Gives up the transaction that was being handled when a panic was raised: its records are given back, a call
    /// that it was to open is recorded as failed, and what comes of it again is absorbed until it is forgotten, so
    /// that the same message does not raise the same panic again.
    #[cold]
    pub fn abandon_current<O: Outbox>(&mut self, now: Now, out: &mut O) {
        Core { env: &self.env, state: &mut self.state, out, now }.abandon_current();
    }

    /// Goes over to another image between two bursts, and leaves what it had in its place, whose memory is not to be
    /// given back here.
    pub fn adopt(&mut self, issue: &mut Issue) {
        self.env.switches.drop_up_to(issue.as_of());
        self.state.technique.adopt(&mut issue.techniques);
        core::mem::swap(&mut self.env.image, &mut issue.image);
    }

    /// Takes a switch that goes ahead of its image.
    pub fn switch(&mut self, what: Switched, enabled: bool, as_of: u64) -> Taken {
        self.env.switches.set(what, enabled, as_of)
    }

    /// Change sequence of the image in force; 0 without one.
    pub fn image_as_of(&self) -> u64 {
        self.env.image.as_ref().map_or(0, |image| image.version())
    }

    /// What it reads.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// Its tables, for gauges.
    pub fn state(&self) -> &State {
        &self.state
    }
}
