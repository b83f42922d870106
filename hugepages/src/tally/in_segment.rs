//! Owns tallies in named segments: the data plane's own, and the view of another process.
//! Knows nothing of how a line is found.

use std::path::Path;

use crate::instance::InstanceDir;
use crate::segment::{
    CreateSegmentError, LayoutVersion, OpenSegmentError, Segment, SegmentKind, SegmentSpec,
    SegmentView,
};
use crate::sync::{AtomicU64, Ordering};

use super::table::{self, LINE};
use super::{TallyFull, TallyKey};

const LAYOUT: LayoutVersion = LayoutVersion(2);
const SLOTS_AT: usize = 0;
const TOLD_AT: usize = 1;
/// Behind the 128 bytes of the header a line starts at every eighth word.
const LINES_AT: usize = LINE;

/// Most lines of a tally.
pub const MAX_SLOTS: usize = 1 << 24;

/// Why a tally could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateTallyError {
    /// Nobody has that many trunks.
    #[error("a table of {slots} lines exceeds {MAX_SLOTS}; lower its size")]
    TooMany {
        /// Lines asked for.
        slots: usize,
    },
    /// The segment could not be made.
    #[error(transparent)]
    Segment(#[from] CreateSegmentError),
}

/// Why a tally could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenTallyError {
    /// The segment could not be opened.
    #[error(transparent)]
    Segment(#[from] OpenSegmentError),
    /// Its number of lines contradicts its length.
    #[error("the tally {name:?} is damaged: it says {slots} lines and has {words} words")]
    Damaged {
        /// Name of the segment.
        name: String,
        /// Lines that it says.
        slots: u64,
        /// Words of its body.
        words: usize,
    },
}

/// The counts of this data plane. Workers share it.
#[derive(Debug)]
pub struct Tally {
    segment: Segment,
}

impl Tally {
    /// Makes a segment of zeroed counts with room for `slots` keys, rounded up to a power of two.
    /// With a quarter of them free a look-up takes few steps.
    ///
    /// # Errors
    ///
    /// [`CreateTallyError`]: it is too large, or the segment cannot be made.
    pub fn create(dir: &InstanceDir, name: &str, slots: usize) -> Result<Tally, CreateTallyError> {
        if slots > MAX_SLOTS {
            return Err(CreateTallyError::TooMany { slots });
        }
        let slots = slots.max(1).next_power_of_two();
        let words = LINES_AT + slots * LINE;
        let spec = SegmentSpec { kind: SegmentKind::Tally, layout: LAYOUT, words };
        let segment = Segment::create_with(dir, name, spec, |words| {
            if let Some(word) = words.get(SLOTS_AT) {
                word.store(slots as u64, Ordering::Relaxed);
            }
        })?;
        Ok(Tally { segment })
    }

    /// Adds `delta` to the count of `key` in this run.
    ///
    /// # Errors
    ///
    /// [`TallyFull`]: the key has no line and none is free; nothing was counted.
    #[inline]
    pub fn add(&self, key: TallyKey, delta: i64) -> Result<(), TallyFull> {
        table::add(self.lines(), key, delta)
    }

    /// A call of an earlier run is over. Without one that stands it counts for nothing, once
    /// [`Tally::tell_earlier`] has been called, and is owed before.
    ///
    /// # Errors
    ///
    /// As [`Tally::add`].
    pub fn end_earlier(&self, key: TallyKey) -> Result<(), TallyFull> {
        match is_told(self.word(TOLD_AT)) {
            true => table::take_earlier(self.lines(), key).map(|_| ()),
            false => table::add_earlier(self.lines(), key, -1),
        }
    }

    /// Counts the calls that stood when this run began; to be called once. Gives how many found no
    /// line.
    pub fn tell_earlier(&self, counts: impl IntoIterator<Item = (TallyKey, i64)>) -> usize {
        let add = |(key, count)| table::add_earlier(self.lines(), key, count).is_err();
        let full = counts.into_iter().filter(|&counted| add(counted)).count();
        if let Some(told) = self.segment.words().get(TOLD_AT) {
            told.store(1, Ordering::Relaxed);
        }
        full
    }

    /// The count of `key`; zero if it has never been counted.
    pub fn get(&self, key: TallyKey) -> i64 {
        let (count, earlier) = table::get(self.lines(), key);
        standing(count, earlier, is_told(self.word(TOLD_AT)))
    }

    fn word(&self, at: usize) -> u64 {
        self.segment.words().get(at).map_or(0, |word| word.load(Ordering::Relaxed))
    }

    #[inline]
    fn lines(&self) -> &[AtomicU64] {
        self.segment.words().get(LINES_AT..).unwrap_or_default()
    }
}

/// The counts of another process.
#[derive(Debug)]
pub struct TallyReader {
    view: SegmentView,
    slots: usize,
}

impl TallyReader {
    /// Opens the tally `name` of the instance directory `dir`.
    ///
    /// # Errors
    ///
    /// [`OpenTallyError`]: it is not there, or damaged.
    pub fn open(dir: &Path, name: &str) -> Result<TallyReader, OpenTallyError> {
        let view = SegmentView::open(dir, name, SegmentKind::Tally, LAYOUT)?;
        let (words, said) = (view.len(), view.load(SLOTS_AT).unwrap_or(0));
        let lines = words.saturating_sub(LINES_AT) / LINE;
        let slots = usize::try_from(said).ok();
        match slots.filter(|&slots| slots.is_power_of_two() && slots == lines) {
            Some(slots) => Ok(TallyReader { view, slots }),
            None => Err(OpenTallyError::Damaged { name: name.to_owned(), slots: said, words }),
        }
    }

    /// Keys that have ever been counted, with their present counts. A line that names nothing is
    /// left out.
    pub fn iter(&self) -> impl Iterator<Item = (TallyKey, i64)> {
        let told = is_told(self.view.load(TOLD_AT).unwrap_or(0));
        let lines = (0..self.slots).map(|at| LINES_AT + at * LINE);
        lines.filter_map(move |at| {
            let key = TallyKey::from_word(self.view.load(at)?)?;
            let count = |at| self.view.load(at).map(u64::cast_signed);
            Some((key, standing(count(at + 1)?, count(at + 2)?, told)))
        })
    }

    /// Whether the name still leads to this file: false once its owner has been restarted.
    pub fn is_current(&self) -> bool {
        self.view.is_current()
    }
}

const fn is_told(word: u64) -> bool {
    word != 0
}

/// Calls that stand: what is owed to earlier runs counts until these are told.
fn standing(count: i64, earlier: i64, told: bool) -> i64 {
    count.wrapping_add(if told { earlier.max(0) } else { earlier })
}
