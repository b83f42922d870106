//! Owns CDR events as the scenarios look at them.

use hugepages::layout::cdr::{Body, Event, Kind, Outcome};

/// What a CDR event told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub kind: Kind,
    pub call: u64,
    pub identity: u64,
    pub call_id: String,
    pub status: u16,
    pub cause: u8,
    pub outcome: Option<Outcome>,
    /// Trunk, status and flags of each attempt.
    pub attempts: Vec<(u32, u16, u8)>,
    pub duration_us: u64,
}

/// What `event` tells.
pub fn told(event: &Event<'_>) -> Told {
    let head = event.head();
    let mut told = Told {
        kind: event.kind(),
        call: head.call.get(),
        identity: head.identity.get(),
        call_id: String::new(),
        status: 0,
        cause: 0,
        outcome: None,
        attempts: Vec::new(),
        duration_us: 0,
    };
    match event.body() {
        Body::Start(setup) | Body::Unanswered(setup) => {
            told.call_id = String::from_utf8_lossy(setup.call_id()).into_owned();
            told.status = setup.status.get();
            told.cause = setup.cause;
            told.outcome = setup.outcome();
            let attempts = setup.attempts().iter();
            told.attempts = attempts.map(|a| (a.trunk.get(), a.status.get(), a.flags)).collect();
        }
        Body::End(end) | Body::OrphanEnd(end) => {
            told.status = end.status.get();
            told.cause = end.cause;
            told.duration_us = end.duration_us.get();
        }
        Body::LateAnswer(late) => told.status = late.status.get(),
    }
    told
}
