//! Owns both parties of all calls: what each sends and when, and the check of everything that the router sends them.
//! Refuses to know clocks and cores: time is an argument.
//!
//! Messages that are due wait in a queue a kind; from those of one link they leave in random order, weighted by length,
//! so that kinds follow each other as in traffic and not in blocks.

use std::collections::VecDeque;
use std::sync::Arc;

use dataplane::net::ListenerId;

use crate::agenda::Agenda;
use crate::arguments::Sizes;
use crate::fault::{Fault, expect};
use crate::frame::{Links, Spread, peer_of};
use crate::leg::Legs;
use crate::message::{KINDS, Kind, Messages, read, same_routes};
use crate::plan::Random;
use crate::template::{CALLED_LEN, Names, hex};

/// The links, as places in arrays.
const ACCESS: usize = 0;
const CARRIER: usize = 1;
/// All messages of a call were seen.
const COMPLETE: u8 = (1 << KINDS) - 1;

/// Counts of the peers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Messages sent, by kind.
    pub sent: [u64; KINDS],
    /// Messages received, by kind; repeated ones left out.
    pub received: [u64; KINDS],
    /// Messages that came again.
    pub repeated: u64,
    /// Calls that ended with every message seen.
    pub complete: u64,
    /// Calls by carrier.
    pub carriers: [u64; 3],
    /// What no call that goes well brings.
    pub faults: u64,
}

/// Both parties of all calls.
pub struct Generator {
    links: Links,
    messages: Messages,
    numbers: Arc<[[u8; CALLED_LEN]]>,
    legs: Legs,
    agenda: Agenda,
    random: Random,
    ring_us: u64,
    hold_us: u64,
    /// INVITEs to send.
    begin: u64,
    /// What is due, by link.
    queues: [[VecDeque<(u32, Kind)>; 2]; 2],
    counts: Counts,
    first_fault: Option<String>,
}

impl Generator {
    /// A generator of calls to `numbers`.
    pub fn new(links: Links, numbers: Arc<[[u8; CALLED_LEN]]>, sizes: &Sizes) -> Self {
        Generator {
            links,
            messages: Messages::new(),
            numbers,
            legs: Legs::new(sizes.alive()),
            agenda: Agenda::new(),
            random: Random::new(1),
            ring_us: sizes.ring_us,
            hold_us: sizes.hold_us,
            begin: 0,
            queues: Default::default(),
            counts: Counts::default(),
            first_fault: None,
        }
    }

    /// Lets the router learn where the peers are.
    pub fn introduce(&mut self) {
        self.links.introduce();
    }

    /// Wants `count` more calls.
    pub fn begin(&mut self, count: u64) {
        self.begin += count;
    }

    /// Calls that have begun and not ended, or wait to begin.
    pub fn alive(&self) -> u64 {
        self.legs.alive() + self.begin
    }

    /// Calls begun so far.
    pub fn begun(&self) -> u64 {
        self.legs.begun()
    }

    /// The counts so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Bytes of all frames sent.
    pub fn bytes(&self) -> u64 {
        self.links.bytes()
    }

    /// Frames that the router has or had.
    pub fn frames(&self) -> u64 {
        self.links.frames()
    }

    /// Chooses how datagrams come to the router's queues from here on.
    pub fn spread(&mut self, spread: Spread) {
        self.links.spread(spread);
    }

    /// Takes what the router has sent, up to a burst a queue; gives the number of frames.
    pub fn receive(&mut self, now_us: u64) -> usize {
        let Generator { links, legs, agenda, random, queues, counts, first_fault, .. } = self;
        let (ring_us, hold_us) = (self.ring_us, self.hold_us);
        let mut taken = 0;
        // The carriers first: an ACK leaves before the BYE behind it, and must be seen before that one's 200.
        for side in [CARRIER, ACCESS] {
            taken += links.receive(side, |frame| {
                let mut fault = |text: &dyn Fn() -> String| {
                    counts.faults += 1;
                    first_fault.get_or_insert_with(text);
                };
                let (peer, message) = match frame {
                    Ok(datagram) => datagram,
                    Err(verdict) => {
                        return fault(&|| format!("a frame is bad: {}", verdict.meaning()));
                    }
                };
                let shown = || String::from_utf8_lossy(message).into_owned();
                let Some(received) = read(message) else {
                    return fault(&|| {
                        format!("the router sent what belongs to no good call:\n{}", shown())
                    });
                };
                let kind = received.kind;
                if kind.is_request() != (side == CARRIER) {
                    return fault(&|| format!("this came to the wrong side:\n{}", shown()));
                }
                let Some((at, leg)) = legs.find(received.call) else {
                    counts.repeated += 1;
                    return;
                };
                if leg.seen & kind.bit() != 0 {
                    counts.repeated += 1;
                    return;
                }
                leg.seen |= kind.bit();
                if let Some(count) = counts.received.get_mut(kind as usize) {
                    *count += 1;
                }
                match kind {
                    Kind::Invite => {
                        leg.carrier = peer.0.saturating_sub(1);
                        if let Some(count) = counts.carriers.get_mut(usize::from(leg.carrier)) {
                            *count += 1;
                        }
                        if !leg.keep(received.lines) {
                            return fault(&|| {
                                format!("these lines are too long to repeat:\n{}", shown())
                            });
                        }
                        let [_, [answers, _]] = queues;
                        answers.push_back((at, Kind::Trying));
                        answers.push_back((at, Kind::Ringing));
                        agenda.enter(now_us + spread(random, ring_us), at);
                    }
                    Kind::Trying | Kind::Ringing | Kind::Ack => {}
                    Kind::Answer => {
                        if !same_routes(leg.lines(), received.lines) {
                            return fault(&|| {
                                format!("the Record-Routes differ from the INVITE's:\n{}", shown())
                            });
                        }
                        let [[acks, _], _] = queues;
                        acks.push_back((at, Kind::Ack));
                        agenda.enter(now_us + spread(random, hold_us), at);
                    }
                    Kind::Bye => {
                        if !leg.keep(received.lines) {
                            return fault(&|| {
                                format!("these lines are too long to repeat:\n{}", shown())
                            });
                        }
                        let [_, [_, oks]] = queues;
                        oks.push_back((at, Kind::ByeOk));
                    }
                    Kind::ByeOk => {
                        if leg.seen != COMPLETE {
                            let seen = leg.seen;
                            return fault(&|| {
                                format!(
                                    "a call ended with messages missing: {seen:07b}\n{}",
                                    shown()
                                )
                            });
                        }
                        counts.complete += 1;
                        legs.end(at);
                    }
                }
            });
        }
        taken
    }

