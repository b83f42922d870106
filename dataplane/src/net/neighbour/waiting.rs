//! Owns the packets that wait: one pool of slots, chained into first-in-first-out lists.
//! Hot. Refuses to know why they wait.

use crate::net::{Mac, PortIndex};

/// The end of a list.
const NONE: u16 = u16::MAX;

/// A list of slots of one [`Waiting`] pool, oldest packet first.
#[derive(Debug)]
pub struct List {
    head: u16,
    tail: u16,
    len: u16,
}

impl List {
    /// A list of nothing.
    pub const EMPTY: List = List { head: NONE, tail: NONE, len: 0 };

    /// Packets in the list.
    pub const fn len(&self) -> u16 {
        self.len
    }
}

#[derive(Debug)]
struct Slot<P> {
    packet: Option<P>,
    next: u16,
    interface: PortIndex,
    mac: Mac,
}

/// The pool.
#[derive(Debug)]
pub struct Waiting<P> {
    slots: Box<[Slot<P>]>,
    free: List,
    ready: List,
    expired: List,
}

impl<P> Waiting<P> {
    /// Reserves room for `capacity` packets, at most 65,534. Called at start.
    pub fn new(capacity: u16) -> Waiting<P> {
        let slot =
            |_| Slot { packet: None, next: NONE, interface: PortIndex(0), mac: Mac::default() };
        let mut waiting = Waiting {
            slots: (0..capacity.min(NONE - 1)).map(slot).collect(),
            free: List::EMPTY,
            ready: List::EMPTY,
            expired: List::EMPTY,
        };
        for at in 0..capacity.min(NONE - 1) {
            append(&mut waiting.slots, &mut waiting.free, at);
        }
        waiting
    }

    /// Packets in the pool, those that are ready or expired included.
    pub fn len(&self) -> usize {
        self.slots.len() - usize::from(self.free.len)
    }

    /// Whether no packet can be added.
    pub const fn is_full(&self) -> bool {
        self.free.len == 0
    }

    /// Appends `packet` to `list`.
    ///
    /// # Errors
    /// The packet if the pool is full.
    pub fn push(&mut self, list: &mut List, packet: P) -> Result<(), P> {
        let Some(at) = detach(&mut self.slots, &mut self.free) else { return Err(packet) };
        if let Some(slot) = self.slots.get_mut(usize::from(at)) {
            slot.packet = Some(packet);
        }
        append(&mut self.slots, list, at);
        Ok(())
    }

    /// Takes the oldest packet of `list`.
    pub fn pop(&mut self, list: &mut List) -> Option<P> {
        let at = detach(&mut self.slots, list)?;
        append(&mut self.slots, &mut self.free, at);
        self.slots.get_mut(usize::from(at))?.packet.take()
    }

    /// Makes all of `list` ready to be sent to `mac`.
    pub fn release(&mut self, list: &mut List, interface: PortIndex, mac: Mac) {
        while let Some(at) = detach(&mut self.slots, list) {
            if let Some(slot) = self.slots.get_mut(usize::from(at)) {
                (slot.interface, slot.mac) = (interface, mac);
            }
            append(&mut self.slots, &mut self.ready, at);
        }
    }

    /// Gives all of `list` up.
    pub fn expire(&mut self, list: &mut List) {
        while let Some(at) = detach(&mut self.slots, list) {
            append(&mut self.slots, &mut self.expired, at);
        }
    }

    /// Takes the oldest packet that is ready.
    pub fn pop_ready(&mut self) -> Option<(PortIndex, Mac, P)> {
        let slot = self.slots.get(usize::from(self.ready.head))?;
        let (interface, mac) = (slot.interface, slot.mac);
        let mut ready = std::mem::replace(&mut self.ready, List::EMPTY);
        let packet = self.pop(&mut ready);
        self.ready = ready;
        packet.map(|packet| (interface, mac, packet))
    }

    /// Takes the oldest packet that was given up.
    pub fn pop_expired(&mut self) -> Option<P> {
        let mut expired = std::mem::replace(&mut self.expired, List::EMPTY);
        let packet = self.pop(&mut expired);
        self.expired = expired;
        packet
    }
}

/// Puts a slot that is in no list at the end of `list`.
fn append<P>(slots: &mut [Slot<P>], list: &mut List, at: u16) {
    if let Some(slot) = slots.get_mut(usize::from(at)) {
        slot.next = NONE;
    }
    match slots.get_mut(usize::from(list.tail)) {
        Some(last) => last.next = at,
        None => list.head = at,
    }
    list.tail = at;
    list.len += 1;
}

/// Takes the first slot out of `list`.
fn detach<P>(slots: &mut [Slot<P>], list: &mut List) -> Option<u16> {
    let at = list.head;
    list.head = slots.get(usize::from(at))?.next;
    if list.head == NONE {
        list.tail = NONE;
    }
    list.len -= 1;
    Some(at)
}
