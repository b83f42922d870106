//! Owns the calls that describe, configure and start a device. Cold.
//! Refuses to decide who may make them: the claim in [`super`] does.

use std::mem::{MaybeUninit, zeroed};
use std::thread::sleep;
use std::time::{Duration, Instant};

use dpdk_sys as sys;

use super::{ActiveOffloads, Offloads, OpenPortError, PortConfig, PortId, PortInfo};
use super::{PortStats, StartStep};
use crate::eal::SocketId;
use crate::errno::Errno;

const RX_CHECKSUMS: u64 =
    (sys::RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | sys::RTE_ETH_RX_OFFLOAD_UDP_CKSUM) as u64;
const TX_IPV4: u64 = sys::RTE_ETH_TX_OFFLOAD_IPV4_CKSUM as u64;
const TX_UDP: u64 = sys::RTE_ETH_TX_OFFLOAD_UDP_CKSUM as u64;
/// What spreads calls over queues: addresses and ports, and addresses alone for fragments.
const RSS: u64 =
    (sys::RTE_ETH_RSS_IPV4 | sys::RTE_ETH_RSS_FRAG_IPV4 | sys::RTE_ETH_RSS_NONFRAG_IPV4_UDP) as u64;

/// What a device can do, beyond what [`PortInfo`] tells.
pub(super) struct Capabilities {
    rx: u64,
    tx: u64,
    rss: u64,
}

pub(super) fn describe(
    port: PortId,
    name: String,
) -> Result<(PortInfo, Capabilities), OpenPortError> {
    let undescribed = |code| OpenPortError::Undescribed { port, errno: Errno::returned(code) };
    let mut info = MaybeUninit::<sys::rte_eth_dev_info>::zeroed();
    // SAFETY: a place of the right type; DPDK checks the port's number.
    let code = unsafe { sys::rte_eth_dev_info_get(port.0, info.as_mut_ptr()) };
    if code != 0 {
        return Err(undescribed(code));
    }
    // SAFETY: the type is plain C data, zeroed first, and the call has filled it.
    let info = unsafe { info.assume_init() };
    let mut mac = sys::rte_ether_addr { addr_bytes: [0; 6] };
    // SAFETY: a place of the right type; DPDK checks the port's number.
    let code = unsafe { sys::rte_eth_macaddr_get(port.0, &raw mut mac) };
    if code != 0 {
        return Err(undescribed(code));
    }
    // SAFETY: DPDK checks the port's number.
    let socket = unsafe { sys::rte_eth_dev_socket_id(port.0) };
    let capabilities = Capabilities {
        rx: info.rx_offload_capa,
        tx: info.tx_offload_capa,
        rss: info.flow_type_rss_offloads,
    };
    let described = PortInfo {
        name,
        driver: super::static_text(info.driver_name),
        mac: mac.addr_bytes,
        socket: SocketId::of(socket),
        max_rx_queues: info.max_rx_queues,
        max_tx_queues: info.max_tx_queues,
        tx_ipv4_checksum: capabilities.tx & TX_IPV4 != 0,
        tx_udp_checksum: capabilities.tx & TX_UDP != 0,
        rx_checksum: capabilities.rx & RX_CHECKSUMS == RX_CHECKSUMS,
    };
    Ok((described, capabilities))
}

pub(super) fn start(
    port: PortId,
    info: &PortInfo,
    capabilities: &Capabilities,
    config: &PortConfig<'_>,
) -> Result<ActiveOffloads, (StartStep, Errno)> {
    let (rx_offloads, tx_offloads) = match config.offloads {
        Offloads::WhereAvailable => {
            let rx = if info.rx_checksum { RX_CHECKSUMS } else { 0 };
            (rx, capabilities.tx & (TX_IPV4 | TX_UDP))
        }
        Offloads::Off => (0, 0),
    };
    // SAFETY: the type is plain C data, for which all zeros are valid and mean "the default".
    let mut wanted: sys::rte_eth_conf = unsafe { zeroed() };
    wanted.rxmode.offloads = rx_offloads;
    wanted.txmode.offloads = tx_offloads;
    if config.rx_queues > 1 && capabilities.rss & RSS != 0 {
        wanted.rxmode.mq_mode = sys::RTE_ETH_MQ_RX_RSS;
        wanted.rx_adv_conf.rss_conf.rss_hf = capabilities.rss & RSS;
    }
    let (rx, tx) = (config.rx_queues, config.tx_queues);
    // SAFETY: the device does not run, nobody else has it, and DPDK copies the configuration.
    let code = unsafe { sys::rte_eth_dev_configure(port.0, rx, tx, &raw const wanted) };
    check(StartStep::Configure, code)?;
    set_queues_up(port, info, config)?;
    // SAFETY: the device is configured, and nobody else has it.
    check(StartStep::Start, unsafe { sys::rte_eth_dev_start(port.0) })?;
    if config.promiscuous {
        // SAFETY: the device runs, and nobody else has it.
        let code = unsafe { sys::rte_eth_promiscuous_enable(port.0) };
        // Virtual devices without an address filter receive everything anyway.
        if Errno::returned(code) != Errno::NOT_SUPPORTED {
            check(StartStep::Promiscuous, code)?;
        }
    }
    Ok(ActiveOffloads {
        tx_ipv4: tx_offloads & TX_IPV4 != 0,
        tx_udp: tx_offloads & TX_UDP != 0,
        rx: rx_offloads != 0,
    })
}

