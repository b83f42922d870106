#!/usr/bin/env bash
# The errors that a user of either process meets: each is one sentence with the cause and the remedy, and a non-zero exit.
# Seconds: 120
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

scenario_open near orig atlas
plan "$FOLDER/plan.toml" '' atlas
good=$FOLDER/router.toml

# refused WHAT PATTERN CONFIG: the router ends by itself with a sentence that matches. What is in AS stands
# before the command.
AS=()
refused() {
    sentence "$1" "$2" ip netns exec "$NET_PREFIX-router" "${AS[@]}" "$BINARY" --config "$3"
}

# sentence WHAT PATTERN COMMAND...: it fails by its own decision, with a sentence that matches.
sentence() {
    local what=$1 pattern=$2 status=0 said
    shift 2
    timeout 30 "$@" </dev/null >"$FOLDER/said" 2>&1 || status=$?
    # Lines of the log before the fault, which begin with the time, are no part of the sentence.
    said=$(grep -vE '^([0-9]| *$)' "$FOLDER/said" || true)
    [ "$status" -ne 0 ] || die "$what: the exit code is 0"
    [ "$status" -ne 124 ] || die "$what: it did not end by itself"
    [ "$status" -lt 124 ] || die "$what: it ended with $status, not by its own decision: $said"
    [ -n "$said" ] || die "$what: nothing was said but $(tail -n 1 "$FOLDER/said")"
    [ "$(wc -l <<<"$said")" -le "${LINES_ALLOWED:-1}" ] || die "$what: more than a sentence: $said"
    grep -qiE -- "$pattern" <<<"$said" || die "$what: nothing about /$pattern/ in: $said"
    note ok "$what: $said"
}

# change EXPRESSION: router.toml with one thing changed, into changed.toml.
changed=$FOLDER/changed.toml
change() {
    sed -E "$1" "$good" >"$changed"
    ! cmp -s "$good" "$changed" || die "the configuration has nothing like $1"
}

# A user without rights may pass neither root's home nor the build folder: it gets a copy.
install -m 0755 "$BINARY" "$FOLDER/tandem-dataplane"
chmod 0644 "$good" "$FOLDER/plan.toml"
BINARY=$FOLDER/tandem-dataplane
AS=(setpriv --reuid=65534 --regid=65534 --clear-groups)
refused 'no root' 'root|privilege|capabilit|permi' "$good"
AS=()

change 's/^huge_pages = .*/huge_pages = "require"\nmib = 65536/'
refused 'too few huge pages' 'huge ?pages' "$changed"

change 's/iface=atlas/iface=nosuch0/'
refused 'wrong interface name' 'nosuch0' "$changed"

net_address router atlas 10.77.2.1/24
refused 'address in use by the kernel' '10\.77\.2\.1|atlas' "$good"
ip -n "$NET_PREFIX-router" address flush dev atlas

# A file's faults are listed line by line: the first says how many, or is the only one.
LINES_ALLOWED=3
change 's/^idle = /idel = /'
line=$(grep -n -m 1 '^idel' "$changed" | cut -d: -f1)
refused 'typo in the configuration' "(line |:)$line\b.*idel" "$changed"
LINES_ALLOWED=1

refused 'missing configuration' 'nosuch\.toml' "$FOLDER/nosuch.toml"

# The command line says the remedy on a line of its own.
LINES_ALLOWED=2
sentence 'no control plane' 'api\.sock' "${TANDEM[@]}" status
control_start
LINES_ALLOWED=1
sentence 'second control plane' 'another control plane' "$CONTROL" --config "$FOLDER/control.toml"
router_start "$FOLDER"
refused 'second instance' "\b$ROUTER_PID\b" "$good"
LINES_ALLOWED=2
sentence 'missing plan' 'nosuch\.toml' "${TANDEM[@]}" plan import "$FOLDER/nosuch.toml" --yes
LINES_ALLOWED=4
sed '0,/^prefixes = /s//prefixs = /' "$FOLDER/plan.toml" >"$FOLDER/typo.toml"
line=$(grep -n -m 1 prefixs "$FOLDER/typo.toml" | cut -d: -f1)
sentence 'typo in the plan' "(line |:)$line\b.*prefixs" "${TANDEM[@]}" plan import "$FOLDER/typo.toml" --yes
plan_import "$FOLDER/plan.toml"
router_alive

# What a process that was killed has left is taken over. A ring of events that cannot be read may hold records:
# it is not thrown away unasked.
router_kill
printf 'garbage' >"$FOLDER/run/instance/events-0.seg"
LINES_ALLOWED=1
refused 'a ring of events that is none' 'events-0\.seg' "$good"
rm "$FOLDER/run/instance/events-0.seg"
router_start "$FOLDER"
router_alive
