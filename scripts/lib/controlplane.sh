# Owns the control plane's life in a script: its configuration, its start, its end, and asking it.
# shellcheck shell=bash disable=SC2034

CONTROL_PID=''
CONTROL_LOG=''
CONTROL_FOLDER=''
# The command line of this control plane.
TANDEM=()

# control_config FOLDER: writes FOLDER/control.toml. It keeps a PostgreSQL cluster of its own below FOLDER,
# which ends with the script.
control_config() {
    CONTROL_FOLDER=$1/control
    CONTROL_LOG=$1/control.log
    TANDEM=("$CLI" --socket "$CONTROL_FOLDER/run/api.sock")
    mkdir -p "$CONTROL_FOLDER"
    cat >"$1/control.toml" <<EOT
state = "$CONTROL_FOLDER/state"
run = "$CONTROL_FOLDER/run"
user = "${ROUTER_USER:-nobody}"

[log]
level = "info"
EOT
    undo control_reap "$CONTROL_FOLDER/state/postgres"
}

# control_start: starts it and waits until its database answers.
control_start() {
    touch "$CONTROL_LOG"
    launch_append "$CONTROL_LOG" "$CONTROL" --config "$(dirname "$CONTROL_FOLDER")/control.toml"
    CONTROL_PID=$LAUNCHED
    wait_for 60 control_ready_or_gone || die "the control plane was not ready after 60 s (log: $CONTROL_LOG)"
    alive "$CONTROL_PID" || die "the control plane ended: $(tail -n 1 "$CONTROL_LOG") (log: $CONTROL_LOG)"
}

control_ready_or_gone() {
    ! alive "$CONTROL_PID" || [ "$(control_status '.database.connected and .plan.version > 0')" = true ]
}

# control_stop: ends it as an operator does, its PostgreSQL with it. control_kill: as a crash does, which
# leaves PostgreSQL behind for the next one.
control_stop() {
    stop "$CONTROL_PID"
}

control_kill() {
    kill -KILL "$CONTROL_PID"
    wait "$CONTROL_PID" 2>/dev/null || true
    ended "$CONTROL_PID"
}

# control_reap DATA: ends the PostgreSQL server on that directory.
control_reap() {
    local pid
    pid=$(control_postgres "$1")
    [ -z "$pid" ] || kill -QUIT "$pid" 2>/dev/null || true
}

# control_postgres [DATA]: the process id of the PostgreSQL server, if it runs.
control_postgres() {
    local data=${1:-$CONTROL_FOLDER/state/postgres} pid
    pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 0
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != postgres ] || echo "$pid"
}

tandem() {
    "${TANDEM[@]}" "$@"
}

# control_status FILTER: a value of `tandem status`, by a jq filter; empty while nobody answers.
control_status() {
    tandem status --output json 2>/dev/null | jq -r "$1" 2>/dev/null || true
}

# plan_import FILE: it is in force on every worker when this returns.
plan_import() {
    tandem plan import "$1" --yes >"$CONTROL_FOLDER/import.log" 2>&1 ||
        die "the plan was not taken: $(tail -n 1 "$CONTROL_FOLDER/import.log")"
    plan_in_force
}

# plan_in_force: every worker routes by it when this returns.
plan_in_force() {
    wait_for 10 image_is_newest || die "the plan is not in force: $(control_status .plan.error)"
}

# image_is_newest: whether every worker routes by the newest configuration.
image_is_newest() {
    [ "$(control_status '.dataplane.connected and .dataplane.image == .plan.version')" = true ]
}

# records_are_in: whether everything that the journal holds is in the database.
records_are_in() {
    [ "$(control_status .journal.backlog_bytes)" = 0 ]
}

# control_records: all call records, one JSON object a line, oldest first.
control_records() {
    # The last event is on disk a moment after the last packet.
    sleep 0.5
    wait_for 60 records_are_in || die "the records did not come in: $(control_status .journal.failing)"
    tandem cdr search --output json --unmasked --limit 4000000000 | jq -c 'reverse[]'
}

# control_connected: whether a data plane is there.
control_connected() {
    [ "$(control_status .dataplane.connected)" = true ]
}

# active_calls: calls in progress by the counters of trunks, and by those of originators.
active_calls() {
    tandem call active --output json 2>/dev/null |
        jq -r '"\(.total) \([.trunks[].calls] | add // 0) \([.originators[].calls] | add // 0)"' || true
}

no_active_calls() {
    [ "$(active_calls)" = '0 0 0' ]
}
