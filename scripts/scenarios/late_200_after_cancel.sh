#!/usr/bin/env bash
# A 200 that crosses the CANCEL wins: it is relayed, and the call stands until its BYE. A 200 of a carrier
# that was given up for another is acknowledged and released by the router itself.
# Seconds: 60
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas borealis
plan "$FOLDER/plan.toml" 'no_response_ms = 1200' atlas borealis
scenario_start
carrier "$FOLDER" atlas uas_cancel_answered
crossing=$LAUNCHED
scenario_numbers '390220000001;200;442071838001'

scenario_calls uac_cancel_answered 20 20 -d 300
expect "$(logged atlas CANCEL)" -eq 20 "CANCELs that came too late"
expect "$(logged atlas ACK)" -eq 20 "answers that the caller confirmed"
expect "$(logged atlas BYE)" -eq 20 "calls that the caller ended"

stop "$crossing"
carrier "$FOLDER" atlas uas_late -d 2500
carrier "$FOLDER" borealis uas
scenario_calls uac 20 20 -d 2500
expect "$(logged borealis BYE)" -eq 20 "calls that the second carrier held"
expect "$(($(logged atlas ACK) - 20))" -eq 20 "late answers that the router acknowledged"
expect "$(($(logged atlas BYE) - 20))" -eq 20 "late answers that the router released"
scenario_records
expect "$(jq -s 'map(select(.late_answers != [])) | length' "$RECORDS")" -eq 20 "records that tell of a late answer"
