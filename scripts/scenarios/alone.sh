#!/usr/bin/env bash
# The data plane without a control plane: started without an image it answers 503 and says so; it takes the image
# when there is one, and routes with its last one when it is started alone.
# Seconds: 120
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas
plan "$FOLDER/plan.toml" '' atlas
carrier "$FOLDER" atlas uas

router_start "$FOLDER"
expect "$(grep -c 'no_image' "$ROUTER_LOG")" -eq 1 "lines of the log that say that there is no image"
scenario_numbers '390220000001;503;442071838001'
scenario_calls uac 20 20
expect "$(awk '$4 == 503' "$FOLDER/orig.calls" | wc -l)" -eq 20 "calls answered with 503 without an image"

# Nobody is known without an image, so that these have no record.
mv "$FOLDER/orig.calls" "$FOLDER/orig.unknown"

control_start
wait_for 10 control_connected || die "the data plane does not connect: $(control_status .dataplane.error)"
plan_import "$FOLDER/plan.toml"
scenario_numbers '390220000001;200;442071838001'
scenario_calls uac 20 20 -d 500
expect "$(logged atlas BYE)" -eq 20 "calls once there is a plan"

control_kill
control_reap "$CONTROL_FOLDER/state/postgres"
scenario_calls uac 20 20 -d 500
expect "$(logged atlas BYE)" -eq 40 "calls after the control plane and PostgreSQL are gone"
router_stop
router_start "$FOLDER"
scenario_calls uac 20 20 -d 500
expect "$(logged atlas BYE)" -eq 60 "calls of a data plane that was started alone"
router_kill
router_start "$FOLDER"
scenario_calls uac 20 20 -d 500
expect "$(logged atlas BYE)" -eq 80 "calls after a crash without a control plane"

# Whatever was written while nobody read it comes in once.
control_start
wait_for 10 control_connected || die "the data plane does not connect again: $(control_status .dataplane.error)"
scenario_records
scenario_check --once
