//! Owns SIP behaviour: what a received message makes the router do (RFC 3261 §16).
//! Hot. Knows nothing of packets: datagrams come in as bytes and leave through an [`outbox::Outbox`].
//!
//! | tier | messages | work |
//! |---|---|---|
//! | fast | retransmissions, ACK, responses, requests in dialogs | one hash or one branch, one splice |
//! | medium | initial INVITE | the routing decision, a retained copy |
//! | slow | errors, timers, late answers | replies of our own, retained text parsed again |
//!
//! A burst is parsed as a whole, each message once into an index of its own, and [`lookup`] fetches what the messages
//! name; the modules below then take one after the other by method and state:
//! [`request`] and [`response`] sort them; [`setup`] begins a call, [`attempt`] tries the trunks, [`invite_response`],
//! [`cancel`] and [`late`] take what comes of that, and [`ending`] ends it; [`dialog`], [`exchange`] and [`ack`] serve
//! what follows in the dialog, [`timers`] whatever time brings; [`emit`] and [`answer`] write what leaves.
#![cfg_attr(not(test), deny(clippy::cast_possible_truncation))]

pub mod branch;
pub mod outbox;

pub(crate) mod active;

mod abandon;
mod ack;
mod answer;
mod attempt;
mod cancel;
mod core;
mod dialog;
mod emit;
mod ending;
mod engine;
mod env;
mod events;
mod exchange;
mod invite_response;
mod late;
mod lookup;
mod request;
mod response;
mod setup;
mod state;
mod timers;

pub use active::Active;
pub use engine::{BURST, Datagram, Engine, Now};
pub use env::{Env, Issue, ListenerText, Timers};
pub use state::{Capacity, State};

#[cfg(test)]
mod tests;
