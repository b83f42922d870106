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
    /// Segments that there are.
    JournalSegments = "journal_segments",
    /// Segments removed because the database has them.
    JournalSegmentsRemoved = "journal_segments_removed",
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
    /// Workers that refuse new calls because their ring of events is nearly full.
    RefusingWorkers = "refusing_workers",
    /// Notes that became log lines.
    NotesLogged = "notes_logged",
    /// Notes that were too many of their kind.
    NotesSuppressed = "notes_suppressed",
    /// 1 while the control plane is connected.
    ControlConnected = "control_connected",
    /// Connections that ended because the control plane broke the rules.
    ControlFaults = "control_faults",
    /// Change sequence of the image in force at every worker; 0 without one.
    ImageAsOf = "image_as_of",
    /// Images that were adopted.
    ImagesAdopted = "images_adopted",
    /// Images that were refused.
    ImagesRefused = "images_refused",
    /// How long the last adoption took, from the first worker's to the last worker's.
    AdoptionUs = "adoption_us",
    /// Change sequence of the image on disk, 0 while none of this run is.
    ImageSavedAsOf = "image_saved_as_of",
    /// 1 once the open calls of earlier runs are counted.
    CallsRestored = "calls_restored",
    /// Counts of open calls for which the table had no line.
    ActiveUncounted = "active_uncounted",
    /// 1 while new calls are refused because somebody asked for it.
    Draining = "draining",
}

impl Statistic {
    /// Its place in [`NAMES`].
    pub const fn id(self) -> CounterId {
        CounterId(self as u16)
    }
}
