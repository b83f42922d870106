#!/usr/bin/env bash
# The router ends in the middle of calls, once as an operator ends it and once by a crash: after its
# restart the dialogs that stood can still send re-INVITE and BYE, and get their 200, and they count as active.
# Seconds: 90
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# active_is COUNT: calls that count as active, of trunks and of originators.
active_is() {
    [ "$(active_calls)" = "$1 $1 $1" ]
}

confirmed_at_least() {
    [ "$(logged atlas ACK)" -ge "$1" ]
}

scenario_open near orig atlas
plan "$FOLDER/plan.toml" '' atlas
scenario_start
carrier "$FOLDER" atlas uas
scenario_numbers '390220000001;200;442071838001'

total=0
for way in router_stop router_kill; do
    scenario_calls_start uac_reinvite 40 40 -d 6000
    total=$((total + 40))
    wait_for 15 confirmed_at_least "$total" ||
        die "only $(logged atlas ACK) of $total calls stood before the restart"
    "$way"
    router_start "$FOLDER"
    wait_for 4 active_is 40 || die "40 calls stand after $way, and $(active_calls) count as active"
    scenario_calls_end
    wait_for 10 active_is 0 || die "no call stands any more, and $(active_calls) count as active"
    expect "$(logged atlas re-ACK)" -eq "$total" "re-INVITEs that reached the carrier, $way"
    expect "$(logged atlas BYE)" -eq "$total" "BYEs that reached the carrier, $way"
done
expect "$(grep -c 're-INVITE 200' "$FOLDER/orig.calls")" -eq "$total" "re-INVITEs answered 200"
expect "$(grep -c 'BYE 200' "$FOLDER/orig.calls")" -eq "$total" "BYEs answered 200"
