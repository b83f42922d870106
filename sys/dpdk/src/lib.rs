//! Owns the safe face of DPDK: one Rust type for each C resource, freed in its `Drop`.
//! Refuses to know what is in a packet: no Ethernet, no SIP.
//!
//! Start with [`eal::Eal::init`], once per process, on the thread that becomes the main lcore.
//! Everything else keeps the EAL alive by itself, so nothing can outlive it, in whatever order
//! values are dropped:
//!
//! ```no_run
//! use dpdk::{burst::Burst, eal, mempool, port};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let eal = eal::Eal::init(&eal::Options {
//!     devices: vec![eal::Device::parse("net_af_packet0,iface=va0")],
//!     ..eal::Options::default()
//! })?;
//! let room = mempool::DEFAULT_DATA_ROOM;
//! let pool = mempool::Mempool::create(&eal, "packets", 16_383, 256, room, eal::SocketId::ANY)?;
//! let id = port::by_name(&eal, "net_af_packet0")?;
//! let mut port = port::Port::open(&eal, id)?.start(port::PortConfig::new(&pool))?;
//! let (mut rx, mut tx) = port.take_queue(0).ok_or("the queue is in use")?;
//! let mut burst = Burst::<64>::new();
//! rx.receive(&mut burst);
//! tx.send(&mut burst);
//! # Ok(())
//! # }
//! ```

pub mod burst;
pub mod channel;
pub mod eal;
pub mod errno;
pub mod lcore;
pub mod mbuf;
pub mod mempool;
pub mod port;
pub mod ring;
pub mod tsc;

pub use burst::Burst;
pub use eal::Eal;
pub use errno::Errno;
pub use lcore::LcoreId;
pub use mbuf::Mbuf;
pub use mempool::Mempool;
pub use port::{Port, PortId};
