//! Owns how [`Options`] become the EAL's command line.
//! Refuses to start anything: text in, text out.

use super::{Device, HugePages, LogLevel, Options};

/// The command line for `options`, program name first.
///
/// Virtual devices are not on it: they are probed one by one afterwards, because only then does
/// DPDK say which of them failed, and why.
pub(super) fn command_line(options: &Options) -> Vec<String> {
    let mut line = vec!["tandem".to_owned()];
    let mut add = |words: &[&str]| line.extend(words.iter().map(|word| (*word).to_owned()));
    add(&["--lcores", &options.lcores]);
    add(&["--main-lcore", &options.main_lcore.0.to_string()]);
    add(&["--log-level", &format!("lib.*:{}", level(options.log))]);
    add(&["--log-level", level(options.log)]);
    add(&["--no-telemetry"]);
    if options.memory_mib > 0 {
        add(&["-m", &options.memory_mib.to_string()]);
    }
    let memif = has_memif(options);
    let virtio_user = options.devices.iter().any(|device| device.name().contains("virtio_user"));
    match (options.huge, memif) {
        // memif talks to the other side over the EAL's message channel, which both of
        // `--in-memory` and `--no-shconf` switch off.
        (HugePages::Use, true) => add(&["--huge-unlink"]),
        (HugePages::Use, false) => add(&["--in-memory"]),
        (HugePages::None, true) => add(&["--no-huge"]),
        // `--in-memory` cannot be combined with `--no-huge`; this leaves no files behind either.
        (HugePages::None, false) => add(&["--no-huge", "--no-shconf"]),
    }
    if virtio_user && options.huge == HugePages::Use {
        // vhost passes one descriptor for each memory region and has room for eight.
        add(&["--single-file-segments"]);
    }
    if options.file_prefix.is_empty() {
        add(&["--file-prefix", &format!("tandem-{}", std::process::id())]);
    } else {
        add(&["--file-prefix", &options.file_prefix]);
    }
    let mut pci = false;
    for device in &options.devices {
        if let Device::Pci(address) = device {
            add(&["-a", address]);
            pci = true;
        }
    }
    if !pci {
        // Virtual devices take virtual addresses, whatever the machine could do.
        add(&["--no-pci", "--iova-mode", "va"]);
    }
    line
}

/// Whether one of the devices is a memif.
pub(super) fn has_memif(options: &Options) -> bool {
    options.devices.iter().any(|device| device.name().starts_with("net_memif"))
}

fn level(log: LogLevel) -> &'static str {
    match log {
        LogLevel::Silent => "emergency",
        LogLevel::Errors => "error",
        LogLevel::Warnings => "warning",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    }
}
