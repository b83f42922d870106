//! Owns looking at what a data plane leaves to be seen: the counters of its workers, and its journal.
//! Refuses to talk to it: it may be gone, and then there is nothing to see.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use hugepages::counters::CountersReader;
use hugepages::journal::{Place, Reader};

use crate::publish::Peer;
use crate::records::Records;

/// Each worker, as its counters say.
pub fn workers(peer: &Peer) -> Vec<api::WorkerStatus> {
    (0..peer.workers).map(|worker| read(&peer.instance_dir, worker)).collect()
}

/// A counter by its name, if its segment is there and has it.
fn counter(counters: Option<&CountersReader>, wanted: &str) -> Option<u64> {
    counters?.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

fn read(instance: &Path, worker: u16) -> api::WorkerStatus {
    let counters = CountersReader::open(instance, &format!("worker-{worker}")).ok();
    let value = |wanted: &str| counter(counters.as_ref(), wanted);
    // Versions count from 1: 0 is a worker that has seen none.
    let version = |name: &str| value(name).filter(|version| *version > 0);
    api::WorkerStatus {
        worker,
        image: version("image_as_of"),
        command: version("command_as_of"),
        standing_calls: value("calls_standing"),
    }
}

/// How records come in: from the disk of the data plane, and onto it.
pub fn journal(records: &Records, peer: Option<&Peer>) -> api::JournalStatus {
    let progress = records.progress();
    let keeper = peer.and_then(|peer| CountersReader::open(&peer.instance_dir, "keeper").ok());
    let value = |wanted: &str| counter(keeper.as_ref(), wanted).unwrap_or_default();
    let backlog_bytes = records.backlog_bytes().unwrap_or_default();
    let oldest = match (&progress.source, progress.ingested) {
        (Some(source), Some(from)) if backlog_bytes > 0 => written_us(&source.journal, from),
        _ => None,
    };
    api::JournalStatus {
        place: progress.ingested.map(place),
        ingested: progress.rows,
        backlog_bytes,
        lag_ms: oldest.map_or(0, |us| now_us().saturating_sub(us) / 1000),
        // Where nothing waits nothing fails: a fault that was is told until the next record came in.
        failing: progress.fault.filter(|_| backlog_bytes > 0),
        unwritten_bytes: value("event_bytes_waiting"),
        disk_failing: value("journal_state") != 0,
        refusing_calls: value("refusing_workers") != 0,
    }
}

/// A place of a journal as it travels.
pub fn place(place: Place) -> api::JournalPlace {
    api::JournalPlace { segment: place.segment, offset: place.offset }
}

/// When the first event behind `from` was written.
fn written_us(journal: &Path, from: Place) -> Option<u64> {
    let mut reader = Reader::open_at(journal, from).ok()?;
    let (_, event) = reader.next_event().ok()??;
    Some(event.head().at_utc_us.get())
}

fn now_us() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use hugepages::counters::{CounterId, Counters};
    use hugepages::instance::InstanceDir;

    use super::{read, written_us};
    use crate::records::testing::{Dice, Journal, Scratch, traffic};

    #[test]
    fn a_worker_is_told_as_far_as_its_counters_go() {
        let scratch = Scratch::new("look");
        let dir = InstanceDir::lock(scratch.path()).unwrap();
        let mut counters =
            Counters::create(&dir, "worker-0", &["image_as_of", "calls_standing"]).unwrap();
        let seen = |worker| {
            let status = read(scratch.path(), worker);
            (status.image, status.command, status.standing_calls)
        };
        assert_eq!(seen(0), (None, None, Some(0)), "no image has the version 0");
        counters.set(CounterId(0), 17);
        counters.set(CounterId(1), 3);
        assert_eq!(seen(0), (Some(17), None, Some(3)));
        assert_eq!(seen(1), (None, None, None), "it has no counters");
    }

    #[test]
    fn the_oldest_event_that_waits_is_found() {
        let scratch = Scratch::new("look");
        let mut journal = Journal::create(scratch.path(), 1);
        let (mut dice, mut next_call, mut standing) = (Dice(7), 0, Vec::new());
        let begin = journal.place();
        let places: Vec<_> = (10..13)
            .map(|at| {
                let told = traffic(&mut dice, &mut next_call, &mut standing);
                journal.append([&told.bytes(at)])[0]
            })
            .collect();
        let told = |from| written_us(journal.dir(), from);
        let first = told(begin).unwrap();
        assert_eq!(told(places[0]).map(|us| us > first), Some(true));
        assert_eq!(told(places[2]), None, "nothing waits");
    }
}
