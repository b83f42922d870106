//! Claims about the configuration file: one test a message.

use super::*;

/// A file without faults; checks replace a line of it.
const GOOD: &str = r#"instance = "/run/tandem"
state = "/var/lib/tandem"
user = "nobody"
idle = "relax"
[cores]
keeper = 0
workers = [1]
[memory]
huge_pages = "off"
mib = 128
mbufs = 8191
[limits]
setups = 1024
transactions = 4096
calls = 4096
retained_mib = 16
cdr_ring_mib = 4
[timers]
t1_ms = 500
t2_ms = 4000
t4_ms = 5000
b_ms = 32000
c_ms = 200000
[sip]
bare_lf = true
[[port]]
name = "access"
device = "net_af_packet0,iface=va0"
address = "10.77.1.1/24"
mtu = 1400
mac = "02:00:00:00:00:01"
[[port]]
name = "core"
device = "0000:03:00.1"
address = "10.77.2.1/24"
[[route]]
to = "10.88.0.0/16"
via = "10.77.1.2"
[[route]]
to = "0.0.0.0/0"
via = "10.77.2.254"
[[listener]]
name = "in"
port = "access"
address = "10.77.1.1"
udp = 5060
unknown_source = "forbidden"
[[listener]]
name = "out"
port = "core"
udp = 5070
[log]
level = "debug"
format = "json"
"#;

fn machine() -> Machine {
    Machine { cores: vec![Core(0), Core(1)] }
}

fn parse(text: &str) -> Result<Config, Findings> {
    Config::parse(text, &machine())
}

/// Replaces `from` by `to` and expects this one finding.
fn check(from: &str, to: &str, expect: &str) {
    assert_eq!(GOOD.matches(from).count(), 1, "{from:?} is not in the sample once");
    let findings = parse(&GOOD.replace(from, to)).unwrap_err();
    assert_eq!(findings.to_string(), format!("  {expect}"));
}

#[test]
fn reads_every_key() {
    let more = "cdr_ring_mib = 4\njournal_segments_kept = 7";
    let config = parse(&GOOD.replace("cdr_ring_mib = 4", more)).unwrap();
    assert_eq!(config.idle, Idle::Relax);
    assert_eq!(config.cores, Cores { keeper: Core(0), workers: vec![Core(1)], shared: false });
    assert_eq!(config.memory, Memory { huge_pages: HugePages::Off, mib: 128, mbufs: 8191 });
    assert_eq!((config.limits.cdr_ring_mib, config.limits.journal_segments_kept), (4, 7));
    assert_eq!(config.timers.c_ms, 200_000);
    assert!(config.sip.bare_lf);
    let [access, core] = config.ports.as_slice() else { panic!("two ports") };
    assert_eq!(access.device, Device::Vdev("net_af_packet0,iface=va0".to_owned()));
    assert_eq!((access.mtu, access.mac), (1400, Some([2, 0, 0, 0, 0, 1])));
    assert_eq!(core.device, Device::Pci("0000:03:00.1".to_owned()));
    assert_eq!(core.address.to_string(), "10.77.2.1/24");
    assert_eq!(config.routes[1].port, PortIndex(1));
    assert_eq!(config.listeners[0].unknown_source, UnknownSource::Forbidden);
    assert_eq!(config.listeners[1].socket.to_string(), "10.77.2.1:5070");
    assert_eq!(config.log, LogSettings { level: Level::Debug, format: Format::Json });
    assert_eq!(config.journal_dir(), Path::new("/var/lib/tandem/journal"));
    assert_eq!(config.keys_file(), Path::new("/var/lib/tandem/keys.toml"));
}

#[test]
fn threads_share_a_core_where_the_file_says_so() {
    for workers in ["[0, 1]", "[1, 1]", "[0, 0]"] {
        let text = GOOD.replace("workers = [1]", &format!("workers = {workers}\nshared = true"));
        let cores = parse(&text).unwrap().cores;
        assert!(cores.shared && cores.workers.len() == 2);
    }
}

