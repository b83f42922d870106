//! Owns work on other lcores: start it, and wait for its end.
//! Refuses to let a panic out: it ends at the lcore's entry and comes back from `join`.

use std::any::Any;
use std::ffi::{c_int, c_void};
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use dpdk_sys as sys;

use crate::eal::Eal;
use crate::eal::runtime::Runtime;
use crate::errno::Errno;

/// Number of an lcore: a thread of the EAL, pinned to a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LcoreId(pub u32);

impl fmt::Display for LcoreId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The lcore of the calling thread; `None` on a thread that the EAL did not start.
pub fn current() -> Option<LcoreId> {
    // SAFETY: reads a variable of this thread; needs no EAL.
    let lcore = unsafe { sys::sx_lcore_id() };
    (lcore != sys::LCORE_ID_ANY).then_some(LcoreId(lcore))
}

/// Why work could not be started on an lcore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// It is not among the EAL's lcores.
    #[error("lcore {0} does not exist: name it in the EAL's list of lcores")]
    Unknown(LcoreId),
    /// It is the one that starts the others.
    #[error("lcore {0} is the main lcore, which cannot be given work")]
    Main(LcoreId),
    /// It has not finished what it was given before.
    #[error("lcore {0} is busy")]
    Busy(LcoreId),
    /// DPDK refuses for another reason.
    #[error("cannot start work on lcore {lcore}: {errno}")]
    Refused {
        /// The lcore.
        lcore: LcoreId,
        /// What DPDK says.
        errno: Errno,
    },
}

/// The work of an lcore ended in a panic.
#[derive(Debug, thiserror::Error)]
#[error("the work of lcore {lcore} panicked: {message}")]
pub struct Panicked {
    /// The lcore.
    pub lcore: LcoreId,
    /// What the panic said.
    pub message: String,
}

type Outcome<T> = Result<T, Box<dyn Any + Send>>;

/// What crosses into the lcore's thread.
struct Task<T, F> {
    work: F,
    outcome: Arc<Mutex<Option<Outcome<T>>>>,
}

/// Runs `work` on another lcore, once.
///
/// # Errors
/// [`LaunchError`]; `work` is dropped then.
pub fn launch<T, F>(eal: &Eal, lcore: LcoreId, work: F) -> Result<LcoreHandle<T>, LaunchError>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    if lcore == eal.main_lcore() {
        return Err(LaunchError::Main(lcore));
    }
    if !eal.lcores().contains(&lcore) {
        return Err(LaunchError::Unknown(lcore));
    }
    let outcome = Arc::new(Mutex::new(None));
    let task = Box::into_raw(Box::new(Task { work, outcome: Arc::clone(&outcome) }));
    // SAFETY: this is the main lcore's thread (`Eal` does not leave it), the lcore exists, and
    // `entry` takes the task over exactly if the launch succeeds.
    let code = unsafe { sys::rte_eal_remote_launch(Some(entry::<T, F>), task.cast(), lcore.0) };
    if code == 0 {
        let runtime = Arc::clone(eal.runtime());
        return Ok(LcoreHandle { lcore, outcome, runtime, _main_lcore: PhantomData });
    }
    // SAFETY: the launch failed, so the task is still ours.
    drop(unsafe { Box::from_raw(task) });
    const BUSY: i32 = -16;
    match code {
        BUSY => Err(LaunchError::Busy(lcore)),
        code => Err(LaunchError::Refused { lcore, errno: Errno::returned(code) }),
    }
}

/// Runs on the lcore's own thread.
extern "C" fn entry<T, F: FnOnce() -> T>(task: *mut c_void) -> c_int {
    // SAFETY: `launch` passes a boxed task of exactly these types and lets go of it.
    let task = unsafe { Box::from_raw(task.cast::<Task<T, F>>()) };
    let Task { work, outcome } = *task;
    // What `work` owned is gone after a panic, and the caller learns of it from `join`.
    let ended = catch_unwind(AssertUnwindSafe(work));
    *outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
    0
}

/// Work on another lcore. Dropping the handle lets it run on; the EAL then ends with the process.
pub struct LcoreHandle<T> {
    lcore: LcoreId,
    outcome: Arc<Mutex<Option<Outcome<T>>>>,
    runtime: Arc<Runtime>,
    /// Waiting is for the main lcore only: neither `Send` nor `Sync`.
    _main_lcore: PhantomData<*const ()>,
}

impl<T> LcoreHandle<T> {
    /// The lcore that does the work.
    pub fn lcore(&self) -> LcoreId {
        self.lcore
    }

    /// Whether the work has ended, well or in a panic.
    pub fn is_finished(&self) -> bool {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Waits for the end of the work. Spins: for work that has been told to end.
    ///
    /// # Errors
    /// [`Panicked`] with the panic's message.
    pub fn join(self) -> Result<T, Panicked> {
        // SAFETY: the EAL runs, and the lcore is one of its own.
        unsafe { sys::rte_eal_wait_lcore(self.lcore.0) };
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        match outcome {
            Some(Ok(value)) => Ok(value),
            Some(Err(panic)) => Err(Panicked { lcore: self.lcore, message: message(&*panic) }),
            None => Err(Panicked { lcore: self.lcore, message: "it left no outcome".to_owned() }),
        }
    }
}

impl<T> Drop for LcoreHandle<T> {
    fn drop(&mut self) {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        // `join` takes the outcome out, but has waited then; only its sole other holder, the
        // running task, can still put one in.
        if outcome.is_none() && Arc::strong_count(&self.outcome) > 1 {
            std::mem::forget(Arc::clone(&self.runtime));
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without a message".to_owned(),
    }
}
