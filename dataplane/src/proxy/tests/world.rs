//! Owns the core under test between two networks: an outbox that records, a clock that is turned by hand, a plan,
//! fixed keys, and the reader of its CDR events.

use std::sync::Arc;

use hugepages::layout::cdr::{Event, Kind};
use hugepages::memory::PageKind;
use hugepages::ring::{Consumer, channel_in_memory};
use hugepages::tally::Tally;
use parser::write::Overflow;
use routing::{Switches, TechniqueState};
use simd::{Padded, padded};

use super::plan::image;
use super::sip::{self, Sip};
use super::told::{Told, told};
use crate::dialog::keyring::KeyRing;
use crate::keeper::Pressure;
use crate::keeper::unsettled::Unsettled;
use crate::net::{Endpoint, ListenerId};
use crate::owner::{Layout, Rule};
use crate::proxy::outbox::{Outbox, SendError};
use crate::proxy::{Active, Capacity, Datagram, Engine, Env, ListenerText, Now, State, Timers};
use crate::txn::slab::SlabCapacity;
use crate::verdict::Verdict;

/// The listener that faces originators, 10.1.0.1.
pub const ACCESS: ListenerId = ListenerId(0);
/// The listener that faces carriers, 10.2.0.1.
pub const CARRIER: ListenerId = ListenerId(1);
/// A second listener towards originators, 10.1.0.2, which says 403 to strangers.
pub const POLITE: ListenerId = ListenerId(2);

/// The caller of most tests.
pub const CALLER: &str = "10.1.0.10:5062";
/// Gateways of the trunks `one` to `three`; `three` has two.
pub const ONE: &str = "10.2.0.11:5060";
pub const TWO: &str = "10.2.0.12:5060";
pub const THREE: &str = "10.2.0.13:5060";
pub const THREE_B: &str = "10.2.0.14:5070";
/// Gateway of the trunk `near`, on the originators' side.
pub const NEAR: &str = "10.1.0.50:5060";

/// Microseconds since 1970 at the start of a test.
const UTC_US: u64 = 1_700_000_000_000_000;

/// A datagram that left.
#[derive(Clone, Debug)]
pub struct Sent {
    pub from: ListenerId,
    pub to: Endpoint,
    pub bytes: Vec<u8>,
    pub at_ms: u64,
}

impl Sent {
    pub fn sip(&self) -> Sip {
        Sip::read(&self.bytes)
    }
}

/// Records what leaves; refuses what it is told to.
pub struct Net {
    pub sent: Vec<Sent>,
    /// Addresses that nothing can be sent to, and why.
    pub refuses: Vec<(u32, SendError)>,
    /// Raises a panic on the next datagram to this address.
    pub trap: Option<u32>,
    pub now_ms: u64,
}

impl Outbox for Net {
    fn send(
        &mut self,
        from: ListenerId,
        to: Endpoint,
        write: impl FnOnce(&mut [u8]) -> Result<usize, Overflow>,
    ) -> Result<(), SendError> {
        if let Some((_, error)) = self.refuses.iter().find(|(ipv4, _)| *ipv4 == to.ipv4) {
            return Err(*error);
        }
        if self.trap == Some(to.ipv4) {
            self.trap = None;
            panic!("the trap of a test");
        }
        let mut bytes = vec![0; 1472];
        let len = write(&mut bytes).map_err(|_| SendError::TooLong)?;
        bytes.truncate(len);
        assert!(!bytes.is_empty(), "an empty datagram to {to:?}");
        self.sent.push(Sent { from, to, bytes, at_ms: self.now_ms });
        Ok(())
    }

    fn egress(&self, ipv4: u32) -> Option<ListenerId> {
        match ipv4 >> 16 {
            0x0a01 => Some(ACCESS),
            0x0a02 => Some(CARRIER),
            _ => None,
        }
    }
}

/// How a world is made.
#[derive(Clone)]
pub struct Setting {
    pub capacity: Capacity,
    pub timers: Timers,
    pub failover: String,
    pub events: usize,
    pub boot: u16,
    /// Whether the core has an image from the beginning.
    pub planned: bool,
    /// Calls of the run before that may be answered once more.
    pub unsettled: Vec<u64>,
    /// Those that ended in the run before.
    pub ended: Vec<u64>,
    /// Where standing calls are counted.
    pub tally: Option<Arc<Tally>>,
}

impl Default for Setting {
    fn default() -> Self {
        Setting {
            capacity: Capacity {
                transactions: 512,
                setups: 128,
                exchanges: 128,
                calls: 128,
                texts: SlabCapacity([64, 256, 64, 16]),
            },
            timers: Timers::default(),
            failover: String::new(),
            events: 1 << 20,
            boot: 1,
            planned: true,
            unsettled: Vec::new(),
            ended: Vec::new(),
            tally: None,
        }
    }
}

