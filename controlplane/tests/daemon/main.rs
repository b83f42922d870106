//! The daemon as it is run: its own cluster, its socket, and what happens when one of the two dies.

mod daemon;

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use daemon::{Daemon, Home};
use serde_json::{Value, json};

const DEMO: &str = include_str!("../../../scripts/demo.d/plan.toml");

#[test]
fn a_configuration_goes_in_and_out_over_the_socket() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    let status = daemon.until("/v1/status", |status| status["plan"]["version"] == 1);
    assert_eq!(status["database"], json!({"kind": "embedded", "connected": true, "error": null}));
    assert_eq!(status["plan"]["error"], "the configuration is empty; import a plan");

    let (code, error) = daemon.ask("POST", "/v1/plan/import", DEMO);
    assert_eq!((code, &error["error"]["code"]), (400, &json!("confirmation_required")));
    let (code, dry) = daemon.ask("POST", "/v1/plan/import?dry_run=true", DEMO);
    assert_eq!((code, &dry["write"]), (200, &Value::Null));
    let (code, report) = daemon.ask("POST", "/v1/plan/import?confirm=true&wait=active", DEMO);
    assert_eq!((code, &report["write"]["version"]), (200, &json!(2)), "{report}");
    assert_eq!(report["after"], dry["after"]);
    assert_eq!(report["write"]["active"], false, "nobody routes with it");
    let (code, text) = daemon.text("GET", "/v1/plan/export", "");
    assert_eq!(code, 200);
    let (_, again) = daemon.ask("POST", "/v1/plan/import?confirm=true", &text);
    assert_eq!(again["write"]["version"], 2, "the same changes nothing");

    assert_eq!(daemon.ask("GET", "/v1/cdrs", "").1, json!({"items": [], "next": null}));
    assert_eq!(daemon.ask("GET", "/v1/cdrs/summary", "").1["calls"], 0);
    let began = Instant::now();
    let (_, tail) = daemon.ask("GET", "/v1/cdrs/tail?wait_ms=300", "");
    assert_eq!(tail, json!({"items": [], "after": "start"}));
    assert!(began.elapsed() >= Duration::from_millis(300), "it waits for a record");

    let (_, trunks) = daemon.ask("GET", "/v1/trunks?limit=1", "");
    let name = trunks["items"][0]["name"].as_str().unwrap().to_owned();
    assert_eq!(trunks["next"], name.as_str());
    let path = format!("/v1/trunks/{name}");
    let (code, switched) = daemon.ask("PATCH", &path, r#"{"enabled":false}"#);
    assert_eq!((code, &switched["version"]), (200, &json!(3)), "{switched}");
    assert_eq!(daemon.ask("GET", &path, "").1["enabled"], false, "who changes reads his change");

    for (method, path, body, code, word, message) in [
        ("GET", "/v1/trunks/none", "", 404, "not_found", "there is no trunk `none`"),
        ("GET", "/v1/nothing", "", 404, "not_found", "there is no GET /v1/nothing"),
        ("DELETE", &*path, "", 400, "confirmation_required", "to delete trunk"),
        ("DELETE", &*format!("{path}?confirm=true"), "", 409, "conflict", "is in use: rule"),
        ("GET", "/v1/trunks?limit=0", "", 400, "bad_request", "`limit` is 0"),
        ("GET", "/v1/cdrs?limit=0", "", 400, "bad_request", "`limit` is 0"),
        ("GET", "/v1/cdrs/tail?after=7", "", 400, "bad_request", "`after` is `7`"),
        ("GET", "/v1/cdrs/summary?from=noon", "", 400, "bad_request", "`from` is `noon`"),
        ("GET", "/v1/trunks?colour=red", "", 400, "bad_request", "colour"),
        ("POST", "/v1/trunks", "{", 400, "bad_request", "the body cannot be read"),
        (
            "POST",
            "/v1/trunks",
            r#"{"name":"n","gateways":[{"host":7}]}"#,
            400,
            "bad_request",
            "gateways[0].host",
        ),
        (
            "POST",
            "/v1/trunks",
            r#"{"name":"n","gateways":[]}"#,
            422,
            "invalid",
            "would not be valid",
        ),
        (
            "PUT",
            "/v1/trunks/a",
            r#"{"name":"b","gateways":[]}"#,
            400,
            "bad_request",
            "the path names `a`",
        ),
        ("POST", "/v1/plan/import?confirm=true", "[[trunk]]", 422, "invalid", "the plan file has"),
    ] {
        let (got, error) = daemon.ask(method, path, body);
        let said = error["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(
            (got, &error["error"]["code"]),
            (code, &json!(word)),
            "{method} {path}: {error}"
        );
        assert!(said.contains(message), "{method} {path}: {said}");
    }
    daemon.stop();
}

