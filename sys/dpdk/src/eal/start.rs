//! Owns the steps of the start: check, start, probe, and what to say when a step fails.
//! Refuses to retry: DPDK starts once in a process.

use std::ffi::{CString, c_char};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use dpdk_sys as sys;

use super::arguments::{command_line, has_memif};
use super::lcores;
use super::{Device, HugePages, InitEalError, LogLevel, LoggedErrors, Options};
use crate::errno::{Errno, text_of};

static STARTED: AtomicBool = AtomicBool::new(false);

pub(super) fn start(options: &Options) -> Result<(), InitEalError> {
    // Before the CPUs are looked at: a started EAL has pinned this thread to one of them.
    if STARTED.load(Ordering::Acquire) {
        return Err(InitEalError::Again);
    }
    lcores::check(&options.lcores, options.main_lcore, &lcores::allowed_cpus())
        .map_err(|fault| InitEalError::BadLcores { lcores: options.lcores.clone(), fault })?;
    let words = c_texts(command_line(options))?;
    let vdevs = c_texts(options.devices.iter().filter_map(|device| match device {
        Device::Vdev(text) => Some(text.clone()),
        Device::Pci(_) => None,
    }))?;
    if STARTED.swap(true, Ordering::AcqRel) {
        return Err(InitEalError::Again);
    }
    let log = Log::open(options.log);
    let started = init(words, options, &log);
    if !has_memif(options) {
        remove_runtime_folder();
    }
    started?;
    for vdev in &vdevs {
        // SAFETY: the EAL runs, and the text ends in a zero byte.
        let code = unsafe { sys::rte_dev_probe(vdev.as_ptr()) };
        if code != 0 {
            let device = vdev.to_string_lossy().into_owned();
            let (reason, log) = (Errno::returned(code), log.errors());
            // This is how the EAL says that nobody knows what to do with the name.
            return Err(match reason {
                Errno::BAD_ADDRESS => InitEalError::NoDriver { device },
                reason => InitEalError::Device { device, reason, log },
            });
        }
    }
    for device in &options.devices {
        if crate::port::find(device.name()).is_none() {
            let device = device.text().to_owned();
            return Err(InitEalError::NoPort { device, log: log.errors() });
        }
    }
    log.replay();
    Ok(())
}

/// Removes the folder that the EAL makes for its files, for it keeps none there when its memory is
/// anonymous; otherwise every start of every process would leave one.
fn remove_runtime_folder() {
    // SAFETY: the EAL has been asked to start; the text is empty if it did not come that far.
    let folder = unsafe { sys::rte_eal_get_runtime_dir() };
    // SAFETY: a buffer of the EAL's, written during the start only.
    let folder = unsafe { text_of(folder) };
    if !folder.is_empty() {
        // Not empty, or not there: then it is not ours to remove.
        let _ = fs::remove_dir(folder);
    }
}

fn init(words: Vec<CString>, options: &Options, log: &Log) -> Result<(), InitEalError> {
    // The EAL keeps pointers into its command line: the words are never freed.
    let mut words: Vec<*mut c_char> = words.into_iter().map(CString::into_raw).collect();
    let count = i32::try_from(words.len()).unwrap_or(i32::MAX);
    words.push(std::ptr::null_mut());
    let words = Vec::leak(words);
    // SAFETY: `count` texts and a null pointer, all alive for good; `STARTED` lets this happen
    // once.
    let code = unsafe { sys::rte_eal_init(count, words.as_mut_ptr()) };
    if code >= 0 {
        return Ok(());
    }
    let reason = Errno::last();
    let remedy = match (options.huge, reason) {
        (HugePages::Use, Errno::ACCESS) if has_memif(options) => {
            "; with memif, huge pages must be reserved (sysctl vm.nr_hugepages, 2 MiB each) and \
             hugetlbfs be mounted"
        }
        (HugePages::Use, Errno::NO_MEMORY | Errno::ACCESS) => {
            "; reserve huge pages (sysctl vm.nr_hugepages, 2 MiB each) or start without them"
        }
        (HugePages::None, Errno::NO_MEMORY) => "; ask for less memory",
        _ => "",
    };
    Err(InitEalError::Refused { reason, remedy, log: log.errors() })
}

fn c_texts(texts: impl IntoIterator<Item = String>) -> Result<Vec<CString>, InitEalError> {
    let convert = |text: String| {
        CString::new(text).map_err(|error| InitEalError::ZeroByte {
            text: String::from_utf8_lossy(&error.into_vec()).into_owned(),
        })
    };
    texts.into_iter().map(convert).collect()
}

/// DPDK's log while the EAL starts. At the default level it is kept in memory, so that the errors
/// go into the message of the one that failed the start.
struct Log {
    kept: bool,
}

impl Log {
    fn open(level: LogLevel) -> Log {
        let keep = matches!(level, LogLevel::Silent | LogLevel::Errors);
        // SAFETY: nobody else logs yet: the EAL has not started.
        let kept = keep && unsafe { sys::sx_log_keep() } == 0;
        if !kept {
            // SAFETY: as above.
            unsafe { sys::sx_log_to_stderr() };
        }
        Log { kept }
    }

    /// The last three lines that were kept.
    fn errors(&self) -> LoggedErrors {
        LoggedErrors(last_lines(&self.take()))
    }

    /// Writes what was kept to standard error: the start went well in spite of it.
    fn replay(&self) {
        let text = self.take();
        if !text.is_empty() {
            eprint!("{text}");
        }
    }

    fn take(&self) -> String {
        if !self.kept {
            return String::new();
        }
        let mut text = vec![0u8; 8_192];
        // SAFETY: there is room for as many bytes as the call is told, and the stream was opened
        // by `open`; a second call finds none and says 0.
        let len = unsafe { sys::sx_log_kept(text.as_mut_ptr().cast(), text.len()) };
        text.truncate(len);
        String::from_utf8_lossy(&text).into_owned()
    }
}

pub(super) fn last_lines(text: &str) -> Vec<String> {
    // Said of every device that fails, whatever the reason.
    const FILLER: &str = "Failed to attach device on primary process";
    let telling = |line: &&str| !line.is_empty() && !line.ends_with(FILLER);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(telling).collect();
    let skip = lines.len().saturating_sub(3);
    lines.into_iter().skip(skip).map(str::to_owned).collect()
}
