//! Claims about reading, joining and printing records.

use std::fs;

use hugepages::layout::cdr::{Attempt as Wire, AttemptFlags, Event, NO_TIME, Outcome, Setup};

use super::testing::{attempt, end, flagged, head, late, orphan_end, setup, start, unanswered};
use super::*;
use crate::keeper::journal::Journal;
use crate::keeper::last_image::{Saver, Snapshot};
use crate::keeper::testing::Scratch;

fn join(hold: Hold, events: &[Vec<u8>]) -> (Vec<Cdr>, Joiner) {
    let mut joiner = Joiner::new(hold);
    for event in events {
        joiner.take(&Event::decode(event).unwrap());
    }
    joiner.finish();
    let cdrs = std::iter::from_fn(|| joiner.next_ready()).collect();
    (cdrs, joiner)
}

fn answered(call: u64, position: u64) -> Vec<u8> {
    start(&head(call, position, 0), &setup(Outcome::Answered, &[attempt(7, 0, 200)]))
}

#[test]
fn joins_a_start_with_its_end() {
    let events = [answered(1, 0), answered(2, 1), end(&head(2, 2, 9), 5), end(&head(1, 3, 9), 6)];
    let (cdrs, joiner) = join(Hold::Late, &events);
    let ends: Vec<(u64, u64)> =
        cdrs.iter().map(|cdr| (cdr.call, cdr.ending.unwrap().duration_us)).collect();
    assert_eq!(ends, [(2, 5), (1, 6)]);
    assert_eq!(joiner.stray_ends(), 0);
    assert!(!cdrs[0].ending.unwrap().orphan);
    assert_eq!(cdrs[0].released_by(), "caller");
}

#[test]
fn an_orphan_end_is_joined_by_identity() {
    let (cdrs, joiner) =
        join(Hold::Late, &[answered(1, 0), answered(2, 1), orphan_end(&head(1, 9, 60))]);
    assert_eq!(cdrs.len(), 2);
    let ending = cdrs[0].ending.unwrap();
    assert_eq!((cdrs[0].call, ending.orphan), (1, true));
    // 60 s less the 120 ms of the set-up: a process that forgot the call cannot tell.
    assert_eq!(ending.duration_us, 59_880_000);
    assert!(cdrs[1].standing());
    assert_eq!(joiner.stray_ends(), 0);
}

#[test]
fn only_the_first_end_counts() {
    let events = [
        answered(1, 0),
        orphan_end(&head(1, 1, 5)),
        end(&head(1, 2, 6), 7),
        orphan_end(&head(1, 3, 7)),
    ];
    let (cdrs, joiner) = join(Hold::Late, &events);
    assert_eq!(cdrs.len(), 1);
    assert!(cdrs[0].ending.unwrap().orphan);
    assert_eq!(joiner.stray_ends(), 2);
}

#[test]
fn an_end_without_start_is_a_stray() {
    let (cdrs, joiner) = join(Hold::Late, &[end(&head(5, 0, 1), 1), orphan_end(&head(6, 1, 1))]);
    assert!(cdrs.is_empty());
    assert_eq!(joiner.stray_ends(), 2);
}

#[test]
fn an_unanswered_call_is_one_record() {
    let refused = setup(Outcome::NoRouting, &[]);
    let (cdrs, _) = join(Hold::Late, &[unanswered(&head(1, 0, 0), &refused)]);
    assert_eq!(cdrs.len(), 1);
    assert!(!cdrs[0].answered && !cdrs[0].standing());
    assert_eq!((cdrs[0].outcome_text(), cdrs[0].egress), ("no_routing", None));
}

#[test]
fn a_late_answer_finds_standing_and_ended_calls() {
    let given_up = [flagged(7, AttemptFlags::NO_PROGRESS), attempt(8, 1, 200)];
    let two = setup(Outcome::Answered, &given_up);
    let cancelled = [flagged(7, AttemptFlags::CANCELLED)];
    let gone = setup(Outcome::Cancelled, &cancelled);
    let events = [
        start(&head(1, 0, 0), &two),
        late(&head(1, 1, 1), 7),
        unanswered(&head(2, 2, 2), &gone),
        late(&head(2, 3, 30), 7),
        end(&head(1, 4, 31), 5),
    ];
    let (cdrs, _) = join(Hold::Late, &events);
    assert!(cdrs.iter().all(|cdr| cdr.late.len() == 1), "{cdrs:?}");
    // A follower has shown the second record before.
    let (cdrs, _) = join(Hold::Nothing, &events);
    let late: Vec<(u64, usize)> = cdrs.iter().map(|cdr| (cdr.call, cdr.late.len())).collect();
    assert_eq!(late, [(2, 0), (1, 1)]);
}

