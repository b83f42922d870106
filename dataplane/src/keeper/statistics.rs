//! Owns the names of the keeper's counters. Knows nothing of how they come about.

use hugepages::counters::CounterId;

macro_rules! statistics {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $name:literal, )+) => {
        /// A counter of the keeper.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum Statistic { $( $(#[doc = $doc])+ $variant, )+ }

        /// The names in the order of the counters.
        pub const NAMES: &[&str] = &[ $( $name, )+ ];
    };
}

statistics! {
    /// 0: the journal is written; 1: the disk refuses it.
    JournalState = "journal_state",
    /// The segment that is written.
    JournalSegment = "journal_segment",
    /// Where the next event goes in it.
    JournalOffset = "journal_offset",
    /// Writes that the disk refused.
    JournalWriteErrors = "journal_write_errors",
    /// Syncs that the disk refused.
    JournalSyncErrors = "journal_sync_errors",
    /// Events taken for the journal.
    EventsStaged = "events_staged",
    /// Events that the journal held already.
    EventsSkipped = "events_skipped",
    /// Records that were no events.
    EventsInvalid = "events_invalid",
    /// Bytes in the rings of events.
    EventBytesWaiting = "event_bytes_waiting",
    /// Notes that became log lines.
    NotesLogged = "notes_logged",
    /// Notes that were too many of their kind.
    NotesSuppressed = "notes_suppressed",
}

impl Statistic {
    /// Its place in [`NAMES`].
    pub const fn id(self) -> CounterId {
        CounterId(self as u16)
    }
}
