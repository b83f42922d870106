//! Owns a network of callers and carriers that behave as they are allowed to, and as they should not, at random:
//! a seed decides everything. Datagrams are lost, doubled and late.

use std::collections::{BTreeMap, BTreeSet};

use super::sip::{self, Leg, Sip};
use super::world::{World, endpoint, host};

/// A pseudo-random sequence (SplitMix64, Steele et al. 2014).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ word >> 31) % bound.max(1)
    }

    /// True in `percent` of the cases.
    pub fn hits(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        let at = usize::try_from(self.below(of.len() as u64)).expect("an index");
        of[at]
    }
}

/// What the wire does, in percent.
#[derive(Clone, Copy, Debug)]
pub struct Wire {
    pub lost: u64,
    pub doubled: u64,
    /// Longest delay in ms.
    pub late_ms: u64,
}

/// A message that a peer will send: to whom is always the router.
struct Due {
    from: String,
    message: Sip,
    /// Sends again at doubling intervals until this is in `stopped`.
    repeats: Option<(String, u64)>,
}

/// All peers.
pub struct Peers {
    dice: Dice,
    wire: Wire,
    due: BTreeMap<(u64, u64), Due>,
    order: u64,
    /// Datagrams of the router on their way to a peer.
    arriving: BTreeMap<(u64, u64), (String, Sip)>,
    stopped: BTreeSet<String>,
    invites: BTreeMap<String, Sip>,
    /// Calls that the router refused for want of room.
    pub overloaded: BTreeSet<String>,
    /// INVITEs that a peer's side of the wire has delivered to the router.
    pub delivered: BTreeSet<String>,
    /// Branches that a carrier has answered finally, with the answer.
    answered: BTreeMap<String, Sip>,
    /// Dialogs for which a caller has decided what comes after the ACK.
    planned: BTreeSet<String>,
    /// Dialogs of callees that will send a BYE, by Call-ID and their To.
    legs: BTreeMap<String, (String, Leg)>,
    /// Calls of which some side has received a BYE.
    hung_up: BTreeSet<String>,
}

const NUMBERS: [&str; 6] = ["391", "392", "393", "394", "396", "399"];

impl Peers {
    pub fn new(seed: u64, wire: Wire) -> Peers {
        Peers {
            dice: Dice::new(seed),
            wire,
            due: BTreeMap::new(),
            order: 0,
            arriving: BTreeMap::new(),
            stopped: BTreeSet::new(),
            invites: BTreeMap::new(),
            overloaded: BTreeSet::new(),
            delivered: BTreeSet::new(),
            answered: BTreeMap::new(),
            planned: BTreeSet::new(),
            legs: BTreeMap::new(),
            hung_up: BTreeSet::new(),
        }
    }

    /// Plans `calls` calls that begin within `within_ms`.
    pub fn plan_calls(&mut self, calls: u64, within_ms: u64) {
        for call in 0..calls {
            let caller = format!("10.1.0.10:{}", 6000 + call % 7);
            let id = format!("random-{call}");
            let mut invite =
                sip::invite(&format!("{}{call}", self.dice.pick(&NUMBERS)), &caller, &id);
            match self.dice.below(40) {
                0 => invite = invite.changed("Max-Forwards", "0"),
                1 => invite = invite.with("Proxy-Require", "sec-agree"),
                2 => invite = invite.with("Route", "<sip:192.0.2.1;lr>"),
                3 => invite.start = "INVITE sip:alice@10.1.0.1 SIP/2.0".to_owned(),
                4 => invite.start = "INVITE sip:397@10.1.0.1 SIP/2.0".to_owned(),
                5 => invite.start = "INVITE sip:398@10.1.0.1 SIP/2.0".to_owned(),
                _ => {}
            }
            let at = self.dice.below(within_ms);
            self.repeat(at, &caller, invite.clone(), format!("invite {id}"));
            if self.dice.hits(25) {
                let cancel = at + self.dice.below(12_000);
                self.repeat(cancel, &caller, sip::cancel(&invite), format!("cancel {id}"));
            }
            self.invites.insert(id, invite);
        }
    }

