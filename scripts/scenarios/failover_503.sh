#!/usr/bin/env bash
# A carrier that answers 503: each call arrives at the next trunk, and the record shows both attempts.
# Seconds: 60
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas cirrus
plan "$FOLDER/plan.toml" '' cirrus atlas
scenario_start
carrier "$FOLDER" cirrus uas_503
carrier "$FOLDER" atlas uas
scenario_numbers '390220000001;200;442071838001' '340220000001;503;442071838001' '990220000001;404;442071838001'

scenario_calls uac 150 50
expect "$(logged cirrus INVITE)" -eq 50 "calls offered to the carrier that refuses"
expect "$(logged cirrus ACK)" -eq 50 "refusals acknowledged"
scenario_records
scenario_check --attempts 'cirrus:503 atlas:200'
