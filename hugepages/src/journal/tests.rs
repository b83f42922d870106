//! Claims about reading a journal: while it grows, after a restart, and when it is damaged.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;

use super::segment::{Header, Positions, push_frame};
use super::*;
use crate::layout::cdr::{END_LEN, Encoder, End, Head};
use crate::testing::Scratch;

/// A directory of segments that are written by hand.
struct Dir {
    scratch: Scratch,
    number: u64,
    offset: u64,
}

impl Dir {
    /// A journal with an empty first segment.
    fn new() -> Dir {
        let scratch = Scratch::new();
        fs::create_dir(scratch.path()).unwrap();
        let mut dir = Dir { scratch, number: 0, offset: 0 };
        dir.rotate();
        dir
    }

    fn path(&self, number: u64) -> PathBuf {
        segment::path(self.scratch.path(), number)
    }

    fn rotate(&mut self) {
        self.number += 1;
        let positions = Positions::from([(0, 8)]);
        let header = Header { number: self.number, created_utc_us: 1, positions }.to_bytes();
        self.offset = header.len() as u64;
        fs::write(self.path(self.number), header).unwrap();
    }

    /// Writes bytes behind all that counts, which they do not.
    fn put(&self, bytes: &[u8]) {
        let file = OpenOptions::new().write(true).open(self.path(self.number)).unwrap();
        file.write_all_at(bytes, self.offset).unwrap();
    }

    /// Writes the frame of an event, whole.
    fn event(&mut self, call: u64) {
        let bytes = frame(call);
        self.put(&bytes);
        self.offset += bytes.len() as u64;
    }

    fn place(&self) -> Place {
        Place { segment: self.number, offset: self.offset }
    }

    fn reader(&self) -> Reader {
        Reader::open(self.scratch.path()).unwrap()
    }

    fn at(&self, place: Place) -> Result<Reader, ReadJournalError> {
        Reader::open_at(self.scratch.path(), place)
    }
}

fn payload(call: u64) -> Vec<u8> {
    let head = Head { worker: 0, call, position: call * 72, at_utc_us: 1, identity: 1 };
    let mut bytes = vec![0; END_LEN];
    Encoder::new(&mut bytes).end(&head, &End::default()).unwrap();
    bytes
}

fn frame(call: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_frame(&mut bytes, &payload(call));
    bytes
}

/// The calls up to the present end, and the place behind each.
fn rest(reader: &mut Reader) -> Vec<(u64, Place)> {
    let mut calls = Vec::new();
    while let Some((place, event)) = reader.next_event().unwrap() {
        calls.push((event.head().call.get(), place));
    }
    calls
}

fn calls(reader: &mut Reader) -> Vec<u64> {
    rest(reader).into_iter().map(|(call, _)| call).collect()
}

/// Three segments of three events each.
fn sample() -> Dir {
    let mut dir = Dir::new();
    for call in 0..9 {
        if call > 0 && call % 3 == 0 {
            dir.rotate();
        }
        dir.event(call);
    }
    dir
}

#[test]
fn follows_into_the_next_segment_and_asks_again_at_the_end() {
    let mut dir = Dir::new();
    let mut reader = dir.reader();
    assert_eq!(calls(&mut reader), []);
    dir.event(0);
    assert_eq!(rest(&mut reader), [(0, dir.place())]);
    dir.event(1);
    dir.rotate();
    assert_eq!(calls(&mut reader), [1]);
    assert_eq!(calls(&mut reader), []);
    assert_eq!(reader.place(), dir.place(), "at the head of the next segment");
    dir.event(2);
    assert_eq!(rest(&mut reader), [(2, dir.place())]);
}

#[test]
fn goes_on_from_every_place() {
    let dir = sample();
    let all = rest(&mut dir.reader());
    assert_eq!(all.len(), 9);
    assert!(all.is_sorted_by_key(|(_, place)| *place));
    for (at, (_, place)) in all.iter().enumerate() {
        assert_eq!(rest(&mut dir.at(*place).unwrap()), all[at + 1..]);
    }
    assert_eq!(rest(&mut dir.at(Place::START).unwrap()), all);
    let head = Place { segment: 2, offset: 56 };
    assert_eq!(calls(&mut dir.at(head).unwrap()), [3, 4, 5, 6, 7, 8]);
}

#[test]
fn place_that_is_not_between_two_events_is_refused() {
    let dir = sample();
    let places: Vec<Place> = rest(&mut dir.reader()).into_iter().map(|(_, place)| place).collect();
    let last = dir.place();
    for offset in 0..last.offset + 100 {
        let place = Place { segment: 3, offset };
        let refused = dir.at(place);
        if places.contains(&place) || offset == 56 {
            refused.unwrap();
            continue;
        }
        let Err(ReadJournalError::NoPlace { before, .. }) = refused else {
            panic!("{place:?} was taken");
        };
        assert!(before.offset == 56 || places.contains(&before), "{before:?}");
        assert!(before < place || offset < 56);
    }
}

