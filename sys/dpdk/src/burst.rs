//! Owns a fixed array of packet buffers: what one poll receives and one call sends. Hot.
//! Refuses to grow: what does not fit is handed back.

use core::fmt;
use core::mem::MaybeUninit;
use core::slice;

use dpdk_sys as sys;

use crate::mbuf::Mbuf;

/// Up to `N` packet buffers, in order. Dropping it gives all of them back to their pools at once.
pub struct Burst<const N: usize> {
    /// The first `len` are initialised, the others are not.
    mbufs: [MaybeUninit<Mbuf>; N],
    /// Never more than `N`.
    len: usize,
}

impl<const N: usize> Burst<N> {
    /// An empty burst.
    #[inline]
    pub const fn new() -> Burst<N> {
        Burst { mbufs: [const { MaybeUninit::uninit() }; N], len: 0 }
    }

    /// How many buffers are in it.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether no more fit.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.len == N
    }

    /// Asks for all buffers and the first `bytes` of each packet to be brought closer, so that their
    /// misses overlap instead of being waited for one by one.
    ///
    /// Prefetching only the first lines of a packet loses to prefetching what will be read: a SIP
    /// parser reads the headers to their end.
    #[inline]
    pub fn prefetch(&self, bytes: usize) {
        for mbuf in self.iter() {
            mbuf.prefetch_head();
        }
        for mbuf in self.iter() {
            mbuf.prefetch_data(bytes);
        }
    }

    /// Puts a buffer behind the others.
    ///
    /// # Errors
    /// Hands the buffer back when the burst is full.
    #[inline]
    pub fn push(&mut self, mbuf: Mbuf) -> Result<(), Mbuf> {
        match self.mbufs.get_mut(self.len) {
            Some(slot) => {
                slot.write(mbuf);
                self.len += 1;
                Ok(())
            }
            None => Err(mbuf),
        }
    }

    /// Takes the buffer at `index` out; the last one takes its place. `None` behind the end.
    #[inline]
    pub fn take(&mut self, index: usize) -> Option<Mbuf> {
        if index >= self.len {
            return None;
        }
        self.len -= 1;
        self.mbufs.swap(index, self.len);
        let slot = self.mbufs.get(self.len)?;
        // SAFETY: the slot was the last initialised one, and `len` no longer counts it.
        Some(unsafe { slot.assume_init_read() })
    }

    /// Takes all buffers out, first to last; those that are not taken go back to their pools.
    #[inline]
    pub fn drain(&mut self) -> Drain<'_, N> {
        let end = self.len;
        // Nothing is counted while the iterator owns the buffers: forgetting it leaks them, but
        // never frees one twice.
        self.len = 0;
        Drain { burst: self, next: 0, end }
    }

    /// Gives all buffers back to their pools.
    #[inline]
    pub fn clear(&mut self) {
        drop(self.drain());
    }

    /// The buffers, first to last.
    #[inline]
    pub fn iter(&self) -> slice::Iter<'_, Mbuf> {
        self.as_slice().iter()
    }

    /// The buffers, first to last.
    #[inline]
    pub fn iter_mut(&mut self) -> slice::IterMut<'_, Mbuf> {
        self.as_mut_slice().iter_mut()
    }

    /// The buffers as a slice.
    #[inline]
    pub fn as_slice(&self) -> &[Mbuf] {
        // SAFETY: the first `len` of the array are initialised, and `MaybeUninit<Mbuf>` has the
        // layout of `Mbuf`.
        unsafe { slice::from_raw_parts(self.mbufs.as_ptr().cast(), self.len) }
    }

    /// The buffers as a slice; their order may be changed.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [Mbuf] {
        // SAFETY: as for `as_slice`, and `self` is borrowed exclusively.
        unsafe { slice::from_raw_parts_mut(self.mbufs.as_mut_ptr().cast(), self.len) }
    }

    /// Lets `fill` write buffers into the free end: it gets the first free place and how many
    /// there are, and returns how many it filled. Returns that number.
    ///
    /// # Safety
    /// - `fill` writes at most that many pointers, from the first place on, and returns how many.
    /// - Each is a live mbuf with a reference count of one, which now belongs to the burst.
    #[inline]
    pub(crate) unsafe fn fill_with(
        &mut self,
        fill: impl FnOnce(*mut *mut sys::rte_mbuf, u16) -> usize,
    ) -> usize {
        let Some(free) = self.mbufs.get_mut(self.len..) else { return 0 };
        let room = u16::try_from(free.len()).unwrap_or(u16::MAX);
        if room == 0 {
            return 0;
        }
        let filled = fill(free.as_mut_ptr().cast(), room);
        debug_assert!(filled <= usize::from(room));
        self.len += filled;
        filled
    }

    /// Lets `send` take buffers from the front: it gets the first and how many there are, and
    /// returns how many it took. What is left moves up, in order. Returns the number taken.
    ///
    /// # Safety
    /// - `send` returns how many pointers, from the first on, it took over for good.
    #[inline]
    pub(crate) unsafe fn send_with(
        &mut self,
        send: impl FnOnce(*mut *mut sys::rte_mbuf, u16) -> usize,
    ) -> usize {
        let count = u16::try_from(self.len).unwrap_or(u16::MAX);
        if count == 0 {
            return 0;
        }
        let taken = send(self.mbufs.as_mut_ptr().cast(), count);
        debug_assert!(taken <= usize::from(count));
        if taken == self.len {
            self.len = 0;
        } else if taken > 0 {
            for (to, from) in (taken..self.len).enumerate() {
                self.mbufs.swap(to, from);
            }
            self.len -= taken;
        }
        taken
    }
}