    /// Sends what is due at `now_us`, as far as the rings take it; gives the number of messages.
    pub fn send(&mut self, now_us: u64) -> u64 {
        let Generator { agenda, legs, queues, .. } = self;
        agenda.take_due(now_us, |at| {
            let answered = legs.get(at).is_some_and(|leg| leg.seen & Kind::Answer.bit() != 0);
            let [[_, byes], [answers, _]] = queues;
            if answered {
                byes.push_back((at, Kind::Bye))
            } else {
                answers.push_back((at, Kind::Answer))
            }
        });
        let sent = self.send_access() + self.send_carrier();
        self.links.flush();
        sent
    }

    fn send_access(&mut self) -> u64 {
        let mut sent = 0;
        loop {
            let [acks, byes] = &mut self.queues[ACCESS];
            let (a, b) = (acks.len() as u64, byes.len() as u64);
            let waiting = a + b + self.begin;
            if waiting == 0 || !self.links.is_ready(ACCESS) {
                return sent;
            }
            let drawn = self.random.below(waiting);
            let due = if drawn < a {
                acks.pop_front()
            } else if drawn < a + b {
                byes.pop_front()
            } else {
                let called = self.random.below(self.numbers.len() as u64) as u32;
                let Some(at) = self.legs.begin(called) else { return sent };
                self.begin -= 1;
                Some((at, Kind::Invite))
            };
            sent += self.message(ACCESS, due);
        }
    }

    fn send_carrier(&mut self) -> u64 {
        let mut sent = 0;
        loop {
            let [answers, oks] = &mut self.queues[CARRIER];
            let (a, b) = (answers.len() as u64, oks.len() as u64);
            if a + b == 0 || !self.links.is_ready(CARRIER) {
                return sent;
            }
            let due =
                if self.random.below(a + b) < a { answers.pop_front() } else { oks.pop_front() };
            sent += self.message(CARRIER, due);
        }
    }

    #[inline]
    fn message(&mut self, side: usize, due: Option<(u32, Kind)>) -> u64 {
        let Generator { links, messages, numbers, legs, counts, .. } = self;
        let Some((at, kind)) = due else { return 0 };
        let Some(leg) = legs.get(at) else { return 0 };
        let names = Names {
            call: hex(leg.call),
            called: numbers.get(leg.called as usize).copied().unwrap_or_default(),
            carrier: [b'1', b'1' + leg.carrier],
        };
        let from = if side == ACCESS { ListenerId(0) } else { peer_of(leg.carrier) };
        if !links.send(side, from, |out| messages.write(kind, &names, leg.lines(), out)) {
            counts.faults += 1;
            self.first_fault
                .get_or_insert_with(|| format!("a {} does not fit a frame", kind.text()));
            return 0;
        }
        if let Some(count) = counts.sent.get_mut(kind as usize) {
            *count += 1;
        }
        1
    }

    /// Fails unless nothing went wrong so far.
    ///
    /// # Errors
    /// The first thing that did.
    pub fn check(&self) -> Result<(), Fault> {
        match &self.first_fault {
            Some(text) => {
                Err(Fault::Traffic(format!("{} faults, the first: {text}", self.counts.faults)))
            }
            None => Ok(()),
        }
    }

    /// Fails unless every call had each message once in and once out.
    ///
    /// # Errors
    /// The first count that is off.
    pub fn check_complete(&self) -> Result<(), Fault> {
        self.check()?;
        let calls = self.begun();
        expect("calls complete", self.counts.complete, calls)?;
        for (kind, (sent, received)) in
            Kind::ALL.iter().zip(self.counts.sent.iter().zip(self.counts.received))
        {
            expect(format!("{} sent", kind.text()), *sent, calls)?;
            expect(format!("{} received", kind.text()), received, calls)?;
        }
        Ok(())
    }
}

/// A time between half and one and a half of `mean`, so that calls do not end in the order in which they began.
fn spread(random: &mut Random, mean: u64) -> u64 {
    mean / 2 + random.below(mean + 1)
}
