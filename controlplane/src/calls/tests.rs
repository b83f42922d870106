//! Claims about counts of calls in progress.

use hugepages::instance::InstanceDir;
use hugepages::journal::segment;
use hugepages::layout::link::Hello;
use hugepages::tally::Tally;

use super::*;
use crate::records::testing::{Dice, Journal, Postgres, Scratch, Told, Twin, traffic};

#[test]
fn calls_are_counted_as_they_stood_at_any_place() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (postgres, scratch) = (Postgres::start().await, Scratch::new("calls"));
        let (mut journal, mut twin) = (Journal::create(scratch.path(), 1), Twin::default());
        let (mut dice, mut next_call, mut standing) = (Dice(7), 0, Vec::new());
        let mut places = vec![journal.place()];
        for at in 10..400 {
            let told = traffic(&mut dice, &mut next_call, &mut standing);
            let place = journal.append([&told.bytes(at)])[0];
            twin.take(told, at, place);
            places.push(place);
        }
        let database = postgres.database();
        let records = Records::start(database.clone(), 120);
        let source = Source { member: 3, journal: journal.dir().to_owned() };
        records.follow(source.clone());
        records.reached(&source, journal.place()).await;
        let connection = database.wait().await;
        for place in places.into_iter().step_by(23) {
            let calls = open_at(&connection, &source, place).await.unwrap();
            let expect = twin.open_at(place);
            let counted: Vec<_> =
                calls.iter().map(|call| (call.key().unwrap(), call.count())).collect();
            let all = [(TallyKey::originator(1), expect), (TallyKey::trunk(8), expect)];
            assert_eq!(counted, if expect == 0 { &all[..0] } else { &all[..] }, "{place:?}");
        }
    });
}

/// Their START is in the database, wherever it was in the journal.
#[test]
fn calls_whose_start_was_removed_with_its_segment_are_counted() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (postgres, scratch) = (Postgres::start().await, Scratch::new("calls"));
        let mut journal = Journal::create(scratch.path(), 1);
        let start = |call| Told::Start { call, identity: call }.bytes(call);
        journal.append(&[start(1), start(2), start(3)]);
        journal.rotate();
        journal.append(&[Told::End { call: 2, duration_us: 5 }.bytes(9), start(4)]);
        journal.rotate();
        let database = postgres.database();
        let records = Records::start(database.clone(), 120);
        let source = Source { member: 3, journal: journal.dir().to_owned() };
        records.follow(source.clone());
        journal.append(&[start(5)]);
        let boot = journal.place();
        records.reached(&source, boot).await;
        for number in [1, 2] {
            std::fs::remove_file(segment::path(journal.dir(), number)).unwrap();
        }
        // A control plane that is started after it, for a run that began before the call that came last.
        journal.append(&[start(6)]);
        let anew = Records::start(database.clone(), 120);
        anew.follow(source.clone());
        anew.reached(&source, journal.place()).await;
        let calls = open_at(&database.wait().await, &source, boot).await.unwrap();
        let counts: Vec<_> = calls.iter().map(|call| (call.key().unwrap(), call.count())).collect();
        assert_eq!(counts, [(TallyKey::originator(1), 4), (TallyKey::trunk(8), 4)]);
    });
}

#[test]
fn active_calls_are_read_from_the_segment_of_the_data_plane() {
    let scratch = Scratch::new("tally");
    assert!(active(scratch.path()).is_err());
    let dir = InstanceDir::lock(scratch.path()).unwrap();
    let tally = Tally::create(&dir, SEGMENT, 64).unwrap();
    for (key, delta) in
        [(TallyKey::trunk(9), 2), (TallyKey::originator(4), 5), (TallyKey::trunk(9), -2)]
    {
        tally.add(key, delta).unwrap();
    }
    assert_eq!(active(scratch.path()).unwrap(), [(TallyKey::originator(4), 5)]);
}

/// What it is told while the database is away, it is told late, and right.
#[test]
fn calls_are_counted_for_a_data_plane_that_came_while_the_database_was_away() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (postgres, scratch) = (Postgres::start().await, Scratch::new("calls"));
        let mut journal = Journal::create(scratch.path(), 1);
        let start = |call| Told::Start { call, identity: call }.bytes(call);
        journal.append(&[start(1), start(2), Told::End { call: 1, duration_us: 5 }.bytes(9)]);
        let database = postgres.database();
        postgres.stop();
        let restorer = Restorer::new(database.clone(), Records::start(database, 120));
        let journal_dir = journal.dir().to_str().unwrap();
        let boot = journal.place();
        let peer = Peer::from(&Hello {
            member: 3,
            workers: 1,
            image_formats: (1, 1),
            event_layout: 1,
            process: 1,
            pid: 1,
            image_as_of: 0,
            calls_restored: false,
            boot_segment: boot.segment,
            boot_offset: boot.offset,
            draining: false,
            instance_dir: "/nowhere",
            journal_dir,
        });
        restorer.attached(&peer);
        let counted = tokio::spawn(restorer.open_calls(&peer));
        // Its own calls are not told to it.
        journal.append(&[start(3)]);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!counted.is_finished());
        postgres.start_again();
        let counted = counted.await.unwrap();
        let counts: Vec<_> =
            counted.iter().map(|call| (call.key().unwrap(), call.count())).collect();
        assert_eq!(counts, [(TallyKey::originator(1), 1), (TallyKey::trunk(8), 1)]);
    });
}
