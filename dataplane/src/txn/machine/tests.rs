//! Walks every cell of the four tables and holds the printed matrix against `docs/state-machines.md`.

use std::fmt::Write;

macro_rules! render {
    ($out:ident, $title:literal, $name:ident) => {{
        use super::$name::{Action, EVENTS, STATES, State, step};
        writeln!($out, "## {}\n", $title).unwrap();
        write!($out, "| state |").unwrap();
        for event in EVENTS {
            write!($out, " {event:?} |").unwrap();
        }
        writeln!($out, "\n|---|{}", "---|".repeat(EVENTS.len())).unwrap();
        for state in STATES {
            write!($out, "| **{state:?}** |").unwrap();
            for event in EVENTS {
                let cell = step(*state, *event);
                match (cell.action, cell.next == *state) {
                    (Action::Ignore, true) => write!($out, " · |").unwrap(),
                    (action, true) => write!($out, " {action:?} |").unwrap(),
                    (action, false) => write!($out, " {action:?} → {:?} |", cell.next).unwrap(),
                }
            }
            writeln!($out).unwrap();
        }
        writeln!($out, "\n```dot\ndigraph {} {{", stringify!($name)).unwrap();
        for state in STATES {
            for event in EVENTS {
                let cell = step(*state, *event);
                if cell.next != *state {
                    writeln!(
                        $out,
                        "  {state:?} -> {:?} [label=\"{event:?} / {:?}\"];",
                        cell.next, cell.action
                    )
                    .unwrap();
                }
            }
        }
        writeln!($out, "}}\n```\n").unwrap();
        // A terminated transaction does nothing, whatever comes.
        for event in EVENTS {
            assert_eq!(step(State::Terminated, *event).next, State::Terminated);
            assert_eq!(step(State::Terminated, *event).action, Action::Ignore);
        }
        // Every state but the first is reached, and every state but the last is left.
        for state in STATES {
            let reached = STATES.iter().any(|from| {
                EVENTS.iter().any(|event| from != state && step(*from, *event).next == *state)
            });
            let left = EVENTS.iter().any(|event| step(*state, *event).next != *state);
            assert!(reached || *state == STATES[0], "{state:?} is never reached");
            assert!(left || *state == State::Terminated, "{state:?} is never left");
        }
    }};
}

fn rendered() -> String {
    let mut out = String::from(
        "# Transaction state machines\n\nGenerated from the tables in `dataplane/src/txn/machine.rs` by its tests.\n\
         A dot means: nothing to do, same state.\n\n",
    );
    render!(out, "INVITE server (RFC 3261 §17.2.1, RFC 6026 §7.1)", invite_server);
    render!(out, "INVITE client (RFC 3261 §17.1.1, RFC 6026 §7.2)", invite_client);
    render!(out, "Non-INVITE server (RFC 3261 §17.2.2, RFC 4320)", other_server);
    render!(out, "Non-INVITE client (RFC 3261 §17.1.2)", other_client);
    out
}

#[test]
fn the_tables_are_those_of_the_document() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/state-machines.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, rendered()).unwrap();
    }
    let document = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        document == rendered(),
        "docs/state-machines.md differs from the tables; run the test with UPDATE_DOCS=1 and review the change"
    );
}
