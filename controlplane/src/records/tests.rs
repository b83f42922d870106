//! Claims about records: each event counts once, whatever dies, in whatever order events come.

use std::time::Duration;

use hugepages::journal::{Place, segment};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::batch::Batch;
use super::testing::{
    Dice, Journal, Postgres, Row, Scratch, Told, Twin, hours_ago, rows_of, traffic, unanswered_with,
};
use super::write::Writer;
use super::{Records, Source, days};
use crate::database::{Connection, Database};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn source(journal: &Journal) -> Source {
    Source { member: 3, journal: journal.dir().to_owned() }
}

/// A record as a reader of the table finds it, with the names that its ids had.
#[test]
fn a_call_has_one_row_with_all_that_its_events_say() {
    runtime().block_on(async {
        let (postgres, scratch) = (Postgres::start().await, Scratch::new("journal"));
        let mut journal = Journal::create(scratch.path(), 1);
        let database = postgres.database();
        let client = database.wait().await;
        let names = "INSERT INTO names (kind, id, name) VALUES ('trunk', 7, 'cir\"rus'), ('trunk', 8, 'stratus'),
                     ('originator', 1, 'acme'), ('destination', 2, 'Italy mobile'), ('plan', 3, 'gold'), ('rule', 4, 'r')";
        client.batch_execute(names).await.unwrap();
        journal.append(&[
            Told::Start { call: 11, identity: 1 }.bytes(20),
            Told::End { call: 11, duration_us: 2_000_000 }.bytes(22),
        ]);
        let records = Records::start(database.clone(), 120);
        records.follow(source(&journal));
        records.reached(&source(&journal), journal.place()).await;
        let row = client.query_one("SELECT to_jsonb(c) FROM cdrs c", &[]).await.unwrap();
        let row: serde_json::Value = row.get(0);
        for (column, expect) in [
            ("member", "3"), ("worker", "1"), ("call", "11"), ("identity", "1"),
            ("received", "\"2100-01-01T00:00:09.5+00:00\""), ("answered", "\"2100-01-01T00:00:10+00:00\""),
            ("ended", "\"2100-01-01T00:00:12+00:00\""), ("duration_us", "2000000"), ("pdd_us", "2000"),
            ("setup_us", "500000"), ("originator", "\"acme\""), ("destination", "\"Italy mobile\""),
            ("plan", "\"gold\""), ("rule", "\"r\""), ("image_version", "5"), ("trunk_id", "8"),
            ("trunk", "\"stratus\""), ("source_ip", "\"10.1.2.3\""), ("source_port", "5060"),
            ("egress_ip", "\"10.0.0.8\""), ("outcome", "\"answered\""), ("status", "200"),
            ("release", "\"caller\""), ("ending", "\"end\""), ("end_status", "200"), ("end_cause", "16"),
            ("call_id", "\"11@host\""), ("callee", "\"+393331200011\""), ("p_asserted", "null"),
            ("standing", "false"), ("late_answer", "false"),
        ] {
            assert_eq!(row[column].to_string(), expect, "{column}");
        }
        let first = serde_json::json!({
            "ordinal": 0, "slot": 1, "trunk_id": 7, "trunk": "cir\"rus", "gateway": "10.0.0.7:5060",
            "status": 503, "cause": 34, "start_us": 100, "progress_us": null, "end_us": 900,
            "flags": ["no_progress", "cancelled"],
        });
        assert_eq!(row["attempts"][0], first);
        assert_eq!(row["attempts"][1]["trunk"], "stratus");
    });
}

fn told() -> impl Strategy<Value = Vec<Told>> {
    let event = (0..5_u8, 0..8_u64, 0..3_u64, 0..3_u64);
    prop::collection::vec(event, 1..40).prop_map(|events| {
        let mut calls = 0;
        let mut next = || {
            calls += 1;
            calls
        };
        events
            .into_iter()
            .map(|(kind, call, identity, duration)| match kind {
                0 => Told::Start { call: next(), identity },
                1 => Told::Unanswered { call: next(), identity },
                2 => Told::End { call, duration_us: duration },
                3 => Told::OrphanEnd { identity },
                _ => Told::Late { call },
            })
            .collect()
    })
}

