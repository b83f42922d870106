//! Owns one mapped range of memory and unmaps it on drop.
//! Knows nothing of what lies in it.

use core::ffi::c_void;
use core::ptr::{self, NonNull};
use std::fs;
#[cfg(not(loom))]
use std::os::fd::BorrowedFd;

use rustix::io::Errno;
use rustix::mm::{self, Advice, MapFlags, ProtFlags};

use super::{MapError, PageKind};

/// A mapped range. All access goes through raw pointers that its owner bounds.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<c_void>,
    len: usize,
}

// SAFETY: the range belongs to this value alone and is not bound to a thread; what may be done with
// its bytes from which thread is decided by the type that wraps it.
unsafe impl Send for Mapping {}
// SAFETY: `&Mapping` gives a pointer and a length only; no method of it touches the bytes.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps at least `bytes` (one page at least) of zeroed private memory and faults it in.
    pub(crate) fn anonymous(bytes: usize, pages: PageKind) -> Result<Mapping, MapError> {
        let len = bytes.max(1).next_multiple_of(pages.bytes());
        let flags = MapFlags::PRIVATE
            | match pages {
                PageKind::Huge => MapFlags::HUGETLB | MapFlags::HUGE_2MB,
                PageKind::Small => MapFlags::empty(),
            };
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: no address is asked for, so the kernel picks a free range and nothing that exists is
        // replaced.
        let start = unsafe { mm::mmap_anonymous(ptr::null_mut(), len, access, flags) }
            .map_err(|errno| refusal(errno, len, pages))?;
        let mapping = Mapping { start: non_null(start, len)?, len };
        mapping.fault_in(pages)?;
        Ok(mapping)
    }

    /// Maps `len` bytes of the file for reading and writing, shared with whoever maps it.
    #[cfg(not(loom))]
    pub(crate) fn shared(file: BorrowedFd<'_>, len: usize) -> Result<Mapping, MapError> {
        Mapping::of_file(file, len, ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED)
    }

    /// Maps `len` bytes of the file for reading.
    #[cfg(not(loom))]
    pub(crate) fn shared_read_only(file: BorrowedFd<'_>, len: usize) -> Result<Mapping, MapError> {
        Mapping::of_file(file, len, ProtFlags::READ, MapFlags::SHARED)
    }

    /// Maps `len` bytes of a file that is sealed against writing.
    ///
    /// Private: kernels before 6.7 count a shared mapping of a descriptor that may write as a writer,
    /// which the seal forbids. Nothing is ever written, so the pages are the file's own, and none are
    /// set aside for copies.
    #[cfg(not(loom))]
    pub(crate) fn sealed(file: BorrowedFd<'_>, len: usize) -> Result<Mapping, MapError> {
        Mapping::of_file(file, len, ProtFlags::READ, MapFlags::PRIVATE | MapFlags::NORESERVE)
    }

    #[cfg(not(loom))]
    fn of_file(
        file: BorrowedFd<'_>,
        len: usize,
        access: ProtFlags,
        sharing: MapFlags,
    ) -> Result<Mapping, MapError> {
        let flags = sharing | MapFlags::POPULATE;
        // SAFETY: no address is asked for, so nothing that exists is replaced.
        let start = unsafe { mm::mmap(ptr::null_mut(), len, access, flags, file, 0) }
            .map_err(|errno| MapError::Unknown { bytes: len, errno })?;
        Ok(Mapping { start: non_null(start, len)?, len })
    }

    /// First byte; aligned to a page.
    pub(crate) fn start(&self) -> NonNull<u8> {
        self.start.cast()
    }

    /// Bytes mapped, a multiple of the page size for anonymous memory.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn fault_in(&self, pages: PageKind) -> Result<(), MapError> {
        // SAFETY: the range is this mapping's own, and populating keeps its content.
        let populated =
            unsafe { mm::madvise(self.start.as_ptr(), self.len, Advice::LinuxPopulateWrite) };
        match populated {
            Ok(()) => Ok(()),
            // Kernels before 5.14 do not know the advice: touch each page instead.
            Err(Errno::INVAL) => {
                self.touch(pages);
                Ok(())
            }
            Err(errno) => Err(refusal(errno, self.len, pages)),
        }
    }

    fn touch(&self, pages: PageKind) {
        for at in (0..self.len).step_by(pages.bytes()) {
            // SAFETY: `at` is below the mapped length.
            let byte = unsafe { self.start().add(at) };
            // SAFETY: the byte is mapped for writing and, before the constructor returns, nobody
            // else's.
            unsafe { byte.write_volatile(0) };
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the range was mapped by this value, which is its only owner, and views of it borrow
        // from that owner.
        let unmapped = unsafe { mm::munmap(self.start.as_ptr(), self.len) };
        debug_assert!(unmapped.is_ok(), "a range that was mapped whole can be unmapped whole");
    }
}

fn non_null(start: *mut c_void, bytes: usize) -> Result<NonNull<c_void>, MapError> {
    // The kernel never places a mapping at address zero unless it is asked to.
    NonNull::new(start).ok_or(MapError::Unknown { bytes, errno: Errno::FAULT })
}

/// Why huge pages for `bytes` were refused.
#[cfg(not(loom))]
pub(crate) fn huge_refusal(errno: Errno, bytes: usize) -> MapError {
    // A file of huge pages says NOSPC where a mapping says NOMEM.
    let errno = if errno == Errno::NOSPC { Errno::NOMEM } else { errno };
    let whole = bytes.checked_next_multiple_of(PageKind::Huge.bytes()).unwrap_or(bytes);
    refusal(errno, whole, PageKind::Huge)
}

fn refusal(errno: Errno, bytes: usize, pages: PageKind) -> MapError {
    match (pages, errno) {
        (PageKind::Huge, Errno::NOMEM | Errno::INVAL | Errno::NODEV | Errno::FAULT) => {
            huge_page_shortage((bytes / pages.bytes()) as u64, errno, bytes)
        }
        (_, Errno::NOMEM | Errno::AGAIN) => MapError::OutOfMemory { bytes },
        (_, errno) => MapError::Unknown { bytes, errno },
    }
}

fn huge_page_shortage(needed: u64, errno: Errno, bytes: usize) -> MapError {
    let (Some(reserved), Some(unused), Some(promised)) =
        (pool_word("nr_hugepages"), pool_word("free_hugepages"), pool_word("resv_hugepages"))
    else {
        return MapError::HugePagesUnsupported { needed };
    };
    let free = unused.saturating_sub(promised);
    let missing = needed.saturating_sub(free);
    if missing == 0 {
        // The pool would do: a control group's limit or the like stands in the way.
        return MapError::Unknown { bytes, errno };
    }
    MapError::HugePagesMissing { needed, free, missing, total: reserved + missing }
}

fn pool_word(name: &str) -> Option<u64> {
    let path = format!("/sys/kernel/mm/hugepages/hugepages-2048kB/{name}");
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Bytes that programs can still take without swapping; `None` if the kernel does not say.
#[cfg(not(loom))]
pub(crate) fn available_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}
