//! What the control plane is asked for by commands that change something, and what is said about it.

use serde_json::json;

use super::Bench;

/// `words` asks for `expected`: method, path with query, body.
fn check(words: &str, expected: &str) {
    let bench = Bench::new();
    let said = bench.stdout(words);
    assert!(said.contains("version 17 active on 2 workers after 4.1 ms\n"), "{words}: {said}");
    assert_eq!(bench.fake.asked(), [expected], "{words}");
}

#[test]
fn entities_are_created_from_flags() {
    check(
        "destination create 'Spain mobile' --prefix 346,347 --country ES",
        r#"POST /v1/destinations?wait=active {"name":"Spain mobile","country":"ES","prefixes":["346","347"]}"#,
    );
    check(
        "deck create d --rate 39=0.0060,393=0.01",
        r#"POST /v1/decks?wait=active {"name":"d","rates":[{"prefix":"39","rate":"0.0060"},{"prefix":"393","rate":"0.01"}]}"#,
    );
    check(
        "trunk create c --gateway 192.0.2.1,192.0.2.2:5070/10/60 --deck d --disabled",
        concat!(
            r#"POST /v1/trunks?wait=active {"name":"c","enabled":false,"in_dialog":"own","gateways":["#,
            r#"{"host":"192.0.2.1","port":5060,"priority":0,"weight":0},"#,
            r#"{"host":"192.0.2.2","port":5070,"priority":10,"weight":60}],"networks":[],"deck":"d"}"#,
        ),
    );
    check(
        "originator create o --address 198.51.100.7 --plan wholesale",
        r#"POST /v1/originators?wait=active {"name":"o","enabled":true,"addresses":["198.51.100.7"],"plan":"wholesale"}"#,
    );
    check(
        "rule create wholesale --destination Satellite --slot percent:atlas=60,borealis=40 --slot lcr:atlas",
        concat!(
            r#"POST /v1/plans/wholesale/rules?wait=active {"destinations":["Satellite"],"slots":["#,
            r#"{"technique":"percent","trunks":[{"trunk":"atlas","weight":60},{"trunk":"borealis","weight":40}]},"#,
            r#"{"technique":"lcr","trunks":[{"trunk":"atlas"}]}]}"#,
        ),
    );
}

