//! Owns the records in the rings of commands, version 1: urgent switches that go ahead of images.
//! Hot. Knows nothing of rings, and trusts no byte that it reads.
//!
//! A record is 16 bytes, little endian: kind, version, switch, a zero byte, the id of what is
//! switched, and the database change sequence. An image of that sequence or a later one says the same,
//! therefore a command can be forgotten once such an image is in force.

#[cfg(test)]
mod tests;

use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The version that this module writes and reads.
pub const VERSION: u8 = 1;
/// Bytes of a record.
pub const COMMAND_LEN: usize = size_of::<Record>();

const TRUNK_SWITCH: u8 = 1;
const ORIGINATOR_SWITCH: u8 = 2;

/// What a worker is told ahead of the next image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Command {
    /// A trunk takes calls, or takes none.
    TrunkSwitch {
        /// Database change sequence of the switch.
        as_of: u64,
        /// Stable id of the trunk.
        trunk: u32,
        /// Whether it takes calls.
        enabled: bool,
    },
    /// An originator may call, or may not.
    OriginatorSwitch {
        /// Database change sequence of the switch.
        as_of: u64,
        /// Stable id of the originator.
        originator: u32,
        /// Whether it may call.
        enabled: bool,
    },
}

/// Why bytes are no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeCommandError {
    /// Another number of bytes.
    #[error("a command has {COMMAND_LEN} bytes, not {got}")]
    Length {
        /// Bytes given.
        got: usize,
    },
    /// Written by another release.
    #[error("command version {got} is not {VERSION}; use programs of one release")]
    Version {
        /// The version found.
        got: u8,
    },
    /// No such kind.
    #[error("command kind {got} is unknown")]
    Kind {
        /// The kind found.
        got: u8,
    },
    /// A switch that is neither on nor off.
    #[error("switch position {got} is neither 0 nor 1")]
    Switch {
        /// The byte found.
        got: u8,
    },
}

#[derive(Clone, Copy, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned)]
#[repr(C)]
struct Record {
    kind: u8,
    version: u8,
    enabled: u8,
    reserved: u8,
    id: U32,
    as_of: U64,
}

const _: () = assert!(COMMAND_LEN == 16);

impl Command {
    /// The database change sequence.
    pub const fn as_of(&self) -> u64 {
        match *self {
            Command::TrunkSwitch { as_of, .. } | Command::OriginatorSwitch { as_of, .. } => as_of,
        }
    }

    /// The record.
    pub fn encode(&self) -> [u8; COMMAND_LEN] {
        let (kind, id, enabled) = match *self {
            Command::TrunkSwitch { trunk, enabled, .. } => (TRUNK_SWITCH, trunk, enabled),
            Command::OriginatorSwitch { originator, enabled, .. } => {
                (ORIGINATOR_SWITCH, originator, enabled)
            }
        };
        let (enabled, id, as_of) = (u8::from(enabled), id.into(), self.as_of().into());
        zerocopy::transmute!(Record { kind, version: VERSION, enabled, reserved: 0, id, as_of })
    }

    /// Checks `bytes`, which hold exactly one record.
    ///
    /// # Errors
    ///
    /// [`DecodeCommandError`]: the first thing that does not hold.
    pub fn decode(bytes: &[u8]) -> Result<Command, DecodeCommandError> {
        let Ok(record) = Record::read_from_bytes(bytes) else {
            return Err(DecodeCommandError::Length { got: bytes.len() });
        };
        if record.version != VERSION {
            return Err(DecodeCommandError::Version { got: record.version });
        }
        let enabled = match record.enabled {
            0 => false,
            1 => true,
            got => return Err(DecodeCommandError::Switch { got }),
        };
        let (id, as_of) = (record.id.get(), record.as_of.get());
        match record.kind {
            TRUNK_SWITCH => Ok(Command::TrunkSwitch { as_of, trunk: id, enabled }),
            ORIGINATOR_SWITCH => Ok(Command::OriginatorSwitch { as_of, originator: id, enabled }),
            got => Err(DecodeCommandError::Kind { got }),
        }
    }
}
