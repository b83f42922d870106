//! Owns the records of standing calls: what the end of a call needs to know of its beginning.
//! Hot. Knows nothing of SIP messages.

use zerocopy::FromZeros;

use crate::net::{Endpoint, ListenerId};
use crate::txn::pool::{NONE, Pool, Record};

/// A call from its first attempt (reserved) over its answer to its end. At most 128 bytes.
#[derive(FromZeros)]
#[repr(C)]
pub struct Call {
    /// Id of the CDR.
    pub call_id: u64,
    /// Keyed hash of Call-ID and caller's tag; also the key in the dialog table.
    pub identity: u64,
    /// Keyed hash of Call-ID and callee's tag; the dialog table's other key, 0 while it is unknown.
    pub callee_identity: u64,
    /// When it was answered: microseconds since the worker's start, 0 while it is not.
    pub answered_us: u64,
    /// Stable id of the originator.
    pub originator: u32,
    /// Stable id of the trunk that answered.
    pub trunk: u32,
    /// Where the caller's signalling comes from.
    pub caller: Endpoint,
    /// Where the callee's signalling comes from.
    pub callee: Endpoint,
    /// The listener that faces the caller.
    pub ingress: ListenerId,
    /// The listener that faces the callee.
    pub egress: ListenerId,
    /// The call that was answered before this one, among those that stand; see [`super::standing`].
    pub older: u32,
    /// The call that was answered after it.
    pub newer: u32,
}

const _: () = assert!(Pool::<Call>::CELL_BYTES <= 128);

impl Record for Call {
    fn reset(&mut self) {
        *self = Call {
            call_id: 0,
            identity: 0,
            callee_identity: 0,
            answered_us: 0,
            originator: 0,
            trunk: 0,
            caller: Endpoint::default(),
            callee: Endpoint::default(),
            ingress: ListenerId::default(),
            egress: ListenerId::default(),
            older: NONE,
            newer: NONE,
        };
    }
}
