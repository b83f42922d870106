//! Claims about the keeper: events, pressure, failing disks.

use std::sync::mpsc;

use hugepages::anchor::TickRate;
use hugepages::instance::InstanceDir;
use hugepages::ring::{self, Producer};

use super::log::{Format, Level};
use super::note::{Note, NoteKind};
use super::testing::Scratch;
use super::*;
use crate::cdr::testing::{end, head};

/// Ticks a second in these tests; a tick is 0.1 µs.
const HZ: u64 = 10_000_000;

struct Rig {
    scratch: Scratch,
    _instance: InstanceDir,
    keeper: Keeper,
    events: Producer,
    notes: Producer,
    lines: mpsc::Receiver<String>,
    anchor: anchor::Anchor,
}

struct Lines(mpsc::Sender<String>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes).into_owned();
        self.0.send(line).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Rig {
    fn new(ring_bytes: usize) -> Rig {
        let scratch = Scratch::new();
        let instance = InstanceDir::lock(&scratch.path().join("instance")).unwrap();
        let (events, consumer) = ring::channel_in_memory(ring_bytes);
        let (notes, note_consumer) = ring::channel_in_memory(4096);
        let (sender, lines) = mpsc::channel();
        let rate = TickRate::from_hz(HZ).unwrap();
        let (publisher, anchor) = anchor::channel(0, UtcMicros::now().0, rate);
        let (journal, _) = Journal::open(&scratch.path().join("journal")).unwrap();
        let keeper = Keeper::new(KeeperParts {
            rings: vec![consumer],
            notes: vec![note_consumer],
            counters: Counters::create(&instance, "keeper", statistics::NAMES).unwrap(),
            anchor: publisher,
            journal,
            keep: Keep { segments: 1, micros: 0 },
            log: Log::to_sink(Level::Debug, Format::Text, Box::new(Lines(sender))),
            tsc_hz: HZ,
        });
        Rig { scratch, _instance: instance, keeper, events, notes, lines, anchor }
    }

    fn emit(&mut self, call: u64) -> bool {
        let Some(mut slot) = self.events.reserve(64) else { return false };
        let event = end(&head(call, slot.position(), 1), 1);
        slot.copy_from_slice(&event);
        slot.commit();
        true
    }

    fn note(&mut self, kind: NoteKind) {
        let note = Note { kind, worker: 0, first: 0x0a4d_0102, second: 2 };
        let mut slot = self.notes.reserve(note::NOTE_BYTES).unwrap();
        slot.copy_from_slice(&note.to_bytes());
        slot.commit();
    }

    fn calls(&self) -> Vec<u64> {
        let mut reader = crate::cdr::Reader::open(&self.scratch.path().join("journal")).unwrap();
        let mut calls = Vec::new();
        while let Some((_, event)) = reader.next_event().unwrap() {
            calls.push(event.head().call.get());
        }
        calls
    }

    fn count(&self, statistic: Statistic) -> u64 {
        self.keeper.counters.get(statistic.id())
    }

    fn said(&self) -> String {
        self.lines.try_iter().collect()
    }
}

#[test]
fn writes_events_and_gives_their_room_back() {
    let mut rig = Rig::new(4096);
    for call in 0..200 {
        assert!(rig.emit(call));
        assert_eq!(rig.keeper.turn(call), Busy::Yes);
    }
    assert_eq!(rig.keeper.turn(200), Busy::No);
    assert_eq!(rig.events.used(), 0);
    assert_eq!(rig.calls(), (0..200).collect::<Vec<u64>>());
    assert_eq!(rig.count(Statistic::EventsStaged), 200);
}

#[test]
fn syncs_ten_milliseconds_after_the_first_write() {
    let mut rig = Rig::new(4096);
    rig.emit(1);
    rig.keeper.turn(0);
    assert!(rig.keeper.journal.is_dirty());
    rig.emit(2);
    rig.keeper.turn(HZ / 100 - 1);
    assert!(rig.keeper.journal.is_dirty());
    rig.keeper.turn(HZ / 100);
    assert!(!rig.keeper.journal.is_dirty());
}

/// Makes every write fail until it is undone: the segment is full and its directory is gone.
fn break_disk(rig: &mut Rig) -> std::path::PathBuf {
    let journal = rig.scratch.path().join("journal");
    let aside = rig.scratch.path().join("aside");
    std::fs::rename(&journal, &aside).unwrap();
    rig.keeper.journal.fill_segment_for_test();
    aside
}