#[test]
fn says_where_a_journal_ends_that_is_shorter_than_the_place() {
    let dir = sample();
    let lost = dir.place();
    let before = Place { offset: lost.offset - 72, ..lost };
    OpenOptions::new().write(true).open(dir.path(3)).unwrap().set_len(before.offset).unwrap();
    let error = dir.at(lost).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("offset 272 of the journal segment"), "{text}");
    assert!(text.ends_with("the last place before it is 200"), "{text}");
    let Err(ReadJournalError::NoPlace { before: found, .. }) = dir.at(lost) else { panic!() };
    assert_eq!(found, before);
}

#[test]
fn place_in_a_segment_that_is_gone_is_refused() {
    let dir = sample();
    fs::remove_file(dir.path(1)).unwrap();
    for segment in [1, 4, u64::MAX] {
        let error = dir.at(Place { segment, offset: 56 }).unwrap_err();
        let expect = matches!(
            error,
            ReadJournalError::NoSegment { segment: got, oldest: 2, newest: 3, .. } if got == segment
        );
        assert!(expect, "{error}");
    }
    assert_eq!(calls(&mut dir.reader()), [3, 4, 5, 6, 7, 8]);
}

#[test]
fn half_a_frame_at_the_end_is_waited_for() {
    let mut dir = Dir::new();
    dir.event(0);
    let mut reader = dir.reader();
    assert_eq!(calls(&mut reader), [0]);
    let bytes = frame(1);
    for cut in 0..bytes.len() {
        dir.put(&bytes[..cut]);
        assert_eq!(calls(&mut reader), [], "{cut}");
        // One that begins there waits, too.
        assert_eq!(calls(&mut dir.at(dir.place()).unwrap()), []);
    }
    dir.put(&bytes);
    assert_eq!(calls(&mut reader), [1]);
    assert!(reader.damages().is_empty());
}

#[test]
fn damage_is_told_once_a_next_segment_is_there() {
    let mut dir = Dir::new();
    dir.event(0);
    let at = dir.place();
    for call in 1..4 {
        dir.event(call);
    }
    let file = OpenOptions::new().write(true).open(dir.path(1)).unwrap();
    file.write_all_at(&[0xff], at.offset + 20).unwrap();
    let mut reader = dir.reader();
    assert_eq!(calls(&mut reader), [0]);
    assert!(reader.damages().is_empty());
    dir.rotate();
    dir.event(4);
    assert_eq!(calls(&mut reader), [4]);
    assert_eq!(reader.damages(), [Damage::Torn { path: dir.path(1), offset: at.offset }]);
    let text = reader.damages()[0].to_string();
    assert!(text.contains("is damaged from offset 128 on; the rest of it is left out"), "{text}");
    // From behind the last good event the same is found again.
    let mut again = dir.at(at).unwrap();
    assert_eq!((calls(&mut again), again.damages().len()), (vec![4], 1));
}

#[test]
fn segments_that_go_while_the_journal_is_read_are_told() {
    let mut dir = sample();
    dir.rotate();
    dir.event(9);
    fs::remove_file(dir.path(1)).unwrap();
    let mut reader = dir.reader();
    assert_eq!(reader.next_event().unwrap().unwrap().1.head().call.get(), 3);
    let mut behind = dir.at(reader.place()).unwrap();
    fs::remove_file(dir.path(2)).unwrap();
    fs::remove_file(dir.path(3)).unwrap();
    // What is open is read to its end.
    assert_eq!(calls(&mut reader), [4, 5, 9]);
    assert_eq!(calls(&mut behind), [4, 5, 9]);
    let [gone @ Damage::Gone { from, next: 4 }] = reader.damages() else {
        panic!("{:?}", reader.damages())
    };
    assert_eq!(from.segment, 2);
    assert!(gone.to_string().starts_with("the journal segments between 2 and 4 are gone"));
    let mut dir_again = dir.reader();
    assert_eq!((calls(&mut dir_again), dir_again.damages().len()), (vec![9], 0), "it begins there");
    let error = dir.at(Place { segment: 2, offset: 128 }).unwrap_err();
    assert!(matches!(error, ReadJournalError::NoSegment { oldest: 4, newest: 4, .. }), "{error}");
}

#[test]
fn a_reader_begins_behind_a_segment_that_is_gone() {
    let dir = sample();
    fs::remove_file(dir.path(2)).unwrap();
    let mut reader = Reader::open_behind(dir.scratch.path(), 2).unwrap();
    assert_eq!(calls(&mut reader), [6, 7, 8]);
    assert!(Reader::open_behind(dir.scratch.path(), 3).is_err());
}

