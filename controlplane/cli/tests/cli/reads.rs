//! What people and programs see of what there is.

use std::io::Read;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::{Bench, samples, split};

/// A command, and its output in a snapshot of the given name.
macro_rules! shows {
    ($($test:ident: $words:literal;)+) => {
        $(
            #[test]
            fn $test() {
                insta::assert_snapshot!(Bench::new().stdout($words));
            }
        )+
    };
}

shows! {
    status_shows_every_part: "status";
    destinations_are_listed_over_pages: "destination list";
    destination_is_shown: "destination show 'Italy mobile'";
    decks_are_listed: "deck list";
    deck_is_shown: "deck show atlas-standard";
    trunks_are_listed: "trunk list";
    trunk_is_shown: "trunk show borealis";
    gateways_are_listed: "gateway list";
    gateway_is_shown: "gateway show borealis 192.0.2.75:5070";
    plans_are_listed: "plan list";
    plan_is_shown: "plan show wholesale";
    coverage_is_shown: "plan coverage wholesale";
    coverage_shows_what_is_missing: "plan coverage wholesale --missing";
    rules_are_listed: "rule list wholesale";
    rule_is_shown: "rule show wholesale 'Italy mobile'";
    originators_are_listed: "originator list";
    originator_is_shown: "originator show retail-one";
    decision_is_explained: "route explain --originator retail-one --callee +393471234567";
    decision_is_explained_in_sentences: "route explain --originator retail-one --callee +393471234567 --text";
    records_are_found: "cdr search --from 2026-11-21";
    records_are_found_for_programs: "cdr search --output csv";
    last_records_are_shown: "cdr tail";
    summary_is_shown: "cdr summary";
    active_calls_are_shown: "call active";
    trunk_has_a_shape_for_programs: "trunk show atlas --output json";
    trunks_have_a_shape_for_spreadsheets: "trunk list -o csv";
    whole_configuration_is_exported: "plan export";
    grammar_is_told: "--help";
    verbs_are_told: "trunk --help";
}

#[test]
fn json_of_an_empty_list_is_an_empty_list() {
    let bench = Bench::new();
    bench.stdout("originator delete retail-one --yes");
    assert_eq!(bench.stdout("originator list --output json"), "[]\n");
}

#[test]
fn a_search_stops_at_its_limit() {
    let bench = Bench::new();
    let found = |words: &str| {
        let found: Vec<api::Cdr> = serde_json::from_str(&bench.stdout(words)).unwrap();
        found.len()
    };
    assert_eq!(found("cdr search -o json --limit 2"), 2);
    assert_eq!(found("cdr search -o json --limit 0"), 0);
    assert_eq!(found("cdr search -o json --callee 3934"), 2);
}

#[test]
fn what_is_shown_as_json_can_be_created_again() {
    let bench = Bench::new();
    for (noun, name) in [("trunk", "borealis"), ("plan", "wholesale"), ("deck", "atlas-standard")] {
        let before = bench.stdout(&format!("{noun} show {name} -o json"));
        let file = bench.file("entity.json", &before);
        bench.stdout(&format!("{noun} delete {name} --yes"));
        bench.stdout(&format!("{noun} create --file {}", file.display()));
        assert_eq!(bench.stdout(&format!("{noun} show {name} -o json")), before);
    }
}

#[test]
fn export_writes_a_file() {
    let bench = Bench::new();
    let file = bench.file("plan.toml", "");
    assert_eq!(bench.stdout(&format!("plan export {}", file.display())), "");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "version = 17\n");
}

/// A command that goes on until it is interrupted.
struct Going {
    child: Child,
    out: ChildStdout,
    read: Vec<u8>,
}

impl Going {
    fn start(bench: &Bench, words: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tandem"))
            .env_clear()
            .arg("--socket")
            .arg(bench.fake.socket())
            .args(split(words))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { out: child.stdout.take().unwrap(), child, read: Vec::new() }
    }

    /// Reads until there have been `count` lines.
    fn lines(&mut self, count: usize) {
        let mut byte = [0];
        while self.read.iter().filter(|byte| **byte == b'\n').count() < count {
            self.out.read_exact(&mut byte).unwrap();
            self.read.push(byte[0]);
        }
    }

    /// Exit code and both outputs after Ctrl-C.
    fn interrupt(mut self) -> (Option<i32>, String, String) {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
        self.out.read_to_end(&mut self.read).unwrap();
        let output = self.child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(self.read), text(output.stderr))
    }
}

#[test]
fn a_tail_ends_well_when_it_is_interrupted() {
    let bench = Bench::new();
    let mut going = Going::start(&bench, "cdr tail -f");
    going.lines(4);
    assert_eq!(going.interrupt(), (Some(0), bench.stdout("cdr tail"), String::new()));
}

#[test]
fn a_watch_ends_well_when_it_is_interrupted() {
    let bench = Bench::new();
    let mut going = Going::start(&bench, "status --watch");
    going.lines(4);
    let (code, said, told) = going.interrupt();
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert!(said.starts_with("control plane"), "{said}");
}

#[test]
fn a_tail_outlives_a_restart_of_the_control_plane() {
    let mut bench = Bench::new();
    let mut going = Going::start(&bench, "cdr tail -f");
    going.lines(4);
    bench.fake.die();
    bench.fake.coming(samples::cdrs().remove(0));
    std::fs::remove_file(bench.fake.socket()).unwrap();
    bench.fake.go_on();
    going.lines(5);
    let (code, said, told) = going.interrupt();
    assert_eq!(code, Some(0));
    let lines: Vec<Vec<&str>> =
        said.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[4], lines[1]);
    // Whether it was asking or waiting to ask when the control plane went decides what it saw.
    assert!(told.is_empty() || told.ends_with("; trying again\n"), "{told}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let bench = Bench::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tandem"))
        .env_clear()
        .arg("--socket")
        .arg(bench.fake.socket())
        .args(["cdr", "tail"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn every_shell_has_a_completion_and_every_command_a_page() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(bench.stdout(&format!("completion {shell}")).contains("tandem"), "{shell}");
    }
    let pages = bench.fake.dir().join("man");
    bench.stdout(&format!("man {}", pages.display()));
    for page in ["tandem.1", "tandem-trunk.1", "tandem-trunk-enable.1", "tandem-cdr-tail.1"] {
        assert!(pages.join(page).is_file(), "{page}");
    }
}
