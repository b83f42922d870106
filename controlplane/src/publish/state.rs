//! Owns what is known of the data plane, as a plain value. Knows nothing of how it became known.

use std::path::PathBuf;

use hugepages::journal::Place;
use hugepages::layout::link::Hello;

/// The link and the data plane at its other end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkState {
    /// Who is connected.
    pub peer: Option<Peer>,
    /// Change sequence of the newest image.
    pub published: Option<u64>,
    /// Change sequence of the image that waits for an answer.
    pub in_flight: Option<u64>,
    /// Change sequence of the image that every worker routes with.
    pub active: Option<u64>,
    /// The image that the data plane refused last, until it adopts one.
    pub refused: Option<Refusal>,
    /// Why the last connection ended or was turned away.
    pub fault: Option<String>,
    /// Bytes of all live extents.
    pub extent_bytes: u64,
    /// How many there are.
    pub extents: usize,
}

/// An image that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its change sequence.
    pub as_of: u64,
    /// Why, in the words of the data plane.
    pub why: String,
}

/// A data plane, by its first message and what came after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Number of the appliance in its fleet.
    pub member: u16,
    /// Workers.
    pub workers: u16,
    /// Random number of its run.
    pub process: u64,
    /// Process id.
    pub pid: u32,
    /// Lowest and highest format of images that it reads.
    pub image_formats: (u32, u32),
    /// Version of the call events that it writes.
    pub event_layout: u8,
    /// Change sequence of the image that it had when it connected; 0 without one.
    pub image_as_of: u64,
    /// Where its journal ended when the run began.
    pub boot: Place,
    /// Whether it counts the calls of earlier runs.
    pub calls_restored: bool,
    /// Whether it refuses new calls.
    pub draining: bool,
    /// Calls that stand, as it told last.
    pub standing_calls: Option<u64>,
    /// Where its segments are.
    pub instance_dir: PathBuf,
    /// Where its journal is.
    pub journal_dir: PathBuf,
}

impl From<&Hello<'_>> for Peer {
    fn from(hello: &Hello<'_>) -> Peer {
        Peer {
            member: hello.member,
            workers: hello.workers,
            process: hello.process,
            pid: hello.pid,
            image_formats: hello.image_formats,
            event_layout: hello.event_layout,
            image_as_of: hello.image_as_of,
            boot: Place { segment: hello.boot_segment, offset: hello.boot_offset },
            calls_restored: hello.calls_restored,
            draining: hello.draining,
            standing_calls: None,
            instance_dir: PathBuf::from(hello.instance_dir),
            journal_dir: PathBuf::from(hello.journal_dir),
        }
    }
}