#[test]
fn events_of_a_later_version_are_counted_and_passed() {
    let mut dir = Dir::new();
    dir.event(0);
    let mut later = payload(1);
    later[5] = 99;
    let mut bytes = Vec::new();
    push_frame(&mut bytes, &later);
    dir.put(&bytes);
    dir.offset += bytes.len() as u64;
    dir.event(2);
    let mut reader = dir.reader();
    assert_eq!(calls(&mut reader), [0, 2]);
    assert_eq!(reader.unreadable(), 1);
    assert_eq!(reader.place(), dir.place());
}

#[test]
fn a_segment_under_anothers_name_is_refused() {
    let dir = sample();
    fs::copy(dir.path(1), dir.path(4)).unwrap();
    let mut reader = dir.reader();
    let error = (0..20).find_map(|_| reader.next_event().err()).unwrap();
    let text = error.to_string();
    assert!(text.ends_with("0000000004.tdj: it is segment 1"), "{text}");
}

#[test]
fn links_and_pipes_are_not_read() {
    let dir = sample();
    fs::rename(dir.path(3), dir.scratch.path().join("moved")).unwrap();
    std::os::unix::fs::symlink("moved", dir.path(3)).unwrap();
    let mut reader = dir.reader();
    assert!((0..20).any(|_| reader.next_event().is_err()));
    fs::remove_file(dir.path(3)).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let file_type = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, dir.path(3), file_type, mode, 0).unwrap();
    let mut reader = dir.reader();
    assert!((0..20).any(|_| reader.next_event().is_err()));
}

#[test]
fn a_directory_without_a_journal_is_refused() {
    let scratch = Scratch::new();
    let missing = Reader::open(scratch.path()).unwrap_err();
    assert!(matches!(missing, ReadJournalError::Directory { .. }), "{missing}");
    fs::create_dir(scratch.path()).unwrap();
    let empty = Reader::open_at(scratch.path(), Place::START).unwrap_err();
    assert!(matches!(empty, ReadJournalError::NoJournal { .. }), "{empty}");
}

/// What a writer and a reader may do in turn.
#[derive(Clone, Debug)]
enum Step {
    Event,
    /// Some bytes of the next event, as a write under way shows them.
    Half(prop::sample::Index),
    Rotate,
    Read(u8),
    /// The reader is made anew at the place that it remembers.
    Resume,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Event),
        2 => any::<prop::sample::Index>().prop_map(Step::Half),
        1 => Just(Step::Rotate),
        3 => (0..4_u8).prop_map(Step::Read),
        1 => Just(Step::Resume),
    ];
    vec(step, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The naive twin: a list of calls, read by index.
    #[test]
    fn each_event_is_read_once_in_order_over_restarts(steps in steps()) {
        let mut dir = Dir::new();
        let mut reader = dir.reader();
        let (mut written, mut read, mut place) = (0, 0, Place::START);
        for step in steps {
            match step {
                Step::Event => {
                    dir.event(written);
                    written += 1;
                }
                Step::Half(at) => {
                    let bytes = frame(written);
                    dir.put(&bytes[..at.index(bytes.len())]);
                }
                Step::Rotate => {
                    // A writer rotates between events: half a frame is cut off first.
                    let file = OpenOptions::new().write(true).open(dir.path(dir.number)).unwrap();
                    file.set_len(dir.offset).unwrap();
                    dir.rotate();
                }
                Step::Read(count) => {
                    for _ in 0..count {
                        let got = reader.next_event().unwrap();
                        let got = got.map(|(at, event)| (at, event.head().call.get()));
                        let expect = (read < written).then_some(read);
                        prop_assert_eq!(got.map(|(_, call)| call), expect);
                        if let Some((at, _)) = got {
                            prop_assert!(at > place);
                            (read, place) = (read + 1, at);
                        }
                    }
                }
                Step::Resume => reader = dir.at(place).unwrap(),
            }
            prop_assert!(reader.damages().is_empty());
        }
    }

    /// Bytes of anybody behind a good header: events, a wait or damage, never a panic or a hang.
    #[test]
    fn arbitrary_bytes_end(bytes in vec(any::<u8>(), 0..400), lengths in vec((0..3_u32, any::<u32>()), 0..4)) {
        let mut dir = Dir::new();
        let mut all = Vec::new();
        for (small, large) in lengths {
            let length = if small == 0 { large } else { small * 8 };
            all.extend_from_slice(&length.to_le_bytes());
        }
        all.extend_from_slice(&bytes);
        dir.put(&all);
        prop_assert!(calls(&mut dir.reader()).is_empty());
        dir.rotate();
        dir.event(7);
        prop_assert_eq!(calls(&mut dir.reader()), [7]);
    }

    #[test]
    fn arbitrary_headers_are_refused(bytes in vec(any::<u8>(), 0..200), magic: bool) {
        let dir = Dir::new();
        let mut all = if magic { b"TANDEMJ\0\x01\0\0\0".to_vec() } else { Vec::new() };
        all.extend_from_slice(&bytes);
        fs::write(dir.path(1), all).unwrap();
        prop_assert!(dir.reader().next_event().is_err());
    }
}
