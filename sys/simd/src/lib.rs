//! Owns the vector instructions of the hot path, each with a scalar twin of the same meaning.
//! Refuses to know what the bytes stand for: no SIP, no packets.
//!
//! The crate is built for x86-64-v3, so the vector form is chosen when it is compiled, not when
//! it runs; [`require_cpu`] is what a binary asks first, to stop with a sentence on an older CPU.

mod checksum;
mod cpu;
mod mask;
mod padded;
mod prefetch;

pub use checksum::ones_complement_sum;
pub use cpu::{MissingCpuFeature, require_cpu};
pub use mask::{byte_mask32, newline_mask};
pub use padded::{PAD, Padded, padded};
pub use prefetch::{prefetch_read, prefetch_whole};

/// The same functions without vector instructions: what tests compare against, and what any other
/// CPU runs.
pub mod scalar {
    pub use crate::checksum::scalar_ones_complement_sum as ones_complement_sum;
    pub use crate::mask::{scalar_byte_mask32 as byte_mask32, scalar_newline_mask as newline_mask};
}