#[test]
fn a_killed_daemon_leaves_a_server_that_the_next_one_takes_over() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    daemon.until("/v1/status", |status| status["plan"]["version"] == 1);
    daemon.ask("POST", "/v1/plan/import?confirm=true", DEMO);
    let server = home.server().unwrap();
    daemon.kill();
    assert_eq!(home.server(), Some(server), "it outlives the daemon");
    let daemon = Daemon::start(&home);
    daemon.until("/v1/status", |status| status["plan"]["version"] == 2);
    assert_eq!(home.server(), Some(server));
    daemon.stop();
    assert_eq!(home.server(), None, "it stops with the daemon");
}

#[test]
fn a_killed_server_is_started_again_and_a_stale_lock_stops_nobody() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    daemon.until("/v1/status", |status| status["plan"]["version"] == 1);
    daemon.ask("POST", "/v1/plan/import?confirm=true", DEMO);
    let server = home.server().unwrap();
    home.kill_server();
    // What was read is served meanwhile; writes say that the database is gone.
    assert_eq!(daemon.ask("GET", "/v1/trunks", "").0, 200);
    daemon.until("/v1/status", |status| {
        status["database"]["connected"] == true && home.server().is_some_and(|it| it != server)
    });
    let (_, trunks) = daemon.ask("GET", "/v1/trunks?limit=1", "");
    let path = format!("/v1/trunks/{}", trunks["items"][0]["name"].as_str().unwrap());
    let patched = daemon.retry("PATCH", &path, r#"{"enabled":false}"#);
    assert_eq!(patched["version"], 3);

    // Both at once, as by a loss of power; the number in the lock file is somebody else's by then.
    daemon.kill();
    home.kill_server();
    home.forge_lock();
    let daemon = Daemon::start(&home);
    daemon.until("/v1/status", |status| status["plan"]["version"] == 3);
    daemon.stop();
}

#[test]
fn a_fresh_cluster_is_waited_for_and_nobody_meets_missing_tables() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    daemon.until("/v1/status", |_| true);
    // Asked from the first moment on: what waits too long is told what for.
    let began = Instant::now();
    let mut seen = Vec::new();
    loop {
        let status = daemon.until("/v1/status", |_| true);
        seen.push(status["database"]["error"].to_string());
        let (code, report) = daemon.ask("POST", "/v1/plan/import?confirm=true", DEMO);
        if code == 200 {
            break;
        }
        let said = report["error"]["message"].as_str().unwrap();
        assert!(
            code == 503 && (said.contains("not reached") || said.contains("being prepared")),
            "{code}: {said}"
        );
        assert!(began.elapsed() < PATIENCE);
    }
    assert!(seen.iter().all(|error| !error.contains("does not exist")), "{seen:?}");
    daemon.until("/v1/status", |status| status["database"]["error"].is_null());
    let log = daemon.log();
    assert!(!log.contains("does not exist") && !log.contains("records do not come in"), "{log}");
    daemon.stop();
}

#[test]
fn a_crowd_is_told_that_there_is_no_seat_and_too_much_is_not_read() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    daemon.until("/v1/status", |status| status["plan"]["version"] == 1);
    let crowd: Vec<_> = (0..256).map(|_| daemon.connect()).collect();
    for _ in 0..1_000 {
        let mut told = String::new();
        daemon.connect().read_to_string(&mut told).unwrap();
        assert!(told.starts_with("HTTP/1.1 503") && told.contains("all are taken"), "{told}");
    }
    drop(crowd);
    daemon.until("/v1/status", |status| status["database"]["connected"] == true);

    let mut large = daemon.connect();
    let head = "POST /v1/plan/import?confirm=true HTTP/1.1\r\nhost: t\r\ncontent-length: 314572800\r\n\r\n";
    large.write_all(head.as_bytes()).unwrap();
    let mut told = String::new();
    large.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.1 400") && told.contains("more than 256 MiB"), "{told}");
    daemon.stop();
}

#[test]
fn a_second_daemon_is_refused_and_every_fault_of_a_file_is_told() {
    let home = Home::new();
    let daemon = Daemon::start(&home);
    daemon.until("/v1/status", |status| status["controlplane"]["pid"].is_number());
    let said = Daemon::refused(&home.config());
    assert!(said.contains("another control plane has this state directory"), "{said}");
    daemon.stop();
    let file = home.write("bad.toml", "state = 'x'\n[log]\nlevel = 'loud'\n");
    let said = Daemon::refused(&file);
    assert!(
        said.contains("line 1: `state` is `x`") && said.contains("line 3: `log.level`"),
        "{said}"
    );
}

/// How long a daemon may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);
