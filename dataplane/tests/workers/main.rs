//! Several workers over ring ports, driven in turn on one thread with simulated time: who gets a message, and
//! what happens when the way there is full.
//!
//! [`rig`] is the router between its peers; the messages are those of the SIP core's own scenarios.

mod bursts;
mod calls;
mod desk;
mod full;
mod layouts;
mod neighbours;
mod queues;
mod rig;
#[allow(dead_code, reason = "the scenarios of the SIP core use all of it")]
#[path = "../../src/proxy/tests/sip.rs"]
mod sip;
