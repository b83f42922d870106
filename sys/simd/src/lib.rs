//! Owns the vector instructions of the hot path, each with a scalar twin of the same meaning.
//! Refuses to know what the bytes stand for: no SIP, no packets.
//!
//! The crate is built for x86-64-v3, so the vector form is chosen when it is compiled, not when
//! it runs; [`require_cpu`] is what a binary asks first, to stop with a sentence on an older CPU.

mod block;
mod checksum;
mod cpu;
mod padded;
mod prefetch;

pub use block::{
    ByteSet, block, either_mask, either_mask_64, equal_mask, equal_mask_64, folded_mask,
};
pub use checksum::ones_complement_sum;
pub use cpu::{MissingCpuFeature, require_cpu};
pub use padded::{PAD, Padded, padded};
pub use prefetch::{prefetch_read, prefetch_whole};

/// The same functions without vector instructions: what tests compare against, and what any other
/// CPU runs.
pub mod scalar {
    pub use crate::block::{
        scalar_block as block, scalar_either_mask as either_mask, scalar_equal_mask as equal_mask,
        scalar_folded_mask as folded_mask,
    };
    pub use crate::checksum::scalar_ones_complement_sum as ones_complement_sum;
}
