#!/usr/bin/env bash
# The worker's thread on ring ports, spinning under load, makes no system call in ten seconds, allocates nothing,
# and every call goes well.
# Seconds: 90
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

bench=$TARGET/release/bench-call
[ -x "$bench" ] || die "$bench is missing: run scripts/test, which builds it"
FOLDER=${SCENARIO_FOLDER:-$(mktemp -d "${TMPDIR:-/tmp}/tandem-scenario.XXXXXX")}
seconds=10
[ "$QUICK" = no ] || seconds=3

launch "$FOLDER/bench.log" "$bench" --threads --seconds "$((seconds + 5))"
bench_pid=$LAUNCHED

# router_thread: the id of the router's thread, into $worker; the bench names it once calls pass.
router_thread() {
    worker=$(sed -n 's/^router_tid=//p' "$FOLDER/bench.log")
    [ -n "$worker" ] || ! alive "$bench_pid"
}
wait_for 60 router_thread || die "no call passed within a minute (log: $FOLDER/bench.log)"
[ -n "$worker" ] || die "the bench ended: $(tail -n 1 "$FOLDER/bench.log") (log: $FOLDER/bench.log)"

before=$(awk '{ print $14 + $15 }' "/proc/$bench_pid/task/$worker/stat")
timeout --signal=INT "$seconds" strace -p "$worker" -o "$FOLDER/strace.log" 2>"$FOLDER/strace.out" || true
grep -q attached "$FOLDER/strace.out" || die "strace did not get hold of the thread: $(tail -n 1 "$FOLDER/strace.out")"
after=$(awk '{ print $14 + $15 }' "/proc/$bench_pid/task/$worker/stat" 2>/dev/null) ||
    die "the bench ended before the trace: $(tail -n 1 "$FOLDER/bench.log")"
ticks=$(getconf CLK_TCK)
expect "$((100 * (after - before) / (ticks * seconds)))" -ge 10 "share of a core that the traced thread used"
expect "$(grep -c '(' "$FOLDER/strace.log" || true)" -eq 0 "system calls in $seconds s"

status=0
wait "$bench_pid" || status=$?
ended "$bench_pid"
[ "$status" -eq 0 ] || die "$(tail -n 1 "$FOLDER/bench.log") (log: $FOLDER/bench.log)"
note ok "$(awk '$1 == "calls" { print $2 }' "$FOLDER/bench.log") calls complete, no heap call of the traced thread"
