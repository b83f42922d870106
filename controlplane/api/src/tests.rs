//! What requests accept and refuse, and that texts come out as they went in.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

/// `value` is read as a `T` and written again as `expected`.
fn check<T: Serialize + DeserializeOwned>(value: Value, expected: Value) {
    let read: T = serde_json::from_value(value).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), expected);
}

fn refused<T: DeserializeOwned>(value: Value) -> String {
    serde_json::from_value::<T>(value).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_trunk_has_the_defaults_of_the_plan_file() {
    check::<Trunk>(
        json!({"name": "atlas", "gateways": [{"host": "192.0.2.10"}]}),
        json!({
            "name": "atlas",
            "enabled": true,
            "in_dialog": "own",
            "gateways": [{"host": "192.0.2.10", "port": 5060, "priority": 0, "weight": 0}],
            "networks": [],
        }),
    );
}

#[test]
fn a_plan_has_the_defaults_of_the_plan_file() {
    check::<Plan>(
        json!({"name": "wholesale", "failover": {"pdd_ms": 5000}}),
        json!({
            "name": "wholesale",
            "policy": "conservative",
            "failover": {
                "max_total_attempts": 4,
                "total_ms": 60000,
                "no_response_ms": 2000,
                "pdd_ms": 5000,
                "invite_timeout_ms": 30000,
                "ring_timeout_ms": 120000,
                "retry_interval_ms": 0,
            },
            "rules": [],
        }),
    );
}

#[test]
fn a_rule_keeps_what_was_said_and_nothing_more() {
    let rule = json!({
        "destinations": ["Italy mobile"],
        "slots": [{"technique": "round_robin", "trunks": [{"trunk": "atlas"}]}],
    });
    check::<Rule>(rule.clone(), rule);
}

#[test]
fn a_patch_tells_left_out_from_null() {
    check::<TrunkPatch>(json!({}), json!({}));
    check::<TrunkPatch>(json!({"deck": null}), json!({"deck": null}));
    check::<TrunkPatch>(
        json!({"deck": "a", "enabled": false}),
        json!({"deck": "a", "enabled": false}),
    );
    check::<DestinationPatch>(json!({"country": null}), json!({"country": null}));
}

#[test]
fn requests_refuse_fields_that_they_do_not_know() {
    for said in [
        refused::<Destination>(json!({"name": "a", "prefixes": [], "colour": 1})),
        refused::<Deck>(json!({"name": "a", "rates": [], "colour": 1})),
        refused::<DeckPatch>(json!({"colour": 1})),
        refused::<TrunkPatch>(json!({"colour": 1})),
        refused::<Plan>(json!({"name": "a", "failover": {"colour": 1}})),
        refused::<Originator>(json!({"name": "a", "addresses": [], "plan": "p", "colour": 1})),
        refused::<WriteQuery>(json!({"colour": 1})),
        refused::<CdrQuery>(json!({"colour": 1})),
        refused::<ExplainRequest>(json!({"originator": "a", "callee": "1", "colour": 1})),
        refused::<Weights>(json!({"slot": 1, "trunks": [], "colour": 1})),
    ] {
        assert!(said.contains("unknown field `colour`"), "{said}");
    }
}

#[test]
fn an_error_of_a_later_version_is_still_an_error() {
    let body: ErrorBody =
        serde_json::from_value(json!({"error": {"code": "tired", "message": "no"}})).unwrap();
    assert_eq!(body.error.code, ErrorCode::Unknown);
    assert_eq!(body.error.message, "no");
}
