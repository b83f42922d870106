//! Owns how much memory a start takes, and whether it comes from huge pages.

use std::fmt::Write;

use hugepages::memory::{HUGE_PAGE, PageKind};

use super::StartError;
use crate::config::{Config, HugePages};
use crate::keeper::log::Log;
use crate::proxy::Capacity;
use crate::txn::slab::{CLASS_BYTES, SlabCapacity};

/// Arrays of a worker that round up to a page each.
const ARRAYS: u64 = 32;

/// The tables of one worker: the limits are the process's, and calls spread evenly over its workers.
pub(super) fn capacity(config: &Config) -> Capacity {
    let limits = &config.limits;
    let workers = u32::try_from(workers(config)).unwrap_or(u32::MAX);
    let retained = (u64::from(limits.retained_mib) << 20) / u64::from(workers);
    // Most requests of carriers fit 1,280 bytes; a class that is full borrows from the next larger one.
    let shares = [30u64, 45, 20, 5];
    let mut texts = [0u32; CLASS_BYTES.len()];
    for ((count, share), bytes) in texts.iter_mut().zip(shares).zip(CLASS_BYTES) {
        *count = u32::try_from(retained * share / 100 / bytes as u64).unwrap_or(u32::MAX);
    }
    Capacity {
        transactions: limits.transactions.div_ceil(workers),
        setups: limits.setups.div_ceil(workers),
        exchanges: limits.setups.div_ceil(workers),
        calls: limits.calls.div_ceil(workers),
        texts: SlabCapacity(texts),
    }
}

fn workers(config: &Config) -> u64 {
    config.cores.workers.len().max(1) as u64
}

/// The tables of all workers together, by name.
fn tables(config: &Config) -> impl Iterator<Item = (&'static str, u64)> {
    let workers = workers(config);
    capacity(config).bytes().into_iter().map(move |(name, bytes)| (name, bytes * workers))
}

fn total_bytes(config: &Config) -> u64 {
    let tables: u64 = tables(config).map(|(_, bytes)| bytes).sum();
    tables + (u64::from(config.memory.mib) << 20)
}

fn pages_needed(config: &Config) -> u64 {
    total_bytes(config).div_ceil(HUGE_PAGE as u64) + ARRAYS * workers(config)
}

/// What `--show-memory` prints.
pub(super) fn table(config: &Config) -> String {
    let mut out = String::new();
    let mut row = |name: &str, bytes: u64| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{name:<18} {:>9.1} MiB", bytes as f64 / f64::from(1 << 20));
    };
    row("packets (DPDK)", u64::from(config.memory.mib) << 20);
    for (name, bytes) in tables(config) {
        row(name, bytes);
    }
    row("total", total_bytes(config));
    row("CDR rings (files)", (u64::from(config.limits.cdr_ring_mib) << 20) * workers(config));
    let _ = writeln!(out, "huge pages of 2 MiB {:>5}", pages_needed(config));
    out
}

/// Which pages to use; says so when huge ones were wanted and are not there.
///
/// # Errors
/// They are required and too few are free.
pub(super) fn pages(config: &Config, log: &Log) -> Result<PageKind, StartError> {
    if config.memory.huge_pages == HugePages::Off {
        return Ok(PageKind::Small);
    }
    let (needed, total, free) =
        (pages_needed(config), count("HugePages_Total:"), count("HugePages_Free:"));
    if free >= needed {
        return Ok(PageKind::Huge);
    }
    let total = total + needed - free;
    if config.memory.huge_pages == HugePages::Require {
        return Err(StartError::TooFewHugePages { needed, free, total });
    }
    log.warn("huge_pages_missing")
        .number("needed", needed)
        .number("free", free)
        .text("remedy", format_args!("sysctl vm.nr_hugepages={total}; going on with small pages"))
        .emit();
    Ok(PageKind::Small)
}

fn count(key: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}
