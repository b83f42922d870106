//! Owns the measurement: what every contender reads is verified, then they take turns over the same messages, and
//! callgrind counts. Refuses to know messages and parsers.

use std::time::Instant;

use bench_report::{About, Metric, Record};
use counting_allocator::heap_calls;

use crate::arguments::{Arguments, Sizes};
use crate::contender::{self, Contender};
use crate::corpus::{Burst, Corpus, Kind};
use crate::fault::Fault;
use crate::instructions;

const ABOUT: About = About {
    bench: "parse",
    left_out: "receiving and checking the frame, views that not every message needs, writing; mixed: \
               4 MB one behind the other, so from where that much lies, in ordinary pages; fetched: from the second-level \
               cache; httparse: start line, meaning \
               of names, all fields; rsip, rsipstack: fields, which *_fields reads into their types",
};

/// Nanoseconds a mixed message: the bar, and what it should come to.
const MIXED: (f64, f64) = (350.0, 250.0);
/// Nanoseconds that the INVITE should come to when it is parsed again and again.
const INVITE: f64 = 180.0;
/// Messages that are fetched together: about 170 KiB, more than the first-level cache holds and less than the second.
const BURST: usize = 256;
/// Instructions of the INVITE: the bar.
const INSTRUCTIONS: f64 = 3_000.0;

/// What the rounds of a contender came to.
struct Series {
    name: &'static str,
    /// Nanoseconds a message, one figure a round.
    mixed: Vec<f64>,
    /// The same, where what reads the frame in front of the parser has brought it into the cache.
    fetched: Vec<f64>,
    invite: Vec<f64>,
    /// Calls of the heap a mixed message.
    heap_calls: f64,
}

/// Runs what the arguments ask for.
///
/// # Errors
/// A message is misread, our parser asked the heap, callgrind does not count, or a floor is missed.
pub fn run(arguments: &Arguments) -> Result<(), Fault> {
    let mut contenders = contender::all();
    if let Some([name, kind, times]) = arguments.only.as_deref() {
        let rounds = times.parse().unwrap_or(1);
        return match contenders.iter_mut().find(|contender| contender.name() == name) {
            Some(contender) => instructions::only(contender.as_mut(), kind, rounds),
            None => Err(Fault::UnknownContender(name.clone())),
        };
    }
    let sizes = arguments.sizes();
    let unwritten = |source| Fault::Write { what: "the record".to_owned(), source };
    let record = arguments.record.as_deref().map(Record::open).transpose().map_err(unwritten)?;
    let mixed = Corpus::mixed(sizes.messages);
    let invite = Corpus::one(Kind::THE_INVITE);
    for contender in &mut contenders {
        contender::verify(contender.as_mut(), &mixed)?;
        contender::verify(contender.as_mut(), &invite)?;
    }
    let series = take_turns(&mut contenders, &mixed, &invite, &sizes)?;
    let mut metrics = times(&series);
    metrics.push(Metric::new("mixed_bytes", mixed.mean_bytes(), "bytes"));
    metrics.push(Metric::new("invite_bytes", invite.mean_bytes(), "bytes"));
    metrics.extend(counts(arguments.quick)?);
    ABOUT.print(arguments.json, &metrics);
    if let Some(mut record) = record {
        let command = bench_report::command(ABOUT, &[]);
        record.append(ABOUT, &[], &command, &metrics).map_err(unwritten)?;
    }
    let over = |metric: &Metric| metric.floor.filter(|floor| metric.value > *floor);
    // What is short is not judged.
    let judged = if arguments.quick { &[] } else { metrics.as_slice() };
    let missed = judged.iter().find_map(|metric| Some((metric, over(metric)?)));
    missed.map_or(Ok(()), |(metric, floor)| {
        Err(Fault::Floor { name: metric.name.to_string(), got: metric.value, floor })
    })
}

