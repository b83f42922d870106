#!/usr/bin/env bash
# 2 % of all packets are lost, in both directions, between every peer and the router: every call completes,
# none is routed twice, and what is sent again is sent again by the right side.
# Seconds: 120
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open far orig atlas borealis
# Long enough for four INVITEs: a call must not move on because of loss.
plan "$FOLDER/plan.toml" 'no_response_ms = 6000' atlas:60,borealis:40
scenario_start
carrier "$FOLDER" atlas uas
carrier "$FOLDER" borealis uas
scenario_numbers '390220000001;200;442071838001'

captures=(--upstream "$FOLDER/orig.pcap" --upstream-router "$(net_router orig)")
net_capture orig-far inner "$FOLDER/orig.pcap"
for name in atlas borealis; do
    net_capture "$name-far" inner "$FOLDER/$name.pcap"
    captures+=(--downstream "$FOLDER/$name.pcap" --downstream-router "$(net_router "$name")")
done
for name in orig atlas borealis; do
    net_lose "$name" 2
done

scenario_calls uac 600 30 -d 1000
sleep 5 # what is still sent again belongs to the capture
for name in orig atlas borealis; do
    for interface in inner outer; do
        expect "$(net_lost "$name" "$interface")" -gt 0 "packets lost at $name, coming in at the $interface side"
    done
done
scenario_records
scenario_check --once --lossy
check_with check_loss "${captures[@]}"
