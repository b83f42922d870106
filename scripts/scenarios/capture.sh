#!/usr/bin/env bash
# Calls as tshark sees them on both sides: nothing malformed, no bad checksum, Via, Record-Route and branch
# by the rules, and every byte that is not the router's own unchanged.
# Seconds: 60
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas
plan "$FOLDER/plan.toml" '' atlas
scenario_start
scenario_numbers '390220000001;200;442071838001;  and ends on a folded line'
net_capture orig eth0 "$FOLDER/orig.pcap"
net_capture atlas eth0 "$FOLDER/atlas.pcap"

carrier "$FOLDER" atlas uas_odd
answering=$LAUNCHED
scenario_calls uac_odd 20 20
stop "$answering"
carrier "$FOLDER" atlas uas_ring
scenario_numbers '390220000001;487;442071838001'
scenario_calls uac_cancel 10 20 -d 200
sleep 1

for name in orig atlas; do
    tshark -r "$FOLDER/$name.pcap" -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE \
        -Y '_ws.malformed or udp.checksum.status == "Bad" or ip.checksum.status == "Bad" or _ws.expert.severity == "Error"' \
        >"$FOLDER/$name.faults" 2>"$FOLDER/$name.tshark"
    expect "$(wc -l <"$FOLDER/$name.faults")" -eq 0 "packets at $name that tshark calls malformed or wrong"
    # 20 calls of seven messages and 10 of seven that were cancelled; 100 Trying is of one hop.
    [ "$name" = orig ] && wanted=210 || wanted=180
    seen=$(tshark -r "$FOLDER/$name.pcap" -Y sip 2>/dev/null | wc -l)
    expect "$seen" -ge "$wanted" "SIP messages at $name that tshark decoded"
done
check_with check_capture \
    --upstream "$FOLDER/orig.pcap" --upstream-router "$(net_router orig)" \
    --downstream "$FOLDER/atlas.pcap" --downstream-router "$(net_router atlas)"
