//! Owns the question which calls were answered so shortly before this run that their answer may come once more.
//! Refuses to know what is done about them.
//!
//! A callee repeats its 2xx until it has the ACK, for 64 × T1. When the process that passed the answer on is gone, its
//! successor acknowledges and ends the call. It has to know whether the call was counted as standing: it was if the
//! journal holds its start and not its end.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use hugepages::journal::segment::{Frame, Frames, HeaderError, list, path};
use hugepages::layout::cdr::{Event, Kind};

/// Identities of calls in the journal `dir` that began at or after `since_utc_us` and have not ended, ascending.
///
/// Reads the segments from that time on; one has 64 MiB.
///
/// # Errors
/// A segment cannot be read.
pub fn read(dir: &Path, since_utc_us: u64) -> io::Result<Arc<[u64]>> {
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
    let mut open = BTreeSet::new();
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
                }
                _ => {}
            }
        }
    }
    Ok(open.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use hugepages::layout::cdr::Outcome;

    use super::*;
    use crate::cdr::testing::{T0, attempt, end, head, orphan_end, setup, start};
    use crate::keeper::journal::Journal;
    use crate::keeper::testing::Scratch;

    #[test]
    fn names_calls_that_began_lately_and_stand() {
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
        for (call, at_s) in [(1, 10), (2, 50), (3, 60), (4, 70), (5, 80)] {
            put(&|position| start(&head(call, position, at_s), &answered));
        }
        put(&|position| end(&head(3, position, 90), 1));
        put(&|position| orphan_end(&head(5, position, 91)));
        let since = T0 + 50_000_000;
        // The identity of a call of these tests is its number and 1,000.
        assert_eq!(*read(scratch.path(), since).unwrap(), [1_002, 1_004]);
        assert!(read(scratch.path(), T0 + 99_000_000).unwrap().is_empty());
    }
}
