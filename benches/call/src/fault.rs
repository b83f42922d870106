//! Owns what can go wrong in a run, each fault one sentence.

use std::io;

/// Why there is no figure, or one that must not be believed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each variant is its message")]
pub enum Fault {
    #[error(transparent)]
    Cpu(#[from] simd::MissingCpuFeature),
    #[error(transparent)]
    Eal(#[from] dpdk::eal::InitEalError),
    #[error(transparent)]
    Pool(#[from] dpdk::mempool::CreateMempoolError),
    #[error(transparent)]
    RingPort(#[from] dpdk::ring::CreateRingPortError),
    #[error(transparent)]
    OpenPort(#[from] dpdk::port::OpenPortError),
    #[error(transparent)]
    StartPort(#[from] dpdk::port::StartPortError),
    #[error(transparent)]
    Lcore(#[from] dpdk::lcore::LaunchError),
    #[error(transparent)]
    Panicked(#[from] dpdk::lcore::Panicked),
    #[error(transparent)]
    Network(#[from] dataplane::net::ConfigError),
    #[error(transparent)]
    Routes(#[from] dataplane::net::route::RouteError),
    #[error(transparent)]
    Map(#[from] hugepages::memory::MapError),
    #[error(transparent)]
    Instance(#[from] hugepages::instance::LockInstanceError),
    #[error(transparent)]
    Counters(#[from] hugepages::counters::CreateCountersError),
    #[error("the plan does not compile: {0}")]
    Plan(String),
    #[error("the plan image is not valid: {0}")]
    Image(#[from] routing::image::OpenImageError),
    #[error("cannot write {what}: {source}")]
    Write { what: String, source: io::Error },
    #[error("{0} could not be made; this is a fault of the bench")]
    Setup(&'static str),
    #[error("this needs two CPUs, this machine lets the bench use one")]
    OneCore,
    #[error(transparent)]
    Channel(#[from] dpdk::channel::BadCapacity),
    #[error("the second core's thread is gone")]
    HelperGone,
    #[error(
        "{patience} phases of a run hold fewer than {wanted} undisturbed ones ({waited} phases so far lost their core \
         to other processes, {gaps} to the host); run it on a quiet machine"
    )]
    Disturbed { patience: u64, wanted: u64, waited: u64, gaps: u64 },
    #[error("{what}: {got}, expected {wanted}")]
    Count { what: String, got: u64, wanted: u64 },
    #[error("{0}")]
    Traffic(String),
    #[error("the router asked the heap {0} times while it polled, it may not at all")]
    Allocated(u64),
    #[error("{what} is {got:.2}, the floor is {floor}")]
    Floor { what: &'static str, got: f64, floor: f64 },
}

/// Fails unless a count is what it must be.
///
/// # Errors
/// [`Fault::Count`].
pub fn expect(what: impl Into<String>, got: u64, wanted: u64) -> Result<(), Fault> {
    if got == wanted { Ok(()) } else { Err(Fault::Count { what: what.into(), got, wanted }) }
}
