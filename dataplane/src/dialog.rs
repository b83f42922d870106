//! Owns what outlives a transaction: dialog cookie, keys and call records.
//! Hot. Knows nothing of packets or routing.
#![cfg_attr(not(test), deny(clippy::cast_possible_truncation))]

pub mod base32;
pub mod call;
pub mod cookie;
pub mod keyring;
pub mod standing;
