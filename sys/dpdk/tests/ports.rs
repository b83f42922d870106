//! Buffers, bursts and ports on an EAL in memory, without huge pages and PCI.

mod main_lcore;

use std::thread;

use dpdk::eal::SocketId;
use dpdk::mempool::{CreateMempoolError, DEFAULT_DATA_ROOM};
use dpdk::port::{self, OpenPortError, PortConfig, StartPortError, Started};
use dpdk::ring::{CreateRingPortError, Far, RingPort};
use dpdk::{Burst, Eal, Mbuf, Mempool, Port};
use main_lcore::on_main_lcore;

const BUFFERS: u32 = 511;

fn pool(eal: &Eal, name: &str) -> Mempool {
    let pool = Mempool::create(eal, name, BUFFERS, 32, DEFAULT_DATA_ROOM, SocketId::ANY).unwrap();
    assert_eq!(pool.available(), BUFFERS);
    pool
}

fn ring_port(eal: &Eal, name: &str, size: u32, pool: &Mempool) -> (Port<Started>, Far) {
    let (id, far) = RingPort::create(eal, name, size).unwrap();
    assert_eq!(port::by_name(eal, &format!("net_ring_{name}")), Ok(id));
    let port = Port::open(eal, id).unwrap().start(PortConfig::new(pool)).unwrap();
    (port, far)
}

fn packet(pool: &Mempool, text: &[u8]) -> Mbuf {
    let mut mbuf = pool.alloc().unwrap();
    mbuf.room_mut()[..text.len()].copy_from_slice(text);
    mbuf.set_len(text.len()).unwrap();
    mbuf
}

fn fill<const N: usize>(burst: &mut Burst<N>, pool: &Mempool, numbers: std::ops::Range<u8>) {
    for number in numbers {
        burst.push(packet(pool, &[number; 60])).unwrap();
    }
}

fn numbers<const N: usize>(burst: &Burst<N>) -> Vec<u8> {
    burst.iter().map(|mbuf| mbuf.data()[0]).collect()
}

#[test]
fn a_ring_port_carries_bursts_both_ways_and_leaks_nothing() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "both_ways");
        let (mut port, mut far) = ring_port(eal, "both_ways", 128, &pool);
        assert!(port.link_up());
        let (mut rx, mut tx) = port.take_queue(0).unwrap();
        for _ in 0..50 {
            let (mut out, mut back) = (Burst::<64>::new(), Burst::<64>::new());
            fill(&mut out, &pool, 0..64);
            assert_eq!(far.send(&mut out), 64);
            assert!(out.is_empty());
            assert_eq!(rx.receive(&mut back), 64);
            assert_eq!(numbers(&back), (0..64).collect::<Vec<u8>>());
            assert_eq!(tx.send(&mut back), 64);
            assert_eq!(rx.receive(&mut back), 0);
            assert_eq!(far.receive(&mut out), 64);
            assert_eq!(numbers(&out), (0..64).collect::<Vec<u8>>());
        }
        let stats = port.stats().unwrap();
        assert_eq!((stats.rx_packets, stats.tx_packets), (3_200, 3_200));
        assert_eq!(pool.available(), BUFFERS);
    });
}

#[test]
fn the_queues_of_a_ring_port_are_ports_of_their_own() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "queue_pairs");
        let (id, mut far) = RingPort::create_queues(eal, "queue_pairs", 32, 3).unwrap();
        let queues = PortConfig { rx_queues: 3, tx_queues: 3, ..PortConfig::new(&pool) };
        let mut port = Port::open(eal, id).unwrap().start(queues).unwrap();
        let (mut rx0, mut tx0) = port.take_queue(0).unwrap();
        let (mut rx1, mut tx1) = (port.take_rx_queue(1).unwrap(), port.take_tx_queue(1).unwrap());
        assert!(port.take_queue(1).is_none() && port.take_rx_queue(1).is_none());
        let mut burst = Burst::<8>::new();
        fill(&mut burst, &pool, 0..1);
        assert_eq!(far[1].send(&mut burst), 1);
        assert_eq!((rx0.receive(&mut burst), rx1.receive(&mut burst)), (0, 1));
        assert_eq!(tx0.send(&mut burst), 1);
        assert_eq!((far[1].receive(&mut burst), far[0].receive(&mut burst)), (0, 1));
        assert_eq!(tx1.send(&mut burst), 1);
        drop((far, port));
        assert_eq!(pool.available(), BUFFERS);
        assert!(eal.socket_of(eal.main_lcore()).number() >= -1);
    });
}

