//! Owns who is on the links: IPv4 → MAC with ageing, and the packets that wait for an answer.
//! Hot. Refuses to know frames. No clock inside: every call that needs the time takes it in
//! milliseconds.
//!
//! An entry starts `Incomplete` when something is to be sent to it, and is asked for up to `tries`
//! times, `retry_ms` apart. An answer makes it `Reachable` and frees what waited; silence makes it
//! `Failed`, gives up what waited, and is remembered for `failed_ms`, so that callers try another
//! way at once. After `reachable_ms` it is `Stale`: the next packet still goes to the known
//! address, and the entry is asked for again, first by unicast (RFC 1122 §2.3.2.1 (2)), then by
//! broadcast.
//!
//! Who may say what: an answer counts only while the entry is asked for or has just failed; a
//! request addressed to us may enter or change its sender; an announcement changes known entries
//! only; static entries change never. ARP has no proof of origin, so a host on the link can still
//! lie about itself in a request; static entries are the remedy.
//!
//! Each worker has a table of its own. What one has learnt by these rules the others take in as it is
//! ([`Neighbours::adopt`]); what it made nothing of may be the answer to another's question, so they
//! are shown the packet itself.

mod asks;
mod entries;
mod report;
mod start;
#[cfg(test)]
mod tests;
mod waiting;

use super::{ArpKind, ArpMessage, BROADCAST, Mac, PortIndex};
use asks::Asks;
use entries::{Entries, Key, Phase};
use waiting::Waiting;

pub use report::{Neighbour, State};
pub use start::{InsertStaticError, Settings};

/// Least time between two passes over the table.
const GRAIN_MS: u64 = 10;

/// What is known of a next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Its MAC address.
    Mac(Mac),
    /// It was asked for; [`Neighbours::park`] the packet.
    Pending,
    /// It does not answer, or the table is full: try another way at once.
    Failed,
}

/// An ARP request to be sent with [`arp::request`](super::arp::request).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Where to ask.
    pub interface: PortIndex,
    /// The address in question.
    pub ip: u32,
    /// Whom to ask: all, or the address known so far.
    pub destination: Mac,
}

/// What [`Neighbours::learn`] made of an ARP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learning {
    /// It was taken in.
    Taken,
    /// It was not asked for, contradicts a static entry, or found no room.
    Ignored,
}

/// The neighbours of all interfaces of one worker, with waiting packets of type `P`.
///
/// Call [`tick`](Self::tick) every few milliseconds, and empty [`next_ask`](Self::next_ask),
/// [`next_ready`](Self::next_ready) and [`next_expired`](Self::next_expired) in every round.
#[derive(Debug)]
pub struct Neighbours<P> {
    settings: Settings,
    entries: Entries,
    asks: Asks,
    waiting: Waiting<P>,
    /// No entry is due before.
    next_due_ms: u64,
}

impl<P> Neighbours<P> {
    /// What is known of `ip` on `interface`; asks for it when that is nothing or too old.
    #[inline]
    pub fn lookup(&mut self, interface: PortIndex, ip: u32, now_ms: u64) -> Resolution {
        self.resolve(Key { interface, ip }, now_ms).map_or(Resolution::Failed, |(_, known)| known)
    }

