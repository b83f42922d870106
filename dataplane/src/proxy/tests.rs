//! Scenarios of the SIP core: datagrams and time go in, datagrams, verdicts and CDR events come out.
//!
//! [`world`] is a core over small tables between two networks, with a simulated clock; [`sip`] builds and reads
//! messages without the parser under test; [`peers`] are callers and carriers that misbehave at random.

mod adopting;
mod burst;
mod call;
mod cancel;
mod counting;
mod dialog;
mod exhaustion;
mod failover;
mod invariants;
mod late;
mod panics;
mod peers;
mod plan;
mod refusals;
mod restart;
mod sip;
mod timers;
mod told;
mod world;
