//! Owns the datagrams that the SIP core is to have next, in the frames that they lie in, and checks their sums.
//! Hot. Knows nothing of where they came from: a NIC, or another worker.
//!
//! What one poll brings from all ports and all other workers is gathered here and given to the SIP core together, so
//! that a worker among many, who keeps few datagrams of each burst, still has enough of them to overlap their cache
//! misses. Every datagram in here ends in one verdict, at [`Batch::settle`] or, after a panic, at [`Batch::abandon`].

use arrayvec::ArrayVec;
use dpdk::{Burst, Mbuf};
use simd::Padded;

use super::BURST;
use super::wire::Wire;
use crate::net::ingress::{self, Extent, RxChecksum};
use crate::net::{Endpoint, ListenerId};
use crate::proxy::branch::Opened;
use crate::proxy::{Datagram, Engine, Now};
use crate::verdict::{Verdict, VerdictCounts};

/// Settled as soon as a burst is in it, it has room for one more.
const ROOM: usize = 2 * BURST;

/// A datagram in its frame, checked up to UDP but for its sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Who sent it.
    pub source: Endpoint,
    /// Where it lies in the frame.
    pub payload: Extent,
    /// The listener that it came to.
    pub listener: ListenerId,
    /// The branch of its top Via, if whose it is was read from that.
    pub opened: Option<Opened>,
}

impl Place {
    /// The datagram's bytes, with what follows them in the buffer; `None` without room for what the parser reads over.
    #[inline]
    pub fn of(self, mbuf: &Mbuf) -> Option<Padded<'_>> {
        let (room, _) = mbuf.padded();
        Padded::new(room.get(self.payload.range().start..)?, self.payload.range().len())
    }
}

/// Datagrams that wait for the SIP core.
pub(super) struct Batch {
    frames: Burst<ROOM>,
    /// Of each frame, in the same order.
    places: ArrayVec<Place, ROOM>,
    /// How many of them have their verdict.
    settled: usize,
}

impl Batch {
    pub const fn new() -> Self {
        Batch { frames: Burst::new(), places: ArrayVec::new_const(), settled: 0 }
    }

    /// Whether it is to be settled before another burst comes.
    #[inline]
    pub fn is_due(&self) -> bool {
        self.places.len() >= BURST
    }

    /// Puts a datagram behind the others; at most a burst of them after it was not due.
    #[inline]
    pub fn push(&mut self, mbuf: Mbuf, place: Place) {
        if self.frames.push(mbuf).is_err() {
            unreachable!("a batch that is due is settled before another burst comes");
        }
        self.places.push(place);
    }

    /// Gives all to the SIP core, counts what became of them, and gives the frames back.
    #[inline]
    pub fn settle(
        &mut self,
        now: Now,
        engine: &mut Engine,
        wire: &mut Wire,
        verdicts: &mut VerdictCounts,
    ) {
        if self.places.is_empty() {
            return;
        }
        let Batch { frames, places, settled } = self;
        let mut tell = |verdict| {
            *settled += 1;
            verdicts.count(verdict);
        };
        let mut datagrams: ArrayVec<Datagram<'_>, ROOM> = ArrayVec::new();
        for (mbuf, place) in frames.iter().zip(places.iter()) {
            let Place { source, listener, opened, .. } = *place;
            // Not where it was received: whoever only looks for its owner leaves the rest of a datagram untouched.
            let checksum = match mbuf.rx_checksum() {
                dpdk::mbuf::RxChecksum::Good => RxChecksum::Good,
                dpdk::mbuf::RxChecksum::Bad => RxChecksum::Bad,
                dpdk::mbuf::RxChecksum::Unknown => RxChecksum::Unknown,
            };
            if !ingress::is_intact(mbuf.data(), place.payload, checksum) {
                tell(Verdict::DropUdpChecksum);
                continue;
            }
            match place.of(mbuf) {
                Some(payload) => datagrams.push(Datagram { listener, source, payload, opened }),
                None => tell(Verdict::DropTooLong),
            }
        }
        engine.receive(now, &datagrams, wire, tell);
        drop(datagrams);
        self.clear();
    }

    /// Counts those without a verdict as lost to a panic, and gives the frames back.
    #[cold]
    pub fn abandon(&mut self, verdicts: &mut VerdictCounts) {
        for _ in self.settled..self.places.len() {
            verdicts.count(Verdict::DropPanic);
        }
        self.clear();
    }

    #[inline]
    fn clear(&mut self) {
        self.frames.clear();
        self.places.clear();
        self.settled = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_panic_left_without_a_verdict_is_counted_and_the_rest_is_not_counted_again() {
        let source = Endpoint { ipv4: 1, port: 2 };
        let payload = Extent { off: 0, len: 0 };
        let place = Place { source, payload, listener: ListenerId(0), opened: None };
        let (mut batch, mut verdicts) = (Batch::new(), VerdictCounts::new());
        batch.places.extend([place; 5]);
        // As settling leaves it when the third of five raises a panic.
        batch.settled = 2;
        batch.abandon(&mut verdicts);
        assert_eq!(verdicts.get(Verdict::DropPanic), 3);
        assert!(batch.places.is_empty() && !batch.is_due());
        batch.abandon(&mut verdicts);
        assert_eq!(verdicts.get(Verdict::DropPanic), 3, "nothing is left of it");
    }
}