/// Every order of events, cut into transactions anywhere, gives the rows of the naive twin.
#[test]
fn any_order_of_events_in_any_batches_comes_to_what_the_twin_says() {
    let runtime = runtime();
    let postgres = runtime.block_on(Postgres::start());
    let scratch = Scratch::new("journal");
    let source = Source { member: 1, journal: scratch.path().to_owned() };
    let database = postgres.database();
    let strategy = (told(), prop::collection::vec(1..12_usize, 1..8));
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&strategy, |(events, cuts)| {
        let (rows, strays, twin) = runtime.block_on(async {
            let mut connection = database.wait().await;
            let clean = "TRUNCATE cdr_records, cdr_open, cdr_late, cdr_strays, journal_offset";
            connection.batch_execute(clean).await.unwrap();
            let (mut writer, mut twin) = (Writer::default(), Twin::default());
            let mut from = source.offset(&connection).await.unwrap().place;
            let (mut rest, mut cuts) = (&events[..], cuts.iter().cycle());
            let mut at = 0;
            while !rest.is_empty() {
                let (now, later) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                let mut batch = Batch::at(from, 1);
                for told in now {
                    at += 1;
                    let place = Place { segment: 1, offset: 40 + at * 64 };
                    batch.push(&told.bytes(at), place);
                    twin.take(*told, at, place);
                }
                writer.write(&mut connection, &source, from, &batch).await.unwrap();
                (from, rest) = (batch.end, later);
            }
            let strays =
                connection.query_one("SELECT count(*) FROM cdr_strays", &[]).await.unwrap();
            (rows_of(&connection).await, strays.get::<_, i64>(0), twin)
        });
        prop_assert_eq!(rows, twin.rows());
        prop_assert_eq!(strays, twin.strays() as i64);
        Ok(())
    });
    outcome.unwrap();
}

/// A connection that outlived the killing: the pool finds out late that one did not.
async fn answering(database: &Database) -> Connection {
    loop {
        let connection = database.wait().await;
        if connection.batch_execute("").await.is_ok() {
            return connection;
        }
    }
}

#[test]
fn nothing_is_missing_or_double_when_the_task_and_the_server_are_killed() {
    runtime().block_on(async {
        let (postgres, scratch) = (Postgres::start().await, Scratch::new("journal"));
        let mut journal = Journal::create(scratch.path(), 1);
        journal.rotate_at = 64 << 10;
        let (mut dice, mut twin) = (Dice(4711), Twin::default());
        let (mut next_call, mut standing, mut at) = (0, Vec::new(), 10);
        // So old that calls are given up while their ends are still to come.
        let began = hours_ago(30);
        let database = postgres.database();
        for round in 0..60 {
            let records = Records::start(database.clone(), 120);
            records.follow(source(&journal));
            for _ in 0..1 + dice.below(6) {
                let mut events = Vec::new();
                for _ in 0..1 + dice.below(60) {
                    at += 1;
                    let told = traffic(&mut dice, &mut next_call, &mut standing);
                    events.push((told, at, told.bytes_from(began, at)));
                }
                let places = journal.append(events.iter().map(|(_, _, bytes)| bytes));
                for ((told, at, _), place) in events.iter().zip(places) {
                    twin.take(*told, *at, place);
                }
                tokio::time::sleep(Duration::from_micros(dice.below(12_000))).await;
            }
            if round % 5 == 4 {
                records.reached(&source(&journal), journal.place()).await;
                let mut connection = answering(&database).await;
                days::expire(&mut connection, &records.progress()).await.unwrap();
                let left = connection.query_one("SELECT count(*) FROM cdr_open", &[]).await.unwrap();
                assert_eq!(left.get::<_, i64>(0), 0, "all that stood was given up");
            }
            if round % 7 == 3
                && let Ok(connection) = database.connect().await
            {
                let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                           WHERE pid <> pg_backend_pid() AND application_name = 'tandem-controlplane'";
                drop(connection.batch_execute(sql).await);
            }
            if round % 20 == 11 {
                postgres.crash_and_restart();
            }
            drop(records);
        }
        let records = Records::start(database.clone(), 120);
        records.follow(source(&journal));
        records.reached(&source(&journal), journal.place()).await;
        assert_eq!(records.backlog_bytes(), Some(0));
        let client = answering(&database).await;
        // Given up or standing: the twin knows no clock, and both say that no end was told.
        let mut rows = rows_of(&client).await;
        for row in rows.iter_mut().filter(|row| row.ending.as_deref() == Some("expired")) {
            *row = Row { end_place: None, ending: None, standing: true, ..row.clone() };
        }
        let expect = twin.rows();
        assert!(expect.len() > 2_000, "{}", expect.len());
        let differ = rows.iter().zip(&expect).find(|(row, expect)| row != expect);
        assert_eq!(differ, None, "the first row that differs: what there is, and what there should be");
        assert_eq!(rows.len(), expect.len());
    });
}

