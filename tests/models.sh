#!/usr/bin/env bash
#
# tests/models.sh - test models of the kernel's memory order with herd7, for `make
# models`.  The results are kept (tests/models.py).
#
# If no herd7 is installed, the first run installs Debian's in
# build-newest/herd; later runs use it again.  If that is impossible, because
# this user is not root or there is no network, one line says why, and the status
# is 0.

set -u
cd "$(dirname "$0")/.." || exit 1
. tests/root.sh

root=$PWD/build-newest/herd
log=$PWD/build-newest/log

skip() {
    echo "models: skipped: $*"
    exit 0
}

[[ $# -eq 0 ]] || {
    echo "tests/models.sh: usage: tests/models.sh " >&2
    exit 1
}
type -P herd7 >/dev/null && exec "${PYTHON:-python3}" tests/models.py --write
[[ $EUID -eq 0 ]] || skip "no herd7, and not root to install it in a directory"
root_need_debootstrap || skip "no debootstrap, and it cannot be installed"
root_isolate "$0" || skip "this machine allows no mounts (unshare)"

# Do not keep a partly installed system.
trap 'rm -rf --one-file-system "$root.new"' EXIT
trap 'exit 1' INT TERM HUP

if [[ ! -d $root ]]; then
    echo "models: installing herd7 in $root"
    rm -rf --one-file-system "$root.new"
    mkdir -p "${root%/*}"
    root_bootstrap sid "$root.new" herdtools7 "$log" ||
        skip "herd7 cannot be installed: $(tail -n 1 "$log")"
    mv "$root.new" "$root"
fi
"${PYTHON:-python3}" tests/models.py --write --herd "chroot $root herd7" \
    --directory "$root/srv" --inside /srv
