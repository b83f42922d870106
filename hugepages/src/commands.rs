//! Owns the two ends of a ring of commands: the control plane writes, one worker reads.
//! Hot. Knows nothing of what a switch does.
//!
//! The data plane makes one ring a worker in its instance directory and keeps the reading end; the
//! control plane attaches to the writing end, again after each of its own starts. Neither trusts the
//! other: a record is copied out before it is looked at, and a peer that breaks the protocol closes
//! the ring. A command that does not fit is not lost, because the next image says the same.

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::instance::InstanceDir;
use crate::layout::command::{COMMAND_LEN, Command, DecodeCommandError};
use crate::ring::{
    AttachRingError, Consumer, Producer, RingError, RingUse, attach_producer, create_in_segment,
};
use crate::segment::CreateSegmentError;

/// Bytes of a ring: room for 2,730 commands.
pub const RING_BYTES: usize = 64 << 10;

/// Name of the ring of a worker.
#[cold]
pub fn ring_name(worker: u16) -> String {
    format!("commands-{worker}")
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The worker will find it.
    Yes,
    /// The ring is full: the next image has to tell it.
    Full,
}

/// The end of the control plane.
#[derive(Debug)]
pub struct CommandSender {
    producer: Producer,
}

impl CommandSender {
    /// Attaches to the ring of a worker. There may be one sender at a time.
    ///
    /// # Errors
    ///
    /// [`AttachRingError`]: there is no such ring, it is damaged or closed.
    pub fn attach(instance_dir: &Path, worker: u16) -> Result<CommandSender, AttachRingError> {
        let producer = attach_producer(instance_dir, &ring_name(worker), RingUse::Commands)?;
        Ok(CommandSender { producer })
    }

    /// Puts a command into the ring.
    ///
    /// # Errors
    ///
    /// [`RingError`]: the ring is closed; the data plane makes another one when it starts again.
    pub fn send(&mut self, command: Command) -> Result<Told, RingError> {
        if let Some(mut slot) = self.producer.reserve(COMMAND_LEN) {
            slot.copy_from_slice(&command.encode());
            slot.commit();
            return Ok(Told::Yes);
        }
        self.producer.error().map_or(Ok(Told::Full), Err)
    }
}

/// The end of a worker.
#[derive(Debug)]
pub struct CommandReceiver {
    consumer: Consumer,
}

impl CommandReceiver {
    /// Makes the ring of a worker.
    ///
    /// # Errors
    ///
    /// [`CreateSegmentError`]: the segment cannot be made.
    pub fn create(dir: &InstanceDir, worker: u16) -> Result<CommandReceiver, CreateSegmentError> {
        let name = ring_name(worker);
        let made = create_in_segment(dir, &name, RingUse::Commands, RING_BYTES, 0);
        made.map(|(_, consumer)| CommandReceiver { consumer: consumer.distrusting() })
    }

    /// The next command; `None` while there is none, for ever when the ring is closed
    /// ([`CommandReceiver::error`]). A record that is no command is passed over and told.
    #[inline]
    pub fn receive(&mut self) -> Option<Result<Command, DecodeCommandError>> {
        let command = Command::decode(self.consumer.peek()?);
        self.consumer.release();
        Some(command)
    }

    /// Why the ring is closed, if it is.
    #[inline]
    pub fn error(&self) -> Option<RingError> {
        self.consumer.error()
    }
}
