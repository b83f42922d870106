//! Owns what can go wrong in a run, each fault one sentence.

use std::io;

/// Why there is no figure, or one that must not be believed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum Fault {
    #[error(
        "{contender} read message {number} as {told}, it says {expected}; the figures must not be believed:\n{text}"
    )]
    Misread { contender: &'static str, number: usize, told: String, expected: String, text: String },
    #[error("{contender} asked the heap {calls} times, it may not at all")]
    Allocated { contender: &'static str, calls: u64 },
    #[error("valgrind, which counts the instructions, did not run: {0}; scripts/bench installs it")]
    Valgrind(io::Error),
    #[error("valgrind ended with {0}")]
    Counting(std::process::ExitStatus),
    #[error("callgrind wrote no total into {0}")]
    NoTotal(String),
    #[error("there is no contender `{0}`; take one of {known}", known = crate::contender::names())]
    UnknownContender(String),
    #[error("there is no message `{0}`; take one of {known}", known = crate::corpus::Kind::names())]
    UnknownMessage(String),
    #[error("cannot write {what}: {source}")]
    Write { what: String, source: io::Error },
    #[error("{name} is {got:.0}, the floor is {floor}")]
    Floor { name: String, got: f64, floor: f64 },
}