/// A core and its surroundings.
pub struct World {
    pub engine: Engine,
    pub net: Net,
    pub us: u64,
    pub told: Vec<Told>,
    /// Leaves events in the ring.
    pub deaf: bool,
    events: Consumer,
    taken: usize,
}

/// The address of `10.1.0.10:5062`.
pub fn endpoint(text: &str) -> Endpoint {
    let address: std::net::SocketAddrV4 = text.parse().expect("an address and port");
    Endpoint { ipv4: address.ip().to_bits(), port: address.port() }
}

/// The text of an endpoint.
pub fn host(endpoint: Endpoint) -> String {
    format!("{}:{}", std::net::Ipv4Addr::from(endpoint.ipv4), endpoint.port)
}

impl World {
    pub fn new() -> World {
        World::of(&Setting::default())
    }

    /// A world whose plan has these lines in `[plan.failover]`.
    pub fn with_failover(lines: &str) -> World {
        World::of(&Setting { failover: lines.to_owned(), ..Setting::default() })
    }

    pub fn of(setting: &Setting) -> World {
        let (producer, events) = channel_in_memory(setting.events);
        let image = image(&setting.failover);
        let technique = TechniqueState::new(image.cursor_count(), 0, 1);
        let timers = setting.timers;
        let mut state =
            State::new(setting.capacity, &timers, PageKind::Small, technique, producer, 0, 5)
                .expect("small tables");
        if let Some(tally) = &setting.tally {
            state.active = Active::of(Arc::clone(tally));
        }
        let listener = |text, polite| ListenerText::new(endpoint(text), polite);
        let env = Env {
            image: setting.planned.then_some(image),
            switches: Switches::new(),
            keys: KeyRing::new(&[(2, [9; 48])]).expect("one key"),
            listeners: vec![
                listener("10.1.0.1:5060", false),
                listener("10.2.0.1:5060", false),
                listener("10.1.0.2:5060", true),
            ],
            timers,
            limits: parser::Limits::default(),
            member: 0,
            layout: 0,
            core: 0,
            boot: setting.boot,
            unsettled: Unsettled {
                open: setting.unsettled.iter().copied().collect(),
                ended: setting.ended.iter().copied().collect(),
            },
            pressure: Pressure::default(),
        };
        World {
            engine: Engine::new(env, state),
            net: Net { sent: Vec::new(), refuses: Vec::new(), trap: None, now_ms: 0 },
            us: 0,
            told: Vec::new(),
            deaf: false,
            events,
            taken: 0,
        }
    }

    fn now(&self) -> Now {
        Now::new(self.us, UTC_US + self.us)
    }

    /// Gives the core a datagram.
    pub fn deliver(&mut self, listener: ListenerId, source: Endpoint, bytes: &[u8]) -> Verdict {
        self.deliver_all(&[(listener, source, bytes.to_vec())])[0]
    }

    /// Gives the core datagrams that came together; says what became of each.
    pub fn deliver_all(&mut self, datagrams: &[(ListenerId, Endpoint, Vec<u8>)]) -> Vec<Verdict> {
        let buffers: Vec<Vec<u8>> = datagrams.iter().map(|(_, _, bytes)| padded(bytes)).collect();
        let env = self.engine.env();
        let rule = Rule { keys: &env.keys, layout: Layout::of(env.layout), member: env.member };
        let received: Vec<Datagram<'_>> = datagrams
            .iter()
            .zip(&buffers)
            .map(|((listener, source, bytes), buffer)| {
                let payload = Padded::new(buffer, bytes.len()).expect("padding");
                // As a worker among several has it, and as one alone.
                let opened = (bytes.len() % 2 == 0)
                    .then(|| rule.owner(payload).and_then(|owner| owner.opened))
                    .flatten();
                Datagram { listener: *listener, source: *source, payload, opened }
            })
            .collect();
        self.net.now_ms = self.us / 1000;
        let now = self.now();
        let mut verdicts = Vec::new();
        self.engine.receive(now, &received, &mut self.net, |verdict| verdicts.push(verdict));
        self.listen();
        assert_eq!(verdicts.len(), datagrams.len(), "a packet ends in exactly one verdict");
        verdicts
    }

    /// A message from `source` to the listener on its side.
    pub fn from(&mut self, source: &str, message: &Sip) -> Verdict {
        let source = endpoint(source);
        let listener = if source.ipv4 >> 16 == 0x0a02 { CARRIER } else { ACCESS };
        self.deliver(listener, source, &message.bytes())
    }

    /// Lets time pass, tick by tick.
    pub fn pass(&mut self, ms: u64) {
        self.pass_in_steps(ms, 1);
    }

