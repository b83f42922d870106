//! Owns how DPDK is found, bound and linked: `pkg-config` for the place, bindgen for the types,
//! one C file for the inline functions, and a pick list of static archives.
//! Refuses to link all of DPDK: the full static list drags libpcap, D-Bus and systemd in.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

/// Archives that every build needs: the libraries, the buses, then the drivers. Order does not
/// matter, whole archives do: drivers register themselves in constructors nobody refers to.
const ARCHIVES: &[&str] = &[
    "eal",
    "kvargs",
    "telemetry",
    "ring",
    "rcu",
    "mempool",
    "mempool_ring",
    "mbuf",
    "net",
    "meter",
    "ethdev",
    "pci",
    "hash",
    "timer",
    "ip_frag",
    "cryptodev",
    "security",
    "gso",
    "bus_auxiliary",
    "bus_pci",
    "bus_vdev",
    "net_null",
    "net_ring",
    "net_af_packet",
    "net_af_xdp",
    "net_tap",
    "net_memif",
    "net_virtio",
    "net_vmxnet3",
    "net_e1000",
    "net_ixgbe",
    "net_i40e",
    "common_iavf",
    "net_iavf",
    "net_ice",
    "common_mlx5",
    "net_mlx5",
];

/// Archives that later DPDK releases split off; linked where they exist.
const LATER_ARCHIVES: &[&str] = &["log", "argparse", "stack"];

/// Shared libraries of the system that the archives above use: memory policy, BSD string
/// functions and their digests; AF_XDP's loader; the verbs of mlx5.
const SYSTEM: &[&str] = &["numa", "bsd", "md", "xdp", "bpf", "ibverbs", "mlx5", "m"];

const REMEDY: &str = "install it with `apt-get install libdpdk-dev pkg-config clang-14 \
                      libclang-14-dev`";

fn main() {
    for file in ["build.rs", "shim.c", "shim.h"] {
        println!("cargo:rerun-if-changed={file}");
    }
    for variable in ["PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "LIBCLANG_PATH"] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    if let Err(reason) = build() {
        eprintln!("error: {reason}");
        exit(1);
    }
}

fn build() -> Result<(), String> {
    let version = pkg_config(&["--modversion"])?;
    if release(&version).is_none_or(|release| release < (22, 11)) {
        return Err(format!("DPDK {version} is too old: Tandem needs 22.11 or later"));
    }
    let flags: Vec<String> =
        pkg_config(&["--cflags"])?.split_whitespace().map(str::to_owned).collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    bind(&flags, &out)?;
    compile_shim(&flags)?;
    link(Path::new(&pkg_config(&["--variable=libdir"])?))
}

fn pkg_config(arguments: &[&str]) -> Result<String, String> {
    let program = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".to_owned());
    let output = Command::new(&program)
        .args(arguments)
        .arg("libdpdk")
        .output()
        .map_err(|error| format!("cannot run {program} to find DPDK ({error}): {REMEDY}"))?;
    if !output.status.success() {
        return Err(format!("DPDK 22.11 was not found ({program} knows no libdpdk): {REMEDY}"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

fn bind(flags: &[String], out: &Path) -> Result<(), String> {
    bindgen::Builder::default()
        .header("shim.h")
        .clang_args(flags)
        .use_core()
        .generate_comments(false)
        .derive_debug(false)
        .prepend_enum_name(false)
        .layout_tests(true)
        .formatter(bindgen::Formatter::None)
        // Offload flags are `1 << n` behind a macro with a cast, which only the fallback reads.
        .clang_macro_fallback()
        .clang_macro_fallback_build_dir(out)
        .allowlist_function("sx_.*")
        .allowlist_function("rte_eal_(init|cleanup|remote_launch|wait_lcore|get_runtime_dir)")
        .allowlist_function("rte_get_(main|next)_lcore|rte_lcore_to_(cpu|socket)_id")
        .allowlist_function("rte_strerror|rte_dev_(probe|name)|rte_version")
        .allowlist_function("rte_eth_dev_(configure|start|stop|close|info_get|socket_id)")
        .allowlist_function("rte_eth_dev_(get_port_by_name|get_name_by_port)")
        .allowlist_function("rte_eth_dev_(adjust_nb_rx_tx_desc|is_valid_port)|rte_eth_find_next")
        .allowlist_function("rte_eth_(rx|tx)_queue_setup|rte_eth_macaddr_get")
        .allowlist_function("rte_eth_promiscuous_enable|rte_eth_link_get_nowait")
        .allowlist_function("rte_eth_stats_get|rte_eth_from_rings")
        .allowlist_function("rte_ring_(create|free)")
        .allowlist_function("rte_pktmbuf_(pool_create|free_bulk)|rte_mempool_avail_count")
        .allowlist_type("rte_mbuf|rte_mempool|rte_eth_(conf|dev_info|stats|link)")
        .allowlist_var("RTE_MBUF_F_(RX|TX)_.*|RTE_MBUF_PORT_INVALID|RTE_MBUF_L2_LEN_BITS")
        .allowlist_var("RTE_ETH_(RX|TX)_OFFLOAD_.*_CKSUM|RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE")
        .allowlist_var("RTE_ETH_RSS_.*|RTE_ETH_LINK_(UP|DOWN)|RTE_ETH_NAME_MAX_LEN")
        .allowlist_var("RTE_PKTMBUF_HEADROOM|RTE_MAX_(LCORE|ETHPORTS)|RTE_MEMPOOL_CACHE_MAX_SIZE")
        .allowlist_var("RTE_LOG_(EMERG|ALERT|CRIT|ERR|WARNING|NOTICE|INFO|DEBUG)")
        .allowlist_var("RING_F_.*|SOCKET_ID_ANY|LCORE_ID_ANY")
        // Packed types that contain aligned ones, which Rust refuses; nothing here uses them.
        .opaque_type("rte_arp_ipv4|rte_arp_hdr|rte_gtp_psc_.*|rte_l2tpv2_.*")
        .blocklist_item("per_lcore_.*|__tile1024i.*|IPPROTO_.*")
        .generate()
        .map_err(|error| format!("cannot bind DPDK's headers: {error}"))?
        .write_to_file(out.join("bindings.rs"))
        .map_err(|error| format!("cannot write DPDK's bindings: {error}"))
}

fn compile_shim(flags: &[String]) -> Result<(), String> {
    let mut shim = cc::Build::new();
    shim.file("shim.c").opt_level(2).warnings(true);
    for flag in flags {
        shim.flag(flag);
    }
    shim.try_compile("tandem_dpdk_shim").map_err(|error| format!("cannot compile shim.c: {error}"))
}

fn link(folder: &Path) -> Result<(), String> {
    println!("cargo:rustc-link-search=native={}", folder.display());
    let exists = |name: &str| folder.join(format!("librte_{name}.a")).exists();
    for name in ARCHIVES {
        if !exists(name) {
            let folder = folder.display();
            return Err(format!(
                "DPDK's static library librte_{name}.a is not in {folder}: {REMEDY}"
            ));
        }
    }
    for name in ARCHIVES.iter().chain(LATER_ARCHIVES.iter().filter(|name| exists(name))) {
        println!("cargo:rustc-link-lib=static:+whole-archive,-bundle=rte_{name}");
    }
    for name in SYSTEM {
        println!("cargo:rustc-link-lib=dylib={name}");
    }
    Ok(())
}
