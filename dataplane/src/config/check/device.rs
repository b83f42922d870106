//! Owns the checks of what names a device: its PCI address or vdev, its hardware address.
//! Knows nothing of other ports, and does not look whether the device exists.

use toml::Spanned;

use super::super::Device;
use super::Checker;
use super::network::start;

pub(super) fn device(
    checker: &mut Checker<'_>,
    raw: Option<&Spanned<String>>,
    place: usize,
) -> Device {
    let text = raw.map(|spanned| spanned.get_ref().trim()).unwrap_or_default();
    if is_pci(text) {
        return Device::Pci(text.to_ascii_lowercase());
    }
    // A vdev of DPDK is named after its driver and a number, so that EAL can tell two of them apart.
    let driver = text.split(',').next().unwrap_or_default();
    let numbered = driver.ends_with(|c: char| c.is_ascii_digit());
    if !(driver.starts_with("net_") && numbered) {
        let cause = match raw {
            None => "is missing".to_owned(),
            Some(_) => format!("\"{text}\" is neither a PCI address nor a DPDK vdev"),
        };
        let remedy = "write it as \"0000:03:00.0\" or \"net_af_packet0,iface=NAME\"";
        checker.fault(start(raw, place), "port.device", cause, remedy.to_owned());
        return Device::Vdev(String::new());
    }
    let attaches = ["net_af_packet", "net_af_xdp"].iter().any(|name| driver.starts_with(name));
    let has_interface = text.split(',').skip(1).any(|argument| {
        argument.strip_prefix("iface=").is_some_and(|interface| !interface.is_empty())
    });
    if attaches && !has_interface {
        let cause = format!("\"{text}\" names no interface");
        checker.fault(
            start(raw, place),
            "port.device",
            cause,
            format!("write it as \"{driver},iface=NAME\""),
        );
    }
    Device::Vdev(text.to_owned())
}

/// What the EAL tells devices apart by: the text without arguments.
pub(super) fn device_name(device: &Device) -> &str {
    let (Device::Pci(text) | Device::Vdev(text)) = device;
    text.split(',').next().unwrap_or_default()
}

/// Whether `text` is `[domain:]bus:device.function` in hexadecimal digits.
fn is_pci(text: &str) -> bool {
    let hex = |part: &str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let Some((slot, function)) = text.rsplit_once('.') else { return false };
    let parts: Vec<&str> = slot.split(':').collect();
    let address = match parts.as_slice() {
        [bus, device] => hex(bus, &[2]) && hex(device, &[2]),
        [domain, bus, device] => hex(domain, &[4, 8]) && hex(bus, &[2]) && hex(device, &[2]),
        _ => false,
    };
    address && hex(function, &[1])
}

pub(super) fn mac(checker: &mut Checker<'_>, raw: Option<&Spanned<String>>) -> Option<[u8; 6]> {
    let spanned = raw?;
    let place = spanned.span().start;
    let mut bytes = [0u8; 6];
    let mut parts = spanned.get_ref().split(':');
    let mut good = true;
    for byte in &mut bytes {
        let part = parts.next().unwrap_or_default();
        let value = u8::from_str_radix(part, 16).ok().filter(|_| part.len() == 2);
        good &= value.is_some();
        *byte = value.unwrap_or_default();
    }
    let multicast = bytes.first().is_some_and(|first| first & 1 == 1);
    if !good || parts.next().is_some() || multicast || bytes == [0; 6] {
        checker.fault(
            place,
            "port.mac",
            format!("\"{}\" is not a unicast hardware address", spanned.get_ref()),
            "write six bytes, the first one even, as in \"02:00:00:00:00:01\"".to_owned(),
        );
        return None;
    }
    Some(bytes)
}
