#!/usr/bin/env bash
#
# tests/fresh.sh [SUITE=NAME] [qemu|test] [--row] - Tether's first commands on a
# new machine.
#
# Creates a bare Debian with git, make, and ca-certificates, clones the committed
# tree into copies of it, and tests
#
#   qemu   that `make qemu`, with Enter as the answer, reaches the prompt, and
#          that `make qemu LLVM=1` does, too
#   test   that `make test` passes
#
# or both.  SUITE is bookworm (the default), trixie, or sid, and may also be set
# in the environment.  It reports the packages that each first command added, the
# download size, and the time; with --row also as a row for the table in
# docs/supported.md.  It needs root, debootstrap, python3-pexpect, and about 6 GB
# below TMPDIR.  MIRROR=URL selects the package mirror; the default is the one of
# this machine's own apt.

set -u

BASE=git,make,ca-certificates

fail() {
    echo "tests/fresh.sh: $*" >&2
    exit 1
}

what=both
row=
for word; do
    case $word in
    SUITE=*) SUITE=${word#SUITE=} ;;
    qemu | test)
        [[ $what == both ]] || what=
        what=${what:+$word}
        ;;
    --row) row=yes ;;
    *) what= ;;
    esac
done
SUITE=${SUITE:-bookworm}
[[ -n $what && $SUITE =~ ^(bookworm|trixie|sid)$ ]] ||
    fail "usage: tests/fresh.sh [SUITE=bookworm|trixie|sid] [qemu|test] [--row]"
source=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$source/tests/root.sh"
[[ $EUID -eq 0 ]] || fail "must be run as root, to make and enter a new system"
root_need_debootstrap || fail "no debootstrap: apt-get install debootstrap"
root_isolate "$0" "$@" || fail "this machine allows no mounts (unshare)"

work=$(mktemp -d) || exit 1
roots=()

# Remove nothing below a mount.
clean_up() {
    local root
    for root in "${roots[@]}"; do
        root_unmount "$root" || {
            echo "tests/fresh.sh: left behind: $work" >&2
            return
        }
    done
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM HUP

make_base() {
    echo "fresh: debootstrap $SUITE with $BASE"
    root_bootstrap "$SUITE" "$work/base" "$BASE" "$work/log" ||
        fail "debootstrap: $(tail -n 3 "$work/log")"
    # Keep apt's downloads, to measure them.
    echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";
APT::Keep-Downloaded-Packages "true";' >"$work/base/etc/apt/apt.conf.d/90keep"
    rm -f "$work"/base/var/cache/apt/archives/*.deb
}

# machine NAME: a copy of the base with the tree in it, as $root.
machine() {
    root=$work/$1
    roots+=("$root")
    cp -a "$work/base" "$root" || fail "no room in $work"
    git clone -q "$source" "$root/srv/tether" || fail "git clone"
    root_mount "$root" || fail "cannot mount /proc and /dev in $root"
}

# installed: the packages in $root, and their size in KiB.
installed() {
    dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Installed-Size}\n' |
        awk '{ n++; size += $1 } END { print n, size }'
}

# measure COMMAND: run it, and print its cost: packages, MB downloaded and
# installed, and seconds, also as $took.  Returns the command's status.
measure() {
    local packages size now_packages now_size download start=$SECONDS status
    read -r packages size < <(installed)
    rm -f "$root"/var/cache/apt/archives/*.deb
    "$1" 2>&1 | tee "$work/log"
    status=${PIPESTATUS[0]}
    read -r now_packages now_size < <(installed)
    download=$(du -cm "$root"/var/cache/apt/archives/*.deb 2>/dev/null |
        tail -n 1)
    took=("$((now_packages - packages))" "$((${download%%[!0-9]*} + 0))"
        "$(((now_size - size) / 1024))" "$((SECONDS - start))")
    echo "fresh: $1: ${took[0]} packages, ${took[1]} MB downloaded," \
        "${took[2]} MB installed, ${took[3]} s"
    return "$status"
}

# A simulated user at a terminal: Enter as the answer, poweroff at the prompt.
PERSON='
import sys, pexpect
child = pexpect.spawn(sys.argv[1], sys.argv[2:], timeout=3600, echo=False,
                      encoding="utf-8", codec_errors="replace")
child.logfile_read = sys.stdout
child.delaybeforesend = None
child.expect(r"\[Y/n\] ")
child.send("\n")
child.expect(r"\n\$ ")
print("\nfresh: the prompt", flush=True)
child.send("poweroff\n")
child.expect(pexpect.EOF)
child.close()
sys.exit(child.exitstatus)
'

# person COMMAND: let the simulated user type it.
person() {
    export -f root_enter
    /usr/bin/python3 -c "$PERSON" bash -c "root_enter '$root' $*"
}

make_qemu() { person make qemu; }
make_qemu_llvm() { person make qemu LLVM=1 B=build-llvm; }
make_test() { root_enter "$root" make test </dev/null; }

# version COMMAND: the first number in its output, inside $root.
version() {
    root_enter "$root" "$1" 2>/dev/null | grep -m 1 -o '[0-9][0-9.]*[0-9]' |
        head -n 1
}

try_qemu() {
    machine qemu
    measure make_qemu || fail "make qemu did not come to the prompt"
    qemu_took=("${took[@]}")
    firmware=$(sed -n 's/^OpenSBI v\([0-9.]*\).*/\1/p' "$work/log" | head -n 1)
    measure make_qemu_llvm || fail "make qemu LLVM=1 came to no prompt"
}

try_test() {
    local status
    machine test
    measure make_test
    status=$?
    test_took=("${took[@]}")
    counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' \
        "$work/log" | tail -n 1)
    return "$status"
}

# A row of docs/supported.md; a slash separates the costs of the two commands.
print_row() {
    local i cells=()
    for i in 0 1 2 3; do
        cells+=("${qemu_took[i]} / ${test_took[i]}")
    done
    read -r passed _ failed _ skipped _ <<<"$counts"
    printf '|'
    printf ' %s |' "$SUITE" "$(version 'qemu-system-riscv64 --version')" \
        "$firmware" "$(version 'riscv64-unknown-elf-gcc -dumpfullversion')" \
        "$(version 'clang --version')" "${cells[@]}" \
        "$passed" "$failed" "${skipped:-0}"
    printf '\n'
}

qemu_took=(- - - -)
test_took=(- - - -)
firmware=-
counts="- passed, - failed, - skipped"
status=0
make_base
[[ $what == test ]] || try_qemu
[[ $what == qemu ]] || try_test
status=$?
[[ -z $row ]] || print_row
[[ $status -eq 0 ]] || fail "make test failed: ${counts:-no count}"
