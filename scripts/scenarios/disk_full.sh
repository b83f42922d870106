#!/usr/bin/env bash
# The disk of the journal is full under load: calls go on and the state is told; when the ring of events is 90 %
# full new calls get 503 while standing ones go on; with room on the disk again everything comes in once.
# Seconds: 150
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas
printf '\n[limits]\ncdr_ring_mib = 1\n' >>"$FOLDER/router.toml"
mkdir -p "$FOLDER/state/journal"
mount -t tmpfs -o size=4m,mode=0750,uid=65534,gid=65534 journal "$FOLDER/state/journal"
undo umount -l "$FOLDER/state/journal"
plan "$FOLDER/plan.toml" '' atlas
scenario_start
carrier "$FOLDER" atlas uas
scenario_numbers '390220000001;200;442071838001'

disk_fails() {
    [ "$(control_status .journal.disk_failing)" = "$1" ]
}

calls_are_refused() {
    [ "$(control_status .journal.refusing_calls)" = "$1" ]
}

scenario_calls uac 100 50 -d 500
# Nothing is left, not even what a file system keeps for its own.
dd if=/dev/zero of="$FOLDER/state/journal/filler" bs=4096 2>/dev/null || true
scenario_calls uac 300 100 -d 500
expect "$(logged atlas BYE)" -eq 400 "calls that ended well, most of them with a full disk"
wait_for 5 disk_fails true || die "the status does not tell of the full disk: $(control_status .journal)"
note ok "the status says: $(tandem status | grep -i 'disk')"

# Calls that stand while new ones fill the ring: these go on.
scenario_calls_start uac 100 100 -d 20000
sleep 2
second_caller "$FOLDER" orig uac -inf "$FOLDER/numbers.csv" -m 6000 -r 400 -d 100
filling=$LAUNCHED
wait_for 30 calls_are_refused true || die "no call was refused: $(control_status .journal)"
note ok "the status says: $(tandem status | grep -i 'refused')"
rm -f "$FOLDER/state/journal/filler"
wait_for 10 disk_fails false || die "the status still tells of the disk: $(control_status .journal)"
wait_for 10 calls_are_refused false || die "calls are still refused: $(control_status .journal)"
wait "$filling" || die "calls failed that should have been answered or refused: $(sipp_first_error "$FOLDER/orig-2")"
ended "$filling"
scenario_calls_end
cat "$FOLDER/orig-2.calls" >>"$FOLDER/orig.calls"
refused=$(awk '$4 == 503' "$FOLDER/orig.calls" | wc -l)
expect "$refused" -gt 0 "calls refused while the ring was nearly full"
scenario_records
scenario_check --refused 503
