//! Owns the start of ports: pools, queues by worker, and the tables of the network layer that follow from them.

use dpdk::mempool::DEFAULT_DATA_ROOM;
use dpdk::port::{self, Offloads, Port, PortConfig, Started};
use dpdk::{Eal, Mempool, eal::SocketId};

use hugepages::memory::PageKind;

use super::devices::eal_device;
use super::{StartError, crew};
use crate::config::{self, Config};
use crate::net::route::{Routes, StaticRoute};
use crate::net::{self, Interface, Ipv4, ListenerId, PortIndex, Tables};
use crate::worker::WorkerPort;
use crate::worker::peers::{CHANNEL_CAPACITY, Seat};

/// What the log says of a port.
pub(super) struct PortReport {
    pub name: String,
    pub driver: String,
    pub mac: String,
    pub rx_queues: u16,
    pub tx_queues: u16,
    pub link_up: bool,
}

/// What one worker has of the ports and of the other workers.
pub(super) struct WorkerPorts {
    pub queues: Vec<WorkerPort>,
    pub tables: Tables,
    pub routes: Routes,
    pub pool: Mempool,
    pub seat: Seat,
}

/// Started ports with everything that workers need of them.
pub(super) struct StartedPorts {
    /// By the worker's number.
    pub workers: Vec<WorkerPorts>,
    pub report: Vec<PortReport>,
    /// Keeps the ports up until the workers have ended.
    pub _ports: Vec<Port<Started>>,
}

/// Starts every port of the configuration with a queue pair for each worker, or as many as the device has. A worker
/// behind the last queue has none: the others hand it its share, and it sends through worker 0.
///
/// # Errors
/// Names the port and the reason.
pub(super) fn start(
    eal: &Eal,
    config: &Config,
    pages: PageKind,
) -> Result<StartedPorts, StartError> {
    let pools = pools(eal, config, pages)?;
    let first = pools.first().ok_or(StartError::NoWorker)?;
    let mut description = net::Config::default();
    let mut queues: Vec<Vec<WorkerPort>> = pools.iter().map(|_| Vec::new()).collect();
    let mut report = Vec::new();
    let mut ports = Vec::new();
    for (number, wanted) in (0u8..).zip(&config.ports) {
        let id = port::by_name(eal, eal_device(wanted).name())?;
        let name = || wanted.name.clone();
        let opened =
            Port::open(eal, id).map_err(|source| StartError::OpenPort { port: name(), source })?;
        let info = opened.info().clone();
        let workers = u16::try_from(pools.len()).unwrap_or(u16::MAX);
        let port_config = PortConfig {
            rx_queues: workers.min(info.max_rx_queues),
            tx_queues: workers.min(info.max_tx_queues),
            offloads: Offloads::WhereAvailable,
            // A MAC address of the configuration's own is not in the NIC's filter.
            promiscuous: wanted.mac.is_some(),
            queue_pools: &pools,
            ..PortConfig::new(first)
        };
        let (rx_queues, tx_queues) = (port_config.rx_queues, port_config.tx_queues);
        let mut started = opened
            .start(port_config)
            .map_err(|source| StartError::StartPort { port: name(), source })?;
        let tx_checksums = started.offloads().tx_both();
        for (queue, of_worker) in (0u16..).zip(&mut queues) {
            let index = PortIndex(number);
            let (rx, tx) = (started.take_rx_queue(queue), started.take_tx_queue(queue));
            of_worker.push(WorkerPort { index, rx, tx, tx_checksums });
        }
        let mac = wanted.mac.unwrap_or(info.mac);
        description.interfaces.push(interface(number, wanted, mac));
        report.push(PortReport {
            name: name(),
            driver: info.driver,
            mac: mac.map(|byte| format!("{byte:02x}")).join(":"),
            rx_queues,
            tx_queues,
            link_up: started.link_up(),
        });
        ports.push(started);
    }
    for (number, wanted) in (0u8..).zip(&config.listeners) {
        description.listeners.push(net::Listener {
            id: ListenerId(number),
            interface: port_index(wanted.port),
            address: wanted.socket.ip().to_bits(),
            udp_port: wanted.socket.port(),
        });
    }
    let statics: Vec<StaticRoute> = config
        .routes
        .iter()
        .map(|route| StaticRoute {
            to: Ipv4(route.to.network().to_bits()),
            prefix_len: route.to.prefix(),
            gateway: Ipv4(route.via.to_bits()),
        })
        .collect();
    let tables = Tables::new(&description)?;
    let routes = Routes::new(&description.interfaces, &statics)?;
    let seats = Seat::for_all(pools.len(), CHANNEL_CAPACITY)?;
    let parts = queues.into_iter().zip(pools).zip(seats);
    let workers = parts.map(|((queues, pool), seat)| {
        let (tables, routes) = (tables.clone(), routes.clone());
        WorkerPorts { queues, tables, routes, pool, seat }
    });
    Ok(StartedPorts { workers: workers.collect(), report, _ports: ports })
}

/// The packet pool of each worker: one for all, or one for each NUMA node with workers on it.
fn pools(eal: &Eal, config: &Config, pages: PageKind) -> Result<Vec<Mempool>, StartError> {
    let node_of = |number| match pages {
        PageKind::Huge => eal.socket_of(crew::lcore_of(number)),
        // DPDK takes them from wherever the starting thread runs.
        PageKind::Small => SocketId::ANY,
    };
    let nodes: Vec<SocketId> = crew::numbers(config).map(node_of).collect();
    let count_on = |node: SocketId| nodes.iter().filter(|other| **other == node).count();
    let mut made: Vec<(SocketId, Mempool)> = Vec::new();
    for node in &nodes {
        if made.iter().any(|(other, _)| other == node) {
            continue;
        }
        let is_only = count_on(*node) == nodes.len();
        let socket = if is_only { SocketId::ANY } else { *node };
        let name = format!("packets-{}", made.len());
        let share = u64::from(config.memory.mbufs) * count_on(*node) as u64 / nodes.len() as u64;
        let share = u32::try_from(share).unwrap_or(config.memory.mbufs);
        made.push((*node, Mempool::create(eal, &name, share, 256, DEFAULT_DATA_ROOM, socket)?));
    }
    let pool_on = |node: &SocketId| made.iter().find(|(other, _)| other == node);
    Ok(nodes.iter().filter_map(pool_on).map(|(_, pool)| pool.clone()).collect())
}

fn interface(number: u8, port: &config::Port, mac: [u8; 6]) -> Interface {
    Interface {
        port: PortIndex(number),
        mac,
        address: Ipv4(port.address.address().to_bits()),
        prefix_len: port.address.prefix(),
        mtu: port.mtu,
    }
}

fn port_index(index: config::PortIndex) -> PortIndex {
    PortIndex(u8::try_from(index.0).unwrap_or(u8::MAX))
}