/// A server, a journal, and records that follow it.
struct Bench {
    postgres: Postgres,
    scratch: Scratch,
    records: Records,
    database: Database,
}

impl Bench {
    async fn new() -> Bench {
        let (postgres, scratch) = (Postgres::start().await, Scratch::new("journal"));
        let database = postgres.database();
        let records = Records::start(database.clone(), 120);
        Bench { postgres, scratch, records, database }
    }

    fn journal(&self, created: u64) -> Journal {
        Journal::create(&self.scratch.path().join("journal"), created)
    }

    async fn take(&self, journal: &Journal) {
        self.records.follow(source(journal));
        self.records.reached(&source(journal), journal.place()).await;
    }

    async fn number(&self, sql: &str) -> i64 {
        self.database.wait().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    async fn text(&self, sql: &str) -> String {
        self.database.wait().await.query_one(sql, &[]).await.unwrap().get(0)
    }
}

#[test]
fn damage_and_events_of_another_version_are_told_and_passed_over() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        journal.append(&[Told::Unanswered { call: 1, identity: 1 }.bytes(10)]);
        let mut strange = Told::Unanswered { call: 2, identity: 2 }.bytes(11);
        strange[5] = 9;
        journal.append(&[strange, Told::Unanswered { call: 3, identity: 3 }.bytes(12)]);
        let torn_at = journal.place();
        journal.raw(&[0xff; 48]);
        journal.rotate();
        journal.append(&[Told::Unanswered { call: 4, identity: 4 }.bytes(13)]);
        bench.take(&journal).await;
        assert_eq!(bench.number("SELECT count(*) FROM cdrs").await, 3);
        let ranges = bench.text("SELECT jsonb_agg(jsonb_build_array(segment, from_offset, to_offset, reason) ORDER BY id)::text FROM journal_damage").await;
        assert!(ranges.contains("1 events of another version"), "{ranges}");
        let torn = format!("[1, {}, {}, ", torn_at.offset, torn_at.offset + 48);
        assert!(ranges.contains(&torn), "{ranges} has no {torn}");
        assert_eq!(bench.records.progress().damages, 2);
    });
}

