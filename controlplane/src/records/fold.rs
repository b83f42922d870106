//! Owns what the events of one batch come to: records that are complete, calls that stand, ends of calls
//! that stand in the database. Refuses to know the database: what it has to be asked first is said here.
//!
//! Events count in the order of the journal. An END names its call; an ORPHAN_END, from a dialog that
//! outlived its process, names the identity and takes the latest call of it that stands. The first end
//! of a call counts, later ones are strays. A stray END waits for its START, should that come after it.

use hashbrown::{HashMap, HashSet};
use hugepages::journal::Place;
use hugepages::layout::cdr::{Body, EndBody, Event, EventHead, LateBody, Release, SetupView};

use super::batch::{Batch, Damage};

/// A set-up with the end it had, as far as the batch tells.
#[derive(Clone, Copy, Debug)]
pub struct Record<'b> {
    /// Head of the event that told the set-up.
    pub head: &'b EventHead,
    /// The set-up.
    pub setup: SetupView<'b>,
    /// Whether a 2xx went upstream.
    pub answered: bool,
    /// Behind the event that told it.
    pub place: Place,
    /// How it ended; of an answered call that stands there is none.
    pub ending: Option<Ending>,
}

/// The end of an answered call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When, UTC in µs.
    pub at_utc_us: u64,
    /// Time since the answer, where it was told.
    pub duration_us: Option<u64>,
    /// Final code of the BYE, 0 if none came.
    pub status: u16,
    /// Who ended it; `None` for a code of a later version.
    pub release: Option<Release>,
    /// Q.850 cause.
    pub cause: u8,
    /// Known by its cookie only.
    pub orphan: bool,
    /// Behind the event that told it.
    pub place: Place,
}

/// A 2xx that came too late.
#[derive(Clone, Copy, Debug)]
pub struct Late<'b> {
    /// Head of its event.
    pub head: &'b EventHead,
    /// What it says.
    pub body: &'b LateBody,
    /// Behind the event.
    pub place: Place,
}

/// A call that stands in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its id in the appliance.
    pub call: u64,
    /// Its identity.
    pub identity: u64,
    /// Place of its START, as one number.
    pub id: i64,
}

/// An end without a call that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stray {
    /// The call that it names, 0 if it names none.
    pub call: u64,
    /// The identity that it names.
    pub identity: u64,
    /// What it says.
    pub ending: Ending,
}

/// What the database has to say before a batch can be joined.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The calls that stand of the batch's [`identities`].
    pub standing: Vec<Standing>,
    /// Ends that came before their START, one at most for each of the batch's [`starts`].
    pub early: Vec<Stray>,
    /// What is added to segments, so that places of a member ascend over all journals that it had.
    pub base: u64,
}

/// What a batch comes to.
#[derive(Debug, Default)]
pub struct Folded<'b> {
    /// Calls that stand when the batch is over.
    pub open: Vec<Record<'b>>,
    /// Complete records.
    pub complete: Vec<Record<'b>>,
    /// Ends of calls that are not in the batch, one at most for each call. Those that the database does not
    /// know are strays too.
    pub ends: Vec<Stray>,
    /// Late answers.
    pub late: Vec<Late<'b>>,
    /// Ends that belong to no call.
    pub strays: Vec<Stray>,
    /// Places of the early ends that found their START.
    pub taken: Vec<Place>,
    /// Events that cannot be read.
    pub unreadable: Vec<Damage>,
}

/// The identities whose standing calls [`fold`] has to be told.
pub fn identities(batch: &Batch) -> Vec<u64> {
    let mut identities = Vec::new();
    for (bytes, _) in batch.events() {
        if let Ok(event) = Event::decode(bytes)
            && matches!(event.body(), Body::OrphanEnd(_))
        {
            identities.push(event.head().identity.get());
        }
    }
    identities.sort_unstable();
    identities.dedup();
    identities
}

/// The answered calls of the batch.
pub fn starts(batch: &Batch) -> Vec<u64> {
    let events = batch.events().filter_map(|(bytes, _)| Event::decode(bytes).ok());
    events
        .filter(|event| matches!(event.body(), Body::Start(_)))
        .map(|event| event.head().call.get())
        .collect()
}

/// Joins the events of `batch`.
pub fn fold<'b>(batch: &'b Batch, known: &Known) -> Folded<'b> {
    let mut folder = Folder::new(batch, known);
    for (bytes, place) in batch.events() {
        match Event::decode(bytes) {
            Ok(event) => {
                let place = Place { segment: place.segment + known.base, ..place };
                folder.take(&event, place);
            }
            Err(error) => folder.out.unreadable.push(Damage {
                // Frames are padded; the event begins where its bytes fit in front of its end.
                from: Place {
                    segment: place.segment,
                    offset: place.offset.saturating_sub(bytes.len().next_multiple_of(8) as u64),
                },
                to_offset: Some(place.offset),
                reason: error.to_string(),
                event: Some(bytes.to_vec()),
            }),
        }
    }
    folder.finish()
}

