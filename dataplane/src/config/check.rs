//! Owns defaults, ranges and cross references of the configuration.
//! Knows nothing of how the text is split into keys: `raw` does that.

mod cores;
mod device;
mod network;

use std::path::PathBuf;

use super::finding::line_of;
use super::raw::{self, At};
use super::{
    Config, Finding, Findings, HugePages, Idle, Limits, LogSettings, Machine, Memory, Sip, Timers,
};
use crate::keeper::log::{Format, Level};

/// Gathers findings while values are read.
struct Checker<'t> {
    text: &'t str,
    findings: Vec<Finding>,
}

/// A range of a number with the unit in which it is told.
struct Range {
    default: u32,
    min: u32,
    max: u32,
    unit: &'static str,
}

impl Checker<'_> {
    fn fault(&mut self, offset: usize, key: &str, cause: String, remedy: String) {
        let line = line_of(self.text, offset);
        self.findings.push(Finding { line, key: key.to_owned(), cause, remedy });
    }

    fn number(&mut self, key: &str, raw: &At<i64>, range: &Range) -> u32 {
        let Some(spanned) = raw else { return range.default };
        let value = *spanned.get_ref();
        match u32::try_from(value) {
            Ok(number) if (range.min..=range.max).contains(&number) => number,
            _ => {
                self.fault(
                    spanned.span().start,
                    key,
                    format!("{value} is out of range"),
                    format!("use {} to {} {}", range.min, range.max, range.unit),
                );
                range.default
            }
        }
    }

    fn choice<T: Copy>(
        &mut self,
        key: &str,
        raw: &At<String>,
        choices: &[(&str, T)],
        default: T,
    ) -> T {
        let Some(spanned) = raw else { return default };
        let found = choices.iter().find(|(name, _)| name == spanned.get_ref());
        if let Some((_, value)) = found {
            return *value;
        }
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        self.fault(
            spanned.span().start,
            key,
            format!("\"{}\" is not known", spanned.get_ref()),
            format!("use {}", names.join(" or ")),
        );
        default
    }

    fn path(&mut self, key: &str, raw: &At<String>, default: &str) -> PathBuf {
        let Some(spanned) = raw else { return PathBuf::from(default) };
        let path = PathBuf::from(spanned.get_ref());
        if !path.is_absolute() {
            self.fault(
                spanned.span().start,
                key,
                format!("\"{}\" is not an absolute path", spanned.get_ref()),
                format!("write the whole path, as in \"{default}\""),
            );
        }
        path
    }
}

/// Reads and checks a whole text.
pub(super) fn check(text: &str, machine: &Machine) -> Result<Config, Findings> {
    let root: raw::Root = toml::from_str(text).map_err(|error| unreadable(text, &error))?;
    let mut checker = Checker { text, findings: Vec::new() };
    let instance = checker.path("instance", &root.instance, "/run/tandem/dataplane");
    let state = checker.path("state", &root.state, "/var/lib/tandem/dataplane");
    if state.starts_with(&instance) {
        let place = root.state.as_ref().or(root.instance.as_ref()).map_or(0, |at| at.span().start);
        let relation = if state == instance { "also" } else { "inside" };
        checker.fault(
            place,
            "state",
            format!("\"{}\" is {relation} the instance directory", state.display()),
            "give the two different directories: one is reaped at start, the other must last"
                .to_owned(),
        );
    }
    let link = checker.path("link", &root.link, "/run/tandem/controlplane/link.sock");
    let range = Range { default: 0, min: 0, max: 255, unit: "as number in the fleet" };
    let member = checker.number("member", &root.member, &range);
    let user = user(&mut checker, &root.user);
    let idle = checker.choice(
        "idle",
        &root.idle,
        &[("spin", Idle::Spin), ("relax", Idle::Relax)],
        Idle::Spin,
    );
    let cores = cores::cores(&mut checker, &root.cores, idle, machine);
    let memory = memory(&mut checker, &root.memory, cores.workers.len());
    let limits = limits(&mut checker, &root.limits);
    let timers = timers(&mut checker, &root.timers);
    let ports = network::ports(&mut checker, &root.port);
    let routes = network::routes(&mut checker, &root.route, &ports);
    let listeners = network::listeners(&mut checker, &root.listener, &ports);
    let log = log(&mut checker, &root.log);
    let mut findings = checker.findings;
    if findings.is_empty() {
        return Ok(Config {
            instance,
            state,
            link,
            member: u8::try_from(member).unwrap_or(u8::MAX),
            user,
            idle,
            cores,
            memory,
            limits,
            timers,
            sip: Sip { bare_lf: root.sip.bare_lf.unwrap_or(false) },
            ports: ports.into_iter().map(|known| known.port).collect(),
            routes,
            listeners,
            log,
        });
    }
    findings.sort_by_key(|finding| finding.line);
    Err(Findings(findings))
}

