//! Owns the state of transactions: fixed pools of records, the tables that find them, and their timers.
//! Hot. Knows nothing of packets, sockets or routing.
//!
//! A transaction is a 64-byte [`record::Txn`] from its first packet to the end of its linger state; what it
//! needs only while it is alive ([`record::Setup`], [`record::Branch`], [`record::Exchange`]) and its
//! retained text hang off it and are given back as soon as a final answer is known.
#![cfg_attr(not(test), deny(clippy::cast_possible_truncation))]

pub mod keytable;
pub mod linger;
pub mod machine;
pub mod pool;
pub mod record;
pub mod slab;
pub mod wheel;
