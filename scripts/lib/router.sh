# Owns the router's life in a script: its configuration, its start, the wait until it is ready, its end.
# shellcheck shell=bash disable=SC2034

ROUTER_PID=''
ROUTER_LOG=''
# Lines of [cores].
ROUTER_CORES=$'keeper = 0\nworkers = [1]'

# router_config FOLDER: writes FOLDER/router.toml for the peers of the network, and for the control plane
# that control_config knows. Further keys come from
# standard input when it is not a terminal.
router_config() {
    local folder=$1 name index=0
    mkdir -p "$folder/run" "$folder/state"
    # The router drops to this user after start; it must be able to pass the folders above its own.
    chmod 0755 "$folder"
    {
        cat <<EOF
instance = "$folder/run/instance"
state = "$folder/state"
link = "$CONTROL_FOLDER/run/link.sock"
user = "${ROUTER_USER:-nobody}"
idle = "relax"

[cores]
$ROUTER_CORES

[memory]
huge_pages = "${ROUTER_HUGE_PAGES:-auto}"

[log]
level = "info"
format = "text"
EOF
        for name in "${NET_NAMES[@]}"; do
            printf '\n[[port]]\nname = "%s"\ndevice = "%s"\naddress = "%s/24"\n' \
                "$name" "$(net_device "$name" "$index")" "$(net_router "$name")"
            index=$((index + 1))
        done
        for name in "${NET_FAR[@]}"; do
            printf '\n[[route]]\nto = "10.88.%s.0/24"\nvia = "%s"\n' \
                "${NET_NUMBER[$name]}" "$(net_near "$name")"
        done
    } >"$folder/router.toml"
}

# router_start FOLDER: starts it in its namespace and waits until packets can come.
router_start() {
    local folder=$1
    ROUTER_LOG=$folder/router.log
    touch "$ROUTER_LOG"
    local before
    before=$(wc -l <"$ROUTER_LOG")
    # A restart appends: the log is one story.
    launch_append "$ROUTER_LOG" ip netns exec "$NET_PREFIX-router" \
        "$BINARY" --config "$folder/router.toml"
    ROUTER_PID=$LAUNCHED
    wait_for 30 router_ready_or_gone "$before" ||
        die "the router was not ready after 30 s (log: $ROUTER_LOG)"
    alive "$ROUTER_PID" || die "the router ended: $(tail -n 1 "$ROUTER_LOG") (log: $ROUTER_LOG)"
    net_attach
}

router_ready_or_gone() {
    ! alive "$ROUTER_PID" || tail -n "+$(($1 + 1))" "$ROUTER_LOG" | grep -qw ready
}

# router_stop: ends it as an operator does. router_kill: as a crash does.
router_stop() {
    stop "$ROUTER_PID"
}

router_kill() {
    kill -KILL "$ROUTER_PID"
    wait "$ROUTER_PID" 2>/dev/null || true
    ended "$ROUTER_PID"
}

# router_alive: fails with a sentence when it has gone by itself.
router_alive() {
    alive "$ROUTER_PID" || die "the router ended by itself: $(tail -n 1 "$ROUTER_LOG") (log: $ROUTER_LOG)"
}

# router_counter FOLDER NAME: that counter of the workers, all of them together.
router_counter() {
    "$BINARY" stats "$1/run/instance" --output json 2>/dev/null |
        jq --arg name "$2" '[to_entries[] | select(.key | startswith("worker-")) | .value[$name]] | add'
}