#[test]
fn holds_events_while_the_disk_fails_and_refuses_new_calls() {
    let mut rig = Rig::new(4096);
    let pressure = rig.keeper.pressure(0).unwrap();
    rig.emit(0);
    rig.keeper.turn(0);
    rig.said();
    let aside = break_disk(&mut rig);
    let mut call = 1;
    let mut now = 1;
    while rig.emit(call) {
        call += 1;
        now += 1;
        rig.keeper.turn(now);
    }
    assert!(pressure.refuses_calls());
    let said = rig.said();
    assert_eq!(said.matches("journal_fails").count(), 1, "{said}");
    assert_eq!(said.matches("new_calls_refused").count(), 1, "{said}");
    assert_eq!(rig.count(Statistic::JournalState), 1);
    assert_eq!(rig.count(Statistic::JournalWriteErrors), 1, "tried again too soon");
    now += HZ / 10;
    rig.keeper.turn(now);
    assert_eq!(rig.count(Statistic::JournalWriteErrors), 2);
    std::fs::rename(&aside, rig.scratch.path().join("journal")).unwrap();
    now += HZ / 10;
    rig.keeper.turn(now);
    let said = rig.said();
    assert!(said.contains("journal_works") && said.contains("new_calls_taken"), "{said}");
    assert!(!pressure.refuses_calls());
    assert_eq!(rig.count(Statistic::JournalState), 0);
    assert_eq!(rig.calls(), (0..call).collect::<Vec<u64>>(), "each once, in order");
}

#[test]
fn goes_past_records_that_are_no_events() {
    let mut rig = Rig::new(4096);
    rig.events.reserve(8).unwrap().commit();
    rig.emit(7);
    rig.keeper.turn(0);
    assert_eq!((rig.events.used(), rig.calls()), (0, vec![7]));
    assert_eq!(rig.count(Statistic::EventsInvalid), 1);
}

#[test]
fn drains_what_a_crash_left_without_doubles() {
    let scratch = Scratch::new();
    let path = scratch.path().join("instance");
    let journal_dir = scratch.path().join("journal");
    let log = Log::to_sink(Level::Error, Format::Text, Box::new(io::sink()));
    let emit = |producer: &mut Producer, call| {
        let mut slot = producer.reserve(64).unwrap();
        let event = end(&head(call, slot.position(), 1), 1);
        slot.copy_from_slice(&event);
        slot.commit();
    };
    {
        let instance = InstanceDir::lock(&path).unwrap();
        let (mut producer, mut consumer) =
            ring::create_in_segment(&instance, "events-0", ring::RingUse::Events, 4096, 0).unwrap();
        (0..6).for_each(|call| emit(&mut producer, call));
        // Four are written, and the process dies before it releases them.
        let (mut journal, _) = Journal::open(&journal_dir).unwrap();
        for _ in 0..4 {
            assert_eq!(journal.stage(consumer.peek().unwrap()), Staged::Yes);
            consumer.advance();
        }
        journal.write().unwrap();
    }
    let instance = InstanceDir::lock(&path).unwrap();
    assert_eq!(instance.left_behind(), ["events-0"]);
    let (mut journal, _) = Journal::open(&journal_dir).unwrap();
    let mut left =
        ring::attach_consumer(instance.path(), "events-0", ring::RingUse::Events).unwrap();
    assert_eq!(recover(&mut journal, &mut left, &log).unwrap(), 2);
    instance.remove("events-0").unwrap();
    // The ring that follows starts where the journal ends: nothing of it is taken for a double.
    let first = journal.next_position(0);
    let (mut producer, mut consumer) =
        ring::create_in_segment(&instance, "events-0", ring::RingUse::Events, 4096, first).unwrap();
    emit(&mut producer, 6);
    assert_eq!(recover(&mut journal, &mut consumer, &log).unwrap(), 1);
    let mut reader = crate::cdr::Reader::open(&journal_dir).unwrap();
    for call in 0..7 {
        assert_eq!(reader.next_event().unwrap().unwrap().1.head().call.get(), call);
    }
    assert!(reader.next_event().unwrap().is_none());
}

#[test]
fn logs_notes_but_not_a_flood_of_them() {
    let mut rig = Rig::new(4096);
    for _ in 0..50 {
        rig.note(NoteKind::Unresolved);
    }
    rig.note(NoteKind::Panic);
    rig.keeper.turn(1);
    let said = rig.said();
    assert_eq!(
        said.matches("next_hop_unresolved worker=0 next_hop_ip=10.77.1.2 port=2").count(),
        5
    );
    assert_eq!(said.matches("worker_panic").count(), 1, "{said}");
    assert_eq!(rig.count(Statistic::NotesSuppressed), 45);
    rig.keeper.turn(2 * HZ);
    assert!(rig.said().contains("next_hop_unresolved more_of_these=45"));
}

#[test]
fn publishes_the_anchor_ten_times_a_second() {
    let mut rig = Rig::new(4096);
    let mut reader = rig.anchor.reader();
    let wall = UtcMicros::now().0;
    // 5 ms of ticks have passed in no time: the line leans back to the wall clock.
    rig.keeper.turn(HZ / 200);
    let value = reader.read(HZ / 200);
    assert_ne!(value.rate(), TickRate::from_hz(HZ).unwrap());
    assert!(value.utc_us(HZ / 200).abs_diff(wall) < 2_000_000);
}

#[test]
fn finishes_with_everything_on_disk() {
    let mut rig = Rig::new(1 << 20);
    for call in 0..10_000 {
        assert!(rig.emit(call));
    }
    rig.keeper.finish(0).unwrap();
    assert!(!rig.keeper.journal.is_dirty());
    assert_eq!(rig.calls().len(), 10_000);
}