    /// Lets time pass in ticks of `step` ms.
    pub fn pass_in_steps(&mut self, ms: u64, step: u64) {
        let end = self.us + ms * 1000;
        while self.us < end {
            self.us = (self.us + step * 1000).min(end);
            self.net.now_ms = self.us / 1000;
            let now = self.now();
            self.engine.tick(now, &mut self.net);
            self.listen();
        }
    }

    /// Gives up what was being handled, as a worker does after a panic.
    pub fn abandon(&mut self) {
        let now = self.now();
        self.engine.abandon_current(now, &mut self.net);
        self.listen();
    }

    fn listen(&mut self) {
        if self.deaf {
            return;
        }
        while let Some(record) = self.events.peek() {
            let told = told(&Event::decode(record).expect("an event that decodes"));
            self.told.push(told);
            self.events.release();
        }
    }

    /// What left since the last call of this.
    pub fn sent(&mut self) -> Vec<Sent> {
        let fresh = self.net.sent.get(self.taken..).unwrap_or_default().to_vec();
        self.taken = self.net.sent.len();
        fresh
    }

    /// Starts the record of what left anew, after it was cleared.
    pub fn forget_sent(&mut self) {
        self.taken = 0;
    }

    /// What left since the last call, as `kind > destination` words.
    pub fn kinds(&mut self) -> Vec<String> {
        self.sent()
            .iter()
            .map(|sent| format!("{} > {}", sent.sip().kind(), host(sent.to)))
            .collect()
    }

    /// The only message of this kind that left to `to` since the last look.
    pub fn one(&mut self, kind: &str, to: &str) -> Sip {
        let sent = self.sent();
        let found: Vec<Sip> = sent
            .iter()
            .filter(|sent| sent.to == endpoint(to))
            .map(Sent::sip)
            .filter(|message| message.kind() == kind)
            .collect();
        let all: Vec<String> =
            sent.iter().map(|sent| format!("{} > {}", sent.sip().kind(), host(sent.to))).collect();
        assert_eq!(found.len(), 1, "one {kind} to {to} among {all:?}");
        found[0].clone()
    }

    /// When messages of this kind left to `to`, in ms.
    pub fn times(&mut self, kind: &str, to: &str) -> Vec<u64> {
        let of = |sent: &Sent| sent.to == endpoint(to) && sent.sip().kind() == kind;
        self.sent().iter().filter(|sent| of(sent)).map(|sent| sent.at_ms).collect()
    }

    /// The kinds of events told so far.
    pub fn events(&self) -> Vec<Kind> {
        self.told.iter().map(|told| told.kind).collect()
    }

    /// Sends the INVITE of [`sip::invite`] and gives it, as sent and as it arrived at the gateway `at`.
    pub fn invite(&mut self, number: &str, at: &str) -> (Sip, Sip) {
        let invite = sip::invite(number, CALLER, &format!("call-{number}@a"));
        self.from(CALLER, &invite);
        let arrived = self.one("INVITE", at);
        (invite, arrived)
    }

    /// Answers `request` from the gateway `at`.
    pub fn answer(&mut self, at: &str, request: &Sip, status: u16) -> Sip {
        let response = sip::answer(request, status, "Answer", "callee", at);
        self.from(at, &response);
        response
    }

    /// A call over `at` that stands: the legs of caller and callee.
    pub fn call(&mut self, number: &str, at: &str) -> (sip::Leg, sip::Leg) {
        let (invite, arrived) = self.invite(number, at);
        let ok = self.answer(at, &arrived, 200);
        let received = self.one("200 INVITE", CALLER);
        let caller = sip::Leg::of_caller(&invite, &received, CALLER);
        self.from(CALLER, &caller.ack());
        self.one("ACK", at);
        (caller, sip::Leg::of_callee(&arrived, &ok, at))
    }

    /// Asserts that nothing is held any more.
    pub fn assert_empty(&self) {
        let state = self.engine.state();
        let held = [
            ("transactions", state.txns.used()),
            ("keys", state.keys.len()),
            ("setups", state.setups.used()),
            ("branches", state.branches.used()),
            ("exchanges", state.exchanges.used()),
            ("calls", state.calls.used()),
            ("dialogs", state.dialogs.len()),
            ("texts", state.slabs.used()),
        ];
        let left: Vec<_> = held.iter().filter(|(_, count)| *count != 0).collect();
        assert!(left.is_empty(), "still held: {left:?}");
        assert!(state.standing.is_empty() && state.ended.is_empty(), "standing and ended calls");
        assert!(state.wheel.is_empty(), "timers");
        assert!(state.linger.is_empty() && state.confirmed.is_empty(), "linger queues");
        assert_eq!(state.events_lost, 0, "events lost");
    }
}
