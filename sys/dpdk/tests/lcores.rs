//! Work on a second lcore, on an EAL in memory, without huge pages and PCI.

mod main_lcore;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dpdk::LcoreId;
use dpdk::lcore::{LaunchError, current, launch};
use main_lcore::on_main_lcore;

const SECOND: LcoreId = LcoreId(1);

/// The CPUs that the calling thread may run on.
fn cpus() -> String {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("Cpus_allowed_list:")).unwrap();
    line.split_whitespace().last().unwrap().to_owned()
}

#[test]
fn lcores_run_on_the_cpus_they_were_given() {
    on_main_lcore(|eal| {
        assert_eq!(eal.lcores(), [LcoreId(0), SECOND]);
        assert_eq!(
            (eal.main_lcore(), current(), cpus()),
            (LcoreId(0), Some(LcoreId(0)), "0".into())
        );
        let there = launch(eal, SECOND, || (current(), cpus())).unwrap().join().unwrap();
        assert_eq!(there, (Some(SECOND), "1".into()));
    });
    assert_eq!(current(), None);
}

#[test]
fn a_panic_ends_at_the_lcores_entry_and_comes_back_from_join() {
    on_main_lcore(|eal| {
        let work = launch(eal, SECOND, || assert_eq!(1, 2, "numbers differ")).unwrap();
        let panicked = work.join().unwrap_err();
        assert_eq!(panicked.lcore, SECOND);
        assert!(panicked.message.contains("numbers differ"), "{panicked}");
        // The lcore is as good as before.
        assert_eq!(launch(eal, SECOND, || 7).unwrap().join().unwrap(), 7);
    });
}

#[test]
fn an_lcore_does_one_thing_at_a_time() {
    on_main_lcore(|eal| {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let work = launch(eal, SECOND, move || {
            while !seen.load(Ordering::Acquire) {
                std::hint::spin_loop();
            }
        })
        .unwrap();
        assert!(!work.is_finished());
        assert_eq!(launch(eal, SECOND, || ()).err(), Some(LaunchError::Busy(SECOND)));
        stop.store(true, Ordering::Release);
        assert_eq!(work.lcore(), SECOND);
        work.join().unwrap();
    });
}

#[test]
fn refuses_lcores_that_cannot_be_given_work() {
    on_main_lcore(|eal| {
        let main = LcoreId(0);
        assert_eq!(launch(eal, main, || ()).err(), Some(LaunchError::Main(main)));
        let unknown = LcoreId(99);
        assert_eq!(launch(eal, unknown, || ()).err(), Some(LaunchError::Unknown(unknown)));
    });
}