#[test]
fn an_event_that_the_database_refuses_is_kept_aside_and_the_rest_comes_in() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let refuse = "ALTER TABLE cdr_records ADD CONSTRAINT picky CHECK (call <> 3)";
        bench.database.wait().await.batch_execute(refuse).await.unwrap();
        let mut journal = bench.journal(1);
        let events: Vec<_> =
            (1..=6).map(|call| Told::Unanswered { call, identity: call }.bytes(call)).collect();
        journal.append(&events);
        bench.take(&journal).await;
        assert_eq!(bench.number("SELECT count(*) FROM cdrs").await, 5);
        let kept = bench.database.wait().await;
        let kept = kept.query_one("SELECT event, reason FROM journal_damage", &[]).await.unwrap();
        assert_eq!(kept.get::<_, Vec<u8>>(0), events[2]);
        assert!(kept.get::<_, String>(1).contains("picky"), "{}", kept.get::<_, String>(1));
    });
}

#[test]
fn another_journal_in_the_same_directory_is_read_from_its_beginning() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        journal.append(&[Told::Unanswered { call: 1, identity: 1 }.bytes(10)]);
        bench.take(&journal).await;
        std::fs::remove_dir_all(journal.dir()).unwrap();
        let mut other = bench.journal(2);
        for call in 2..9 {
            other.append(&[Told::Unanswered { call, identity: call }.bytes(10 + call)]);
        }
        bench.take(&other).await;
        assert_eq!(bench.number("SELECT count(*) FROM cdrs").await, 8);
        assert_eq!(bench.number("SELECT sum(replaced) FROM journal_offset").await, 1);
    });
}

/// Nobody says Hello here: the reading finds out by itself.
#[test]
fn another_journal_is_noticed_while_the_one_before_is_read() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        let start = |call| Told::Start { call, identity: call }.bytes(call);
        journal.append(&[start(1), start(2)]);
        bench.take(&journal).await;
        std::fs::remove_dir_all(journal.dir()).unwrap();
        let mut other = bench.journal(900);
        other.append(&[start(3), Told::End { call: 1, duration_us: 5 }.bytes(9)]);
        other.rotate();
        other.append(&[start(4)]);
        let all = async {
            while bench.number("SELECT count(*) FROM cdrs").await < 4 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), all).await.unwrap();
        assert_eq!(bench.number("SELECT count(*) FROM cdr_open").await, 3);
        assert_eq!(bench.number("SELECT count(*) FROM journal_damage").await, 0);
    });
}

/// START of one journal and START of the next are written at the same place of their files.
#[test]
fn places_of_a_member_ascend_over_all_its_journals() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let start = |call| Told::Start { call, identity: call }.bytes(10);
        let mut first = bench.journal(1);
        let mut second = Journal::create(&bench.scratch.path().join("other"), 2);
        let mut call = 0;
        for _ in 0..3 {
            for journal in [&mut first, &mut second] {
                call += 1;
                journal.append(&[start(call)]);
                bench.take(journal).await;
            }
        }
        std::fs::remove_dir_all(first.dir()).unwrap();
        let mut third = bench.journal(3);
        third.append(&[start(call + 1)]);
        bench.take(&third).await;
        let in_order =
            "SELECT count(*) FROM cdrs a JOIN cdrs b ON a.call < b.call AND a.id >= b.id";
        assert_eq!(bench.number(in_order).await, 0);
        assert_eq!(bench.number("SELECT count(*) FROM cdr_open").await, call as i64 + 1);
        assert_eq!(bench.number("SELECT count(*) FROM journal_damage").await, 0);
        let connection = bench.database.wait().await;
        let stood =
            crate::calls::open_at(&connection, &source(&third), third.place()).await.unwrap();
        assert_eq!(stood.first().unwrap().count(), call as i64 + 1);
    });
}

#[test]
fn a_journal_is_read_to_its_end_before_the_next_one() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut first = bench.journal(1);
        let other = bench.scratch.path().join("other");
        let mut second = Journal::create(&other, 2);
        for call in 1..400 {
            first.append(&[Told::Unanswered { call, identity: call }.bytes(call)]);
        }
        second.append(&[Told::Unanswered { call: 500, identity: 1 }.bytes(9)]);
        bench.records.follow(source(&first));
        tokio::time::sleep(Duration::from_millis(20)).await;
        bench.take(&second).await;
        assert_eq!(bench.number("SELECT count(*) FROM cdrs").await, 400);
    });
}

