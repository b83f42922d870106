//! Owns the closing table over many records: how many, how they ended, who carried them, how fast.
//! Knows nothing of single records' columns.

use std::collections::BTreeMap;
use std::io::{self, Write};

use hugepages::layout::cdr::Outcome;
use serde::Serialize;

use super::Output;
use super::names::Names;
use super::record::Cdr;
use super::table::millis;

/// Counts over records.
#[derive(Debug, Default)]
pub struct Summary {
    /// Records.
    pub calls: u64,
    /// Of them answered.
    pub answered: u64,
    /// Answered and without an end.
    pub standing: u64,
    /// With attempts on more than one trunk.
    pub failovers: u64,
    /// Refused since the plan had no route.
    pub no_routing: u64,
    /// With a 2xx that came too late.
    pub late_answers: u64,
    /// Ended by a BYE that outlived its process.
    pub orphan_ends: u64,
    /// Ends without a call that stands.
    pub stray_ends: u64,
    outcomes: BTreeMap<&'static str, u64>,
    trunks: BTreeMap<String, TrunkCounts>,
    setup_us: Vec<u32>,
    pdd_us: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct TrunkCounts {
    attempts: u64,
    first: u64,
    answered: u64,
}

/// Three points of a distribution by nearest rank, in µs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    /// Half is not above.
    pub p50: u32,
    /// Nine in ten are not above.
    pub p90: u32,
    /// Ninety-nine in a hundred are not above.
    pub p99: u32,
}

#[derive(Serialize)]
struct Document<'s> {
    calls: u64,
    answered: u64,
    asr: Option<f64>,
    standing: u64,
    failovers: u64,
    no_routing: u64,
    late_answers: u64,
    orphan_ends: u64,
    stray_ends: u64,
    outcomes: &'s BTreeMap<&'static str, u64>,
    trunks: Vec<TrunkLine<'s>>,
    setup_us: Option<Percentiles>,
    pdd_us: Option<Percentiles>,
}

#[derive(Serialize)]
struct TrunkLine<'s> {
    trunk: &'s str,
    first_attempts: u64,
    first_share: Option<f64>,
    attempts: u64,
    answered: u64,
}

impl Summary {
    /// Counts one record.
    pub fn count(&mut self, cdr: &Cdr, names: &Names) {
        self.calls += 1;
        self.answered += u64::from(cdr.answered);
        self.standing += u64::from(cdr.standing());
        self.no_routing += u64::from(cdr.outcome == Some(Outcome::NoRouting));
        self.late_answers += u64::from(!cdr.late.is_empty());
        self.orphan_ends += u64::from(cdr.ending.is_some_and(|ending| ending.orphan));
        *self.outcomes.entry(cdr.outcome_text()).or_default() += 1;
        let first = cdr.attempts.first().map(|attempt| attempt.trunk);
        let changed = cdr.attempts.iter().any(|attempt| Some(attempt.trunk) != first);
        self.failovers += u64::from(changed);
        let last = cdr.attempts.len().saturating_sub(1);
        for (position, attempt) in cdr.attempts.iter().enumerate() {
            let name = names.trunk(attempt.trunk);
            let name = name.map_or_else(|| format!("#{}", attempt.trunk), str::to_owned);
            let counts = self.trunks.entry(name).or_default();
            counts.attempts += 1;
            counts.first += u64::from(position == 0);
            // The answer is the last attempt's: after it nothing more is tried.
            counts.answered += u64::from(cdr.answered && position == last);
        }
        if cdr.answered {
            self.setup_us.push(cdr.final_us);
        }
        self.pdd_us.extend(cdr.pdd_us());
    }

    /// Set-up time of answered calls, from reception to the 2xx upstream.
    pub fn setup(&self) -> Option<Percentiles> {
        percentiles(&self.setup_us)
    }

    /// Post-dial delay.
    pub fn pdd(&self) -> Option<Percentiles> {
        percentiles(&self.pdd_us)
    }

