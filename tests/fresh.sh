#!/usr/bin/env bash
#
# tests/fresh.sh [qemu|test] - Tether's first command on a machine that is new.
#
# Makes a bare Debian 12 with git, make and ca-certificates, clones this tree
# (what is committed) into copies of it, and shows
#
#   qemu   that `make qemu`, with Enter to the question, ends at the prompt
#   test   that `make test` passes
#
# or both.  It reports the packages each command added, what was downloaded,
# and the time.  Needs root, debootstrap and python3-pexpect, and about 6 GB
# below TMPDIR.  MIRROR=URL chooses where packages come from; otherwise it is
# what this machine's own apt uses.

set -u

SUITE=bookworm
BASE=git,make,ca-certificates

fail() {
    echo "tests/fresh.sh: $*" >&2
    exit 1
}

what=${1-both}
[[ $# -le 1 && $what =~ ^(qemu|test|both)$ ]] ||
    fail "usage: tests/fresh.sh [qemu|test]"
source=$(cd "$(dirname "$0")/.." && pwd) || exit 1
[[ $EUID -eq 0 ]] || fail "must be run as root, to make and enter a new system"
type -P debootstrap >/dev/null || fail "no debootstrap: apt-get install debootstrap"

# The first address of a Debian archive in apt's sources, old style or new.
own_mirror() {
    # shellcheck disable=SC2016  # apt replaces these
    apt-get indextargets --format '$(REPO_URI) $(CODENAME)' |
        awk -v suite="$SUITE" '$2 == suite { print $1; exit }'
}

mirror=${MIRROR:-$(own_mirror)}
[[ -n $mirror ]] || fail "apt has no archive of $SUITE here: set MIRROR="

work=$(mktemp -d) || exit 1
mounted=()

# End what still runs in one of the new systems: it would keep mounts busy.
end_inside() {
    local process
    for process in /proc/[0-9]*; do
        if [[ $(readlink "$process/root") == "$work"/* ]]; then
            kill -KILL "${process#/proc/}"
        fi
    done
}

# Nothing may stay mounted, and nothing is removed below a mount.
clean_up() {
    local i
    end_inside 2>/dev/null
    for ((i = ${#mounted[@]} - 1; i >= 0; i--)); do
        umount "${mounted[i]}" || umount -l "${mounted[i]}"
    done
    mounted=()
    if grep -q " $work/" /proc/mounts; then
        echo "tests/fresh.sh: left behind, still mounted: $work" >&2
    else
        rm -rf --one-file-system "$work"
    fi
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

# mount_into ROOT: what programs expect of a running system.
mount_into() {
    local name
    for name in proc dev dev/pts; do
        mount --bind "/$name" "$1/$name" || fail "cannot mount /$name"
        mounted+=("$1/$name")
    done
}

# Packages installed in a root.
packages() {
    dpkg-query --admindir="$1/var/lib/dpkg" -W -f '${Package}\n' | wc -l
}

# inside ROOT COMMAND: as a new user of the machine would type it.
inside() {
    local root=$1
    shift
    chroot "$root" /usr/bin/env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c "cd /srv/tether && $*"
}

make_base() {
    echo "fresh: debootstrap $SUITE with $BASE"
    debootstrap --variant=minbase --include="$BASE" "$SUITE" "$work/base" \
        "$mirror" >"$work/log" 2>&1 || fail "debootstrap: $(tail -n 3 "$work/log")"
    cp /etc/resolv.conf "$work/base/etc/resolv.conf"
    # Downloads of apt are kept, to be measured.
    echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";
APT::Keep-Downloaded-Packages "true";' >"$work/base/etc/apt/apt.conf.d/90keep"
    rm -f "$work"/base/var/cache/apt/archives/*.deb
}

# machine NAME: a copy of the base with the tree in it, as $root.
machine() {
    root=$work/$1
    cp -a "$work/base" "$root" || fail "no room in $work"
    git clone -q "$source" "$root/srv/tether" || fail "git clone"
    mount_into "$root"
}

# report NAME BEFORE SECONDS: what it took.
report() {
    local size
    size=$(du -cm "$root"/var/cache/apt/archives/*.deb 2>/dev/null | tail -n 1)
    echo "fresh: $1: $(($(packages "$root") - $2)) packages," \
        "${size%%[!0-9]*} MB downloaded, $3 s"
}

# A person at a terminal: Enter to the question, poweroff at the prompt.
PERSON='
import sys, pexpect
child = pexpect.spawn(sys.argv[1], sys.argv[2:], timeout=3600, echo=False,
                      encoding="utf-8", codec_errors="replace")
child.logfile_read = sys.stdout
child.delaybeforesend = None
child.expect(r"install now\? \[Y/n\] ")
child.send("\n")
child.expect(r"\n\$ ")
print("\nfresh: the prompt", flush=True)
child.send("poweroff\n")
child.expect(pexpect.EOF)
child.close()
sys.exit(child.exitstatus)
'

try_qemu() {
    machine qemu
    local before start=$SECONDS
    before=$(packages "$root")
    export -f inside
    /usr/bin/python3 -c "$PERSON" bash -c "inside '$root' make qemu" 2>&1 |
        tee "$work/log"
    local status=${PIPESTATUS[0]}
    report "make qemu" "$before" $((SECONDS - start))
    [[ $status -eq 0 ]] || fail "make qemu did not come to the prompt"
}

try_test() {
    machine test
    local before start=$SECONDS
    before=$(packages "$root")
    inside "$root" make test </dev/null 2>&1 | tee "$work/log"
    local status=${PIPESTATUS[0]}
    report "make test" "$before" $((SECONDS - start))
    [[ $status -eq 0 ]] || fail "make test failed"
}

make_base
[[ $what == test ]] || try_qemu
[[ $what == qemu ]] || try_test
