//! Memory that is reserved at start or shared with another process: huge-page arrays, named segments,
//! counters, rings, the clock anchor and the layout of what crosses the process edge.
//!
//! Knows nothing of packets, SIP grammar or routing. One of the few crates that may hold unsafe code:
//! it lives in `memory`, `segment`, `extent` and `ring`, and each use names the invariant that it
//! relies on.
//!
//! | module | what it is for | writer → reader |
//! |---|---|---|
//! | [`memory`] | fixed arrays on their own pages | one thread |
//! | [`instance`] | the locked directory of one running data plane | one process |
//! | [`segment`] | a named shared file with a checked header | owner → other processes |
//! | [`counters`] | named `u64` words in a segment | worker → anybody |
//! | [`ring`] | single-producer single-consumer records | worker → keeper, process → process |
//! | [`anchor`] | what the TSC means in UTC | keeper → workers |
//! | [`extent`] | sealed memory that another process maps | control plane → data plane |
//! | [`link`] | messages with descriptors over a unix socket | control plane ↔ data plane |
//! | [`publish`] | which extents must stay while versions come and go | both keep their side |
//! | [`commands`] | urgent switches that go ahead of images | control plane → workers |
//! | [`tally`] | calls in progress per trunk and originator | workers → anybody |
//! | [`journal`] | the files that keep call events | keeper → control plane |
//! | [`layout`] | records that outlive or leave the process | both ways |
//!
//! # Model checking
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p hugepages --lib loom_` runs the rings, the anchor and the
//! tally under loom; [`sync`] says what that proves and what it cannot see.

pub mod anchor;
#[cfg(not(loom))]
pub mod commands;
#[cfg(not(loom))]
pub mod counters;
#[cfg(not(loom))]
pub mod extent;
#[cfg(not(loom))]
pub mod instance;
#[cfg(not(loom))]
pub mod journal;
pub mod layout;
#[cfg(not(loom))]
pub mod link;
pub mod memory;
pub mod publish;
pub mod ring;
#[cfg(not(loom))]
pub mod segment;
pub mod sync;
pub mod tally;

#[cfg(all(test, not(loom)))]
mod testing;
