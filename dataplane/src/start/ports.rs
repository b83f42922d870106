//! Owns the start of ports: pool, queues, and the tables of the network layer that follow from them.

use dpdk::mempool::DEFAULT_DATA_ROOM;
use dpdk::port::{self, Offloads, Port, PortConfig, Started};
use dpdk::{Eal, Mempool, eal::SocketId};

use super::StartError;
use super::devices::eal_device;
use crate::config::{self, Config};
use crate::net::route::{Routes, StaticRoute};
use crate::net::{self, Interface, Ipv4, ListenerId, PortIndex, Tables};
use crate::worker::WorkerPort;

/// What the log says of a port.
pub(super) struct PortReport {
    pub name: String,
    pub driver: String,
    pub mac: String,
    pub link_up: bool,
}

/// Started ports with everything that workers need of them.
pub(super) struct StartedPorts {
    pub worker_ports: Vec<WorkerPort>,
    pub tables: Tables,
    pub routes: Routes,
    pub pool: Mempool,
    pub report: Vec<PortReport>,
    /// Keeps the ports up.
    pub ports: Vec<Port<Started>>,
}

/// Starts every port of the configuration with one queue pair.
///
/// # Errors
/// Names the port and the reason.
pub(super) fn start(eal: &Eal, config: &Config) -> Result<StartedPorts, StartError> {
    let pool = Mempool::create(
        eal,
        "packets",
        config.memory.mbufs,
        256,
        DEFAULT_DATA_ROOM,
        SocketId::ANY,
    )?;
    let mut description = net::Config::default();
    let mut worker_ports = Vec::new();
    let mut report = Vec::new();
    let mut ports = Vec::new();
    for (number, wanted) in (0u8..).zip(&config.ports) {
        let id = port::by_name(eal, eal_device(wanted).name())?;
        let name = || wanted.name.clone();
        let opened =
            Port::open(eal, id).map_err(|source| StartError::OpenPort { port: name(), source })?;
        let info = opened.info().clone();
        let offloads = PortConfig {
            offloads: Offloads::WhereAvailable,
            // A MAC address of the configuration's own is not in the NIC's filter.
            promiscuous: wanted.mac.is_some(),
            ..PortConfig::new(&pool)
        };
        let mut started = opened
            .start(offloads)
            .map_err(|source| StartError::StartPort { port: name(), source })?;
        let (rx, tx) = started.take_queue(0).ok_or_else(|| StartError::Queue { port: name() })?;
        let mac = wanted.mac.unwrap_or(info.mac);
        description.interfaces.push(interface(number, wanted, mac));
        report.push(PortReport {
            name: name(),
            driver: info.driver,
            mac: mac.map(|byte| format!("{byte:02x}")).join(":"),
            link_up: started.link_up(),
        });
        let tx_checksums = started.offloads().tx_both();
        worker_ports.push(WorkerPort { index: PortIndex(number), rx, tx, tx_checksums });
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
    Ok(StartedPorts { worker_ports, tables, routes, pool, report, ports })
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
