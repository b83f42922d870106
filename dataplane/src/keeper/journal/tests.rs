//! Claims about the journal: torn tails, crashes, rotation.

use std::io::Write;

use hugepages::layout::cdr::{Body, Outcome};

use super::*;
use crate::cdr::testing::{attempt, end, head, setup, start};
use crate::keeper::testing::Scratch;

/// An END of call `call` at `position`, 64 bytes.
fn event(call: u64, position: u64) -> Vec<u8> {
    end(&head(call, position, 1), 1)
}

/// Position of the nth such event in its ring.
fn nth(n: u64) -> u64 {
    n * 72
}

fn open(scratch: &Scratch) -> Journal {
    Journal::open(scratch.path()).unwrap().0
}

fn write(journal: &mut Journal, events: std::ops::Range<u64>) {
    for n in events {
        assert_eq!(journal.stage(&event(n, nth(n))), Staged::Yes);
    }
    journal.write().unwrap();
}

/// Calls of all events in the journal, with the number of tears.
fn calls(scratch: &Scratch) -> (Vec<u64>, usize) {
    let mut reader = crate::cdr::Reader::open(scratch.path()).unwrap();
    let mut calls = Vec::new();
    while let Some((_, event)) = reader.next_event().unwrap() {
        calls.push(event.head().call.get());
    }
    (calls, reader.damages().len())
}

