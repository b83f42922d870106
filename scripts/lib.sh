# What every script here shares: sourced, never run. Each part of lib/ owns one thing.
#
#   . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
#
# shellcheck shell=bash disable=SC2034

if [ "${BASH_VERSINFO[0]}" -lt 5 ]; then
    echo "these scripts need bash 5, this is ${BASH_VERSION}" >&2
    exit 1
fi

set -Eeuo pipefail
export LC_ALL=C.UTF-8
# A run leaves nothing in the checkout.
export PYTHONDONTWRITEBYTECODE=1

SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$SCRIPTS")
# What cargo builds, and where; a folder given from outside counts.
TARGET=$(realpath -m -- "${CARGO_TARGET_DIR:-$ROOT/target}")
[ -z "${CARGO_TARGET_DIR:-}" ] || export CARGO_TARGET_DIR=$TARGET
BINARY=$TARGET/release/tandem-dataplane
CONTROL=$TARGET/release/tandem-controlplane
CLI=$TARGET/release/tandem
BENCH_SYNC=$TARGET/release/bench-sync

# shellcheck source=lib/say.sh
. "$SCRIPTS/lib/say.sh"
# shellcheck source=lib/started.sh
. "$SCRIPTS/lib/started.sh"
# shellcheck source=lib/machine.sh
. "$SCRIPTS/lib/machine.sh"
# shellcheck source=lib/net.sh
. "$SCRIPTS/lib/net.sh"
# shellcheck source=lib/router.sh
. "$SCRIPTS/lib/router.sh"
# shellcheck source=lib/controlplane.sh
. "$SCRIPTS/lib/controlplane.sh"
# shellcheck source=lib/sipp.sh
. "$SCRIPTS/lib/sipp.sh"
# shellcheck source=lib/plan.sh
. "$SCRIPTS/lib/plan.sh"
# shellcheck source=lib/scenario.sh
. "$SCRIPTS/lib/scenario.sh"

# Cargo reads its settings from the folder it is called in.
cd "$ROOT"
