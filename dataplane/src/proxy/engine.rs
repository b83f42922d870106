//! Owns the SIP core of one worker: a datagram or a tick goes in, a verdict and datagrams come out.
//! Hot. Knows nothing of packets, threads or clocks.

use parser::{Index, Message};
use simd::Padded;

use super::core::Core;
use super::env::Env;
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

/// The SIP core of one worker.
pub struct Engine {
    env: Env,
    state: State,
    index: Index,
}

impl Engine {
    /// A core over reserved tables.
    pub fn new(env: Env, state: State) -> Self {
        Engine { env, state, index: Index::new() }
    }

    /// Takes one datagram that came to `listener` from `source`.
    #[inline]
    pub fn receive<O: Outbox>(
        &mut self,
        now: Now,
        listener: ListenerId,
        source: Endpoint,
        payload: Padded<'_>,
        out: &mut O,
    ) -> Verdict {
        let Engine { env, state, index } = self;
        state.current = NONE;
        let mut core = Core { env, state, out, now };
        match parser::parse(payload, &core.env.limits, index) {
            Ok(message) => match message.method() {
                Some(method) => core.request(&message, method, listener, source),
                None => core.response(&message, source),
            },
            Err(error) => {
                let reply = Message::for_reply(payload.bytes(), index);
                core.unparseable(payload.bytes(), error, reply, listener, source)
            }
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

    /// What it reads.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// Its tables, for gauges.
    pub fn state(&self) -> &State {
        &self.state
    }
}
