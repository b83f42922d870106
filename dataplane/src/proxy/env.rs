//! Owns what a worker's SIP core reads but never writes: image, keys, listeners, timers.
//! Hot. Replaced as a whole between two bursts, never in the middle of one.

use std::sync::Arc;

use arrayvec::ArrayVec;
use routing::Image;

use crate::dialog::keyring::KeyRing;
use crate::keeper::Pressure;
use crate::net::{Endpoint, ListenerId};

/// Settings of the transaction layer, in milliseconds (RFC 3261 §17, table 4).
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// Round-trip estimate: first retransmit interval.
    pub t1_ms: u32,
    /// Longest retransmit interval of non-INVITE requests and INVITE responses.
    pub t2_ms: u32,
    /// How long a message may stay in the network.
    pub t4_ms: u32,
    /// Timer C: RFC 3261 §16.6 step 11 wants more than three minutes.
    pub c_ms: u32,
    /// 64 × T1: timers B, D, F, H, J, L and M.
    pub give_up_ms: u64,
    /// Longest duration of a call.
    pub max_call_ms: u64,
}

impl Default for Timers {
    fn default() -> Self {
        Timers {
            t1_ms: 500,
            t2_ms: 4000,
            t4_ms: 5000,
            c_ms: 185_000,
            give_up_ms: 32_000,
            max_call_ms: 4 * 3600 * 1000,
        }
    }
}

/// A listener as it is written into messages.
#[derive(Clone, Debug)]
pub struct ListenerText {
    /// Its address and port.
    pub endpoint: Endpoint,
    /// `10.0.0.1:5060`: the sent-by of our Via and the host of our Record-Route.
    pub sent_by: ArrayVec<u8, 24>,
    /// Whether a request from an unknown source gets a 403 instead of silence.
    pub answer_unknown: bool,
}

impl ListenerText {
    /// The text of a listener at `endpoint`.
    #[cold]
    pub fn new(endpoint: Endpoint, answer_unknown: bool) -> Self {
        let text = format!("{}:{}", std::net::Ipv4Addr::from(endpoint.ipv4), endpoint.port);
        ListenerText { endpoint, sent_by: text.bytes().collect(), answer_unknown }
    }
}

/// What a worker's SIP core reads.
pub struct Env {
    /// The plan image in force.
    pub image: Arc<Image>,
    /// Keys of cookies, branches and tables.
    pub keys: KeyRing,
    /// Listeners by id.
    pub listeners: Vec<ListenerText>,
    /// Transaction timers.
    pub timers: Timers,
    /// What the parser accepts.
    pub limits: parser::Limits,
    /// Appliance in a fleet.
    pub member: u8,
    /// Number of workers and key epoch.
    pub layout: u8,
    /// This worker.
    pub core: u8,
    /// This run of the process: branches of another run name no transaction here.
    pub boot: u16,
    /// Set by the keeper when the CDR ring is nearly full: new calls are refused then.
    pub pressure: Pressure,
}

impl Env {
    /// The text of listener `id`.
    #[inline]
    pub fn listener(&self, id: ListenerId) -> Option<&ListenerText> {
        self.listeners.get(usize::from(id.0))
    }

    /// Whether packets from this address may open anything here.
    #[inline]
    pub fn is_known_source(&self, ipv4: u32) -> bool {
        self.image.originator_by_source(ipv4).is_some() || self.image.is_trunk_source(ipv4)
    }

    /// Whether `endpoint` is one of our listeners.
    #[inline]
    pub fn is_ours(&self, endpoint: Endpoint) -> bool {
        self.listeners.iter().any(|listener| listener.endpoint == endpoint)
    }
}
