//! Records in a real PostgreSQL: searched in pages, followed without a gap, summed up.

use api::{CdrQuery, ErrorCode, TailQuery};

use super::{find, follow, read_only, summary};
use crate::database::Database;
use crate::records::testing::Postgres;

/// Calls of two members, received a second apart from noon on: every third unanswered, every fourth of the answered
/// ones stands, every fifth had a first attempt that failed.
const CALLS: &str = "
    INSERT INTO journal_offset (member, journal, segment, byte_offset, created_us)
    VALUES (0, '/a', 1, 900000, 1), (7, '/b', 1, 900000, 1);
    CREATE TEMP TABLE made AS
    SELECT n, (n % 2) * 7 AS member, (1::bigint << 32) + n * 100 AS id, n % 3 <> 0 AS answered,
           n % 3 <> 0 AND n % 4 = 0 AS stands, '2026-01-31 12:00:00Z'::timestamptz + n * interval '1 s' AS received
    FROM generate_series(1, 60) n;
    WITH rows AS (
        SELECT member, id, CASE WHEN NOT stands THEN id + 50 END AS end_place, 0 AS worker, n AS call, n AS identity,
               received, CASE WHEN answered AND n % 2 = 0 THEN 40000 END::bigint AS progress_us,
               (n * 1000)::bigint AS setup_us, CASE WHEN answered THEN received + n * interval '1 ms' END AS answered,
               CASE WHEN answered AND NOT stands THEN received + interval '30 s' END AS ended,
               CASE WHEN answered AND NOT stands THEN 30000000 - n * 1000 END::bigint AS duration_us,
               5 AS originator_id, CASE WHEN n <> 9 THEN 'retail-one' END AS originator, 17 AS image_version,
               '198.51.100.1'::inet AS source_ip, 5060 AS source_port, 0 AS ingress,
               CASE WHEN answered THEN 'answered' WHEN n % 2 = 0 THEN 'no_routing' ELSE 'busy' END AS outcome,
               CASE WHEN answered THEN 200 ELSE 503 END AS status, 16 AS cause, 'caller' AS release,
               CASE WHEN answered AND NOT stands THEN CASE n WHEN 1 THEN 'orphan' ELSE 'end' END END AS ending,
               'c' || n AS call_id, 'f' AS from_tag, 't' AS to_tag, '+4420712345' || n AS caller,
               CASE WHEN n % 2 = 0 THEN '+' ELSE '' END || '3934712345' || n AS callee,
               CASE WHEN NOT answered AND n % 2 = 0 THEN '[]'::jsonb
                    WHEN n % 5 = 0 THEN jsonb_build_array(made_attempt(0, 2, 'borealis', 503), made_attempt(1, 1, 'atlas', 200))
                    ELSE jsonb_build_array(made_attempt(0, 1, 'atlas', 200)) END AS attempts
        FROM made
    ), stand AS (
        INSERT INTO cdr_open (COLUMNS) SELECT COLUMNS FROM rows WHERE answered IS NOT NULL AND end_place IS NULL
    )
    INSERT INTO cdr_records (COLUMNS) SELECT COLUMNS FROM rows WHERE answered IS NULL OR end_place IS NOT NULL;
    INSERT INTO cdr_late (member, id, call, identity, at, trunk_id, trunk, gateway, status, after_us, ordinal)
    VALUES (0, 1, 30, 30, '2026-01-31 12:00:31Z', 2, NULL, '192.0.2.1:5060', 200, 9000000, 0),
           (0, 2, 999, 999, '2026-01-31 12:00:31Z', 2, NULL, '192.0.2.1:5060', 200, 9000000, 0);";

const ATTEMPT: &str = "
    CREATE FUNCTION made_attempt(ordinal integer, trunk_id integer, trunk text, status integer) RETURNS jsonb
    LANGUAGE sql AS $$ SELECT jsonb_build_object('ordinal', ordinal, 'slot', 1, 'trunk_id', trunk_id, 'trunk', trunk,
        'gateway', '192.0.2.1:5060', 'status', status, 'cause', 0, 'start_us', 100, 'progress_us', NULL, 'end_us', 900,
        'flags', '[]'::jsonb) $$;";

const COLUMNS: &str = "member, id, end_place, worker, call, identity, received, progress_us, setup_us, answered, ended,
    duration_us, originator_id, originator, image_version, source_ip, source_port, ingress, outcome, status, cause,
    release, ending, call_id, from_tag, to_tag, caller, callee, attempts";

async fn calls() -> (Postgres, Database) {
    let postgres = Postgres::start().await;
    let database = postgres.database();
    let connection = database.wait().await;
    connection.batch_execute(ATTEMPT).await.unwrap();
    connection.batch_execute(&CALLS.replace("COLUMNS", COLUMNS)).await.unwrap();
    drop(connection);
    (postgres, database)
}

