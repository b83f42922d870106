//! What is said when a command cannot do what it was asked for, and with which exit code.

use assert_cmd::Command;
use serde_json::json;

use super::{Bench, split, told};

/// `words` fails with `code`, saying `expected`.
fn check(words: &str, code: i32, expected: &str) {
    let bench = Bench::new();
    assert_eq!(bench.stderr(words), (code, expected.to_owned()), "{words}");
    assert_eq!(bench.fake.asked(), [""; 0], "{words}");
}

#[test]
fn a_control_plane_that_is_not_there_is_3() {
    let ask = |words: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_tandem"))
            .env_clear()
            .env("TANDEM_SOCKET", "/nonexistent/api.sock")
            .args(split(words))
            .output()
            .unwrap();
        told(&output)
    };
    let sentence = "cannot connect to the control plane at /nonexistent/api.sock: \
                    No such file or directory (os error 2)";
    let remedy = "start tandem-controlplane, or name its socket with --socket";
    for words in ["status", "trunk list", "plan export", "cdr tail -f"] {
        assert_eq!(ask(words), (3, format!("tandem: {sentence}\n  remedy: {remedy}\n")), "{words}");
    }
    let (code, said) = ask("status -o json");
    let body: api::ErrorBody = serde_json::from_str(&said).unwrap();
    assert_eq!((code, body.error.message.as_str()), (3, sentence));
}

#[test]
fn what_is_not_found_is_5() {
    check(
        "trunk show cygnus",
        5,
        "tandem: there is no trunk `cygnus`\n  remedy: `tandem trunk list` lists what there is\n",
    );
    check(
        "gateway show atlas 192.0.2.99",
        5,
        "tandem: the trunk `atlas` has no gateway 192.0.2.99:5060\n  \
         remedy: `tandem gateway list atlas` lists what it has\n",
    );
}

#[test]
fn a_conflict_is_6() {
    let (code, said) = Bench::new().stderr("deck create atlas-standard --rate 39=1");
    assert_eq!(
        (code, said.as_str()),
        (6, "tandem: `atlas-standard` exists already\n  remedy: take another name\n")
    );
}

#[test]
fn a_plan_that_is_not_valid_is_6_with_every_fault() {
    let bench = Bench::new();
    let file = bench.file("plan.toml", "broken");
    let (code, said) = bench.stderr(&format!("plan import {} --yes", file.display()));
    assert_eq!(
        (code, said.as_str()),
        (
            6,
            "tandem: the plan has 2 errors\n  \
             line 3: unknown field `brokn`; did you mean `broken`?\n  \
             line 9: trunk `c` does not exist\n"
        )
    );
}

#[test]
fn a_change_that_cannot_come_into_force_is_6() {
    let bench = Bench::new();
    bench.fake.report(json!({"version": 18, "active": false, "reason": "the plan is not valid",
        "findings": [{"message": "trunk `atlas` has no gateway"}]}));
    let (code, said) = bench.stderr("trunk set atlas gateways=");
    assert_eq!(
        (code, said.as_str()),
        (
            6,
            "tandem: version 18 is stored and cannot come into force: the plan is not valid\n  \
             trunk `atlas` has no gateway\n  \
             remedy: mend it with another change; calls go on with the version before\n"
        )
    );
}

#[test]
fn what_destroys_needs_a_yes() {
    let remedy = "  remedy: repeat the command with --yes if you mean it\n";
    for (words, what) in [
        ("trunk delete atlas", "this deletes the trunk `atlas`"),
        (
            "gateway delete atlas 192.0.2.10",
            "this takes the gateway 192.0.2.10 away from the trunk `atlas`",
        ),
        ("rule delete wholesale r", "this deletes the rule `r` of `wholesale`"),
        ("plan import -", "this replaces the whole configuration by the file"),
        (
            "plan fill wholesale --trunk atlas",
            "this routes every destination that `wholesale` does not",
        ),
        ("dataplane drain", "this refuses all new calls from now on"),
    ] {
        check(words, 2, &format!("tandem: {what}, which needs a confirmation\n{remedy}"));
    }
}

#[test]
fn words_that_make_no_sense_are_2() {
    for (words, said) in [
        ("trunk set atlas colour=red", "a trunk has no field `colour` that can be set"),
        ("trunk set atlas enabled", "`enabled` is not key=value"),
        ("trunk set atlas enabled=maybe", "`maybe` is no enabled"),
        ("trunk create c --gateway 192.0.2.1:x", "`192.0.2.1:x` is no gateway"),
        (
            "plan fill p --trunk atlas:60 --trunk borealis --yes",
            "some trunks have a weight and some have none",
        ),
        ("rule weights p r 1 atlas", "`atlas` is not key=value"),
        ("rule create p --destination d --slot cheap:atlas", "`cheap` is no technique"),
        ("cdr search --from yesterday", "`yesterday` is not a time"),
    ] {
        let (code, text) = Bench::new().stderr(words);
        assert_eq!(code, 2, "{words}");
        assert!(text.starts_with(&format!("tandem: {said}\n  remedy: ")), "{words}: {text}");
    }
    for words in [
        "trunk",
        "trunk show",
        "rule weights p r 5 atlas=1",
        "status --output xml",
        "trunk create c --file f",
        "trunk create --file f --deck d",
        "originator create o",
    ] {
        let (code, text) = Bench::new().stderr(words);
        assert_eq!(code, 2, "{words}");
        assert!(text.starts_with("error: ") || text.contains("Usage: tandem"), "{words}: {text}");
    }
}

#[test]
fn a_file_that_is_not_one_is_told_with_its_line() {
    let bench = Bench::new();
    let file = bench.file("trunk.json", "{\"name\": \"c\",\n \"colour\": 1}");
    let (code, said) = bench.stderr(&format!("trunk create --file {}", file.display()));
    assert_eq!(code, 6);
    assert!(said.contains("does not describe a trunk: unknown field `colour`"), "{said}");
    assert!(said.contains("line 2"), "{said}");
    let (code, said) = bench.stderr("trunk create --file /nonexistent/trunk.json");
    assert_eq!(code, 1);
    assert!(said.contains("cannot read /nonexistent/trunk.json"), "{said}");
    let file = bench.file("trunk.json", &bench.stdout("trunk show atlas -o json"));
    let (code, said) = bench.stderr(&format!("trunk set borealis --file {}", file.display()));
    assert_eq!(code, 2);
    assert!(said.contains("the file describes the trunk `atlas`"), "{said}");
}