#[test]
fn fills_in_defaults() {
    let text = "[[port]]\nname = \"a\"\ndevice = \"net_ring0\"\naddress = \"10.0.0.1/24\"\n";
    let config = parse(text).unwrap();
    assert_eq!(config.instance, Path::new("/run/tandem/dataplane"));
    assert_eq!(config.state, Path::new("/var/lib/tandem/dataplane"));
    assert_eq!((config.user.as_str(), config.idle), ("nobody", Idle::Spin));
    assert_eq!(config.memory, Memory { huge_pages: HugePages::Auto, mib: 256, mbufs: 16_383 });
    let limits = Limits {
        setups: 65_536,
        transactions: 262_144,
        calls: 262_144,
        retained_mib: 128,
        cdr_ring_mib: 32,
        journal_segments_kept: 2,
    };
    assert_eq!(config.limits, limits);
    let timers = Timers { t1_ms: 500, t2_ms: 4_000, t4_ms: 5_000, b_ms: 32_000, c_ms: 181_000 };
    assert_eq!(config.timers, timers);
    assert_eq!(config.log, LogSettings { level: Level::Info, format: Format::Text });
    assert_eq!(config.ports[0].mtu, 1500);
    assert!(!config.sip.bare_lf && config.routes.is_empty());
}

#[test]
fn listens_on_5060_of_each_port_by_default() {
    let cut = GOOD.split("[[listener]]").next().unwrap();
    let listeners = parse(cut).unwrap().listeners;
    let sockets: Vec<String> = listeners.iter().map(|one| one.socket.to_string()).collect();
    assert_eq!(sockets, ["10.77.1.1:5060", "10.77.2.1:5060"]);
    assert_eq!(listeners[1].name, "core");
}

#[test]
fn timer_b_follows_t1() {
    let text = GOOD.replace("b_ms = 32000\n", "").replace("t1_ms = 500", "t1_ms = 250");
    assert_eq!(parse(&text).unwrap().timers.b_ms, 16_000);
}

#[test]
fn lists_all_findings_by_line() {
    let text = GOOD
        .replace("idle = \"relax\"", "idle = \"sleep\"")
        .replace("10.77.1.1/24", "10.77.1.1/33")
        .replace("port = \"core\"", "port = \"cor\"")
        .replace("level = \"debug\"", "level = \"loud\"");
    let findings = parse(&text).unwrap_err();
    let keys: Vec<(usize, &str)> =
        findings.0.iter().map(|finding| (finding.line, finding.key.as_str())).collect();
    assert_eq!(keys, [(4, "idle"), (29, "port.address"), (50, "listener.port"), (53, "log.level")]);
}

#[test]
fn a_broken_port_address_is_told_once() {
    let findings = parse(&GOOD.replace("10.77.1.1/24", "10.77.1.1")).unwrap_err();
    assert_eq!(findings.0.len(), 1, "{findings}");
}

#[test]
fn names_the_file_that_is_missing() {
    let error = Config::load(Path::new("/nonexistent.toml"), &machine()).unwrap_err().to_string();
    assert!(error.contains("cannot read the configuration /nonexistent.toml"), "{error}");
}

