#!/usr/bin/env bash
#
# tests/newest.sh - run part of the tests on Debian 13, with its QEMU, firmware,
# and compiler, for `make test-newest`.
#
# The first run installs that system in build-newest; later runs use it again.
# Each run copies the tree into it, with all changes.  The last line is "N
# passed, N failed".  If the system cannot be installed, because this user is
# not root or there is no network, the tests are skipped and one line says why.
# If the build or a test fails, the status is 1.

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/root.sh

SUITE=trixie
PACKAGES="gcc-riscv64-unknown-elf make qemu-system-misc gcc libc6-dev git
    python3 python3-pytest python3-pexpect"
TESTS="tests/newest.py tests/boot/test_exit_status.py tests/boot/test_disk.py \
tests/project/test_bench.py::test_blocks_are_zeroed_at_once"

directory=$PWD/build-newest
root=$directory/$SUITE
log=$directory/log

skip() {
    echo "test-newest: skipped: $*"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
}

# The end of the log, on one line.
last_words() {
    grep -v '^ *$' "$log" | tail -n 2 | tr '\n' ' '
}

[[ $# -eq 0 ]] || {
    echo "tests/newest.sh: usage: tests/newest.sh " >&2
    exit 1
}
[[ $EUID -eq 0 ]] || skip "must be root, to make and enter a new system"
root_need_debootstrap || skip "no debootstrap, and it cannot be installed"
root_isolate "$0" || skip "this machine allows no mounts (unshare)"

# Do not keep a partly installed system.
trap 'root_unmount "$directory/new" &&
    rm -rf --one-file-system "$directory/new"' EXIT
trap 'exit 1' INT TERM HUP

# Install the system, unless an earlier run did.
make_root() {
    [[ -r $root/.packages && $(<"$root/.packages") == "$PACKAGES" ]] && return
    rm -rf --one-file-system "$root" "$directory/new"
    mkdir -p "$directory"
    echo "test-newest: making a system with $SUITE"
    root_bootstrap "$SUITE" "$directory/new" ca-certificates "$log" || return
    # Faster; after a crash of the host, the directory is created again.
    echo force-unsafe-io >"$directory/new/etc/dpkg/dpkg.cfg.d/unsafe-io"
    mkdir -p "$directory/new/srv/tether"
    root_mount "$directory/new" || return
    # shellcheck disable=SC2086  # words
    root_enter "$directory/new" "apt-get update -q && DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends" $PACKAGES \
        >>"$log" 2>&1 || return
    root_unmount "$directory/new" || return
    echo "$PACKAGES" >"$directory/new/.packages"
    mv "$directory/new" "$root"
}

# Copy the tree into the system, but keep what was built there.
copy_tree() {
    find "$root/srv/tether" -mindepth 1 -maxdepth 1 ! -name 'build*' \
        -exec rm -rf {} + &&
        tar -c --exclude='./build*' --exclude=./.git . |
        tar -x -C "$root/srv/tether"
}

start=$SECONDS
make_root || skip "$SUITE cannot be installed: $(last_words)"
copy_tree || skip "no room for the tree"
root_mount "$root" || skip "nothing can be mounted"
echo "test-newest: the system took $((SECONDS - start)) s"

start=$SECONDS
root_enter "$root" "TETHER_SETUP=never make -j$(nproc) all build/fsck" \
    >"$log" 2>&1 || {
    cat "$log"
    echo "0 passed, 1 failed"
    exit 1
}
export INSIDE_CI=true
root_enter "$root" "TETHER_SETUP=never BUILD_SECONDS=$((SECONDS - start)) \
    STATUS_RUNS=70 /usr/bin/python3 -m pytest -q -p no:cacheprovider $TESTS \
    -k 'not lost_interrupts'"
