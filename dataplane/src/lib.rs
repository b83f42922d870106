//! The data plane: pinned poll-mode workers that route SIP calls, and the keeper that serves them.
//!
//! Knows nothing of databases or HTTP. Unsafe code lives in `dpdk`, `simd` and `hugepages`.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod cdr;
pub mod cli;
pub mod config;
pub mod dialog;
pub mod keeper;
pub mod keys;
pub mod net;
pub mod owner;
pub mod privilege;
pub mod proxy;
pub mod start;
pub mod txn;
pub mod verdict;
pub mod worker;
