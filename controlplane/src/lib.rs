//! Owns the control plane: the database as the one truth, its compilation into plan images, and the API on it.
//! Refuses to know packets and SIP: the data plane is met in bytes that `hugepages::layout` and `routing::image` describe.
#![forbid(unsafe_code)]

pub mod calls;
pub mod cluster;
pub mod config;
pub mod daemon;
pub mod database;
pub mod http;
pub mod json;
pub mod link;
pub mod migrate;
pub mod model;
pub mod privilege;
pub mod publish;
pub mod records;
mod stages;
pub mod store;
pub mod sync;
