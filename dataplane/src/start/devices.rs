//! Owns what is asked of the machine before the EAL touches a device: rights, interfaces, addresses.

use std::net::Ipv4Addr;

use nix::ifaddrs::getifaddrs;

use super::StartError;
use crate::config::{Config, Device, Port};

/// The device of a port, as the EAL wants it.
pub(super) fn eal_device(port: &Port) -> dpdk::eal::Device {
    match &port.device {
        Device::Pci(text) => dpdk::eal::Device::Pci(text.clone()),
        Device::Vdev(text) => dpdk::eal::Device::Vdev(text.clone()),
    }
}

/// Checks that this process may use the devices, that their interfaces exist, and that the kernel has neither
/// their addresses nor addresses on them.
///
/// # Errors
/// The first port that cannot be used, with the reason.
pub(super) fn check(config: &Config) -> Result<(), StartError> {
    let kernel = kernel_addresses()?;
    for port in &config.ports {
        if needs_root(&port.device) && !nix::unistd::geteuid().is_root() {
            let device = text(&port.device).to_owned();
            return Err(StartError::NotRoot { port: port.name.clone(), device });
        }
        if let Some(interface) = kernel_interface(&port.device) {
            check_interface(port, interface, &kernel)?;
        }
        if let Some(used) = kernel.iter().find(|used| used.address == port.address.address()) {
            return Err(StartError::AddressInUse {
                port: port.name.clone(),
                address: used.address,
                interface: used.interface.clone(),
            });
        }
    }
    Ok(())
}

struct KernelAddress {
    interface: String,
    address: Ipv4Addr,
    prefix_len: u8,
}

fn kernel_addresses() -> Result<Vec<KernelAddress>, StartError> {
    let all = getifaddrs().map_err(StartError::Addresses)?;
    let ipv4 = all.filter_map(|entry| {
        let address = entry.address?.as_sockaddr_in()?.ip();
        let mask = entry.netmask.and_then(|mask| Some(mask.as_sockaddr_in()?.ip()));
        let prefix_len = mask.map_or(32, |mask| mask.to_bits().count_ones());
        let prefix_len = u8::try_from(prefix_len).unwrap_or(32);
        Some(KernelAddress { interface: entry.interface_name, address, prefix_len })
    });
    Ok(ipv4.collect())
}

fn check_interface(
    port: &Port,
    interface: &str,
    kernel: &[KernelAddress],
) -> Result<(), StartError> {
    if !std::path::Path::new("/sys/class/net").join(interface).exists() {
        let (port, interface) = (port.name.clone(), interface.to_owned());
        return Err(StartError::NoInterface { port, interface });
    }
    match kernel.iter().find(|used| used.interface == interface) {
        None => Ok(()),
        Some(used) => Err(StartError::KernelAddress {
            port: port.name.clone(),
            interface: interface.to_owned(),
            address: used.address,
            prefix_len: used.prefix_len,
        }),
    }
}

fn text(device: &Device) -> &str {
    match device {
        Device::Pci(text) | Device::Vdev(text) => text,
    }
}

/// Rings and the null device touch nothing of the machine.
fn needs_root(device: &Device) -> bool {
    let text = text(device);
    !["net_ring", "net_null", "net_memif"].iter().any(|driver| text.starts_with(driver))
}

/// The interface of the kernel that a device attaches to; a tap's is made by the device itself.
fn kernel_interface(device: &Device) -> Option<&str> {
    let Device::Vdev(text) = device else { return None };
    let attaches =
        ["net_af_packet", "net_af_xdp", "net_pcap"].iter().any(|name| text.starts_with(name));
    let argument = text.split(',').find_map(|argument| argument.strip_prefix("iface="));
    argument.filter(|_| attaches)
}