macro_rules! findings {
    ($( $test:ident: $from:literal => $to:literal, $expect:literal; )+) => {
        $( #[test] fn $test() { check($from, $to, $expect); } )+
    };
}

findings! {
    rejects_an_unknown_key: "idle =" => "idel =",
        "line 4: idel: unknown field `idel`, expected one of `instance`, `state`, `link`, `member`, `user`, `idle`, `cores`, `memory`, `limits`, `timers`, `sip`, `port`, `route`, `listener`, `log`; correct or remove the key; docs/dataplane-config.md lists them all";
    rejects_an_unknown_key_in_a_table: "mib = 128" => "gib = 128",
        "line 10: gib: unknown field `gib`, expected one of `huge_pages`, `mib`, `mbufs`; correct or remove the key; docs/dataplane-config.md lists them all";
    rejects_a_key_that_comes_twice: "mib = 128" => "mbufs = 1",
        "line 11: mbufs: duplicate key; keep one of the two";
    rejects_a_value_of_another_type: "mib = 128" => "mib = \"128\"",
        "line 10: mib: invalid type: string \"128\", expected i64; write a value of that type; docs/dataplane-config.md lists them";
    rejects_a_relative_path: "\"/run/tandem\"" => "\"run/tandem\"",
        "line 1: instance: \"run/tandem\" is not an absolute path; write the whole path, as in \"/run/tandem/dataplane\"";
    rejects_one_directory_for_two_uses: "\"/var/lib/tandem\"" => "\"/run/tandem\"",
        "line 2: state: \"/run/tandem\" is also the instance directory; give the two different directories: one is reaped at start, the other must last";
    rejects_a_state_inside_the_instance: "\"/var/lib/tandem\"" => "\"/run/tandem/state\"",
        "line 2: state: \"/run/tandem/state\" is inside the instance directory; give the two different directories: one is reaped at start, the other must last";
    rejects_an_impossible_user: "\"nobody\"" => "\"no body\"",
        "line 3: user: \"no body\" is no user name; name a user of this machine, or \"root\" to keep all privileges";
    rejects_an_unknown_idle: "\"relax\"" => "\"nap\"",
        "line 4: idle: \"nap\" is not known; use \"spin\" or \"relax\"";
    rejects_a_core_that_is_not_there: "workers = [1]" => "workers = [7]",
        "line 7: cores.workers: core 7 is not one that this process may use; use one of 0, 1";
    rejects_a_negative_core: "keeper = 0" => "keeper = -1",
        "line 6: cores.keeper: core -1 is not one that this process may use; use one of 0, 1";
    rejects_a_link_without_its_whole_path: "idle = \"relax\"" => "link = \"link.sock\"",
        "line 4: link: \"link.sock\" is not an absolute path; write the whole path, as in \"/run/tandem/controlplane/link.sock\"";
    rejects_a_member_beyond_a_byte: "idle = \"relax\"" => "member = 256",
        "line 4: member: 256 is out of range; use 0 to 255 as number in the fleet";
    rejects_no_worker: "workers = [1]" => "workers = []",
        "line 7: cores.workers: no worker is named; name one core, as in workers = [1]";
    rejects_two_workers_on_one_core: "workers = [1]" => "workers = [1, 1]",
        "line 7: cores.workers: core 1 is named twice; give each worker a core of its own: it never yields it";
    rejects_more_workers_than_a_layout_can_tell: "workers = [1]" => "shared = true\nworkers = [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
        "line 8: cores.workers: 33 workers are named, and there can be 32; keep up to 32 cores in the list\n  line 12: memory.mbufs: 8191 packet buffers are too few for 33 workers; each keeps some at hand: use at least 33759";
    rejects_a_shared_core_that_nobody_leaves: "idle = \"relax\"\n[cores]" => "idle = \"spin\"\n[cores]\nshared = true",
        "line 6: cores.shared: workers that spin cannot share a core; set idle = \"relax\", or give each thread a core of its own";
    rejects_too_few_buffers_for_the_workers: "workers = [1]\n[memory]\nhuge_pages = \"off\"\nmib = 128\nmbufs = 8191" => "workers = [0, 1]\nshared = true\n[memory]\nmbufs = 2000",
        "line 10: memory.mbufs: 2000 packet buffers are too few for 2 workers; each keeps some at hand: use at least 2046";
    rejects_a_worker_on_the_keepers_core: "workers = [1]" => "workers = [0]",
        "line 7: cores.workers: core 0 is the keeper's too; give keeper and worker different cores: a worker never yields its core";
    rejects_an_unknown_use_of_huge_pages: "\"off\"" => "\"no\"",
        "line 9: memory.huge_pages: \"no\" is not known; use \"auto\" or \"require\" or \"off\"";
    rejects_too_little_memory: "mib = 128" => "mib = 1",
        "line 10: memory.mib: 1 is out of range; use 64 to 1048576 MiB";
    rejects_buffers_that_do_not_fit: "mbufs = 8191" => "mbufs = 81910",
        "line 11: memory.mbufs: 81910 packet buffers need 200 MiB, and mib is 128; raise mib or lower mbufs";
    rejects_transactions_below_two_a_setup: "transactions = 4096" => "transactions = 2047",
        "line 14: limits.transactions: 2047 transactions cannot hold 1024 calls in set-up; a call in set-up has a transaction on each side: use at least 2048";
    rejects_setups_out_of_range_without_a_word_on_transactions: "setups = 1024" => "setups = 9999999",
        "line 13: limits.setups: 9999999 is out of range; use 64 to 1048576 calls";
    rejects_a_limit_out_of_range: "calls = 4096" => "calls = 0",
        "line 15: limits.calls: 0 is out of range; use 64 to 4194304 calls";
    rejects_t2_below_t1: "t2_ms = 4000" => "t2_ms = 400",
        "line 20: timers.t2_ms: T2 of 400 ms is shorter than T1 of 500 ms; T2 caps the intervals that start with T1: raise it";
    rejects_timer_c_of_three_minutes: "c_ms = 200000" => "c_ms = 180000",
        "line 23: timers.c_ms: 180000 is out of range; use 180001 to 3600000 ms";
    rejects_a_port_without_name: "name = \"access\"\n" => "",
        "line 26: port.name: is missing; use 1 to 32 letters, digits, '-', '_' or '.', as in \"access\"\n  line 43: listener.port: there is no port \"access\"; name a port of this file: \"core\"";
    rejects_a_name_with_blanks: "name = \"in\"" => "name = \"i n\"",
        "line 43: listener.name: \"i n\" is no name; use 1 to 32 letters, digits, '-', '_' or '.', as in \"access\"";
    rejects_two_ports_of_one_name: "name = \"core\"" => "name = \"access\"",
        "line 33: port.name: \"access\" is given twice; give each its own name\n  line 50: listener.port: there is no port \"core\"; name a port of this file: \"access\", \"access\"";
    rejects_two_listeners_of_one_name: "name = \"out\"" => "name = \"in\"",
        "line 49: listener.name: \"in\" is given twice; give each its own name";
    rejects_a_port_without_device: "device = \"0000:03:00.1\"\n" => "",
        "line 32: port.device: is missing; write it as \"0000:03:00.0\" or \"net_af_packet0,iface=NAME\"";
    rejects_a_kernel_interface_as_device: "\"0000:03:00.1\"" => "\"eth0\"",
        "line 34: port.device: \"eth0\" is neither a PCI address nor a DPDK vdev; write it as \"0000:03:00.0\" or \"net_af_packet0,iface=NAME\"";
    rejects_a_vdev_without_number: "net_af_packet0" => "net_af_packet",
        "line 28: port.device: \"net_af_packet,iface=va0\" is neither a PCI address nor a DPDK vdev; write it as \"0000:03:00.0\" or \"net_af_packet0,iface=NAME\"";
    rejects_one_device_for_two_ports: "0000:03:00.1" => "net_af_packet0,iface=va0",
        "line 34: port.device: \"net_af_packet0\" is used by two ports; give each port a device of its own; vdevs of one driver are told apart by their number";
    rejects_two_vdevs_of_one_number: "0000:03:00.1" => "net_af_packet0,iface=va1",
        "line 34: port.device: \"net_af_packet0\" is used by two ports; give each port a device of its own; vdevs of one driver are told apart by their number";
    rejects_a_packet_socket_without_interface: "net_af_packet0,iface=va0" => "net_af_packet0,qpairs=1",
        "line 28: port.device: \"net_af_packet0,qpairs=1\" names no interface; write it as \"net_af_packet0,iface=NAME\"";
    rejects_an_address_without_length: "10.77.2.1/24" => "10.77.2.1",
        "line 35: port.address: \"10.77.2.1\" is not an IPv4 address with a prefix length; write address and prefix length, as in \"10.77.1.1/24\"";
    rejects_the_networks_own_address: "10.77.1.1/24" => "10.77.1.0/24",
        "line 29: port.address: 10.77.1.0/24 is not the address of a host; use an address inside the network, not its first or last one";
    rejects_overlapping_ports: "10.77.2.1/24" => "10.77.3.1/16",
        "line 35: port.address: 10.77.3.1/16 overlaps 10.77.1.1/24 of port \"access\"; give each port a network of its own";
    rejects_a_jumbo_mtu: "mtu = 1400" => "mtu = 9000",
        "line 30: port.mtu: 9000 is out of range; use 576 to 1500 bytes";
    rejects_a_multicast_mac: "02:00:00:00:00:01" => "03:00:00:00:00:01",
        "line 31: port.mac: \"03:00:00:00:00:01\" is not a unicast hardware address; write six bytes, the first one even, as in \"02:00:00:00:00:01\"";
    rejects_a_route_with_host_bits: "10.88.0.0/16" => "10.88.1.0/16",
        "line 37: route.to: 10.88.1.0/16 has bits set behind its prefix; write 10.88.0.0/16";
    rejects_a_route_to_nowhere: "\"10.88.0.0/16\"" => "\"somewhere\"",
        "line 37: route.to: \"somewhere\" is not an IPv4 network with a prefix length; write the network, as in \"10.88.0.0/16\" or \"0.0.0.0/0\"";
    rejects_two_routes_of_one_network: "0.0.0.0/0" => "10.88.0.0/16",
        "line 40: route.to: 10.88.0.0/16 has two routes; keep one of them";
    rejects_a_next_hop_that_no_port_reaches: "10.77.2.254" => "10.99.0.1",
        "line 41: route.via: 10.99.0.1 is in the network of no port; name a next hop that a port reaches directly";
    rejects_ourselves_as_next_hop: "via = \"10.77.1.2\"" => "via = \"10.77.1.1\"",
        "line 38: route.via: 10.77.1.1 is our own address; name the address of another machine";
    rejects_a_next_hop_by_name: "\"10.77.1.2\"" => "\"gateway\"",
        "line 38: route.via: \"gateway\" is not an IPv4 address; write the address of the next router, as in \"10.77.1.2\"";
    rejects_a_route_without_next_hop: "via = \"10.77.1.2\"\n" => "",
        "line 36: route.via: is missing; write the address of the next router, as in \"10.77.1.2\"";
    rejects_a_listener_on_no_port: "port = \"core\"" => "port = \"cor\"",
        "line 50: listener.port: there is no port \"cor\"; name a port of this file: \"access\", \"core\"";
    rejects_a_listener_without_port: "port = \"core\"\n" => "",
        "line 48: listener.port: is missing; name a port of this file: \"access\", \"core\"";
    rejects_a_listener_on_a_foreign_address: "address = \"10.77.1.1\"" => "address = \"10.77.1.9\"",
        "line 45: listener.address: 10.77.1.9 is not the address of the port; write 10.77.1.1, or leave the key out";
    rejects_a_listener_address_with_length: "address = \"10.77.1.1\"" => "address = \"10.77.1.1/24\"",
        "line 45: listener.address: \"10.77.1.1/24\" is not an IPv4 address; write it without prefix length, as in \"10.77.1.1\"";
    rejects_udp_port_zero: "udp = 5070" => "udp = 0",
        "line 51: listener.udp: 0 is out of range; use 1 to 65535 as a UDP port";
    rejects_two_listeners_of_one_socket: "port = \"core\"\nudp = 5070" => "port = \"access\"",
        "line 48: listener.udp: two listeners share 10.77.1.1:5060; give them different UDP ports";
    rejects_an_unknown_answer: "\"forbidden\"" => "\"403\"",
        "line 47: listener.unknown_source: \"403\" is not known; use \"silent\" or \"forbidden\"";
    rejects_an_unknown_level: "\"debug\"" => "\"trace\"",
        "line 53: log.level: \"trace\" is not known; use \"error\" or \"warn\" or \"info\" or \"debug\"";
    rejects_an_unknown_format: "\"json\"" => "\"xml\"",
        "line 54: log.format: \"xml\" is not known; use \"text\" or \"json\"";
}

#[test]
fn rejects_a_file_without_ports() {
    let findings = parse("idle = \"spin\"\n").unwrap_err();
    let expect =
        "  line 1: port: no port is configured; add a [[port]] with name, device and address";
    assert_eq!(findings.to_string(), expect);
}

#[test]
fn rejects_a_text_that_is_no_toml() {
    let findings = parse("idle = \"spin\"\n[cores\nkeeper = 0\n").unwrap_err();
    assert_eq!(findings.0.len(), 1);
    assert_eq!(findings.0[0].line, 2, "{findings}");
    assert!(findings.to_string().contains("strings need quotes"), "{findings}");
}

#[test]
fn cidr_knows_its_network() {
    let cidr: Cidr = "10.77.1.130/25".parse().unwrap();
    assert_eq!(cidr.network(), Ipv4Addr::new(10, 77, 1, 128));
    assert_eq!(cidr.broadcast(), Ipv4Addr::new(10, 77, 1, 255));
    assert!(cidr.contains(Ipv4Addr::new(10, 77, 1, 200)));
    assert!(!cidr.contains(Ipv4Addr::new(10, 77, 1, 127)));
    let all: Cidr = "0.0.0.0/0".parse().unwrap();
    assert!(all.mask() == 0 && all.contains(Ipv4Addr::BROADCAST));
    let one: Cidr = "10.0.0.1/32".parse().unwrap();
    assert_eq!((one.mask(), one.network()), (u32::MAX, one.address()));
    for bad in ["", "10.0.0.1", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/+8", "10.0.0/8", "::1/8"] {
        assert!(bad.parse::<Cidr>().is_err(), "{bad}");
    }
}