async fn names(database: &Database, query: CdrQuery) -> Vec<String> {
    let page = find(database, &query).await.unwrap();
    page.items.into_iter().map(|cdr| cdr.call_id).collect()
}

#[tokio::test]
async fn a_search_goes_through_all_records_newest_first() {
    let (_postgres, database) = calls().await;
    let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let query = CdrQuery { limit: Some(7), after, ..CdrQuery::default() };
        let page = find(&database, &query).await.unwrap();
        found.extend(page.items.into_iter().map(|cdr| cdr.call_id));
        (after, pages) = (page.next, pages + 1);
        if after.is_none() {
            break;
        }
    }
    let all: Vec<String> = (1..=60).rev().map(|n| format!("c{n}")).collect();
    assert_eq!((found, pages), (all, 9));
}

#[tokio::test]
async fn a_search_finds_what_is_asked_for() {
    let (_postgres, database) = calls().await;
    let query = CdrQuery::default;
    let text = |text: &str| Some(text.to_owned());
    for (query, found) in [
        (CdrQuery { call_id: text("c12"), ..query() }, vec!["c12"]),
        (CdrQuery { callee: text("393471234512"), ..query() }, vec!["c12"]),
        (CdrQuery { callee: text("+39347123456"), ..query() }, vec!["c60", "c6"]),
        (CdrQuery { caller: text("44207123451"), limit: Some(2), ..query() }, vec!["c19", "c18"]),
        (CdrQuery { caller: text("207"), ..query() }, vec![]),
        (CdrQuery { originator: text("5"), ..query() }, vec!["c9"]),
        (CdrQuery { originator: text("none"), ..query() }, vec![]),
        (CdrQuery { trunk: text("borealis"), limit: Some(2), ..query() }, vec!["c55", "c50"]),
        (CdrQuery { trunk: text("2"), limit: Some(1), ..query() }, vec!["c55"]),
        (
            CdrQuery {
                from: text("2026-01-31T12:00:03Z"),
                to: text("2026-01-31T13:00:05+01:00"),
                ..query()
            },
            vec!["c4", "c3"],
        ),
    ] {
        assert_eq!(names(&database, query.clone()).await, found, "{query:?}");
    }
}

#[tokio::test]
async fn a_record_is_told_with_everything_and_its_numbers_masked() {
    let (_postgres, database) = calls().await;
    let call = |id: &str, unmasked| CdrQuery {
        call_id: Some(id.to_owned()),
        unmasked,
        ..CdrQuery::default()
    };
    let one = async |id: &str, unmasked| {
        find(&database, &call(id, unmasked)).await.unwrap().items.remove(0)
    };
    let cdr = one("c10", false).await;
    assert_eq!((&*cdr.caller, &*cdr.callee), ("+44207*****10", "+39347*****10"));
    assert_eq!(one("c10", true).await.callee, "+393471234510");
    assert_eq!((&*cdr.id, &*cdr.call), ("0.1.1000", "000000000000000a"));
    assert_eq!(cdr.received, "2026-01-31T12:00:10.000000Z");
    assert_eq!(cdr.progress.as_deref(), Some("2026-01-31T12:00:10.040000Z"));
    assert_eq!(cdr.answer.as_deref(), Some("2026-01-31T12:00:10.010000Z"));
    assert_eq!(
        (cdr.pdd_us, cdr.duration_us, cdr.standing),
        (Some(40_000), Some(29_990_000), false)
    );
    let tried: Vec<_> = cdr.attempts.iter().map(|one| (&*one.trunk, one.status)).collect();
    assert_eq!(tried, [("borealis", 503), ("atlas", 200)]);
    assert!(one("c4", false).await.standing && one("c1", false).await.orphan_end);
    let late = one("c30", false).await.late_answers;
    assert_eq!((&*late[0].trunk, late[0].after_us, late.len()), ("2", Some(9_000_000), 1));
}

