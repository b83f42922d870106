#!/usr/bin/env bash
# PostgreSQL is killed under load, and a while later killed again and kept from starting: calls go on, the state
# is told, a change is refused with a sentence, and once it is back everything that was missed comes in.
# Seconds: 180
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas borealis
plan "$FOLDER/plan.toml" '' atlas:60,borealis:40
scenario_start
for name in atlas borealis; do
    carrier "$FOLDER" "$name" uas
done
scenario_numbers '390220000001;200;442071838001'

database_is() {
    [ "$(control_status .database.connected)" = "$1" ]
}

backlog_grows() {
    [ "$(control_status .journal.backlog_bytes)" -gt 10000 ]
}

calls=2500
[ "$QUICK" = no ] || calls=1200
scenario_calls_start uac "$calls" 50 -d 1000
sleep 2
kill -KILL "$(control_postgres)"
wait_for 15 database_is false || die "the status does not say that PostgreSQL is gone"
wait_for 30 database_is true || die "PostgreSQL was not started again: $(control_status .database.error)"
note ok "killed once: it was started again"

data=$CONTROL_FOLDER/state/postgres
mv "$data" "$data.away"
kill -KILL "$(control_postgres "$data.away")"
wait_for 15 database_is false || die "the status does not say that PostgreSQL is gone"
note ok "the status says: $(control_status .database.error)"
! tandem trunk disable atlas >"$FOLDER/refused" 2>&1 || die "a change was taken without a database"
note ok "a change is refused: $(head -n 1 "$FOLDER/refused")"
wait_for 20 backlog_grows || die "the status does not tell of the backlog: $(control_status .journal)"
note ok "bytes of the journal that wait: $(control_status .journal.backlog_bytes)"
rm -rf "$data"
mv "$data.away" "$data"
wait_for 60 database_is true || die "PostgreSQL was not started again: $(control_status .database.error)"

scenario_calls_end
expect "$(sipp_stat "$FOLDER/orig.stat" 'SuccessfulCall(C)')" -eq "$calls" "calls that succeeded at the caller"
expect "$(sipp_stat "$FOLDER/orig.stat" 'Retransmissions(C)')" -eq 0 "messages that the caller sent again"
plan_import "$FOLDER/plan.toml"
scenario_records
scenario_check --once
expect "$(active_calls | tr ' ' '\n' | sort -u)" -eq 0 "calls that count as active"
