//! Owns the count of what a thread asks the heap for, so that a bench can say that a piece of work asked for nothing.
//! Refuses to know the work. The one file of the benches with unsafe code.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    // Constant and without destructor: reading it never allocates, not even in a thread's last moments.
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator with a counter in front, to be made the `#[global_allocator]`.
pub struct CountingAllocator;

/// How often this thread has allocated, grown or freed since it began.
#[inline]
pub fn heap_calls() -> u64 {
    CALLS.get()
}

#[inline]
fn count() {
    CALLS.set(CALLS.get() + 1);
}

// SAFETY: every method passes its arguments to the system's allocator unchanged and gives back what that gives.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`, which is the same one.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as for `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: `memory` came from this allocator, and so from the system's, with this layout.
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count();
        // SAFETY: as for `realloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}
