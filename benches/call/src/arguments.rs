//! Owns the command line and the sizes that follow from it; refuses to know what is measured.

use std::path::PathBuf;

use dataplane::proxy::Capacity;
use dataplane::txn::slab::SlabCapacity;

/// Cycles of the router per call: `router_cycles_per_call`.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "bench-call", version)]
pub struct Arguments {
    /// Small tables and few calls: proves function, gives no figures
    #[arg(long)]
    pub quick: bool,
    /// One JSON object a line instead of text
    #[arg(long)]
    pub json: bool,
    /// Appends the figures to this CSV file
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Router and generator on a core each, in real time
    #[arg(long)]
    pub threads: bool,
    /// One worker against two, each with the same load and tables: `scripts/bench scale`
    #[arg(long, conflicts_with = "threads")]
    pub scale: bool,
    /// With --scale: rounds of one worker and two
    #[arg(long, default_value_t = 5)]
    pub rounds: u64,
    /// With --scale: what a channel between workers holds, a power of two [default: what comes in a phase]
    #[arg(long)]
    pub channel: Option<u32>,
    /// With --threads: how long new calls come
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// Calls per second: of simulated time, with --threads of real time, with --scale of each worker [default: 50000;
    /// quick 5000, threads 10000, scale 20000]
    #[arg(long)]
    pub rate: Option<u64>,
    /// Calls that stand, with --scale at each worker [default: 1000000; quick and threads 10000, scale 200000]
    #[arg(long)]
    pub standing: Option<u64>,
    /// Prefixes of the plan [default: 1000000; quick and threads 10000]
    #[arg(long)]
    pub prefixes: Option<u64>,
    /// Slices that the figures are the median of
    #[arg(long, default_value_t = 15)]
    pub slices: u64,
    /// CPU that the router runs on, with --scale the single worker [default: the last one]
    #[arg(long)]
    pub core: Option<u32>,
    /// Prints how many huge pages a run takes, and ends
    #[arg(long)]
    pub huge_pages_needed: bool,
}

/// Numbers that a run is made with.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// New calls per second.
    pub rate: u64,
    /// Calls that stand when as many end as begin.
    pub standing: u64,
    /// Mean time that a call rings.
    pub ring_us: u64,
    /// Mean time that a call stands.
    pub hold_us: u64,
    /// New calls of one turn of the generator.
    pub calls_a_turn: u64,
    /// Turns of one slice.
    pub turns_a_slice: u64,
    /// Slices measured.
    pub slices: u64,
    /// Simulated time before the first slice.
    pub warm_up_us: u64,
    /// Prefixes of the plan.
    pub prefixes: u64,
    /// Packet buffers of generator and of router each.
    pub mbufs: u32,
    /// Packets that a ring holds.
    pub ring: u32,
    /// Workers that have tables.
    pub workers: u64,
    /// What a channel between two workers holds.
    pub channel: u32,
}

/// What a turn must be worth for its packets to be cold: twice the second-level cache of anything sold.
pub const AHEAD_BYTES: u64 = 16 << 20;
/// RFC 3261 §17: 64 × T1, as long as a finished transaction lingers.
const LINGER_US: u64 = 32_000_000;

impl Arguments {
    /// The sizes that were asked for.
    pub fn sizes(&self) -> Sizes {
        let small = self.quick || self.threads;
        let rate = self.rate.unwrap_or(match self {
            Arguments { threads: true, .. } => 10_000,
            Arguments { quick: true, .. } => 5_000,
            Arguments { scale: true, .. } => 20_000,
            _ => 50_000,
        });
        let rate = rate.max(1);
        let standing = self.standing.unwrap_or(match (small, self.scale) {
            (true, _) => 10_000,
            (false, true) => 200_000,
            (false, false) => 1_000_000,
        });
        let standing = standing.max(1);
        let ring_us = if self.threads { 200_000 } else { 5_000_000 };
        let hold_us = standing * 1_000_000 / rate;
        let calls_a_turn = match (self.quick, self.scale) {
            (true, _) => 256,
            (false, true) => 2_304,
            (false, false) => 4_608,
        };
        Sizes {
            rate,
            standing,
            ring_us,
            hold_us,
            calls_a_turn,
            turns_a_slice: 16,
            slices: self.slices.max(1),
            // Until the last of the first calls has ended and been forgotten, everything grows.
            warm_up_us: if self.quick { 0 } else { (ring_us + hold_us) * 3 / 2 + LINGER_US },
            prefixes: self.prefixes.unwrap_or(if small { 10_000 } else { 1_000_000 }).max(1),
            mbufs: if small { 16_383 } else { 65_535 },
            ring: if small { 16_384 } else { 65_536 },
            // One router of one worker, and with --scale another one of two.
            workers: if self.scale { 3 } else { 1 },
            // A worker that is held up loses nothing by it.
            channel: self.channel.unwrap_or(clamp((calls_a_turn * 14).next_power_of_two())),
        }
    }
}

impl Sizes {
    /// What `workers` workers get together.
    #[must_use]
    pub fn times(self, workers: u64) -> Sizes {
        Sizes {
            rate: self.rate * workers,
            standing: self.standing * workers,
            calls_a_turn: self.calls_a_turn * workers,
            ..self
        }
    }

    /// Calls that ring or stand at the same time, with a margin for chance.
    pub fn alive(&self) -> u32 {
        let ringing = self.rate * self.ring_us / 1_000_000;
        clamp((ringing + self.standing) * 5 / 4 + self.calls_a_turn * 4)
    }

    /// The tables of the router.
    pub fn capacity(&self) -> Capacity {
        let ringing = self.rate * self.ring_us / 1_000_000;
        let in_turn = self.calls_a_turn * 4;
        let setups = ringing * 5 / 4 + in_turn;
        let lingering = 2 * self.rate * (LINGER_US / 1_000_000);
        Capacity {
            // The router keeps a sixteenth of its transactions back from new calls.
            transactions: clamp((lingering + setups + in_turn) * 5 / 4),
            setups: clamp(setups),
            exchanges: clamp(in_turn * 2),
            calls: self.alive(),
            // 180s and BYEs, INVITEs, nothing, nothing.
            texts: SlabCapacity([clamp(setups + in_turn * 2), clamp(setups), 1_024, 64]),
        }
    }
}

fn clamp(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