#[test]
fn records_wait_no_longer_than_answers_may_be_late() {
    let cancelled = [flagged(7, AttemptFlags::CANCELLED)];
    let gone = setup(Outcome::Cancelled, &cancelled);
    let mut joiner = Joiner::new(Hold::Late);
    joiner.take(&Event::decode(&unanswered(&head(1, 0, 0), &gone)).unwrap());
    joiner.take(&Event::decode(&answered(2, 1)).unwrap());
    assert_eq!(joiner.next_ready(), None);
    joiner.take(&Event::decode(&end(&head(2, 2, 34), 1)).unwrap());
    assert_eq!(joiner.next_ready().unwrap().call, 1);
    assert_eq!(joiner.next_ready().unwrap().call, 2);
}

#[test]
fn pdd_is_the_first_progress_or_the_answer() {
    let attempts = [attempt(7, 0, 200)];
    let ringing = setup(Outcome::Answered, &attempts);
    let at_once = Setup { progress_us: NO_TIME, ..ringing };
    let refused = Setup { progress_us: NO_TIME, ..setup(Outcome::Rejected, &attempts) };
    let events = [
        unanswered(&head(1, 0, 0), &refused),
        start(&head(2, 1, 0), &ringing),
        start(&head(3, 2, 0), &at_once),
    ];
    let pdd: Vec<Option<u32>> = join(Hold::Late, &events).0.iter().map(Cdr::pdd_us).collect();
    assert_eq!(pdd, [None, Some(80_000), Some(120_000)]);
}

/// Puts the image that the names come from beside the journal.
fn keep_image(scratch: &Scratch) {
    let text = r#"
        version = 7
        [[trunk]]
        name = "cirrus"
        id = 7
        gateways = ["192.0.2.1"]
        [[trunk]]
        name = "atlas"
        id = 8
        gateways = ["192.0.2.2"]
        [[destination]]
        name = "Italy Mobile"
        id = 39
        prefixes = ["393"]
        [[plan]]
        name = "all"
        [[plan.rule]]
        destinations = ["Italy Mobile"]
        slot = [{ technique = "round_robin", trunks = ["atlas"] }]
        [[originator]]
        name = "acme"
        id = 1
        addresses = ["192.0.2.9"]
        plan = "all"
    "#;
    let built = routing::image::build(&routing::plan_text::parse(text).unwrap()).unwrap();
    let dir = scratch.path().join("image");
    fs::create_dir(&dir).unwrap();
    let mut saver = Saver::new(&dir, 0);
    saver.keep(Snapshot {
        as_of: 7,
        extents: built.extents().to_vec(),
        checksums: built.checksums().to_vec(),
    });
    saver.finish().unwrap();
}

/// A journal with names: a failover, no routing, a standing call and an orphan.
fn sample() -> Scratch {
    let scratch = Scratch::new();
    let dir = scratch.path().join("journal");
    let (mut journal, _) = Journal::open(&dir).unwrap();
    let local = AttemptFlags::NO_RESPONSE.with(AttemptFlags::LOCAL_STATUS);
    let over = [attempt(7, 0, 503), flagged(9, local), attempt(8, 2, 200)];
    let one = [attempt(7, 0, 200)];
    let failover = setup(Outcome::Answered, &over);
    let direct = setup(Outcome::Answered, &one);
    let mut position = 0;
    let mut put = |event: Vec<u8>| {
        journal.stage(&event);
        position += 1;
    };
    put(start(&head(1, 0, 0), &failover));
    put(end(&head(1, 1000, 10), 9_880_000));
    put(unanswered(&head(2, 2000, 11), &setup(Outcome::NoRouting, &[])));
    put(start(&head(3, 3000, 12), &direct));
    put(start(&head(4, 4000, 12), &direct));
    put(orphan_end(&head(3, 5000, 4000)));
    journal.write().unwrap();
    keep_image(&scratch);
    scratch
}

