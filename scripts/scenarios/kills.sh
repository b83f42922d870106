#!/usr/bin/env bash
# Both processes are killed at random points under load, ten times each: established calls all end well, every
# answered call has its one record, set-ups that a kill cut are ended at the carrier and counted apart, and
# counters of active calls return to zero.
# Seconds: 420
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas borealis
plan "$FOLDER/plan.toml" '' atlas:60,borealis:40
scenario_start
# They ring for a while, so that a kill finds calls in set-up.
for name in atlas borealis; do
    carrier "$FOLDER" "$name" uas -d 400
done
scenario_numbers '390220000001;200;442071838001' '393330000002;200;442071838002'

kills=10 rate=40
[ "$QUICK" = no ] || kills=2
seconds=$((kills * 9))
# A call whose set-up was cut hears nothing any more: it is given up after 20 s.
scenario_calls_start uac "$((seconds * rate))" "$rate" -d 3000 -recv_timeout 20000

# The order is drawn once and is the same in every run.
RANDOM=20261121
for ((kill = 0; kill < kills; kill++)); do
    sleep "$((RANDOM % 3)).$((RANDOM % 10))"
    router_kill
    router_start "$FOLDER"
    sleep "$((RANDOM % 2)).$((RANDOM % 10))"
    control_kill
    control_start
    alive "$CALLER_PID" || die "the caller ended after $kill kills: $(sipp_first_error "$FOLDER/orig")"
done
note kills "$kills of the router, $kills of the control plane"
caller_wait || true
router_alive

answered=$(awk '$4 == 200' "$FOLDER/orig.calls" | wc -l)
expect "$(sipp_stat "$FOLDER/orig.stat" 'SuccessfulCall(C)')" -eq "$answered" "answered calls that ended well"
# Calls that were answered too late for their caller, or never, still end at the carriers.
wait_for 60 no_active_calls || die "calls that count as active: $(active_calls)"
scenario_records
scenario_check_kills