#[test]
fn what_a_full_ring_refuses_stays_in_order() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "full");
        let (mut port, mut far) = ring_port(eal, "full", 32, &pool);
        let (mut rx, mut tx) = port.take_queue(0).unwrap();
        let mut burst = Burst::<64>::new();
        fill(&mut burst, &pool, 0..40);
        assert_eq!(tx.send(&mut burst), 31);
        assert_eq!(numbers(&burst), (31..40).collect::<Vec<u8>>());
        assert_eq!(tx.send(&mut burst), 0);
        assert_eq!(burst.len(), 9);
        burst.clear();
        fill(&mut burst, &pool, 0..40);
        assert_eq!(far.send(&mut burst), 31);
        assert_eq!(numbers(&burst), (31..40).collect::<Vec<u8>>());
        // The nine stay in front of the 31 that come back.
        assert_eq!(far.receive(&mut burst), 31);
        assert_eq!(numbers(&burst)[..10], [31, 32, 33, 34, 35, 36, 37, 38, 39, 0]);
        burst.clear();
        assert_eq!(pool.available(), BUFFERS - 31);
        assert_eq!(rx.receive(&mut burst), 31);
        drop(burst);
        assert_eq!(pool.available(), BUFFERS);
    });
}

#[test]
fn the_far_end_gives_back_what_it_never_received() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "far");
        let (mut port, far) = ring_port(eal, "far", 32, &pool);
        let (_rx, mut tx) = port.take_queue(0).unwrap();
        let mut burst = Burst::<8>::new();
        fill(&mut burst, &pool, 0..8);
        assert_eq!(tx.send(&mut burst), 8);
        drop(far);
        assert_eq!(pool.available(), BUFFERS);
    });
}

#[test]
fn null_ports_give_packets_and_swallow_them() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "null");
        let id = port::by_name(eal, "net_null1").unwrap();
        let stopped = Port::open(eal, id).unwrap();
        assert_eq!(stopped.info().name, "net_null1");
        assert_eq!(stopped.info().driver, "net_null");
        assert!(!stopped.info().tx_udp_checksum && !stopped.info().rx_checksum);
        assert!(matches!(Port::open(eal, id), Err(OpenPortError::InUse(busy)) if busy == id));
        let mut port = stopped.start(PortConfig::new(&pool)).unwrap();
        assert!(port.link_up());
        assert_eq!(port.offloads(), port::ActiveOffloads::default());
        let (mut rx, mut tx) = port.take_queue(0).unwrap();
        assert!(port.take_queue(0).is_none() && port.take_queue(1).is_none());
        assert!(port.take_tx_queue(0).is_none());
        // The queues keep the port running.
        drop(port);
        let mut burst = Burst::<32>::new();
        assert_eq!(rx.receive(&mut burst), 32);
        assert_eq!(burst.iter().map(Mbuf::packet_len).sum::<usize>(), 32 * 900);
        assert_eq!(burst.iter().next().and_then(Mbuf::port), Some(rx.port()));
        assert_eq!(tx.send(&mut burst), 32);
        assert_eq!(pool.available(), BUFFERS);
        drop((rx, tx));
        assert!(matches!(Port::open(eal, id), Err(OpenPortError::Unknown(gone)) if gone == id));
    });
}

#[test]
fn a_start_with_too_many_queues_names_the_port_and_leaves_it_usable() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "queues");
        let (id, _far) = RingPort::create(eal, "queues", 32).unwrap();
        let config = PortConfig { rx_queues: 2, ..PortConfig::new(&pool) };
        let error = Port::open(eal, id).unwrap().start(config).err().unwrap();
        assert_eq!(
            error.to_string(),
            "port net_ring_queues cannot have 2 receive and 1 transmit queues: it has up to 1 and 1"
        );
        let none = PortConfig { tx_queues: 0, ..PortConfig::new(&pool) };
        let error = Port::open(eal, id).unwrap().start(none).err();
        assert!(matches!(error, Some(StartPortError::Queues { tx: 0, .. })));
        assert!(Port::open(eal, id).is_ok());
    });
}

#[test]
fn a_buffer_keeps_its_length_within_its_room() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "room");
        let mut mbuf = pool.alloc().unwrap();
        assert_eq!((mbuf.data().len(), mbuf.segments(), mbuf.port()), (0, 1, None));
        assert_eq!((mbuf.tailroom(), mbuf.room_mut().len()), (2_176, 2_176));
        assert!(mbuf.set_len(2_177).is_err() && mbuf.set_len(65_536 + 10).is_err());
        mbuf.room_mut().fill(7);
        mbuf.set_len(1_518).unwrap();
        let (whole, len) = mbuf.padded();
        assert_eq!((len, whole.len() - len, mbuf.tailroom()), (1_518, 658, 658));
        assert!(whole.iter().all(|byte| *byte == 7));
        mbuf.data_mut()[0] = 9;
        assert_eq!((mbuf.data()[0], mbuf.data().len()), (9, 1_518));
        assert_eq!(mbuf.rx_checksum(), dpdk::mbuf::RxChecksum::Unknown);
        drop(mbuf);
        assert_eq!(pool.available(), BUFFERS);
    });
}

