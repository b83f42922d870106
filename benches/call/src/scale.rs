//! Owns the measurement of what a second worker brings: one worker against two, in turn, in phases.
//! Refuses to know messages.
//!
//! ```text
//! a phase   generator (first core): takes all that the router sent, sends all that is due ─► thousands in each queue
//!           one worker (second core), or two (one on each): from a common start until every packet has its verdict
//! ```
//!
//! There are two cores, so the generator works between phases and is not in the figure; within a phase nobody but
//! workers runs, two of them at the same time, with the hand-over that they have in production. There are two routers,
//! of one worker and of two, which take turns all the time; each worker of the second has the tables and the load of
//! the first one's. A phase with fewer packets than workers can spread evenly would measure chance: of 32 thousand
//! packets the busier of two workers has 0.4 % more than its half on average, which stays in the figure.
//!
//! Two workers run three times a round: `Mixed` is the figure; `Flows` has all of the caller's packets in one queue, as
//! a NIC puts them when there is one caller; `Right` hands nothing over, so that what the hand-over costs can be told
//! from what two busy cores cost each other.

mod figures;
mod helper;
mod phase;
mod site;

use bench_report::{About, Metric};
use dataplane::worker::peers::CHANNEL_CAPACITY;
use hugepages::memory::PageKind;

use crate::arguments::Arguments;
use crate::fault::Fault;
use crate::frame::Spread;
use crate::router::{self, Ground};
use figures::{Disturbed, Spans, Sum, disturbance, spans};
use helper::Helper;
use site::Site;

const FLOOR: f64 = 0.88;
const GOAL: f64 = 0.92;
/// Phases of a run that count, and phases in which it must find them.
const PHASES: u64 = 10;
const PATIENCE: u64 = 60;

const ABOUT: About = About {
    bench: "scale",
    left_out: "no NIC (ring ports, checksums in software, queues chosen by the generator and filled between phases), \
               the generator's share of caches and memory, packets that are freed where they were made, more than two \
               workers, one NUMA node, no capacity permits, no breakers, BYE from the caller only; channels between \
               workers hold a phase and not 1024 unless --channel says so",
};

/// What was thrown away.
#[derive(Clone, Copy, Debug, Default)]
struct Discarded {
    waited: u64,
    gaps: u64,
}

/// The runs of one kind, and what stood in them.
struct Series {
    name: &'static str,
    runs: Vec<Sum>,
}

struct Bench<'a> {
    arguments: &'a Arguments,
    helper: Helper,
    hz: f64,
    discarded: Discarded,
    level: (u64, u64),
}

impl Bench<'_> {
    fn warm_up(&self, site: &mut Site, until_us: u64) -> Result<(), Fault> {
        while site.now_us() < until_us {
            site.phase(&self.helper)?;
        }
        Ok(())
    }

    /// A run: phases until enough of them count. The first finds the caches full of the other router and counts not.
    fn run(&mut self, site: &mut Site) -> Result<Sum, Fault> {
        let mut sum = Sum::default();
        site.phase(&self.helper)?;
        for _ in 0..PATIENCE {
            let drained = site.phase(&self.helper)?;
            let (standing, ringing) = site.level();
            self.level = (self.level.0.min(standing), self.level.1.min(ringing));
            match disturbance(&drained, self.hz) {
                Some(Disturbed::Waited) => self.discarded.waited += 1,
                Some(Disturbed::Gaps) => self.discarded.gaps += 1,
                None => sum.add(&drained),
            }
            // What shows only that it works need not wait for a quiet machine.
            if self.arguments.quick && disturbance(&drained, self.hz).is_some() {
                sum.add(&drained);
            }
            if sum.phases >= PHASES {
                return Ok(sum);
            }
        }
        let Discarded { waited, gaps } = self.discarded;
        Err(Fault::Disturbed { patience: PATIENCE, wanted: PHASES, waited, gaps })
    }
}