fn segment_file(scratch: &Scratch, number: u64) -> File {
    let path = segment::path(scratch.path(), number);
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

#[test]
fn keeps_events_over_a_restart() {
    let scratch = Scratch::new();
    write(&mut open(&scratch), 0..3);
    let mut journal = open(&scratch);
    assert_eq!(journal.next_position(0), nth(3));
    write(&mut journal, 3..5);
    assert_eq!(calls(&scratch), (vec![0, 1, 2, 3, 4], 0));
}

#[test]
fn writes_payloads_byte_for_byte() {
    let scratch = Scratch::new();
    let attempts = [attempt(7, 0, 200)];
    let mut journal = open(&scratch);
    // 231 bytes: the padding behind it is not part of the event.
    let payload = start(&head(1, 0, 0), &setup(Outcome::Answered, &attempts));
    assert_ne!(payload.len() % 8, 0);
    journal.stage(&payload);
    journal.write().unwrap();
    let mut reader = crate::cdr::Reader::open(scratch.path()).unwrap();
    let (_, read) = reader.next_event().unwrap().unwrap();
    let Body::Start(view) = read.body() else { panic!("a start") };
    assert_eq!((view.callee(), view.attempts().len()), (&b"+393331234567"[..], 1));
}

#[test]
fn survives_a_torn_tail_at_every_byte() {
    let scratch = Scratch::new();
    let mut journal = open(&scratch);
    write(&mut journal, 0..2);
    let (_, good) = journal.place();
    write(&mut journal, 2..3);
    let (_, whole) = journal.place();
    drop(journal);
    for torn in good..whole {
        segment_file(&scratch, 1).set_len(torn).unwrap();
        let (mut journal, opened) = Journal::open(scratch.path()).unwrap();
        assert_eq!(opened.torn_bytes, torn - good);
        assert_eq!(journal.next_position(0), nth(2));
        write(&mut journal, 2..3);
        assert_eq!(calls(&scratch), (vec![0, 1, 2], 0));
    }
}

#[test]
fn cuts_off_zeros_that_a_power_loss_left() {
    let scratch = Scratch::new();
    write(&mut open(&scratch), 0..2);
    let mut file = segment_file(&scratch, 1);
    io::Seek::seek(&mut file, io::SeekFrom::End(0)).unwrap();
    file.write_all(&[0; 4096]).unwrap();
    let (mut journal, opened) = Journal::open(scratch.path()).unwrap();
    assert_eq!(opened.torn_bytes, 4096);
    write(&mut journal, 2..3);
    assert_eq!(calls(&scratch), (vec![0, 1, 2], 0));
}

#[test]
fn detects_a_flipped_bit() {
    let scratch = Scratch::new();
    write(&mut open(&scratch), 0..3);
    let file = segment_file(&scratch, 1);
    let last = file.metadata().unwrap().len() - 1;
    file.write_all_at(&[0x55], last).unwrap();
    let (journal, opened) = Journal::open(scratch.path()).unwrap();
    assert_eq!((opened.torn_bytes, journal.next_position(0)), (72, nth(2)));
}

#[test]
fn leaves_damage_alone_and_goes_on_in_a_next_segment() {
    let scratch = Scratch::new();
    write(&mut open(&scratch), 0..2);
    segment_file(&scratch, 1).set_len(MAX_TORN_BYTES + 4096).unwrap();
    let (mut journal, opened) = Journal::open(scratch.path()).unwrap();
    assert_eq!((opened.segment, opened.torn_bytes), (2, 0));
    let (kept, _) = opened.damaged.unwrap();
    assert!(kept.ends_with("0000000001.damaged") && kept.is_file());
    assert_eq!(journal.next_position(0), nth(2));
    write(&mut journal, 2..3);
    assert_eq!(calls(&scratch), (vec![0, 1, 2], 1));
}

#[test]
fn skips_what_it_holds_after_a_crash_between_write_and_release() {
    let scratch = Scratch::new();
    write(&mut open(&scratch), 0..3);
    let mut journal = open(&scratch);
    let offered: Vec<Staged> = (0..5).map(|n| journal.stage(&event(n, nth(n)))).collect();
    assert_eq!(offered[..3], [Staged::Duplicate; 3]);
    assert_eq!(offered[3..], [Staged::Yes; 2]);
    journal.write().unwrap();
    assert_eq!(calls(&scratch), (vec![0, 1, 2, 3, 4], 0));
}

#[test]
fn workers_have_positions_of_their_own() {
    let scratch = Scratch::new();
    let mut journal = open(&scratch);
    let of = |worker, call| {
        let head = hugepages::layout::cdr::Head { worker, ..head(call, 0, 1) };
        end(&head, 1)
    };
    assert_eq!(journal.stage(&of(0, 1)), Staged::Yes);
    assert_eq!(journal.stage(&of(1, 2)), Staged::Yes);
    assert_eq!(journal.stage(&of(1, 2)), Staged::Duplicate);
    journal.write().unwrap();
    assert_eq!(calls(&scratch).0, [1, 2]);
}

#[test]
fn rotates_and_remembers_positions() {
    let scratch = Scratch::new();
    let (mut journal, _) = Journal::open_with(scratch.path(), 1024).unwrap();
    for n in 0..100 {
        write(&mut journal, n..n + 1);
    }
    let segments = segment::list(scratch.path()).unwrap();
    assert!(segments.len() > 5, "{segments:?}");
    assert_eq!(calls(&scratch), ((0..100).collect(), 0));
    drop(journal);
    // A fresh segment without events knows them from its header.
    let last = segments.last().copied().unwrap();
    let positions = Positions::from([(0, nth(100))]);
    create(scratch.path(), last + 1, &positions).unwrap();
    let (mut journal, opened) = Journal::open(scratch.path()).unwrap();
    assert_eq!((opened.segment, journal.next_position(0)), (last + 1, nth(100)));
    assert_eq!(journal.stage(&event(99, nth(99))), Staged::Duplicate);
}

#[test]
fn tries_again_when_the_disk_refused() {
    let scratch = Scratch::new();
    let mut journal = open(&scratch);
    write(&mut journal, 0..1);
    // A handle for reading refuses writes as a failing disk does.
    let good = std::mem::replace(&mut journal.file, {
        File::open(segment::path(scratch.path(), 1)).unwrap()
    });
    assert_eq!(journal.stage(&event(1, nth(1))), Staged::Yes);
    assert!(journal.write().is_err());
    assert!(journal.write().is_err());
    assert_eq!(journal.next_position(0), nth(1), "what is not written does not count");
    assert_eq!(journal.stage(&event(1, nth(1))), Staged::Duplicate, "it is still staged");
    // The half that such a write may have left is overwritten.
    good.write_all_at(&[0xff; 500], journal.place().1).unwrap();
    journal.file = good;
    journal.write().unwrap();
    assert_eq!(journal.next_position(0), nth(2));
    drop(journal);
    assert_eq!(calls(&scratch), (vec![0, 1], 0));
    assert_eq!(Journal::open(scratch.path()).unwrap().1.torn_bytes, 0);
}

#[test]
fn does_not_stage_what_is_no_event() {
    let scratch = Scratch::new();
    let mut journal = open(&scratch);
    assert!(matches!(journal.stage(b"no event"), Staged::Invalid(_)));
    assert_eq!(journal.stage(&vec![0; segment::MAX_PAYLOAD + 1]), Staged::TooLong);
    assert_eq!(journal.staged_bytes(), 0);
}

#[test]
fn a_full_batch_asks_for_a_write() {
    let scratch = Scratch::new();
    let mut journal = open(&scratch);
    let mut n = 0;
    while journal.stage(&event(n, nth(n))) == Staged::Yes {
        n += 1;
    }
    assert_eq!(journal.stage(&event(n, nth(n))), Staged::Full);
    journal.write().unwrap();
    assert_eq!(journal.stage(&event(n, nth(n))), Staged::Yes);
}

#[test]
fn refuses_a_segment_of_somebody_else() {
    let scratch = Scratch::new();
    fs::write(segment::path(scratch.path(), 1), [7u8; 100]).unwrap();
    let message = Journal::open(scratch.path()).unwrap_err().to_string();
    assert!(
        message.contains("0000000001.tdj: it is no journal segment; move it away"),
        "{message}"
    );
}

#[test]
fn refuses_a_segment_of_a_later_format() {
    let scratch = Scratch::new();
    drop(open(&scratch));
    segment_file(&scratch, 1).write_all_at(&2u32.to_le_bytes(), 8).unwrap();
    let message = Journal::open(scratch.path()).unwrap_err().to_string();
    assert!(message.contains("its format is 2"), "{message}");
}

#[test]
fn refuses_a_damaged_header() {
    let scratch = Scratch::new();
    drop(open(&scratch));
    segment_file(&scratch, 1).write_all_at(&[9], 24).unwrap();
    let message = Journal::open(scratch.path()).unwrap_err().to_string();
    assert!(message.contains("its header is damaged"), "{message}");
}

#[test]
fn names_the_directory_that_cannot_be_made() {
    let message = Journal::open(Path::new("/proc/tandem/journal")).unwrap_err().to_string();
    assert!(
        message.contains("cannot make the journal directory /proc/tandem/journal"),
        "{message}"
    );
}

#[test]
fn header_comes_back() {
    let header = Header {
        number: 9,
        created_utc_us: 77,
        positions: Positions::from([(0, 5), (3, u64::MAX)]),
    };
    let bytes = header.to_bytes();
    let (read, length) = Header::read(&mut bytes.as_slice()).unwrap();
    assert_eq!((read, length), (header, bytes.len() as u64));
    for cut in 0..bytes.len() {
        assert!(Header::read(&mut &bytes[..cut]).is_err());
    }
}

/// The journal's directory is the user's, and root opens the journal at the next start.
#[test]
fn follows_no_link_that_was_put_into_its_directory() {
    let scratch = Scratch::new();
    drop(open(&scratch));
    let victim = scratch.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let last = segment::path(scratch.path(), 1);
    fs::rename(&last, scratch.path().join("moved")).unwrap();
    std::os::unix::fs::symlink("moved", &last).unwrap();
    assert!(Journal::open(scratch.path()).is_err());
    fs::rename(scratch.path().join("moved"), &last).unwrap();
    std::os::unix::fs::symlink(&victim, scratch.path().join("0000000002.tmp")).unwrap();
    let mut journal = open(&scratch);
    journal.fill_segment_for_test();
    write(&mut journal, 0..1);
    assert_eq!(journal.place().0, 2);
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
}

#[test]
fn says_that_a_segment_is_shorter_than_its_header() {
    let scratch = Scratch::new();
    fs::write(segment::path(scratch.path(), 1), "").unwrap();
    let message = Journal::open(scratch.path()).unwrap_err().to_string();
    assert!(message.contains("it ends inside its header; move it away"), "{message}");
}
