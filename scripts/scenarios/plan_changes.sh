#!/usr/bin/env bash
# The plan changes every 100 ms under load, then 10,000 times as fast as changes become active: no call fails,
# every record's attempts are ones that the version it names allows, and neither process grows.
# Seconds: 900
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas borealis cirrus
plan "$FOLDER/plan.toml" '' atlas:60,borealis:30,cirrus:10 atlas:50,borealis:50
scenario_start
carrier "$FOLDER" atlas uas
carrier "$FOLDER" borealis uas
carrier "$FOLDER" cirrus uas_503
scenario_numbers '390220000001;200;442071838001' '393330000002;200;442071838002'

# change COUNT EVERY_MS: so many changes, while calls run.
change() {
    launch "$FOLDER/changes.log" "$BENCH_SYNC" change --socket "$CONTROL_FOLDER/run/api.sock" \
        --history "$FOLDER/history" --changes "$1" --every-ms "$2"
    CHANGER=$LAUNCHED
}

change_ends() {
    local status=0
    wait "$CHANGER" || status=$?
    ended "$CHANGER"
    [ "$status" -eq 0 ] || die "the changes ended: $(tail -n 1 "$FOLDER/changes.log")"
    note changes "$(tail -n 1 "$FOLDER/changes.log")"
}

# memory PID: resident KiB, mappings and open files of a process.
memory() {
    echo "$(awk '/^VmRSS/ { print $2 }' "/proc/$1/status") $(wc -l <"/proc/$1/maps") $(find "/proc/$1/fd" -mindepth 1 | wc -l)"
}

# grown NAME PID BEFORE KIB: it has not.
grown() {
    local name=$1 before after kib=$4
    read -r -a before <<<"$3"
    read -r -a after <<<"$(memory "$2")"
    expect "$((after[0] - before[0]))" -le "$kib" "KiB that the $name has grown to ${after[0]}"
    expect "$((after[1] - before[1]))" -le 16 "mappings that the $name has more"
    expect "$((after[2] - before[2]))" -le 8 "files that the $name has open more"
}

# calls_while_changing CALLS RATE
calls_while_changing() {
    scenario_calls uac "$1" "$2" -d 1000
    expect "$(sipp_stat "$FOLDER/orig.stat" 'FailedCall(C)')" -eq 0 "calls that failed at the caller"
}

seconds=60 publishes=10000
[ "$QUICK" = no ] || seconds=10 publishes=500
# What is made once, such as connections and buffers, is there after the first changes.
change 50 0
change_ends
router=$(memory "$ROUTER_PID") control=$(memory "$CONTROL_PID")

change "$((seconds * 10))" 100
calls_while_changing "$((seconds * 50))" 50
change_ends
grown router "$ROUTER_PID" "$router" 8192
grown 'control plane' "$CONTROL_PID" "$control" 32768

change "$publishes" 0
while alive "$CHANGER"; do
    calls_while_changing 300 30
done
change_ends
grown router "$ROUTER_PID" "$router" 8192
grown 'control plane' "$CONTROL_PID" "$control" 32768
expect "$(control_status .dataplane.error)" = null "what the data plane refused"

scenario_records
"$BENCH_SYNC" judge --history "$FOLDER/history" --records "$RECORDS" >"$FOLDER/judged" 2>&1 ||
    die "$(tail -n 1 "$FOLDER/judged")"
note records "$(tail -n 1 "$FOLDER/judged")"
scenario_join check_calls
