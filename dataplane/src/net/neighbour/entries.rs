//! Owns the slots of the neighbour table and the hash chains over them.
//! Hot. Refuses to know when a state changes.

use super::waiting::List;
use crate::net::{Mac, PortIndex};

/// The end of a chain.
const NONE: u16 = u16::MAX;

/// Who an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub interface: PortIndex,
    pub ip: u32,
}

/// State of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The slot is not in use.
    Free,
    /// Asked for, no MAC known.
    Incomplete,
    /// Answered; `deadline_ms` is when that gets too old.
    Reachable,
    /// Too old, nothing sent since; `deadline_ms` is when it is forgotten.
    Stale,
    /// Too old and in use: asked for again, its MAC still used.
    Probing,
    /// Did not answer; `deadline_ms` is when that is forgotten.
    Failed,
    /// Entered by configuration.
    Static,
}

/// One neighbour.
#[derive(Debug)]
pub struct Entry {
    pub key: Key,
    pub mac: Mac,
    pub phase: Phase,
    /// Requests made since the last answer.
    pub tries: u8,
    /// Whether the slot stands in the ring of requests; outlives the entry, so that it stands there
    /// once at most, and whoever has the slot by then is the one that is asked for.
    pub is_asked: bool,
    /// Whether anything was ever to be sent to it.
    pub is_used: bool,
    next: u16,
    pub deadline_ms: u64,
    /// Not empty only while [`Phase::Incomplete`].
    pub waiting: List,
}

/// The table.
#[derive(Debug)]
pub struct Entries {
    slots: Box<[Entry]>,
    heads: Box<[u16]>,
    free: u16,
    /// Slots from here on were never in use.
    end: u16,
    /// Where the search for a victim goes on.
    hand: u16,
}

/// Slots that one search for a victim looks at.
const SEARCH: u16 = 64;

impl Entries {
    /// Reserves `capacity` slots, at most 65,534. Called at start.
    pub fn new(capacity: u16) -> Entries {
        let capacity = capacity.min(NONE - 1);
        let slot = |at: u16| Entry {
            key: Key { interface: PortIndex(0), ip: 0 },
            mac: Mac::default(),
            phase: Phase::Free,
            tries: 0,
            is_asked: false,
            is_used: false,
            next: if at + 1 < capacity { at + 1 } else { NONE },
            deadline_ms: u64::MAX,
            waiting: List::EMPTY,
        };
        let heads = (usize::from(capacity) * 2).next_power_of_two().max(2);
        Entries {
            slots: (0..capacity).map(slot).collect(),
            heads: (0..heads).map(|_| NONE).collect(),
            free: if capacity == 0 { NONE } else { 0 },
            end: 0,
            hand: 0,
        }
    }

    /// The slot of `key`.
    #[inline]
    pub fn find(&self, key: Key) -> Option<u16> {
        let mut at = *self.heads.get(self.head_of(key))?;
        while let Some(entry) = self.slots.get(usize::from(at)) {
            if entry.key == key {
                return Some(at);
            }
            at = entry.next;
        }
        None
    }

    /// The entry in a slot.
    #[inline]
    pub fn get_mut(&mut self, at: u16) -> Option<&mut Entry> {
        self.slots.get_mut(usize::from(at))
    }

    /// Every entry in use.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().filter(|entry| entry.phase != Phase::Free)
    }

    /// The slots that were ever in use.
    pub fn range(&self) -> std::ops::Range<u16> {
        0..self.end
    }

    /// Takes a free slot for `key`, which must not be in the table; nothing if there is none.
    pub fn insert(&mut self, key: Key) -> Option<u16> {
        let at = self.free;
        let head_at = self.head_of(key);
        let head = self.heads.get_mut(head_at)?;
        let entry = self.slots.get_mut(usize::from(at))?;
        self.free = entry.next;
        entry.key = key;
        entry.next = *head;
        *head = at;
        self.end = self.end.max(at + 1);
        Some(at)
    }

    /// Frees a slot in which nothing waits.
    pub fn remove(&mut self, at: u16) {
        let Some(entry) = self.slots.get_mut(usize::from(at)) else { return };
        let (key, next) = (entry.key, entry.next);
        entry.phase = Phase::Free;
        entry.is_used = false;
        entry.deadline_ms = u64::MAX;
        entry.next = self.free;
        self.free = at;
        let head_at = self.head_of(key);
        let Some(head) = self.heads.get_mut(head_at) else { return };
        if *head == at {
            *head = next;
            return;
        }
        let mut before = *head;
        while let Some(entry) = self.slots.get_mut(usize::from(before)) {
            if entry.next == at {
                entry.next = next;
                return;
            }
            before = entry.next;
        }
    }

    /// Frees a slot for `key` if some entry can be spared, and takes it.
    ///
    /// Spared can be what failed, what is stale, and what only asked us without our ever sending to
    /// it: a flood of requests from made-up addresses costs nobody a neighbour that is in use.
    pub fn replace(&mut self, key: Key) -> Option<u16> {
        for _ in 0..SEARCH.min(self.end) {
            let at = if self.hand < self.end { self.hand } else { 0 };
            self.hand = at + 1;
            let entry = self.slots.get(usize::from(at))?;
            let is_spare = match entry.phase {
                Phase::Failed | Phase::Stale => true,
                Phase::Reachable => !entry.is_used,
                Phase::Free | Phase::Incomplete | Phase::Probing | Phase::Static => false,
            };
            if is_spare {
                self.remove(at);
                return self.insert(key);
            }
        }
        None
    }

    #[inline]
    fn head_of(&self, key: Key) -> usize {
        // Neighbours of one network differ in their low bits, which the product carries upwards.
        let mixed = (key.ip ^ u32::from(key.interface.0).rotate_right(8)).wrapping_mul(0x9e37_79b1);
        (mixed >> 16) as usize & (self.heads.len() - 1)
    }
}