    /// Keeps `packet` until `ip` answers or fails; asks for it like [`lookup`](Self::lookup).
    ///
    /// Gives back the oldest packet that waited for the same neighbour if that had to make room
    /// (RFC 1122 §2.3.2.2: the latest packet is the one to keep).
    ///
    /// # Errors
    /// The packet itself if the neighbour failed or nothing could make room.
    pub fn park(
        &mut self,
        interface: PortIndex,
        ip: u32,
        packet: P,
        now_ms: u64,
    ) -> Result<Option<P>, P> {
        let Some((at, known)) = self.resolve(Key { interface, ip }, now_ms) else {
            return Err(packet);
        };
        let Some(entry) = self.entries.get_mut(at) else { return Err(packet) };
        let list = &mut entry.waiting;
        match known {
            Resolution::Failed => Err(packet),
            Resolution::Mac(mac) => {
                self.waiting.push(list, packet)?;
                self.waiting.release(list, interface, mac);
                Ok(None)
            }
            Resolution::Pending if self.settings.waiting_each == 0 => Err(packet),
            Resolution::Pending => {
                let is_full = list.len() >= self.settings.waiting_each || self.waiting.is_full();
                let oldest = if is_full { self.waiting.pop(list) } else { None };
                self.waiting.push(list, packet).map(|()| oldest)
            }
        }
    }

    /// Takes in what an ARP packet says of its sender, if it may.
    pub fn learn(&mut self, message: &ArpMessage, now_ms: u64) -> Learning {
        let key = Key { interface: message.interface, ip: message.sender_ip };
        let found = self.entries.find(key);
        let at = match (found, message.kind) {
            (_, ArpKind::Probe) => None,
            (Some(at), _) => Some(at),
            (None, ArpKind::Request) => self.entries.insert(key),
            // RFC 826 merges into entries that exist; what nobody asked for makes none.
            (None, ArpKind::Reply | ArpKind::Gratuitous) => None,
        };
        let Some(at) = at else { return Learning::Ignored };
        let Some(entry) = self.entries.get_mut(at) else { return Learning::Ignored };
        let may_say = match entry.phase {
            Phase::Static => false,
            Phase::Free | Phase::Incomplete | Phase::Probing | Phase::Failed => true,
            Phase::Reachable | Phase::Stale => message.kind != ArpKind::Reply,
        };
        if !may_say {
            return Learning::Ignored;
        }
        self.answered(at, message.sender_mac, now_ms);
        Learning::Taken
    }

    /// Takes in what another worker has learnt of a neighbour by the rules above; enters it where there is room.
    pub fn adopt(&mut self, interface: PortIndex, ip: u32, mac: Mac, now_ms: u64) {
        let key = Key { interface, ip };
        let Some(at) = self.entries.find(key).or_else(|| self.entries.insert(key)) else { return };
        let Some(entry) = self.entries.get_mut(at) else { return };
        if entry.phase != Phase::Static {
            self.answered(at, mac, now_ms);
        }
    }

    /// Enters the MAC address of a neighbour, and frees what waited for it.
    fn answered(&mut self, at: u16, mac: Mac, now_ms: u64) {
        let Some(entry) = self.entries.get_mut(at) else { return };
        entry.mac = mac;
        entry.phase = Phase::Reachable;
        entry.deadline_ms = now_ms.saturating_add(self.settings.reachable_ms);
        self.next_due_ms = self.next_due_ms.min(entry.deadline_ms);
        let interface = entry.key.interface;
        self.waiting.release(&mut entry.waiting, interface, mac);
    }

    /// Moves every entry on to `now_ms`. One comparison when nothing is due.
    #[inline]
    pub fn tick(&mut self, now_ms: u64) {
        if now_ms >= self.next_due_ms {
            self.pass(now_ms);
        }
    }

    /// The next ARP request to send.
    #[inline]
    pub fn next_ask(&mut self) -> Option<Ask> {
        while let Some(at) = self.asks.pop() {
            let entry = self.entries.get_mut(at)?;
            entry.is_asked = false;
            // The answer may have come between.
            let destination = match entry.phase {
                Phase::Probing if entry.tries == 1 => entry.mac,
                Phase::Probing | Phase::Incomplete => BROADCAST,
                _ => continue,
            };
            let Key { interface, ip } = entry.key;
            return Some(Ask { interface, ip, destination });
        }
        None
    }

    /// The next packet whose neighbour answered, with the interface and MAC to send it to.
    #[inline]
    pub fn next_ready(&mut self) -> Option<(PortIndex, Mac, P)> {
        self.waiting.pop_ready()
    }

