//! Owns the plan that the scenarios route by.

use std::sync::Arc;

use routing::Image;

/// Prefixes: 391 goes to one, two, three in three slots; 392 to one and two in one slot with failover inside, 393 the
/// same without; 394 to three; 395 to near; 396 to a gateway without route, then two; 397 has no rule; 398 to disabled trunks;
/// 399 to trunks of one carrier.
const PLAN: &str = r#"
version = 7
destination = [
    { name = "slots", prefixes = ["391"] }, { name = "inside", prefixes = ["392"] },
    { name = "outside", prefixes = ["393"] }, { name = "gateways", prefixes = ["394"] },
    { name = "near", prefixes = ["395"] }, { name = "lost", prefixes = ["396"] },
    { name = "unrouted", prefixes = ["397"] }, { name = "off", prefixes = ["398"] },
    { name = "carrier", prefixes = ["399"] },
]
trunk = [
    { name = "one", id = 1, gateways = ["10.2.0.11"], networks = ["10.2.1.0/24"], carrier = "uno" },
    { name = "two", id = 2, gateways = ["10.2.0.12"], in_dialog = "any" },
    { name = "three", id = 3, gateways = [{ host = "10.2.0.13", priority = 1 }, { host = "10.2.0.14", port = 5070, priority = 2 }] },
    { name = "near", id = 4, gateways = ["10.1.0.50"] },
    { name = "lost", id = 5, gateways = ["10.9.0.1"] },
    { name = "off", id = 6, gateways = ["10.2.0.16"], enabled = false },
    { name = "one-more", id = 7, gateways = ["10.2.0.17"], carrier = "uno" },
]
[[originator]]
name = "retail"
id = 21
addresses = ["10.1.0.10", "10.1.0.11"]
plan = "main"
[[originator]]
name = "bilateral"
id = 22
addresses = ["10.2.0.12"]
plan = "main"
[[originator]]
name = "closed"
id = 23
addresses = ["10.1.0.99"]
enabled = false
plan = "main"
[[plan]]
name = "main"
technique = "round_robin"
[plan.failover]
FAILOVER
[[plan.rule]]
destinations = ["slots"]
slot = [{ trunks = ["one"] }, { trunks = ["two"] }, { trunks = ["three"] }]
[[plan.rule]]
destinations = ["inside"]
slot = [{ trunks = ["one", "two"], in_slot_failover = true }, { trunks = ["three"] }]
[[plan.rule]]
destinations = ["outside"]
slot = [{ trunks = ["one", "two"], in_slot_failover = false }, { trunks = ["three"] }]
[[plan.rule]]
destinations = ["gateways"]
slot = [{ trunks = ["three"] }, { trunks = ["one"] }]
[[plan.rule]]
destinations = ["near"]
slot = [{ trunks = ["near"] }]
[[plan.rule]]
destinations = ["lost"]
slot = [{ trunks = ["lost"] }, { trunks = ["two"] }]
[[plan.rule]]
destinations = ["off"]
slot = [{ trunks = ["off"] }]
[[plan.rule]]
destinations = ["carrier"]
slot = [{ trunks = ["one"] }, { trunks = ["one-more"] }]
"#;

/// The image of the plan, with these lines in `[plan.failover]`.
pub fn image(failover: &str) -> Arc<Image> {
    let plan = routing::plan_text::parse(&PLAN.replace("FAILOVER", failover)).expect("a plan");
    Arc::new(routing::image::build(&plan).expect("an image").open().expect("a valid image"))
}