/// Runs, prints and records.
///
/// # Errors
/// A count is off, a worker allocated, the machine was not quiet, or the floor is missed.
pub fn run(arguments: &Arguments) -> Result<(), Fault> {
    let ground = Ground::new(arguments)?;
    let say = |text: String| {
        if !arguments.json {
            println!("{text}");
        }
    };
    let (sizes, notes) = (ground.sizes, &ground.notes);
    say(format!("scale: {}", router::machine(arguments, ground.clock.hz())));
    say(format!(
        "  each worker: that rate, {} calls standing; {} prefixes; all tables {} MiB on {} pages; channels hold {} \
         (in production {CHANNEL_CAPACITY})",
        sizes.standing,
        notes.prefixes,
        notes.tables_mib,
        if notes.pages == PageKind::Huge { "huge" } else { "small" },
        sizes.channel,
    ));
    let helper = Helper::launch(&ground.eal)?;
    let level = (u64::MAX, u64::MAX);
    let mut bench = Bench {
        arguments,
        helper,
        hz: ground.clock.hz() as f64,
        discarded: Discarded::default(),
        level,
    };
    let (mut one, mut two) = (Site::new(&ground, 1)?, Site::new(&ground, 2)?);
    say(format!("  warming up for {} s of simulated time", sizes.warm_up_us / 1_000_000));
    bench.warm_up(&mut one, sizes.warm_up_us)?;
    bench.warm_up(&mut two, sizes.warm_up_us)?;
    let mut series = ["one", "two", "two_four_flows", "two_right_queue"]
        .map(|name| Series { name, runs: Vec::new() });
    for _ in 0..arguments.rounds.max(1) {
        let [of_one, mixed, flows, right] = &mut series;
        of_one.runs.push(bench.run(&mut one)?);
        two.spread(Spread::Mixed);
        mixed.runs.push(bench.run(&mut two)?);
        two.spread(Spread::Flows);
        flows.runs.push(bench.run(&mut two)?);
        two.spread(Spread::Right);
        right.runs.push(bench.run(&mut two)?);
    }
    let metrics = metrics(&bench, &series, &[&one, &two]);
    ABOUT.print(arguments.json, &metrics);
    one.finish(&bench.helper)?;
    two.finish(&bench.helper)?;
    bench.helper.end()?;
    say("  every call complete, counts agree on all sides, every table empty at the end".to_owned());
    if let Some(path) = &arguments.record {
        router::record(ABOUT, path, &metrics)?;
    }
    let scale = metrics.first().map_or(0.0, |metric| metric.value);
    if !arguments.quick && scale < FLOOR {
        return Err(Fault::Floor { what: "scale_1_to_2", got: scale, floor: FLOOR });
    }
    Ok(())
}

/// What two workers did against twice what one did just before.
fn ratios(one: &Series, two: &Series, hz: f64) -> Spans {
    let pairs = one.runs.iter().zip(&two.runs);
    spans(pairs.map(|(one, two)| two.rate(hz) / (2.0 * one.rate(hz))))
}

fn metrics(bench: &Bench<'_>, series: &[Series; 4], sites: &[&Site]) -> Vec<Metric> {
    let ([one, mixed, flows, right], hz) = (series, bench.hz);
    let scale = ratios(one, mixed, hz);
    let (scale_flows, scale_right) = (ratios(one, flows, hz), ratios(one, right, hz));
    let mut all = vec![
        Metric::new("scale_1_to_2", scale.median, "").bound(FLOOR, GOAL),
        Metric::new("scale_1_to_2_min", scale.min, ""),
        Metric::new("scale_1_to_2_max", scale.max, ""),
        Metric::new("scale_1_to_2_four_flows", scale_flows.median, ""),
        Metric::new("scale_1_to_2_four_flows_min", scale_flows.min, ""),
        Metric::new("scale_1_to_2_four_flows_max", scale_flows.max, ""),
        Metric::new("scale_1_to_2_right_queue", scale_right.median, ""),
        Metric::new("scale_1_to_2_right_queue_min", scale_right.min, ""),
        Metric::new("scale_1_to_2_right_queue_max", scale_right.max, ""),
    ];
    for Series { name, runs } in series {
        let of = |figure: fn(&Sum) -> f64| spans(runs.iter().map(figure));
        let rate = spans(runs.iter().map(|run| run.rate(hz)));
        let work = of(Sum::work);
        all.push(Metric::new(format!("calls_per_second_{name}"), rate.median, "calls/s"));
        all.push(Metric::new(format!("calls_per_second_{name}_min"), rate.min, "calls/s"));
        all.push(Metric::new(format!("calls_per_second_{name}_max"), rate.max, "calls/s"));
        all.push(Metric::new(format!("cycles_per_call_{name}"), work.median, "cycles"));
        all.push(Metric::new(format!("waiting_{name}"), of(Sum::waiting).median, "%"));
        all.push(Metric::new(format!("handed_over_{name}"), of(Sum::handed).median, "%"));
        let lost = spans(runs.iter().map(|run| run.lost(hz)));
        all.push(Metric::new(format!("lost_{name}"), lost.median, "%"));
        let phase = of(|run| run.ticks as f64 / run.phases.max(1) as f64).median / hz;
        all.push(Metric::new(format!("phase_{name}"), phase * 1e3, "ms"));
    }
    let runs = || series.iter().flat_map(|one| &one.runs);
    let kept: u64 = runs().map(|run| run.phases).sum();
    let packets: u64 = runs().map(|run| run.packets).sum();
    let Discarded { waited, gaps } = bench.discarded;
    let sum = |figure: fn(&Site) -> u64| sites.iter().copied().map(figure).sum::<u64>() as f64;
    all.extend([
        Metric::new(
            "packets_per_phase_and_worker",
            packets as f64 / kept.max(1) as f64 * 4.0 / 7.0,
            "packets",
        ),
        Metric::new("phases", kept as f64, "phases"),
        Metric::new("phases_discarded_waited", waited as f64, "phases"),
        Metric::new("phases_discarded_gaps", gaps as f64, "phases"),
        Metric::new("calls", sum(Site::calls), "calls"),
        Metric::new("standing_calls_per_worker", bench.level.0 as f64, "calls"),
        Metric::new("ringing_calls_per_worker", bench.level.1 as f64, "calls"),
        Metric::new("router_heap_calls", sum(Site::heap_calls), "calls"),
        Metric::new("tsc_hz", hz, "Hz"),
    ]);
    all
}