#[tokio::test]
async fn a_tail_skips_nothing_and_repeats_nothing() {
    let (_postgres, database) = calls().await;
    let mut query =
        TailQuery { after: Some("start".to_owned()), limit: Some(7), ..TailQuery::default() };
    let mut told: Vec<String> = Vec::new();
    loop {
        let tail = follow(&database, &query).await.unwrap();
        if tail.items.is_empty() {
            break;
        }
        assert!(tail.items.iter().all(|cdr| !cdr.standing));
        told.extend(tail.items.into_iter().map(|cdr| cdr.call_id));
        query.after = Some(tail.after);
    }
    let unique: std::collections::BTreeSet<_> = told.iter().collect();
    assert_eq!((told.len(), unique.len()), (50, 50), "ten of sixty stand");

    // Behind the last one comes what ends now, and what another member brings, however old its places are.
    let connection = database.wait().await;
    let copied = |values: &str, from: &str| {
        let values = COLUMNS.replacen("member, id, end_place", values, 1);
        format!("INSERT INTO cdr_records ({COLUMNS}) SELECT {values} FROM {from}")
    };
    let ended = copied("member, id, (1::bigint << 32) + 900000", "cdr_open WHERE call_id = 'c4'");
    let other = copied("9, 1, 2", "cdr_records WHERE call_id = 'c1'");
    let member = "INSERT INTO journal_offset (member, journal, segment, byte_offset, created_us) VALUES (9, '/c', 1, 9, 1)";
    connection.batch_execute(&format!("{ended}; {other}; {member}")).await.unwrap();
    let tail = follow(&database, &query).await.unwrap();
    let mut calls: Vec<_> = tail.items.iter().map(|cdr| &*cdr.call_id).collect();
    calls.sort_unstable();
    assert_eq!(calls, ["c1", "c4"]);
    query.after = Some(tail.after);
    assert!(follow(&database, &query).await.unwrap().items.is_empty());

    let last = TailQuery { limit: Some(3), ..TailQuery::default() };
    let tail = follow(&database, &last).await.unwrap();
    let calls: Vec<_> = tail.items.iter().map(|cdr| &*cdr.call_id).collect();
    assert_eq!(calls, ["c55", "c58", "c59"]);
    query.after = Some(tail.after);
    assert!(follow(&database, &query).await.unwrap().items.is_empty(), "they were the last");
}

#[tokio::test]
async fn a_summary_counts_and_its_percentiles_are_values_that_were_seen() {
    let (_postgres, database) = calls().await;
    let mut connection = database.wait().await;
    let transaction = read_only(&mut connection).await.unwrap();
    let all = summary::of(&transaction, None, None).await.unwrap();
    assert_eq!((all.calls, all.answered, all.standing), (60, 40, 10));
    assert_eq!((all.no_routing, all.orphan_ends, all.late_answers), (10, 1, 1));
    let outcomes: Vec<_> = all.outcomes.iter().map(|it| (&*it.outcome, it.calls)).collect();
    assert_eq!(outcomes, [("answered", 40), ("busy", 10), ("no_routing", 10)]);
    // Of sixty calls ten had no attempt; of twelve fifths two of those.
    assert_eq!(all.failovers, 10);
    let trunks: Vec<_> =
        all.trunks.iter().map(|it| (&*it.trunk, it.first, it.attempts, it.answered)).collect();
    assert_eq!(trunks, [("atlas", 40, 50, 40), ("borealis", 10, 10, 0)]);
    assert_eq!(all.trunks[0].share, Some(0.8));
    let setup = all.setup_us.unwrap();
    assert_eq!((setup.p50, setup.p90, setup.p99), (30_000, 54_000, 60_000));
    assert!(all.pdd_us.is_some());
    drop(transaction);
    let transaction = read_only(&mut connection).await.unwrap();
    let none = super::time("from", &Some("2027-01-01T00:00:00Z".to_owned())).unwrap();
    let empty = summary::of(&transaction, none, None).await.unwrap();
    assert_eq!((empty.calls, empty.setup_us, empty.trunks.len()), (0, None, 0));
}

#[tokio::test]
async fn a_question_that_makes_no_sense_says_which_part() {
    let (_postgres, database) = calls().await;
    let query = CdrQuery::default;
    let text = |text: &str| Some(text.to_owned());
    for (query, said) in [
        (CdrQuery { from: text("noon"), ..query() }, "`from` is `noon`"),
        (CdrQuery { limit: Some(0), ..query() }, "`limit` is 0"),
        (CdrQuery { limit: Some(1001), ..query() }, "`limit` is 1001"),
        (CdrQuery { callee: text("4%9"), ..query() }, "`callee` is `4%9`"),
        (CdrQuery { after: text("1.2"), ..query() }, "`after` is `1.2`"),
    ] {
        let failure = find(&database, &query).await.unwrap_err();
        assert_eq!(failure.detail().code, ErrorCode::BadRequest);
        assert!(failure.detail().message.contains(said), "{failure:?}");
    }
    for after in ["", "0", "0.1", "0.1.x", "0.1.2,", "99999999999.1.2"] {
        let query = TailQuery { after: text(after), ..TailQuery::default() };
        let failure = follow(&database, &query).await.unwrap_err();
        assert_eq!(failure.detail().code, ErrorCode::BadRequest, "{after}");
    }
}