/// A B C A B C: what the machine does to one it does to all.
fn take_turns(
    contenders: &mut [Box<dyn Contender>],
    mixed: &Corpus,
    invite: &Corpus,
    sizes: &Sizes,
) -> Result<Vec<Series>, Fault> {
    let empty = |name: &'static str| Series {
        name,
        mixed: Vec::with_capacity(sizes.rounds),
        fetched: Vec::with_capacity(sizes.rounds),
        invite: Vec::with_capacity(sizes.rounds),
        heap_calls: 0.0,
    };
    let mut all: Vec<Series> = contenders.iter().map(|contender| empty(contender.name())).collect();
    // The first round warms up.
    for round in 0..=sizes.rounds {
        for (contender, series) in contenders.iter_mut().zip(&mut all) {
            let before = heap_calls();
            let mixed_ns = nanoseconds(contender.as_mut(), mixed.all(), 1);
            let calls = heap_calls() - before;
            let fetched_ns = fetched(contender.as_mut(), mixed);
            let invite_ns = nanoseconds(contender.as_mut(), invite.all(), sizes.invites);
            if round > 0 {
                series.mixed.push(mixed_ns);
                series.fetched.push(fetched_ns);
                series.invite.push(invite_ns);
            }
            series.heap_calls = calls as f64 / mixed.count() as f64;
            if contender::OURS.contains(&series.name) && heap_calls() != before {
                let (contender, calls) = (series.name, heap_calls() - before);
                return Err(Fault::Allocated { contender, calls });
            }
        }
    }
    Ok(all)
}

/// Nanoseconds a message, where each has been read before as the receiver of a packet does to check it: what the
/// memory behind the caches adds, which neighbours on the machine use too, is the difference to a plain pass.
fn fetched(contender: &mut dyn Contender, corpus: &Corpus) -> f64 {
    let mut total = 0.0;
    for burst in corpus.bursts(BURST) {
        burst.fetch();
        total += nanoseconds(contender, burst, 1) * burst.count() as f64;
    }
    total / corpus.count() as f64
}

/// Nanoseconds a message, wherever it lies.
fn nanoseconds(contender: &mut dyn Contender, burst: Burst<'_>, times: usize) -> f64 {
    let began = Instant::now();
    contender.sweep(burst, times);
    began.elapsed().as_nanos() as f64 / (times * burst.count()) as f64
}

fn times(all: &[Series]) -> Vec<Metric> {
    let mut metrics = Vec::new();
    for series in all {
        // Ours needs no name beside its own bench's.
        let prefix =
            if series.name == "tandem" { String::new() } else { format!("{}_", series.name) };
        let measured =
            [("mixed", &series.mixed), ("fetched", &series.fetched), ("invite", &series.invite)];
        for (what, times) in measured {
            let (least, middle, most) = spread(times.clone());
            let median = Metric::new(format!("{prefix}{what}_ns"), middle, "ns");
            metrics.push(match (series.name, what) {
                ("tandem", "mixed") => median.bound(MIXED.0, MIXED.1),
                ("tandem", "invite") => median.goal(INVITE),
                _ => median,
            });
            metrics.push(Metric::new(format!("{prefix}{what}_min_ns"), least, "ns"));
            metrics.push(Metric::new(format!("{prefix}{what}_max_ns"), most, "ns"));
        }
        metrics.push(Metric::new(format!("{prefix}mixed_heap_calls"), series.heap_calls, "calls"));
    }
    // What a busy machine slows, it slows in both.
    let [ours, others @ ..] = all else { return metrics };
    for other in others {
        let ratios = other.mixed.iter().zip(&ours.mixed).map(|(other, ours)| other / ours);
        let (_, ratio, _) = spread(ratios.collect());
        metrics.push(Metric::new(format!("{}_mixed_ratio", other.name), ratio, "of ours"));
    }
    metrics
}

/// Least, median and most.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[0], values[values.len() / 2], values[values.len() - 1])
}

/// Instructions of one parse: of the INVITE, and unless `quick` of every other message.
fn counts(quick: bool) -> Result<Vec<Metric>, Fault> {
    let folder = tempfile::tempdir()
        .map_err(|source| Fault::Write { what: "a temporary folder".to_owned(), source })?;
    let count = |contender: &str, kind: &str| instructions::count(contender, kind, folder.path());
    let whole = count("tandem", Kind::INVITE)?;
    let mut metrics =
        vec![Metric::new("invite_instructions", whole, "instructions").floor(INSTRUCTIONS)];
    if quick {
        return Ok(metrics);
    }
    let index = count("index", Kind::INVITE)?;
    metrics.push(Metric::new("index_invite_instructions", index, "instructions"));
    for (_, kind, _) in Kind::SHARES.iter().filter(|(_, kind, _)| *kind != Kind::INVITE) {
        let name = format!("{kind}_instructions");
        metrics.push(Metric::new(name, count("tandem", kind)?, "instructions"));
    }
    Ok(metrics)
}
