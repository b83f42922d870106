#!/usr/bin/env bash
# A carrier that takes every datagram and answers none: each call arrives at the next trunk.
# Seconds: 60
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas cirrus
plan "$FOLDER/plan.toml" 'no_response_ms = 1200' cirrus atlas
scenario_start
net_silence cirrus
carrier "$FOLDER" atlas uas
scenario_numbers '390220000001;200;442071838001'

scenario_calls uac 50 25
# Timer A: at once and after 500 ms, so that 1,200 ms hold two.
expect "$(net_silenced cirrus)" -eq 100 "INVITEs that the silent carrier took"
scenario_records
scenario_check --attempts 'cirrus:no_response atlas:200'
