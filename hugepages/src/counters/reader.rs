//! Owns the reading of another process's counters.
//! Knows nothing of what is counted, and trusts nothing in the segment.

use std::path::Path;

use crate::segment::{Generation, OpenSegmentError, SegmentKind, SegmentView, WORD};

use super::create::{COUNT_AT, LAYOUT, NAMES_BYTES_AT, VALUES_AT};
use super::{CounterId, MAX_COUNTERS};

/// Longest text of names that a reader takes in.
const MAX_NAMES_BYTES: u64 = 1 << 20;

/// Why counters could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenCountersError {
    /// The segment could not be opened.
    #[error(transparent)]
    Segment(#[from] OpenSegmentError),
    /// Its table of names contradicts itself.
    #[error("the counters in segment {segment:?} have a damaged table of names")]
    Table {
        /// Name of the segment.
        segment: String,
    },
}

/// Counters of another process.
#[derive(Debug)]
pub struct CountersReader {
    view: SegmentView,
    names: Vec<String>,
}

impl CountersReader {
    /// Opens the counters of a segment and copies their names.
    ///
    /// # Errors
    ///
    /// [`OpenCountersError`]: it is not there, or not such a segment.
    pub fn open(dir: &Path, segment: &str) -> Result<CountersReader, OpenCountersError> {
        let view = SegmentView::open(dir, segment, SegmentKind::Counters, LAYOUT)?;
        let Some(names) = read_names(&view) else {
            return Err(OpenCountersError::Table { segment: segment.to_owned() });
        };
        Ok(CountersReader { view, names })
    }

    /// Names and present values, in the order of the table.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let value = |at| self.view.load(VALUES_AT + at).unwrap_or(0);
        self.names.iter().enumerate().map(move |(at, name)| (name.as_str(), value(at)))
    }

    /// The present value; `None` beyond the table.
    pub fn get(&self, id: CounterId) -> Option<u64> {
        let index = usize::from(id.0);
        self.names.get(index).and_then(|_| self.view.load(VALUES_AT + index))
    }

    /// The names, in the order of the table.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Which incarnation of the segment this is; counters start at zero with each.
    pub fn generation(&self) -> Generation {
        self.view.generation()
    }

    /// Whether the segment's name still leads to these counters: if not, open them again.
    pub fn is_current(&self) -> bool {
        self.view.is_current()
    }
}

fn read_names(view: &SegmentView) -> Option<Vec<String>> {
    let count = usize::try_from(view.load(COUNT_AT)?).ok().filter(|&n| n <= MAX_COUNTERS)?;
    let bytes = view.load(NAMES_BYTES_AT).filter(|&bytes| bytes <= MAX_NAMES_BYTES)? as usize;
    let names_at = VALUES_AT + count;
    let mut text = Vec::with_capacity(bytes + WORD);
    for at in 0..bytes.div_ceil(WORD) {
        text.extend_from_slice(&view.load(names_at + at)?.to_le_bytes());
    }
    text.truncate(bytes);
    let text = String::from_utf8(text).ok()?;
    let names: Vec<String> = text.lines().map(str::to_owned).collect();
    (names.len() == count).then_some(names)
}