#[test]
fn calls_without_an_end_are_given_up_after_five_hours() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        let (old, young) = (hours_ago(6), hours_ago(4));
        journal.append(&[
            Told::Start { call: 1, identity: 1 }.bytes_from(old, 0),
            Told::Start { call: 2, identity: 2 }.bytes_from(young, 0),
        ]);
        bench.take(&journal).await;
        let mut connection = bench.database.wait().await;
        let seen = bench.records.progress();
        journal.append(&[Told::Start { call: 3, identity: 3 }.bytes_from(young, 0)]);
        days::expire(&mut connection, &seen).await.unwrap();
        bench.take(&journal).await;
        days::expire(&mut connection, &bench.records.progress()).await.unwrap();
        let rows = "SELECT string_agg(call || ' ' || standing || ' ' || coalesce(ending, '-'), ', ' ORDER BY call) FROM cdrs";
        let rows = bench.text(rows).await;
        assert_eq!(rows, "1 false expired, 2 true -, 3 true -");
        assert_eq!(bench.number("SELECT count(*) FROM cdrs WHERE duration_us IS NOT NULL").await, 0);
    });
}

#[test]
fn an_end_counts_after_its_call_was_given_up_and_a_second_one_does_not() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        let told = |told: Told| told.bytes_from(hours_ago(6), 0);
        journal.append(&[
            told(Told::Start { call: 1, identity: 1 }),
            told(Told::Start { call: 2, identity: 2 }),
            told(Told::Start { call: 3, identity: 3 }),
        ]);
        bench.take(&journal).await;
        let mut connection = bench.database.wait().await;
        days::expire(&mut connection, &bench.records.progress()).await.unwrap();
        assert_eq!(bench.number("SELECT count(*) FROM cdrs WHERE ending = 'expired'").await, 3);
        journal.append(&[
            told(Told::End { call: 1, duration_us: 70 }),
            told(Told::OrphanEnd { identity: 2 }),
        ]);
        bench.take(&journal).await;
        journal.append(&[told(Told::End { call: 1, duration_us: 80 })]);
        bench.take(&journal).await;
        let rows = "SELECT string_agg(call || ' ' || ending || ' ' || coalesce(duration_us, -1), ', ' ORDER BY call) FROM cdrs";
        assert!(bench.text(rows).await.starts_with("1 end 70, 2 orphan "), "{}", bench.text(rows).await);
        assert!(bench.text(rows).await.ends_with(", 3 expired -1"), "{}", bench.text(rows).await);
        assert_eq!(bench.number("SELECT count(*) FROM cdr_strays").await, 1);
    });
}

#[test]
fn texts_of_any_length_come_in() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        // Not to be compressed: an index takes a third of a page of it.
        let mut dice = Dice(1);
        let long: Vec<u8> = (0..60_000).map(|_| b'!' + dice.below(90) as u8).collect();
        journal.append(&[unanswered_with(&long)]);
        bench.take(&journal).await;
        assert_eq!(bench.number("SELECT count(*) FROM journal_damage").await, 0);
        let lengths =
            "SELECT length(call_id) || ' ' || length(caller) || ' ' || length(callee) FROM cdrs";
        assert_eq!(bench.text(lengths).await, "60000 512 512");
    });
}

#[test]
fn days_have_partitions_ahead_and_old_ones_go() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        journal.append(&[
            Told::Unanswered { call: 1, identity: 1 }.bytes_from(hours_ago(130 * 24), 0),
            Told::Unanswered { call: 2, identity: 2 }.bytes_from(hours_ago(110 * 24), 0),
        ]);
        bench.take(&journal).await;
        let connection = bench.database.wait().await;
        days::days(&connection, 120).await.unwrap();
        assert_eq!(bench.number("SELECT sum(call)::bigint FROM cdrs").await, 2);
    });
}

