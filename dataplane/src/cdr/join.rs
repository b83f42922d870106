//! Owns the joining of events into records: a START with its END, a late answer with its call.
//! Refuses to know where events come from, and needs them in the order of the journal.
//!
//! An END names its call. An ORPHAN_END, from a dialog that outlived its process, is joined by the
//! identity hash. The first end counts; what comes after it is a stray, as is an end whose START is
//! older than the journal. A 2xx can come late for as long as a transaction lives, so that a record
//! with an attempt that was given up is held back until nothing can come any more.

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashMap;
use hugepages::layout::cdr::{AttemptFlags, Body, EndBody, Event, EventHead};

use super::record::Cdr;

/// How long after its end a record may get a late answer: 64·T1 with the default T1, and a second.
const LATE_US: u64 = 33_000_000;

/// Whether records wait for what may come late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Records come complete, some of them 33 s of event time later.
    Late,
    /// Records come at once; late answers after them are left out.
    Nothing,
}

/// Joins events.
#[derive(Debug)]
pub struct Joiner {
    hold: Hold,
    /// Answered calls without an end, by call.
    open: HashMap<u64, Cdr>,
    /// Their calls by identity.
    identities: HashMap<u64, u64>,
    /// Complete records that wait, by call.
    held: BTreeMap<u64, Cdr>,
    /// When each of them may go, ascending.
    due: VecDeque<(u64, u64)>,
    ready: VecDeque<Cdr>,
    stray_ends: u64,
}

impl Joiner {
    /// An empty one.
    pub fn new(hold: Hold) -> Joiner {
        Joiner {
            hold,
            open: HashMap::new(),
            identities: HashMap::new(),
            held: BTreeMap::new(),
            due: VecDeque::new(),
            ready: VecDeque::new(),
            stray_ends: 0,
        }
    }

    /// Takes the next event.
    pub fn take(&mut self, event: &Event<'_>) {
        let head = event.head();
        self.let_go(head.at_utc_us.get());
        match event.body() {
            Body::Start(setup) => self.start(Cdr::of_setup(head, setup, true)),
            Body::Unanswered(setup) => {
                let cdr = Cdr::of_setup(head, setup, false);
                self.complete(cdr, head.at_utc_us.get());
            }
            Body::End(body) => self.end(head.call.get(), head, body, false),
            Body::OrphanEnd(body) => {
                let call = self.identities.get(&head.identity.get()).copied();
                match call {
                    Some(call) => self.end(call, head, body, true),
                    None => self.stray_ends += 1,
                }
            }
            Body::LateAnswer(body) => {
                let call = head.call.get();
                let cdr = self.open.get_mut(&call).or_else(|| self.held.get_mut(&call));
                if let Some(cdr) = cdr {
                    cdr.late_answer(body);
                }
            }
        }
    }

    /// A complete record.
    pub fn next_ready(&mut self) -> Option<Cdr> {
        self.ready.pop_front()
    }

    /// Ends without a call that stands: the second end of one, or one whose START is not there.
    pub fn stray_ends(&self) -> u64 {
        self.stray_ends
    }

    /// Makes all records ready, those of standing calls last.
    pub fn finish(&mut self) {
        self.let_go(u64::MAX);
        let mut standing: Vec<Cdr> = std::mem::take(&mut self.open).into_values().collect();
        self.identities.clear();
        standing.sort_by_key(|cdr| (cdr.received, cdr.call));
        self.ready.extend(standing);
    }

    fn start(&mut self, cdr: Cdr) {
        self.identities.insert(cdr.identity, cdr.call);
        // Two calls of one id do not exist; should a journal hold them, neither is lost.
        if let Some(other) = self.open.insert(cdr.call, cdr) {
            self.ready.push_back(other);
        }
    }

    fn end(&mut self, call: u64, head: &EventHead, body: &EndBody, orphan: bool) {
        let Some(mut cdr) = self.open.remove(&call) else {
            self.stray_ends += 1;
            return;
        };
        // Another call may have taken the identity over: a caller that reused Call-ID and tag.
        if self.identities.get(&cdr.identity) == Some(&call) {
            self.identities.remove(&cdr.identity);
        }
        cdr.end(head, body, orphan);
        self.complete(cdr, head.at_utc_us.get());
    }

    fn complete(&mut self, cdr: Cdr, at_utc_us: u64) {
        let given_up =
            AttemptFlags::NO_RESPONSE.0 | AttemptFlags::NO_PROGRESS.0 | AttemptFlags::CANCELLED.0;
        let may_be_late = cdr.attempts.iter().any(|attempt| attempt.flags.0 & given_up != 0);
        if self.hold == Hold::Nothing || !may_be_late {
            self.ready.push_back(cdr);
            return;
        }
        self.due.push_back((at_utc_us.saturating_add(LATE_US), cdr.call));
        if let Some(other) = self.held.insert(cdr.call, cdr) {
            self.ready.push_back(other);
        }
    }

    /// Event times of several workers are not in order; a record that goes a little early or late
    /// does no harm.
    fn let_go(&mut self, now_utc_us: u64) {
        while let Some((_, call)) = self.due.front().copied().filter(|(due, _)| *due <= now_utc_us)
        {
            self.due.pop_front();
            self.ready.extend(self.held.remove(&call));
        }
    }
}