/// The one fault of a text that cannot be split into keys.
fn unreadable(text: &str, error: &toml::de::Error) -> Findings {
    let offset = error.span().map_or(0, |span| span.start);
    let line = line_of(text, offset);
    let message = error.message().replace('\n', ", ");
    let (key, remedy) = if message.starts_with("unknown field") {
        (text_at(text, error), "correct or remove the key; docs/dataplane-config.md lists them all")
    } else if message.starts_with("duplicate key") {
        (text_at(text, error), "keep one of the two")
    } else if message.starts_with("invalid type") {
        (
            key_before(text, offset),
            "write a value of that type; docs/dataplane-config.md lists them",
        )
    } else {
        (String::new(), "correct the line; strings need quotes, tables need [name] or [[name]]")
    };
    Findings(vec![Finding { line, key, cause: message, remedy: remedy.to_owned() }])
}

fn text_at(text: &str, error: &toml::de::Error) -> String {
    error.span().and_then(|span| text.get(span)).unwrap_or_default().trim_matches('"').to_owned()
}

/// The key on the line of a value.
fn key_before(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.split('=').next().unwrap_or_default().trim().to_owned()
}

fn user(checker: &mut Checker<'_>, raw: &At<String>) -> String {
    let Some(spanned) = raw else { return "nobody".to_owned() };
    let name = spanned.get_ref();
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == ':' || c == '/') {
        checker.fault(
            spanned.span().start,
            "user",
            format!("\"{name}\" is no user name"),
            "name a user of this machine, or \"root\" to keep all privileges".to_owned(),
        );
    }
    name.clone()
}

fn memory(checker: &mut Checker<'_>, raw: &raw::Memory, workers: usize) -> Memory {
    let choices =
        [("auto", HugePages::Auto), ("require", HugePages::Require), ("off", HugePages::Off)];
    let mib = Range { default: 256, min: 64, max: 1 << 20, unit: "MiB" };
    let mbufs = Range { default: 16_383, min: 1_023, max: 4_194_303, unit: "packet buffers" };
    let memory = Memory {
        huge_pages: checker.choice("memory.huge_pages", &raw.huge_pages, &choices, HugePages::Auto),
        mib: checker.number("memory.mib", &raw.mib, &mib),
        mbufs: checker.number("memory.mbufs", &raw.mbufs, &mbufs),
    };
    let least = u64::from(mbufs.min) * workers as u64;
    if u64::from(memory.mbufs) < least {
        let place = raw.mbufs.as_ref().map_or(0, |at| at.span().start);
        checker.fault(
            place,
            "memory.mbufs",
            format!("{} packet buffers are too few for {workers} workers", memory.mbufs),
            format!("each keeps some at hand: use at least {least}"),
        );
    }
    // 2,560 bytes is a buffer with its head: 128 of mbuf, 128 of headroom, 2,176 of room, rounded.
    let needed = (u64::from(memory.mbufs) * 2_560).div_ceil(1 << 20);
    if needed > u64::from(memory.mib) {
        let place = raw.mbufs.as_ref().or(raw.mib.as_ref()).map_or(0, |at| at.span().start);
        checker.fault(
            place,
            "memory.mbufs",
            format!("{} packet buffers need {needed} MiB, and mib is {}", memory.mbufs, memory.mib),
            "raise mib or lower mbufs".to_owned(),
        );
    }
    memory
}