#[test]
fn a_plan_is_created_with_what_is_not_said_by_default() {
    let bench = Bench::new();
    bench.stdout("plan create p --pdd-ms 4000");
    let asked = bench.fake.asked().remove(0);
    assert!(asked.contains(r#""max_total_attempts":4"#), "{asked}");
    assert!(asked.contains(r#""pdd_ms":4000"#), "{asked}");
}

#[test]
fn fields_are_set() {
    for (words, expected) in [
        (
            "trunk set atlas deck= enabled=no",
            r#"PATCH /v1/trunks/atlas?wait=active {"enabled":false,"deck":null}"#,
        ),
        (
            "destination set 'Italy fixed' prefixes=39,390",
            r#"PATCH /v1/destinations/Italy%20fixed?wait=active {"prefixes":["39","390"]}"#,
        ),
        (
            "deck set atlas-standard 393=0.02 39=",
            r#"PATCH /v1/decks/atlas-standard?wait=active {"set":[{"prefix":"393","rate":"0.02"}],"remove":["39"]}"#,
        ),
        (
            "plan set wholesale pdd_ms=7000",
            r#"PATCH /v1/plans/wholesale?wait=active {"failover":{"pdd_ms":7000}}"#,
        ),
        (
            "originator set retail-one enabled=false",
            r#"PATCH /v1/originators/retail-one?wait=active {"enabled":false}"#,
        ),
    ] {
        check(words, expected);
    }
}

#[test]
fn a_trunk_is_switched() {
    check("trunk disable atlas", r#"PATCH /v1/trunks/atlas?wait=active {"enabled":false}"#);
    check("trunk enable borealis", r#"PATCH /v1/trunks/borealis?wait=active {"enabled":true}"#);
    let bench = Bench::new();
    bench.stdout("trunk disable atlas");
    assert!(bench.stdout("trunk show atlas").contains("enabled    no"));
}

#[test]
fn weights_of_a_slot_are_set_together() {
    check(
        "rule weights wholesale 'Italy mobile' 1 atlas=70 borealis=30",
        concat!(
            "POST /v1/plans/wholesale/rules/Italy%20mobile/weights?wait=active ",
            r#"{"slot":1,"trunks":[{"trunk":"atlas","weight":70},{"trunk":"borealis","weight":30}]}"#,
        ),
    );
}

#[test]
fn a_rule_keeps_what_is_not_set() {
    check(
        "rule set wholesale 'Italy mobile' slot2= in_slot_failover1=yes",
        concat!(
            "PUT /v1/plans/wholesale/rules/Italy%20mobile?wait=active ",
            r#"{"name":"Italy mobile","destinations":["Italy mobile"],"slots":[{"technique":"percent","#,
            r#""in_slot_failover":true,"trunks":[{"trunk":"atlas","weight":60},{"trunk":"borealis","weight":40}]}]}"#,
        ),
    );
}

#[test]
fn gateways_change_with_their_trunk() {
    let first = r#"{"host":"192.0.2.10","port":5060,"priority":0,"weight":0}"#;
    let asked = |gateways: &str| {
        format!(r#"PATCH /v1/trunks/atlas?wait=active {{"gateways":[{gateways}]}}"#)
    };
    let second = r#"{"host":"192.0.2.11","port":5070,"priority":10,"weight":0}"#;
    check(
        "gateway create atlas 192.0.2.11:5070 --priority 10",
        &asked(&format!("{first},{second}")),
    );
    let changed = r#"{"host":"192.0.2.10","port":5060,"priority":0,"weight":5}"#;
    check("gateway set atlas 192.0.2.10 weight=5", &asked(changed));
    check("gateway delete atlas 192.0.2.10 --yes", &asked(""));
}

#[test]
fn deletions_are_confirmed() {
    check("trunk delete atlas --yes", "DELETE /v1/trunks/atlas?wait=active&confirm=true");
    check(
        "rule delete wholesale 'Italy mobile' --yes --no-wait",
        "DELETE /v1/plans/wholesale/rules/Italy%20mobile?confirm=true",
    );
}

#[test]
fn a_plan_is_filled() {
    let bench = Bench::new();
    let said = bench.stdout("plan fill wholesale --trunk atlas:60 --trunk borealis:40 --yes");
    assert_eq!(
        said,
        "rule `Italy fixed` routes 2 destinations\nversion 17 active on 2 workers after 4.1 ms\n"
    );
    let slot = r#"{"technique":"percent","trunks":[{"trunk":"atlas","weight":60},{"trunk":"borealis","weight":40}]}"#;
    let expected =
        format!(r#"POST /v1/plans/wholesale/fill?wait=active&confirm=true {{"slots":[{slot}]}}"#);
    assert_eq!(bench.fake.asked(), [expected]);
}

#[test]
fn a_file_is_imported() {
    let bench = Bench::new();
    let file = bench.file("plan.toml", "version = 2\n");
    insta::assert_snapshot!(bench.stdout(&format!("plan import {} --yes", file.display())));
    assert_eq!(bench.fake.asked(), ["POST /v1/plan/import?confirm=true&wait=active version = 2"]);
}

#[test]
fn a_dry_run_needs_no_confirmation_and_changes_nothing() {
    let bench = Bench::new();
    let output =
        bench.command("plan import - --dry-run").write_stdin("version = 2\n").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.ends_with("valid; nothing was changed\n"), "{said}");
    assert_eq!(bench.fake.asked(), ["POST /v1/plan/import?dry_run=true version = 2"]);
}

#[test]
fn the_data_plane_is_drained_and_resumed() {
    let bench = Bench::new();
    assert_eq!(
        bench.stdout("dataplane drain --yes"),
        "draining: new calls are refused, 1 standing call\n"
    );
    assert_eq!(bench.stdout("dataplane resume"), "takes calls, 1 standing call\n");
}

#[test]
fn a_change_that_waits_for_a_data_plane_is_stored() {
    let bench = Bench::new();
    bench.fake.report(json!({"version": 18, "active": false, "workers": 0,
        "reason": "no data plane is connected"}));
    assert_eq!(
        bench.stdout("trunk disable atlas"),
        "version 18 stored, not active: no data plane is connected\n"
    );
}

#[test]
fn json_of_a_change_is_one_value() {
    let said = Bench::new().stdout("plan fill wholesale --trunk atlas --yes -o json");
    let report: api::FillReport = serde_json::from_str(&said).unwrap();
    assert_eq!(report.write.unwrap().version, 17);
}
