//! Owns the answer to whose a datagram is: which worker has the call that it belongs to.
//! Hot. Refuses to parse SIP: it looks for three texts, and the owner parses.
//!
//! | message | what names its owner |
//! |---|---|
//! | response | the branch of the top Via, which is ours |
//! | request inside a dialog | the cookie in its top Route, or in its Request-URI |
//! | all others, and all of another layout | the Call-ID, by a keyed hash that nobody outside can aim with |
//!
//! Branch and cookie name a worker only under the layout that they were made in: with as many workers, and the
//! same signing key, from which the hash is keyed too. Under another one they are taken for nothing here, so that
//! INVITE, CANCEL, ACK and BYE of one call meet again, at whichever worker the Call-ID gives.
//!
//! What this says is never trusted, but for a branch that it opened: a forged one does not open, and a forged cookie
//! only chooses who refuses it.

mod scan;
#[cfg(test)]
mod tests;

use simd::Padded;

use crate::dialog::cookie::Place;
use crate::dialog::keyring::{KeyRing, hash_parts};
use crate::proxy::branch::{Branch, Opened};
use scan::{Field, Headers, Name};

/// Most workers of a process: what a layout id has bits for.
pub const MAX_WORKERS: usize = 1 << WORKER_BITS;
const WORKER_BITS: u32 = 5;
const KEY_BITS: u32 = 8 - WORKER_BITS;

/// The domain of the keyed hash of Call-IDs here; those of the SIP core are below 16.
const DOMAIN: u8 = 16;

/// Number of workers and key epoch, as branches and cookies carry them: five bits of workers, less one, and three
/// of the signing key's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout(u8);

impl Layout {
    /// The layout of `workers` (1 to [`MAX_WORKERS`]; clamped) that sign with key `key`.
    pub fn new(workers: usize, key: u8) -> Layout {
        let last = workers.clamp(1, MAX_WORKERS) - 1;
        // Below 32, therefore.
        Layout((last as u8) << KEY_BITS | key & ((1 << KEY_BITS) - 1))
    }

    /// The layout of an id.
    #[inline]
    pub const fn of(id: u8) -> Layout {
        Layout(id)
    }

    /// What branches and cookies carry.
    #[inline]
    pub const fn id(self) -> u8 {
        self.0
    }

    /// How many workers there are.
    #[inline]
    pub const fn workers(self) -> u8 {
        (self.0 >> KEY_BITS) + 1
    }
}

/// What a datagram may claim when there is not room for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It would open something: its sender is better off when it tries again.
    Opens,
    /// It belongs to something that stands.
    Stands,
}

/// Whose a datagram is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Number of the worker.
    pub worker: u8,
    /// What the datagram may claim on the way there.
    pub claim: Claim,
    /// The branch of a response, for whoever parses it here; a response without one of ours has no owner.
    pub opened: Option<Opened>,
    /// Whether it is an ACK.
    pub is_ack: bool,
}

/// What the answer depends on.
#[derive(Clone, Copy)]
pub struct Rule<'r> {
    /// Keys of branches and of the hash.
    pub keys: &'r KeyRing,
    /// The layout in force.
    pub layout: Layout,
    /// This appliance.
    pub member: u8,
}

impl Rule<'_> {
    /// The owner of a datagram; `None` when nothing in it says so, and whoever has it may answer.
    #[inline]
    pub fn owner(&self, datagram: Padded<'_>) -> Option<Owner> {
        let (start, headers) = Headers::of(datagram)?;
        match scan::is_response(start) {
            true => self.of_response(headers),
            false => self.of_request(start, headers),
        }
    }

    fn of_response(&self, headers: Headers<'_>) -> Option<Owner> {
        let (mut call_id, mut asked, mut opened) = (None, false, None);
        for (name, value) in headers {
            match name {
                Name::Via if !asked => {
                    asked = true;
                    // A branch that is not ours belongs to nobody here.
                    let (at, text) = scan::branch(value)?;
                    let (branch, _) = Branch::open(text, self.keys)?;
                    opened = u16::try_from(at).ok().map(|at| Opened { at, branch });
                    if let Some(worker) = self.current(branch.layout, branch.core) {
                        return Some(Owner { worker, claim: Claim::Stands, opened, is_ack: false });
                    }
                }
                Name::CallId => call_id = call_id.or(Some(value.bytes())),
                _ => {}
            }
            if asked && call_id.is_some() {
                break;
            }
        }
        let worker = self.by_call_id(call_id?);
        Some(Owner { worker, claim: Claim::Stands, opened, is_ack: false })
    }

    fn of_request(&self, start: Field<'_>, headers: Headers<'_>) -> Option<Owner> {
        let is_ack = start.bytes().starts_with(b"ACK ");
        let (mut call_id, mut cookie, mut routed) = (None, None, false);
        for (name, value) in headers {
            match name {
                Name::Route if !routed => {
                    routed = true;
                    cookie = scan::route_cookie(value).and_then(Place::claimed);
                    if let Some(worker) = cookie.and_then(|place| self.of_place(place)) {
                        return Some(Owner { worker, claim: Claim::Stands, opened: None, is_ack });
                    }
                }
                Name::CallId => call_id = call_id.or(Some(value.bytes())),
                _ => {}
            }
            if routed && call_id.is_some() {
                break;
            }
        }
        // A strict router has put the Route into the Request-URI (RFC 3261 §16.4).
        cookie = cookie.or_else(|| scan::line_cookie(start).and_then(Place::claimed));
        let worker = match cookie.and_then(|place| self.of_place(place)) {
            Some(worker) => worker,
            None => self.by_call_id(call_id?),
        };
        let ends = [&b"BYE "[..], b"CANCEL "];
        let stands = cookie.is_some()
            || is_ack
            || ends.iter().any(|method| start.bytes().starts_with(method));
        let claim = if stands { Claim::Stands } else { Claim::Opens };
        Some(Owner { worker, claim, opened: None, is_ack })
    }

    #[inline]
    fn of_place(&self, place: Place) -> Option<u8> {
        if place.member != self.member {
            return None;
        }
        self.current(place.layout, place.core)
    }

    /// The worker that a name stands for, if its layout is the one in force.
    #[inline]
    fn current(&self, layout: u8, core: u8) -> Option<u8> {
        (layout == self.layout.id() && core < self.layout.workers()).then_some(core)
    }

    #[inline]
    fn by_call_id(&self, call_id: &[u8]) -> u8 {
        let hash = hash_parts(self.keys, DOMAIN, &[call_id]);
        // The high half times the count, instead of a division; below the count, therefore.
        (((hash >> 32) * u64::from(self.layout.workers())) >> 32) as u8
    }
}
