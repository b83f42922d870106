# Owns every process that a script starts, and what must be undone, so that nothing outlives the script:
# not after success, a failure, Ctrl-C or a closed terminal.
# shellcheck shell=bash disable=SC2034

STARTED=()
UNDO=()
ENDED=no
# Every process of this run carries this word in its environment; the last sweep looks for it.
export TANDEM_RUN="${TANDEM_RUN:-}/$$"

# started PID: this process ends with the script, together with its process group.
started() {
    STARTED+=("$1")
}

# undo COMMAND...: runs when the script ends, the last one given first.
undo() {
    UNDO+=("$(printf '%q ' "$@")")
}

# launch LOG COMMAND...: starts a process in a group of its own, output into LOG; its id is in $LAUNCHED.
launch() {
    : >"$1"
    launch_append "$@"
}

# launch_append LOG COMMAND...: the same behind what the log holds already. Descriptor 9 is a lock that
# only the script itself may hold.
launch_append() {
    local log=$1
    shift
    setsid "$@" </dev/null >>"$log" 2>&1 9>&- &
    LAUNCHED=$!
    started "$LAUNCHED"
}

# attend COMMAND...: runs a long command so that a signal to this script ends both at once.
attend() {
    setsid "$@" </dev/null 9>&- &
    local pid=$!
    started "$pid"
    local status=0
    wait "$pid" || status=$?
    ended "$pid"
    return "$status"
}

# ended PID: it has ended by itself and was waited for.
ended() {
    local pid kept=()
    for pid in "${STARTED[@]}"; do
        [ "$pid" = "$1" ] || kept+=("$pid")
    done
    STARTED=("${kept[@]}")
}

alive() {
    kill -0 "$1" 2>/dev/null
}

# wait_for SECONDS COMMAND...: until the command succeeds; fails when the time is over.
wait_for() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.1
    done
}

# stop PID...: asks each to end, waits for up to five seconds, then insists.
stop() {
    local pid round
    for pid in "$@"; do
        kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null || true
    done
    for round in {1..50}; do
        local left=no
        for pid in "$@"; do
            alive "$pid" && left=yes
        done
        [ "$left" = yes ] || break
        [ "$round" -lt 50 ] || break
        sleep 0.1
    done
    for pid in "$@"; do
        kill -KILL -- "-$pid" 2>/dev/null || true
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        ended "$pid"
    done
}

# of_this_run: the ids of all processes that this run started, however far removed; itself left out.
of_this_run() {
    local file pid
    for file in /proc/[0-9]*/environ; do
        pid=${file#/proc/}
        pid=${pid%/environ}
        if [ "$pid" != "$$" ] && grep -qzE "^TANDEM_RUN=$TANDEM_RUN(/|\$)" "$file" 2>/dev/null; then
            echo "$pid"
        fi
    done
}

end_all() {
    [ "$ENDED" = no ] || return 0
    ENDED=yes
    # A second Ctrl-C must not leave the half of it behind.
    trap '' INT TERM HUP
    set +e
    local index pids=() pid
    for ((index = ${#STARTED[@]} - 1; index >= 0; index--)); do
        pids+=("${STARTED[index]}")
    done
    [ ${#pids[@]} -eq 0 ] || stop "${pids[@]}"
    for pid in $(of_this_run); do
        # The scan's own children carry the word too, and are gone by now.
        kill -KILL "$pid" 2>/dev/null
    done
    for ((index = ${#UNDO[@]} - 1; index >= 0; index--)); do
        eval "${UNDO[index]}"
    done
}

# on_fault LINE COMMAND: a command failed that no one expected to.
on_fault() {
    if [ -n "${REASON_FILE:-}" ] && [ ! -s "$REASON_FILE" ]; then
        printf 'line %s of %s: "%s" failed\n' "$1" "${BASH_SOURCE[1]##*/}" "$2" >"$REASON_FILE"
    fi
}

trap 'END_STATUS=$?; end_all; exit "$END_STATUS"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'on_fault "$LINENO" "$BASH_COMMAND"' ERR
