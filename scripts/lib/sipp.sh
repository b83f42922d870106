# Owns SIPp: how a caller and a carrier are started, watched and asked what they saw.
# shellcheck shell=bash disable=SC2034

SIPP_SCENARIOS=$SCRIPTS/scenarios/sipp
# Its watchdog ends a run when the machine is busy for a moment: off. Large socket buffers, since a
# process that is not scheduled for 50 ms must not lose datagrams.
SIPP=(sipp -nostdin -trace_logs -log_overwrite false -trace_err -trace_stat -fd 1
    -watchdog_interval 0 -buff_size 4194304 -max_socket 100 -skip_rlimit -timeout_error)

# carrier FOLDER NAME SCENARIO [ARGUMENT...]: answers there until the script ends.
carrier() {
    local folder=$1 name=$2 scenario=$3
    shift 3
    sipp_launch "$folder/$name" "$name" "$scenario" "$@"
    wait_for 10 sipp_listens "$name" ||
        die "SIPp did not start in $name: $(tail -n 1 "$folder/$name.out")"
}

# caller FOLDER NAME SCENARIO ARGUMENT...: starts calls to the router; wait for it with caller_wait.
caller() {
    local folder=$1 name=$2 scenario=$3
    shift 3
    sipp_launch "$folder/$name" "$name" "$scenario" "$@" "$(net_router "$name"):5060"
    CALLER_PID=$LAUNCHED
}

# second_caller FOLDER NAME SCENARIO ARGUMENT...: more calls from the same address while those of the first
# caller go on; it logs into FOLDER/NAME-2.calls, and the process is $LAUNCHED.
second_caller() {
    local folder=$1 name=$2 scenario=$3
    shift 3
    SIPP_PORT=5062 sipp_launch "$folder/$name-2" "$name" "$scenario" "$@" "$(net_router "$name"):5060"
}

# caller_wait: SIPp's own exit code: 0 when no call failed, 1 when some did.
caller_wait() {
    local status=0
    wait "$CALLER_PID" || status=$?
    ended "$CALLER_PID"
    return "$status"
}

sipp_launch() {
    local path=$1 name=$2 scenario=$3
    shift 3
    launch "$path.out" ip netns exec "$NET_PREFIX-$name" "${SIPP[@]}" \
        -sf "$SIPP_SCENARIOS/$scenario.xml" -i "$(net_ip "$name")" -p "${SIPP_PORT:-5060}" \
        -log_file "$path.calls" -error_file "$path.errors" -stf "$path.stat" "$@"
}

sipp_listens() {
    in_net "$1" ss -Hlun 'sport = :5060' | grep -q .
}

# sipp_stat FILE COLUMN: the last value of that column of SIPp's statistics; no number without the column.
sipp_stat() {
    awk -F';' -v want="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == want) at = i; next }
        NF > 1 { value = $at }
        END { print at ? value + 0 : "no column " want }' "$1"
}

# sipp_first_error PATH: the first thing that SIPp complained of, in one line.
sipp_first_error() {
    local line
    line=$(grep -m 1 -v '^The following' "$1.errors" 2>/dev/null | cut -c 1-300 || true)
    echo "${line:-no word of why} (log: $1.errors)"
}
