# Owns what every scenario does alike: its folder, its network, its router, its calls.
# shellcheck shell=bash disable=SC2034

# The usual peers and their numbers; a scenario takes those it needs.
declare -A PEER_NUMBER=([orig]=1 [atlas]=2 [borealis]=3 [cirrus]=4)

FOLDER=''
RECORDS=''
# From scripts/test: `yes` asks for fewer calls.
QUICK=${QUICK:-no}

# scenario_open near|far PEER...: the folder (from scripts/test, else a new one) and the network.
scenario_open() {
    local make=net_peer name
    [ "$1" = near ] || make=net_far
    shift
    need_root "for network namespaces and raw ports"
    local program
    for program in "$BINARY" "$CONTROL" "$CLI"; do
        [ -x "$program" ] || die "$program is missing: run scripts/test, which builds it"
    done
    FOLDER=${SCENARIO_FOLDER:-$(mktemp -d "${TMPDIR:-/tmp}/tandem-scenario.XXXXXX")}
    RECORDS=$FOLDER/records.json
    net_open "tdt$$" af_packet
    for name in "$@"; do
        "$make" "$name" "${PEER_NUMBER[$name]}"
    done
    control_config "$FOLDER"
    router_config "$FOLDER"
}

# scenario_start: both processes, routing by FOLDER/plan.toml.
scenario_start() {
    control_start
    router_start "$FOLDER"
    plan_import "$FOLDER/plan.toml"
}

# scenario_numbers LINE...: the file of called numbers; each line is `called;expected status;caller`.
scenario_numbers() {
    printf '%s\n' SEQUENTIAL "$@" >"$FOLDER/numbers.csv"
}

# scenario_calls SCENARIO COUNT RATE [ARGUMENT...]: makes the calls and waits for their end.
scenario_calls() {
    local scenario=$1 count=$2 rate=$3
    shift 3
    scenario_calls_start "$scenario" "$count" "$rate" "$@"
    scenario_calls_end
}

scenario_calls_start() {
    local scenario=$1 count=$2 rate=$3
    shift 3
    caller "$FOLDER" orig "$scenario" -inf "$FOLDER/numbers.csv" -m "$count" -r "$rate" "$@"
}

scenario_calls_end() {
    local failed
    if ! caller_wait; then
        failed=$(sipp_stat "$FOLDER/orig.stat" 'FailedCall(C)')
        die "$failed calls failed at the caller: $(sipp_first_error "$FOLDER/orig")"
    fi
    router_alive
}

# scenario_records: what the database says about the calls, once all of it is there.
scenario_records() {
    control_records >"$RECORDS" || die "the call records could not be read"
}

# scenario_check ARGUMENT...: joins caller, carriers and records; its last line is the reason of a failure.
scenario_check() {
    scenario_join check_calls "$@"
}

# scenario_check_kills: the same when processes were killed meanwhile.
scenario_check_kills() {
    scenario_join check_kills
}

scenario_join() {
    local check=$1 carriers=() name
    shift
    for name in "${NET_NAMES[@]}"; do
        if [ "$name" != orig ] && [ -e "$FOLDER/$name.calls" ]; then
            carriers+=(--carrier "$name=$FOLDER/$name.calls")
        fi
    done
    check_with "$check" --caller "$FOLDER/orig.calls" --records "$RECORDS" "${carriers[@]}" "$@"
}

# check_with NAME ARGUMENT...: runs lib/NAME.py; what it says last becomes the reason.
check_with() {
    local name=$1
    shift
    python3 "$SCRIPTS/lib/$name.py" "$@" >"$FOLDER/$name.log" 2>&1 ||
        die "$(tail -n 1 "$FOLDER/$name.log")"
    cat "$FOLDER/$name.log"
}

# expect ACTUAL COMPARISON WANTED WHAT...: a number that must be so.
expect() {
    local actual=$1 comparison=$2 wanted=$3
    shift 3
    test "$actual" "$comparison" "$wanted" || die "$*: $actual, expected $comparison $wanted"
    note ok "$*: $actual"
}

# logged NAME WORD: how many lines of a peer's log begin with that word.
logged() {
    grep -c "^$2 " "$FOLDER/$1.calls" 2>/dev/null || true
}