    /// Writes the table, or one JSON document; CSV has no shape for it and gets the table.
    ///
    /// # Errors
    /// `out` takes no more.
    pub fn write(&self, output: Output, out: &mut dyn Write) -> io::Result<()> {
        match output {
            Output::Json => {
                serde_json::to_writer_pretty(&mut *out, &self.document())?;
                out.write_all(b"\n")
            }
            Output::Table | Output::Csv => self.write_table(out),
        }
    }

    fn document(&self) -> Document<'_> {
        let first: u64 = self.trunks.values().map(|counts| counts.first).sum();
        let trunks = self.trunks.iter().map(|(trunk, counts)| TrunkLine {
            trunk,
            first_attempts: counts.first,
            first_share: share(counts.first, first),
            attempts: counts.attempts,
            answered: counts.answered,
        });
        Document {
            calls: self.calls,
            answered: self.answered,
            asr: share(self.answered, self.calls),
            standing: self.standing,
            failovers: self.failovers,
            no_routing: self.no_routing,
            late_answers: self.late_answers,
            orphan_ends: self.orphan_ends,
            stray_ends: self.stray_ends,
            outcomes: &self.outcomes,
            trunks: trunks.collect(),
            setup_us: self.setup(),
            pdd_us: self.pdd(),
        }
    }

    fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "calls                {:>10}", self.calls)?;
        let asr = percent(self.answered, self.calls);
        writeln!(out, "answered             {:>10}   ASR {asr}", self.answered)?;
        writeln!(out, "standing             {:>10}", self.standing)?;
        writeln!(out, "failovers            {:>10}", self.failovers)?;
        writeln!(out, "no routing           {:>10}", self.no_routing)?;
        for (label, value) in [
            ("late answers", self.late_answers),
            ("orphan ends", self.orphan_ends),
            ("stray ends", self.stray_ends),
        ] {
            if value > 0 {
                writeln!(out, "{label:<20} {value:>10}")?;
            }
        }
        writeln!(out)?;
        writeln!(out, "{:<20} {:>10}  {:>7}", "OUTCOME", "CALLS", "SHARE")?;
        for (outcome, count) in &self.outcomes {
            writeln!(out, "{outcome:<20} {count:>10}  {:>7}", percent(*count, self.calls))?;
        }
        writeln!(out)?;
        writeln!(
            out,
            "{:<20} {:>10}  {:>7}  {:>10}  {:>10}",
            "TRUNK", "FIRST", "SHARE", "ATTEMPTS", "ANSWERED"
        )?;
        let first: u64 = self.trunks.values().map(|counts| counts.first).sum();
        for (trunk, counts) in &self.trunks {
            writeln!(
                out,
                "{trunk:<20} {:>10}  {:>7}  {:>10}  {:>10}",
                counts.first,
                percent(counts.first, first),
                counts.attempts,
                counts.answered
            )?;
        }
        writeln!(out)?;
        writeln!(out, "{:<20} {:>10}  {:>10}  {:>10}", "TIME", "P50", "P90", "P99")?;
        for (label, points) in [("set-up", self.setup()), ("post-dial delay", self.pdd())] {
            match points {
                Some(p) => writeln!(
                    out,
                    "{label:<20} {:>10}  {:>10}  {:>10}",
                    millis(p.p50),
                    millis(p.p90),
                    millis(p.p99)
                )?,
                None => writeln!(out, "{label:<20} {:>10}  {:>10}  {:>10}", "-", "-", "-")?,
            }
        }
        Ok(())
    }
}

fn percentiles(values: &[u32]) -> Option<Percentiles> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    // Nearest rank: the smallest value that at least that share of values does not exceed.
    let at = |percent: usize| {
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied()
    };
    Some(Percentiles { p50: at(50)?, p90: at(90)?, p99: at(99)? })
}

/// A share between 0 and 1, rounded to four decimals.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 10_000.0).round() / 10_000.0)
}

fn percent(part: u64, whole: u64) -> String {
    match share(part, whole) {
        Some(share) => format!("{:.1} %", share * 100.0),
        None => "-".to_owned(),
    }
}
