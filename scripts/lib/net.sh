# Owns the network that a demo, a scenario or a bench plays on: one namespace for each peer, and one for
# the router, joined by veth pairs. Nothing of it is visible in the host's own network.
#
#   PREFIX-NAME (eth0, 10.77.N.2) ──── (NAME, no address) PREFIX-router
#   PREFIX-NAME (eth0, 10.88.N.2) ──── PREFIX-NAME-far (forwards) ──── (NAME, no address) PREFIX-router
#
# The router owns 10.77.N.1; its side has no address of the kernel's. IPv6 is off, so that no frame is
# there that no one sent.
# shellcheck shell=bash disable=SC2034

NET_PREFIX=''
NET_PMD=af_packet
# Queue pairs of an af_packet device.
NET_QUEUES=1
# NAME -> N, in the order of their making.
declare -A NET_NUMBER=()
NET_NAMES=()
NET_FAR=()

# net_open PREFIX PMD: makes the router's namespace. All of them are deleted at the end.
net_open() {
    NET_PREFIX=$1 NET_PMD=$2
    undo net_close "$NET_PREFIX"
    net_namespace router
}

# net_close PREFIX: deletes every namespace of that prefix, whatever is still in it.
net_close() {
    local namespace pid
    for namespace in $(ip netns list 2>/dev/null | awk -v p="$1-" 'index($1, p) == 1 { print $1 }'); do
        for pid in $(ip netns pids "$namespace" 2>/dev/null); do
            kill -KILL "$pid" 2>/dev/null || true
        done
        ip netns delete "$namespace" 2>/dev/null || true
    done
}

net_namespace() {
    local namespace=$NET_PREFIX-$1
    ip netns add "$namespace" 2>/dev/null ||
        die "the network namespace $namespace exists already: remove it with 'ip netns delete $namespace'"
    in_net "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 \
        net.ipv4.ip_forward=0 2>/dev/null || true
    ip -n "$namespace" link set lo up
}

# in_net NAME COMMAND...: runs it in the namespace of a peer, or of `router`.
in_net() {
    local name=$1
    shift
    ip netns exec "$NET_PREFIX-$name" "$@"
}

# net_peer NAME N: a peer with a wire to the router. With PMD tap its end comes with net_attach.
net_peer() {
    NET_NUMBER[$1]=$2
    NET_NAMES+=("$1")
    net_namespace "$1"
    [ "$NET_PMD" = tap ] || net_wire router "$1" "$1" eth0
    [ "$NET_PMD" = tap ] || net_address "$1" eth0 "$(net_near "$1")/24"
}

# net_far NAME N: a peer behind a namespace that forwards, where packets can be lost.
net_far() {
    local name=$1 n=$2
    [ "$NET_PMD" != tap ] || die "a peer behind a forwarder needs veth: not with tap"
    NET_NUMBER[$name]=$n
    NET_NAMES+=("$name")
    NET_FAR+=("$name")
    net_namespace "$name"
    net_namespace "$name-far"
    net_wire router "$name" "$name-far" inner
    net_wire "$name-far" outer "$name" eth0
    net_address "$name-far" inner "10.77.$n.2/24"
    net_address "$name-far" outer "10.88.$n.1/24"
    net_address "$name" eth0 "10.88.$n.2/24"
    ip -n "$NET_PREFIX-$name" route add default via "10.88.$n.1"
    in_net "$name-far" sysctl -qw net.ipv4.ip_forward=1
    # Forwarding back out of the same wire would be told to the router by ICMP redirects.
    in_net "$name-far" sysctl -qw net.ipv4.conf.all.send_redirects=0
}

# net_wire NAME INTERFACE NAME INTERFACE: a veth pair. With checksums left to a NIC that is none,
# a packet socket would see half a checksum in each datagram.
net_wire() {
    ip link add "$2" netns "$NET_PREFIX-$1" type veth peer name "$4" netns "$NET_PREFIX-$3"
    in_net "$1" ethtool -K "$2" tx off >/dev/null
    in_net "$3" ethtool -K "$4" tx off >/dev/null
    ip -n "$NET_PREFIX-$1" link set "$2" up
    ip -n "$NET_PREFIX-$3" link set "$4" up
}

net_address() {
    ip -n "$NET_PREFIX-$1" address add "$3" dev "$2"
}

# net_attach: moves the router's tap devices to the peers; with the other PMDs nothing is left to do.
net_attach() {
    [ "$NET_PMD" = tap ] || return 0
    local name
    for name in "${NET_NAMES[@]}"; do
        ip -n "$NET_PREFIX-router" link set "$name" netns "$NET_PREFIX-$name" name eth0
        net_address "$name" eth0 "$(net_near "$name")/24"
        ip -n "$NET_PREFIX-$name" link set eth0 up
    done
}

# net_near NAME: the address on the router's wire; net_ip NAME: the peer's own.
net_near() {
    echo "10.77.${NET_NUMBER[$1]}.2"
}

net_ip() {
    if net_is_far "$1"; then
        echo "10.88.${NET_NUMBER[$1]}.2"
    else
        net_near "$1"
    fi
}

# net_router NAME: the router's address on the wire of that peer.
net_router() {
    echo "10.77.${NET_NUMBER[$1]}.1"
}

net_is_far() {
    [[ " ${NET_FAR[*]} " == *" $1 "* ]]
}

# net_device NAME INDEX: the DPDK device at the router's end of that peer's wire.
net_device() {
    case $NET_PMD in
        af_packet) echo "net_af_packet$2,iface=$1,qpairs=$NET_QUEUES" ;;
        # veth has no zero-copy path, and asking for it fails late.
        af_xdp) echo "net_af_xdp$2,iface=$1,force_copy=1" ;;
        tap) echo "net_tap$2,iface=$1" ;;
    esac
}

# net_capture NAME INTERFACE FILE: records SIP there until the script ends; the process is $LAUNCHED.
net_capture() {
    launch "$3.log" ip netns exec "$NET_PREFIX-$1" \
        tcpdump -i "$2" -n -s 0 -B 16384 -U -Z root -w "$3" udp port 5060
    wait_for 10 grep -qs 'listening on' "$3.log" || die "tcpdump did not start: $(tail -n 1 "$3.log")"
}

# net_lose NAME PERCENT: loses that share of what passes the forwarder, in each direction on its own.
net_lose() {
    local share interface
    share=$(awk -v p="$2" 'BEGIN { printf "%.4f", p / 100 }')
    for interface in inner outer; do
        in_net "$1-far" iptables -A FORWARD -i "$interface" -p udp \
            -m statistic --mode random --probability "$share" -j DROP
    done
}

# net_lost NAME INTERFACE: how many packets that came in there were lost.
net_lost() {
    in_net "$1-far" iptables -L FORWARD -v -n -x | awk -v i="$2" '$6 == i { print $1 }'
}

# net_silence NAME: the peer takes every datagram and answers none, not even with ICMP.
net_silence() {
    in_net "$1" iptables -A INPUT -p udp --dport 5060 -j DROP
}

# net_silenced NAME: how many datagrams it took.
net_silenced() {
    in_net "$1" iptables -L INPUT -v -n -x | awk '$3 == "DROP" { print $1 }'
}
