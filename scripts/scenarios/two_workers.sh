#!/usr/bin/env bash
# Two workers and one caller's address, 300 calls per second: calls spread evenly, every message of a call
# reaches the worker that has it, none fails and nothing is sent twice. Then the same over devices with one
# queue pair, which the first worker serves for both.
# Seconds: 150
# shellcheck disable=SC2034
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Two cores are enough: a worker that idles leaves its core to the keeper.
ROUTER_CORES=$'keeper = 0\nworkers = [0, 1]\nshared = true'
scenario_open near orig atlas borealis
whole=$FOLDER

# Whether each worker took what the other handed to it. Workers publish at different moments, and word of a
# neighbour may be on its way between two readings.
all_taken() {
    [ "$(router_counter "$FOLDER" taken_over)" -eq "$(router_counter "$FOLDER" handed_over)" ]
}

# calls_over QUEUES COUNT: so many calls over that many queue pairs, and what must be so after them.
calls_over() {
    local calls=$2 name handed carriers=()
    NET_QUEUES=$1 FOLDER=$whole/queues-$1
    RECORDS=$FOLDER/records.json
    mkdir -p "$FOLDER"
    control_config "$FOLDER"
    router_config "$FOLDER"
    plan "$FOLDER/plan.toml" '' atlas:50,borealis:50
    scenario_numbers '390220000001;200;442071838001' '393330000002;200;442071838002'
    scenario_start
    expect "$(grep -c "rx_queues=$1 tx_queues=$1" "$ROUTER_LOG")" -eq 3 "ports with $1 queue pairs"
    for name in atlas borealis; do
        carrier "$FOLDER" "$name" uas
        carriers+=("$LAUNCHED")
    done
    scenario_calls uac "$calls" 300 -l 10000 -d 1000
    expect "$(sipp_stat "$FOLDER/orig.stat" 'SuccessfulCall(C)')" -eq "$calls" "calls that succeeded at the caller"
    expect "$(sipp_stat "$FOLDER/orig.stat" 'FailedCall(C)')" -eq 0 "calls that failed at the caller"
    expect "$(sipp_stat "$FOLDER/orig.stat" 'Retransmissions(C)')" -eq 0 "messages that the caller sent again"
    sleep 1.1 # one more line of statistics
    for name in atlas borealis; do
        expect "$(sipp_stat "$FOLDER/$name.stat" 'Retransmissions(C)')" -eq 0 "messages that $name sent again"
    done
    handed=$(router_counter "$FOLDER" handed_over)
    # A call is six messages to the router; about half of all land at the worker that has not the call.
    expect "$handed" -ge "$((2 * calls))" "packets that one worker handed to the other"
    wait_for 5 all_taken || die "$handed packets were handed over, $(router_counter "$FOLDER" taken_over) taken"
    for name in drop_hand_over drop_hand_over_new frames_refused drop_exhausted; do
        expect "$(router_counter "$FOLDER" "$name")" -eq 0 "$name"
    done
    scenario_records
    scenario_check --once --workers 2
    stop "${carriers[@]}"
    router_stop
    control_stop
}

calls=6000
[ "$QUICK" = no ] || calls=1500
calls_over 2 "$calls"
calls_over 1 1500