struct Folder<'b> {
    records: Vec<Record<'b>>,
    /// Calls of the batch that stand, by id.
    fresh: HashMap<u64, usize>,
    /// Calls that stand, by identity, the latest last: those in the database, then those of the batch.
    by_identity: HashMap<u64, Vec<Candidate>>,
    /// Calls that ended in the batch.
    ended: HashSet<u64>,
    /// Ends that wait for their START.
    early: HashMap<u64, Ending>,
    out: Folded<'b>,
}

#[derive(Clone, Copy)]
struct Candidate {
    call: u64,
    /// Its record, if it is of the batch.
    record: Option<usize>,
}

impl<'b> Folder<'b> {
    fn new(batch: &Batch, known: &Known) -> Folder<'b> {
        let mut by_identity: HashMap<u64, Vec<Candidate>> =
            identities(batch).into_iter().map(|identity| (identity, Vec::new())).collect();
        let mut ascending = known.standing.clone();
        ascending.sort_unstable_by_key(|call| call.id);
        for Standing { call, identity, .. } in ascending {
            by_identity.entry(identity).or_default().push(Candidate { call, record: None });
        }
        Folder {
            records: Vec::with_capacity(batch.len()),
            fresh: HashMap::with_capacity(batch.len()),
            by_identity,
            ended: HashSet::new(),
            early: known.early.iter().map(|stray| (stray.call, stray.ending)).collect(),
            out: Folded::default(),
        }
    }

    fn take(&mut self, event: &Event<'b>, place: Place) {
        let head = event.head();
        let call = head.call.get();
        match event.body() {
            Body::Start(setup) => {
                let ending = self.early_end(call);
                let at = self.records.len();
                if ending.is_none() {
                    self.fresh.insert(call, at);
                    if let Some(calls) = self.by_identity.get_mut(&head.identity.get()) {
                        calls.push(Candidate { call, record: Some(at) });
                    }
                }
                let setup = *setup;
                self.records.push(Record { head, setup, answered: true, place, ending });
            }
            Body::Unanswered(setup) => {
                let setup = *setup;
                self.records.push(Record { head, setup, answered: false, place, ending: None });
            }
            Body::End(body) => self.end(call, head, ending(head, body, false, place)),
            Body::OrphanEnd(body) => {
                let ending = ending(head, body, true, place);
                match self.standing_of(head.identity.get()) {
                    Some(call) => self.end(call, head, ending),
                    None => self.stray(call, head, ending),
                }
            }
            Body::LateAnswer(body) => self.out.late.push(Late { head, body, place }),
        }
    }

    /// The end of a call that came before its START.
    fn early_end(&mut self, call: u64) -> Option<Ending> {
        if let Some(ending) = self.early.remove(&call) {
            self.out.taken.push(ending.place);
            self.ended.insert(call);
            return Some(ending);
        }
        if !self.ended.contains(&call) {
            return None;
        }
        let at = self.out.ends.iter().position(|end| end.call == call && !end.ending.orphan)?;
        Some(self.out.ends.remove(at).ending)
    }

    /// The latest call of `identity` that stands.
    fn standing_of(&self, identity: u64) -> Option<u64> {
        let calls = self.by_identity.get(&identity)?;
        let stands = |candidate: &&Candidate| match candidate.record {
            Some(at) => self.fresh.get(&candidate.call) == Some(&at),
            None => !self.ended.contains(&candidate.call),
        };
        calls.iter().rev().find(stands).map(|candidate| candidate.call)
    }

    fn end(&mut self, call: u64, head: &EventHead, ending: Ending) {
        if let Some(at) = self.fresh.remove(&call) {
            self.ended.insert(call);
            if let Some(record) = self.records.get_mut(at) {
                record.ending = Some(ending);
            }
        } else if self.ended.insert(call) {
            self.out.ends.push(Stray { call, identity: head.identity.get(), ending });
        } else {
            self.stray(call, head, ending);
        }
    }

    fn stray(&mut self, call: u64, head: &EventHead, ending: Ending) {
        self.out.strays.push(Stray { call, identity: head.identity.get(), ending });
    }

    fn finish(mut self) -> Folded<'b> {
        for record in self.records {
            let stands = record.answered && record.ending.is_none();
            let list = if stands { &mut self.out.open } else { &mut self.out.complete };
            list.push(record);
        }
        self.out
    }
}

impl Record<'_> {
    /// When the 2xx went upstream.
    pub fn answered_at(&self) -> Option<u64> {
        let setup_us = u64::from(self.setup.final_us.get());
        self.answered.then(|| self.setup.received_utc_us.get().saturating_add(setup_us))
    }

    /// Time from the answer to the end: as told, else by the clock.
    pub fn duration_us(&self) -> Option<u64> {
        let ending = self.ending?;
        let answered = self.answered_at()?;
        Some(ending.duration_us.unwrap_or_else(|| ending.at_utc_us.saturating_sub(answered)))
    }
}

fn ending(head: &EventHead, body: &EndBody, orphan: bool, place: Place) -> Ending {
    let told = body.duration_us.get();
    Ending {
        at_utc_us: head.at_utc_us.get(),
        duration_us: (told != 0).then_some(told),
        status: body.status.get(),
        release: body.release(),
        cause: body.cause,
        orphan,
        place,
    }
}