impl<const N: usize> Default for Burst<N> {
    fn default() -> Burst<N> {
        Burst::new()
    }
}

impl<const N: usize> Drop for Burst<N> {
    #[inline]
    fn drop(&mut self) {
        self.clear();
    }
}

impl<const N: usize> fmt::Debug for Burst<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, const N: usize> IntoIterator for &'a Burst<N> {
    type Item = &'a Mbuf;
    type IntoIter = slice::Iter<'a, Mbuf>;

    #[inline]
    fn into_iter(self) -> slice::Iter<'a, Mbuf> {
        self.iter()
    }
}

impl<'a, const N: usize> IntoIterator for &'a mut Burst<N> {
    type Item = &'a mut Mbuf;
    type IntoIter = slice::IterMut<'a, Mbuf>;

    #[inline]
    fn into_iter(self) -> slice::IterMut<'a, Mbuf> {
        self.iter_mut()
    }
}

/// The buffers of a burst on their way out: made by [`Burst::drain`].
pub struct Drain<'b, const N: usize> {
    burst: &'b mut Burst<N>,
    /// Buffers from here to `end` are initialised and this iterator's.
    next: usize,
    end: usize,
}

impl<const N: usize> Iterator for Drain<'_, N> {
    type Item = Mbuf;

    #[inline]
    fn next(&mut self) -> Option<Mbuf> {
        if self.next >= self.end {
            return None;
        }
        let slot = self.burst.mbufs.get(self.next)?;
        self.next += 1;
        // SAFETY: the slot was initialised and this iterator's, and `next` has moved past it.
        Some(unsafe { slot.assume_init_read() })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end - self.next;
        (left, Some(left))
    }
}

impl<const N: usize> ExactSizeIterator for Drain<'_, N> {}

impl<const N: usize> Drop for Drain<'_, N> {
    #[inline]
    fn drop(&mut self) {
        let Some(rest) = self.burst.mbufs.get_mut(self.next..self.end) else { return };
        if let Ok(count @ 1..) = u32::try_from(rest.len()) {
            // SAFETY: the places are initialised and this iterator's; a `MaybeUninit<Mbuf>` is
            // laid out as a pointer to the mbuf; nobody looks at them again.
            unsafe { sys::rte_pktmbuf_free_bulk(rest.as_mut_ptr().cast(), count) };
        }
    }
}