#[test]
fn a_database_that_is_gone_shows_as_backlog_and_loses_nothing() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        journal.append(&[Told::Unanswered { call: 1, identity: 1 }.bytes(10)]);
        bench.take(&journal).await;
        assert_eq!(bench.records.backlog_bytes(), Some(0));
        bench.postgres.stop();
        let before = journal.place();
        journal.append(&[Told::Unanswered { call: 2, identity: 2 }.bytes(11)]);
        assert_eq!(bench.records.backlog_bytes(), Some(journal.place().offset - before.offset));
        bench.postgres.start_again();
        bench.take(&journal).await;
        assert_eq!(bench.number("SELECT count(*) FROM cdrs").await, 2);
    });
}

/// Commits may be lost with the server, but for those that the data plane is told of.
#[test]
fn what_is_told_as_taken_survives_a_crash_of_the_database() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        bench.records.follow(source(&journal));
        let mut known = bench.records.durable(&source(&journal), None).await;
        assert_eq!(known, Place::START);
        for round in 1..=4 {
            for call in 0..3 {
                let call = 10 * round + call;
                journal.append(&[Told::Unanswered { call, identity: call }.bytes(10)]);
            }
            known = bench.records.durable(&source(&journal), Some(known)).await;
            bench.postgres.crash_and_restart();
            let reached = bench.number("SELECT segment FROM journal_offset").await;
            assert_eq!((known.segment, reached), (round, round as i64));
            journal.rotate();
        }
        let whole = journal.place();
        journal.append(&[Told::Unanswered { call: 1, identity: 1 }.bytes(10)]);
        bench.take(&journal).await;
        assert!(bench.records.progress().durable.is_some_and(|place| place >= whole));
        assert_eq!(bench.number("SELECT count(*) FROM cdrs").await, 13);
    });
}

/// What is known of the journal before must not be told of the one in its place.
#[test]
fn what_is_taken_of_a_journal_is_not_said_of_another_one_in_its_directory() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        let unanswered = |call| Told::Unanswered { call, identity: call }.bytes(10);
        for call in 1..6 {
            journal.rotate();
            journal.append(&[unanswered(call)]);
        }
        bench.take(&journal).await;
        assert_eq!(bench.records.durable(&source(&journal), None).await.segment, 6);
        std::fs::remove_dir_all(journal.dir()).unwrap();
        let mut other = bench.journal(900);
        for call in 6..16 {
            other.rotate();
            other.append(&[unanswered(call)]);
        }
        bench.records.follow(source(&other));
        let mut known = None;
        let mut places = Vec::new();
        while known != Some(11) {
            let last = places.last().copied();
            let place = bench.records.durable(&source(&other), last).await;
            places.push(place);
            known = Some(place.segment);
        }
        assert!(places.is_sorted(), "it begins again: {places:?}");
        assert!(places[0].segment == 0 || places.len() == 1, "{places:?}");
        assert_eq!(bench.number("SELECT count(*) FROM cdrs").await, 15);
    });
}

#[test]
fn records_go_on_behind_segments_that_were_removed_once_taken() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        let start = |call| Told::Start { call, identity: call }.bytes(call);
        let end = |call| Told::End { call, duration_us: 5 }.bytes(90);
        journal.append(&[start(1), start(2), start(3)]);
        journal.rotate();
        journal.append(&[end(2)]);
        journal.rotate();
        journal.append(&[start(4)]);
        bench.take(&journal).await;
        for number in [1, 2] {
            std::fs::remove_file(segment::path(journal.dir(), number)).unwrap();
        }
        // The same control plane goes on, and so does one that is started anew.
        journal.append(&[end(1)]);
        bench.take(&journal).await;
        let anew = Records::start(bench.database.clone(), 120);
        journal.append(&[end(4)]);
        anew.follow(source(&journal));
        anew.reached(&source(&journal), journal.place()).await;
        assert_eq!(bench.number("SELECT count(*) FROM cdrs").await, 4);
        assert_eq!(bench.number("SELECT count(*) FROM cdr_open").await, 1);
        assert_eq!(bench.number("SELECT count(*) FROM journal_damage").await, 0);
        assert_eq!((anew.progress().strays, anew.backlog_bytes()), (0, Some(0)));
    });
}

