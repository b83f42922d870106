//! Memory that is reserved at start or shared with another process: huge-page arrays, named segments,
//! counters, rings, the clock anchor and the layout of what crosses the process edge.
//!
//! Knows nothing of packets, SIP grammar or routing. One of the few crates that may hold unsafe code:
//! it lives in `memory`, `segment` and `ring`, and each use names the invariant that it relies on.
//!
//! | module | what it is for | writer → reader |
//! |---|---|---|
//! | [`memory`] | fixed arrays on their own pages | one thread |
//! | [`instance`] | the locked directory of one running data plane | one process |
//! | [`segment`] | a named shared file with a checked header | owner → other processes |
//! | [`counters`] | named `u64` words in a segment | worker → anybody |
//! | [`ring`] | single-producer single-consumer records | worker → keeper, process → process |
//! | [`anchor`] | what the TSC means in UTC | keeper → workers |
//! | [`layout`] | records that outlive or leave the process | data plane → control plane |
//!
//! # Model checking
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p hugepages --lib loom_` runs the rings and the anchor under
//! loom; [`sync`] says what that proves and what it cannot see.

pub mod anchor;
#[cfg(not(loom))]
pub mod counters;
#[cfg(not(loom))]
pub mod instance;
pub mod layout;
pub mod memory;
pub mod ring;
#[cfg(not(loom))]
pub mod segment;
pub mod sync;

#[cfg(all(test, not(loom)))]
mod testing;