fn printed(scratch: &Scratch, output: Output, mode: Mode, numbers: Numbers) -> String {
    let options = Options { dir: scratch.path().to_owned(), output, mode, numbers };
    let (mut out, mut notes) = (Vec::new(), Vec::new());
    print(&options, &mut out, &mut notes).unwrap();
    assert!(notes.is_empty(), "{}", String::from_utf8_lossy(&notes));
    String::from_utf8(out).unwrap()
}

#[test]
fn prints_a_table_for_people() {
    let text = printed(&sample(), Output::Table, Mode::Once, Numbers::Masked);
    let lines: Vec<&str> = text.lines().collect();
    let expect = "2026-11-21 10:00:00.000  +44163*****23     +39333*****67      80.0 ms  120.0 ms      9.8 s  answered             cirrus 503 → #9 no response → atlas 200";
    // The first call waits for answers that may be late, so that the second is shown before it.
    assert!(lines[1].ends_with("-  no_routing           -"), "{text}");
    assert_eq!(lines[2], expect);
    assert!(lines[3].contains("1:06:39"), "{text}");
    assert!(lines[4].contains("standing  answered             cirrus 200"), "{text}");
    assert_eq!(lines.len(), 5);
}

#[test]
fn prints_json_with_all_fields() {
    let text = printed(&sample(), Output::Json, Mode::Once, Numbers::Full);
    let values: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let first = &values[1];
    assert_eq!(first["call"], "0000000000000001");
    assert_eq!(first["call_id"], "1-4711@10.77.1.2");
    assert_eq!(first["callee"], "+393331234567");
    assert_eq!(first["originator"], "acme");
    assert_eq!(first["destination"], "Italy Mobile");
    assert_eq!(first["received"], "2026-11-21T10:00:00.000000Z");
    assert_eq!(first["progress"], "2026-11-21T10:00:00.080000Z");
    assert_eq!(first["answer"], "2026-11-21T10:00:00.120000Z");
    assert_eq!(first["end"], "2026-11-21T10:00:10.000000Z");
    assert_eq!(first["duration_us"], 9_880_000);
    assert_eq!(first["attempts"][0]["trunk"], "cirrus");
    assert_eq!(first["attempts"][0]["gateway"], "10.77.2.7:5060");
    assert_eq!(first["attempts"][1]["trunk"], serde_json::Value::Null);
    assert_eq!(first["attempts"][1]["flags"], serde_json::json!(["no_response", "local_status"]));
    assert_eq!(values[0]["outcome"], "no_routing");
    assert_eq!(values[2]["orphan_end"], true);
    assert_eq!(values[3]["standing"], true);
}

#[test]
fn masks_numbers_unless_asked() {
    for output in [Output::Table, Output::Json, Output::Csv] {
        let text = printed(&sample(), output, Mode::Once, Numbers::Masked);
        assert!(text.contains("+39333*****67") && !text.contains("1234567"), "{text}");
        let text = printed(&sample(), output, Mode::Once, Numbers::Full);
        assert!(text.contains("+393331234567") && text.contains("+441632960123"), "{text}");
    }
}

#[test]
fn prints_csv_with_as_many_fields_as_columns() {
    let text = printed(&sample(), Output::Csv, Mode::Once, Numbers::Masked);
    let counts: Vec<usize> =
        text.split_terminator("\r\n").map(|line| line.split(',').count()).collect();
    assert_eq!(counts, [24; 5], "{text}");
}

#[test]
fn csv_quotes_what_would_break_it() {
    let attempts = [attempt(7, 0, 200)];
    let mut hostile = setup(Outcome::Answered, &attempts);
    hostile.texts.call_id = b"a,\"b\"\r\n";
    hostile.texts.caller = b"=cmd()";
    let (cdrs, _) = join(Hold::Late, &[start(&head(1, 0, 0), &hostile)]);
    let mut out = Vec::new();
    csv::write_line(&mut out, &cdrs[0], &Names::default(), Numbers::Full).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains(",\"a,\"\"b\"\"\r\n\","), "{text}");
    assert!(text.contains(",\"'=cmd()\","), "{text}");
}

