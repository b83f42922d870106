#!/usr/bin/env bash
# 500 calls per second of seven messages with SDP: none fails, nothing is sent twice, every call has its
# record with the right trunk, and first attempts keep to the weights.
# Seconds: 180
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas borealis cirrus
plan "$FOLDER/plan.toml" '' atlas:60,borealis:30,cirrus:10
scenario_start
for name in atlas borealis cirrus; do
    carrier "$FOLDER" "$name" uas
done
scenario_numbers '390220000001;200;442071838001' '393330000002;200;442071838002'

calls=30000
[ "$QUICK" = no ] || calls=5000
scenario_calls uac "$calls" 500 -l 10000

stat=$FOLDER/orig.stat
expect "$(sipp_stat "$stat" 'SuccessfulCall(C)')" -eq "$calls" "calls that succeeded at the caller"
expect "$(sipp_stat "$stat" 'FailedCall(C)')" -eq 0 "calls that failed at the caller"
expect "$(sipp_stat "$stat" 'Retransmissions(C)')" -eq 0 "messages that the caller sent again"
for name in atlas borealis cirrus; do
    sleep 1.1 # one more line of its statistics
    expect "$(sipp_stat "$FOLDER/$name.stat" 'Retransmissions(C)')" -eq 0 "messages that $name sent again"
done
scenario_records
scenario_check --once --shares atlas=60,borealis=30,cirrus=10
