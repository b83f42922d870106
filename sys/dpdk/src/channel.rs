//! Owns the channel by which one thread hands values to one other: a ring of fixed capacity. Hot.
//! Refuses to wait, to grow and to be shared: what does not fit is handed back.
//!
//! A packet buffer moves through it like any value, so that it has one owner at every moment, and what
//! nobody took is dropped with the channel.
//!
//! Both sides work in batches: [`Sender::push`] fills places that the receiver sees after
//! [`Sender::publish`], and [`Receiver::pop`] empties places that the sender may use again after
//! [`Receiver::release`]. Each side keeps the number that it writes in a field of its own and looks at
//! the other's only when its last look does not do: at a burst a batch, the two shared lines cross
//! between the cores twice a batch and not twice a value.
//!
//! `RUSTFLAGS="--cfg loom" cargo test -p dpdk --lib loom_` runs it under loom, which sees both numbers
//! and every place. It cannot see what is weaker than the C11 model, nor what a value points to.

#[cfg(all(test, loom))]
mod loom_tests;
mod sync;
#[cfg(all(test, not(loom)))]
mod tests;

use core::mem::MaybeUninit;

use sync::{Arc, AtomicUsize, Ordering, UnsafeCell};

/// A capacity that is no power of two, or none at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a channel cannot hold {0} values: its capacity is a power of two")]
pub struct BadCapacity(pub usize);

/// Makes a channel that holds `capacity` values, a power of two.
///
/// # Errors
/// [`BadCapacity`].
pub fn channel<T: Send>(capacity: usize) -> Result<(Sender<T>, Receiver<T>), BadCapacity> {
    // Half of the numbers are left for the distance of the two to be told from its negative.
    if !capacity.is_power_of_two() || capacity > usize::MAX / 2 {
        return Err(BadCapacity(capacity));
    }
    let places = (0..capacity).map(|_| UnsafeCell::new(MaybeUninit::uninit())).collect();
    let shared = Arc::new(Shared {
        places,
        tail: OwnLine(AtomicUsize::new(0)),
        head: OwnLine(AtomicUsize::new(0)),
    });
    let sender = Sender { shared: Arc::clone(&shared), tail: 0, head: 0 };
    Ok((sender, Receiver { shared, head: 0, tail: 0 }))
}

/// Keeps the two numbers apart: processors fetch lines in pairs.
#[repr(align(128))]
struct OwnLine<T>(T);

struct Shared<T> {
    /// A power of two of them; those from `head` to `tail`, counted round, hold a value.
    places: Box<[UnsafeCell<MaybeUninit<T>>]>,
    /// Values ever published. Writer: sender (Release); reader: receiver (Acquire).
    tail: OwnLine<AtomicUsize>,
    /// Values ever released. Writer: receiver (Release); reader: sender (Acquire).
    head: OwnLine<AtomicUsize>,
}

// SAFETY: a place belongs to the sender while it is not published and to the receiver until it is
// released, each told by a Release store that the other side reads with Acquire; the values cross
// threads, which is why they are `Send`.
unsafe impl<T: Send> Sync for Shared<T> {}
// SAFETY: as for `Sync`.
unsafe impl<T: Send> Send for Shared<T> {}

impl<T> Shared<T> {
    #[inline]
    fn place(&self, number: usize) -> Option<&UnsafeCell<MaybeUninit<T>>> {
        self.places.get(number & (self.places.len() - 1))
    }

    /// Takes the value of a place out.
    ///
    /// # Safety
    /// - The place holds a value, and it is the caller's: nobody else touches it meanwhile, and nobody
    ///   takes it again.
    #[inline]
    unsafe fn take(&self, number: usize) -> Option<T> {
        // SAFETY: the place holds a value that the caller owns, as demanded.
        self.place(number).map(|place| place.with(|value| unsafe { value.cast::<T>().read() }))
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // Both sides have said their last numbers when they were dropped.
        let (mut head, tail) =
            (self.head.0.load(Ordering::Acquire), self.tail.0.load(Ordering::Acquire));
        while head != tail {
            // SAFETY: places from head to tail hold values, and neither side is left.
            drop(unsafe { self.take(head) });
            head = head.wrapping_add(1);
        }
    }
}

/// The side that hands over. One thread at a time has it.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
    /// The number of the next value.
    tail: usize,
    /// The receiver's number when it was last looked at.
    head: usize,
}

impl<T: Send> Sender<T> {
    /// How many values the channel holds.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.shared.places.len()
    }

    /// Whether at least `count` more values fit.
    #[inline]
    pub fn has_room(&mut self, count: usize) -> bool {
        if self.capacity() - self.tail.wrapping_sub(self.head) >= count {
            return true;
        }
        self.head = self.shared.head.0.load(Ordering::Acquire);
        self.capacity() - self.tail.wrapping_sub(self.head) >= count
    }

    /// Puts a value behind the others; the receiver gets it after [`Sender::publish`].
    ///
    /// # Errors
    /// Hands the value back when the channel is full.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), T> {
        if !self.has_room(1) {
            return Err(value);
        }
        let Some(place) = self.shared.place(self.tail) else { return Err(value) };
        // SAFETY: the place is free (`has_room`), so that the receiver does not touch it, and this is
        // the only sender (`&mut`).
        place.with_mut(|place| unsafe { (*place).write(value) });
        self.tail = self.tail.wrapping_add(1);
        Ok(())
    }

    /// Shows the receiver everything that was pushed.
    #[inline]
    pub fn publish(&mut self) {
        self.shared.tail.0.store(self.tail, Ordering::Release);
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.tail.0.store(self.tail, Ordering::Release);
    }
}

/// The side that takes. One thread at a time has it.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    /// The number of the next value.
    head: usize,
    /// The sender's number when it was last looked at.
    tail: usize,
}

impl<T: Send> Receiver<T> {
    /// The oldest value that was published and not taken.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.head == self.tail {
            self.tail = self.shared.tail.0.load(Ordering::Acquire);
            if self.head == self.tail {
                return None;
            }
        }
        // SAFETY: the place was published and not taken: it holds a value, and this is the only
        // receiver (`&mut`), which moves past it below.
        let value = unsafe { self.shared.take(self.head) };
        self.head = self.head.wrapping_add(1);
        value
    }

    /// Gives the places of everything that was taken back to the sender.
    #[inline]
    pub fn release(&mut self) {
        self.shared.head.0.store(self.head, Ordering::Release);
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.head.0.store(self.head, Ordering::Release);
    }
}

impl<T> core::fmt::Debug for Sender<T> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Sender").field("sent", &self.tail).finish_non_exhaustive()
    }
}

impl<T> core::fmt::Debug for Receiver<T> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Receiver").field("taken", &self.head).finish_non_exhaustive()
    }
}