/// An older segment that could not be removed does not come in again, and a journal that begins late says so.
#[test]
fn a_database_that_was_put_back_tells_what_is_gone() {
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        for call in 1..5 {
            journal.append(&[Told::Unanswered { call, identity: call }.bytes(10)]);
            journal.rotate();
        }
        journal.append(&[Told::Unanswered { call: 5, identity: 5 }.bytes(10)]);
        bench.take(&journal).await;
        let Bench { postgres, scratch: _scratch, records, database } = bench;
        drop(records);
        let put_back =
            "DELETE FROM cdr_records WHERE call > 2; UPDATE journal_offset SET segment = 2";
        database.wait().await.batch_execute(put_back).await.unwrap();
        for number in [2, 3] {
            std::fs::remove_file(segment::path(journal.dir(), number)).unwrap();
        }
        let anew = Records::start(database.clone(), 120);
        anew.follow(source(&journal));
        anew.reached(&source(&journal), journal.place()).await;
        let client = database.wait().await;
        let calls =
            client.query_one("SELECT string_agg(call::text, ' ' ORDER BY call) FROM cdrs", &[]);
        assert_eq!(calls.await.unwrap().get::<_, String>(0), "1 2 4 5");
        let told = client.query_one("SELECT string_agg(reason, ', ') FROM journal_damage", &[]);
        let told: String = told.await.unwrap().get(0);
        assert_eq!(told, "the segments before 4 are gone");
        // One that knows nothing of the journal begins with what there is.
        drop(anew);
        let empty = "TRUNCATE cdr_records, journal_offset, journal_damage";
        client.batch_execute(empty).await.unwrap();
        std::fs::remove_file(segment::path(journal.dir(), 1)).unwrap();
        let anew = Records::start(database.clone(), 120);
        anew.follow(source(&journal));
        anew.reached(&source(&journal), journal.place()).await;
        let told = client.query_one("SELECT string_agg(reason, ', ') FROM journal_damage", &[]);
        let told: String = told.await.unwrap().get(0);
        assert_eq!(told, "the segments before 4 are gone");
        drop(postgres);
    });
}

/// The rate at which a journal of calls comes in, START and END far enough apart for two batches. Set
/// TANDEM_RECORDS_CALLS to measure; without it the test only shows that all come in.
#[test]
fn a_journal_of_many_calls_comes_in() {
    let calls = std::env::var("TANDEM_RECORDS_CALLS").ok().and_then(|text| text.parse().ok());
    let calls: u64 = calls.unwrap_or(2_000);
    let apart: u64 = (calls / 4).min(30_000);
    runtime().block_on(async {
        let bench = Bench::new().await;
        let mut journal = bench.journal(1);
        journal.rotate_at = 64 << 20;
        for call in 1..=calls + apart {
            let mut events = Vec::new();
            if call <= calls {
                events.push(Told::Start { call, identity: call }.bytes(call / 5_000));
            }
            if call > apart {
                let ended = Told::End { call: call - apart, duration_us: 9 };
                events.push(ended.bytes(call / 5_000));
            }
            journal.append(&events);
        }
        let begun = std::time::Instant::now();
        bench.take(&journal).await;
        let seconds = begun.elapsed().as_secs_f64();
        let rate = calls as f64 / seconds;
        println!("{calls} calls, START and END: {seconds:.2} s, {rate:.0} calls/s");
        assert_eq!(bench.number("SELECT count(*) FROM cdr_records").await, calls as i64);
        assert_eq!(bench.number("SELECT count(*) FROM cdr_open").await, 0);
    });
}
