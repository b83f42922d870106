//! Owns the thread that starts the EAL for a test program and runs what needs the main lcore.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use dpdk::LcoreId;
use dpdk::eal::{Device, Eal, HugePages, Options};

type Job = Box<dyn FnOnce(&Eal) + Send>;

/// Two lcores, 64 MiB of ordinary pages, no PCI.
pub fn options(devices: &[&str]) -> Options {
    Options {
        lcores: "0@0,1@1".to_owned(),
        main_lcore: LcoreId(0),
        memory_mib: 64,
        huge: HugePages::None,
        devices: devices.iter().map(|text| Device::parse(text)).collect(),
        ..Options::default()
    }
}

/// Runs `job` on the main lcore of the program's one EAL, with two null ports.
#[allow(dead_code, reason = "not every test program shares its EAL between tests")]
pub fn on_main_lcore<T: Send + 'static>(job: impl FnOnce(&Eal) -> T + Send + 'static) -> T {
    static JOBS: OnceLock<Sender<Job>> = OnceLock::new();
    let jobs = JOBS.get_or_init(|| {
        let (sender, jobs) = channel::<Job>();
        thread::spawn(move || {
            let eal = Eal::init(&options(&["net_null0", "net_null1,size=900"])).unwrap();
            for job in jobs {
                job(&eal);
            }
        });
        sender
    });
    let (sender, result) = channel();
    let job = Box::new(move |eal: &Eal| {
        let ended = catch_unwind(AssertUnwindSafe(|| job(eal)));
        let _ = sender.send(ended);
    });
    jobs.send(job).unwrap();
    result.recv().unwrap().unwrap_or_else(|panic| resume_unwind(panic))
}
