#!/usr/bin/env bash
# A caller that hangs up while it rings: the CANCEL reaches the carrier, 487 the caller.
# Seconds: 60
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas
plan "$FOLDER/plan.toml" '' atlas
scenario_start
carrier "$FOLDER" atlas uas_ring
scenario_numbers '390220000001;487;442071838001'

scenario_calls uac_cancel 50 25 -d 300
expect "$(logged atlas INVITE)" -eq 50 "calls that rang"
expect "$(logged atlas CANCEL)" -eq 50 "CANCELs that reached the carrier"
expect "$(logged atlas ACK)" -eq 50 "487s that the router acknowledged"
scenario_records
scenario_check --attempts 'atlas:487'
