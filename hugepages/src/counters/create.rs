//! Owns the making of a counter segment and the places of its parts.
//! Knows nothing of counting.

use std::sync::atomic::Ordering;

use crate::instance::InstanceDir;
use crate::segment::{CreateSegmentError, LayoutVersion, Segment, SegmentKind, SegmentSpec, WORD};

use super::{Counters, MAX_COUNTERS};

/// Version of the layout that [`super`] describes.
pub(super) const LAYOUT: LayoutVersion = LayoutVersion(1);
/// Word that holds the number of counters.
pub(super) const COUNT_AT: usize = 0;
/// Word that holds the bytes of the names.
pub(super) const NAMES_BYTES_AT: usize = 1;
/// Word of the first counter: a cache line pair away from the words that never change.
pub(super) const VALUES_AT: usize = 16;

/// Why counters could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateCountersError {
    /// Too many.
    #[error("{count} counters exceed the {MAX_COUNTERS} of a segment")]
    TooMany {
        /// Counters asked for.
        count: usize,
    },
    /// A name cannot be stored.
    #[error("counter name {name:?} is empty or has a line break")]
    Name {
        /// The name.
        name: String,
    },
    /// The segment could not be made.
    #[error(transparent)]
    Segment(#[from] CreateSegmentError),
}

impl Counters {
    /// Makes a segment of zeroed counters, one for each name.
    ///
    /// # Errors
    ///
    /// [`CreateCountersError`]: the names do not fit, or the segment cannot be made.
    pub fn create(
        dir: &InstanceDir,
        segment: &str,
        names: &[&str],
    ) -> Result<Counters, CreateCountersError> {
        let count = names.len();
        if count > MAX_COUNTERS {
            return Err(CreateCountersError::TooMany { count });
        }
        if let Some(name) = names.iter().find(|name| name.is_empty() || name.contains('\n')) {
            return Err(CreateCountersError::Name { name: (*name).to_owned() });
        }
        let text = names.join("\n");
        let names_at = VALUES_AT + count;
        let words = names_at + text.len().div_ceil(WORD);
        let spec = SegmentSpec { kind: SegmentKind::Counters, layout: LAYOUT, words };
        let segment = Segment::create_with(dir, segment, spec, |words| {
            let set = |at: usize, value: u64| {
                if let Some(word) = words.get(at) {
                    word.store(value, Ordering::Relaxed);
                }
            };
            set(COUNT_AT, count as u64);
            set(NAMES_BYTES_AT, text.len() as u64);
            for (at, chunk) in text.as_bytes().chunks(WORD).enumerate() {
                let mut bytes = [0; WORD];
                bytes[..chunk.len()].copy_from_slice(chunk);
                set(names_at + at, u64::from_le_bytes(bytes));
            }
        })?;
        Ok(Counters { segment, count })
    }
}