    /// Runs for `ms`.
    pub fn run(&mut self, world: &mut World, ms: u64) {
        let end = world.us / 1000 + ms;
        while world.us / 1000 < end {
            world.pass(1);
            let now = world.us / 1000;
            while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
                let due = entry.remove();
                self.leave(world, due, now);
            }
            self.take_from(world, now);
            while let Some(entry) = self.arriving.first_entry().filter(|entry| entry.key().0 <= now)
            {
                let (to, message) = entry.remove();
                self.arrive(&to, &message, now);
            }
        }
    }

    /// Whether no peer has anything left to do.
    pub fn is_idle(&self) -> bool {
        self.due.is_empty() && self.arriving.is_empty()
    }

    fn next(&mut self, at: u64) -> (u64, u64) {
        self.order += 1;
        (at, self.order)
    }

    fn once(&mut self, at: u64, from: &str, message: Sip) {
        let key = self.next(at);
        self.due.insert(key, Due { from: from.to_owned(), message, repeats: None });
    }

    fn repeat(&mut self, at: u64, from: &str, message: Sip, until: String) {
        let key = self.next(at);
        self.due.insert(key, Due { from: from.to_owned(), message, repeats: Some((until, 500)) });
    }

    fn leave(&mut self, world: &mut World, due: Due, now: u64) {
        if let Some((until, interval)) = due.repeats {
            if self.stopped.contains(&until) || interval > 8_000 {
                return;
            }
            // Who has got a BYE sends none of its own.
            let id = due.message.get("Call-ID");
            if due.message.method() == "BYE" && interval == 500 && self.hung_up.contains(id) {
                return;
            }
            let message = due.message.clone();
            let key = self.next(now + interval);
            let again =
                Due { from: due.from.clone(), message, repeats: Some((until, interval * 2)) };
            self.due.insert(key, again);
        }
        let copies = if self.dice.hits(self.wire.doubled) { 2 } else { 1 };
        for _ in 0..copies {
            if self.dice.hits(self.wire.lost) {
                continue;
            }
            // Delay on this side of the router is in `take_from`: one of the two directions is enough.
            if due.message.kind() == "INVITE" && !due.message.get("To").contains("tag=") {
                self.delivered.insert(due.message.get("Call-ID").to_owned());
            }
            world.from(&due.from, &due.message);
        }
    }

    fn take_from(&mut self, world: &mut World, now: u64) {
        for sent in world.sent() {
            let message = sent.sip();
            if !message.get("Retry-After").is_empty() {
                self.overloaded.insert(message.get("Call-ID").to_owned());
            }
            let copies = if self.dice.hits(self.wire.doubled) { 2 } else { 1 };
            for _ in 0..copies {
                if !self.dice.hits(self.wire.lost) {
                    let at = now + self.dice.below(self.wire.late_ms);
                    let key = self.next(at);
                    self.arriving.insert(key, (host(sent.to), message.clone()));
                }
            }
        }
        world.net.sent.clear();
        world.forget_sent();
    }

    fn arrive(&mut self, to: &str, message: &Sip, now: u64) {
        match (message.status(), message.cseq_method()) {
            (0, "INVITE") if message.get("To").contains("tag=") => self.reinvited(to, message, now),
            (0, "INVITE") => self.invited(to, message, now),
            (0, "ACK") => {
                self.stopped.insert(format!("answer {}", message.get("Call-ID")));
                self.stopped.insert(format!("failure {}", message.branch()));
                // RFC 3261 §15: the callee sends no BYE before it has the ACK.
                let leg = format!("{} {}", message.get("Call-ID"), message.get("To"));
                if let Some((host, mut leg)) = self.legs.remove(&leg) {
                    let at = now + self.dice.below(30_000);
                    self.hang_up(at, &host, &mut leg);
                }
            }
            (0, "CANCEL") => self.cancelled(to, message, now),
            (0, method) => self.requested(to, message, method, now),
            (status, "INVITE") => self.caller_hears(to, message, status, now),
            (status, method) if status >= 200 => {
                let key = format!("{} {}", method.to_lowercase(), message.get("Call-ID"));
                self.stopped.insert(if method == "CANCEL" {
                    key
                } else {
                    format!("{key} {}", message.get("CSeq"))
                });
            }
            _ => {}
        }
    }

    fn invited(&mut self, to: &str, invite: &Sip, now: u64) {
        if self.answered.contains_key(invite.branch()) {
            return;
        }
        let tag = format!("callee-{}", self.dice.below(1_000_000));
        let fate = self.dice.below(14);
        let soon = |dice: &mut Dice, within: u64| now + dice.below(within);
        let say = |status| sip::answer(invite, status, "So", &tag, to);
        let final_at = |dice: &mut Dice| {
            now + 300 + dice.below(if fate.is_multiple_of(2) { 3_000 } else { 20_000 })
        };
        let silent = fate < 2;
        if !silent && fate != 2 {
            let at = soon(&mut self.dice, 50);
            self.once(at, to, say(100));
        }
        if fate > 5 {
            let status = self.dice.pick(&[180, 183, 181, 182, 180]);
            let at = soon(&mut self.dice, 7_000);
            self.once(at, to, say(status));
        }
        let status = match fate {
            0 | 1 | 3 => return,
            4 => self.dice.pick(&[503, 500, 502, 504]),
            5 => self.dice.pick(&[486, 404, 401, 302, 603, 482, 408]),
            6 => self.dice.pick(&[503, 486, 487]),
            _ => 200,
        };
        let at = final_at(&mut self.dice);
        let answer = say(status);
        self.answered.insert(invite.branch().to_owned(), answer.clone());
        let until = match status {
            200 => format!("answer {}", invite.get("Call-ID")),
            _ => format!("failure {}", invite.branch()),
        };
        self.repeat(at, to, answer.clone(), until);
        if status == 200 && self.dice.hits(30) {
            let leg = Leg::of_callee(invite, &answer, to);
            self.legs.insert(format!("{} {}", leg.call_id, leg.local), (to.to_owned(), leg));
        }
        if status == 200 && self.dice.hits(5) {
            // A fork behind the carrier answers as well.
            let fork = sip::answer(invite, 200, "Fork", "fork", to);
            self.once(at + 200, to, fork);
        }
    }

    fn reinvited(&mut self, to: &str, invite: &Sip, now: u64) {
        let status = self.dice.pick(&[200, 200, 491, 100]);
        self.once(now + 20, to, sip::answer(invite, status, "So", "", to));
    }

    fn cancelled(&mut self, to: &str, cancel: &Sip, now: u64) {
        if self.dice.hits(10) {
            return;
        }
        self.once(now + 5, to, sip::answer(cancel, 200, "OK", "cancelled", to));
        let branch = cancel.branch().to_owned();
        let open = !self.answered.contains_key(&branch);
        if open && self.dice.hits(90) {
            let mut gone = sip::answer(cancel, 487, "Gone", "cancelled", to);
            let number = cancel.cseq();
            gone = gone.changed("CSeq", &format!("{number} INVITE"));
            self.answered.insert(branch.clone(), gone.clone());
            self.repeat(now + 10, to, gone, format!("failure {branch}"));
        }
    }

    fn requested(&mut self, to: &str, request: &Sip, method: &str, now: u64) {
        if method == "BYE" {
            self.hung_up.insert(request.get("Call-ID").to_owned());
        }
        let status = match method {
            "BYE" => self.dice.pick(&[200, 200, 200, 200, 200, 481, 401, 0]),
            _ => self.dice.pick(&[200, 500, 0]),
        };
        if status != 0 {
            let at = now + self.dice.below(40);
            self.once(at, to, sip::answer(request, status, "So", "", to));
        }
    }

    fn caller_hears(&mut self, to: &str, response: &Sip, status: u16, now: u64) {
        let id = response.get("Call-ID").to_owned();
        let Some(invite) = self.invites.get(&id).cloned() else { return };
        if response.get("CSeq") != invite.get("CSeq") {
            self.stopped.insert(format!("invite {id} {}", response.get("CSeq")));
            return;
        }
        self.stopped.insert(format!("invite {id}"));
        match status {
            100..=199 => {}
            200..=299 => {
                let mut leg = Leg::of_caller(&invite, response, to);
                self.once(now + 1, to, leg.ack());
                if self.planned.insert(format!("{id} {}", response.get("To"))) {
                    if self.dice.hits(20) {
                        let again = leg.request("INVITE");
                        let until = format!("invite {id} {}", again.get("CSeq"));
                        self.repeat(now + 500, to, again, until);
                    }
                    if self.dice.hits(20) {
                        let update = leg.request("UPDATE");
                        let until = format!("update {id} {}", update.get("CSeq"));
                        self.repeat(now + 700, to, update, until);
                    }
                    if self.dice.hits(80) {
                        let at = now + self.dice.below(30_000);
                        self.hang_up(at, to, &mut leg);
                    }
                }
            }
            _ => {
                self.once(now + 1, to, sip::ack_of_failure(&invite, response));
            }
        }
    }

    fn hang_up(&mut self, at: u64, from: &str, leg: &mut Leg) {
        let bye = leg.request("BYE");
        let until = format!("bye {} {}", leg.call_id, bye.get("CSeq"));
        self.repeat(at, from, bye, until);
        if self.dice.hits(10) {
            // As if nothing had been heard: a second BYE of its own.
            let bye = leg.request("BYE");
            let until = format!("bye {} {}", leg.call_id, bye.get("CSeq"));
            self.repeat(at + 1_500, from, bye, until);
        }
    }
}

/// Addresses of all gateways, for the tests that close one.
pub fn close(world: &mut World, gateway: &str, error: crate::proxy::outbox::SendError) {
    world.net.refuses.push((endpoint(gateway).ipv4, error));
}