fn set_queues_up(
    port: PortId,
    info: &PortInfo,
    config: &PortConfig<'_>,
) -> Result<(), (StartStep, Errno)> {
    let (mut rx, mut tx) = (config.rx_descriptors, config.tx_descriptors);
    // SAFETY: two places for the numbers; DPDK checks the port's.
    let code = unsafe { sys::rte_eth_dev_adjust_nb_rx_tx_desc(port.0, &raw mut rx, &raw mut tx) };
    check(StartStep::Descriptors, code)?;
    // The bits of -1 mean "any" here too.
    let socket = info.socket.number().cast_unsigned();
    for queue in 0..config.rx_queues {
        let pool = config.queue_pools.get(usize::from(queue)).unwrap_or(config.pool).as_ptr();
        // SAFETY: the device is configured and does not run; the pool lives as long as the EAL;
        // a null pointer asks for the device's own thresholds.
        let code = unsafe {
            sys::rte_eth_rx_queue_setup(port.0, queue, rx, socket, std::ptr::null(), pool)
        };
        check(StartStep::RxQueue(queue), code)?;
    }
    for queue in 0..config.tx_queues {
        // SAFETY: as above.
        let code =
            unsafe { sys::rte_eth_tx_queue_setup(port.0, queue, tx, socket, std::ptr::null()) };
        check(StartStep::TxQueue(queue), code)?;
    }
    Ok(())
}

fn check(step: StartStep, code: i32) -> Result<(), (StartStep, Errno)> {
    if code == 0 { Ok(()) } else { Err((step, Errno::returned(code))) }
}

/// Waits until the link is up or `patience` is over.
pub(super) fn wait_for_link(port: PortId, patience: Duration) {
    let started = Instant::now();
    while !link_up(port) && started.elapsed() < patience {
        sleep(Duration::from_millis(10));
    }
}

pub(super) fn link_up(port: PortId) -> bool {
    let mut link = MaybeUninit::<sys::rte_eth_link>::zeroed();
    // SAFETY: a place of the right type; DPDK checks the port's number.
    let code = unsafe { sys::rte_eth_link_get_nowait(port.0, link.as_mut_ptr()) };
    // SAFETY: the type is plain C data and was zeroed first.
    let link = unsafe { link.assume_init() };
    code == 0 && u32::from(link.link_status()) == sys::RTE_ETH_LINK_UP
}

pub(super) fn stats(port: PortId) -> Result<PortStats, Errno> {
    let mut stats = MaybeUninit::<sys::rte_eth_stats>::zeroed();
    // SAFETY: a place of the right type; DPDK checks the port's number.
    let code = unsafe { sys::rte_eth_stats_get(port.0, stats.as_mut_ptr()) };
    if code != 0 {
        return Err(Errno::returned(code));
    }
    // SAFETY: the type is plain C data, zeroed first, and the call has filled it.
    let stats = unsafe { stats.assume_init() };
    Ok(PortStats {
        rx_packets: stats.ipackets,
        rx_bytes: stats.ibytes,
        rx_missed: stats.imissed,
        rx_errors: stats.ierrors,
        rx_no_buffer: stats.rx_nombuf,
        tx_packets: stats.opackets,
        tx_bytes: stats.obytes,
        tx_errors: stats.oerrors,
    })
}
