//! One life of the EAL without any device: it starts quietly, leaves signals alone, and ends when
//! the last thing made with it is gone. Its own program: the EAL starts once in a process.

mod main_lcore;

use std::fs;

use dpdk::eal::{InitEalError, SocketId};
use dpdk::mempool::DEFAULT_DATA_ROOM;
use dpdk::ring::RingPort;
use dpdk::{Burst, Eal, Mempool};

/// The masks of ignored and caught signals of the process.
fn signals() -> Vec<String> {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let is_mask = |line: &&str| line.starts_with("SigIgn:") || line.starts_with("SigCgt:");
    status.lines().filter(is_mask).map(str::to_owned).collect()
}

#[test]
fn the_eal_starts_without_devices_and_ends_with_its_last_resource() {
    let before = signals();
    let eal = Eal::init(&main_lcore::options(&[])).unwrap();
    assert_eq!(signals(), before);
    assert!(eal.ports().is_empty());
    assert!(Eal::version().starts_with("DPDK "));
    let pool = Mempool::create(&eal, "life", 127, 0, DEFAULT_DATA_ROOM, SocketId::ANY).unwrap();
    let (id, mut far) = RingPort::create(&eal, "life", 32).unwrap();
    assert_eq!(eal.ports(), [id]);
    let mut burst = Burst::<8>::new();
    assert_eq!(pool.alloc_bulk(&mut burst, 8), 8);
    assert_eq!(far.send(&mut burst), 8);
    // In the wrong order, and with buffers on a ring that nobody will read.
    drop(eal);
    drop(pool);
    assert!(far.receive(&mut burst) == 0 && burst.is_empty());
    drop(far);
    assert!(matches!(Eal::init(&main_lcore::options(&[])).err(), Some(InitEalError::Again)));
}
