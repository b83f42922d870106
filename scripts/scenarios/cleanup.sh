#!/usr/bin/env bash
# A demo that is interrupted, by Ctrl-C or by a signal, leaves no process, no namespace and no huge page.
# Seconds: 180
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

need_root "for network namespaces and raw ports"
FOLDER=${SCENARIO_FOLDER:-$(mktemp -d "${TMPDIR:-/tmp}/tandem-scenario.XXXXXX")}

huge_pages() {
    cat "$HUGE_PAGES/nr_hugepages" 2>/dev/null || echo 0
}

demo_namespaces() {
    ip netns list | grep -c '^tdm-' || true
}

calls_run() {
    grep -q 'started' "$FOLDER/demo.log" || ! alive "$demo"
}

before=$(huge_pages)
expect "$(demo_namespaces)" -eq 0 "namespaces of a demo before it starts"
for signal in INT TERM; do
    # A shell starts background processes with SIGINT ignored, which a terminal does not.
    launch "$FOLDER/demo.log" env --default-signal=INT,TERM,QUIT "$SCRIPTS/demo" --calls 100000 --rate 50
    demo=$LAUNCHED
    wait_for 120 calls_run || die "the demo made no calls within 120 s (log: $FOLDER/demo.log)"
    alive "$demo" || die "the demo ended by itself: $(tail -n 1 "$FOLDER/demo.log") (log: $FOLDER/demo.log)"
    expect "$(demo_namespaces)" -ge 5 "namespaces while the demo runs"
    start=$SECONDS status=0
    kill -s "$signal" "$demo"
    wait "$demo" || status=$?
    ended "$demo"
    expect "$status" -ne 0 "exit code after SIG$signal"
    expect "$((SECONDS - start))" -le 20 "seconds that the end took"
    left=$(of_this_run)
    expect "$(wc -w <<<"$left")" -eq 0 "processes left after SIG$signal"
    expect "$(demo_namespaces)" -eq 0 "namespaces left after SIG$signal"
    expect "$(huge_pages)" -eq "$before" "huge pages reserved after SIG$signal, as before"
done
