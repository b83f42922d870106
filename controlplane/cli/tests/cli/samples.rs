//! What the control plane of the tests has: two trunks, a plan, an originator, three calls.

use serde_json::{Value, json};

pub fn entities() -> Vec<(&'static str, Value)> {
    vec![
        ("destinations", json!({"name": "Italy fixed", "country": "IT", "prefixes": ["39"]})),
        (
            "destinations",
            json!({"name": "Italy mobile", "country": "IT", "prefixes": ["393", "3934"]}),
        ),
        (
            "destinations",
            json!({"name": "Satellite", "prefixes":
            ["881", "8810", "8811", "8812", "8813", "882", "883"]}),
        ),
        (
            "decks",
            json!({"name": "atlas-standard", "rates": [
            {"prefix": "39", "rate": "0.0060"}, {"prefix": "393", "rate": "0.0125"}]}),
        ),
        (
            "trunks",
            json!({"name": "atlas", "carrier": "Atlas Telecom", "deck": "atlas-standard",
            "gateways": [{"host": "192.0.2.10"}]}),
        ),
        (
            "trunks",
            json!({"name": "borealis", "enabled": false, "networks": ["192.0.2.64/26"],
            "gateways": [{"host": "192.0.2.74", "priority": 10, "weight": 60},
                         {"host": "192.0.2.75", "port": 5070, "priority": 10, "weight": 40}]}),
        ),
        ("plans", json!({"name": "wholesale", "failover": {"pdd_ms": 5000}, "rules": [rule()]})),
        (
            "originators",
            json!({"name": "retail-one", "plan": "wholesale",
            "addresses": ["198.51.100.0/28", "203.0.113.9"]}),
        ),
    ]
}

pub fn rule() -> Value {
    json!({
        "name": "Italy mobile",
        "destinations": ["Italy mobile"],
        "slots": [
            {"technique": "percent", "in_slot_failover": false,
             "trunks": [{"trunk": "atlas", "weight": 60}, {"trunk": "borealis", "weight": 40}]},
            {"technique": "lcr", "in_slot_failover": true,
             "trunks": [{"trunk": "atlas"}, {"trunk": "borealis"}]},
        ],
    })
}

pub fn coverage() -> Value {
    json!({"plan": "wholesale", "configured": 1, "no_routing": 2, "destinations": [
        {"destination": "Italy fixed", "rule": null},
        {"destination": "Italy mobile", "rule": "Italy mobile"},
        {"destination": "Satellite", "rule": null},
    ]})
}

pub fn status() -> Value {
    json!({
        "controlplane": {"version": "0.1.0", "pid": 4711, "uptime_s": 7384},
        "database": {"kind": "embedded", "connected": true, "error": null},
        "dataplane": {"connected": true, "pid": 4712, "workers": 2, "image": 17, "draining": false,
            "standing_calls": 1, "error": null, "per_worker": [
                {"worker": 0, "image": 17, "command": 16, "standing_calls": 120_345},
                {"worker": 1, "image": 17, "command": null, "standing_calls": null}]},
        "plan": {"version": 18, "active": 17, "commit_to_active_us": 4100,
            "error": "the plan is not valid", "findings": [
                {"message": "rule `Italy mobile` of plan `wholesale`: weights sum to 90",
                 "remedy": "make them sum to 100"}]},
        "journal": {"place": {"segment": 3, "offset": 8192}, "ingested": 42,
            "backlog_bytes": 123_456, "lag_ms": 250, "failing": null},
        "active_calls": 12,
    })
}

pub fn explain() -> Value {
    json!({
        "version": 17, "originator": "retail-one", "digits": "393471234567",
        "destination": {"name": "Italy mobile", "prefix": "393"},
        "plan": "wholesale", "rule": "Italy mobile",
        "candidates": [
            {"trunk": "atlas", "slot": 1, "technique": "percent", "weight": 60, "rate": "0.0125",
             "reason": "drawn with weight 60 of 60"}],
        "skipped": [
            {"trunk": "borealis", "slot": 1, "reason": "disabled"},
            {"trunk": "atlas", "slot": 2, "reason": "tried already"}],
        "outcome": "routed", "status": null,
        "text": "The number 393471234567 belongs to Italy mobile.\nIt goes to atlas.\n",
    })
}

pub fn active() -> Value {
    json!({"total": 12,
        "trunks": [{"id": 7, "name": "atlas", "calls": 11}, {"id": 99, "name": null, "calls": 1}],
        "originators": [{"id": 5, "name": "retail-one", "calls": 12}]})
}

pub fn summary() -> Value {
    json!({
        "calls": 3, "answered": 2, "standing": 1, "failovers": 1, "no_routing": 1,
        "late_answers": 0, "orphan_ends": 1,
        "outcomes": [{"outcome": "answered", "calls": 2}, {"outcome": "no_routing", "calls": 1}],
        "trunks": [
            {"trunk": "atlas", "first": 2, "share": 1.0, "attempts": 2, "answered": 1},
            {"trunk": "borealis", "first": 0, "share": 0.0, "attempts": 1, "answered": 1}],
        "setup_us": {"p50": 3_100_000, "p90": 3_100_000, "p99": 3_100_000},
        "pdd_us": null,
    })
}

/// Three calls, the oldest first: one over two trunks, one that stands, one without routing.
pub fn cdrs() -> Vec<Value> {
    let base = |id: u64, callee: &str| {
        json!({
            "id": format!("0.1.{id}"), "call": format!("{id:016x}"), "worker": 0,
            "call_id": format!("c{id}@198.51.100.1"), "from_tag": "f", "to_tag": "t",
            "caller": "44207*****21", "callee": callee, "p_asserted_identity": null,
            "originator": "retail-one", "destination": "Italy mobile", "plan": "wholesale",
            "rule": "Italy mobile", "image_version": 17, "source": "198.51.100.1:5060",
            "egress": "192.0.2.74:5060", "received": format!("2026-11-21T14:00:0{id}.250000Z"),
            "progress": null, "answer": format!("2026-11-21T14:00:0{id}.450000Z"),
            "end": format!("2026-11-21T14:01:0{id}.450000Z"), "pdd_us": 120_400, "setup_us": 200_000,
            "duration_us": 60_000_000, "outcome": "answered", "status": 200, "cause": 16,
            "release": "caller", "standing": false, "orphan_end": false,
            "attempts": [attempt("atlas", 200, &[])], "late_answers": [],
        })
    };
    let mut failed_over = base(1, "39347*****67");
    failed_over["attempts"] = json!([
        attempt("atlas", 408, &["no_response", "local_status"]),
        attempt("borealis", 200, &[])
    ]);
    let mut standing = base(2, "39347*****68");
    standing["standing"] = json!(true);
    standing["end"] = json!(null);
    standing["duration_us"] = json!(null);
    let mut no_routing = base(3, "88100*****11\u{1b}[2J");
    for key in ["destination", "rule", "egress", "answer", "end", "pdd_us", "duration_us"] {
        no_routing[key] = json!(null);
    }
    no_routing["outcome"] = json!("no_routing");
    no_routing["status"] = json!(503);
    no_routing["attempts"] = json!([]);
    vec![failed_over, standing, no_routing]
}

fn attempt(trunk: &str, status: u16, flags: &[&str]) -> Value {
    json!({"ordinal": 0, "slot": 1, "trunk": trunk, "gateway": "192.0.2.10:5060", "status": status,
        "cause": 0, "start_us": 0, "progress_us": null, "end_us": null, "flags": flags})
}
