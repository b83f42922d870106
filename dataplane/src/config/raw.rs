//! Owns the shape of the configuration text: which keys exist, of which type, each with its place.
//! Knows no default and no range: those are in `check`.

use serde::Deserialize;
use toml::Spanned;

/// A key that may be left out, with its place in the text.
pub(super) type At<T> = Option<Spanned<T>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Root {
    pub(super) instance: At<String>,
    pub(super) state: At<String>,
    pub(super) link: At<String>,
    pub(super) member: At<i64>,
    pub(super) user: At<String>,
    pub(super) idle: At<String>,
    #[serde(default)]
    pub(super) cores: Cores,
    #[serde(default)]
    pub(super) memory: Memory,
    #[serde(default)]
    pub(super) limits: Limits,
    #[serde(default)]
    pub(super) timers: Timers,
    #[serde(default)]
    pub(super) sip: Sip,
    #[serde(default)]
    pub(super) port: Vec<Spanned<Port>>,
    #[serde(default)]
    pub(super) route: Vec<Spanned<Route>>,
    #[serde(default)]
    pub(super) listener: Vec<Spanned<Listener>>,
    #[serde(default)]
    pub(super) log: Log,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cores {
    pub(super) keeper: At<i64>,
    pub(super) workers: At<Vec<Spanned<i64>>>,
    pub(super) shared: At<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Memory {
    pub(super) huge_pages: At<String>,
    pub(super) mib: At<i64>,
    pub(super) mbufs: At<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) setups: At<i64>,
    pub(super) transactions: At<i64>,
    pub(super) calls: At<i64>,
    pub(super) retained_mib: At<i64>,
    pub(super) cdr_ring_mib: At<i64>,
    pub(super) journal_segments_kept: At<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Timers {
    pub(super) t1_ms: At<i64>,
    pub(super) t2_ms: At<i64>,
    pub(super) t4_ms: At<i64>,
    pub(super) b_ms: At<i64>,
    pub(super) c_ms: At<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sip {
    pub(super) bare_lf: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Port {
    pub(super) name: At<String>,
    pub(super) device: At<String>,
    pub(super) address: At<String>,
    pub(super) mtu: At<i64>,
    pub(super) mac: At<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) to: At<String>,
    pub(super) via: At<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listener {
    pub(super) name: At<String>,
    pub(super) port: At<String>,
    pub(super) address: At<String>,
    pub(super) udp: At<i64>,
    pub(super) unknown_source: At<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    pub(super) level: At<String>,
    pub(super) format: At<String>,
}
