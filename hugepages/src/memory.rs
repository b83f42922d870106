//! Owns fixed arrays on their own anonymous mapping, and the page kinds that back them.
//! Knows nothing of what the elements mean.
//!
//! All memory of the data plane is reserved at start. A shortage must show there and then, not as a
//! signal in the middle of a call: huge pages are counted by the kernel when they are mapped, and all
//! pages are faulted in before [`HugeArray::new`] returns.

mod mapping;
#[cfg(test)]
mod tests;

use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use core::slice;

use rustix::io::Errno;
use zerocopy::FromZeros;

pub(crate) use mapping::Mapping;
#[cfg(not(loom))]
pub(crate) use mapping::{available_bytes, huge_refusal};

/// Bytes of a huge page.
pub const HUGE_PAGE: usize = 2 << 20;
/// Bytes of a small page.
pub const SMALL_PAGE: usize = 4 << 10;

/// What backs a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// Reserved pages of 2 MiB (`vm.nr_hugepages`).
    Huge,
    /// Ordinary pages of 4 KiB, for machines without reserved ones.
    Small,
}

impl PageKind {
    /// Bytes of one page.
    pub const fn bytes(self) -> usize {
        match self {
            PageKind::Huge => HUGE_PAGE,
            PageKind::Small => SMALL_PAGE,
        }
    }
}

/// Which NUMA node the pages come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Node {
    /// The node of the calling thread: pages are faulted in by it, and the kernel takes them from
    /// where it runs. A worker's tables are therefore made on the worker's core.
    #[default]
    OfCaller,
}

/// Why memory could not be reserved.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// The kernel has fewer free huge pages than asked for.
    #[error(
        "cannot reserve {needed} huge pages of 2 MiB: {free} are free, {missing} are missing; \
         reserve them with `sysctl vm.nr_hugepages={total}` or run without huge pages"
    )]
    HugePagesMissing {
        /// Pages that the mapping takes.
        needed: u64,
        /// Pages that nobody uses or has been promised.
        free: u64,
        /// `needed - free`.
        missing: u64,
        /// The value of `vm.nr_hugepages` that would be enough.
        total: u64,
    },
    /// The kernel knows no huge pages of 2 MiB.
    #[error(
        "cannot reserve {needed} huge pages of 2 MiB: this kernel has none; run without huge pages"
    )]
    HugePagesUnsupported {
        /// Pages that the mapping takes.
        needed: u64,
    },
    /// The size of the array exceeds the address space.
    #[error(
        "an array of {len} elements of {size} bytes exceeds the address space; lower the limit it is made for"
    )]
    TooLarge {
        /// Elements asked for.
        len: usize,
        /// Bytes of one.
        size: usize,
    },
    /// The element wants a stricter alignment than a page has.
    #[error("elements aligned to {align} bytes do not fit pages of {page} bytes")]
    Alignment {
        /// Alignment of the element.
        align: usize,
        /// Bytes of a page.
        page: usize,
    },
    /// The machine has not enough memory.
    #[error("cannot reserve {bytes} bytes: out of memory; lower the limits or add memory")]
    OutOfMemory {
        /// Bytes asked for.
        bytes: usize,
    },
    /// Any other refusal of the kernel.
    #[error("cannot reserve {bytes} bytes: {errno}")]
    Unknown {
        /// Bytes asked for.
        bytes: usize,
        /// What the kernel said.
        errno: Errno,
    },
}

/// An array of fixed length on pages of its own, zeroed and faulted in.
///
/// Elements are valid as all-zero bytes, which [`FromZeros`] promises.
pub struct HugeArray<T: FromZeros> {
    mapping: Mapping,
    len: usize,
    owns: PhantomData<T>,
}

impl<T: FromZeros> HugeArray<T> {
    /// Reserves `len` zeroed elements on pages of the calling thread's NUMA node.
    ///
    /// # Errors
    ///
    /// [`MapError`]: the pages are not there; nothing stays reserved.
    pub fn new(len: usize, pages: PageKind) -> Result<Self, MapError> {
        Self::new_on(len, pages, Node::OfCaller)
    }

    /// Reserves `len` zeroed elements on pages of `node`.
    ///
    /// # Errors
    ///
    /// As [`HugeArray::new`].
    pub fn new_on(len: usize, pages: PageKind, node: Node) -> Result<Self, MapError> {
        if align_of::<T>() > pages.bytes() {
            return Err(MapError::Alignment { align: align_of::<T>(), page: pages.bytes() });
        }
        let too_large = MapError::TooLarge { len, size: size_of::<T>() };
        let Some(bytes) = len.checked_mul(size_of::<T>()) else { return Err(too_large) };
        // A slice may not span more than isize::MAX bytes, rounding to pages included.
        if bytes > isize::MAX as usize - HUGE_PAGE {
            return Err(too_large);
        }
        let Node::OfCaller = node;
        let mapping = Mapping::anonymous(bytes, pages)?;
        Ok(HugeArray { mapping, len, owns: PhantomData })
    }

    /// Bytes that the array takes from the machine, page rounding included.
    pub fn mapped_bytes(&self) -> usize {
        self.mapping.len()
    }

    fn first(&self) -> NonNull<T> {
        self.mapping.start().cast()
    }
}

impl<T: FromZeros> Deref for HugeArray<T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `new_on` mapped at least len * size_of::<T>() bytes, page aligned and so aligned
        // for T, zeroed and so valid T by FromZeros; the mapping lives as long as self and only
        // self's borrows reach it.
        unsafe { slice::from_raw_parts(self.first().as_ptr(), self.len) }
    }
}

impl<T: FromZeros> DerefMut for HugeArray<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`; `&mut self` makes the borrow the only one.
        unsafe { slice::from_raw_parts_mut(self.first().as_ptr(), self.len) }
    }
}

impl<T: FromZeros> Drop for HugeArray<T> {
    fn drop(&mut self) {
        let elements: *mut [T] = &mut **self;
        // SAFETY: the elements are initialised, nobody borrows them any more, and they are not
        // touched again: the mapping, which is dropped next, has no view of T.
        unsafe { elements.drop_in_place() }
    }
}

impl<T: FromZeros + core::fmt::Debug> core::fmt::Debug for HugeArray<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("HugeArray").field("len", &self.len).field("mapping", &self.mapping).finish()
    }
}
