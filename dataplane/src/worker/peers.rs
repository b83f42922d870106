//! Owns what workers hand to each other, and the channels between every two of them.
//! Hot. Knows nothing of why something is another worker's.
//!
//! Each pair has a channel each way, so that each has one sender and one receiver. When one is nearly full, what
//! would only open something new is refused, so that what stands finds room until it is quite full.

use arrayvec::ArrayVec;
use dpdk::Mbuf;
use dpdk::channel::{self, BadCapacity, Receiver, Sender};

use super::BURST;
use crate::net::ingress::Extent;
use crate::net::{ArpMessage, Endpoint, ListenerId, Mac, PortIndex};
use crate::owner::{Claim, MAX_WORKERS};

/// What a channel holds: what arrives at one core in a millisecond at a million packets a second.
pub const CHANNEL_CAPACITY: usize = 1024;

/// One in so many places of a channel is kept for what stands.
const KEPT: usize = 8;

/// News is told while at least one in so many places is free: a storm of ARP packets leaves calls their room.
const TOLD_WHILE_FREE: usize = 2;

/// What one worker hands to another: a packet, at most, and 16 bytes that say what to do.
#[derive(Debug)]
pub enum Handed {
    /// A datagram for the receiver's SIP core, checked up to UDP but for its sum.
    Datagram {
        /// The frame that it lies in.
        mbuf: Mbuf,
        /// Who sent it.
        source: Endpoint,
        /// Where it lies there.
        payload: Extent,
        /// The listener that it came to.
        listener: ListenerId,
    },
    /// A finished frame for a port that the sender has no queue of.
    Frame {
        /// The frame.
        mbuf: Mbuf,
        /// The port.
        port: PortIndex,
    },
    /// An ARP packet that the sender made nothing of.
    Heard(ArpMessage),
    /// A neighbour that the sender has learnt.
    Neighbour {
        /// Its hardware address.
        mac: Mac,
        /// The link that it is on.
        interface: PortIndex,
        /// Its address.
        ip: u32,
    },
}

const _: () = assert!(size_of::<Handed>() == size_of::<Mbuf>() + 16);

/// A worker's place among the others: what it sends by, and what it receives by.
#[derive(Debug)]
pub struct Seat {
    /// To the others.
    pub peers: Peers,
    /// From the others.
    pub inbox: Inbox,
}

/// The sending ends of a worker, by the number of the receiver.
#[derive(Debug, Default)]
pub struct Peers {
    /// Nobody for the worker itself; empty when it is the only one.
    to: ArrayVec<Option<Sender<Handed>>, MAX_WORKERS>,
    /// Bit by receiver: something was pushed and not published.
    unpublished: u32,
    handed_over: u64,
    untold: u64,
}

const _: () = assert!(MAX_WORKERS <= u32::BITS as usize);

/// The receiving ends of a worker, in the order of the senders.
#[derive(Debug, Default)]
pub struct Inbox {
    from: ArrayVec<Receiver<Handed>, MAX_WORKERS>,
}

impl Seat {
    /// The place of a worker that is the only one.
    pub fn alone() -> Seat {
        Seat { peers: Peers::default(), inbox: Inbox::default() }
    }

    /// The places of `workers` workers (at most [`MAX_WORKERS`]), by number. Channels hold `capacity`, a power of
    /// two.
    ///
    /// # Errors
    /// [`BadCapacity`].
    #[cold]
    pub fn for_all(workers: usize, capacity: usize) -> Result<Vec<Seat>, BadCapacity> {
        let mut seats: Vec<Seat> =
            (0..workers.clamp(1, MAX_WORKERS)).map(|_| Seat::alone()).collect();
        if seats.len() == 1 {
            return Ok(seats);
        }
        for sender in 0..seats.len() {
            for receiver in 0..seats.len() {
                let (to, from) = channel::channel(capacity)?;
                let is_own = sender == receiver;
                if let Some(seat) = seats.get_mut(sender) {
                    seat.peers.to.push((!is_own).then_some(to));
                }
                if let Some(seat) = seats.get_mut(receiver).filter(|_| !is_own) {
                    seat.inbox.from.push(from);
                }
            }
        }
        Ok(seats)
    }
}

impl Peers {
    /// Whether this worker is the only one.
    #[inline]
    pub fn is_alone(&self) -> bool {
        self.to.is_empty()
    }

    /// Hands something to worker `to`, which gets it after [`Peers::publish`].
    ///
    /// # Errors
    /// Gives it back when there is no room for what has this claim, or no such worker.
    #[inline]
    pub fn hand(&mut self, to: u8, claim: Claim, handed: Handed) -> Result<(), Handed> {
        let Some(Some(sender)) = self.to.get_mut(usize::from(to)) else { return Err(handed) };
        if claim == Claim::Opens && !sender.has_room(sender.capacity() / KEPT + 1) {
            return Err(handed);
        }
        sender.push(handed)?;
        self.unpublished |= 1 << to;
        self.handed_over += 1;
        Ok(())
    }

    /// Tells all others whose way is half empty: what they do not hear they find out by themselves.
    #[cold]
    pub fn tell(&mut self, news: impl Fn() -> Handed) {
        for to in (0..self.to.len()).filter_map(|to| u8::try_from(to).ok()) {
            let Some(Some(sender)) = self.to.get_mut(usize::from(to)) else { continue };
            let has_room = sender.has_room(sender.capacity() / TOLD_WHILE_FREE + 1);
            if !has_room || self.hand(to, Claim::Opens, news()).is_err() {
                self.untold += 1;
            }
        }
    }

    /// Shows the others what was handed to them.
    #[inline]
    pub fn publish(&mut self) {
        while self.unpublished != 0 {
            let to = self.unpublished.trailing_zeros() as usize;
            self.unpublished &= self.unpublished - 1;
            if let Some(Some(sender)) = self.to.get_mut(to) {
                sender.publish();
            }
        }
    }

    /// What was handed to others so far, of any kind.
    pub fn handed_over(&self) -> u64 {
        self.handed_over
    }

    /// How often another could not be told of a neighbour.
    pub fn untold(&self) -> u64 {
        self.untold
    }
}

impl Inbox {
    /// How many others there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.from.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.from.is_empty()
    }

    /// Takes what the `at`th of the others has handed over, one burst of it at most, and asks for the packets; nothing
    /// behind the last of them.
    #[inline]
    pub fn take(&mut self, at: usize, prefetch: usize) -> ArrayVec<Handed, BURST> {
        let mut taken = ArrayVec::new();
        let Some(from) = self.from.get_mut(at) else { return taken };
        while !taken.is_full() {
            let Some(handed) = from.pop() else { break };
            taken.push(handed);
        }
        if taken.is_empty() {
            return taken;
        }
        from.release();
        for handed in &taken {
            if let Handed::Datagram { mbuf, .. } | Handed::Frame { mbuf, .. } = handed {
                mbuf.prefetch_head();
            }
        }
        for handed in &taken {
            if let Handed::Datagram { mbuf, .. } = handed {
                mbuf.prefetch_data(prefetch);
            }
        }
        taken
    }
}
