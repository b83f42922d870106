#!/usr/bin/env bash
# A carrier whose address nobody answers for: each call arrives at the next trunk.
# Seconds: 60
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas cirrus
PLAN_GATEWAY[cirrus]=10.77.4.99
plan "$FOLDER/plan.toml" 'no_response_ms = 1200' cirrus atlas
scenario_start
carrier "$FOLDER" atlas uas
scenario_numbers '390220000001;200;442071838001'

scenario_calls uac 50 25
scenario_records
scenario_check --attempts 'cirrus:unreachable|no_response atlas:200'
