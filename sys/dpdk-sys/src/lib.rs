//! Owns the raw bindings of DPDK: generated from its headers when the crate is built.
//! Refuses to be safe or convenient: that is crate `dpdk`, its only user.

pub mod mbuf;

/// What bindgen made of DPDK's headers and of `shim.h`.
#[allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    unnecessary_transmutes,
    unused_qualifications,
    unsafe_op_in_unsafe_fn,
    clippy::all,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::missing_safety_doc,
    reason = "generated code follows the headers, not the house style"
)]
mod bindings {
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}

pub use bindings::*;