#[test]
fn sums_up() {
    let text = printed(&sample(), Output::Json, Mode::Summary, Numbers::Masked);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (key, expect) in [
        ("calls", 4),
        ("answered", 3),
        ("standing", 1),
        ("failovers", 1),
        ("no_routing", 1),
        ("orphan_ends", 1),
    ] {
        assert_eq!(value[key], expect, "{key}: {text}");
    }
    assert_eq!(value["asr"], 0.75);
    let cirrus = &value["trunks"][2];
    assert_eq!(cirrus["trunk"], "cirrus");
    assert_eq!((&cirrus["first_attempts"], &cirrus["answered"]), (&3.into(), &2.into()));
    assert_eq!(value["setup_us"]["p99"], 120_000);
    assert_eq!(value["pdd_us"]["p50"], 80_000);
    let table = printed(&sample(), Output::Table, Mode::Summary, Numbers::Masked);
    assert!(table.contains("answered                      3   ASR 75.0 %"), "{table}");
    assert!(
        table.contains("cirrus                        3  100.0 %           3           2"),
        "{table}"
    );
}

#[test]
fn an_empty_journal_has_an_empty_summary() {
    let scratch = Scratch::new();
    drop(Journal::open(scratch.path()).unwrap());
    let table = printed(&scratch, Output::Table, Mode::Summary, Numbers::Masked);
    assert!(table.contains("ASR -"), "{table}");
}

#[test]
fn says_which_directory_is_missing_or_holds_no_journal() {
    let message = |dir: &Path| {
        let options = Options {
            dir: dir.to_owned(),
            output: Output::Table,
            mode: Mode::Once,
            numbers: Numbers::Masked,
        };
        print(&options, &mut Vec::new(), &mut Vec::new()).unwrap_err().to_string()
    };
    let missing = message(Path::new("/nonexistent"));
    assert!(missing.contains("cannot read the journal directory /nonexistent"), "{missing}");
    let empty = message(Scratch::new().path());
    assert!(empty.contains("there is no call journal in"), "{empty}");
}

#[test]
fn a_reader_follows_a_journal_that_grows_and_rotates() {
    let scratch = Scratch::new();
    let (mut journal, _) = Journal::open_with(scratch.path(), 300).unwrap();
    let mut reader = Reader::open(scratch.path()).unwrap();
    assert!(reader.next_event().unwrap().is_none());
    for call in 0..20 {
        journal.stage(&end(&head(call, call * 100, 1), 1));
        journal.write().unwrap();
        assert_eq!(reader.next_event().unwrap().unwrap().1.head().call.get(), call);
        assert!(reader.next_event().unwrap().is_none());
    }
    assert!(journal.place().0 > 2, "it did not rotate");
}

#[test]
fn a_reader_waits_for_the_rest_of_a_frame() {
    let scratch = Scratch::new();
    let (mut journal, _) = Journal::open(scratch.path()).unwrap();
    journal.stage(&end(&head(1, 0, 1), 1));
    journal.write().unwrap();
    let path = scratch.path().join("0000000001.tdj");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 5]).unwrap();
    let mut reader = Reader::open(scratch.path()).unwrap();
    assert!(reader.next_event().unwrap().is_none());
    assert!(reader.damages().is_empty());
    fs::write(&path, &whole).unwrap();
    assert_eq!(reader.next_event().unwrap().unwrap().1.head().call.get(), 1);
}

#[test]
fn attempt_results_say_what_happened() {
    let check = |wire: Wire, expect: &str| {
        let attempts = [wire];
        let (cdrs, _) =
            join(Hold::Nothing, &[unanswered(&head(1, 0, 0), &setup(Outcome::Timeout, &attempts))]);
        assert_eq!(cdrs[0].attempts[0].result_text(), expect);
    };
    check(attempt(7, 0, 486), "486");
    check(flagged(7, AttemptFlags::NO_RESPONSE.with(AttemptFlags::LOCAL_STATUS)), "no response");
    check(flagged(7, AttemptFlags::NO_PROGRESS.with(AttemptFlags::CANCELLED)), "no progress");
    check(flagged(7, AttemptFlags::UNREACHABLE), "unreachable");
    check(flagged(7, AttemptFlags::CANCELLED), "cancelled");
    check(flagged(7, AttemptFlags::LOCAL_STATUS), "408");
    check(attempt(7, 0, 0), "-");
}
