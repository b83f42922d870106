//! Tests of what can be checked without an EAL; `tests/` starts one.

use super::arguments::command_line;
use super::start::last_lines;
use super::{Device, Eal, HugePages, InitEalError, Options};

fn line(huge: HugePages, devices: &[&str]) -> String {
    let devices = devices.iter().map(|text| Device::parse(text)).collect();
    command_line(&Options { huge, devices, ..Options::default() }).join(" ")
}

#[test]
fn tells_pci_addresses_from_virtual_devices() {
    let check = |text: &str, expected: Device, name: &str| {
        let device = Device::parse(text);
        assert_eq!(device, expected);
        assert_eq!(device.name(), name);
    };
    let pci = |text: &str| Device::Pci(text.to_owned());
    let vdev = |text: &str| Device::Vdev(text.to_owned());
    check("0000:01:00.0", pci("0000:01:00.0"), "0000:01:00.0");
    check("af:00.1", pci("0000:af:00.1"), "0000:af:00.1");
    check("af:00.1,dv_flow_en=0", pci("0000:af:00.1,dv_flow_en=0"), "0000:af:00.1");
    check("net_af_packet0,iface=va0", vdev("net_af_packet0,iface=va0"), "net_af_packet0");
    check("net_tap0,mac=00:11:22:33:44:55.6", vdev("net_tap0,mac=00:11:22:33:44:55.6"), "net_tap0");
    check("", vdev(""), "");
}

#[test]
fn keeps_memory_in_memory_unless_memif_or_ordinary_pages_forbid_it() {
    let plain = line(HugePages::Use, &["net_null0"]);
    assert!(plain.contains(" --in-memory") && plain.contains("--no-pci"), "{plain}");
    let ordinary = line(HugePages::None, &["net_null0"]);
    assert!(ordinary.contains(" --no-huge --no-shconf"), "{ordinary}");
    assert!(!ordinary.contains("--in-memory"), "{ordinary}");
    for huge in [HugePages::Use, HugePages::None] {
        let memif = line(huge, &["net_memif0,role=server"]);
        assert!(!memif.contains("--in-memory") && !memif.contains("--no-shconf"), "{memif}");
    }
}

#[test]
fn opens_pci_only_for_the_devices_asked_for() {
    let line = line(HugePages::Use, &["01:00.0", "net_null0"]);
    assert!(line.contains(" -a 0000:01:00.0"), "{line}");
    assert!(!line.contains("--no-pci") && !line.contains("net_null0"), "{line}");
}

#[test]
fn wrong_lcores_are_refused_before_the_eal_is_touched() {
    let start =
        |lcores: &str| Eal::init(&Options { lcores: lcores.to_owned(), ..Options::default() });
    for _ in 0..2 {
        let error = start("0@0;1@1").err();
        assert!(matches!(error, Some(InitEalError::BadLcores { .. })));
    }
}

#[test]
fn keeps_the_last_three_lines_of_a_log() {
    assert_eq!(last_lines("a\n\n b \nc\nd\n"), ["b", "c", "d"]);
    assert!(last_lines("").is_empty());
}