#[test]
fn a_burst_owns_its_buffers_until_they_are_taken() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "burst");
        let mut burst = Burst::<8>::new();
        assert_eq!(pool.alloc_bulk(&mut burst, 5), 5);
        assert_eq!(pool.alloc_bulk(&mut burst, 100), 3);
        assert!(burst.is_full());
        let back = burst.push(pool.alloc().unwrap()).unwrap_err();
        drop(back);
        for (number, mbuf) in (0..).zip(&mut burst) {
            mbuf.room_mut()[0] = number;
            mbuf.set_len(1).unwrap();
        }
        let taken = burst.take(2).unwrap();
        assert_eq!(taken.data(), [2]);
        assert!(burst.take(7).is_none());
        assert_eq!(numbers(&burst), [0, 1, 7, 3, 4, 5, 6]);
        assert_eq!(pool.available(), BUFFERS - 8);
        let kept: Vec<Mbuf> = burst.drain().take(3).collect();
        assert!(burst.is_empty());
        assert_eq!(pool.available(), BUFFERS - 4);
        drop((kept, taken));
        assert_eq!(pool.available(), BUFFERS);
    });
}

#[test]
fn an_exhausted_pool_gives_nothing_and_recovers() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "exhausted");
        let mut all: Vec<Mbuf> = std::iter::from_fn(|| pool.alloc()).collect();
        assert_eq!((all.len(), pool.available()), (BUFFERS as usize, 0));
        all.truncate(BUFFERS as usize - 3);
        let mut burst = Burst::<8>::new();
        assert_eq!(pool.alloc_bulk(&mut burst, 4), 0);
        assert_eq!(pool.alloc_bulk(&mut burst, 3), 3);
        drop((all, burst));
        assert_eq!(pool.available(), BUFFERS);
    });
}

#[test]
fn buffers_may_be_freed_on_any_thread() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "threads");
        let mut burst = Burst::<64>::new();
        assert_eq!(pool.alloc_bulk(&mut burst, 64), 64);
        let elsewhere = pool.clone();
        thread::spawn(move || {
            drop(burst);
            drop(elsewhere.alloc());
        })
        .join()
        .unwrap();
        assert_eq!(pool.available(), BUFFERS);
    });
}

#[test]
fn asks_the_device_for_checksums_with_the_pseudo_header_filled_in() {
    on_main_lcore(|eal| {
        let pool = pool(eal, "checksum");
        let mut frame = vec![0u8; 14];
        frame.extend_from_slice(&[0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0xaa, 0xaa]);
        frame.extend_from_slice(&[192, 168, 0, 1, 255, 255, 255, 255]);
        frame.extend_from_slice(&[0x13, 0xc4, 0x13, 0xc4, 0, 8, 0xbb, 0xbb]);
        let mut mbuf = packet(&pool, &frame);
        mbuf.set_tx_checksum_offload(14, 20).unwrap();
        assert_eq!(mbuf.data()[24..26], [0, 0]);
        assert_eq!(mbuf.data()[40..42], [0xc0, 0xc2]);
        mbuf.clear_offloads();
        for (l2, l3) in [(14, 24), (14, 16), (200, 20), (usize::MAX, 20), (15, 20)] {
            assert!(mbuf.set_tx_checksum_offload(l2, l3).is_err(), "{l2} {l3}");
        }
    });
}

#[test]
fn names_what_cannot_be_made() {
    on_main_lcore(|eal| {
        let _first = pool(eal, "twice");
        let create = |name, count, room| {
            Mempool::create(eal, name, count, 0, room, SocketId::ANY).err().unwrap()
        };
        let text = create("twice", 63, DEFAULT_DATA_ROOM).to_string();
        assert!(text.starts_with("cannot create pool twice of 63 buffers"), "{text}");
        assert!(text.contains("File exists"), "{text}");
        let huge = create("huge", 1 << 24, DEFAULT_DATA_ROOM).to_string();
        assert!(huge.contains("Cannot allocate memory"), "{huge}");
        assert!(matches!(create("tiny", 63, 128), CreateMempoolError::NoRoom { .. }));
        assert!(matches!(create("a\0b", 63, 2_304), CreateMempoolError::BadName { .. }));
        let ring = |name, size| RingPort::create(eal, name, size).err().unwrap();
        assert!(matches!(ring("odd", 33), CreateRingPortError::BadSize { size: 33, .. }));
        assert!(matches!(ring("seventeen_letters", 32), CreateRingPortError::BadName { .. }));
        let queues = |count| RingPort::create_queues(eal, "queueless", 32, count).err().unwrap();
        for count in [0, 17] {
            assert!(
                matches!(queues(count), CreateRingPortError::BadQueues { queues, .. } if queues == count)
            );
        }
        let missing = port::by_name(eal, "net_tap7").unwrap_err();
        assert!(missing.to_string().starts_with("there is no port \"net_tap7\""), "{missing}");
    });
}
