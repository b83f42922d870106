//! Owns the prefetch hint.
//! Hot. Refuses to promise anything: a hint may be ignored.

/// Asks the CPU to bring the first cache line of `target` closer. No effect but time.
#[inline]
pub fn prefetch_read<T: ?Sized>(target: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch never faults and changes no memory, and the address is that of a
        // live reference besides; SSE is part of every x86-64 target.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(core::ptr::from_ref(target).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = target;
}

/// Asks the CPU to bring every cache line of `target` closer, so that the misses of a record of several
/// lines overlap. No effect but time.
#[inline]
pub fn prefetch_whole<T>(target: &T) {
    const LINE: usize = 64;
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = core::ptr::from_ref(target).cast::<i8>();
        for at in (0..size_of::<T>()).step_by(LINE) {
            // SAFETY: a prefetch never faults and changes no memory; the address lies inside a live
            // reference besides, and is made without arithmetic that could overflow an allocation.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(at)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = target;
}

#[cfg(test)]
mod tests {
    #[test]
    fn accepts_sized_and_unsized_targets() {
        super::prefetch_read(&7u64);
        super::prefetch_read("text");
        super::prefetch_read::<[u8]>(&[]);
        super::prefetch_whole(&[7u64; 100]);
        super::prefetch_whole(&());
    }
}
