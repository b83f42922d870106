# Owns what the machine must have: packages, cargo's tools, huge pages.
# shellcheck shell=bash disable=SC2034

# For building and for the demo.
PACKAGES_RUN=(
    build-essential pkg-config python3
    clang-14 libclang-14-dev libdpdk-dev dpdk-dev libnuma-dev libbsd-dev libpcap-dev
    ethtool iproute2 jq postgresql-15 procps sip-tester tcpdump util-linux
)
# For the checks and the scenarios.
PACKAGES_TEST=(
    iptables iputils-ping shellcheck strace tshark valgrind
)
# The versions that the checks were written with: `NAME=VERSION`.
CARGO_TOOLS=(cargo-deny=0.20.2 cargo-nextest=0.9.143)

# need_root WHY...
need_root() {
    [ "$(id -u)" -eq 0 ] || die "${0##*/} needs root $*: run it with sudo"
}

# setup_packages PACKAGE...: installs what is missing, with one line for what was done.
setup_packages() {
    local missing=() package
    while read -r package; do
        missing+=("$package")
    done < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    need_root "to install ${missing[*]}"
    command -v apt-get >/dev/null || die "apt-get is missing: install by hand ${missing[*]}"
    local log
    log=$(mktemp)
    undo rm -f "$log"
    no_default_cluster
    note packages "installing ${missing[*]}"
    local apt=(apt-get -q -y -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3)
    export DEBIAN_FRONTEND=noninteractive
    # An old list may name versions that the archive no longer has.
    attend "${apt[@]}" update >"$log" 2>&1 || die "apt-get update failed: $(tail -n 1 "$log")"
    attend "${apt[@]}" install --no-install-recommends "${missing[@]}" >>"$log" 2>&1 ||
        die "apt-get install failed: $(grep '^E:' "$log" | head -n 1)"
    rm -f "$log"
}

# no_default_cluster: Debian's PostgreSQL makes a cluster of its own when it is installed, and starts it.
# Nothing here uses that one; a machine that has PostgreSQL already keeps what it has.
no_default_cluster() {
    local folder=/etc/postgresql-common/createcluster.d
    [ ! -e /etc/postgresql-common ] || return 0
    mkdir -p "$folder"
    printf 'create_main_cluster = false\n' >"$folder/tandem.conf"
}

# missing_packages PACKAGE...: those that are not installed, one a line.
missing_packages() {
    local package installed
    installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
        awk '$1 == "ii" { print $2 }') || true
    for package in "$@"; do
        grep -qxF -- "$package" <<<"$installed" || echo "$package"
    done
}

# setup_cargo_tools: cargo-deny must be there; without cargo-nextest `cargo test` does.
setup_cargo_tools() {
    local tool name version
    for tool in "${CARGO_TOOLS[@]}"; do
        name=${tool%=*} version=${tool#*=}
        ! cargo "${name#cargo-}" --version >/dev/null 2>&1 || continue
        note tools "installing $name $version"
        if ! install_cargo_tool "$name" "$version"; then
            [ "$name" != cargo-deny ] || die "cargo install $name failed: see above"
            warn "$name could not be installed: cargo test is used instead"
        fi
    done
}

# install_cargo_tool NAME VERSION: these run for seconds, so compiling them fast beats fast tools.
install_cargo_tool() {
    local folder status=0 features=()
    # Without updating itself over the network, which takes half of its dependencies.
    [ "$1" != cargo-nextest ] || features=(--no-default-features --features default-no-update)
    folder=$(mktemp -d)
    undo rm -rf "$folder"
    attend env CARGO_TARGET_DIR="$folder" CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
        CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_DEBUG=0 \
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        cargo install --quiet --locked "${features[@]}" --version "$2" "$1" || status=$?
    rm -rf "$folder"
    return "$status"
}

# need_cargo: Rust is the one thing that setup does not install.
need_cargo() {
    command -v cargo >/dev/null || PATH=$PATH:$HOME/.cargo/bin
    command -v cargo >/dev/null || die "cargo is missing: install Rust with rustup, then run again"
    export PATH
}

# build_release PACKAGE...: builds release binaries of those packages, saying how long it took. Each is built by
# itself: together they would have the features that any of them asks for, and be built anew for every other set.
build_release() {
    need_cargo
    local start=$SECONDS package
    [ -x "$BINARY" ] || note build "release binaries, a few minutes the first time"
    for package in "$@"; do
        attend cargo build --release --locked --quiet --package "$package" || die "the build failed: see above"
    done
    note build "release binaries, $((SECONDS - start)) s"
}

HUGE_PAGES=/sys/kernel/mm/hugepages/hugepages-2048kB

# reserve_huge_pages COUNT: makes that many free, and gives back at the end what it added.
reserve_huge_pages() {
    local want=$1 had free
    if [ ! -w "$HUGE_PAGES/nr_hugepages" ]; then
        note memory "no huge pages on this kernel: ordinary pages are used"
        return
    fi
    had=$(<"$HUGE_PAGES/nr_hugepages")
    free=$(<"$HUGE_PAGES/free_hugepages")
    if [ "$free" -ge "$want" ]; then
        note memory "$free huge pages of 2 MiB are free already"
        return
    fi
    undo release_huge_pages "$had"
    echo $((had + want - free)) >"$HUGE_PAGES/nr_hugepages" || true
    free=$(<"$HUGE_PAGES/free_hugepages")
    if [ "$free" -ge "$want" ]; then
        note memory "$((want)) huge pages of 2 MiB reserved, released at the end"
    else
        note memory "only $free of $want huge pages could be reserved: ordinary pages are used"
        release_huge_pages "$had"
    fi
}

# release_huge_pages COUNT: back to as many as there were.
release_huge_pages() {
    echo "$1" >"$HUGE_PAGES/nr_hugepages" 2>/dev/null || true
}
