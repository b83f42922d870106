#!/usr/bin/env bash
# Both processes where they are when nobody says otherwise: the directories of an appliance, made by them, and
# the smallest configuration. Nothing of it is seen outside: they have a /run and a /var/lib of their own.
# Seconds: 60
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas
plan "$FOLDER/plan.toml" '' atlas
carrier "$FOLDER" atlas uas
scenario_numbers '390220000001;200;442071838001'
[ ! -e /etc/tandem/controlplane.toml ] || die "this machine has a control plane of its own: /etc/tandem/controlplane.toml"

# shellcheck disable=SC2016
launch "$CONTROL_LOG" ip netns exec "$NET_PREFIX-router" unshare --mount --propagation private bash -c \
    'mount -t tmpfs tandem /run && mount -t tmpfs tandem /var/lib && exec "$0"' "$CONTROL"
CONTROL_PID=$LAUNCHED

# inside COMMAND...: in the file system and the network that the control plane is in.
inside() {
    nsenter --target "$CONTROL_PID" --mount --net "$@"
}

answers() {
    alive "$CONTROL_PID" || die "the control plane ended: $(tail -n 1 "$CONTROL_LOG")"
    inside "$CLI" status 2>/dev/null | grep -q 'embedded, connected'
}
wait_for 60 answers || die "the control plane was not ready after 60 s (log: $CONTROL_LOG)"

{
    printf 'idle = "relax"\n'
    for name in orig atlas; do
        printf '\n[[port]]\nname = "%s"\ndevice = "net_af_packet%s,iface=%s"\naddress = "%s/24"\n' \
            "$name" "${PEER_NUMBER[$name]}" "$name" "$(net_router "$name")"
    done
} >"$FOLDER/small.toml"
ROUTER_LOG=$FOLDER/router.log
launch "$ROUTER_LOG" nsenter --target "$CONTROL_PID" --mount --net "$BINARY" --config "$FOLDER/small.toml"
ROUTER_PID=$LAUNCHED
wait_for 30 router_ready_or_gone 0 || die "the router was not ready after 30 s (log: $ROUTER_LOG)"
router_alive

inside "$CLI" plan import "$FOLDER/plan.toml" --yes >"$FOLDER/import.log" 2>&1 ||
    die "the plan was not taken: $(tail -n 1 "$FOLDER/import.log")"
expect "$(grep -c 'active on 1 worker' "$FOLDER/import.log")" -eq 1 "imports that are active on a worker"
scenario_calls uac 20 20 -d 500
expect "$(logged atlas BYE)" -eq 20 "calls with nothing but defaults"
expect "$(inside stat -c %U /run/tandem/dataplane /run/tandem/controlplane /var/lib/tandem/controlplane | sort -u)" = nobody "owner of what both have made"
all_are_in() {
    [ "$(inside "$CLI" cdr search --output json | jq length)" -eq 20 ]
}
wait_for 10 all_are_in || die "the records did not come in: $(inside "$CLI" status | grep records)"