fn limits(checker: &mut Checker<'_>, raw: &raw::Limits) -> Limits {
    let setups = Range { default: 65_536, min: 64, max: 1 << 20, unit: "calls" };
    let transactions = Range { default: 262_144, min: 256, max: 1 << 22, unit: "transactions" };
    let calls = Range { default: 262_144, min: 64, max: 1 << 22, unit: "calls" };
    let retained = Range { default: 128, min: 1, max: 1 << 16, unit: "MiB" };
    let ring = Range { default: 32, min: 1, max: 4_095, unit: "MiB" };
    let kept = Range { default: 2, min: 0, max: 1 << 20, unit: "segments" };
    let told = checker.findings.len();
    let limits = Limits {
        setups: checker.number("limits.setups", &raw.setups, &setups),
        transactions: checker.number("limits.transactions", &raw.transactions, &transactions),
        calls: checker.number("limits.calls", &raw.calls, &calls),
        retained_mib: checker.number("limits.retained_mib", &raw.retained_mib, &retained),
        cdr_ring_mib: checker.number("limits.cdr_ring_mib", &raw.cdr_ring_mib, &ring),
        journal_segments_kept: checker.number(
            "limits.journal_segments_kept",
            &raw.journal_segments_kept,
            &kept,
        ),
    };
    // A number that is out of range was told already, and its default says nothing about the other.
    let both_read = checker.findings.len() == told;
    if both_read && limits.transactions < limits.setups.saturating_mul(2) {
        let place = raw.transactions.as_ref().or(raw.setups.as_ref());
        checker.fault(
            place.map_or(0, |at| at.span().start),
            "limits.transactions",
            format!(
                "{} transactions cannot hold {} calls in set-up",
                limits.transactions, limits.setups
            ),
            format!(
                "a call in set-up has a transaction on each side: use at least {}",
                limits.setups.saturating_mul(2)
            ),
        );
    }
    limits
}

fn timers(checker: &mut Checker<'_>, raw: &raw::Timers) -> Timers {
    let t1 = Range { default: 500, min: 10, max: 10_000, unit: "ms" };
    let t1_ms = checker.number("timers.t1_ms", &raw.t1_ms, &t1);
    let t2 = Range { default: 4_000.max(t1_ms), min: 10, max: 60_000, unit: "ms" };
    let t2_ms = checker.number("timers.t2_ms", &raw.t2_ms, &t2);
    let t4 = Range { default: 5_000, min: 10, max: 60_000, unit: "ms" };
    let t4_ms = checker.number("timers.t4_ms", &raw.t4_ms, &t4);
    // RFC 3261 §17.1.1.2: Timer B is 64·T1 unless told otherwise.
    let b = Range { default: 64 * t1_ms, min: t1_ms, max: 640_000, unit: "ms" };
    let b_ms = checker.number("timers.b_ms", &raw.b_ms, &b);
    // RFC 3261 §16.6 step 11: Timer C is larger than three minutes.
    let c = Range { default: 181_000, min: 180_001, max: 3_600_000, unit: "ms" };
    let c_ms = checker.number("timers.c_ms", &raw.c_ms, &c);
    if t2_ms < t1_ms {
        let place = raw.t2_ms.as_ref().map_or(0, |at| at.span().start);
        checker.fault(
            place,
            "timers.t2_ms",
            format!("T2 of {t2_ms} ms is shorter than T1 of {t1_ms} ms"),
            "T2 caps the intervals that start with T1: raise it".to_owned(),
        );
    }
    Timers { t1_ms, t2_ms, t4_ms, b_ms, c_ms }
}

fn log(checker: &mut Checker<'_>, raw: &raw::Log) -> LogSettings {
    let levels = [
        ("error", Level::Error),
        ("warn", Level::Warn),
        ("info", Level::Info),
        ("debug", Level::Debug),
    ];
    let formats = [("text", Format::Text), ("json", Format::Json)];
    LogSettings {
        level: checker.choice("log.level", &raw.level, &levels, Level::Info),
        format: checker.choice("log.format", &raw.format, &formats, Format::Text),
    }
}
