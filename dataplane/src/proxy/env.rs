//! Owns what a worker's SIP core reads but never writes: image, keys, listeners, timers.
//! Hot. Replaced as a whole between two bursts, never in the middle of one.

use std::sync::Arc;

use arrayvec::ArrayVec;
use routing::image::TrunkRef;
use routing::switch::Switched;
use routing::{Image, Switches, TechniqueState};

use crate::dialog::keyring::KeyRing;
use crate::keeper::Pressure;
use crate::keeper::unsettled::Unsettled;
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

/// An image on its way to a worker with the memory that goes with it, and on the way back those of before.
pub struct Issue {
    /// The image.
    pub image: Option<Arc<Image>>,
    /// State of the techniques for it, made where allocating is allowed.
    pub techniques: TechniqueState,
}

impl Issue {
    /// Change sequence of the image; 0 without one.
    pub fn as_of(&self) -> u64 {
        self.image.as_ref().map_or(0, |image| image.version())
    }
}

/// What a worker's SIP core reads.
pub struct Env {
    /// The plan image in force; none until the first one has come.
    pub image: Option<Arc<Image>>,
    /// What was switched since it was made.
    pub switches: Switches,
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
    /// Calls of earlier runs that may be answered or ended once more.
    pub unsettled: Unsettled,
    /// Set by the keeper when the CDR ring is nearly full: new calls are refused then.
    pub pressure: Pressure,
}

impl Env {
    /// The trunk with this stable id, if there is an image and it has one.
    #[inline]
    pub fn trunk(&self, id: u32) -> Option<TrunkRef<'_>> {
        self.image.as_deref()?.trunk(id)
    }

    /// Whether calls may be sent to `trunk` now.
    #[inline]
    pub fn enabled(&self, trunk: &TrunkRef<'_>) -> bool {
        self.switches.enabled(Switched::Trunk(trunk.id()), trunk.enabled())
    }

    /// Whether packets from this address may open anything here.
    #[inline]
    pub fn is_known_source(&self, ipv4: u32) -> bool {
        self.image.as_deref().is_some_and(|image| {
            image.originator_by_source(ipv4).is_some() || image.is_trunk_source(ipv4)
        })
    }

    /// The text of listener `id`.
    #[inline]
    pub fn listener(&self, id: ListenerId) -> Option<&ListenerText> {
        self.listeners.get(usize::from(id.0))
    }

    /// Whether `endpoint` is one of our listeners.
    #[inline]
    pub fn is_ours(&self, endpoint: Endpoint) -> bool {
        self.listeners.iter().any(|listener| listener.endpoint == endpoint)
    }
}
