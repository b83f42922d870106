//! Owns the question which calls were answered or ended so shortly before this run that what did it may come once more.
//! Refuses to know what is done about them.
//!
//! A callee repeats its 2xx until it has the ACK, for 64 × T1. When the process that passed the answer on is gone, its
//! successor acknowledges and ends the call. It has to know whether the call was counted as standing: it was if the
//! journal holds its start and not its end.
//!
//! A BYE is repeated as long when its answer was lost with the process that had told the end: what ends then is over,
//! and counts no more.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use hugepages::journal::segment::{Frame, Frames, HeaderError, list, path};
use hugepages::layout::cdr::{Event, Kind};

/// How long a journal has to reach back for this, in µs: a peer repeats its answer for 64 times its own T1, which is not
/// ours to set; `b_ms` is ours.
pub fn window_us(b_ms: u32) -> u64 {
    (u64::from(b_ms) + 33_000) * 1_000
}

/// Calls of earlier runs by identity, ascending.
#[derive(Clone, Debug, Default)]
pub struct Unsettled {
    /// Those that began lately and have not ended.
    pub open: Arc<[u64]>,
    /// Those that ended lately.
    pub ended: Arc<[u64]>,
}

/// The calls in the journal `dir` that began or ended at or after `since_utc_us`.
///
/// Reads the segments from that time on; one has 64 MiB. None of them is removed ([`super::reap`]).
///
/// # Errors
/// A segment cannot be read.
pub fn read(dir: &Path, since_utc_us: u64) -> io::Result<Unsettled> {
    let numbers = list(dir)?;
    let mut wanted = Vec::new();
    for number in numbers.into_iter().rev() {
        let frames = Frames::open(&path(dir, number)).map_err(|error| match error {
            HeaderError::Io(error) => error,
            other => io::Error::other(other),
        })?;
        let is_first = frames.header().created_utc_us < since_utc_us;
        wanted.push(frames);
        if is_first {
            break;
        }
    }
    let (mut open, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for mut frames in wanted.into_iter().rev() {
        while frames.advance()? == Frame::Payload {
            let Ok(event) = Event::decode(frames.payload()) else { continue };
            let head = event.head();
            match event.kind() {
                Kind::Start if head.at_utc_us.get() >= since_utc_us => {
                    open.insert(head.identity.get());
                }
                Kind::End | Kind::OrphanEnd => {
                    open.remove(&head.identity.get());
                    if head.at_utc_us.get() >= since_utc_us {
                        ended.insert(head.identity.get());
                    }
                }
                _ => {}
            }
        }
    }
    Ok(Unsettled { open: open.into_iter().collect(), ended: ended.into_iter().collect() })
}

#[cfg(test)]
mod tests {
    use hugepages::layout::cdr::Outcome;

    use super::*;
    use crate::cdr::testing::{T0, attempt, end, head, orphan_end, setup, start};
    use crate::keeper::journal::Journal;
    use crate::keeper::testing::Scratch;

    #[test]
    fn names_calls_that_began_lately_and_stand_and_those_that_ended_lately() {
        let scratch = Scratch::new();
        // Small segments: every write begins another one.
        let (mut journal, _) = Journal::open_with(scratch.path(), 100).unwrap();
        let attempts = [attempt(7, 0, 200)];
        let answered = setup(Outcome::Answered, &attempts);
        let mut position = 0;
        let mut put = |event: &dyn Fn(u64) -> Vec<u8>| {
            journal.stage(&event(position));
            journal.write().unwrap();
            position += 10_000;
        };
        for (call, at_s) in [(1, 10), (6, 11), (2, 50), (3, 60), (4, 70), (5, 80)] {
            put(&|position| start(&head(call, position, at_s), &answered));
        }
        put(&|position| end(&head(6, position, 12), 1));
        put(&|position| end(&head(3, position, 90), 1));
        put(&|position| orphan_end(&head(5, position, 91)));
        let since = T0 + 50_000_000;
        // The identity of a call of these tests is its number and 1,000.
        let lately = read(scratch.path(), since).unwrap();
        assert_eq!((&*lately.open, &*lately.ended), (&[1_002, 1_004][..], &[1_003, 1_005][..]));
        let later = read(scratch.path(), T0 + 99_000_000).unwrap();
        assert!(later.open.is_empty() && later.ended.is_empty());
    }
}