    /// The next packet whose neighbour did not answer.
    #[inline]
    pub fn next_expired(&mut self) -> Option<P> {
        self.waiting.pop_expired()
    }

    /// Packets in the table's hands: waiting, ready and expired ones.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The slot of `key` and what is known of it; nothing if the table is full.
    #[inline]
    fn resolve(&mut self, key: Key, now_ms: u64) -> Option<(u16, Resolution)> {
        let Some(at) = self.entries.find(key) else { return self.start(key, now_ms) };
        let entry = self.entries.get_mut(at)?;
        entry.is_used = true;
        let is_due = now_ms >= entry.deadline_ms;
        let mac = Resolution::Mac(entry.mac);
        let known = match entry.phase {
            Phase::Static | Phase::Probing => mac,
            Phase::Reachable if !is_due => mac,
            Phase::Reachable | Phase::Stale => {
                self.ask(at, Phase::Probing, now_ms);
                mac
            }
            Phase::Incomplete => Resolution::Pending,
            Phase::Failed if !is_due => Resolution::Failed,
            Phase::Failed | Phase::Free => {
                self.ask(at, Phase::Incomplete, now_ms);
                Resolution::Pending
            }
        };
        Some((at, known))
    }

    fn start(&mut self, key: Key, now_ms: u64) -> Option<(u16, Resolution)> {
        let free = self.entries.insert(key);
        let at = free.or_else(|| self.entries.replace(key))?;
        self.entries.get_mut(at)?.is_used = true;
        self.ask(at, Phase::Incomplete, now_ms);
        Some((at, Resolution::Pending))
    }

    /// Starts asking for an entry.
    fn ask(&mut self, at: u16, phase: Phase, now_ms: u64) {
        if let Some(entry) = self.entries.get_mut(at) {
            entry.phase = phase;
            entry.tries = 0;
        }
        self.ask_again(at, now_ms);
    }

    fn ask_again(&mut self, at: u16, now_ms: u64) {
        let Some(entry) = self.entries.get_mut(at) else { return };
        entry.tries = entry.tries.saturating_add(1);
        entry.deadline_ms = now_ms.saturating_add(self.settings.retry_ms);
        self.next_due_ms = self.next_due_ms.min(entry.deadline_ms);
        if !entry.is_asked {
            entry.is_asked = true;
            self.asks.push(at);
        }
    }

    /// Looks at every entry. Kept apart from [`tick`](Self::tick): runs a few times a second.
    #[cold]
    fn pass(&mut self, now_ms: u64) {
        let mut next_due_ms = u64::MAX;
        for at in self.entries.range() {
            self.age(at, now_ms);
            let deadline_ms = self.entries.get_mut(at).map_or(u64::MAX, |entry| entry.deadline_ms);
            next_due_ms = next_due_ms.min(deadline_ms);
        }
        self.next_due_ms = next_due_ms.max(now_ms.saturating_add(GRAIN_MS));
    }

    fn age(&mut self, at: u16, now_ms: u64) {
        let Some(entry) = self.entries.get_mut(at) else { return };
        if now_ms < entry.deadline_ms {
            return;
        }
        match entry.phase {
            Phase::Free | Phase::Static => {}
            Phase::Reachable => {
                entry.phase = Phase::Stale;
                entry.deadline_ms = now_ms.saturating_add(self.settings.idle_ms);
            }
            Phase::Incomplete | Phase::Probing if entry.tries < self.settings.tries => {
                self.ask_again(at, now_ms);
            }
            Phase::Incomplete | Phase::Probing => {
                entry.phase = Phase::Failed;
                entry.deadline_ms = now_ms.saturating_add(self.settings.failed_ms);
                self.waiting.expire(&mut entry.waiting);
            }
            Phase::Stale | Phase::Failed => self.entries.remove(at),
        }
    }
}
