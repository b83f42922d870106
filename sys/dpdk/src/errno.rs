//! Owns DPDK's error numbers and their text.
//! Refuses to judge: which operation failed, and what to do, is said by each operation's error.

use core::ffi::{CStr, c_char};
use core::fmt;

use dpdk_sys as sys;

/// An error number of the system or of DPDK, always positive. Prints as DPDK's text for it; but
/// number 1 is also what many drivers say when they give no reason, and prints as both.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(i32);

impl Errno {
    /// Operation not permitted, or a driver's -1.
    pub const FAILED: Errno = Errno(1);
    /// Bad address.
    pub const BAD_ADDRESS: Errno = Errno(14);
    /// No such device.
    pub const NO_DEVICE: Errno = Errno(19);
    /// Operation not supported.
    pub const NOT_SUPPORTED: Errno = Errno(95);
    /// Out of memory.
    pub const NO_MEMORY: Errno = Errno(12);
    /// Permission denied.
    pub const ACCESS: Errno = Errno(13);

    /// The error of a call that returned this negative number.
    pub(crate) fn returned(code: i32) -> Errno {
        Errno(code.saturating_abs())
    }

    /// The error that the last failed call left for this thread.
    pub(crate) fn last() -> Errno {
        // SAFETY: reads a variable of this thread; needs no EAL.
        Errno(unsafe { sys::sx_errno() }.saturating_abs())
    }

    /// The number itself.
    pub fn number(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Errno::FAILED {
            return out.write_str("not permitted, or failed without a reason");
        }
        // SAFETY: any number may be asked for; needs no EAL.
        let text = unsafe { sys::rte_strerror(self.0) };
        // SAFETY: the text is static or this thread's buffer, which only the next call by this
        // thread rewrites, and it is printed before that.
        out.write_str(&unsafe { text_of(text) })
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Errno({}: {self})", self.0)
    }
}

/// A copy of a C string; empty for a null pointer.
///
/// # Safety
/// - `text` is null or points to a string that ends in a zero byte and does not change meanwhile.
pub(crate) unsafe fn text_of(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: not null, and a C string as this function demands.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::Errno;

    #[test]
    fn prints_the_text_of_the_system() {
        assert_eq!(Errno::returned(-19), Errno::NO_DEVICE);
        assert_eq!(Errno::NO_DEVICE.to_string(), "No such device");
        assert_eq!(Errno::returned(-1).to_string(), "not permitted, or failed without a reason");
        assert_eq!(Errno::NO_MEMORY.to_string(), "Cannot allocate memory");
    }

    #[test]
    fn an_unknown_number_still_prints() {
        assert!(Errno::returned(-4_242).to_string().contains("4242"));
    }
}
